package upstreamtest

import (
	"crypto/rsa"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Entra is the stand-in of Microsoft Graph for one tenant, and of its login.
type Entra struct {
	URL              string
	ClientID, Secret string
	Key              string // PEM; a signed assertion is taken as well

	Users   []EntraUser
	Groups  []*EntraGroup
	Roles   []EntraRole
	Job     EntraJob
	Log     []EntraEntry
	PageCap int

	w       *World
	private *rsa.PrivateKey
	tokens  map[string]bool
}

// EntraUser is a user.
type EntraUser struct {
	ID, UPN, Name string
	Enabled       bool
}

// EntraGroup is a group with the ids of its direct members: users and groups.
type EntraGroup struct {
	ID, Name string
	Members  []string
}

// EntraRole is an assignment to the app.
type EntraRole struct{ PrincipalID, Type, Name string }

// EntraJob is the state of the synchronisation job.
type EntraJob struct{ State, Code, QuarantineReason, ErrorCode string }

// EntraEntry is an entry of the provisioning log.
type EntraEntry struct {
	ID, Action, Status, Code, Reason, SourceID, SourceName, SourceType, TargetID string
	At                                                                           time.Time
}

// Ids of the sample tenant.
const (
	EntraAppID   = "11111111-0000-4000-8000-000000000001"
	EntraGroupID = "22222222-0000-4000-8000-000000000001"
	EntraNested  = "22222222-0000-4000-8000-000000000002"
	EntraAnn     = "33333333-0000-4000-8000-000000000001"
	entraJobID   = "aWSSingleSignon.5e76f9bb0df24ee1ac7fa4b1d8f4b3cc"
)

func newEntra(w *World) *Entra {
	key, text := newKey(w.t)
	return &Entra{w: w, ClientID: "44444444-0000-4000-8000-000000000001", Secret: "stand-in-secret-entra", private: key, tokens: map[string]bool{},
		Key: text}
}

func (e *Entra) sample() {
	e.Users = []EntraUser{{EntraAnn, Ann, "Ann Stone", true}, {"33333333-0000-4000-8000-000000000002", "bo@example.com", "Bo Ek", true}}
	e.Groups = []*EntraGroup{{EntraGroupID, Group, []string{e.Users[1].ID}}, {EntraNested, "Cloud engineers", nil}}
	e.Roles = []EntraRole{{EntraGroupID, "Group", Group}}
	e.Job = EntraJob{State: "Active", Code: "Active"}
}

// Record adds an entry to the provisioning log.
func (e *Entra) record(action, status, code, reason, source, name, kind string) {
	at := e.w.tick()
	e.Log = append(e.Log, EntraEntry{ID: fmt.Sprintf("55555555-0000-4000-8000-%012d", len(e.Log)+1), Action: action, Status: status, Code: code, Reason: reason,
		SourceID: source, SourceName: name, SourceType: kind, At: at})
}

func graphError(w http.ResponseWriter, status int, code, text string) {
	write(w, status, object{"error": object{"code": code, "message": text, "innerError": object{"request-id": "66666666-0000-4000-8000-000000000001"}}})
}

func (e *Entra) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", e.token)
	get := func(path string, h func(*http.Request) ([]any, bool)) {
		mux.HandleFunc("GET /v1.0"+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("request-id", "66666666-0000-4000-8000-000000000001")
			if !e.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] {
				graphError(w, 401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
				return
			}
			list, found := h(r)
			if !found {
				graphError(w, 404, "Request_ResourceNotFound", "Resource does not exist.")
				return
			}
			e.page(w, r, list)
		})
	}
	get("/servicePrincipals", func(*http.Request) ([]any, bool) {
		return []any{object{"id": EntraAppID, "appId": "77777777-0000-4000-8000-000000000001", "displayName": "AWS IAM Identity Center", "applicationTemplateId": "88888888-0000-4000-8000-000000000001",
			"accountEnabled": true, "appRoleAssignmentRequired": true, "servicePrincipalType": "Application"}}, true
	})
	get("/servicePrincipals/{id}/synchronization/jobs", e.listJobs)
	get("/servicePrincipals/{id}/appRoleAssignedTo", func(r *http.Request) ([]any, bool) {
		var list []any
		for i, a := range e.Roles {
			list = append(list, object{"id": fmt.Sprintf("role%d", i), "principalId": a.PrincipalID, "principalType": a.Type, "principalDisplayName": a.Name,
				"resourceId": EntraAppID, "resourceDisplayName": "AWS IAM Identity Center", "appRoleId": "00000000-0000-0000-0000-000000000000", "createdDateTime": stamp(e.w.now)})
		}
		return list, r.PathValue("id") == EntraAppID
	})
	get("/groups", func(*http.Request) (list []any, _ bool) {
		for _, g := range e.Groups {
			list = append(list, groupOf(g))
		}
		return list, true
	})
	get("/groups/{id}/members", func(r *http.Request) (list []any, _ bool) {
		i := slices.IndexFunc(e.Groups, func(g *EntraGroup) bool { return g.ID == r.PathValue("id") })
		if i < 0 {
			return nil, false
		}
		for _, id := range e.Groups[i].Members {
			list = append(list, e.member(id))
		}
		return list, true
	})
	get("/users", func(*http.Request) (list []any, _ bool) {
		for _, u := range e.Users {
			list = append(list, object{"id": u.ID, "userPrincipalName": u.UPN, "mail": u.UPN, "displayName": u.Name, "givenName": nil, "surname": nil, "userType": "Member", "accountEnabled": u.Enabled})
		}
		return list, true
	})
	get("/users/{id}/memberOf/microsoft.graph.group", func(r *http.Request) (list []any, _ bool) {
		for _, g := range e.Groups {
			if slices.Contains(g.Members, r.PathValue("id")) {
				list = append(list, groupOf(g))
			}
		}
		return list, true
	})
	get("/auditLogs/provisioning", e.listLog)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		graphError(w, 404, "ResourceNotFound", "no such segment")
	})
	return mux
}

func groupOf(g *EntraGroup) object {
	return object{"id": g.ID, "displayName": g.Name, "groupTypes": []string{}, "securityEnabled": true, "membershipRule": nil}
}

func (e *Entra) member(id string) object {
	for _, u := range e.Users {
		if u.ID == id {
			return object{"@odata.type": "#microsoft.graph.user", "id": id, "displayName": u.Name, "userPrincipalName": u.UPN}
		}
	}
	for _, g := range e.Groups {
		if g.ID == id {
			return object{"@odata.type": "#microsoft.graph.group", "id": id, "displayName": g.Name}
		}
	}
	return object{"@odata.type": "#microsoft.graph.device", "id": id}
}

func (e *Entra) listJobs(r *http.Request) ([]any, bool) {
	began := e.w.now.Add(-40 * time.Minute)
	status := object{"code": e.Job.Code, "countSuccessiveCompleteFailures": 0, "escrowsPruned": false,
		"lastExecution":           object{"state": "Succeeded", "timeBegan": stamp(began), "timeEnded": stamp(began.Add(time.Minute)), "countEscrowed": 0, "countExported": 1, "error": nil},
		"lastSuccessfulExecution": object{"state": "Succeeded", "timeBegan": stamp(began), "timeEnded": stamp(began.Add(time.Minute))}, "quarantine": nil}
	if e.Job.QuarantineReason != "" {
		status["countSuccessiveCompleteFailures"] = 12
		status["lastExecution"] = object{"state": "Failed", "timeBegan": stamp(began), "timeEnded": stamp(began), "error": object{"code": e.Job.ErrorCode, "message": "credentials"}}
		status["quarantine"] = object{"currentBegan": stamp(began), "nextAttempt": stamp(e.w.now.Add(6 * time.Hour)), "reason": e.Job.QuarantineReason, "seriesBegan": stamp(began), "seriesCount": 3,
			"error": object{"code": e.Job.ErrorCode, "message": "credentials", "tenantActionable": true}}
	}
	return []any{object{"id": entraJobID, "templateId": "aWSSingleSignon", "schedule": object{"expiration": nil, "interval": "PT40M", "state": e.Job.State}, "status": status}}, r.PathValue("id") == EntraAppID
}

func (e *Entra) listLog(*http.Request) (list []any, _ bool) {
	for _, l := range e.Log {
		info := object{"status": l.Status, "errorInformation": nil}
		if l.Code != "" {
			info["errorInformation"] = object{"errorCode": l.Code, "reason": l.Reason, "errorCategory": "failure"}
		}
		list = append(list, object{"id": l.ID, "activityDateTime": stamp(l.At), "jobId": entraJobID, "cycleId": "c", "changeId": "x", "provisioningAction": l.Action, "provisioningStatusInfo": info,
			"provisioningSteps": []any{}, "modifiedProperties": []any{}, "sourceIdentity": object{"id": l.SourceID, "displayName": l.SourceName, "identityType": l.SourceType, "details": object{}},
			"targetIdentity": object{"id": l.TargetID, "identityType": ""}, "servicePrincipal": object{"id": EntraAppID, "displayName": "AWS IAM Identity Center"}})
	}
	return list, true
}

// page answers as Graph does: by $filter, $top and an opaque next link.
func (e *Entra) page(w http.ResponseWriter, r *http.Request, list []any) {
	q := r.URL.Query()
	if text := q.Get("$filter"); text != "" {
		f, err := parseFilter(strings.ReplaceAll(text, "sourceIdentity/id", "sourceIdentity.id"))
		if err != nil {
			graphError(w, 400, "Request_UnsupportedQuery", "Invalid filter clause")
			return
		}
		list = slices.DeleteFunc(list, func(v any) bool { return !f(attributes(flat(v.(object)))) })
	}
	top, err := strconv.Atoi(q.Get("$top"))
	if err != nil || top <= 0 {
		top = 100
	}
	if e.PageCap > 0 {
		top = min(top, e.PageCap)
	}
	at, _ := strconv.Atoi(q.Get("$skiptoken"))
	at = min(max(0, at), len(list))
	end := min(at+top, len(list))
	out := object{"@odata.context": "http://" + r.Host + "/v1.0/$metadata", "value": append([]any{}, list[at:end]...)}
	if end < len(list) {
		q.Set("$skiptoken", strconv.Itoa(end))
		out["@odata.nextLink"] = "http://" + r.Host + r.URL.Path + "?" + q.Encode()
	}
	write(w, 200, out)
}

func (e *Entra) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(why string) {
		write(w, 401, object{"error": "invalid_client", "error_description": "AADSTS7000215: " + why + " " + r.Form.Get("client_secret"), "error_codes": []int{7000215}})
	}
	if r.ParseForm() != nil || r.Form.Get("client_id") != e.ClientID || r.Form.Get("scope") != e.URL+"/.default" {
		refuse("the client or scope is not known")
		return
	}
	if assertion := r.Form.Get("client_assertion"); assertion != "" {
		parsed, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.RS256})
		var claims jwt.Claims
		if err != nil || parsed.Claims(&e.private.PublicKey, &claims) != nil || claims.Issuer != e.ClientID || !slices.Equal(claims.Audience, []string{e.URL + r.URL.Path}) {
			refuse("the assertion is not valid")
			return
		}
	} else if r.Form.Get("client_secret") != e.Secret {
		refuse("Invalid client secret provided.")
		return
	}
	token := "eyJ" + e.w.id("entra")
	e.tokens[token] = true
	write(w, 200, object{"token_type": "Bearer", "expires_in": 3599, "access_token": token})
}
