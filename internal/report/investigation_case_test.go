package report_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

var update = flag.Bool("update", false, "rewrite the golden files of this package")

// golden compares got with a file under testdata, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run go test with -update to make it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
}

const (
	store   = "d-9a67000001"
	home    = "111122223333"
	other   = "444455556666"
	region  = "us-east-2"
	tenant  = "8f1c2d3e-0000-4000-8000-00000000aaaa"
	oktaUA  = "Okta SCIM Client 1.0.0"
	cliUA   = "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.13.7 md/prompt#off md/command#identitystore.create-group-membership"
	address = "198.51.100.20"
)

// The cast. Ids are made of a number, so that a reader can tell them apart.
func id(kind, n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", kind, n) }

var (
	analysts  = id(0x6, 1) // the group in question: made by SCIM, never filled
	engineers = id(0x6, 2) // filled by hand
	finance   = id(0x6, 3) // filled over SCIM
)

func user(n int) string       { return id(0x5, n) }
func membership(n int) string { return id(0x4, n) }

// day counts from 1 September 2025, at ten in the morning.
func day(n int) time.Time { return time.Date(2025, 9, n, 10, 0, 0, 0, time.UTC) }

// scene builds a case call by call.
type scene struct {
	t     testing.TB
	b     *casefile.Builder
	input int
	n     int
}

func newScene(t testing.TB) *scene {
	s := &scene{t: t, b: casefile.NewBuilder(actor.Default())}
	s.input = s.b.Input(casefile.Input{Path: "evidence/scim.json", Kind: "lookup-events", Time: day(30)})
	s.b.Sealed(s.input, 4096, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
	return s
}

func (s *scene) raw(raw []byte) {
	s.t.Helper()
	if err := s.b.Record(s.input, raw); err != nil {
		s.t.Fatal(err)
	}
	s.b.Records(s.input, 1)
}

func (s *scene) call(d cloudtrail.Draft) {
	s.t.Helper()
	s.n++
	d.ID = id(0xe, s.n)
	d.RequestID = id(0xf, s.n)
	if d.Account == "" {
		d.Account = home
	}
	d.Region = region
	s.raw(d.Record())
}

func (s *scene) scim(at time.Time, a cloudtrail.Action, failure ...string) {
	s.t.Helper()
	d := cloudtrail.Draft{Time: at, Action: a, Caller: cloudtrail.Caller{Account: home, AccessKey: "ASIAEXAMPLETOKEN0001"}, SourceIP: "203.0.113.7", UserAgent: oktaUA}
	if len(failure) == 2 {
		d.Failure = cloudtrail.Failure{Code: failure[0], Message: failure[1]}
	}
	s.call(d)
}

func (s *scene) person(at time.Time, who, account, agent string, a cloudtrail.Action) {
	s.t.Helper()
	s.call(cloudtrail.Draft{Time: at, Action: a, Account: account, SourceIP: address, UserAgent: agent, Caller: cloudtrail.Caller{
		Type: "AssumedRole", Account: account, AccessKey: "ASIAEXAMPLEPERSON001", Role: "AWSReservedSSO_IdentityAdmin_0123456789abcdef", RoleID: "AROAEXAMPLEROLE00001", Session: who, Since: at,
	}})
}

func (s *scene) cover(account, source string, from, to time.Time, complete casefile.Completeness) {
	s.b.Cover(casefile.Cover{Account: account, Region: region, Source: source, Span: span.Of(from, to), Channel: "lookup-events", Complete: complete})
}

// incident is the case of most tests: an identity provider makes users and three
// groups and fills one of them; a person fills another with the AWS CLI from a
// second account; the group in question stays empty. The console was never
// searched.
func incident(t testing.TB) *casefile.Case {
	t.Helper()
	s := newScene(t)
	for n := 1; n <= 4; n++ {
		s.scim(day(1).Add(time.Duration(n)*time.Minute), cloudtrail.SCIMCreateUser(tenant, user(n), true))
	}
	s.scim(day(2), cloudtrail.SCIMCreateGroup(tenant, analysts, false))
	s.scim(day(2).Add(time.Minute), cloudtrail.SCIMCreateGroup(tenant, engineers, false))
	s.scim(day(2).Add(2*time.Minute), cloudtrail.SCIMCreateGroup(tenant, finance, false))
	s.scim(day(3), cloudtrail.SCIMPatchGroup(tenant, finance, cloudtrail.SCIMOperation{Op: "add", Path: "members"}))
	for _, n := range []int{5, 8, 9, 12, 15, 16, 19, 22, 23, 26, 29} {
		s.scim(day(n), cloudtrail.SCIMPutUser(tenant, user(1+n%4), true))
	}
	s.scim(day(10), cloudtrail.SCIMPatchGroup(tenant, finance, cloudtrail.SCIMOperation{Op: "add", Path: "members"}),
		"ResourceNotFoundException", "MEMBER not found.")
	for n := 1; n <= 2; n++ {
		s.person(day(11).Add(time.Duration(n)*time.Minute), "riley@example.com", other, cliUA, cloudtrail.APICreateMembership(store, engineers, user(n), membership(n)))
	}
	s.person(day(13), "riley@example.com", other, cliUA, cloudtrail.APIDeleteMembership(store, membership(2)))
	s.person(day(14), "riley@example.com", other, cliUA, cloudtrail.APIDeleteMembership(store, membership(99)))
	s.person(day(14).Add(time.Hour), "riley@example.com", other, cliUA, cloudtrail.APIRead("ListGroups", store, "", ""))

	s.cover(home, awsid.SourceSCIM, day(1), day(30), casefile.Claimed)
	s.cover(home, awsid.SourceAPI, day(1), day(30), casefile.Claimed)
	s.cover(other, awsid.SourceAPI, day(11), day(14), casefile.Unknown)
	s.b.Home(casefile.Home{Store: store, Account: home, Region: region, Because: "the manifest says so"})

	listing := s.b.Input(casefile.Input{Path: "evidence/store.json", Kind: "identitystore", Time: day(30)})
	s.b.Sealed(listing, 812, "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752")
	named := func(n int, name string) directory.User {
		return directory.User{ID: user(n), UserName: name, ExternalIDs: []directory.ExternalID{{Issuer: "https://scim.example.com", ID: name}}}
	}
	s.b.Snapshot(directory.Snapshot{
		Store: store, Account: home, Region: region, Input: listing, NotBefore: day(30), NotAfter: day(30), Clock: directory.ClockManifest,
		Users: []directory.User{named(1, "alex@example.com"), named(2, "blake@example.com"), named(3, "casey@example.com"), named(4, "devon@example.com")}, AllUsers: true,
		Groups: []directory.Group{
			{ID: analysts, Name: "Analysts", ExternalIDs: []directory.ExternalID{{ID: "00g1"}}}, {ID: engineers, Name: "Engineers"}, {ID: finance, Name: "Finance"},
		}, AllGroups: true,
		Memberships: []directory.Membership{
			{ID: membership(1), Group: engineers, User: user(1)},
			{ID: membership(3), Group: finance, User: user(3), Audit: directory.Audit{CreatedAt: day(3).Add(time.Second)}},
			{ID: membership(4), Group: finance, User: user(4), Audit: directory.Audit{CreatedAt: day(-300)}},
		},
		MembersOf: []string{analysts, engineers, finance},
	})
	s.b.Upstream(listing, upstream.State{Desired: []upstream.DesiredMembership{
		{Group: "Analysts", User: "alex@example.com"}, {Group: "Analysts", User: "casey@example.com"},
	}}, 2)
	s.b.Unreadable(casefile.Loss{Path: "evidence/broken.json.gz", Reason: "the file ends early", Lost: "unknown"})
	s.b.Note("The listing was taken by hand.")
	return s.b.Build()
}

// about investigates one group of a case, or all of it for "".
func about(t testing.TB, c *casefile.Case, group string) *report.Investigation {
	t.Helper()
	l := ledger.Build(c)
	var a *diagnose.Answer
	if group != "" {
		var err error
		if a, err = diagnose.Group(c, l, group); err != nil {
			t.Fatal(err)
		}
	}
	return report.Investigate(c, l, a, report.InvestigationOptions{Version: "0.0.0-test"})
}

// written is an answer made by hand, so that golden files show this package's
// words and not those of the diagnosis.
func written(l *ledger.Ledger, group string) *diagnose.Answer {
	life := l.Group(group)
	cause := func(slug, title string) *diagnose.Cause { return &diagnose.Cause{Slug: slug, Title: title} }
	return &diagnose.Answer{
		Question:    diagnose.Question{Kind: "group", Asked: life.Name, Group: &ledger.Entity{ID: life.ID, Name: life.Name}},
		Verdict:     diagnose.Verdict{Status: diagnose.Established, Cause: "created-not-filled", Summary: "SCIM made the group and never sent its members."},
		Memberships: l.Of(group, ""),
		AsOf:        day(30),
		Findings: []diagnose.Finding{
			{Cause: cause("created-not-filled", "SCIM made the group and never sent its members"), Status: diagnose.Established,
				Summary: "SCIM made the group and never sent its members.",
				Because: []diagnose.Reason{{Text: "SCIM made the group on 2025-09-02.", Events: []string{id(0xe, 5)}}, {Text: "No later call sends members."}},
				Fix:     []diagnose.Fix{{Text: "Push the group's members again.", Who: "idp"}, {Text: "Read the member list afterwards.", Command: "aws identitystore list-group-memberships --group-id " + life.ID, Who: "aws"}}},
			{Cause: cause("filled-by-hand", "Groups like this one were filled by people"), Status: diagnose.Supported,
				Because: []diagnose.Reason{{Text: "A person added 2 members to another group.", Events: []string{id(0xe, 21), id(0xe, 22)}}}},
			{Cause: cause("removed-outside-scim", "Somebody removed the members past the identity provider"), Status: diagnose.Possible,
				Because: []diagnose.Reason{{Text: "1 deletion names only a membership id.", Events: []string{id(0xe, 24)}}}},
			{Cause: cause("identity-source-changed", "The identity source was switched"), Status: diagnose.Undetermined,
				Because: []diagnose.Reason{{Text: "The console was not looked at."}},
				Needs:   []diagnose.Need{{Text: "Collect the console's events.", Command: "aws cloudtrail lookup-events --region us-east-2"}}},
			{Cause: cause("scim-stopped", "SCIM wrote regularly and stopped"), Status: diagnose.Refuted, Because: []diagnose.Reason{{Text: "The last write is a day old."}}},
		},
	}
}

// inOwnWords is the report on a group with the answer made by hand.
func inOwnWords(t testing.TB, group string) *report.Investigation {
	t.Helper()
	c := incident(t)
	l := ledger.Build(c)
	return report.Investigate(c, l, written(l, group), report.InvestigationOptions{Version: "0.0.0-test"})
}
