package watch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/watch"
)

const (
	team = "64a8b4c8-1001-70a1-1111-000000000001"
	ann  = "64a8b4c8-2002-70a1-2222-000000000001"
)

// tale gathers what happened, in the words of the tests.
type tale struct {
	t *testing.T
	g *watch.Gather
	n int

	records  [][]byte // the same once more, to be put into an archive
	listings []directory.Snapshot
}

func newTale(t *testing.T) *tale {
	return &tale{t: t, g: watch.NewGather(watch.NewReader(actor.Default()), nil)}
}

// day returns a moment of the story.
func day(n float64) time.Time { return began.Add(time.Duration(n * 24 * float64(time.Hour))) }

func (s *tale) record(at time.Time, source, name, rest string) {
	s.t.Helper()
	s.n++
	raw := fmt.Sprintf(`{"eventVersion":"1.08","eventID":"00000000-0000-4000-8000-%012d","eventTime":%q,"awsRegion":%q,"recipientAccountId":%q,"eventSource":%q,"eventName":%q%s}`,
		s.n, at.Format(time.RFC3339), region, account, source, name, rest)
	s.records = append(s.records, []byte(raw))
	if err := s.g.Record(0, []byte(raw)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *tale) scim(at time.Time, name, id string, more ...string) {
	s.t.Helper()
	agent, address, key := "Okta SCIM Client 1.0.0", "192.0.2.7", "token-1"
	rest := ""
	for _, m := range more {
		switch k, v, _ := strings.Cut(m, "="); k {
		case "agent":
			agent = v
		case "from":
			address = v
		case "token":
			key = v
		case "fails":
			code, message, _ := strings.Cut(v, ": ")
			rest += fmt.Sprintf(`,"errorCode":%q,"errorMessage":%q`, code, message)
		case "op":
			rest += ""
			id += fmt.Sprintf(`","httpBody":{"operations":[{"op":%q,"path":"members","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]},"x":"`, v)
		}
	}
	s.record(at, awsid.SourceSCIM, name, fmt.Sprintf(`,"userAgent":%q,"sourceIPAddress":%q,"userIdentity":{"type":"Unknown","accessKeyId":%q},"requestParameters":{"id":"%s"}%s`, agent, address, key, id, rest))
}

func (s *tale) api(at time.Time, name, params string) {
	s.t.Helper()
	s.record(at, awsid.SourceAPI, name, fmt.Sprintf(`,"userAgent":"aws-cli/2.0","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::%s:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ann@example.com","accountId":%q},"requestParameters":{"identityStoreId":%q,%s`,
		account, account, store, params))
}

func (s *tale) looked(from, to float64) {
	s.g.Cover(casefile.Cover{Account: account, Region: region, Source: awsid.SourceSCIM, Span: span.Of(day(from), day(to)), Channel: "test", Complete: casefile.Claimed})
}

// beats writes over SCIM once a day.
func (s *tale) beats(from, to int) {
	for i := from; i < to; i++ {
		s.scim(day(float64(i)), "PatchUser", ann)
	}
}

func (s *tale) listed(at float64, members ...string) {
	l := directory.Snapshot{Store: store, Account: account, Region: region, NotBefore: day(at), NotAfter: day(at), Clock: directory.ClockManifest,
		Groups: []directory.Group{{ID: team, Name: "App-AWS-Team"}}, MembersOf: []string{team}}
	for i, u := range members {
		l.Memberships = append(l.Memberships, directory.Membership{ID: fmt.Sprintf("64a8b4c8-3003-70a1-3333-%012d", i), Group: team, User: u})
	}
	s.listings = append(s.listings, l)
	s.g.Snapshot(l)
}

func TestWhatEachRuleRaises(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		tell  func(*tale)
		rules string
		want  []string // rule, opened and closed in days; what the summary must hold
		says  string
	}{
		{"a daily rhythm that stops is silence after twice its longest pause", func(s *tale) {
			s.beats(0, 20)
			s.looked(0, 40)
		}, "", []string{"scim-silent 21.0 open"}, "21 days were looked at without a gap"},
		{"silence closes with the next write", func(s *tale) {
			s.beats(0, 20)
			s.beats(30, 32)
			s.looked(0, 32)
		}, "", []string{"scim-silent 21.0 30.0"}, ""},
		{"silence that nobody looked at is nothing collected", func(s *tale) {
			s.beats(0, 20)
			s.beats(30, 32)
			s.looked(0, 19.5)
			s.looked(29.5, 32)
		}, "", []string{"nothing-collected 19.6 29.5"}, "whether it is silent, nobody can say"},
		{"silence counts from where looking began again", func(s *tale) {
			s.beats(0, 20)
			s.looked(0, 19.5)
			s.looked(25, 40)
		}, "", []string{"nothing-collected 19.6 25.0", "scim-silent 27.0 open"}, ""},
		{"a few writes are no rhythm", func(s *tale) {
			s.beats(0, 3)
			s.looked(0, 40)
		}, "", nil, ""},
		{"a refused write names the attribute and the person, and closes when it succeeds", func(s *tale) {
			s.scim(day(1), "PatchUser", ann, "fails=ValidationException: 1 validation error detected: Value at 'name.givenName' failed to satisfy constraint: Member must have length greater than or equal to 1")
			s.scim(day(2), "PatchUser", ann)
			s.looked(0, 2)
		}, "", []string{"scim-writes-fail 1.0 2.0"}, "name.givenName"},
		{"one throttled call is nothing", func(s *tale) {
			s.scim(day(1), "PatchUser", ann, "fails=ThrottlingException: Rate exceeded")
			s.looked(0, 2)
		}, "", nil, ""},
		{"a member added by hand to a group that SCIM fills", func(s *tale) {
			s.scim(day(1), "PatchGroup", team, "op=add")
			s.api(day(2), "CreateGroupMembership", fmt.Sprintf(`"groupId":%q,"memberId":{"userId":%q}},"responseElements":{"membershipId":"64a8b4c8-3003-70a1-3333-000000000009"}`, team, ann))
			s.looked(0, 6)
		}, "", []string{"changed-outside-scim 2.0 5.0"}, "1 addition"},
		{"a membership that is taken away by its id alone", func(s *tale) {
			s.scim(day(1), "PatchGroup", team, "op=add")
			s.listed(1.5, ann)
			s.api(day(2), "DeleteGroupMembership", `"membershipId":"64a8b4c8-3003-70a1-3333-000000000000"}`)
			s.looked(0, 3)
		}, "", []string{"changed-outside-scim 2.0 open", "group-emptied 2.0 open"}, "1 removal"},
		{"a membership that is taken away by its id alone, when nobody knows whose it was", func(s *tale) {
			s.scim(day(1), "PatchGroup", team, "op=add")
			s.api(day(2), "DeleteGroupMembership", `"membershipId":"64a8b4c8-3003-70a1-3333-000000000000"}`)
			s.api(day(2.1), "DeleteGroupMembership", `"membershipId":"64a8b4c8-3003-70a1-3333-000000000001"}`)
			s.looked(0, 3)
		}, "", []string{"changed-outside-scim 2.0 open"}, "2 removals of groups in account 111122223333, us-east-2, where SCIM writes, were made outside SCIM"},
		{"a group that SCIM and a connector fill in turn has two writers, which is told once and ends when only one is left", func(s *tale) {
			for i := range 12 {
				s.scim(day(float64(5*i)), "PatchGroup", team, "op=add")
				s.api(day(float64(5*i)+2), "CreateGroupMembership", fmt.Sprintf(`"groupId":%q,"memberId":{"userId":"64a8b4c8-2002-70a1-2222-%012d"}},"responseElements":{}`, team, i))
			}
			s.looked(0, 140)
		}, "rules: {scim-silent: {off: true}}", []string{"changed-outside-scim 2.0 5.0", "changed-outside-scim 7.0 113.0"}, "SCIM is not the only writer of this group"},
		{"a group that a connector comes back to after each pause has two writers too", func(s *tale) {
			s.scim(day(0), "PatchGroup", team, "op=add")
			for i := range 4 {
				s.api(day(float64(20*i)+1), "CreateGroupMembership", fmt.Sprintf(`"groupId":%q,"memberId":{"userId":%q}},"responseElements":{}`, team, ann))
			}
			s.looked(0, 100)
		}, "", []string{"changed-outside-scim 1.0 4.0", "changed-outside-scim 21.0 open"}, "3 additions"},
		{"a change by hand once in a season stays a change by hand", func(s *tale) {
			for i := range 3 {
				s.scim(day(float64(60*i)), "PatchGroup", team, "op=add")
				s.api(day(float64(60*i)+1), "CreateGroupMembership", fmt.Sprintf(`"groupId":%q,"memberId":{"userId":%q}},"responseElements":{}`, team, ann))
			}
			s.looked(0, 130)
		}, "", []string{"changed-outside-scim 1.0 4.0", "changed-outside-scim 61.0 64.0", "changed-outside-scim 121.0 124.0"}, "1 addition"},
		{"a group that was deleted and made anew begins anew", func(s *tale) {
			for i := range 2 {
				at := float64(10 * i)
				s.scim(day(at), "PatchGroup", team, "op=add")
				s.api(day(at+1), "CreateGroupMembership", fmt.Sprintf(`"groupId":%q,"memberId":{"userId":%q}},"responseElements":{}`, team, ann))
				s.scim(day(at+2), "PatchGroup", team, "op=add")
				s.api(day(at+3), "DeleteGroup", fmt.Sprintf(`"groupId":%q}`, team))
			}
			s.looked(0, 20)
		}, "rules: {group-emptied: {off: true}}", []string{"changed-outside-scim 1.0 2.0", "changed-outside-scim 11.0 12.0"}, ""},
		{"a member added by hand to a group that SCIM has nothing to do with", func(s *tale) {
			s.api(day(2), "CreateGroupMembership", fmt.Sprintf(`"groupId":%q,"memberId":{"userId":%q}},"responseElements":{}`, team, ann))
		}, "", nil, ""},
		{"a group that a listing shows empty, and later filled", func(s *tale) {
			s.listed(1, ann)
			s.listed(2)
			s.listed(3, ann)
		}, "", []string{"group-emptied 2.0 3.0"}, "App-AWS-Team"},
		{"a group that is emptied twice within a second was emptied once", func(s *tale) {
			s.listed(1, ann)
			s.api(day(2), "DeleteGroupMembership", `"membershipId":"64a8b4c8-3003-70a1-3333-000000000000"}`)
			s.api(day(2), "CreateGroupMembership", fmt.Sprintf(`"groupId":%q,"memberId":{"userId":%q}},"responseElements":{"membershipId":"64a8b4c8-3003-70a1-3333-000000000001"}`, team, ann))
			s.api(day(2), "DeleteGroupMembership", `"membershipId":"64a8b4c8-3003-70a1-3333-000000000001"}`)
		}, "", []string{"group-emptied 2.0 open"}, "App-AWS-Team"},
		{"a group that never had members was not emptied", func(s *tale) {
			s.listed(1)
			s.listed(2)
		}, "", nil, ""},
		{"twelve users deleted within minutes", func(s *tale) {
			for i := range 12 {
				s.scim(day(1).Add(time.Duration(i)*time.Minute), "DeleteUser", fmt.Sprintf("64a8b4c8-2002-70a1-2222-%012d", i))
			}
			s.looked(0, 1.2)
		}, "", []string{"mass-deprovisioning 1.0 open"}, "12 users"},
		{"twelve users deleted over days", func(s *tale) {
			for i := range 12 {
				s.scim(day(float64(i)), "DeleteUser", fmt.Sprintf("64a8b4c8-2002-70a1-2222-%012d", i))
			}
			s.looked(0, 12)
		}, "", nil, ""},
		{"a client that was never there", func(s *tale) {
			s.beats(0, 6)
			s.scim(day(6), "ListUsers", "", "agent=curl/8.0")
			s.looked(0, 7)
		}, "", []string{"new-client 6.0 open"}, "never seen here before"},
		{"the first clients are not new", func(s *tale) {
			s.scim(day(1), "PatchUser", ann)
			s.scim(day(1.1), "PatchUser", ann, "agent=curl/8.0")
			s.looked(0, 2)
		}, "", nil, ""},
		{"another address of a known network is not new, another network is", func(s *tale) {
			s.beats(0, 6)
			s.scim(day(6), "PatchUser", ann, "from=192.0.2.99")
			s.scim(day(6.5), "PatchUser", ann, "from=198.51.100.1")
			s.looked(0, 7)
		}, "", []string{"new-client 6.5 open"}, "198.51.100.1"},
		{"the external provider is switched off, and provisioning works again", func(s *tale) {
			s.record(day(1), awsid.SourceConsole, "DisableExternalIdPConfigurationForDirectory", fmt.Sprintf(`,"userIdentity":{"type":"Root","accountId":%q}`, account))
			s.scim(day(3), "PatchUser", ann)
			s.looked(0, 3)
		}, "", []string{"identity-source-changed 1.0 3.0"}, ""},
		{"a token nears its year", func(s *tale) {
			for i := range 35 {
				s.scim(day(float64(i)*10), "PatchUser", ann)
			}
			s.looked(0, 341)
		}, "", []string{"token-expiring 335.0 open"}, "may be older"},
		{"a token whose date was told", func(s *tale) {
			s.beats(0, 6)
			s.looked(0, 6)
		}, "rules: {token-expiring: {created: 2024-10-01}}", []string{"token-expiring 0.0 open"}, "as was said"},
		{"a rule that is off raises nothing", func(s *tale) {
			s.beats(0, 20)
			s.looked(0, 40)
		}, "rules: {scim-silent: {off: true}}", nil, ""},
		{"a log file that was changed", func(s *tale) {
			s.g.Seal(casefile.Seal{Account: account, Region: region, Tampered: []casefile.Tampering{{Object: "a.json.gz", What: "it was changed", Span: span.Of(day(1), day(1.1))}}})
		}, "", []string{"log-integrity 1.0 open"}, "a.json.gz"},
		{"a queue alone: silence can't be told from nothing collected", func(s *tale) {
			s.beats(0, 20)
			s.g.Cover(casefile.Cover{Account: account, Region: region, Source: awsid.SourceSCIM, Span: span.Of(day(0), day(40)), Channel: "eventbridge", Complete: casefile.Unknown})
			s.listed(40)
		}, "", []string{"nothing-collected 21.0 open"}, "which of these, nobody can say"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newTale(t)
			tc.tell(s)
			rules, err := watch.ParseRules([]byte(tc.rules))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			said := ""
			for _, a := range watch.Replay(s.g, rules) {
				closed := "open"
				if !a.Open() {
					closed = fmt.Sprintf("%.1f", a.Closed.Sub(began).Hours()/24)
				}
				got = append(got, fmt.Sprintf("%s %.1f %s", a.Rule, a.Opened.Sub(began).Hours()/24, closed))
				said += a.Summary + "\n"
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got:\n%s%s", diff, said)
			}
			if !strings.Contains(said, tc.says) {
				t.Errorf("no summary says %q:\n%s", tc.says, said)
			}
		})
	}
}

func TestASilencedAlertIsKeptAndSaysWhy(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, silences, want string }{
		{"by a pattern of names, whatever the case", "- {group: 'app-aws-*', until: 2026-01-01, reason: the migration}", "the migration (until 2026-01-01)"},
		{"by its id", "- {group: " + team + ", until: 2026-01-01, reason: the migration}", "the migration (until 2026-01-01)"},
		{"not by another pattern", "- {group: 'Other-*', until: 2026-01-01, reason: the migration}", ""},
		{"not for another rule", "- {group: 'App-*', rule: scim-silent, until: 2026-01-01, reason: the migration}", ""},
		{"not after its end", "- {group: 'App-*', until: 2025-09-02, reason: the migration}", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newTale(t)
			s.listed(1, ann)
			s.listed(2)
			rules, err := watch.ParseRules([]byte("silences:\n  " + tc.silences))
			if err != nil {
				t.Fatal(err)
			}
			got := watch.Replay(s.g, rules)
			if len(got) != 1 || got[0].Silenced != tc.want {
				t.Errorf("silenced %q, want %q", got[0].Silenced, tc.want)
			}
		})
	}
}
