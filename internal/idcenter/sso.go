package idcenter

import (
	"context"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scim"
)

// SSO serves a call of the IAM Identity Center API (SWBExternalService) and
// records it: ListInstances, CreateAccountAssignment, DeleteAccountAssignment,
// DescribeAccountAssignmentCreationStatus,
// DescribeAccountAssignmentDeletionStatus, ListAccountAssignments and
// ListAccountAssignmentsForPrincipal. An assignment is made at once; its status
// is SUCCEEDED when first asked for, as long as the Center runs. Errors are as in
// [Center.API].
func (c *Center) SSO(ctx context.Context, call Call, op string, request []byte) ([]byte, error) {
	return c.serveJSON(ctx, call, &ssoAdmin, op, request)
}

var ssoAdmin = jsonService{awsid.SourceAssignments, "sso.REGION.amazonaws.com", map[string]jsonOperation{
	"ListInstances":                           {read: (*jsonCall).listInstances},
	"CreateAccountAssignment":                 {write: (*jsonCall).createAssignment},
	"DeleteAccountAssignment":                 {write: (*jsonCall).deleteAssignment},
	"DescribeAccountAssignmentCreationStatus": {read: (*jsonCall).creationStatus},
	"DescribeAccountAssignmentDeletionStatus": {read: (*jsonCall).deletionStatus},
	"ListAccountAssignments":                  {read: (*jsonCall).listAssignments},
	"ListAccountAssignmentsForPrincipal":      {read: (*jsonCall).listAssignmentsFor},
}}

func (s *jsonCall) listInstances() (*scim.Object, *Error) {
	in := s.input()
	in.size()
	if err := in.refusal(); err != nil {
		return nil, err
	}
	return scim.NewObject(member("Instances", []any{scim.NewObject(
		member("InstanceArn", s.c.instance), member("IdentityStoreId", s.c.store), member("IdentityStoreArn", s.c.storeARN()),
		member("OwnerAccountId", s.c.account), member("PrimaryRegion", s.c.region), member("Status", "ACTIVE"))})), nil
}

// instance checks InstanceArn. It comes last, as store does.
func (in *input) instance() *Error {
	given := in.text(in.s.in, "InstanceArn", true)
	if given != "" && !strings.HasPrefix(given, "arn:aws:sso:::instance/ssoins-") {
		in.found = append(in.found, violation{"instanceArn", quoted(given),
			`satisfy regular expression pattern: arn:(aws|aws-us-gov|aws-cn|aws-iso|aws-iso-b):sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}`})
	}
	if err := in.refusal(); err != nil {
		return err
	}
	if given != in.s.c.instance {
		return &Error{Status: 404, Name: "ResourceNotFoundException", Detail: "The instance " + clip(given) + " does not exist."}
	}
	return nil
}

// assignment reads what an assignment is made of.
func (in *input) assignment() *assignment {
	o := in.s.in
	a := &assignment{Account: in.account("TargetId", true), PermissionSet: in.permissionSet()}
	if kind := in.text(o, "TargetType", true); kind != "" && kind != "AWS_ACCOUNT" {
		in.found = append(in.found, violation{"targetType", quoted(kind), "satisfy enum value set: [AWS_ACCOUNT]"})
	}
	a.PrincipalType, a.Principal = in.principal()
	return a
}

func (in *input) account(name string, needed bool) string {
	id := in.text(in.s.in, name, needed)
	if id != "" && !awsid.IsAccount(id) {
		in.found = append(in.found, violation{lowerFirst(name), quoted(id), `satisfy regular expression pattern: \d{12}`})
	}
	return id
}

func (in *input) permissionSet() string {
	arn := in.text(in.s.in, "PermissionSetArn", true)
	if arn != "" && (!strings.HasPrefix(arn, "arn:aws:sso:::permissionSet/ssoins-") || !strings.Contains(arn, "/ps-") || strings.Contains(arn, "|")) {
		in.found = append(in.found, violation{"permissionSetArn", quoted(arn),
			`satisfy regular expression pattern: arn:(aws|aws-us-gov|aws-cn|aws-iso|aws-iso-b):sso:::permissionSet/(sso)?ins-[a-zA-Z0-9-.]{16}/ps-[a-zA-Z0-9-./]{16}`})
	}
	return arn
}

func (in *input) principal() (kind, id string) {
	kind = in.text(in.s.in, "PrincipalType", true)
	if kind != "" && kind != "USER" && kind != "GROUP" {
		in.found = append(in.found, violation{"principalType", quoted(kind), "satisfy enum value set: [USER, GROUP]"})
	}
	return kind, in.id(in.s.in, "PrincipalId")
}

func (s *jsonCall) createAssignment() (plan, *Error) {
	in := s.input()
	a := in.assignment()
	if err := in.instance(); err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		st := s.c.state
		if a.PrincipalType == "USER" && st.users[a.Principal] == nil || a.PrincipalType == "GROUP" && st.groups[a.Principal] == nil {
			return notFound(a.PrincipalType, a.Principal)
		}
		if st.assignments[a.key()] == nil {
			tx.put(step{assignment: a})
		}
		s.finish(tx, a, "Creation")
		return nil
	}, nil
}

func (s *jsonCall) deleteAssignment() (plan, *Error) {
	in := s.input()
	a := in.assignment()
	if err := in.instance(); err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		old := s.c.state.assignments[a.key()]
		if old == nil {
			return &Error{Status: 404, Name: "ResourceNotFoundException", Detail: "The account assignment does not exist."}
		}
		tx.drop(step{assignment: old})
		s.finish(tx, a, "Deletion")
		return nil
	}, nil
}

// finish answers that the work is in progress, and notes that it is done; what
// is "Creation" or "Deletion".
func (s *jsonCall) finish(tx *transaction, a *assignment, what string) {
	done := assignmentStatus{what: what, id: s.c.ids.uuid(), at: tx.at, assignment: a}
	s.c.statuses.add(done)
	s.out = scim.NewObject(member("AccountAssignment"+what+"Status", done.object("IN_PROGRESS")))
	s.logged = cloudtrail.SSOAssignment(s.op, s.c.instance, a.PermissionSet, a.Account, a.PrincipalType, a.Principal, done.id).Response
}

func (s *jsonCall) creationStatus() (*scim.Object, *Error) { return s.assignmentStatus("Creation") }
func (s *jsonCall) deletionStatus() (*scim.Object, *Error) { return s.assignmentStatus("Deletion") }

func (s *jsonCall) assignmentStatus(what string) (*scim.Object, *Error) {
	in := s.input()
	id := in.text(s.in, "AccountAssignment"+what+"RequestId", true)
	if err := in.instance(); err != nil {
		return nil, err
	}
	done, ok := s.c.statuses.find(what, id)
	if !ok {
		return nil, &Error{Status: 404, Name: "ResourceNotFoundException", Detail: "The request " + clip(id) + " does not exist."}
	}
	return scim.NewObject(member("AccountAssignment"+what+"Status", done.object("SUCCEEDED"))), nil
}

func (s *jsonCall) listAssignments() (*scim.Object, *Error) {
	in := s.input()
	under := listedUnder(in.account("AccountId", true), in.permissionSet())
	return s.assignmentPage(in, under, under, func(st *state) *order[*assignment] { return &st.assignmentList })
}

func (s *jsonCall) listAssignmentsFor() (*scim.Object, *Error) {
	in := s.input()
	of := principalKey(in.principal())
	under := ""
	if f, ok := in.value(s.in, "Filter").(*scim.Object); ok {
		if account := in.text(f, "AccountId", false); account != "" {
			under = account + "|"
		}
	}
	return s.assignmentPage(in, of+"|"+under, under, func(st *state) *order[*assignment] { return st.assignmentsFor[of] })
}

// assignmentPage answers with a page of the assignments in a list whose keys
// begin with under; of is what the token is bound to.
func (s *jsonCall) assignmentPage(in *input, of, under string, list func(*state) *order[*assignment]) (*scim.Object, *Error) {
	size, after := in.size(), in.after(of)
	if err := in.instance(); err != nil {
		return nil, err
	}
	var found []any
	var last string
	more := false
	s.c.read(func(st *state) {
		all := list(st)
		if all == nil {
			return
		}
		for key, a := range all.After(max(after, under)) {
			if !strings.HasPrefix(key, under) {
				break
			}
			if more = len(found) == size; more {
				break
			}
			found, last = append(found, scim.NewObject(member("AccountId", a.Account), member("PermissionSetArn", a.PermissionSet),
				member("PrincipalType", a.PrincipalType), member("PrincipalId", a.Principal))), key
		}
	})
	if found == nil {
		found = []any{}
	}
	return s.listed("AccountAssignments", found, more, of, last), nil
}
