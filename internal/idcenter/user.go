package idcenter

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// audit is the store's own note of who made and changed a thing, and how often
// it changed. The format of CreatedBy is not documented; here it is the tenant
// id for SCIM and the caller's ARN for everything else.
type audit struct {
	CreatedAt time.Time `json:"createdAt"`
	CreatedBy string    `json:"createdBy,omitempty"`
	UpdatedAt time.Time `json:"updatedAt"`
	UpdatedBy string    `json:"updatedBy,omitempty"`
	Revision  int       `json:"revision,omitempty"`
}

func newAudit(at time.Time, by string) audit {
	return audit{CreatedAt: at, CreatedBy: by, UpdatedAt: at, UpdatedBy: by, Revision: 1}
}

func (a audit) changed(at time.Time, by string) audit {
	a.UpdatedAt, a.UpdatedBy = at, by
	a.Revision++
	return a
}

// user is a user. It is never changed: a change makes another. Its attributes
// are kept as the JSON that SCIM clients read, since that is what most calls
// want; what they may not see is apart.
type user struct {
	id string
	audit

	userName, email, externalID, manager string
	active                               bool

	shown  []byte // the SCIM answer
	hidden []byte // an object of the attributes that are not in it; nil without any

	listed atomic.Pointer[[]byte] // as the API lists it, once somebody asked
}

// newUser makes a user of normalised attributes.
func (c *Center) newUser(id string, a audit, attributes *scim.Object) *user {
	u := &user{id: id, audit: a, userName: attributes.Text("userName"), externalID: attributes.Text("externalId")}
	if list, ok := attributes.Get("emails"); ok {
		if list, ok := list.([]any); ok && len(list) > 0 {
			u.email = list[0].(*scim.Object).Text("value")
		}
	}
	active, _ := attributes.Get("active")
	u.active, _ = active.(bool)
	schemas := []any{scim.UserURN}
	if e, ok := attributes.Get(scim.EnterpriseUserURN); ok {
		schemas = append(schemas, scim.EnterpriseUserURN)
		if m, ok := e.(*scim.Object).Get("manager"); ok {
			u.manager = m.(*scim.Object).Text("value")
		}
	}
	shown := scim.NewObject(scim.Member{Name: "id", Value: id})
	if u.externalID != "" {
		shown.Set("externalId", u.externalID)
	}
	shown.Set("meta", meta("User", a))
	shown.Set("schemas", schemas)
	var hidden *scim.Object
	for i := range userAttributes {
		at := &userAttributes[i]
		v, has := attributes.Get(at.name)
		switch {
		case !has || at.name == "externalId":
		case at.apiOnly, at.hidden && !c.be.ReturnProfileURL:
			if hidden == nil {
				hidden = &scim.Object{}
			}
			hidden.Set(at.name, v)
		default:
			shown.Set(at.name, v)
		}
	}
	u.shown = encode(shown)
	if hidden != nil {
		u.hidden = encode(hidden)
	}
	return u
}

// meta is the meta attribute of a user or group: no location, no version, whole
// seconds (identity-center-scim reference 4).
func meta(kind string, a audit) *scim.Object {
	const second = "2006-01-02T15:04:05Z"
	return scim.NewObject(scim.Member{Name: "resourceType", Value: kind},
		scim.Member{Name: "created", Value: a.CreatedAt.Format(second)},
		scim.Member{Name: "lastModified", Value: a.UpdatedAt.Format(second)})
}

// attributes returns the user's attributes, normalised and free to be changed.
func (u *user) attributes() *scim.Object {
	o := mustDecode(u.shown)
	o.Delete("id")
	o.Delete("meta")
	o.Delete("schemas")
	if u.hidden != nil {
		for name, v := range mustDecode(u.hidden).All() {
			o.Set(name, v)
		}
	}
	return reorder(o)
}

// mustDecode reads what this package wrote.
func mustDecode(data []byte) *scim.Object {
	o, err := scim.DecodeObject(data, maxDepth)
	if err != nil {
		return &scim.Object{}
	}
	return o
}

// maxDepth is how deep objects and lists may lie in each other in a body. A user
// needs four levels.
const maxDepth = 20

// storedUser is a user in the journal.
type storedUser struct {
	ID string `json:"id"`
	audit
	Shown  json.RawMessage `json:"shown"`
	Hidden json.RawMessage `json:"hidden,omitempty"`
}

func (u *user) stored() any {
	return storedUser{ID: u.id, audit: u.audit, Shown: u.shown, Hidden: u.hidden}
}

func (c *Center) loadUser(data []byte) (*user, error) {
	var s storedUser
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	if s.ID == "" {
		return nil, errors.New("it has no id")
	}
	for _, part := range []json.RawMessage{s.Shown, s.Hidden} {
		if part != nil {
			if _, err := scim.DecodeObject(part, maxDepth); err != nil {
				return nil, err
			}
		}
	}
	// As the API, which knows all attributes; what SCIM sends is a part of them.
	n := normaliser{api: true}
	attributes, refused := n.user((&user{shown: s.Shown, hidden: s.Hidden}).attributes(), true)
	if refused != nil {
		return nil, fmt.Errorf("its attributes are not those of a user: %w", refused)
	}
	return c.newUser(s.ID, s.audit, attributes), nil
}
