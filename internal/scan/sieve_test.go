package scan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

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

// scribble writes records as they are, as they could be, and as nobody would
// write them who does not mean harm.
type scribble struct{ *rand.Rand }

func (r scribble) pick(of ...string) string { return of[r.IntN(len(of))] }

func (r scribble) seldom() bool { return r.IntN(12) == 0 }

// spell changes the case of letters and writes some as escapes, seldom.
func (r scribble) spell(s string) string {
	if !r.seldom() {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		switch r.IntN(6) {
		case 0:
			fmt.Fprintf(&b, `\u%04x`, c)
		case 1:
			fmt.Fprintf(&b, `\u%04X`, c)
		case 2:
			b.WriteString(strings.ToUpper(string(c)))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (r scribble) source() string {
	return r.spell(r.pick(ec2, ec2, ec2, ec2, "s3.amazonaws.com", "sts.amazonaws.com", scim, api, "sso-directory.amazonaws.com", "sso.amazonaws.com",
		"identity-sync.amazonaws.com", "IdentityStore.amazonaws.com", "identitystore.example.com", "aws:s3", ""))
}

func (r scribble) event() string {
	return r.spell(r.pick("DescribeInstances", "RunInstances", "GetObject", "PatchGroup", "CreateBearerToken", "ListAccounts", "AssociateDirectory",
		"StartSync", "deletebearerTOKENs", "CreateProvisioningTenant", "CreateBearerTo\u212aen", ""))
}

// trap is text that looks like structure.
func (r scribble) trap() string {
	return r.pick(`[`, `]`, `{`, `}`, `,`, `:`, `:[`, `,[`, `[[`, `]]`, `},{`, `\"`, `\\`, `\\\"`, `,\"`, `\":[`, `\"],`, `:,`, `\u005b`, `\u003c`, `\u0041`,
		` `, `x`, `v`, `\"eventSource\":\"`+scim+`\"`, `},{\"eventVersion\":\"1.0\"`, `eventSource`, scim, "é", "\u2028", `\n`, `\/`, `[S3Console/0.4, aws-internal/3]`)
}

func (r scribble) text() string {
	s := ""
	for range r.IntN(6) {
		s += r.trap()
	}
	return `"` + s + `"`
}

func (r scribble) space() string {
	if r.IntN(400) == 0 {
		return r.pick(" ", "  ", "\n", "\t")
	}
	return ""
}

func (r scribble) value(depth int) string {
	if depth > 4 {
		return r.text()
	}
	switch r.IntN(12) {
	case 0:
		return r.pick("null", "true", "false", "0", "-1.5e3", `""`, "{}", "[]", `[""]`, `[[]]`)
	case 1, 2:
		return r.record(depth + 1)
	case 3:
		list := []string{}
		for range r.IntN(4) {
			list = append(list, r.space()+r.value(depth+1)+r.space())
		}
		return "[" + strings.Join(list, ",") + "]"
	case 4, 5:
		list := []string{}
		for range r.IntN(3) + 1 {
			list = append(list, r.record(depth+1))
		}
		return "[" + strings.Join(list, ",") + "]"
	case 6:
		return text(r.record(depth + 2))
	case 7:
		return `{` + r.text() + r.space() + `:` + r.value(depth+1) + `,` + r.text() + `:` + r.value(depth+1) + `}`
	}
	return r.text()
}

// record writes a record, or something like one.
func (r scribble) record(depth int) string {
	type member struct{ name, value string }
	m := []member{{"eventVersion", `"1.10"`}}
	add := func(name, value string) { m = append(m, member{r.spell(name), value}) }
	if r.IntN(2) == 0 {
		add("userIdentity", r.pick(`{"type":"AssumedRole","accountId":"444455556666","arn":"arn:aws:sts::444455556666:assumed-role/AWSReservedSSO_x/[y]"}`, "null", r.value(depth)))
	}
	add("eventTime", r.pick(`"2025-10-02T09:00:00Z"`, `"2025-10-02T09:00:01Z"`, `"2025-09-30T23:59:59Z"`, `"xxxx"`))
	if !r.seldom() {
		add("eventSource", `"`+r.source()+`"`)
	}
	if !r.seldom() {
		add("eventName", `"`+r.event()+`"`)
	}
	add("awsRegion", r.pick(`"us-east-2"`, `"us-east-2"`, `"eu-west-1"`))
	for range r.IntN(3) {
		add(r.pick("requestParameters", "responseElements", "userAgent", "resources", "v", "detail", "message", "CloudTrailEvent"), r.value(depth+1))
	}
	switch r.IntN(40) {
	case 0:
		add("eventSource", `"`+r.source()+`"`)
	case 1:
		add("EVENTSOURCE", `"`+r.source()+`"`)
	case 2:
		add("eventname", `"`+r.event()+`"`)
	case 3:
		add("eventSource", r.value(depth+1))
	case 4:
		m = m[1:]
	case 5:
		r.Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
	}
	if !r.seldom() {
		add("recipientAccountId", `"111122223333"`)
	}
	var b strings.Builder
	b.WriteString("{")
	for i, one := range m {
		if i > 0 {
			b.WriteString("," + r.space())
		}
		b.WriteString(`"` + one.name + `"` + r.space() + ":" + r.space() + one.value)
	}
	b.WriteString(r.space() + "}")
	return b.String()
}

func (r scribble) log() []byte {
	var b bytes.Buffer
	for range r.IntN(3) + 1 {
		b.WriteString(`{"Records":[` + r.space())
		for i := range r.IntN(8) {
			if i > 0 {
				b.WriteString(r.space() + "," + r.space())
			}
			if r.IntN(40) == 0 {
				b.WriteString(r.pick(r.value(0), "null", "1", text(r.record(0)), `{"eventVersion":"1","message":`+text(r.record(0))+`}`))
				continue
			}
			b.WriteString(r.record(0))
		}
		b.WriteString(r.space() + "]")
		if r.IntN(20) == 0 {
			b.WriteString(r.pick(`,"Records":[`+r.record(0)+`]`, `,"x":`+r.value(0), `,"eventSource":"`+scim+`"`))
		}
		b.WriteString("}" + r.pick("", "", "", "\n", " "))
	}
	return b.Bytes()
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
