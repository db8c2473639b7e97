package idcenter

import (
	"encoding/json"
	"errors"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// group is a group without its members. It is never changed: a change makes
// another.
type group struct {
	ID string `json:"id"`
	audit
	Name        string `json:"displayName"`
	Description string `json:"description,omitempty"`
	ExternalID  string `json:"externalId,omitempty"`
}

// members says how a group shows the members that it never shows
// (identity-center-scim reference 7).
type members bool

const (
	withoutMembers members = false // the answer to a POST
	emptyMembers   members = true
)

// scim returns the group as SCIM answers it.
func (g *group) scim(m members) *scim.Object {
	o := scim.NewObject(scim.Member{Name: "id", Value: g.ID})
	if g.ExternalID != "" {
		o.Set("externalId", g.ExternalID)
	}
	o.Set("meta", meta("Group", g.audit))
	o.Set("schemas", []any{scim.GroupURN})
	o.Set("displayName", g.Name)
	if m == emptyMembers {
		o.Set("members", []any{})
	}
	return o
}

func loadGroup(data []byte) (*group, error) {
	g := &group{}
	if err := json.Unmarshal(data, g); err != nil {
		return nil, err
	}
	if g.ID == "" {
		return nil, errors.New("it has no id")
	}
	return g, nil
}

// membership is one user in one group.
type membership struct {
	ID    string `json:"id"`
	Group string `json:"group"`
	User  string `json:"user"`
	audit
}

func loadMembership(data []byte) (*membership, error) {
	m := &membership{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, err
	}
	if m.ID == "" || m.Group == "" || m.User == "" {
		return nil, errors.New("it does not name its group and user")
	}
	return m, nil
}
