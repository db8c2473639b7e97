package scan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scan"
)

// sift reads data through a Sieve in windows of the given sizes, over and over,
// and through Rest where that is asked for. It returns what was yielded and
// whether all went without Rest.
func sift(t *testing.T, data []byte, limits scan.Limits, sizes ...int) (raws []string, p scan.Profile, all bool) {
	t.Helper()
	s := scan.NewSieve()
	s.Reset(limits, func(r scan.Record) error {
		raws = append(raws, string(r.Raw))
		return nil
	})
	buf := make([]byte, 0, len(data)) // poisoned before every window: nothing of the last may be used
	for at, i := 0, 0; ; i++ {
		n := min(sizes[i%len(sizes)], len(data)-at)
		from := max(0, at-scan.History)
		buf = append(buf[:0], data[from:at+n]...)
		at += n
		last := at == len(data) && (n == 0 || i%2 == 0)
		err := s.Window(buf, n, last)
		for j := range buf {
			buf[j] = '"'
		}
		switch {
		case errors.Is(err, scan.ErrUnlike):
			if held := s.Held(); !bytes.Equal(held, data[s.Done():at]) {
				t.Fatalf("from %d to %d it holds %q, want %q", s.Done(), at, held, data[s.Done():at])
			}
			if err := s.Rest(bytes.NewReader(data[s.Done():])); err != nil {
				t.Fatal(err)
			}
			return raws, s.Profile(), false
		case err != nil:
			t.Fatal(err)
		case last:
			return raws, s.Profile(), true
		}
	}
}

// concerning keeps the records that package cloudtrail, which decodes them with
// encoding/json, takes to concern identities: where a name stands twice in a
// record, Records yields more than these.
func concerning(raws []string) (out []string) {
	for _, raw := range raws {
		if r, err := cloudtrail.Decode([]byte(raw)); err == nil && cloudtrail.Concerns(r.Source, r.Name) && !strings.HasPrefix(r.Source, "aws:") {
			out = append(out, raw)
		}
	}
	return out
}

// elements reads documents with encoding/json; not valid when it can't, not
// simple when there is more in them than one list of bare records each, which
// Records knows what to do with and encoding/json does not.
func elements(data []byte) (out []string, valid, simple bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	simple = true
	documents := 0
	for {
		var doc map[string]json.RawMessage
		if err := dec.Decode(&doc); err == io.EOF {
			return out, true, simple && bytes.Count(data, []byte(`"Records"`)) == documents
		} else if err != nil {
			return nil, false, false
		}
		documents++
		var list []json.RawMessage
		simple = simple && len(doc) == 1 && json.Unmarshal(doc["Records"], &list) == nil
		for _, e := range list {
			var top map[string]json.RawMessage
			_, err := cloudtrail.Decode(e)
			_ = json.Unmarshal(e, &top)
			simple = simple && err == nil && e[0] == '{' && !bytes.Contains(e, []byte("aws:s3"))
			for name := range top {
				simple = simple && !strings.EqualFold(name, "CloudTrailEvent")
			}
			out = append(out, string(e))
		}
	}
}

// TestSieveAgreesWithEncodingJSON reads generated logs in windows of all sizes.
func TestSieveAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	passed, sifted := 0, 0
	for seed := range uint64(2500) {
		r := scribble{rand.New(rand.NewPCG(seed, 1))}
		data := r.log()
		sizes := []int{1 + r.IntN(40), 1 + r.IntN(4000)}
		all, ok := checkSieve(t, data, sizes...)
		if t.Failed() {
			t.Fatalf("seed %d, windows of %d: %s", seed, sizes, data)
		}
		if ok {
			sifted++
		}
		if all {
			passed++
		}
	}
	if sifted < 400 || passed < 900 {
		t.Errorf("%d logs could be compared and %d were read to the end by the sieve: too few to show anything", sifted, passed)
	}
}

// checkSieve compares the sieve with Records and, where the content is valid and
// no member stands beside a list, with encoding/json.
func checkSieve(t *testing.T, data []byte, sizes ...int) (all, comparable bool) {
	t.Helper()
	limits := scan.Limits{Depth: 1 << 10}
	got, p, all := sift(t, data, limits, sizes...)
	got = concerning(got)
	want := []string{}
	exact, err := scan.Records(bytes.NewReader(data), limits, func(r scan.Record) error {
		want = append(want, string(r.Raw))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list, valid, simple := elements(data)
	if !valid {
		rest := got
		for _, raw := range concerning(want) {
			i := slices.Index(rest, raw)
			if i < 0 {
				t.Errorf("the sieve misses %q, which Records finds", raw)
				return all, false
			}
			rest = rest[i+1:]
		}
		return all, false
	}
	if diff := cmp.Diff(concerning(want), got); diff != "" {
		t.Errorf("Records and the sieve (-Records +sieve):\n%s", diff)
	}
	if simple && plainly(list) && (p.Values != exact.Values || p.Records != exact.Records) {
		t.Errorf("the sieve counted %d records in %d values; Records %d in %d", p.Records, p.Values, exact.Records, exact.Values)
	}
	if p.Damages != exact.Damages || p.Empty != exact.Empty || p.Bytes != exact.Bytes || !cmp.Equal(p.Lists, exact.Lists) {
		t.Errorf("the sieve saw %d damages, %d empty, %d bytes, lists %v; Records %d, %d, %d, %v", p.Damages, p.Empty, p.Bytes, p.Lists,
			exact.Damages, exact.Empty, exact.Bytes, exact.Lists)
	}
	if !simple {
		return all, false
	}
	if want := concerning(list); !slices.Equal(want, got) {
		t.Errorf("encoding/json and the sieve (-json +sieve):\n%s", cmp.Diff(want, got))
	}
	return all, true
}

// plainly reports whether every element is an object that begins as a record does
// and names an event at its top: what the sieve counts right without reading it.
func plainly(list []string) bool {
	for _, e := range list {
		var top map[string]json.RawMessage
		if !strings.HasPrefix(e, `{"eventVersion"`) || json.Unmarshal([]byte(e), &top) != nil || top["eventSource"] == nil || top["eventName"] == nil {
			return false
		}
	}
	return true
}

// TestSieveOnDamage: whatever is done to a log, the sieve finds what Records
// finds, and where it is still valid the rules above hold.
func TestSieveOnDamage(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1000) {
		r := scribble{rand.New(rand.NewPCG(seed, 2))}
		data := r.log()
		at := r.IntN(len(data))
		switch r.IntN(4) {
		case 0:
			data = data[:at]
		case 1:
			data[at] ^= 1 << r.IntN(8)
		case 2:
			data = slices.Delete(data, at, min(len(data), at+1+r.IntN(200)))
		case 3:
			data = slices.Insert(data, at, []byte(r.trap())...)
		}
		if checkSieve(t, data, 1+r.IntN(3000)); t.Failed() {
			t.Fatalf("seed %d: %s", seed, data)
		}
	}
}

func FuzzSieve(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(scribble{rand.New(rand.NewPCG(seed, 3))}.log(), uint16(seed*37))
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint16) {
		checkSieve(t, data, int(size)+1)
		checkSieve(t, append([]byte(`{"Records":[{"eventVersion":`), data...), int(size)+1)
	})
}

// TestLogsReadsWhatRecordsReads: any stream may be given to Logs.
func TestLogsReadsWhatRecordsReads(t *testing.T) {
	t.Parallel()
	patch, run := record("patch", scim, "PatchGroup"), record("run", ec2, "RunInstances")
	filler := strings.Repeat(run+",", 3000)
	for name, in := range map[string]string{
		"a long log":              `{"Records":[` + filler + patch + `,` + filler + patch + `]}`,
		"spaces at the end":       `{"Records":[` + patch + ` ]}`,
		"a log cut short":         `{"Records":[` + filler + patch + `,` + filler + patch[:70],
		"a log without a bracket": `{"Records":[` + filler + patch,
		"a log that turns":        `{"Records":[` + filler + patch + ` , ` + filler + "\n" + patch + `]}`,
		"logs in a row":           `{"Records":[` + filler + patch + `]}{"Records":[]}` + "\n" + `{"Records":[` + patch + `]}` + "\n",
		"a log and lines":         `{"Records":[` + filler + patch + `]}` + "\n" + patch + "\n" + run,
		"a large record":          `{"Records":[` + filler + strings.Replace(patch, `{`, `{"x":"`+strings.Repeat("y,[", 1<<20)+`",`, 1) + `,` + filler + patch + `]}`,
		"a record over the limit": `{"Records":[` + filler + strings.Replace(patch, `{`, `{"x":"`+strings.Repeat("y", 5<<20)+`",`, 1) + `,` + filler + patch + `]}`,
		"lines":                   patch + "\n" + run,
		"a notification of S3":    `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","awsRegion":"us-east-2"},{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","awsRegion":"us-east-2"}]}`,
		"nothing":                 "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := scan.Limits{Record: 4 << 20}
			want, exact := read(t, strings.NewReader(in), limits)
			logs := scan.NewLogs()
			for range 2 { // with used memory too
				var got []string
				p, err := logs.Read(iotest.HalfReader(strings.NewReader(in)), limits, func(rec scan.Record) error {
					var top struct{ EventID string }
					_ = json.Unmarshal(rec.Raw, &top)
					got = append(got, string(rec.Shape)+" "+top.EventID)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("records (-want +got):\n%s", diff)
				}
				exact.Places, p.Places = nil, nil
				if diff := cmp.Diff(exact, p); diff != "" {
					t.Errorf("profile (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestConcernsIsDecidedBySourceOrName holds what the sieve builds on.
func TestConcernsIsDecidedBySourceOrName(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20000) {
		r := scribble{rand.New(rand.NewPCG(seed, 4))}
		source, name := r.source(), r.event()
		if cloudtrail.Concerns(source, name) && !cloudtrail.Concerns(source, "") && !cloudtrail.Concerns("", name) {
			t.Fatalf("%q of %q concerns identities, and neither does by itself: the sieve passes over it", name, source)
		}
	}
}

// TestTextMadeToBeSlowIsNot: what makes one way of looking slow is left to the
// other, and nothing is looked at more than a few times.
func TestTextMadeToBeSlowIsNot(t *testing.T) {
	t.Parallel()
	patch, run := record("patch", scim, "PatchGroup"), record("run", ec2, "RunInstances")
	const size = 8 << 20
	for name, text := range map[string]string{
		"brackets": "[", "closing brackets": "]]", "commas and brackets": ",[", "backslashes": `\\`, "escaped quotation marks": `\"`, "escaped and brackets": `\",[`,
		"the letter v": "v", "names": `\"eventSource\":\"`, "escapes": `\u0041`, "separators": `},{\"eventVersion`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := `{"Records":[` + run + `,` + strings.Replace(run, "{", `{"x":"`+strings.Repeat(text, size/len(text))+`",`, 1) + `,` + patch + `]}`
			start := time.Now()
			var got []string
			if _, err := scan.NewLogs().Read(strings.NewReader(in), scan.Limits{}, func(r scan.Record) error {
				got = append(got, string(r.Raw))
				return nil
			}); err != nil || !slices.Equal(got, []string{patch}) {
				t.Errorf("%d records, %v; want one", len(got), err)
			}
			if took := time.Since(start); took > 20*time.Second { // some tenths of a second on an idle machine
				t.Errorf("%d MB took %v", size>>20, took)
			}
		})
	}
}
