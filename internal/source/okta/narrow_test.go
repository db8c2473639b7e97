package okta_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/okta"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamtest"
)

func TestAGroupAloneAndAPersonAloneAreReadWhole(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t, upstreamtest.Members(20))
	w.Do(func() { w.Okta.PageCap = 6 })
	got := collect(t, w, live.Query{Group: upstreamtest.Group}, nil)
	if got.err != nil || !got.known(upstream.ListAppUsers, upstream.Scope{App: upstreamtest.AppID}).Whole || len(got.Okta.Members) != 20 {
		t.Errorf("the group: %d members, error %v", len(got.Okta.Members), got.err)
	}
	w.Do(func() { w.Okta.PageCap = 0 })
	before := w.Calls("okta")
	got = collect(t, w, live.Query{User: userID(t, w, upstreamtest.Ann)}, nil) // by id
	ann := upstream.Scope{User: userID(t, w, upstreamtest.Ann)}
	if got.err != nil || !got.known(upstream.ListMembers, ann).Whole || len(got.Okta.Members) != 1 || len(got.Okta.AppUsers) != 1 || w.Calls("okta")-before > 12 {
		t.Errorf("the person: %d groups, %d assignments, %d calls, error %v", len(got.Okta.Members), len(got.Okta.AppUsers), w.Calls("okta")-before, got.err)
	}
}

func TestSomebodyWhoIsNotThereIsSaidNotToBe(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	got := collect(t, w, live.Query{User: "nobody@example.com", Group: "No-Such-Group"}, nil)
	if got.err != nil {
		t.Fatal(got.err)
	}
	if k := got.known(upstream.ListUsers, upstream.Scope{User: "nobody@example.com"}); !k.Whole {
		t.Errorf("users: %+v", k)
	}
	if k := got.known(upstream.ListGroups, upstream.Scope{Group: "No-Such-Group"}); !k.Whole {
		t.Errorf("groups: %+v", k)
	}
	if why := got.unread(upstream.ListAppUsers, upstream.Scope{App: upstreamtest.AppID, User: "nobody@example.com"}); !strings.Contains(why, "Okta shows no user of that name") {
		t.Errorf("assignments of nobody: %q", why)
	}
}

func TestAPersonWhoCannotBeLookedUpIsNotSaidToBeAbsent(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	w.Trouble(upstreamtest.Trouble{Product: "okta", Path: "/api/v1/users", Kind: upstreamtest.Forbidden})
	got := collect(t, w, live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group}, nil)
	if got.err == nil {
		t.Fatal("the refusal is not told")
	}
	if k := got.known(upstream.ListUsers, upstream.Scope{User: upstreamtest.Ann}); k.Whole || k.Permission != "okta.users.read" {
		t.Errorf("users: %+v", k)
	}
	if why := got.unread(upstream.ListAppUsers, upstream.Scope{App: upstreamtest.AppID, User: upstreamtest.Ann}); !strings.Contains(why, "could not be looked up") {
		t.Errorf("assignments of Ann: %q", why)
	}
	if len(got.Okta.Members) != 3 {
		t.Errorf("%d members of the group; what may be read is read", len(got.Okta.Members))
	}
}

func TestAnAppThatCannotBeReadLeavesWhatHangsOnItUnknown(t *testing.T) {
	t.Parallel()
	for _, q := range []live.Query{{}, {User: upstreamtest.Ann, Group: upstreamtest.Group}} {
		w := upstreamtest.New(t)
		w.Trouble(upstreamtest.Trouble{Product: "okta", Path: "/api/v1/apps", Kind: upstreamtest.Forbidden})
		got := collect(t, w, q, nil)
		for _, list := range []string{upstream.ListApps, upstream.ListMappings, upstream.ListAppUsers, upstream.ListAppGroups} {
			if k := got.known(list, upstream.Scope{}); k.Whole || k.Why == "" {
				t.Errorf("%s: %+v", list, k)
			}
		}
		if got.err == nil {
			t.Error("the refusal is not told")
		}
	}
}

func TestOfSeveralAppsTheOneOfTheRegionAndOfTheGroupIsRead(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	w.Do(func() {
		other := *w.Okta.Apps[upstreamtest.AppID]
		other.ID, other.Users = "0oaAWS000000000002", map[string]*upstreamtest.OktaAppUser{}
		other.EntityID = "https://eu-west-1.signin.aws.amazon.com/platform/saml/d-9a67000099"
		w.Okta.Apps[other.ID] = &other
	})
	got := collect(t, w, live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group, Place: casefile.Place{Region: "us-east-1"}}, nil)
	second := upstream.Scope{App: "0oaAWS000000000002"}
	if k := got.known(upstream.ListMappings, second); got.err != nil || k.Whole || !strings.Contains(k.Why, "another Region") {
		t.Errorf("mappings of the app of another Region: %+v, %v", k, got.err)
	}
	got = collect(t, w, live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group}, nil)
	if k := got.known(upstream.ListMappings, second); got.err != nil || !k.Whole || w.Calls("okta") > 24 {
		t.Errorf("mappings of both: %+v, %v", k, got.err)
	}
	if got.known(upstream.ListAppUsers, second).Whole {
		t.Error("the users of the app that does not push the group were read")
	}
}

func TestTasksAreDoneWithoutWhereOktaDoesNotKnowThem(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	w.Do(func() { w.Okta.NoTasks = true })
	if got := collect(t, w, live.Query{}, nil); got.err != nil || len(got.Okta.AppUsers) != 4 {
		t.Errorf("%d app users, %v", len(got.Okta.AppUsers), got.err)
	}
}

func TestTheLogIsReadInSmallerPiecesWhenTheServiceGivesUp(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	// Four tries of a window fail, then the halved one goes well.
	w.Trouble(upstreamtest.Trouble{Product: "okta", Path: "/api/v1/logs", Kind: upstreamtest.Outage, Times: 4})
	got := collect(t, w, live.Query{}, nil)
	if k := got.known(upstream.ListLog, upstream.Scope{}); got.err != nil || !k.Whole || len(k.Spans.Spans()) != 1 {
		t.Errorf("log: %+v, %v", k, got.err)
	}
	w.Do(func() {
		if len(got.Okta.Events) != len(w.Okta.Events) {
			t.Errorf("%d events of %d", len(got.Okta.Events), len(w.Okta.Events))
		}
	})
}

func TestALogThatBreaksOffIsClaimedUpToWhereItWasRead(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	w.Trouble(upstreamtest.Trouble{Product: "okta", Path: "/api/v1/logs", Kind: upstreamtest.HTML, Skip: 5})
	got := collect(t, w, live.Query{}, nil)
	k := got.known(upstream.ListLog, upstream.Scope{})
	bounds, ok := k.Spans.Bounds()
	if got.err == nil || !ok || !bounds.From.Equal(w.Now().AddDate(0, 0, -90)) || !bounds.To.Equal(w.Now().AddDate(0, 0, -90+35)) {
		t.Errorf("the log is claimed over %v; five weeks of it were read (%v)", k.Spans.Spans(), got.err)
	}
}

func TestAnExportOfTheAnswersGivesTheSameEntries(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	got := collect(t, w, live.Query{}, nil)
	if got.err != nil {
		t.Fatal(got.err)
	}
	var files []upstream.State
	for _, path := range []string{"/api/v1/users", "/api/v1/groups?expand=stats", "/api/v1/groups/rules", "/api/v1/apps", "/api/v1/apps/" + upstreamtest.AppID + "/users?limit=500",
		"/api/v1/apps/" + upstreamtest.AppID + "/groups", "/api/v1/apps/" + upstreamtest.AppID + "/group-push/mappings",
		"/api/v1/logs?since=" + w.Now().AddDate(0, 0, -89).Format("2006-01-02T15:04:05Z") + "&until=" + w.Now().Format("2006-01-02T15:04:05Z") + "&limit=1000"} {
		files = append(files, export(t, w, path))
	}
	file := upstream.Merge(files...)
	liveOnly := got.Okta
	liveOnly.Members, liveOnly.MembersOf = nil, nil // Okta's answer names no group
	if diff := cmp.Diff(file.Okta, liveOnly); diff != "" {
		t.Errorf("files (-) and live (+) differ:\n%s", diff)
	}
}

func export(t *testing.T, w *upstreamtest.World, path string) upstream.State {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.Okta.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "SSWS "+w.Okta.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	s, _, _, err := upstream.Parse(body)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s
}

func TestAnInterruptedReadingKeepsWhatItHasAndClaimsNoMore(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	w.Trouble(upstreamtest.Trouble{Product: "okta", Path: "/api/v1/users", Kind: upstreamtest.Outage})
	ctx, cancel := context.WithCancel(t.Context())
	name, err := okta.ParseName(w.OktaName())
	if err != nil {
		t.Fatal(err)
	}
	source, err := okta.New(okta.Options{Name: name, Query: live.Query{Now: w.Now}, Environment: w.Environment(), Sleep: func(ctx context.Context, _ time.Duration) error {
		cancel()
		return ctx.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	b := casefile.NewBuilder(actor.Default())
	err = source.Collect(ctx, b)
	s := b.Build().Upstream
	if !errors.Is(err, context.Canceled) || len(s.Okta.Groups) != 3 {
		t.Errorf("error %v, %d groups", err, len(s.Okta.Groups))
	}
	for _, list := range []string{upstream.ListUsers, upstream.ListRules, upstream.ListAppUsers, upstream.ListLog} {
		if k := s.Known(upstream.ProductOkta, list, upstream.Scope{}); k.Whole || !strings.Contains(k.Why, "interrupted") {
			t.Errorf("%s: %+v", list, k)
		}
	}
}
