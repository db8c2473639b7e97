// Package identitystore changes memberships over the Identity Store API, one a
// call (CreateGroupMembership, DeleteGroupMembership). It is a target of package
// repair, beside target/scim.
package identitystore

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/live"
)

// perSecond is how many calls of one kind are made a second. The store allows 20,
// and others call it too (cloudtrail reference 6.7).
const perSecond = 15

// Target changes memberships of one store. It may be used by goroutines.
type Target struct {
	access        awsaccess.Access
	client        *identitystore.Client
	store         string
	reads, writes awsaccess.Caller
}

// Options say how patiently calls are made.
type Options struct {
	Progress *live.Progress
	// Caller replaces the ordinary patience and pace, for tests.
	Caller *awsaccess.Caller
}

// New returns a target for an identity store in the Region of the access.
func New(a awsaccess.Access, store string, o Options) *Target {
	t := &Target{access: a, client: identitystore.NewFromConfig(a.Config), store: store, reads: a.Caller(), writes: a.Caller()}
	t.reads.Pacer, t.writes.Pacer = live.NewPacer(perSecond, perSecond), live.NewPacer(perSecond, perSecond)
	if o.Caller != nil {
		t.reads, t.writes = *o.Caller, *o.Caller
	}
	t.reads.Progress, t.writes.Progress = o.Progress, o.Progress
	return t
}

// Permissions are what the target needs.
func Permissions() []live.Permission {
	return []live.Permission{
		{Action: "identitystore:ListGroupMemberships", Resource: "*", Why: "to see who is in the groups before and after", IAM: true},
		{Action: "identitystore:CreateGroupMembership", Resource: "*", Why: "to add", IAM: true},
		{Action: "identitystore:DeleteGroupMembership", Resource: "*", Why: "to remove", IAM: true},
	}
}

// Most is one: the API changes one membership a call.
func (t *Target) Most() int { return 1 }

// Members returns who is in a group: ids of users and of memberships.
func (t *Target) Members(ctx context.Context, group string) (map[string]string, error) {
	out := map[string]string{}
	var next *string
	for {
		page, err := awsaccess.Call(ctx, t.reads, func(ctx context.Context) (*identitystore.ListGroupMembershipsOutput, error) {
			page, err := t.client.ListGroupMemberships(ctx, &identitystore.ListGroupMembershipsInput{
				IdentityStoreId: &t.store, GroupId: &group, MaxResults: aws.Int32(100), NextToken: next})
			if err == nil && page.GroupMemberships == nil {
				err = awsaccess.Incomplete
			}
			return page, err
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, t.explain(err, "listing the members of group "+group)
		}
		for _, m := range page.GroupMemberships {
			user, ok := m.MemberId.(*types.MemberIdMemberUserId)
			if !ok || m.MembershipId == nil {
				return nil, &live.Problem{Kind: live.Malformed, Doing: "listing the members of group " + group, Reason: "a membership came without its ids"}
			}
			out[awsid.Bare(user.Value)] = *m.MembershipId
		}
		if next = page.NextToken; aws.ToString(next) == "" {
			return out, nil
		}
	}
}

// Add puts users into a group; Most says how many at once.
func (t *Target) Add(ctx context.Context, group string, users []string) error {
	for _, user := range users {
		_, err := awsaccess.Call(ctx, t.writes, func(ctx context.Context) (*identitystore.CreateGroupMembershipOutput, error) {
			out, err := t.client.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{
				IdentityStoreId: &t.store, GroupId: &group, MemberId: &types.MemberIdMemberUserId{Value: user}})
			return out, once(err)
		})
		conflict, ok := errors.AsType[*types.ConflictException](err)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case ok && conflict.Reason == types.ConflictExceptionReasonUniquenessConstraintViolation: // he is in it already
		default:
			return t.explain(err, "adding user "+user+" to group "+group)
		}
	}
	return nil
}

// Remove takes users out of a group by the ids of their memberships.
func (t *Target) Remove(ctx context.Context, group string, members map[string]string) error {
	for user, membership := range members {
		doing := "removing user " + user + " from group " + group
		if membership == "" {
			return &live.Problem{Kind: live.Refused, Doing: doing, Reason: "the id of the membership is not known"}
		}
		_, err := awsaccess.Call(ctx, t.writes, func(ctx context.Context) (*identitystore.DeleteGroupMembershipOutput, error) {
			out, err := t.client.DeleteGroupMembership(ctx, &identitystore.DeleteGroupMembershipInput{IdentityStoreId: &t.store, MembershipId: &membership})
			return out, once(err)
		})
		gone, ok := errors.AsType[*types.ResourceNotFoundException](err)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case ok && gone.ResourceType == types.ResourceTypeGroupMembership: // he is out already
		default:
			return t.explain(err, doing)
		}
	}
	return nil
}

// unclear is the error of a change that may have been made. It hides what it wraps
// from awsaccess.Call, which would make the call again.
type unclear struct{ err error }

func (u unclear) Error() string { return "no clear answer" }

// once marks errors after which a change must not be sent again before somebody has
// looked: the service failed, or its answer did not arrive.
func once(err error) error {
	if err == nil {
		return nil
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return err // it was never sent
	}
	status := 0
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		status = response.HTTPStatusCode()
	}
	api, said := errors.AsType[smithy.APIError](err)
	conflict, isConflict := errors.AsType[*types.ConflictException](err)
	_, unsent := errors.AsType[*smithyhttp.RequestSendError](err)
	_, garbled := errors.AsType[*smithy.DeserializationError](err)
	switch {
	case status >= 500, garbled, unsent:
		return unclear{err}
	case isConflict && conflict.Reason != types.ConflictExceptionReasonUniquenessConstraintViolation:
		return unclear{err} // somebody changes it at the same time
	case said && api.ErrorCode() == "InternalServerException":
		return unclear{err}
	}
	return err
}

// explain says what an error means, in the kinds that package repair goes by.
func (t *Target) explain(err error, doing string) error {
	if u, ok := errors.AsType[unclear](err); ok {
		p := t.access.Explain(u.err, doing)
		return &live.Problem{Kind: live.Uncertain, Doing: doing, Reason: p.Reason, Next: p.Next, Err: p.Err}
	}
	p := t.access.Explain(err, doing)
	missing, ok := errors.AsType[*types.ResourceNotFoundException](err)
	_, quota := errors.AsType[*types.ServiceQuotaExceededException](err)
	_, invalid := errors.AsType[*types.ValidationException](err)
	switch {
	case ok && missing.ResourceType == types.ResourceTypeIdentityStore:
		p.Kind, p.Reason, p.Next = live.WrongPlace, "there is no identity store "+t.store+" here", "check the Region and the account: the store lives in one Region of the account that runs IAM Identity Center"
	case ok && missing.ResourceType == types.ResourceTypeUser:
		p.Kind, p.Reason, p.Next = live.Missing, "there is no such user in AWS any more", ""
	case ok && missing.ResourceType == types.ResourceTypeGroup:
		p.Kind, p.Reason, p.Next = live.Missing, "there is no such group in AWS any more", ""
	case quota:
		p.Kind, p.Reason, p.Next = live.Refused, "a quota of the identity store is reached", ""
	case invalid:
		p.Kind, p.Reason, p.Next = live.Refused, "AWS finds the request invalid", ""
	case p.Kind == live.Refused && !strings.Contains(doing, "listing"):
		p.Kind = live.Denied // not known to be about this person: the next would fare no better
	}
	return p
}
