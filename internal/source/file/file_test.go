package file_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

const (
	scim    = "identitystore-scim.amazonaws.com"
	api     = "identitystore.amazonaws.com"
	console = "sso-directory.amazonaws.com"
	ec2     = "ec2.amazonaws.com"
	s3      = "s3.amazonaws.com"

	here  = "111122223333"
	group = "34f89428-0071-70b8-45d6-05247c8b319f"
	user  = "94a8d4e8-0051-7071-9a3e-1e2f3c4d5e6f"
)

var written = time.Date(2025, 11, 14, 16, 0, 0, 0, time.UTC)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// event is a record; its id is its name in the tests.
func event(id, source, name, when string) string {
	return fmt.Sprintf(`{"eventVersion":"1.10","userIdentity":{"type":"AssumedRole","accountId":"111122223333","arn":"arn:aws:sts::111122223333:assumed-role/admin/ana"},"eventTime":%q,"eventSource":%q,"eventName":%q,"awsRegion":"us-east-2","requestParameters":{"identityStoreId":"d-9a67000001","groupId":%q,"memberId":{"userId":%q}},"eventID":%q,"recipientAccountId":"111122223333"}`,
		when, source, name, group, user, id)
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func log(events ...string) string { return `{"Records":[` + strings.Join(events, ",") + `]}` }

// folder is files by path, all modified at the same time.
func folder(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(data), ModTime: written, Mode: 0o644}
	}
	return fsys
}

func collect(t testing.TB, fsys fs.FS, opts file.Options) *casefile.Case {
	t.Helper()
	b := casefile.NewBuilder(&actor.Catalogue{})
	if err := file.NewFS(fsys, "", opts).Collect(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

func ids(c *casefile.Case) (out []string) {
	for _, list := range [][]casefile.Event{c.Events, c.Undated} {
		for i := range list {
			out = append(out, list[i].Key)
		}
	}
	slices.Sort(out)
	return out
}

// ground prints the coverage of a case, in its order.
func ground(c *casefile.Case) (out []string) {
	for _, v := range c.Coverage {
		out = append(out, fmt.Sprintf("%s %s %s %s..%s %s %s", v.Account, v.Region, strings.TrimSuffix(v.Source, ".amazonaws.com"),
			v.Span.From.Format("0102T150405"), v.Span.To.Format("0102T150405"), v.Channel, v.Complete))
	}
	return out
}

func lost(c *casefile.Case) (out []string) {
	for _, l := range c.Unreadable {
		out = append(out, l.Path+": "+l.Reason)
	}
	return out
}

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

func zstandard(s string) string {
	w, _ := zstd.NewWriter(nil)
	return string(w.EncodeAll([]byte(s), nil))
}

func powershell(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

var (
	add   = event("add", api, "CreateGroupMembership", "2025-10-02T09:00:00Z")
	patch = event("patch", scim, "PatchGroup", "2025-10-02T10:00:00Z")
	run   = event("run", ec2, "RunInstances", "2025-10-02T11:00:00Z")
)

func athenaCSV() string {
	return `"eventtime","eventsource","eventname","useridentity","requestparameters","recipientaccountid","awsregion","eventid","readonly"` + "\n" +
		`"2025-10-02T09:00:00Z","` + api + `","CreateGroupMembership","{type=AssumedRole, principalid=AROAEXAMPLE:ana, arn=arn:aws:sts::111122223333:assumed-role/admin/ana, accountid=111122223333, invokedby=null, sessioncontext={attributes={mfaauthenticated=false, creationdate=2025-10-02T08:00:00Z}, sessionissuer={type=Role, username=admin}}}","{""groupId"":""` + group + `"",""memberId"":{""userId"":""` + user + `""}}","111122223333","us-east-2","add","false"` + "\n" +
		`"2025-10-02T11:00:00Z","` + ec2 + `","RunInstances","{type=AssumedRole}","","111122223333","us-east-2","run","false"` + "\n"
}

// formats are the ways in which the same record may lie in a file.
func formats() map[string]struct{ data, kind string } {
	lookup := func(e string) string {
		return `{"EventId":"x","EventName":"y","ReadOnly":"false","EventTime":"2025-10-02T11:00:00+02:00","EventSource":"z","Username":"ana","Resources":[],"CloudTrailEvent":` + quoted(e) + `}`
	}
	cell := func(s string) string { return `{"VarCharValue":` + quoted(s) + `}` }
	row := func(cells ...string) string {
		for i := range cells {
			cells[i] = cell(cells[i])
		}
		return `{"Data":[` + strings.Join(cells, ",") + `]}`
	}
	column := func(name, value string) string { return `{"` + name + `":` + quoted(value) + `}` }
	return map[string]struct{ data, kind string }{
		"a log file":            {log(add, run), "cloudtrail-log"},
		"a record":              {add, "cloudtrail-records"},
		"JSON lines":            {add + "\n" + run + "\n", "cloudtrail-records"},
		"an array":              {"[" + add + ",\n" + run + "]", "cloudtrail-records"},
		"lookup-events":         {`{"Events":[` + lookup(add) + `,` + lookup(run) + `]}`, "lookup-events"},
		"texts of --query":      {`[` + quoted(add) + `,` + quoted(run) + `]`, "cloudtrail-records"},
		"an envelope":           {`{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":` + add + `}`, "eventbridge"},
		"an array of envelopes": {`[{"detail-type":"AWS API Call via CloudTrail","detail":` + add + `}]`, "eventbridge"},
		"a queue's messages":    {`{"Messages":[{"Body":` + quoted(`{"detail-type":"x","detail":`+add+`}`) + `}]}`, "eventbridge"},
		"log events":            {`{"events":[{"logStreamName":"x","message":` + quoted(add) + `}]}`, "messages"},
		"Athena CSV":            {athenaCSV(), "athena"},
		"Athena JSON": {`{"UpdateCount":0,"ResultSet":{"Rows":[` + row("eventtime", "eventsource", "eventname", "eventid", "useridentity", "requestparameters", "recipientaccountid", "awsregion") + `,` +
			row("2025-10-02T09:00:00Z", api, "CreateGroupMembership", "add", "{type=AssumedRole, arn=arn:aws:sts::111122223333:assumed-role/admin/ana}", `{"groupId":"`+group+`","memberId":{"userId":"`+user+`"}}`, here, "us-east-2") +
			`],"ResultSetMetadata":{"ColumnInfo":[]}}}`, "athena"},
		"Lake JSON": {`{"QueryStatus":"FINISHED","QueryStatistics":{"ResultsCount":1},"QueryResultRows":[[` + column("eventtime", "2025-10-02 09:00:00.000") + "," + column("eventsource", api) + "," + column("eventname", "CreateGroupMembership") + "," +
			column("eventid", "add") + "," + column("useridentity", "{type=AssumedRole, arn=arn:aws:sts::111122223333:assumed-role/admin/ana}") + "," + column("requestparameters", `{groupId=`+group+`, memberId={"userId":"`+user+`"}}`) + "," +
			column("recipientaccountid", here) + "," + column("awsregion", "us-east-2") + `]]}`, "lake"},
		"Lake JSON with the whole record": {`{"QueryResultRows":[[` + column("eventjson", add) + `]]}`, "lake"},
		"Lake CSV":                        {"eventJson\n" + `"` + strings.ReplaceAll(add, `"`, `""`) + `"` + "\n", "lake"},
		"a query of one's own": {"eventtime,eventid,account,region,eventsource,eventname,actor_arn,group_id,user_id\n" +
			"2025-10-02T09:00:00Z,add,111122223333,us-east-2," + api + ",CreateGroupMembership,arn:aws:sts::111122223333:assumed-role/admin/ana," + group + "," + user + "\n", "athena"},
	}
}

func TestEveryFormatInEveryWrapping(t *testing.T) {
	t.Parallel()
	for name, f := range formats() {
		for wrapping, wrap := range map[string]func(string) string{
			"plain":       func(s string) string { return s },
			"gzip":        zipped,
			"gzip twice":  func(s string) string { return zipped(zipped(s)) },
			"two members": func(s string) string { return zipped(s[:len(s)/2]) + zipped(s[len(s)/2:]) },
			"zstd":        zstandard,
			"UTF-16":      powershell,
			"with a mark": func(s string) string { return "\ufeff" + s },
			"CRLF":        func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		} {
			t.Run(name+" "+wrapping, func(t *testing.T) {
				t.Parallel()
				data := wrap(f.data)
				c := collect(t, folder(map[string]string{"evidence": data}), file.Options{})
				if diff := cmp.Diff([]string{"add"}, ids(c)); diff != "" {
					t.Fatalf("events (-want +got):\n%s\nlost: %v", diff, lost(c))
				}
				e := c.Events[0]
				if e.Subject.Group != group || e.Subject.User != user || e.Account != here || e.Region != "us-east-2" || !e.Time.Equal(at("2025-10-02T09:00:00Z")) || e.Identity.ARN == "" {
					t.Errorf("the event is %+v", e.Record)
				}
				in := c.Inputs[0]
				if in.Kind != f.kind || in.Size != int64(len(data)) || len(in.SHA256) != 64 || !in.Time.Equal(written) {
					t.Errorf("the input is %+v, want the kind %s", in, f.kind)
				}
				if len(c.Unreadable) > 0 {
					t.Errorf("lost: %v", lost(c))
				}
				if utf16 := wrapping == "UTF-16"; utf16 != strings.Contains(strings.Join(c.Notes, " "), "UTF-16") {
					t.Errorf("notes: %v", c.Notes)
				}
			})
		}
	}
}

func TestEverythingInOneFolder(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"README.md":         "# What we collected\n",
		".git/config":       log(patch),
		"users.json":        `{"Users":[{"UserName":"ana","UserId":"` + user + `","IdentityStoreId":"d-9a67000001"},{"UserName":"ben","UserId":"94a8d4e8-0051-7071-9a3e-1e2f3c4d5e60","IdentityStoreId":"d-9a67000001"}]}`,
		"deep/er/blank":     " \n",
		"samples.json":      read(t, "testdata/blanked-samples.json"),
		"picture":           "\x89PNG\r\n\x1a\n\x00",
		"wanted.csv":        "user,group\nana@example.com,admins\n",
		"a b/ü.json":        log(patch),
		"foreign.json":      `{"hello":"world"}`,
		"notification.json": `{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put"}]}`,
	}
	want := []string{"add", "patch"}
	n := 0
	for name, f := range formats() {
		files[fmt.Sprintf("%02d", n)] = f.data
		_ = name
		n++
	}
	var cases []*casefile.Case
	for _, workers := range []int{1, 8} {
		c := collect(t, folder(files), file.Options{Workers: workers})
		got := slices.DeleteFunc(ids(c), func(id string) bool { return strings.HasPrefix(id, "raw-") })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if len(c.Undated) != 4 {
			t.Errorf("%d undated events, want the four blanked samples", len(c.Undated))
		}
		if diff := cmp.Diff([]string{
			"README.md: not recognised: a text that is no evidence we know",
			"foreign.json: not recognised: neither a log, a listing, an export nor a digest that we know",
			"notification.json: not recognised: JSON without a CloudTrail record in it",
			"picture: not recognised: a picture",
		}, lost(c)); diff != "" {
			t.Errorf("losses (-want +got):\n%s", diff)
		}
		if len(c.Snapshots) != 1 || len(c.Snapshots[0].Users) != 2 || len(c.Upstream.Desired) != 1 {
			t.Errorf("snapshots %+v, upstream %+v", c.Snapshots, c.Upstream)
		}
		cases = append(cases, c)
	}
	if diff := cmp.Diff(cases[0], cases[1]); diff != "" {
		t.Errorf("one worker and eight find different cases:\n%s", diff)
	}
}

func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
