package upstream

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// form is one kind of entry.
type form struct {
	kind string
	// fits looks at the names of an entry, and at its text where names do not do.
	fits func(s shape, raw jsontext.Value) bool
	// take adds the entry and returns how many it was, 0 when it lacks what makes
	// it one.
	take func(to *State, raw jsontext.Value) int
}

// forms is in order: the first that fits takes the entry. Shapes are of
// okta-sailpoint reference 3 to 5, 8 and 11.
var forms = []form{
	{"okta-system-log",
		func(s shape, _ jsontext.Value) bool { return s.has("uuid", "eventType", "published") },
		entry(func(st *State) *[]OktaEvent { return &st.Okta.Events },
			func(e *OktaEvent) bool { return e.UUID != "" && e.EventType != "" && !e.Published.IsZero() })},
	{"okta-group-push-mappings",
		func(s shape, _ jsontext.Value) bool { return s.has("id", "sourceGroupId", "status") },
		takeMapping},
	{"okta-apps",
		func(s shape, _ jsontext.Value) bool { return s.has("id", "signOnMode", "label") },
		entry(func(st *State) *[]OktaApp { return &st.Okta.Apps }, func(a *OktaApp) bool { return a.ID != "" })},
	{"okta-group-rules",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "status") && s["conditions"] == '{' && s["actions"] == '{'
		},
		entry(func(st *State) *[]OktaRule { return &st.Okta.Rules }, func(r *OktaRule) bool { return r.ID != "" })},
	{"okta-app-users",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id") && (s.has("syncState") || s.has("scope", "credentials", "status"))
		},
		takeAppUser},
	{"okta-groups",
		func(s shape, raw jsontext.Value) bool {
			return s.has("id") && s["profile"] == '{' && (s["objectClass"] == '[' || slices.Contains(groupTypes, peek(raw).Type))
		},
		takeGroup},
	{"okta-app-groups",
		func(s shape, raw jsontext.Value) bool {
			return s.has("id") && s.any("priority", "_links") && !s.has("status") && strings.HasPrefix(peek(raw).ID, "00g")
		},
		takeAppGroup},
	{"okta-group-members",
		func(s shape, _ jsontext.Value) bool { return s["groupId"] == '"' && s["users"] == '[' },
		takeMembers},
	{"okta-users",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "status") && s["profile"] == '{' && s.any("credentials", "activated", "statusChanged", "lastLogin")
		},
		entry(func(st *State) *[]OktaUser { return &st.Okta.Users }, func(u *OktaUser) bool { return u.ID != "" })},

	{"entra-provisioning-log",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "provisioningAction") && s.any("provisioningStatusInfo", "sourceIdentity", "provisioningSteps")
		},
		entry(func(st *State) *[]EntraProvisioning { return &st.Entra.Provisioning },
			func(p *EntraProvisioning) bool { return p.ID != "" && !p.ActivityDateTime.IsZero() })},
	{"entra-synchronization-jobs",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "templateId") && s["schedule"] == '{' && s["status"] == '{'
		},
		entry(func(st *State) *[]EntraJob { return &st.Entra.Jobs }, func(j *EntraJob) bool { return j.ID != "" })},
	{"entra-app-role-assignments",
		func(s shape, _ jsontext.Value) bool { return s.has("principalId", "principalType", "resourceId") },
		entry(func(st *State) *[]EntraAppRole { return &st.Entra.AppRoles }, func(a *EntraAppRole) bool { return a.PrincipalID != "" && a.App != "" })},
	{"entra-group-members",
		func(s shape, _ jsontext.Value) bool { return s["groupId"] == '"' && s["members"] == '[' },
		takeEntraMembers},
	{"entra-apps",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "appId", "displayName") && s.any("appRoleAssignmentRequired", "servicePrincipalType", "applicationTemplateId")
		},
		entry(func(st *State) *[]EntraApp { return &st.Entra.Apps }, func(a *EntraApp) bool { return a.ID != "" })},
	{"entra-groups",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "displayName") && s.any("securityEnabled", "groupTypes")
		},
		entry(func(st *State) *[]EntraGroup { return &st.Entra.Groups }, func(g *EntraGroup) bool { return g.ID != "" })},
	{"entra-users",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "userPrincipalName") && s.any("accountEnabled", "userType")
		},
		entry(func(st *State) *[]EntraUser { return &st.Entra.Users }, func(u *EntraUser) bool { return u.ID != "" })},

	{"sailpoint-access-request-status",
		func(s shape, _ jsontext.Value) bool {
			return s.has("state") && s.any("accessRequestPhases", "accountActivityItemId", "accessRequestId")
		},
		entry(func(st *State) *[]SailPointRequest { return &st.SailPoint.Requests },
			func(r *SailPointRequest) bool { return r.ID != "" || r.ItemID != "" || r.ObjectID != "" })},
	{"sailpoint-account-activities",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id") && s.any("completionStatus", "executionStatus") && s.any("items", "targetIdentitySummary", "requesterIdentitySummary")
		},
		entry(func(st *State) *[]SailPointActivity { return &st.SailPoint.Activities }, func(a *SailPointActivity) bool { return a.ID != "" })},
	{"sailpoint-search-account-activities",
		func(s shape, _ jsontext.Value) bool {
			return s["accountRequests"] == '[' || s.has("trackingNumber", "recipient")
		},
		entry(func(st *State) *[]SailPointChange { return &st.SailPoint.Changes },
			func(c *SailPointChange) bool { return c.ID != "" || c.TrackingNumber != "" })},
	{"sailpoint-search-events",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "technicalName", "type") || s.has("id", "action", "actor", "target", "trackingNumber")
		},
		entry(func(st *State) *[]SailPointEvent { return &st.SailPoint.Events }, func(e *SailPointEvent) bool { return e.ID != "" })},
	{"sailpoint-accounts",
		func(s shape, _ jsontext.Value) bool { return s.has("id", "nativeIdentity", "sourceId") },
		entry(func(st *State) *[]SailPointAccount { return &st.SailPoint.Accounts }, func(a *SailPointAccount) bool { return a.ID != "" })},
	{"sailpoint-entitlements",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "attribute", "value", "sourceSchemaObjectType")
		},
		entry(func(st *State) *[]SailPointEntitlement { return &st.SailPoint.Entitlements }, func(e *SailPointEntitlement) bool { return e.ID != "" })},
	{"sailpoint-access-profiles",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "name", "enabled", "requestable") && s["source"] == '{'
		},
		entry(func(st *State) *[]SailPointProfile { return &st.SailPoint.Profiles }, func(p *SailPointProfile) bool { return p.ID != "" })},
	{"sailpoint-sources",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "name", "features", "healthy") && s.any("connectorName", "type")
		},
		entry(func(st *State) *[]SailPointSource { return &st.SailPoint.Sources }, func(o *SailPointSource) bool { return o.ID != "" })},
	{"sailpoint-identities",
		func(s shape, _ jsontext.Value) bool {
			return s.has("id", "name", "alias") && s.any("identityState", "email", "emailAddress")
		},
		entry(func(st *State) *[]SailPointIdentity { return &st.SailPoint.Identities }, func(i *SailPointIdentity) bool { return i.ID != "" })},
}

var groupTypes = []string{"OKTA_GROUP", "APP_GROUP", "BUILT_IN"}

// entry takes an entry whose type is decoded as it stands.
func entry[T any](list func(*State) *[]T, ok func(*T) bool) func(*State, jsontext.Value) int {
	return func(to *State, raw jsontext.Value) int {
		v := decode[T](raw)
		if !ok(&v) {
			return 0
		}
		*list(to) = append(*list(to), v)
		return 1
	}
}

// decode reads a value that was found to be sound JSON; with forgive there is no
// other error, and what there is of an entry is used.
func decode[T any](raw jsontext.Value) T {
	var v T
	_ = json.Unmarshal(raw, &v, decoding)
	return v
}

type head struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

func peek(raw jsontext.Value) head { return decode[head](raw) }

func takeMapping(to *State, raw jsontext.Value) int {
	v := decode[struct {
		OktaMapping
		Links links `json:"_links"`
	}](raw)
	if v.ID == "" {
		return 0
	}
	v.App = v.Links.App.id("0oa")
	to.Okta.Mappings = append(to.Okta.Mappings, v.OktaMapping)
	return 1
}

func takeAppUser(to *State, raw jsontext.Value) int {
	v := decode[struct {
		OktaAppUser
		Links    links `json:"_links"`
		Embedded struct {
			Task OktaTask `json:"task"`
		} `json:"_embedded"`
	}](raw)
	if v.ID == "" {
		return 0
	}
	v.App, v.Group, v.Task = v.Links.App.id("0oa"), v.Links.Group.id("00g"), v.Embedded.Task
	to.Okta.AppUsers = append(to.Okta.AppUsers, v.OktaAppUser)
	return 1
}

func takeGroup(to *State, raw jsontext.Value) int {
	v := decode[struct {
		OktaGroup
		Links    links `json:"_links"`
		Embedded struct {
			Stats OktaGroupStats `json:"stats"`
		} `json:"_embedded"`
	}](raw)
	if v.ID == "" {
		return 0
	}
	v.Source, v.Stats = v.Links.Source.id("0oa"), v.Embedded.Stats
	embedded := decode[struct {
		Embedded jsontext.Value `json:"_embedded"`
	}](raw).Embedded
	v.Stats.Known = shapeOf(embedded)["stats"] == '{'
	to.Okta.Groups = append(to.Okta.Groups, v.OktaGroup)
	return 1
}

func takeAppGroup(to *State, raw jsontext.Value) int {
	v := decode[struct {
		OktaAppGroup
		Links links `json:"_links"`
	}](raw)
	v.App = v.Links.App.id("0oa")
	to.Okta.AppGroups = append(to.Okta.AppGroups, v.OktaAppGroup)
	return 1
}

func takeMembers(to *State, raw jsontext.Value) int {
	v := decode[struct {
		Group string     `json:"groupId"`
		Users []OktaUser `json:"users"`
	}](raw)
	if v.Group == "" {
		return 0
	}
	whole := true
	for _, u := range v.Users {
		if u.ID == "" {
			whole = false
			continue
		}
		to.Okta.Users = append(to.Okta.Users, u)
		to.Okta.Members = append(to.Okta.Members, OktaMember{Group: v.Group, User: u.ID, Login: u.Profile.Login})
	}
	if whole {
		to.Okta.MembersOf = append(to.Okta.MembersOf, v.Group)
	}
	return max(1, len(v.Users))
}

func takeEntraMembers(to *State, raw jsontext.Value) int {
	v := decode[struct {
		Group   string           `json:"groupId"`
		Members []EntraPrincipal `json:"members"`
	}](raw)
	if v.Group == "" {
		return 0
	}
	whole := true
	for _, m := range v.Members {
		if m.ID == "" {
			whole = false
			continue
		}
		to.Entra.Members = append(to.Entra.Members, m.In(v.Group))
	}
	if whole {
		to.Entra.MembersOf = append(to.Entra.MembersOf, v.Group)
	}
	return max(1, len(v.Members))
}
