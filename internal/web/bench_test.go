package web_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/web"
)

// benchEvents is how many identity events the large case holds: 1,000,000 with
// SCIMTRAIL_BENCH_EVENTS=1000000, fewer by default so that a run is short.
func benchEvents(b testing.TB) int {
	if text := os.Getenv("SCIMTRAIL_BENCH_EVENTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	return 50_000
}

// large is a case of one busy tenant over a year: 2,000 groups, 20,000 users,
// most writes over SCIM, some by a connector and by people, one in twenty
// refused.
func large(b testing.TB, events int) *casefile.Case {
	const store, account, region = "d-9a67000001", "111122223333", "us-east-2"
	r := rand.New(rand.NewPCG(1, 2))
	groups, users := max(events/500, 20), max(events/50, 100)
	id := func(kind, n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", kind, n) }
	from := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	bld := casefile.NewBuilder(actor.Default())
	in := bld.Input(casefile.Input{Path: "generated", Kind: "cloudtrail-log"})
	step := 365 * 24 * time.Hour / time.Duration(events)
	people := make([]cloudtrail.Caller, 40)
	for i := range people {
		who := fmt.Sprintf("admin%d@example.com", i)
		people[i] = cloudtrail.Caller{Type: "AssumedRole", Account: account, Role: "AWSReservedSSO_Admin_0123456789abcdef", RoleID: "AROAEXAMPLEADMIN", Session: who, AccessKey: "ASIAEXAMPLE"}
	}
	for i := range events {
		g, u := id(6, r.IntN(groups)), id(5, r.IntN(users))
		d := cloudtrail.Draft{ID: id(0xe, i), Time: from.Add(time.Duration(i) * step).Truncate(time.Second), Account: account, Region: region, RequestID: id(0xf, i)}
		scim := cloudtrail.Caller{Account: account, AccessKey: "ASIAEXAMPLETOKEN0001"}
		switch k := r.IntN(100); {
		case k < 55:
			d.Action, d.Caller, d.SourceIP, d.UserAgent = cloudtrail.SCIMPatchGroup("tenant", g, cloudtrail.SCIMOperation{Op: "ADD", Path: "members"}), scim, "203.0.113.7", "Okta SCIM Client 1.0.0"
			if k < 3 {
				d.Failure = cloudtrail.Failure{Code: "ValidationException", Message: "Replacing group memberships is not supported."}
			}
		case k < 85:
			d.Action, d.Caller, d.SourceIP, d.UserAgent = cloudtrail.APICreateMembership(store, g, u, id(4, i)), cloudtrail.Caller{Type: "AssumedRole", Account: account, Role: "SailPointProvisioning", RoleID: "AROAEXAMPLEGOV", Session: "gov", AccessKey: "ASIAEXAMPLEGOV"}, "198.51.100.9", "aws-sdk-go-v2/1.30.0"
			if k < 57 {
				d.Failure = cloudtrail.Failure{Code: "ConflictException", Message: fmt.Sprintf("Member and Group relationship already exists for %s.", u)}
			}
		default:
			d.Action, d.Caller, d.SourceIP, d.UserAgent = cloudtrail.APICreateMembership(store, g, u, id(4, i)), people[r.IntN(len(people))], "198.51.100.20", "aws-cli/2.31.4 md/command#identitystore.create-group-membership"
		}
		if err := bld.Record(in, d.Record()); err != nil {
			b.Fatal(err)
		}
	}
	end := from.AddDate(1, 0, 0)
	for _, source := range casefile.ManagementSources {
		bld.Cover(casefile.Cover{Account: account, Region: region, Source: source, Span: span.Of(from, end), Channel: "log-files", Complete: casefile.Claimed})
	}
	snap := directory.Snapshot{Store: store, Account: account, Region: region, Input: in, NotBefore: end, NotAfter: end, Clock: directory.ClockManifest, AllGroups: true, AllUsers: true}
	for i := range groups {
		snap.Groups = append(snap.Groups, directory.Group{ID: id(6, i), Name: fmt.Sprintf("App-AWS-team%04d-prod-admin", i)})
	}
	for i := range users {
		snap.Users = append(snap.Users, directory.User{ID: id(5, i), UserName: fmt.Sprintf("user%05d@example.com", i)})
	}
	bld.Snapshot(snap)
	return bld.Build()
}

// BenchmarkPages answers each page over the large case, a request at a time.
// Its log says what the case costs to index and to hold.
func BenchmarkPages(b *testing.B) {
	n := benchEvents(b)
	began := time.Now()
	c := large(b, n)
	built := time.Since(began)
	began = time.Now()
	v, err := web.NewView(c, web.ViewOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d events: built in %v, indexed in %v", n, built, time.Since(began))
	memory(b)
	s := open(b, v, web.Options{})
	group, user := s.groupID("App-AWS-team0007-prod-admin"), s.id("user", "user00042@example.com")
	for name, path := range map[string]string{
		"overview": "/", "groups": "/groups", "groups-search": "/groups?q=team00&sort=changed", "users": "/users", "group": "/group?id=" + group, "user": "/user?id=" + user,
		"errors": "/errors", "events": "/events", "events-actor": "/events?actor=admin1&outcome=done", "events-last-page": "/events?page=" + strconv.Itoa(n/50),
		"event": "/event?key=0000000e-0000-4000-8000-000000000007", "chain": "/chain", "chain-group": "/chain?group=" + group, "coverage": "/coverage",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if code, body := s.get(path); code != http.StatusOK {
					b.Fatalf("%s: %d\n%s", path, code, body)
				}
			}
		})
	}
	b.Run("first-answer-of-a-group", func(b *testing.B) {
		i := 0
		for b.Loop() {
			id := fmt.Sprintf("00000006-0000-4000-8000-%012x", i%max(n/500, 20))
			i++
			s.page("/ready?kind=group&id=" + id)
		}
	})
}

// memory logs what is on the heap after a collection.
func memory(b testing.TB) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.Logf("%d MB on the heap", m.HeapAlloc>>20)
}
