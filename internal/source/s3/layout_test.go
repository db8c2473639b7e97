package s3_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/source/s3"
	"github.com/scimtrail/scimtrail/internal/span"
)

func TestAPrefixMayLieAnywhere(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	plan, err := loggen.New(loggen.Options{Shape: loggen.Swarm, Files: 300, IdentityShare: 3, Organization: "o-exampleorgid"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.WriteTree(t.Context(), filepath.Join(root, "logs", "trail"), nil); err != nil {
		t.Fatal(err)
	}
	// What else lies in such a bucket.
	for name, text := range map[string]string{
		"logs/trail-old/readme.json": `{}`,
		"logs/trail/AWSLogs/o-exampleorgid/111122223333/Config/us-east-1/x.json":                             `{}`,
		"logs/trail/AWSLogs/o-exampleorgid/111122223333/CloudTrail-Insight/us-east-1/2025/10/01/x.json":      `{}`,
		"logs/trail/AWSLogs/o-exampleorgid/111122223333/CloudTrail-Digest/us-east-1/2025/10/01/x.json.gz":    `{}`,
		"logs/trail/AWSLogs/111122223333/elasticloadbalancing/us-east-1/2025/10/01/x.log.gz":                 `{}`,
		"logs/trail/AWSLogs/o-exampleorgid/111122223333/CloudTrail-NetworkActivity/us-east-1/2025/10/x.json": `{}`,
	} {
		put(t, root, name, text)
	}
	const account = "logs/trail/AWSLogs/o-exampleorgid/111122223333/"
	for _, prefix := range []string{"", "logs", "logs/", "logs/trail", "logs/trail/AWSLogs", "logs/trail/AWSLogs/o-exampleorgid/", account, account + "CloudTrail/", account + "CloudTrail/us-east-1", account + "CloudTrail/us-east-1/2025/10", account + "CloudTrail/us-east-1/2025/10/02/", account + "CloudTrail/us-east-1/2025/10/0", account + "CloudTrail/us-"} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			shelf := newShelf(t, root)
			o := options(t, shelf)
			o.Prefix = prefix
			c := mustGather(t, o)
			var want []string
			for _, key := range shelf.keys {
				if strings.HasPrefix(key, strings.TrimSuffix(prefix, "/")) && strings.Contains(key, "_CloudTrail_") {
					want = append(want, key)
				}
			}
			var got []string
			for key := range shelf.got {
				got = append(got, key)
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
				t.Errorf("%d objects wanted (-want +got):\n%.2000s", len(want), diff)
			}
			if len(c.Events) == 0 || len(c.Coverage) == 0 || len(c.Unreadable) > 0 {
				t.Errorf("%d events, coverage %v, losses %v", len(c.Events), covered(c), c.Unreadable)
			}
		})
	}
}

func put(t *testing.T, root, name, text string) {
	t.Helper()
	name = filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutATrailsFoldersWhatLiesThereIsRead(t *testing.T) {
	t.Parallel()
	tree := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 100, IdentityShare: 3, Accounts: loggen.Accounts(1)})
	root := t.TempDir()
	for _, key := range newShelf(t, tree).keys {
		data, err := os.ReadFile(filepath.Join(tree, key))
		if err != nil {
			t.Fatal(err)
		}
		put(t, root, "copies/"+filepath.Base(key), string(data))
	}
	put(t, root, "copies/groups.json", `{"Groups":[{"GroupId":"94482488-3041-7075-5f1c-1ab2c3d4e5f6","DisplayName":"admins","IdentityStoreId":"d-9a67000001"}]}`)
	put(t, root, "copies/picture.png", "none of our business")
	for _, prefix := range []string{"", "copies", "copies/1111", "copies/"} {
		shelf := newShelf(t, root)
		o := options(t, shelf)
		o.Prefix = prefix
		c := mustGather(t, o)
		want := fromFiles(t, root, file.Options{})
		if len(c.Events) != len(want.Events) || !cmp.Equal(covered(c), covered(want)) {
			t.Errorf("below %q: %d events, coverage %v", prefix, len(c.Events), covered(c))
		}
		if prefix == "copies/" && (len(c.Snapshots) != 1 || shelf.got["copies/picture.png"] > 0) {
			t.Errorf("%d snapshots; the picture was fetched %d times", len(c.Snapshots), shelf.got["copies/picture.png"])
		}
	}
	one := newShelf(t, root)
	o := options(t, one)
	o.Prefix = one.keys[0]
	if mustGather(t, o); one.fetched() != 1 {
		t.Errorf("of one object named %d were fetched", one.fetched())
	}
}

func TestWhereNothingIsThatIsSaid(t *testing.T) {
	t.Parallel()
	root := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 20, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}})
	put(t, root, "pictures/a.png", "x")
	for _, tt := range []struct {
		name, prefix string
		place        casefile.Place
		says         string
	}{
		{"an empty prefix", "no/such/folder", casefile.Place{}, "1 folder was listed"},
		{"other things", "pictures", casefile.Place{}, "there are none"},
		{"another account", "", casefile.Place{Account: "444455556666"}, "only of 111122223333"},
		{"another Region", "", casefile.Place{Region: "eu-west-1"}, "only of 111122223333 us-east-2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(t, newShelf(t, root))
			o.Prefix, o.Query.Place = tt.prefix, tt.place
			c, err := gather(t, o)
			problem, ok := errors.AsType[*live.Problem](err)
			if !ok || problem.Kind != live.Missing || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
			if len(c.Coverage) > 0 {
				t.Errorf("it covers %v", covered(c))
			}
		})
	}
}

// TestOnlyWhatIsAskedForIsFetched compares with the files of a narrowed question.
func TestOnlyWhatIsAskedForIsFetched(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 800, IdentityShare: 3, Days: 20})
	asked := span.Span{From: time.Date(2025, 10, 5, 10, 30, 0, 0, time.UTC), To: time.Date(2025, 10, 7, 12, 0, 0, 0, time.UTC)}
	place := casefile.Place{Account: "444455556666", Region: "eu-west-1"}
	want := fromFiles(t, dir, file.Options{Only: file.Only{Account: place.Account, Region: place.Region, Span: asked}})

	shelf := newShelf(t, dir)
	shelf.pages = 20
	o := options(t, shelf)
	o.AllRegions = false
	o.Query.Span, o.Query.Place = asked, place
	c := mustGather(t, o)
	if diff := cmp.Diff(covered(want), covered(c)); diff != "" {
		t.Errorf("coverage (-folder +bucket):\n%s", diff)
	}
	if len(c.Events) != len(want.Events) || c.Statistics.Records != want.Statistics.Records {
		t.Errorf("%d events of %d records, want %d of %d", len(c.Events), c.Statistics.Records, len(want.Events), want.Statistics.Records)
	}
	only := file.Only{Account: place.Account, Region: place.Region, Span: asked}
	for key := range shelf.got {
		if !only.Wants(key) {
			t.Errorf("fetched %s", key)
		}
	}
	if n := len(shelf.lists); n > 25 {
		t.Errorf("%d listings for about %d objects on pages of %d", n, shelf.fetched(), shelf.pages)
	}
	for _, prefix := range shelf.lists {
		if strings.Contains(prefix, "111122223333/") || strings.Contains(prefix, "us-east-1/") {
			t.Errorf("listed %s", prefix)
		}
	}
	notes := strings.Join(c.Notes, "\n")
	for _, says := range []string{"nothing was read of 111122223333", "delivered after 2025-10-08T12:00:00Z were not looked for", "up to 30 days late"} {
		if !strings.Contains(notes, says) {
			t.Errorf("the notes do not say %q:\n%s", says, notes)
		}
	}
}

func TestTheNewestMinutesAreNotClaimed(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 200, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}})
	whole := fromFiles(t, dir, file.Options{})
	last := whole.Coverage[0].Span.To
	o := options(t, newShelf(t, dir))
	o.Query.Now = func() time.Time { return last.Add(2 * time.Minute) }
	c := mustGather(t, o)
	if got := c.Coverage[len(c.Coverage)-1].Span.To; !got.Equal(last.Add(2*time.Minute - s3.Lag)) {
		t.Errorf("two minutes after the last delivery at %v it covers until %v", last, got)
	}
}

func TestParseName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, bucket, prefix string }{
		{"s3://org-trail-logs", "org-trail-logs", ""},
		{"s3://org-trail-logs/", "org-trail-logs", ""},
		{"s3://org-trail-logs/AWSLogs/o-exampleorgid/", "org-trail-logs", "AWSLogs/o-exampleorgid/"},
		{"s3://org.trail//AWSLogs", "org.trail", "AWSLogs"},
		{"s3://", "", ""}, {"s3:///AWSLogs", "", ""}, {"s3://Bad Bucket/x", "", ""}, {"http://org-trail-logs", "", ""},
		{"s3://org-trail-logs/" + strings.Repeat("x", 1025), "", ""},
	} {
		bucket, prefix, err := s3.ParseName(tt.name)
		if bucket != tt.bucket || prefix != tt.prefix || (err != nil) != (tt.bucket == "") {
			t.Errorf("%.40s: %q %q %v", tt.name, bucket, prefix, err)
		}
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("s3://org-trail-logs/AWSLogs")
	f.Add("s3://a\x1b[31m/x")
	f.Fuzz(func(t *testing.T, name string) {
		bucket, prefix, err := s3.ParseName(name)
		if err != nil {
			return
		}
		again, same, err := s3.ParseName("s3://" + bucket + "/" + prefix)
		if err != nil || again != bucket || same != prefix {
			t.Errorf("%q is read as %q, %q and back as %q, %q, %v", name, bucket, prefix, again, same, err)
		}
	})
}

func TestPlan(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 500, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}})
	shelf := newShelf(t, dir)
	o := options(t, shelf)
	o.Prefix, o.Verify = "AWSLogs/", true
	plan, err := s3.New(o).Plan(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, size := range shelf.sizes {
		total += size
	}
	if plan.Bytes != total || plan.Calls < 500 || plan.Calls > 520 || plan.Duration <= 0 || shelf.fetched() != 0 {
		t.Errorf("%+v; fetched %d", plan, shelf.fetched())
	}
	if plan.CostUSD < 500*0.0004/1000 || plan.CostUSD > 0.001 {
		t.Errorf("it costs %v", plan.CostUSD)
	}
	var actions []string
	for _, p := range plan.Permissions {
		actions = append(actions, p.Action+" "+p.Resource)
	}
	want := []string{"s3:ListBucket arn:aws:s3:::org-trail-logs", "s3:GetObject arn:aws:s3:::org-trail-logs/AWSLogs/*", "kms:Decrypt the KMS key of the trail", "cloudtrail:ListPublicKeys *"}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
	if what := strings.Join(plan.What, "\n"); !strings.Contains(what, "500 log files in s3://org-trail-logs/AWSLogs/ of 111122223333 us-east-2") {
		t.Errorf("what: %s", what)
	}
}
