package diagnose_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// BenchmarkALargeOrganisation asks for a group of 5,000 in an organisation of
// 20,000 people with 100,000 entries of the System Log.
func BenchmarkALargeOrganisation(b *testing.B) {
	const people, members, entries = 20_000, 5_000, 100_000
	at := time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)
	var st upstream.State
	s := directory.Snapshot{Store: "d-9a67000001", Clock: directory.ClockManifest, NotBefore: at, NotAfter: at, AllUsers: true, AllGroups: true}
	group := "34f89428-0071-70b8-45d6-05247c8b319f"
	s.Groups = append(s.Groups, directory.Group{ID: group, Name: "Readers"})
	s.MembersOf = []string{group}
	for i := range people {
		id, aws := fmt.Sprintf("00u%017d", i), fmt.Sprintf("a4f8c478-2001-70b2-2222-%012d", i)
		login := fmt.Sprintf("u%d@example.com", i)
		u := upstream.OktaUser{ID: id, Status: "ACTIVE"}
		u.Profile.Login = login
		st.Okta.Users = append(st.Okta.Users, u)
		app := upstream.OktaAppUser{App: "0oa1", ID: id, ExternalID: aws, Status: "PROVISIONED", SyncState: "SYNCHRONIZED"}
		app.Credentials.UserName = login
		st.Okta.AppUsers = append(st.Okta.AppUsers, app)
		if i < members {
			st.Okta.Members = append(st.Okta.Members, upstream.OktaMember{Group: "00g1", User: id, Login: login})
		}
		s.Users = append(s.Users, directory.User{ID: aws, UserName: login})
		st.SailPoint.Accounts = append(st.SailPoint.Accounts, upstream.SailPointAccount{ID: "a" + id, NativeIdentity: id, IdentityID: "i" + id})
		a := upstream.SailPointActivity{ID: "r" + id, CompletionStatus: "SUCCESS"}
		a.Target.ID = "i" + id
		a.Items = []upstream.SailPointItem{{Operation: "ADD", Value: "00g1", ProvisioningStatus: "FINISHED", NativeIdentity: id}}
		st.SailPoint.Activities = append(st.SailPoint.Activities, a)
	}
	for i := range entries {
		e := upstream.OktaEvent{UUID: fmt.Sprint(i), Published: at.Add(-time.Duration(i) * time.Second), EventType: "application.provision.user.push"}
		e.Outcome.Result, e.Outcome.Reason = "FAILURE", fmt.Sprintf("Error while creating user u%d@example.com: Conflict", i%people)
		e.Targets = []upstream.OktaTarget{{ID: fmt.Sprintf("00u%017d", i%people)}}
		st.Okta.Events = append(st.Okta.Events, e)
	}
	g := upstream.OktaGroup{ID: "00g1", Type: "OKTA_GROUP"}
	g.Profile.Name = "Readers"
	st.Okta.Groups = append(st.Okta.Groups, g)
	st.Okta.Mappings = append(st.Okta.Mappings, upstream.OktaMapping{App: "0oa1", ID: "gPm1", Status: "ACTIVE", SourceGroupID: "00g1", LastPush: at})
	for _, list := range []string{upstream.ListMembers, upstream.ListAppUsers, upstream.ListMappings} {
		st.Reach = append(st.Reach, upstream.Reach{Product: upstream.ProductOkta, List: list, Whole: true, AsOf: at})
	}
	build := casefile.NewBuilder(actor.Default())
	s.Input = build.Input(casefile.Input{Path: "listing"})
	build.Snapshot(s)
	build.Upstream(build.Input(casefile.Input{Path: "x"}), st, 1)
	c := build.Build()
	l := ledger.Build(c)
	bench := diagnose.On(c, l)
	began := time.Now()
	if _, err := bench.Group("Readers"); err != nil {
		b.Fatal(err)
	}
	b.Logf("the first question takes %v", time.Since(began).Round(time.Millisecond))
	b.Run("group", func(b *testing.B) {
		for b.Loop() {
			if _, err := bench.Group("Readers"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("user", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := bench.User(fmt.Sprintf("u%d@example.com", i*13%people), ""); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("user-group", func(b *testing.B) {
		for b.Loop() {
			if _, err := bench.User("u17@example.com", "Readers"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
