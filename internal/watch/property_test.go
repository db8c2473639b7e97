package watch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/watch"
)

const (
	account = "111122223333"
	region  = "us-east-2"
	store   = "d-9a67000001"
)

var began = time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)

// arrival is evidence and when it comes.
type arrival struct {
	at      time.Time
	record  []byte
	listing *directory.Snapshot
}

// life makes up some weeks of a tenant: what happened, when each of it arrives
// (late by less than the watermark), and copies of some.
func life(r *rand.Rand, days int) (out []arrival) {
	groups, users := []string{}, []string{}
	for i := range 6 {
		groups = append(groups, fmt.Sprintf("64a8b4c8-1001-70a1-1111-%012d", i))
	}
	for i := range 25 {
		users = append(users, fmt.Sprintf("64a8b4c8-2002-70a1-2222-%012d", i))
	}
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	member := func(g, u string) string { return "64a8b4c8-3003-70a1-3333-" + g[30:] + u[30:] }
	n := 0
	put := func(at time.Time, fields string) {
		n++
		id := fmt.Sprintf("%08x-0000-4000-8000-%012x", r.Uint32(), n)
		late := time.Duration(0)
		if r.IntN(3) == 0 {
			late = time.Duration(r.IntN(int(5*time.Hour/time.Second))) * time.Second
		}
		record := fmt.Sprintf(`{"eventVersion":"1.08","eventID":%q,"eventTime":%q,"awsRegion":%q,"recipientAccountId":%q,%s`, id, at.Format(time.RFC3339), region, account, fields)
		out = append(out, arrival{at: at.Add(late), record: []byte(record + "}")})
		if r.IntN(6) == 0 { // another copy, as another source writes it
			out = append(out, arrival{at: at.Add(time.Duration(r.IntN(int(5*time.Hour/time.Second))) * time.Second), record: []byte(record + `,"managementEvent":true}`)})
		}
	}
	scim := func(name, params, fail string) string {
		agent, key := "Okta SCIM Client 1.0.0", "token-1"
		if r.IntN(60) == 0 {
			agent, key = "curl/8.0", "token-2"
		}
		return fmt.Sprintf(`"eventSource":%q,"eventName":%q,"userAgent":%q,"sourceIPAddress":"192.0.2.%d","userIdentity":{"type":"Unknown","accessKeyId":%q},"requestParameters":{%s}%s`,
			awsid.SourceSCIM, name, agent, r.IntN(4), key, params, fail)
	}
	api := func(name, params string) string {
		return fmt.Sprintf(`"eventSource":%q,"eventName":%q,"userAgent":"aws-cli/2.0","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::%s:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ann@example.com","accountId":%q},"requestParameters":{"identityStoreId":%q,%s`,
			awsid.SourceAPI, name, account, account, store, params)
	}
	end := began.AddDate(0, 0, days)
	for at := began; at.Before(end); {
		if r.IntN(8) > 0 { // else the next comes within the same second
			at = at.Add(time.Duration(r.IntN(6*3600)+60) * time.Second)
		}
		if r.IntN(90) == 0 {
			at = at.Add(time.Duration(r.IntN(6*24)) * time.Hour) // an outage
		}
		if !at.Before(end.Add(-12 * time.Hour)) {
			break
		}
		g, u := pick(groups), pick(users)
		switch r.IntN(12) {
		case 0, 1, 2:
			put(at, scim("PatchGroup", fmt.Sprintf(`"id":%q,"httpBody":{"operations":[{"op":"add","path":"members","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]}`, g), ""))
		case 3:
			put(at, scim("PatchGroup", fmt.Sprintf(`"id":%q,"httpBody":{"operations":[{"op":"remove","path":"members","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]}`, g), ""))
		case 4:
			put(at, scim("PatchUser", fmt.Sprintf(`"id":%q,"httpBody":{"operations":[{"op":"replace","path":"title","value":"x"}]}`, u), ""))
		case 5:
			put(at, scim("PatchUser", fmt.Sprintf(`"id":%q,"httpBody":{"operations":[{"op":"replace","path":"title","value":"x"}]}`, u), fmt.Sprintf(`,"errorCode":%q,"errorMessage":"refused"`, []string{"ValidationException", "ThrottlingException"}[r.IntN(2)])))
		case 6:
			put(at, api("CreateGroupMembership", fmt.Sprintf(`"groupId":%q,"memberId":{"userId":%q}},"responseElements":{"membershipId":%q}`, g, u, member(g, u))))
		case 7:
			put(at, api("DeleteGroupMembership", fmt.Sprintf(`"membershipId":%q}`, member(g, u))))
		case 8:
			put(at, scim("ListUsers", `"filter":"x"`, `,"readOnly":true`))
		case 9:
			if r.IntN(6) == 0 {
				for i := range 12 {
					put(at.Add(time.Duration(i)*time.Minute), scim("DeleteUser", fmt.Sprintf(`"id":%q`, users[i]), ""))
				}
			}
		case 10:
			if r.IntN(6) == 0 {
				put(at, fmt.Sprintf(`"eventSource":%q,"eventName":"DisableExternalIdPConfigurationForDirectory","userIdentity":{"type":"Root","accountId":%q},"requestParameters":{}`, awsid.SourceConsole, account))
			}
		case 11:
			s := &directory.Snapshot{Store: store, Account: account, Region: region, NotBefore: at, NotAfter: at, Clock: directory.ClockManifest, AllGroups: true}
			for _, id := range groups {
				s.Groups = append(s.Groups, directory.Group{ID: id, Name: "Group " + id[30:]})
				s.MembersOf = append(s.MembersOf, id)
				for _, who := range users[:r.IntN(3)] {
					s.Memberships = append(s.Memberships, directory.Membership{ID: member(id, who), Group: id, User: who})
				}
			}
			out = append(out, arrival{at: at, listing: s})
		}
	}
	slices.SortStableFunc(out, func(a, b arrival) int { return a.at.Compare(b.at) })
	return out
}

// told is what two ways of watching must agree on.
type told struct {
	Rule, ID       string
	Opened, Closed time.Time
}

func toldOf(alerts []*watch.Alert) (out []told) {
	for _, a := range alerts {
		if !a.Withdrawn {
			out = append(out, told{a.Rule, a.ID, a.Opened, a.Closed})
		}
	}
	slices.SortFunc(out, func(a, b told) int {
		if c := a.Opened.Compare(b.Opened); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

func written(t interface{ Fatal(...any) }, a *archive.Archive) (out []*watch.Alert) {
	docs, err := a.Documents(context.Background(), "alert")
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		var al watch.Alert
		if err := json.Unmarshal(doc.Value, &al); err != nil {
			t.Fatal(err)
		}
		out = append(out, &al)
	}
	return out
}

func TestWatchingLiveGivesTheAlertsThatAReplayGives(t *testing.T) {
	t.Parallel()
	lives := 8
	if os.Getenv("SCIMTRAIL_THOROUGH") != "" {
		lives = 60
	}
	dir := t.TempDir()
	rules := map[string]bool{}
	var noting sync.Mutex
	one := func(t *testing.T, n int) {
		r := rand.New(rand.NewPCG(uint64(n), 1))
		const days = 45
		events := life(r, days)
		ctx := context.Background()
		now := began
		a, err := archive.Open(ctx, fmt.Sprintf("%s/%d.db", dir, n), archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { a.Close() })
		open := func() *watch.Watcher {
			w, err := watch.Open(ctx, watch.Options{Archive: a, Rules: watch.DefaultRules(), Catalogue: actor.Default(), Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		w := open()
		end := began.AddDate(0, 0, days)
		covered, blind := began, time.Time{}
		for now.Before(end) {
			pause := 10 + r.IntN(160)
			if n%2 == 1 {
				pause *= 4 // so that much is late, and a watermark passes many at once
			}
			now = now.Add(time.Duration(pause) * time.Minute)
			if now.After(end) {
				now = end
			}
			keep, err := a.Writer(ctx)
			if err != nil {
				t.Fatal(err)
			}
			input := keep.Input(casefile.Input{Path: "live", Size: -1})
			for len(events) > 0 && !events[0].at.After(now) {
				if s := events[0].listing; s != nil {
					s.Input = input
					keep.Snapshot(*s)
				} else if err := keep.Record(input, events[0].record); err != nil {
					t.Fatal(err)
				}
				events = events[1:]
			}
			to := now.Add(-15 * time.Minute)
			if now.Equal(end) {
				to = end
			}
			if blind.IsZero() && r.IntN(150) == 0 {
				blind = to.Add(time.Duration(r.IntN(30)) * time.Hour)
			}
			if to.Before(blind) {
				covered = to // nobody looked
			} else if to.After(covered) {
				keep.Cover(casefile.Cover{Account: account, Region: region, Source: awsid.SourceSCIM, Span: span.Of(covered, to), Channel: "test", Complete: casefile.Claimed})
				covered = to
			}
			if err := keep.Close(); err != nil {
				t.Fatal(err)
			}
			if r.IntN(40) == 0 {
				w = open() // the watcher was killed
			}
			if err := w.Look(ctx); err != nil {
				t.Fatal(err)
			}
		}
		g := watch.NewGather(watch.NewReader(actor.Default()), nil)
		if err := a.Collect(ctx, g); err != nil {
			t.Fatal(err)
		}
		replayed := watch.Replay(g, watch.DefaultRules())
		if diff := cmp.Diff(toldOf(replayed), toldOf(written(t, a))); diff != "" {
			t.Fatalf("life %d: watching gave other alerts than the replay (-replay +watching):\n%s", n, diff)
		}
		noting.Lock()
		defer noting.Unlock()
		for _, al := range replayed {
			rules[al.Rule] = true
		}
	}
	t.Run("lives", func(t *testing.T) {
		for n := range lives {
			t.Run(fmt.Sprint(n), func(t *testing.T) { t.Parallel(); one(t, n) })
		}
	})
	for _, name := range []string{"scim-silent", "scim-writes-fail", "changed-outside-scim", "group-emptied", "mass-deprovisioning", "new-client", "identity-source-changed", "nothing-collected"} {
		if !rules[name] {
			t.Errorf("no life had an alert of %s: the comparison says nothing of it", name)
		}
	}
}
