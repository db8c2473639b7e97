package scan_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/scimtrail/scimtrail/internal/scan"
)

const (
	scim = "identitystore-scim.amazonaws.com"
	api  = "identitystore.amazonaws.com"
	ec2  = "ec2.amazonaws.com"
)

// record is a small CloudTrail record; id names it.
func record(id, source, name string) string {
	return fmt.Sprintf(`{"eventVersion":"1.10","eventTime":"2025-10-02T09:00:00Z","eventSource":%q,"eventName":%q,"awsRegion":"us-east-2","recipientAccountId":"111122223333","eventID":%q}`, source, name, id)
}

func text(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// read returns the eventIDs of what is yielded, with the shapes, and the profile.
func read(t *testing.T, r io.Reader, limits scan.Limits) (ids []string, p scan.Profile) {
	t.Helper()
	p, err := scan.Records(r, limits, func(rec scan.Record) error {
		var top struct{ EventID string }
		if err := json.Unmarshal(rec.Raw, &top); err != nil {
			t.Errorf("a record that was yielded is not JSON: %v: %.100q", err, rec.Raw)
		}
		ids = append(ids, string(rec.Shape)+" "+top.EventID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids, p
}

func TestRecords(t *testing.T) {
	t.Parallel()
	patch, add, run := record("patch", scim, "PatchGroup"), record("add", api, "CreateGroupMembership"), record("run", ec2, "RunInstances")
	lookup := func(rec string) string {
		return `{"EventId":"x","EventName":"y","EventSource":"` + ec2 + `","CloudTrailEvent":` + rec + `}`
	}
	envelope := func(rec string) string {
		return `{"version":"0","detail-type":"AWS API Call via CloudTrail","account":"111122223333","detail":` + rec + `}`
	}
	for _, tt := range []struct {
		name string
		in   string
		want []string
		seen int
	}{
		{"a log file", `{"Records":[` + patch + `,` + run + `,` + add + `]}`, []string{"log patch", "log add"}, 3},
		{"a pretty-printed log file with CRLF", "{\r\n  \"Records\" : [\r\n    " + patch + " ,\r\n " + add + "\r\n ]\r\n}\r\n", []string{"log patch", "log add"}, 2},
		{"log files one after the other", `{"Records":[` + patch + `]}{"Records":[]}{"Records":[` + add + `]}`, []string{"log patch", "log add"}, 2},
		{"log files with byte order marks at their joints", "\ufeff" + `{"Records":[` + patch + `]}` + "\ufeff" + `{"Records":[` + add + `]}`, []string{"log patch", "log add"}, 2},
		{"an array of log files, as jq -s makes it", `[{"Records":[` + patch + `]},{"Records":[` + add + `]}]`, []string{"log patch", "log add"}, 2},
		{"a single record", patch, []string{"record patch"}, 1},
		{"a single record of another service", run, nil, 1},
		{"JSON lines", patch + "\n" + run + "\n" + add + "\n", []string{"record patch", "record add"}, 3},
		{"JSON text sequences", "\x1e" + patch + "\n\x1e" + add + "\n", []string{"record patch", "record add"}, 2},
		{"an array of records", `[` + patch + `, ` + add + `]`, []string{"record patch", "record add"}, 2},
		{"an array of arrays of records", `[[` + patch + `],[` + add + `]]`, []string{"record patch", "record add"}, 2},
		{"an array of texts, as --query prints it", `[` + text(patch) + `,` + text(run) + `]`, []string{"text patch"}, 2},
		{"lookup-events", `{"Events":[` + lookup(text(patch)) + `,` + lookup(text(run)) + `]}`, []string{"lookup-events patch"}, 2},
		{"lookup-events with NextToken first", `{"NextToken":"a","Events":[` + lookup(text(patch)) + `]}`, []string{"lookup-events patch"}, 1},
		{"pages of lookup-events", `{"Events":[` + lookup(text(patch)) + `],"NextToken":"a"}` + "\n" + `{"Events":[` + lookup(text(add)) + `]}`, []string{"lookup-events patch", "lookup-events add"}, 2},
		{"lookup-events whose CloudTrailEvent was opened", `{"Events":[` + lookup(add) + `]}`, []string{"lookup-events add"}, 1},
		{"an EventBridge envelope", envelope(patch), []string{"eventbridge patch"}, 1},
		{"envelopes one a line", envelope(patch) + "\n" + envelope(add), []string{"eventbridge patch", "eventbridge add"}, 2},
		{"an envelope in a message of SNS in a message of SQS", `{"Messages":[{"MessageId":"1","Body":` + text(`{"Type":"Notification","Message":`+text(envelope(patch))+`}`) + `}]}`, []string{"eventbridge patch"}, 1},
		{"log events of CloudWatch", `{"events":[{"timestamp":1,"message":` + text(add) + `},{"timestamp":2,"message":"{ no JSON"},{"message":"text"}]}`, []string{"message add"}, 1},
		{"lower-case names, as Athena and Lake export them", `{"eventsource":"` + scim + `","eventname":"PatchGroup","eventid":"low"}`, []string{"record low"}, 1},
		{"an escaped source", `{"eventSource":"identitystore\u002dscim.amazonaws.com","eventName":"PatchGroup","eventID":"esc"}`, []string{"record esc"}, 1},
		{"an escaped name of a member", `{"event\u0053ource":"` + scim + `","eventName":"PatchGroup","eventID":"esc"}`, []string{"record esc"}, 1},
		{"a source in capitals", `{"eventSource":"IdentityStore.AmazonAWS.com","eventName":"CreateGroup","eventID":"cap"}`, []string{"record cap"}, 1},
		{"the last of two sources counts, and both are shown", `{"eventSource":"` + scim + `","eventSource":"` + ec2 + `","eventName":"X","eventID":"two"}`, []string{"record two"}, 1},
		{"a source that only stands inside another text", `{"eventSource":"` + ec2 + `","eventName":"X","requestParameters":{"eventSource":"` + scim + `"},"userAgent":"\"eventSource\":\"` + scim + `\""}`, nil, 1},
		{"a change of a SCIM token under another source", record("token", "sso.amazonaws.com", "CreateBearerToken"), []string{"record token"}, 1},
		{"a notification of S3 is no record", `{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","awsRegion":"us-east-2"}]}`, nil, 0},
		{"a record with a member named like a list", `{"eventSource":"` + api + `","eventName":"CreateGroup","eventID":"odd","Records":[1]}`, []string{"record odd"}, 1},
		{"nothing", "", nil, 0},
		{"white space", " \n\t ", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, reader := range []struct {
				name string
				r    io.Reader
			}{{"at once", strings.NewReader(tt.in)}, {"byte by byte", iotest.OneByteReader(strings.NewReader(tt.in))}} {
				ids, p := read(t, reader.r, scan.Limits{})
				if diff := cmp.Diff(tt.want, ids); diff != "" {
					t.Errorf("%s: records (-want +got):\n%s", reader.name, diff)
				}
				if p.Records != tt.seen || p.Bytes != int64(len(tt.in)) {
					t.Errorf("%s: %d records in %d bytes, want %d in %d", reader.name, p.Records, p.Bytes, tt.seen, len(tt.in))
				}
			}
		})
	}
}

func TestRawIsWhatStoodInTheFile(t *testing.T) {
	t.Parallel()
	odd := `{ "eventSource" : "` + scim + `" , "eventName":"PatchGroup" ,"n": 1.50e+01, "u":"\u00e9` + "\xff" + `" }`
	var got string
	_, err := scan.Records(strings.NewReader(`{"Records":[ `+odd+` ]}`), scan.Limits{}, func(r scan.Record) error {
		got = string(r.Raw)
		return nil
	})
	if err != nil || got != odd {
		t.Errorf("got %q, %v; want the bytes of the file", got, err)
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	patch, add, run := record("patch", scim, "PatchGroup"), record("add", api, "CreateGroupMembership"), record("run", ec2, "RunInstances")
	deep := `{"eventSource":"` + scim + `","eventName":"PatchGroup","eventTime":"2025-10-02T09:00:00Z","x":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`
	large := `{"eventSource":"` + scim + `","eventName":"PatchGroup","x":"` + strings.Repeat("y", 200<<10) + `"}`
	largeOther := strings.Replace(large, scim, ec2, 1)
	largeLate := `{"x":"` + strings.Repeat("y", 200<<10) + `","eventSource":"` + ec2 + `","eventName":"X"}`
	for _, tt := range []struct {
		name    string
		in      string
		want    []string
		damages int
		says    string // in the first damage
		ended   bool
	}{
		{"a log that stops in a record keeps what came before", `{"Records":[` + patch + `,` + add[:40], []string{"log patch"}, 1, "ends in the middle", true},
		{"a log that stops between records", `{"Records":[` + patch + `,`, []string{"log patch"}, 1, "after 1 value", true},
		{"a log without its last bracket", `{"Records":[` + patch + `]`, []string{"log patch"}, 1, "ends in the middle", true},
		{"after an error in a list the rest is lost", `{"Records":[` + patch + `,{"a" 1},` + add + `]}`, []string{"log patch"}, 1, "everything from byte", false},
		{"after a broken line the next is read", patch + "\n" + `{"eventSource":"` + scim + "\n" + add + "\n", []string{"record patch", "record add"}, 1, "up to the next line", false},
		{"after an unclosed line the next is read", patch + "\n" + `{"eventSource":"` + scim + `","a":[1,2,` + "\n" + add + "\n", []string{"record patch", "record add"}, 1, "", false},
		{"after a line of noise the next is read", patch + "\nERROR: connection reset\n" + add, []string{"record patch", "record add"}, 1, "stands where a value should", false},
		{"an array with one record a line", "[\n" + patch + ",\n{\"a\":tru},\n" + add + ",\n" + run + "\n]\n", []string{"record patch", "record add"}, 1, "", false},
		{"a record that nests too deep", `{"Records":[` + deep + `,` + add + `]}`, []string{"log add"}, 1, "nested deeper than 200", false},
		{"a record that is too large", `{"Records":[` + large + `,` + add + `]}`, []string{"log add"}, 1, "larger than 100 KB", false},
		{"a large record of another service is no loss", `{"Records":[` + largeOther + `,` + add + `]}`, []string{"log add"}, 0, "", false},
		{"a large record that does not say early whose it is", `{"Records":[` + largeLate + `,` + add + `]}`, []string{"log add"}, 1, "larger than 100 KB", false},
		{"a record inside a text that is cut off", `["{\"eventSource\":\"` + scim + `\",\"event"]`, nil, 1, "the record inside a value", false},
		{"no JSON at all", "hello", nil, 1, "not JSON", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
				ids, p := read(t, r, scan.Limits{Record: 100 << 10})
				if diff := cmp.Diff(tt.want, ids); diff != "" {
					t.Errorf("records (-want +got):\n%s", diff)
				}
				if p.Damages != tt.damages || len(p.Damage) != tt.damages || p.Ended != tt.ended {
					t.Fatalf("damage %d %+v, ended %v; want %d, %v", p.Damages, p.Damage, p.Ended, tt.damages, tt.ended)
				}
				if tt.damages > 0 && !strings.Contains(p.Damage[0].Reason+" "+p.Damage[0].Lost, tt.says) {
					t.Errorf("damage %+v does not say %q", p.Damage[0], tt.says)
				}
			}
		})
	}
}

func TestStreamLimit(t *testing.T) {
	t.Parallel()
	line := record("a", scim, "PatchGroup") + "\n"
	in := strings.Repeat(line, 100)
	ids, p := read(t, strings.NewReader(in), scan.Limits{Stream: int64(10*len(line) + 5)})
	if len(ids) != 10 || !p.Ended || !strings.Contains(p.Damage[0].Reason, "too long") {
		t.Errorf("%d records, damage %+v; want 10 and a stream that is too long", len(ids), p.Damage)
	}
	ids, p = read(t, strings.NewReader(in), scan.Limits{Stream: int64(len(in))})
	if len(ids) != 100 || p.Damages != 0 {
		t.Errorf("a stream just at the limit: %d records, damage %+v; want 100 and none", len(ids), p.Damage)
	}
}

func TestErrorOfYieldStops(t *testing.T) {
	t.Parallel()
	enough := errors.New("enough")
	n := 0
	_, err := scan.Records(strings.NewReader(strings.Repeat(record("a", scim, "PatchGroup")+"\n", 5)), scan.Limits{}, func(scan.Record) error {
		n++
		return enough
	})
	if !errors.Is(err, enough) || n != 1 {
		t.Errorf("got %v after %d records, want the error of yield after one", err, n)
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	rec := func(source, name, region, account, at string) string {
		return fmt.Sprintf(`{"eventSource":%q,"eventName":%q,"awsRegion":%q,"eventTime":%q,"userIdentity":{"type":"x","accountId":%q}}`, source, name, region, at, account)
	}
	_, p := read(t, strings.NewReader(`{"Records":[`+strings.Join([]string{
		rec(ec2, "RunInstances", "us-east-2", "111122223333", "2025-10-02T09:00:05Z"),
		rec(scim, "PatchGroup", "us-east-2", "111122223333", "2025-10-02T09:00:00Z"),
		rec(scim, "PatchUser", "us-east-2", "111122223333", "2025-10-01T09:00:00Z"),
		rec(api, "ListGroups", "eu-west-1", "444455556666", "xxxx"),
		rec(api, "ListGroups", "eu-west-1", "444455556666", "2025-13-40T09:00:00Z"),
	}, ",")+`]}`), scan.Limits{})
	at := func(s string) time.Time {
		v, _ := time.Parse(time.RFC3339, s)
		return v
	}
	want := []scan.Place{
		{
			Account: "111122223333", Region: "us-east-2", Records: 3, First: at("2025-10-01T09:00:00Z"), Last: at("2025-10-02T09:00:05Z"),
			Sources:  []string{ec2, scim},
			Identity: []scan.SourceSpan{{Source: scim, Records: 2, First: at("2025-10-01T09:00:00Z"), Last: at("2025-10-02T09:00:00Z")}},
		},
		{
			Account: "444455556666", Region: "eu-west-1", Records: 2,
			Sources:  []string{api},
			Identity: []scan.SourceSpan{{Source: api, Records: 2}},
		},
	}
	if diff := cmp.Diff(want, p.Places); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{ec2, scim, api}, p.Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if p.Yielded != 4 || p.Records != 5 || !p.Latest.Equal(at("2025-10-02T09:00:05Z")) {
		t.Errorf("yielded %d of %d, latest %v", p.Yielded, p.Records, p.Latest)
	}
}

func TestEmptyLists(t *testing.T) {
	t.Parallel()
	_, p := read(t, strings.NewReader(`{"Events":[]}{"Records":[]}[]`), scan.Limits{})
	if diff := cmp.Diff(map[string]int{"Events": 1, "Records": 1, "[]": 1}, p.Lists); diff != "" || p.Empty != 3 || p.Damages != 0 {
		t.Errorf("lists %v, %d empty, damage %+v; want 3, 3, none", p.Lists, p.Empty, p.Damage)
	}
}

func TestManySourcesAndPlacesAreBounded(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	go func() {
		for i := range 6000 {
			_, _ = fmt.Fprintf(w, `{"eventSource":"s%d.amazonaws.com","eventName":"X","awsRegion":"r%d","recipientAccountId":"%012d"}`+"\n", i, i, i)
		}
		_ = w.Close()
	}()
	_, p := read(t, r, scan.Limits{})
	if p.Records != 6000 || len(p.Sources) != 32 || !p.More || len(p.Places) != 4096 || !p.Crowded {
		t.Errorf("%d records, %d sources (more: %v), %d places (crowded: %v)", p.Records, len(p.Sources), p.More, len(p.Places), p.Crowded)
	}
}

// zeros is an endless record, as a bomb unpacks to.
type zeros struct{ open bool }

func (z *zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	if !z.open {
		z.open = true
		return copy(p, `{"Records":[{"x":"`), nil
	}
	return len(p), nil
}

func TestABombCostsTimeNotMemory(t *testing.T) {
	// Not parallel: it measures what it allocates.
	allocated := testing.AllocsPerRun(1, func() {
		_, p := read(t, &zeros{}, scan.Limits{Record: 1 << 20, Stream: 64 << 20})
		if !p.Ended || p.Damages != 1 {
			t.Errorf("damage %+v", p.Damage)
		}
	})
	if allocated > 200 {
		t.Errorf("%v allocations for one endless record", allocated)
	}
}

func TestAnyCutOfACompressedLogLosesOnlyItsTail(t *testing.T) {
	t.Parallel()
	var whole bytes.Buffer
	var ids []string
	zw := gzip.NewWriter(&whole)
	_, _ = io.WriteString(zw, `{"Records":[`)
	for i := range 40 {
		if i > 0 {
			_, _ = io.WriteString(zw, ",")
		}
		_, _ = io.WriteString(zw, record(strconv.Itoa(i*7919), scim, "PatchGroup"))
		ids = append(ids, "log "+strconv.Itoa(i*7919))
	}
	_, _ = io.WriteString(zw, `]}`)
	_ = zw.Close()
	most := 0
	for cut := range whole.Len() {
		zr, err := gzip.NewReader(bytes.NewReader(whole.Bytes()[:cut]))
		if err != nil {
			continue // not even a header
		}
		got, p := read(t, zr, scan.Limits{})
		if diff := cmp.Diff(ids[:len(got)], got); len(got) > 0 && diff != "" {
			t.Fatalf("cut at %d: not a beginning of the whole:\n%s", cut, diff)
		}
		if len(got) < most {
			t.Fatalf("cut at %d: %d records, fewer than at a smaller cut", cut, len(got))
		}
		most = len(got)
		if !p.Ended || p.Damages != 1 {
			t.Fatalf("cut at %d: ended %v, damage %+v; want it named once", cut, p.Ended, p.Damage)
		}
	}
	if most == 0 {
		t.Error("no cut gave any record: the test shows nothing")
	}
}
