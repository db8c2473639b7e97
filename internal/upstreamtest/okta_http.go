package upstreamtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

type object = map[string]any

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the test ends when the client goes away
}

func oktaError(w http.ResponseWriter, status int, code, summary string) {
	write(w, status, object{"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oaeSTANDIN0000000001", "errorCauses": []any{}})
}

func oktaMissing(w http.ResponseWriter, what, id string) {
	oktaError(w, http.StatusNotFound, "E0000007", fmt.Sprintf("Not found: Resource not found: %s (%s)", id, what))
}

func (o *Okta) routes() http.Handler {
	mux := http.NewServeMux()
	get := func(path, scope string, h http.HandlerFunc) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			if o.admit(w, r, scope) {
				h(w, r)
			}
		})
	}
	mux.HandleFunc("POST /oauth2/v1/token", o.token)
	get("/api/v1/users", "okta.users.read", o.listUsers)
	get("/api/v1/users/{id}", "okta.users.read", func(w http.ResponseWriter, r *http.Request) {
		if u := o.user(r.PathValue("id")); u != nil {
			write(w, 200, o.userJSON(u))
			return
		}
		oktaMissing(w, "User", r.PathValue("id"))
	})
	get("/api/v1/users/{id}/groups", "okta.users.read", o.groupsOfUser)
	get("/api/v1/groups", "okta.groups.read", o.listGroups)
	get("/api/v1/groups/rules", "okta.groups.read", func(w http.ResponseWriter, r *http.Request) {
		var list []any
		for _, rule := range o.Rules {
			list = append(list, object{"type": "group_rule", "id": rule.ID, "name": rule.Name, "status": rule.Status, "lastUpdated": stamp(o.w.now.Add(-time.Hour)),
				"conditions": object{"expression": object{"type": "urn:okta:expression:1.0", "value": rule.Expression}, "people": object{"users": object{"exclude": orEmpty(rule.Exclude)}}},
				"actions":    object{"assignUserToGroups": object{"groupIds": rule.Groups}}})
		}
		o.page(w, r, list, 50, 200)
	})
	get("/api/v1/groups/{id}/users", "okta.groups.read", o.membersOf)
	get("/api/v1/apps", "okta.apps.read", func(w http.ResponseWriter, r *http.Request) {
		f, err := parseFilter(or(r.URL.Query().Get("filter"), `name sw ""`))
		if err != nil {
			oktaError(w, 400, "E0000031", "Invalid search criteria.")
			return
		}
		var list []any
		for _, id := range slices.Sorted(maps.Keys(o.Apps)) {
			a := o.Apps[id]
			if f(attributes(object{"id": a.ID, "name": a.Name, "status": a.Status})) {
				list = append(list, o.appJSON(a))
			}
		}
		o.page(w, r, list, 200, 200)
	})
	get("/api/v1/apps/{app}", "okta.apps.read", o.withApp(func(w http.ResponseWriter, r *http.Request, a *OktaApp) { write(w, 200, o.appJSON(a)) }))
	get("/api/v1/apps/{app}/features", "okta.apps.read", func(w http.ResponseWriter, _ *http.Request) {
		oktaError(w, 400, "E0000001", "Api validation failed: Provisioning is not supported.")
	})
	get("/api/v1/apps/{app}/users", "okta.apps.read", o.withApp(o.listAppUsers))
	get("/api/v1/apps/{app}/users/{user}", "okta.apps.read", o.withApp(func(w http.ResponseWriter, r *http.Request, a *OktaApp) {
		u := o.user(r.PathValue("user"))
		if u == nil || a.Users[u.Login] == nil {
			oktaMissing(w, "AppUser", r.PathValue("user"))
			return
		}
		write(w, 200, o.appUserJSON(a, u, a.Users[u.Login], false))
	}))
	get("/api/v1/apps/{app}/groups", "okta.apps.read", o.withApp(func(w http.ResponseWriter, r *http.Request, a *OktaApp) {
		var list []any
		for _, id := range slices.Sorted(maps.Keys(o.Groups)) {
			if o.Groups[id].AssignedTo[a.ID] {
				list = append(list, o.appGroupJSON(a, o.Groups[id]))
			}
		}
		o.page(w, r, list, 20, 200)
	}))
	get("/api/v1/apps/{app}/groups/{group}", "okta.apps.read", o.withApp(func(w http.ResponseWriter, r *http.Request, a *OktaApp) {
		if g := o.Groups[r.PathValue("group")]; g != nil && g.AssignedTo[a.ID] {
			write(w, 200, o.appGroupJSON(a, g))
			return
		}
		oktaMissing(w, "ApplicationGroupAssignment", r.PathValue("group"))
	}))
	get("/api/v1/apps/{app}/group-push/mappings", "okta.apps.read okta.groups.read", o.withApp(o.listMappings))
	get("/api/v1/logs", "okta.logs.read", o.listLog)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { oktaMissing(w, "Endpoint", r.URL.Path) })
	return mux
}

// admit checks the credentials and sets the headers that every answer has.
func (o *Okta) admit(w http.ResponseWriter, r *http.Request, scope string) bool {
	h := w.Header()
	h.Set("X-Okta-Request-Id", fmt.Sprintf("aStandIn%06d", o.w.calls["okta"]))
	h.Set("X-Rate-Limit-Limit", "600")
	h.Set("X-Rate-Limit-Remaining", "599")
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(o.w.now.Add(time.Minute).Unix(), 10))
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch scopes, known := o.bearer[token]; {
	case scheme == "SSWS" && token == o.Token:
		return true
	case scheme == "DPoP" && known && o.RequireDPoP:
		proof, err := o.proof(r)
		if sum := sha256.Sum256([]byte(token)); err == nil && proof.Hash == base64.RawURLEncoding.EncodeToString(sum[:]) {
			return true
		}
	case scheme == "Bearer" && known && !o.RequireDPoP:
		for need := range strings.FieldsSeq(scope) {
			if !slices.Contains(scopes, need) {
				oktaError(w, http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
				return false
			}
		}
		return true
	}
	oktaError(w, http.StatusUnauthorized, "E0000011", "Invalid token provided")
	return false
}

func (o *Okta) withApp(h func(http.ResponseWriter, *http.Request, *OktaApp)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := o.Apps[r.PathValue("app")]
		if a == nil {
			oktaMissing(w, "AppInstance", r.PathValue("app"))
			return
		}
		h(w, r, a)
	}
}

// page writes one page of a list, with two links of their own: Okta does not join
// them into one header (reference 2.5).
func (o *Okta) page(w http.ResponseWriter, r *http.Request, list []any, usual, most int) {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit <= 0 {
		limit = usual
	}
	limit = min(limit, most)
	if o.PageCap > 0 {
		limit = min(limit, o.PageCap)
	}
	after, _ := strconv.Atoi(q.Get("after"))
	after = min(max(after, 0), len(list))
	end := min(after+limit, len(list))
	link := func(rel string, q url.Values) {
		w.Header().Add("Link", fmt.Sprintf("<http://%s%s?%s>; rel=%q", r.Host, r.URL.Path, q.Encode(), rel))
	}
	link("self", q)
	if end < len(list) {
		next := maps.Clone(q)
		next.Set("after", strconv.Itoa(end))
		link("next", next)
	}
	write(w, http.StatusOK, append([]any{}, list[after:end]...))
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// attributes looks into an object by paths with dots.
func attributes(o object) func(string) []string {
	return func(path string) []string {
		if s, ok := o[path].(string); ok {
			return []string{s}
		}
		list, _ := o[path].([]string)
		return list
	}
}

func (o *Okta) listUsers(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f, err := parseFilter(or(q.Get("search"), or(q.Get("filter"), `id sw ""`)))
	if err != nil {
		oktaError(w, 400, "E0000031", "Invalid search criteria.")
		return
	}
	var list []any
	for _, login := range slices.Sorted(maps.Keys(o.Users)) {
		u := o.Users[login]
		if q.Get("search") == "" && q.Get("filter") == "" && u.Status == "DEPROVISIONED" {
			continue
		}
		if f(attributes(object{"id": u.ID, "status": u.Status, "profile.email": u.Email, "profile.login": u.Login})) {
			list = append(list, o.userJSON(u))
		}
	}
	o.page(w, r, list, 200, 200)
}

func (o *Okta) userJSON(u *OktaUser) object {
	return object{"id": u.ID, "status": u.Status, "created": stamp(u.Created), "activated": stamp(u.Created), "statusChanged": stamp(u.StatusChanged), "lastUpdated": stamp(u.LastUpdated),
		"profile":     object{"login": u.Login, "email": u.Email, "firstName": orNull(u.First), "lastName": orNull(u.Last), "displayName": orNull(u.Display)},
		"credentials": object{"provider": object{"type": "OKTA", "name": "OKTA"}}}
}

func (o *Okta) groupJSON(g *OktaGroup, stats bool) object {
	out := object{"id": g.ID, "type": g.Type, "objectClass": []string{"okta:user_group"}, "created": stamp(g.Created), "lastUpdated": stamp(g.LastUpdated),
		"lastMembershipUpdated": stamp(g.LastMembershipUpdated), "profile": object{"name": g.Name, "description": nil}}
	if g.Source != "" {
		out["_links"] = object{"source": object{"href": "http://" + host(o.URL) + "/api/v1/apps/" + g.Source}}
	}
	if stats {
		mappings := 0
		for _, m := range o.Mappings {
			if m.Source == g.ID {
				mappings++
			}
		}
		out["_embedded"] = object{"stats": object{"usersCount": len(g.Members), "appsCount": len(g.AssignedTo), "groupPushMappingsCount": mappings, "hasAdminPrivlege": false}}
	}
	return out
}

func (o *Okta) listGroups(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f, err := parseFilter(or(q.Get("search"), `id sw ""`))
	if err != nil {
		oktaError(w, 400, "E0000031", "Invalid search criteria.")
		return
	}
	var list []any
	for _, id := range slices.Sorted(maps.Keys(o.Groups)) {
		g := o.Groups[id]
		if f(attributes(object{"id": g.ID, "type": g.Type, "profile.name": g.Name})) {
			list = append(list, o.groupJSON(g, q.Get("expand") == "stats"))
		}
	}
	o.page(w, r, list, 10000, 10000)
}

func (o *Okta) groupsOfUser(w http.ResponseWriter, r *http.Request) {
	u := o.user(r.PathValue("id"))
	if u == nil {
		oktaMissing(w, "User", r.PathValue("id"))
		return
	}
	list := []any{}
	for _, id := range slices.Sorted(maps.Keys(o.Groups)) {
		if o.Groups[id].Members[u.Login] {
			list = append(list, o.groupJSON(o.Groups[id], false))
		}
	}
	write(w, 200, list)
}

func (o *Okta) membersOf(w http.ResponseWriter, r *http.Request) {
	g := o.Groups[r.PathValue("id")]
	if g == nil {
		oktaMissing(w, "UserGroup", r.PathValue("id"))
		return
	}
	var list []any
	for _, login := range slices.Sorted(maps.Keys(g.Members)) {
		list = append(list, o.userJSON(o.Users[login]))
	}
	o.page(w, r, list, 1000, 1000)
}

func (o *Okta) appJSON(a *OktaApp) object {
	return object{"id": a.ID, "name": a.Name, "label": a.Label, "status": a.Status, "signOnMode": "SAML_2_0", "created": stamp(a.Created), "lastUpdated": stamp(a.LastUpdated),
		"features":    orEmpty(a.Features),
		"credentials": object{"userNameTemplate": object{"template": "${source.login}", "type": "BUILT_IN", "pushStatus": "PUSH"}},
		"settings":    object{"app": object{"acsURL": strings.Replace(a.EntityID, "/saml/", "/saml/acs/", 1), "entityID": a.EntityID}}}
}

func (o *Okta) appLinks(a *OktaApp) object {
	return object{"app": object{"href": "http://" + host(o.URL) + "/api/v1/apps/" + a.ID}}
}

func (o *Okta) appUserJSON(a *OktaApp, u *OktaUser, au *OktaAppUser, task bool) object {
	links := o.appLinks(a)
	if au.Group != "" {
		links["group"] = object{"href": "http://" + host(o.URL) + "/api/v1/groups/" + au.Group, "name": o.Groups[au.Group].Name}
	}
	out := object{"id": u.ID, "externalId": orNull(au.ExternalID), "created": stamp(au.StatusChanged), "lastUpdated": stamp(au.StatusChanged), "scope": au.Scope, "status": au.Status,
		"statusChanged": stamp(au.StatusChanged), "syncState": au.SyncState, "lastSync": stamp(au.LastSync), "credentials": object{"userName": au.UserName},
		"profile": object{"email": u.Email}, "_links": links}
	if task && au.Task != "" {
		out["_embedded"] = object{"task": object{"id": "aatSTANDIN000000001", "status": "PROVISIONING_FAILED", "errorString": au.Task, "assignmentType": au.Scope,
			"groupId": orNull(au.Group), "createdDate": au.StatusChanged.Format("2006-01-02 15:04:05.0"), "lastUpdate": au.StatusChanged.Format("2006-01-02 15:04:05.0")}}
	}
	return out
}

func (o *Okta) listAppUsers(w http.ResponseWriter, r *http.Request, a *OktaApp) {
	task := r.URL.Query().Get("expand") == "task"
	if task && o.NoTasks {
		oktaError(w, 400, "E0000001", "Api validation failed: expand")
		return
	}
	var list []any
	for _, login := range slices.Sorted(maps.Keys(a.Users)) {
		list = append(list, o.appUserJSON(a, o.Users[login], a.Users[login], task))
	}
	o.page(w, r, list, 50, 500)
}

func (o *Okta) appGroupJSON(a *OktaApp, g *OktaGroup) object {
	return object{"id": g.ID, "lastUpdated": stamp(g.LastUpdated), "priority": 0, "profile": object{}, "_links": o.appLinks(a)}
}

func (o *Okta) listMappings(w http.ResponseWriter, r *http.Request, a *OktaApp) {
	q := r.URL.Query()
	var list []any
	for _, id := range slices.Sorted(maps.Keys(o.Mappings)) {
		m := o.Mappings[id]
		if m.App != a.ID || q.Get("sourceGroupId") != "" && q.Get("sourceGroupId") != m.Source || q.Get("status") != "" && q.Get("status") != m.Status {
			continue
		}
		out := object{"id": m.ID, "status": m.Status, "sourceGroupId": m.Source, "targetGroupId": m.Target, "created": stamp(m.Created), "lastUpdated": stamp(m.LastUpdated), "_links": o.appLinks(a)}
		if !m.LastPush.IsZero() {
			out["lastPush"] = stamp(m.LastPush) // absent, not null, on one that was never pushed
		}
		if m.ErrorSummary != "" {
			out["errorSummary"] = m.ErrorSummary
		}
		list = append(list, out)
	}
	o.page(w, r, list, 100, 1000)
}
