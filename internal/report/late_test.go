package report_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/span"
)

// TestWhoAsksTooEarlyIsTold: CloudTrail shows calls up to 15 minutes late, so an
// answer from a look-up and a listing made at once does not know the last minutes.
func TestWhoAsksTooEarlyIsTold(t *testing.T) {
	t.Parallel()
	const group = "94a8b4c8-1001-70a1-1111-000000000001"
	listed := time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		channel string
		ends    time.Duration // of what was looked at, before the listing
		told    bool
	}{
		"the look-up ends a quarter of an hour before the listing": {"lookup-events", 15 * time.Minute, true},
		"the look-up took an hour":                                 {"lookup-events", 75 * time.Minute, true},
		"the look-up was made later than the listing":              {"lookup-events", -time.Hour, false},
		"the look-up is of another day":                            {"lookup-events", 30 * time.Hour, false},
		"the log files end where somebody copied them":             {"log-files", 15 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := casefile.NewBuilder(actor.Default())
			in := b.Input(casefile.Input{Path: "identitystore://us-east-2"})
			for _, source := range []string{awsid.SourceSCIM, awsid.SourceAPI, awsid.SourceConsole} {
				b.Cover(casefile.Cover{Account: "111122223333", Region: "us-east-2", Source: source, Channel: tt.channel, Complete: casefile.Claimed,
					Span: span.Of(listed.Add(-80*24*time.Hour), listed.Add(-tt.ends))})
			}
			b.Snapshot(directory.Snapshot{Input: in, Store: "d-9a67000001", Account: "111122223333", Region: "us-east-2", NotBefore: listed, NotAfter: listed,
				Clock: directory.ClockManifest, AllGroups: true, MembersOf: []string{group}, Groups: []directory.Group{{ID: group, Name: "Admins"}}})
			c := b.Build()
			a, err := diagnose.Group(c, ledger.Build(c), group)
			if err != nil {
				t.Fatal(err)
			}
			opens := slices.ContainsFunc(report.Investigate(c, ledger.Build(c), a, report.InvestigationOptions{}).Open, func(s report.Statement) bool {
				return strings.HasPrefix(s.Text, "What happened since ")
			})
			if opens != tt.told {
				t.Errorf("the report tells: %v", opens)
			}
			var out bytes.Buffer
			if err := report.WhyText(&out, a, c, report.Style{Width: 1000}); err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(out.String(), "\nWhy\n")
			want := "\nWhat happened since " + listed.Add(-tt.ends).Format("2006-01-02 15:04:05 UTC") + " may be missing: CloudTrail shows calls up to 15 minutes late.\n"
			if told := strings.Contains(first, want); told != tt.told {
				t.Errorf("told: %v\n%s", told, first)
			}
		})
	}
}
