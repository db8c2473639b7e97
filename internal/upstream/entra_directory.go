package upstream

import (
	"strings"
	"time"
)

// EntraUser is a user of the tenant
// (https://learn.microsoft.com/en-us/graph/api/resources/user).
type EntraUser struct {
	ID                string    `json:"id"`
	UserPrincipalName string    `json:"userPrincipalName"` // of a guest it contains #EXT#
	Mail              string    `json:"mail"`
	DisplayName       string    `json:"displayName"`
	GivenName         string    `json:"givenName"`
	Surname           string    `json:"surname"`
	UserType          string    `json:"userType"`       // Member or Guest
	Enabled           string    `json:"accountEnabled"` // "true", "false", "" when not stated
	Created           time.Time `json:"createdDateTime"`
}

// EntraGroup is a group of the tenant
// (https://learn.microsoft.com/en-us/graph/api/resources/group).
type EntraGroup struct {
	ID             string    `json:"id"`
	DisplayName    string    `json:"displayName"`
	Description    string    `json:"description"`
	Types          []string  `json:"groupTypes"` // DynamicMembership: by MembershipRule
	MembershipRule string    `json:"membershipRule"`
	RuleProcessing string    `json:"membershipRuleProcessingState"` // On or Paused
	Security       string    `json:"securityEnabled"`               // "true", "false", "" when not stated
	OnPremises     string    `json:"onPremisesSyncEnabled"`         // "true": it comes from Active Directory
	Created        time.Time `json:"createdDateTime"`
}

// EntraMember is a direct member of a group. Only direct members of an assigned
// group are provisioned: one of type group is a nested group, whose people are
// left out (okta-sailpoint reference 11).
type EntraMember struct {
	Group string // id
	ID    string
	Type  string // user, group, servicePrincipal, device, ...
	Name  string // user principal name, or display name of what is no user
}

// EntraApp is a service principal: an app in the tenant.
type EntraApp struct {
	ID                 string    `json:"id"`
	AppID              string    `json:"appId"`
	DisplayName        string    `json:"displayName"`
	TemplateID         string    `json:"applicationTemplateId"`
	Enabled            string    `json:"accountEnabled"`            // "true", "false", "" when not stated
	AssignmentRequired string    `json:"appRoleAssignmentRequired"` // the same
	Created            time.Time `json:"createdDateTime"`
}

// EntraAppRole is an assignment of a user or a group to an app: what "sync only
// assigned users and groups" goes by.
type EntraAppRole struct {
	ID            string    `json:"id"`
	App           string    `json:"resourceId"` // id of the service principal
	AppName       string    `json:"resourceDisplayName"`
	PrincipalID   string    `json:"principalId"`
	PrincipalType string    `json:"principalType"` // User, Group, ServicePrincipal
	PrincipalName string    `json:"principalDisplayName"`
	RoleID        string    `json:"appRoleId"`
	Created       time.Time `json:"createdDateTime"`
}

// EntraPrincipal is a member as Microsoft Graph lists it: a user, a group or
// something else, told apart by @odata.type.
type EntraPrincipal struct {
	ID                string `json:"id"`
	Kind              string `json:"@odata.type"` // #microsoft.graph.user, ...
	UserPrincipalName string `json:"userPrincipalName"`
	DisplayName       string `json:"displayName"`
}

// In returns the membership of the principal in a group.
func (p EntraPrincipal) In(group string) EntraMember {
	m := EntraMember{Group: group, ID: p.ID, Type: strings.TrimPrefix(p.Kind, "#microsoft.graph."), Name: p.UserPrincipalName}
	if m.Name == "" {
		m.Name = p.DisplayName
	}
	if m.Type == "" && p.UserPrincipalName != "" {
		m.Type = "user"
	}
	return m
}
