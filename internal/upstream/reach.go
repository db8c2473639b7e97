package upstream

import (
	"cmp"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/span"
)

// The products whose lists a Reach speaks of.
const (
	ProductOkta      = "okta"
	ProductEntra     = "entra"
	ProductSailPoint = "sailpoint"
)

// The lists that are read, by the names that Reach.List has.
const (
	ListUsers     = "users"
	ListGroups    = "groups"
	ListMembers   = "group-members" // narrowed by Scope.User: the groups of one person
	ListApps      = "apps"
	ListAppUsers  = "app-users"
	ListAppGroups = "app-groups"
	ListMappings  = "group-push-mappings"
	ListRules     = "group-rules"
	ListLog       = "log" // Okta's System Log, Entra's provisioning log
	// ListFailures is the log of one app, of which failures and changes of its
	// settings were read and nothing else. Where the whole log was read, so were they.
	ListFailures = "log-failures"
	// ListImports is the log of imports and of the directory agents, by the app that
	// the groups come from. Where the whole log was read, so were they.
	ListImports = "log-imports"

	ListJobs     = "synchronization-jobs" // Entra
	ListAppRoles = "app-role-assignments" // Entra

	ListIdentities   = "identities" // SailPoint, as are the next
	ListSources      = "sources"
	ListAccounts     = "accounts"
	ListRequests     = "access-requests"
	ListActivities   = "account-activities"
	ListProfiles     = "access-profiles"
	ListEntitlements = "entitlements"
)

// Scope narrows a list to an app, a group or a person, by id, or by the name that
// was asked for where no id was found. Empty fields do not narrow.
type Scope struct{ App, Group, User string }

// within reports whether s is a part of o.
func (s Scope) within(o Scope) bool {
	part := func(a, b string) bool { return b == "" || a == b }
	return part(s.App, o.App) && part(s.Group, o.Group) && part(s.User, o.User)
}

// touches reports whether s and o have something in common.
func (s Scope) touches(o Scope) bool {
	shared := func(a, b string) bool { return a == "" || b == "" || a == b }
	return shared(s.App, o.App) && shared(s.Group, o.Group) && shared(s.User, o.User)
}

// Reach says how far one list of a live service was read. An absence from a list
// proves something only where a Reach says that the list was read to its end; a
// state that was read from files has no Reach, and its lists prove presence only
// (besides OktaState.MembersOf and EntraState.MembersOf).
//
// To its end means as far as the token sees: a role that is limited to some groups or
// apps makes lists shorter without a word (okta-sailpoint reference 2.3), so that
// "not visible" is what may be said, and "does not exist" is more.
type Reach struct {
	Product string // ProductOkta, ...
	Org     string // host or tenant
	List    string // ListUsers, ...
	Scope   Scope  // the part that was asked for; zero: the whole list
	AsOf    time.Time
	// Whole says that everything in Scope was read, and of a log everything from
	// From to To. A list may be whole and empty.
	Whole    bool
	From, To time.Time // of logs and of lists by time of creation; From is zero when it goes back to the beginning
	// Failed is why it is not whole: a clause for the reader, never a secret.
	Failed     string
	Permission string // the missing scope or role, when that is why
	// LeftOut says that nothing went wrong: the list was not asked for, or not to its
	// end, since the question was narrow. Failed says so in words.
	LeftOut bool
}

// Known is what may be concluded about a part of a list.
type Known struct {
	// Whole says that an absence from the part is a fact as of AsOf, and of a log,
	// in Spans.
	Whole bool
	AsOf  time.Time
	Spans span.Set
	// Why says, when it is not whole, what stood in the way; "" when nobody tried
	// to read it from the service.
	Why        string
	Permission string
	LeftOut    bool // it was not asked for, since the question was narrow
}

// Known returns what may be concluded from an absence in the part of a list that
// scope names. For group members it also counts the lists of members that came
// whole from a file.
func (s State) Known(product, list string, scope Scope) Known {
	var k Known
	var failed Reach
	for _, r := range s.Reach {
		if r.Product != product || r.List != list && (r.List != ListLog || list != ListFailures && list != ListImports) {
			continue
		}
		if r.Whole && scope.within(r.Scope) {
			k.Whole = true
			k.AsOf = latest(k.AsOf, r.AsOf)
			if !r.To.IsZero() {
				k.Spans = k.Spans.Union(span.SetOf(span.Span{From: r.From, To: r.To}))
			}
		}
		if !r.Whole && scope.touches(r.Scope) && (failed.List == "" || r.AsOf.After(failed.AsOf)) {
			failed = r
		}
	}
	if !k.Whole && list == ListMembers && scope.Group != "" {
		switch product {
		case ProductOkta:
			k.Whole = slices.Contains(s.Okta.MembersOf, scope.Group)
		case ProductEntra:
			k.Whole = slices.Contains(s.Entra.MembersOf, scope.Group)
		}
	}
	if !k.Whole {
		k.Why, k.Permission, k.LeftOut = failed.Failed, failed.Permission, failed.LeftOut
	}
	return k
}

// Asked reports whether anything of a product was asked of the live service, so
// that a hop without entries is unknown or empty and not merely out of sight.
func (s State) Asked(product string) bool {
	return slices.ContainsFunc(s.Reach, func(r Reach) bool { return r.Product == product })
}

func tidyReach(list []Reach) []Reach {
	list = distinct(list, func(r *Reach) string {
		return keyOf(r.Product, r.Org, r.List, r.Scope.App, r.Scope.Group, r.Scope.User, r.From.Format(time.RFC3339Nano), r.To.Format(time.RFC3339Nano), r.Failed)
	}, func(r *Reach) time.Time { return r.AsOf })
	slices.SortStableFunc(list, func(a, b Reach) int {
		return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Org, b.Org), cmp.Compare(a.List, b.List), a.AsOf.Compare(b.AsOf))
	})
	return list
}
