// Package scim changes memberships over the SCIM endpoint of IAM Identity Center,
// 100 a PATCH. It is a target of package repair, beside target/identitystore.
//
// A group's members can't be read from the group; they are listed as the users
// whose groups.value is the group's id (identity-center-scim reference 7, 8).
package scim

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/scimclient"
)

// mostMembers is how many memberships one PATCH may change (reference 7.4).
const mostMembers = 100

// Target changes memberships through a client. It may be used by goroutines.
type Target struct{ client *scimclient.Client }

// New returns a target.
func New(c *scimclient.Client) *Target { return &Target{c} }

// Most is how many members one call changes at most.
func (t *Target) Most() int { return mostMembers }

// Members returns who is in a group: ids of users. SCIM has no ids of memberships.
func (t *Target) Members(ctx context.Context, group string) (map[string]string, error) {
	doing := "listing the members of group " + group + " over SCIM"
	out := map[string]string{}
	err := t.client.List(ctx, doing, "/Users", "groups.value eq "+scimclient.Quoted(group), func(p scimclient.Page) error {
		for _, raw := range p.Resources {
			var u scimclient.Resource
			if scimclient.Decode(raw, &u) != nil || u.ID == "" {
				return &live.Problem{Kind: live.Malformed, Doing: doing, Reason: "the list holds something that is no user"}
			}
			out[strings.ToLower(u.ID)] = ""
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Add puts users into a group, all or none.
func (t *Target) Add(ctx context.Context, group string, users []string) error {
	return t.patch(ctx, "adding members to group "+group, "add", group, users)
}

// Remove takes users out of a group, all or none.
func (t *Target) Remove(ctx context.Context, group string, members map[string]string) error {
	users := make([]string, 0, len(members))
	for id := range members {
		users = append(users, id)
	}
	slices.Sort(users)
	return t.patch(ctx, "removing members from group "+group, "remove", group, users)
}

type value struct {
	Value string `json:"value"`
}

type operation struct {
	Op    string  `json:"op"`
	Path  string  `json:"path"`
	Value []value `json:"value"`
}

// patch sends the form that names every member: "replace" and "remove" without a
// value are refused or do worse (reference 7.4).
func (t *Target) patch(ctx context.Context, doing, op, group string, users []string) error {
	o := operation{Op: op, Path: "members"}
	for _, id := range users {
		o.Value = append(o.Value, value{id})
	}
	body, err := json.Marshal(struct {
		Schemas    []string    `json:"schemas"`
		Operations []operation `json:"Operations"`
	}{[]string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, []operation{o}})
	if err != nil {
		return err
	}
	_, err = t.client.Do(ctx, doing, http.MethodPatch, "/Groups/"+group, "", body)
	return err
}
