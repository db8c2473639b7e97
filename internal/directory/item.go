package directory

import (
	"errors"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// item holds the fields of every object that the listings have (cloudtrail
// reference 6.2, 6.3; sso-admin API reference, ListInstances and
// ListAccountAssignments). Which of them are there tells what it is.
type item struct {
	IdentityStoreId  text
	IdentityStoreArn text

	UserId     text
	UserName   text
	UserStatus text
	Emails     list[email]

	GroupId     text
	DisplayName text
	Description text
	ExternalIds list[externalID]

	MembershipId     text
	MemberId         member
	MembershipExists flag

	InstanceArn    text
	OwnerAccountId text
	Name           text // of an instance; of a user it is an object, and not kept
	Status         text

	AccountId        text
	PermissionSetArn text
	PrincipalType    text
	PrincipalId      text

	CreatedAt, UpdatedAt moment
	CreatedDate          moment
	CreatedBy, UpdatedBy text
}

type email struct {
	Value   text
	Primary flag
}

type externalID struct{ Issuer, Id text }

// Why an entry is left out.
var (
	errNoUserID       = errors.New("a user has no readable UserId")
	errNoGroupID      = errors.New("a group has no readable GroupId")
	errNoPair         = errors.New("a membership does not name its group and its user")
	errNoAnswer       = errors.New("an is-member answer does not say whether the membership exists")
	errNoStore        = errors.New("an instance does not name its identity store")
	errNoPrincipal    = errors.New("an account assignment does not name its account, permission set and principal")
	errOnlyMembership = errors.New("get-group-membership-id output names neither the group nor the user; describe-group-membership does")
	errForeign        = errors.New("an entry is none of the Identity Store API")
)

// id returns a resource id in its bare form. A value that has not the form of
// one counts only beside the id of an identity store, since other services have
// a UserId and a GroupId too (IAM: AIDA..., AGPA...).
func (it *item) id(t text) string {
	id := awsid.Bare(t.string)
	if t.bad || id == "" || len(id) > 128 {
		return ""
	}
	if awsid.IsResource(id) || it.store() != "" {
		return id
	}
	return ""
}

// store returns the identity store that the item itself names. Stores of 2019
// and before have a UUID for an id (cloudtrail reference 6.4).
func (it *item) store() string {
	for _, t := range []text{it.IdentityStoreId, it.IdentityStoreArn} {
		if id := awsid.Bare(t.string); awsid.IsStore(id) || awsid.IsResource(id) {
			return id
		}
	}
	return ""
}

func (it *item) audit() Audit {
	return Audit{
		CreatedAt: it.CreatedAt.Time, UpdatedAt: it.UpdatedAt.Time,
		CreatedBy: it.CreatedBy.string, UpdatedBy: it.UpdatedBy.string,
	}
}

func (it *item) externalIDs() []ExternalID {
	var out []ExternalID
	for _, e := range it.ExternalIds.items {
		if e.Id.string != "" {
			out = append(out, ExternalID{Issuer: e.Issuer.string, ID: e.Id.string})
		}
	}
	return out
}

func (it *item) user() (User, error) {
	id := it.id(it.UserId)
	if id == "" {
		return User{}, errNoUserID
	}
	u := User{
		ID: id, UserName: it.UserName.string, DisplayName: it.DisplayName.string,
		Status: strings.ToUpper(it.UserStatus.string), ExternalIDs: it.externalIDs(), Audit: it.audit(),
	}
	for _, e := range it.Emails.items {
		if u.Email == "" || e.Primary.value {
			u.Email = e.Value.string
		}
	}
	return u, nil
}

func (it *item) group() (Group, error) {
	id := it.id(it.GroupId)
	if id == "" {
		return Group{}, errNoGroupID
	}
	return Group{
		ID: id, Name: it.DisplayName.string, Description: it.Description.string,
		ExternalIDs: it.externalIDs(), Audit: it.audit(),
	}, nil
}

func (it *item) membership() (Membership, error) {
	group, user := it.id(it.GroupId), it.id(it.MemberId.text)
	if group == "" || user == "" {
		return Membership{}, errNoPair
	}
	return Membership{ID: it.id(it.MembershipId), Group: group, User: user, Audit: it.audit()}, nil
}

func (it *item) instance() (Instance, error) {
	store := it.store()
	if store == "" {
		return Instance{}, errNoStore
	}
	in := Instance{Store: store, ARN: it.InstanceArn.string, Name: it.Name.string, Status: it.Status.string}
	if awsid.IsAccount(it.OwnerAccountId.string) {
		in.Owner = it.OwnerAccountId.string
	} else {
		in.Owner = awsid.StoreAccount(it.IdentityStoreArn.string)
	}
	return in, nil
}

func (it *item) assignment() (Assignment, error) {
	a := Assignment{
		Account: it.AccountId.string, PermissionSet: it.PermissionSetArn.string,
		PrincipalType: strings.ToUpper(it.PrincipalType.string), PrincipalID: awsid.Bare(it.PrincipalId.string),
	}
	if a.Account == "" || a.PermissionSet == "" || a.PrincipalID == "" {
		return Assignment{}, errNoPrincipal
	}
	return a, nil
}
