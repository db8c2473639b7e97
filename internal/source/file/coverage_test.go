package file_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

func logPath(stamp, random string) string {
	return "AWSLogs/111122223333/CloudTrail/us-east-2/" + stamp[:4] + "/" + stamp[4:6] + "/" + stamp[6:8] + "/" + logFile(stamp, random)
}

func logFile(stamp, random string) string {
	return "111122223333_CloudTrail_us-east-2_" + stamp + "_" + random + ".json.gz"
}

// everySource is the coverage of all management sources over one span.
func everySource(span, channel, complete string) (out []string) {
	for _, source := range []string{"identity-sync", "identitystore-scim", "identitystore", "sso-directory", "sso"} {
		out = append(out, fmt.Sprintf("111122223333 us-east-2 %s %s %s %s", source, span, channel, complete))
	}
	return out
}

func TestWhatFilesCover(t *testing.T) {
	t.Parallel()
	many := log(add, patch, run, event("get", s3, "GetObject", "2025-10-02T08:00:00Z"))
	elsewhere := strings.ReplaceAll(strings.ReplaceAll(many, "us-east-2", "eu-west-1"), here, "444455556666")
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string
		notes string // in the notes
	}{
		{
			"a log tree covers everything from its first event to its last delivery",
			map[string]string{
				logPath("20251002T0905Z", "AAAAAAAAAAAAAAAA"): zipped(log(add)),
				logPath("20251004T1200Z", "BBBBBBBBBBBBBBBB"): zipped(log(event("x", ec2, "RunInstances", "2025-10-04T11:57:00Z"))),
			},
			everySource("1002T090000..1004T120000", "log-files", "claimed"), "no log file of 1 day between 2025-10-02 and 2025-10-04, the first of them 2025-10-03",
		},
		{
			"the names suffice when the tree was flattened, whatever the files hold",
			map[string]string{
				logFile("20251002T0905Z", "AAAAAAAAAAAAAAAA"): zipped(log(add)),
				logFile("20251002T1005Z", "BBBBBBBBBBBBBBBB"): zipped(log(patch)),
			},
			everySource("1002T090000..1002T100500", "log-files", "claimed"), "",
		},
		{
			"an event that was delivered weeks late brings no ground with it",
			map[string]string{logFile("20251023T0905Z", "AAAAAAAAAAAAAAAA"): zipped(log(add, event("x", ec2, "RunInstances", "2025-10-23T09:01:00Z")))},
			everySource("1023T090100..1023T090500", "log-files", "claimed"), "",
		},
		{
			"a log file that is cut short leaves a hole",
			map[string]string{
				logFile("20251002T0800Z", "AAAAAAAAAAAAAAAA"): zipped(log()),
				logFile("20251002T0905Z", "BBBBBBBBBBBBBBBB"): zipped(log(add) + " ")[:100],
				logFile("20251002T1200Z", "CCCCCCCCCCCCCCCC"): zipped(log(run)),
			},
			append2(everySource("1002T080000..1002T085000", "log-files", "claimed"), everySource("1002T090500..1002T120000", "log-files", "claimed")), "",
		},
		{
			"a log file whose records come from elsewhere covers only what is seen in it",
			map[string]string{logFile("20251002T0905Z", "AAAAAAAAAAAAAAAA"): zipped(log(add) + strings.ReplaceAll(log(add), here, "444455556666"))},
			[]string{
				"111122223333 us-east-2 identitystore 1002T090000..1002T090000 log-files unknown",
				"444455556666 us-east-2 identitystore 1002T090000..1002T090000 log-files unknown",
			}, "does not hold the records of the account and Region that the name says",
		},
		{
			"a log file that is damaged in a line and goes on leaves a hole too",
			map[string]string{
				logFile("20251002T0800Z", "AAAAAAAAAAAAAAAA"): zipped(log()),
				logFile("20251002T0905Z", "BBBBBBBBBBBBBBBB"): zipped(`{"Records":[{"x` + "\n" + add + "]}"),
				logFile("20251002T1200Z", "CCCCCCCCCCCCCCCC"): zipped(log(run)),
			},
			append2(everySource("1002T080000..1002T085000", "log-files", "claimed"), everySource("1002T090500..1002T120000", "log-files", "claimed")), "",
		},
		{"records of many services are unfiltered", map[string]string{"a.json": many}, everySource("1002T080000..1002T110000", "log-files", "claimed"), ""},
		{
			"each account and Region of a file is judged by itself",
			map[string]string{"a.json": many + strings.ReplaceAll(log(patch), here, "444455556666")},
			append2(everySource("1002T080000..1002T110000", "log-files", "claimed"), []string{"444455556666 us-east-2 identitystore-scim 1002T100000..1002T100000 log-files unknown"}), "",
		},
		{"records of many services with a part lost are no longer whole", map[string]string{"a.json": many[:len(many)-2]}, everySource("1002T080000..1002T110000", "log-files", "unknown"), ""},
		{
			"records of two services are filtered", map[string]string{"a.json": log(add, patch, run)[:0] + log(add, run)},
			[]string{"111122223333 us-east-2 identitystore 1002T090000..1002T090000 log-files unknown"}, "",
		},
		{
			"records of identity sources only are filtered, however many",
			map[string]string{"a.json": log(add, patch, event("c", console, "AddMemberToGroup", "2025-10-02T12:00:00Z"))},
			[]string{
				"111122223333 us-east-2 identitystore-scim 1002T100000..1002T100000 log-files unknown",
				"111122223333 us-east-2 identitystore 1002T090000..1002T090000 log-files unknown",
				"111122223333 us-east-2 sso-directory 1002T120000..1002T120000 log-files unknown",
			}, "",
		},
		{
			"lookup-events is filtered, whatever it shows",
			map[string]string{"a.json": `{"Events":[` + events(add, patch, run, event("get", s3, "GetObject", "2025-10-02T08:00:00Z")) + `]}`},
			[]string{
				"111122223333 us-east-2 identitystore-scim 1002T100000..1002T100000 lookup-events unknown",
				"111122223333 us-east-2 identitystore 1002T090000..1002T090000 lookup-events unknown",
			}, "",
		},
		{
			"Athena says which channel it is", map[string]string{"a.csv": athenaCSV()},
			[]string{"111122223333 us-east-2 identitystore 1002T090000..1002T090000 athena unknown"}, "",
		},
		{
			"an empty result covers nothing and is noted once",
			map[string]string{"a.json": `{"Events":[]}`, "b.json": `[]`, "c.json": "", "d.json": `{"GroupMemberships":[]}`, "e.json": `{"ResultSet":{"Rows":[]}}`},
			nil, "5 files (the first is a.json) are empty results",
		},
		{"two trees are two places", map[string]string{
			logFile("20251002T0905Z", "AAAAAAAAAAAAAAAA"): zipped(log(add)),
			strings.ReplaceAll(strings.ReplaceAll(logFile("20251002T0905Z", "AAAAAAAAAAAAAAAA"), here, "444455556666"), "us-east-2", "eu-west-1"): zipped(elsewhere),
		}, append2(everySource("1002T090000..1002T090500", "log-files", "claimed"), elsewhereSources()), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := collect(t, folder(tt.files), file.Options{})
			if diff := cmp.Diff(tt.want, ground(c)); diff != "" {
				t.Errorf("coverage (-want +got):\n%s", diff)
			}
			if notes := strings.Join(c.Notes, "\n"); !strings.Contains(notes, tt.notes) || tt.notes == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, tt.notes)
			}
		})
	}
}

// append2 joins coverage in the order of a case: by account, Region, source.
func append2(a, b []string) []string {
	if len(a) != len(b) || a[0][:40] != b[0][:40] {
		return append(a, b...)
	}
	var out []string
	for i := range a {
		out = append(out, a[i], b[i])
	}
	return out
}

func elsewhereSources() []string {
	var out []string
	for _, s := range everySource("1002T080000..1002T110000", "log-files", "claimed") {
		out = append(out, strings.ReplaceAll(strings.ReplaceAll(s, "us-east-2", "eu-west-1"), here, "444455556666"))
	}
	return out
}

func events(records ...string) string {
	var out []string
	for _, r := range records {
		out = append(out, `{"EventId":"x","CloudTrailEvent":`+quoted(r)+`}`)
	}
	return strings.Join(out, ",")
}

const scope = `"account":"111122223333","region":"us-east-2","sources":["scim"],"from":"2025-09-01","to":"2025-11-14T16:00:00Z","channel":"lookup-events"`

func TestManifest(t *testing.T) {
	t.Parallel()
	note := func(entries ...string) string {
		return `{"schema":"scimtrail/evidence/v1","entries":[` + strings.Join(entries, ",") + `]}`
	}
	const claimed = "111122223333 us-east-2 identitystore-scim 0901T000000..1114T160000 lookup-events claimed"
	const doubted = "111122223333 us-east-2 identitystore-scim 0901T000000..1114T160000 lookup-events unknown"
	for _, tt := range []struct {
		name   string
		files  map[string]string
		want   []string
		losses int
		notes  int
	}{
		{"makes an empty result say what was searched", map[string]string{"scimtrail-evidence.json": note(`{"path":"scim.json",` + scope + `}`), "scim.json": `{"Events":[]}`}, []string{claimed}, 0, 0},
		{"may stand alone for its whole folder", map[string]string{"a/scimtrail-evidence.json": `{"schema":"scimtrail/evidence/v1",` + scope + `}`, "a/scim.json": `{"Events":[]}`, "b.json": `{"Events":[]}`}, []string{claimed}, 0, 1},
		{"in a folder speaks of the files below it", map[string]string{"a/scimtrail-evidence.json": note(`{"path":"b/*.json",` + scope + `}`), "a/b/scim.json": `{"Events":[]}`}, []string{claimed}, 0, 0},
		{"that names a file that is not there is a loss and claims nothing", map[string]string{"scimtrail-evidence.json": note(`{"path":"scim.json",` + scope + `}`)}, nil, 1, 0},
		{"for a file that is damaged is doubted", map[string]string{"scimtrail-evidence.json": note(`{"path":"scim.json",` + scope + `}`), "scim.json": `{"Events":[`}, []string{doubted}, 1, 1},
		{"with a name that is not known is a loss and claims nothing", map[string]string{"scimtrail-evidence.json": note(`{"pth":"scim.json",` + scope + `}`), "scim.json": `{"Events":[]}`}, nil, 1, 1},
		{"under another name is recognised too", map[string]string{"zz.json": note(`{"path":"scim.json",` + scope + `}`), "scim.json": `{"Events":[]}`}, []string{claimed}, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := collect(t, folder(tt.files), file.Options{})
			if diff := cmp.Diff(tt.want, ground(c)); diff != "" {
				t.Errorf("coverage (-want +got):\n%s", diff)
			}
			if len(c.Unreadable) != tt.losses || len(c.Notes) != tt.notes {
				t.Errorf("losses %v, notes %v; want %d, %d", lost(c), c.Notes, tt.losses, tt.notes)
			}
		})
	}
}

func TestWhenAListingWasTaken(t *testing.T) {
	t.Parallel()
	old := `{"Groups":[{"GroupId":"` + group + `","DisplayName":"admins","IdentityStoreId":"d-9a67000001","CreatedAt":"2025-11-10T00:00:00Z"}]}`
	timeless := strings.Replace(old, `,"CreatedAt":"2025-11-10T00:00:00Z"`, "", 1)
	future := strings.Replace(old, "2025-11-10", "2025-12-10", 1)
	note := `{"schema":"scimtrail/evidence/v1","path":"groups.json","collected":"2025-11-12T08:00:00Z","identityStore":"d-9a67000001","account":"111122223333","region":"us-east-2","kind":"list-groups","whole":true}`
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"the manifest says so", map[string]string{"groups.json": old, "scimtrail-evidence.json": note}, "manifest 2025-11-12T08:00:00Z..2025-11-12T08:00:00Z all"},
		{"between its newest time and the file's", map[string]string{"groups.json": old}, "content 2025-11-10T00:00:00Z..2025-11-14T16:00:00Z"},
		{"without a time in it, not after the file's", map[string]string{"groups.json": timeless}, "file-time 0001-01-01T00:00:00Z..2025-11-14T16:00:00Z"},
		{"a file's time before the content's says nothing", map[string]string{"groups.json": future}, "content 2025-12-10T00:00:00Z..0001-01-01T00:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := collect(t, folder(tt.files), file.Options{})
			s := c.Snapshots[0]
			const form = "2006-01-02T15:04:05Z"
			got := fmt.Sprintf("%s %s..%s", s.Clock, s.NotBefore.Format(form), s.NotAfter.Format(form))
			if s.AllGroups {
				got += " all"
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAnEmptyMemberListIsEvidenceOnlyWithItsGroup(t *testing.T) {
	t.Parallel()
	files := map[string]string{"members.json": `{"GroupMemberships":[]}`}
	if c := collect(t, folder(files), file.Options{}); len(c.Snapshots[0].MembersOf) != 0 {
		t.Errorf("without a manifest it speaks of %v", c.Snapshots[0].MembersOf)
	}
	files["scimtrail-evidence.json"] = `{"schema":"scimtrail/evidence/v1","path":"members.json","identityStore":"d-9a67000001","account":"111122223333","region":"us-east-2","kind":"list-group-memberships","group":"arn:aws:identitystore:::group/` + group + `"}`
	c := collect(t, folder(files), file.Options{})
	if diff := cmp.Diff([]string{group}, c.Snapshots[0].MembersOf); diff != "" {
		t.Errorf("with one (-want +got):\n%s", diff)
	}
	if c.Snapshots[0].Store != "d-9a67000001" {
		t.Errorf("store %q", c.Snapshots[0].Store)
	}
	files["scimtrail-evidence.json"] = strings.Replace(files["scimtrail-evidence.json"], `"group"`, `"whole":false,"group"`, 1)
	if c := collect(t, folder(files), file.Options{}); len(c.Snapshots[0].MembersOf) != 0 {
		t.Errorf("with one that says it was cut short it speaks of %v", c.Snapshots[0].MembersOf)
	}
}

func TestTheOwnerOfAnInstanceIsAHome(t *testing.T) {
	t.Parallel()
	c := collect(t, folder(map[string]string{"instances.json": `{"Instances":[{"InstanceArn":"arn:aws:sso:::instance/ssoins-1111222233334444","IdentityStoreId":"d-9a67000001","OwnerAccountId":"111122223333","Status":"ACTIVE"}]}`}), file.Options{})
	found := false
	for _, h := range c.Homes {
		found = found || h == casefile.Home{Store: "d-9a67000001", Account: here, Because: "sso-admin list-instances names the owner of the store"}
	}
	if !found {
		t.Errorf("homes %+v, lost %v", c.Homes, lost(c))
	}
}

func TestAFolderThatCannotBeListedLeavesNoClaim(t *testing.T) {
	t.Parallel()
	files := folder(map[string]string{logFile("20251002T0905Z", "AAAAAAAAAAAAAAAA"): zipped(log(add)), "locked/x": ""})
	c := collect(t, lockedFS{files}, file.Options{})
	for _, cover := range c.Coverage {
		if cover.Complete != casefile.Unknown {
			t.Errorf("it claims %+v", cover)
		}
	}
	if len(c.Unreadable) != 1 || len(c.Coverage) == 0 {
		t.Errorf("lost %v, covered %v", lost(c), ground(c))
	}
}

// lockedFS has a folder that can't be listed.
type lockedFS struct{ fstest.MapFS }

func (l lockedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "locked" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.ReadDir(name)
}
