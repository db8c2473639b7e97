package cloudtrail

import (
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// Subject is what a record says it is about. Ids are bare and in lower case;
// names are empty when CloudTrail masked them (cloudtrail reference 2.10).
type Subject struct {
	Store      string // identity store, d-...
	Tenant     string // SCIM tenant
	Group      string
	User       string
	Membership string
	GroupName  string
	UserName   string

	// Operations are the operations of a SCIM PATCH, or the initial members of
	// a SCIM CreateGroup as one ADD.
	Operations []Operation
	// Hidden is true on a SCIM write whose body is not there or not readable:
	// what it changed is then unknown, not nothing (cloudtrail reference 1.3).
	Hidden bool

	Active *bool // what a SCIM user write sets active to, where it says so

	// Assignment of a principal to an account or application, under sso.
	Principal     string
	PrincipalType string // GROUP or USER
	Target        string // account id or application ARN
	PermissionSet string // ARN
}

// Operation is one operation of a SCIM PATCH as CloudTrail logs it.
type Operation struct {
	Op    string   // ADD, REMOVE or REPLACE
	Path  string   // "" when the operation has none
	Users []string // user ids that path or value reveal; nearly always none, since value is masked
}

// readSubject looks in all the places where ids hide (cloudtrail reference
// 2.3-2.6): memberId.userId, member.memberId, id, the response, resource ARNs,
// SCIM paths.
func readSubject(r *Record, root node, p *problems) Subject {
	req, resp := root.get(kRequestParameters), root.get(kResponseElements)
	for _, side := range []struct {
		name string
		n    node
	}{{"requestParameters", req}, {"responseElements", resp}} {
		if _, ok := side.n.object(); side.n.kind() != isNull && !ok {
			p.add(side.name, "is "+side.n.kind().String()+", not an object")
		}
	}
	id := func(n node, path ...key) string { return readID(p, n, path...) }
	first := func(ids ...string) string {
		for _, s := range ids {
			if s != "" {
				return s
			}
		}
		return ""
	}
	s := Subject{
		Store:      first(id(req, kIdentityStoreID), id(resp, kIdentityStoreID)),
		Group:      first(id(req, kGroupID), id(resp, kGroupID), id(resp, kGroup, kGroupID), id(req, kGroupARN), id(resp, kGroupARN)),
		Membership: first(id(req, kMembershipID), id(resp, kMembershipID), id(req, kMembershipARN), id(resp, kMembershipARN)),
		User: first(id(req, kMemberID, kUserID), id(req, kMember, kMemberID), id(req, kMember, kUserID), id(req, kMemberID), id(req, kMember),
			id(req, kUserID), id(resp, kMemberID, kUserID), id(resp, kUserID), id(resp, kUser, kUserID), id(req, kUserARN), id(resp, kUserARN)),
		GroupName: plain(req.get(kDisplayName), resp.get(kGroup, kDisplayName)),
		UserName:  plain(req.get(kUserName), resp.get(kUser, kUserName)),
	}
	switch r.Source {
	case awsid.SourceSCIM:
		readSCIM(&s, r, req, resp, p)
	case awsid.SourceAssignments:
		s.Principal = id(req, kPrincipalID)
		s.PrincipalType = plain(req.get(kPrincipalType))
		s.Target = plain(req.get(kTargetID), req.get(kApplicationARN))
		s.PermissionSet = plain(req.get(kPermissionSetARN))
	}
	if strings.Contains(r.Name, "User") && !strings.Contains(r.Name, "Group") {
		s.GroupName = "" // displayName of a user call is the person's name
	}
	readResources(&s, root.get(kResources))
	if s.Store == "" {
		s.Store = first(awsid.StoreOf(s.Group), awsid.StoreOf(s.User), awsid.StoreOf(s.Membership))
	}
	return s
}

// readID reads an id by path. A value that is there and blanked is a problem;
// one that is masked or of another shape is no id.
func readID(p *problems, n node, path ...key) string {
	v := n.get(path...)
	text, ok := v.text()
	if !ok || text == "" || text == awsid.Masked {
		return ""
	}
	if awsid.Blanked(text) {
		p.add(joined(path), "is blanked")
		return ""
	}
	bare := awsid.Bare(text)
	if strings.HasPrefix(strings.TrimSpace(bare), "{") {
		return "" // an object as JSON text: the caller asks for its member by name
	}
	return bare
}

func joined(path []key) string {
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = name.String()
	}
	return strings.Join(names, ".")
}

// plain returns the first value that is a string and says something.
func plain(values ...node) string {
	for _, v := range values {
		if s, ok := v.text(); ok && !awsid.Blanked(s) {
			return s
		}
	}
	return ""
}

// readSCIM reads what only SCIM records have: the tenant, the path parameter
// id, and the masked body (cloudtrail reference 2.5).
func readSCIM(s *Subject, r *Record, req, resp node, p *problems) {
	if t, ok := req.get(kTenantID).text(); ok && !awsid.Blanked(t) {
		s.Tenant = t
	}
	target := readID(p, req, kID)
	if target == "" {
		target = readID(p, resp, kID)
	}
	isGroup, isUser := strings.HasSuffix(r.Name, "Group"), strings.HasSuffix(r.Name, "User")
	switch {
	case isGroup:
		s.Group = target
	case isUser:
		s.User = target
	}
	if r.ReadOnly {
		return
	}
	body := req.get(kHTTPBody)
	if !body.found() {
		body = req.get(kBody)
	}
	_, readable := body.object()
	switch r.Name {
	case "PatchGroup", "PatchUser":
		ops := body.get(kOperations)
		if !readable || !ops.hasElements() {
			s.Hidden = true
			return
		}
		for op := range ops.elements() {
			s.Operations = append(s.Operations, readOperation(op))
		}
		if r.Name == "PatchUser" {
			s.Active = activeOf(ops)
		}
	case "CreateGroup":
		s.GroupName = plain(body.get(kDisplayName), resp.get(kDisplayName))
		s.Hidden = !readable && !r.Failed()
		if m := body.get(kMembers); m.kind() != isNull && !emptyList(m) {
			s.Operations = []Operation{{Op: "ADD", Path: "members", Users: usersIn(m)}}
		}
	case "CreateUser", "PutUser":
		s.UserName = plain(body.get(kUserName), resp.get(kUserName))
		s.GroupName = ""
		if b, ok := body.get(kActive).truth(); ok {
			s.Active = &b
		}
	}
}

func emptyList(n node) bool {
	return n.kind() == isArray && !n.hasElements()
}

func readOperation(n node) Operation {
	op := Operation{}
	if s, ok := n.get(kOp).text(); ok {
		op.Op = strings.ToUpper(strings.TrimSpace(s))
	}
	if s, ok := n.get(kPath).text(); ok && s != awsid.Masked {
		op.Path = s
	}
	if touchesMembers(op.Path) || op.Path == "" {
		op.Users = awsid.Resources(op.Path)
		value := n.get(kValue)
		if op.Path == "" {
			value = value.get(kMembers)
		}
		op.Users = append(op.Users, usersIn(value)...)
	}
	return op
}

// usersIn returns the ids in an unmasked member list, which only emulators and
// proxies log: [{"value": "ID"}].
func usersIn(n node) []string {
	var out []string
	for e := range n.elements() {
		v := e.get(kValue)
		if !v.found() {
			v = e
		}
		if s, ok := v.text(); ok && awsid.IsResource(awsid.Bare(s)) {
			out = append(out, awsid.Bare(s))
		}
	}
	return out
}

func activeOf(ops node) *bool {
	for op := range ops.elements() {
		path, _ := op.get(kPath).text()
		v := op.get(kValue)
		if path == "" {
			v = v.get(kActive)
		} else if !strings.EqualFold(path, "active") {
			continue
		}
		if b, ok := v.truth(); ok {
			return &b
		}
	}
	return nil
}

// readResources fills what is still missing from resources[], whose ARN may be
// an Identity Store ARN or a bare store id (cloudtrail reference 1.2).
func readResources(s *Subject, resources node) {
	if resources.kind() != isArray {
		return
	}
	for res := range resources.elements() {
		arn, _ := res.get(kARNUpper).text()
		bare := awsid.Bare(arn)
		switch {
		case strings.Contains(arn, ":group/") && s.Group == "":
			s.Group = bare
		case strings.Contains(arn, ":user/") && s.User == "":
			s.User = bare
		case strings.Contains(arn, ":membership/") && s.Membership == "":
			s.Membership = bare
		case awsid.IsStore(bare) && s.Store == "":
			s.Store = bare
		}
	}
}
