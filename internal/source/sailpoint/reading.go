package sailpoint

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/restapi"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamapi"
)

// reading is one Collect.
type reading struct {
	upstreamapi.Reading
	s *Source
	q live.Query
}

// list is a list of a service, with the pages that follow.
func (r *reading) list(name string, scope upstream.Scope, doing, need, service string, query url.Values, kinds ...string) upstreamapi.List {
	if query == nil {
		query = url.Values{}
	}
	if query.Get("limit") == "" {
		query.Set("limit", strconv.Itoa(page))
	}
	return upstreamapi.List{
		Name: name, Scope: scope, Kinds: kinds, Next: nextOffset,
		Call: restapi.Call{Doing: doing + " of " + r.s.o.Name.Host, Ref: r.s.path(service) + "?" + encode(query), Need: need},
	}
}

// encode writes a query with %20 for blanks, as the documentation of filters does.
func encode(q url.Values) string { return strings.ReplaceAll(q.Encode(), "+", "%20") }

// nextOffset is the page after an answer: a list ends with the first page that is
// shorter than its limit (reference 8.3). The offset counts entries.
func nextOffset(a *restapi.Answer) string {
	q := a.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit"))
	offset, _ := strconv.Atoi(q.Get("offset"))
	n := elements(a.Body)
	if limit <= 0 || n < limit {
		return ""
	}
	q.Set("offset", strconv.Itoa(offset+n))
	return a.URL.EscapedPath() + "?" + encode(q)
}

// elements counts the entries of a bare JSON array.
func elements(body []byte) int {
	dec := jsontext.NewDecoder(strings.NewReader(string(body)), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if dec.PeekKind() != '[' {
		return 0
	}
	if _, err := dec.ReadToken(); err != nil {
		return 0
	}
	n := 0
	for dec.PeekKind() != ']' && dec.SkipValue() == nil {
		n++
	}
	return n
}

// quoted is a string in a filter (reference 8.3).
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func filters(expression string) url.Values { return url.Values{"filters": {expression}} }

// everything reads whole lists. Activities and requests are read from the span's
// beginning on.
func (r *reading) everything(ctx context.Context) {
	whole := upstream.Scope{}
	r.Read(ctx, r.list(upstream.ListSources, whole, "listing the sources", needSources, "sources", nil, "sailpoint-sources"))
	r.Read(ctx, r.list(upstream.ListIdentities, whole, "listing the identities", needIdentities, "identities", sorted("id"), "sailpoint-identities"))
	r.Read(ctx, r.list(upstream.ListAccounts, whole, "listing the accounts", needAccounts, "accounts", sorted("id"), "sailpoint-accounts"))
	r.Read(ctx, r.list(upstream.ListProfiles, whole, "listing the access profiles", needAdmin, "access-profiles", sorted("name"), "sailpoint-access-profiles"))
	r.Read(ctx, r.list(upstream.ListEntitlements, whole, "listing the entitlements", needAdmin, "entitlements", sorted("id"), "sailpoint-entitlements"))
	requests := r.list(upstream.ListRequests, whole, "listing the access requests", needAdmin, "access-request-status", r.since(sorted("-created")), "sailpoint-access-request-status")
	requests.From, requests.To = r.q.Span.From, r.q.Until()
	r.Read(ctx, requests)
	activities := r.list(upstream.ListActivities, whole, "listing the account activities", needAdmin, "account-activities", r.since(sorted("-created")), "sailpoint-account-activities")
	activities.From, activities.To = r.q.Span.From, r.q.Until()
	r.Read(ctx, activities)
}

func sorted(by string) url.Values { return url.Values{"sorters": {by}} }

// since narrows a list to what was made since the beginning of the span.
func (r *reading) since(q url.Values) url.Values {
	if !r.q.Span.From.IsZero() {
		q.Set("filters", "created ge "+quoted(r.q.Span.From.UTC().Format("2006-01-02T15:04:05Z")))
	}
	return q
}

// narrow reads what bears on one person and one group, in six calls with the one for
// the token: identity, accounts, requests, activities, and then either the
// entitlement of the group or the access profile that was asked for.
func (r *reading) narrow(ctx context.Context) {
	person, absent := r.identity(ctx)
	var requests []upstream.SailPointRequest
	var activities []upstream.SailPointActivity
	switch {
	case r.q.User != "" && absent == "":
		scope := upstream.Scope{User: person.ID}
		r.Read(ctx, r.list(upstream.ListAccounts, scope, "listing the accounts of an identity", needAccounts, "accounts", filters("identityId eq "+quoted(person.ID)), "sailpoint-accounts"))
		of := url.Values{"requested-for": {person.ID}, "sorters": {"-created"}}
		asked := r.list(upstream.ListRequests, scope, "listing the access requests of an identity", needAdmin, "access-request-status", of, "sailpoint-access-request-status")
		asked.To, asked.Pages = r.q.Until(), 1
		requests = r.Read(ctx, asked).State.SailPoint.Requests
		done := r.list(upstream.ListActivities, scope, "listing the account activities of an identity", needAdmin, "account-activities", of, "sailpoint-account-activities")
		done.To, done.Pages = r.q.Until(), 1
		activities = r.Read(ctx, done).State.SailPoint.Activities
	case absent != "" && r.Stopped() == nil:
		for _, list := range []string{upstream.ListAccounts, upstream.ListRequests, upstream.ListActivities} {
			r.Unread(list, upstream.Scope{User: r.q.User}, absent+", so nothing of it could be asked for")
		}
	}
	r.grant(ctx, requests, activities)
	if r.Stopped() == nil {
		r.LeaveOut(upstream.ListSources, upstream.Scope{}, "sources are not asked for in a narrow question, to keep its calls few")
	}
}

// identity finds the person by e-mail address or alias; absent says why there is
// none. It is "" as well when nobody is asked for.
func (r *reading) identity(ctx context.Context) (person upstream.SailPointIdentity, absent string) {
	name := r.q.User
	if name == "" {
		return person, ""
	}
	by := "alias"
	if strings.Contains(name, "@") {
		by = "email"
	}
	res := r.Read(ctx, r.list(upstream.ListIdentities, upstream.Scope{User: name}, "searching for the identity", needIdentities, "identities",
		filters(by+" eq "+quoted(name)), "sailpoint-identities"))
	switch list := res.State.SailPoint.Identities; {
	case len(list) == 1:
		r.Note(upstream.Reach{List: upstream.ListIdentities, Scope: upstream.Scope{User: list[0].ID}, Whole: true})
		return list[0], ""
	case res.Err != nil:
		why, _ := upstreamapi.Why(res.Err)
		return person, "the person could not be looked up (" + why + ")"
	case len(list) > 1:
		return person, "several identities of SailPoint have that " + by
	}
	return person, "SailPoint shows no identity with that " + by
}

// grant reads what stands for the group: its entitlements, by name or value. When an
// activity already shows the value that was written, the access profile tells more.
func (r *reading) grant(ctx context.Context, requests []upstream.SailPointRequest, activities []upstream.SailPointActivity) {
	if r.q.Group == "" {
		r.LeaveOut(upstream.ListEntitlements, upstream.Scope{}, "no group was asked for")
		return
	}
	scope := upstream.Scope{Group: r.q.Group}
	var profiles []string
	for _, q := range requests {
		if q.Type == "ACCESS_PROFILE" && q.ObjectID != "" && len(profiles) < 20 {
			profiles = append(profiles, quoted(q.ObjectID))
		}
	}
	slices.Sort(profiles)
	profiles = slices.Compact(profiles)
	written := slices.ContainsFunc(activities, func(a upstream.SailPointActivity) bool {
		return slices.ContainsFunc(a.Items, func(i upstream.SailPointItem) bool { return i.Value != "" })
	})
	if len(profiles) > 0 && !written {
		r.Read(ctx, r.list(upstream.ListProfiles, scope, "reading the access profiles that were asked for", needAdmin, "access-profiles",
			filters(fmt.Sprintf("id in (%s)", strings.Join(profiles, ","))), "sailpoint-access-profiles"))
		if r.Stopped() == nil {
			r.LeaveOut(upstream.ListEntitlements, scope, "the access profile was asked for in its place, to keep the calls few")
		}
		return
	}
	r.Read(ctx, r.list(upstream.ListEntitlements, scope, "searching for the entitlement of the group", needAdmin, "entitlements",
		filters("name eq "+quoted(r.q.Group)+" or value eq "+quoted(r.q.Group)), "sailpoint-entitlements"))
	if r.Stopped() == nil {
		r.LeaveOut(upstream.ListProfiles, scope, "the entitlement was asked for in its place, to keep the calls few")
	}
}
