package s3_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/source/s3"
)

// organisation is a trail of four accounts in three Regions. Nothing in it
// concerns Identity Center, except what lies in the account and Region of a tree
// of an emulator (111122223333 us-east-2), which has SCIM and the console.
func organisation(t *testing.T, quiet bool) string {
	t.Helper()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 150, IdentityShare: -1, DecoyShare: -1, Accounts: loggen.Accounts(4), Regions: []string{"us-east-1", "us-east-2", "eu-west-1"}})
	if quiet {
		return dir
	}
	home, _ := delivered(t)
	if err := os.CopyFS(filepath.Join(dir, "home"), os.DirFS(home)); err != nil {
		t.Fatal(err)
	}
	// The last day has but one file, in which nothing happened.
	var empty bytes.Buffer
	z := gzip.NewWriter(&empty)
	_, _ = z.Write([]byte(`{"Records":[]}`))
	_ = z.Close()
	put(t, dir, later.AddDate(0, 0, -1).Format("home/AWSLogs/111122223333/CloudTrail/us-east-2/2006/01/02/111122223333_CloudTrail_us-east-2_20060102T0005Z_")+"abcdefghijklmnop.json.gz", empty.String())
	return dir
}

// places are where the objects are from that were fetched whole for the case.
func places(c *casefile.Case) []string {
	seen := map[string]bool{}
	var out []string
	for _, cover := range c.Coverage {
		if at := cover.Account + " " + cover.Region; !seen[at] {
			seen[at] = true
			out = append(out, at)
		}
	}
	return out
}

func TestWhatIsReadUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	home := func(homes ...casefile.Place) func(context.Context) ([]casefile.Place, error) {
		return func(context.Context) ([]casefile.Place, error) { return homes, nil }
	}
	trees := map[bool]string{true: organisation(t, true), false: organisation(t, false)}
	for _, tt := range []struct {
		name   string
		quiet  bool
		change func(*s3.Options)
		want   []string // nil: all
		says   string
	}{
		{"where a sample shows SCIM", false, func(*s3.Options) {}, []string{"111122223333 us-east-2"}, "only 111122223333 us-east-2 was read, since a sample of the newest files shows SCIM"},
		{"everything where a sample shows nothing", true, func(*s3.Options) {}, nil, "every account and Region was read, since a sample"},
		{"where Identity Center is said to be", false, func(o *s3.Options) {
			o.Home = home(casefile.Place{Account: "444455556666", Region: "eu-west-1"}, casefile.Place{Account: "111122223333", Region: "eu-west-1"})
		}, []string{"111122223333 eu-west-1", "444455556666 eu-west-1"}, "since Identity Center is there, or an account that may administer it"},
		{"a sample where that is not in the trail", false, func(o *s3.Options) {
			o.Home = home(casefile.Place{Account: "999999999999", Region: "eu-west-1"})
		}, []string{"111122223333 us-east-2"}, "nothing of the account of Identity Center (999999999999 eu-west-1) lies there"},
		{"a sample where nobody may ask", false, func(o *s3.Options) {
			o.Home = func(context.Context) ([]casefile.Place, error) { return nil, errors.New("denied") }
		}, []string{"111122223333 us-east-2"}, "could not be asked"},
		{"the account and Region that are named", false, func(o *s3.Options) {
			o.Query.Place = casefile.Place{Account: "444455556666", Region: "us-east-1"}
		}, []string{"444455556666 us-east-1"}, "as the flags ask, nothing was read of 101010101010"},
		{"the Region that is named, sampled within", false, func(o *s3.Options) {
			o.Query.Place = casefile.Place{Region: "us-east-2"}
		}, []string{"111122223333 us-east-2"}, "nothing was read of 101010101010 us-east-2"},
		{"everything when that is wanted", false, func(o *s3.Options) { o.AllRegions = true }, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(t, newShelf(t, trees[tt.quiet]))
			o.AllRegions = false
			tt.change(&o)
			c := mustGather(t, o)
			if got := places(c); tt.want != nil && !cmp.Equal(got, tt.want) || tt.want == nil && len(got) != 12 {
				t.Errorf("read %v, want %v", got, tt.want)
			}
			if notes := strings.Join(c.Notes, "\n"); !strings.Contains(notes, tt.says) {
				t.Errorf("the notes do not say %q:\n%s", tt.says, notes)
			}
			plan, err := s3.New(o).Plan(t.Context())
			if err != nil || !strings.Contains(strings.Join(plan.Notes, "\n"), tt.says) {
				t.Errorf("the plan does not say %q: %v, %v", tt.says, plan.Notes, err)
			}
		})
	}
}
