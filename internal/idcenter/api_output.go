package idcenter

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// member builds members of answers.
func member(name string, v any) scim.Member { return scim.Member{Name: name, Value: v} }

// seconds is a time as the JSON services write it: seconds since 1970, with
// milliseconds.
func seconds(t time.Time) json.Number {
	return json.Number(strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64))
}

func userARN(id string) string       { return "arn:aws:identitystore:::user/" + id }
func groupARN(id string) string      { return "arn:aws:identitystore:::group/" + id }
func membershipARN(id string) string { return "arn:aws:identitystore:::membership/" + id }

func (c *Center) storeARN() string {
	return "arn:aws:identitystore::" + c.account + ":identitystore/" + c.store
}

// issuer is the issuer of the external ids that come over SCIM. AWS documents
// no form for it.
func (c *Center) issuer() string {
	return "https://scim." + c.region + ".amazonaws.com/" + c.tenant + "/scim/v2"
}

func (c *Center) setExternal(o *scim.Object, id string) {
	if id != "" {
		o.Set("ExternalIds", []any{scim.NewObject(member("Issuer", c.issuer()), member("Id", id))})
	}
}

func (a audit) set(o *scim.Object) {
	o.Set("CreatedAt", seconds(a.CreatedAt))
	o.Set("UpdatedAt", seconds(a.UpdatedAt))
	if a.CreatedBy != "" {
		o.Set("CreatedBy", a.CreatedBy)
	}
	if a.UpdatedBy != "" {
		o.Set("UpdatedBy", a.UpdatedBy)
	}
}

// apiUser is a user as DescribeUser and ListUsers show it.
func (c *Center) apiUser(u *user, extensions bool) *scim.Object {
	o := scim.NewObject(member("IdentityStoreId", c.store), member("UserId", u.id))
	c.setExternal(o, u.externalID)
	for name, v := range u.attributes().All() {
		switch name {
		case "externalId", "active":
		case scim.EnterpriseUserURN:
			if extensions {
				o.Set("Extensions", scim.NewObject(member(enterpriseExtension, v)))
			}
		default:
			o.Set(upperFirst(name), upperNames(v))
		}
	}
	status := "ENABLED"
	if !u.active {
		status = "DISABLED"
	}
	o.Set("UserStatus", status)
	u.audit.set(o)
	o.Set("UserArn", userARN(u.id))
	o.Set("Revision", strconv.Itoa(u.Revision))
	return o
}

// listedAPIUser is apiUser as JSON, which is kept for the next time.
func (c *Center) listedAPIUser(u *user, extensions bool) json.RawMessage {
	if extensions {
		return encode(c.apiUser(u, true))
	}
	if b := u.listed.Load(); b != nil {
		return *b
	}
	b := encode(c.apiUser(u, false))
	u.listed.Store(&b)
	return b
}

// upperNames gives the members of a value the names of the API.
func upperNames(v any) any {
	switch v := v.(type) {
	case *scim.Object:
		o := &scim.Object{}
		for name, w := range v.All() {
			o.Set(upperFirst(name), upperNames(w))
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = upperNames(e)
		}
		return list
	}
	return v
}

// apiGroup is a group as DescribeGroup and ListGroups show it.
func (c *Center) apiGroup(g *group) *scim.Object {
	o := scim.NewObject(member("IdentityStoreId", c.store), member("GroupId", g.ID))
	if g.Name != "" {
		o.Set("DisplayName", g.Name)
	}
	if g.Description != "" {
		o.Set("Description", g.Description)
	}
	c.setExternal(o, g.ExternalID)
	g.audit.set(o)
	o.Set("GroupArn", groupARN(g.ID))
	o.Set("Revision", strconv.Itoa(g.Revision))
	return o
}

// apiMembership is a membership as the API shows it.
func (c *Center) apiMembership(m *membership) *scim.Object {
	o := scim.NewObject(member("IdentityStoreId", c.store), member("MembershipId", m.ID), member("GroupId", m.Group),
		member("MemberId", scim.NewObject(member("UserId", m.User))))
	m.audit.set(o)
	o.Set("MembershipArn", membershipARN(m.ID))
	return o
}
