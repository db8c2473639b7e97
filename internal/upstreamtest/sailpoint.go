package upstreamtest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SailPoint is the stand-in of an Identity Security Cloud tenant. Its exported
// fields may be changed through World.Do.
type SailPoint struct {
	URL              string
	ClientID, Secret string
	// Userless makes tokens act for nobody: lists for people answer 403.
	Userless bool
	// ConnectorError is what every connector call fails with; "" for none.
	ConnectorError string
	// Hold leaves approvals pending.
	Hold bool

	Source      Source
	Entitlement Entitlement
	Profile     AccessProfile
	Accounts    []*Account
	Requests    []*Request
	Activities  []*Activity
	PageCap     int

	w          *World
	identities map[string]*Identity // by login
	tokens     map[string]bool      // true: acts for a person
}

// Identity is a person.
type Identity struct{ ID, Name, Alias, Email string }

// Source is the system that the connector writes to.
type Source struct {
	ID, Name, Type, Status string
	Features               []string
	Healthy                bool
}

// Entitlement is what a grant writes; Value is the id of the Okta group.
type Entitlement struct{ ID, Name, Attribute, Value string }

// AccessProfile is what people ask for.
type AccessProfile struct {
	ID, Name string
	Enabled  bool
	Empty    bool // no entitlements
}

// Account is what SailPoint believes of a person's account.
type Account struct {
	ID, Login, Native string
	Uncorrelated      bool
	Groups            []string
}

// Request is an access request and how it stands.
type Request struct {
	ID, Login, State, Approval string
	Created, Modified, Remove  time.Time
}

// Activity is an account activity with one item.
type Activity struct {
	ID, Login, Type, Completion, Execution, Operation, Value, Native, Approval, Status string
	Created, Completed                                                                 time.Time
	Errors                                                                             []string
}

func newSailPoint(w *World) *SailPoint {
	return &SailPoint{w: w, ClientID: "5e1f0000-stand-in", Secret: "stand-in-secret-sailpoint", tokens: map[string]bool{}, identities: map[string]*Identity{}}
}

func (s *SailPoint) sample() {
	s.Source = Source{"2c91src00000000000000000000000a1", "Okta Prod", "Okta", "SOURCE_STATE_HEALTHY", []string{"PROVISIONING", "SYNC_PROVISIONING", "ENABLE"}, true}
	s.Entitlement = Entitlement{"2c91ent00000000000000000000000a1", Group, "groups", groupID}
	s.Profile = AccessProfile{ID: "2c91prf00000000000000000000000a1", Name: Profile, Enabled: true}
}

func (s *SailPoint) addIdentity(login, name, native string) {
	alias, _, _ := strings.Cut(login, "@")
	s.identities[login] = &Identity{s.w.id("2c91idn0"), name, alias, login}
	s.Accounts = append(s.Accounts, &Account{ID: s.w.id("2c91acc0"), Login: login, Native: native})
}

func (s *SailPoint) account(login string) *Account {
	i := slices.IndexFunc(s.Accounts, func(a *Account) bool { return a.Login == login && !a.Uncorrelated })
	if i < 0 {
		return nil
	}
	return s.Accounts[i]
}

func (s *SailPoint) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		if r.ParseForm() != nil || r.Form.Get("grant_type") != "client_credentials" || r.Form.Get("client_id") != s.ClientID || r.Form.Get("client_secret") != s.Secret {
			write(w, 401, object{"error": "invalid_client", "error_description": "Bad client credentials: " + r.Form.Get("client_secret")})
			return
		}
		token := "eyJ" + s.w.id("sail")
		s.tokens[token] = !s.Userless
		out := object{"access_token": token, "token_type": "bearer", "expires_in": 749, "scope": "sp:scopes:all", "org": "acme"}
		if !s.Userless {
			out["identity_id"], out["user_name"] = "2c91svc00000000000000000000000a1", "svc.tracer"
		}
		write(w, 200, out)
	})
	for service, list := range map[string]func(*http.Request) []any{
		"identities": s.listIdentities, "sources": s.listSources, "accounts": s.listAccounts, "access-profiles": s.listProfiles,
		"entitlements": s.listEntitlements, "access-request-status": s.listRequests, "account-activities": s.listActivities,
	} {
		h := s.list(list, service == "identities" || service == "access-request-status")
		for _, prefix := range []string{"v3", "v2024", "v2025", "v2026", "beta"} {
			if prefix != "v3" || service != "entitlements" { // there is none (reference 8.2)
				mux.HandleFunc("GET /"+prefix+"/"+service, h)
			}
		}
		mux.HandleFunc("GET /"+service+"/v1", h)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		write(w, 404, object{"detailCode": "404 Not found", "messages": []any{object{"locale": "en-US", "text": "The server did not find a current representation for the target resource."}}})
	})
	return mux
}

// list answers with a bare array by limit and offset (reference 8.3).
func (s *SailPoint) list(entries func(*http.Request) []any, person bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		acts, known := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		switch {
		case !known:
			write(w, 401, object{"error": "JWT validation failed: JWT is expired"})
			return
		case person && !acts:
			write(w, 403, object{"detailCode": "403 Forbidden", "messages": []any{object{"locale": "en-US", "text": "The server understood the request but refuses to authorize it."}}})
			return
		}
		q := r.URL.Query()
		f := filter(func(func(string) []string) bool { return true })
		if text := q.Get("filters"); text != "" {
			var err error
			if f, err = parseFilter(text); err != nil {
				write(w, 400, object{"detailCode": "400.1.2 Bad filter", "messages": []any{object{"locale": "en-US", "text": "The filter cannot be read."}}})
				return
			}
		}
		var list []any
		for _, e := range entries(r) {
			if f(attributes(flat(e.(object)))) {
				list = append(list, e)
			}
		}
		limit, err := strconv.Atoi(q.Get("limit"))
		if err != nil || limit <= 0 || limit > 250 {
			limit = 250
		}
		offset, _ := strconv.Atoi(q.Get("offset"))
		offset = min(max(0, offset), len(list))
		if q.Get("count") == "true" {
			w.Header().Set("X-Total-Count", strconv.Itoa(len(list)))
		}
		write(w, 200, append([]any{}, list[offset:min(offset+limit, len(list))]...))
	}
}

// flat makes the texts of an object's objects reachable by a path with dots.
func flat(o object) object {
	out := object{}
	for name, v := range o {
		out[name] = v
		if inner, ok := v.(object); ok {
			for n, v := range inner {
				out[name+"."+n] = v
			}
		}
	}
	return out
}

func (s *SailPoint) listIdentities(*http.Request) (list []any) {
	for _, i := range s.sorted() {
		list = append(list, object{"id": i.ID, "name": i.Name, "alias": i.Alias, "email": i.Email, "status": "Active", "identityState": "ACTIVE", "attributes": []any{}})
	}
	return list
}

func (s *SailPoint) sorted() []*Identity {
	var list []*Identity
	for _, i := range s.identities {
		list = append(list, i)
	}
	slices.SortFunc(list, func(a, b *Identity) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (s *SailPoint) sourceRef() object {
	return object{"id": s.Source.ID, "type": "SOURCE", "name": s.Source.Name}
}

func (s *SailPoint) listSources(*http.Request) []any {
	o := s.Source
	return []any{object{"id": o.ID, "name": o.Name, "type": o.Type, "connectorName": o.Type, "features": o.Features, "authoritative": false, "healthy": o.Healthy, "status": o.Status,
		"since": s.w.now.UTC().Format("2006-01-02T15:04:05.0000000000Z")}}
}

func (s *SailPoint) listAccounts(*http.Request) (list []any) {
	for _, a := range s.Accounts {
		var owner any
		if i := s.identities[a.Login]; i != nil && !a.Uncorrelated {
			owner = i.ID
		}
		list = append(list, object{"id": a.ID, "name": a.Login, "nativeIdentity": a.Native, "identityId": owner, "sourceId": s.Source.ID, "sourceName": s.Source.Name, "disabled": false, "locked": false,
			"uncorrelated": a.Uncorrelated, "manuallyCorrelated": false, "hasEntitlements": len(a.Groups) > 0, "origin": "AGGREGATED", "modified": stamp(s.w.now),
			"attributes": object{"login": a.Login, "status": "ACTIVE", "groups": orEmpty(a.Groups)}})
	}
	return list
}

func (s *SailPoint) listProfiles(*http.Request) []any {
	entitlements := []any{}
	if !s.Profile.Empty {
		entitlements = append(entitlements, object{"id": s.Entitlement.ID, "name": s.Entitlement.Name, "type": "ENTITLEMENT"})
	}
	return []any{object{"id": s.Profile.ID, "name": s.Profile.Name, "enabled": s.Profile.Enabled, "requestable": true, "modified": stamp(s.w.now), "source": s.sourceRef(), "entitlements": entitlements}}
}

func (s *SailPoint) listEntitlements(*http.Request) []any {
	e := s.Entitlement
	return []any{object{"id": e.ID, "name": e.Name, "attribute": e.Attribute, "value": e.Value, "sourceSchemaObjectType": "group", "privileged": false, "requestable": true,
		"source": s.sourceRef(), "created": stamp(s.w.now), "modified": stamp(s.w.now)}}
}

func (s *SailPoint) person(login string) object {
	i := s.identities[login]
	return object{"type": "IDENTITY", "id": i.ID, "name": i.Name, "identityId": i.ID}
}

// forPerson reports whether a list narrowed by requested-for shows a person's.
func (s *SailPoint) forPerson(r *http.Request, login string) bool {
	of := r.URL.Query().Get("requested-for")
	return of == "" || s.identities[login].ID == of
}

// listRequests leaves out the newest first order's ties: requests are few.
func (s *SailPoint) listRequests(r *http.Request) (list []any) {
	for _, q := range slices.Backward(s.Requests) {
		if !s.forPerson(r, q.Login) {
			continue
		}
		approval, provisioning := phase("APPROVAL_PHASE", "EXECUTING", ""), phase("PROVISIONING_PHASE", "PENDING", "")
		switch {
		case q.Approval == "REJECTED":
			approval, provisioning = phase("APPROVAL_PHASE", "COMPLETED", "FAILED"), phase("PROVISIONING_PHASE", "NOT_EXECUTED", "")
		case q.Approval == "APPROVED":
			approval = phase("APPROVAL_PHASE", "COMPLETED", "SUCCESSFUL")
		}
		switch q.State {
		case "REQUEST_COMPLETED":
			provisioning = phase("PROVISIONING_PHASE", "COMPLETED", "SUCCESSFUL")
		case "PROVISIONING_FAILED":
			provisioning = phase("PROVISIONING_PHASE", "COMPLETED", "FAILED")
		}
		list = append(list, object{"id": s.Profile.ID, "name": s.Profile.Name, "type": "ACCESS_PROFILE", "accessRequestId": q.ID, "accountActivityItemId": q.ID + "i", "state": q.State, "requestType": "GRANT_ACCESS",
			"created": stamp(q.Created), "modified": stamp(q.Modified), "removeDate": stamp(q.Remove), "requester": s.person(q.Login), "requestedFor": s.person(q.Login),
			"accessRequestPhases": []any{approval, provisioning}, "errorMessages": []any{}, "manualWorkItemDetails": []any{},
			"approvalDetails": []any{object{"status": q.Approval, "scheme": "MANAGER", "currentOwner": object{"type": "IDENTITY", "id": "2c91mgr0", "name": "Bo Ek"}, "modified": stamp(q.Modified), "comment": nil}}})
	}
	return list
}

func phase(name, state, result string) object {
	return object{"name": name, "state": state, "result": orNull(result), "phaseReference": nil}
}

func (s *SailPoint) listActivities(r *http.Request) (list []any) {
	for _, a := range slices.Backward(s.Activities) {
		if !s.forPerson(r, a.Login) {
			continue
		}
		var errs any // null where there are none
		if len(a.Errors) > 0 {
			errs = a.Errors
		}
		list = append(list, object{"id": a.ID, "name": a.ID, "type": a.Type, "created": stamp(a.Created), "modified": stamp(a.Completed), "completed": stamp(a.Completed),
			"completionStatus": orNull(a.Completion), "executionStatus": a.Execution, "requesterIdentitySummary": s.person(a.Login), "targetIdentitySummary": s.person(a.Login),
			"errors": errs, "warnings": nil,
			"items": []any{object{"id": a.ID + "i", "name": s.Profile.Name, "operation": a.Operation, "attribute": s.Entitlement.Attribute, "value": orNull(a.Value), "nativeIdentity": orNull(a.Native),
				"sourceId": s.Source.ID, "approvalStatus": orNull(a.Approval), "provisioningStatus": a.Status, "removeDate": nil,
				"accountRequestInfo": object{"requestedObjectId": s.Profile.ID, "requestedObjectName": s.Profile.Name, "requestedObjectType": "ACCESS_PROFILE"}}}})
	}
	return list
}

// Request has a person ask for the access profile; it is approved at once unless
// SailPoint.Hold is set.
func (w *World) Request(login, profile string) *Request {
	var q *Request
	w.Do(func() {
		if profile != w.SailPoint.Profile.Name {
			w.t.Fatalf("there is no access profile %s", profile)
		}
		if acc := w.SailPoint.account(login); acc != nil && slices.Contains(acc.Groups, w.SailPoint.Entitlement.Value) {
			return // it believes that the person has it: dropped, and not listed (reference 8.8)
		}
		approval := "APPROVED"
		if w.SailPoint.Hold {
			approval = "PENDING"
		}
		at := w.tick()
		q = &Request{ID: w.id("2c91req0"), Login: login, State: "EXECUTING", Approval: approval, Created: at, Modified: at}
		w.SailPoint.Requests = append(w.SailPoint.Requests, q)
	})
	return q
}

// Provision does what SailPoint does with the requests that are approved: its
// connector puts the person into the Okta group, and says so.
func (w *World) Provision() {
	w.Do(func() {
		for _, q := range w.SailPoint.Requests {
			if q.State == "EXECUTING" {
				w.SailPoint.provision(q)
			}
		}
	})
}

func (s *SailPoint) provision(q *Request) {
	a := &Activity{ID: q.ID, Login: q.Login, Type: "appRequest", Created: q.Created, Operation: "ADD", Execution: "EXECUTING", Status: "PENDING", Approval: "PENDING"}
	if acc := s.account(q.Login); acc != nil {
		a.Native = acc.Native
	}
	if q.Approval != "APPROVED" {
		a.Approval = map[string]string{"REJECTED": "REJECTED", "EXPIRED": "EXPIRED"}[q.Approval]
		a.Approval = cmp.Or(a.Approval, "PENDING")
		s.Activities = append(s.Activities, a)
		return
	}
	a.Approval, a.Execution, a.Value = "FINISHED", "COMPLETED", s.Entitlement.Value
	failed := s.write(q.Login, a)
	a.Completed = s.w.tick()
	q.Modified = a.Completed
	if failed == "" {
		a.Completion, a.Status, q.State = "SUCCESS", "FINISHED", "REQUEST_COMPLETED"
		if acc := s.account(q.Login); acc != nil {
			acc.Groups = append(acc.Groups, s.Entitlement.Value)
		}
	} else {
		a.Completion, a.Status, q.State, a.Errors = "FAILURE", "FAILED", "PROVISIONING_FAILED", []string{failed}
	}
	s.Activities = append(s.Activities, a)
}

// write is the connector's call: PUT /api/v1/groups/{group}/users/{user}. It returns
// what went wrong.
func (s *SailPoint) write(login string, a *Activity) string {
	if s.ConnectorError != "" {
		return s.ConnectorError
	}
	if !s.Profile.Enabled || s.Profile.Empty {
		a.Value = "" // nothing to write, and nothing wrong
		return ""
	}
	if strings.HasPrefix(a.Value, "CN=") {
		return "" // written to Active Directory; Okta has still to import it
	}
	g := s.w.Okta.Groups[a.Value]
	u := s.w.Okta.user(a.Native)
	switch {
	case g == nil || u == nil:
		return fmt.Sprintf("sailpoint.connector.ConnectorException: 404 E0000007 Not found: Resource not found: %s", a.Value)
	case g.Type == "APP_GROUP":
		return "sailpoint.connector.ConnectorException: 403 E0000038 This operation is not allowed in the user's current status."
	}
	s.w.Okta.addMember(g.ID, u.Login, connector)
	return ""
}
