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
	req, resp := root.get("requestParameters"), root.get("responseElements")
	for _, side := range []struct {
		name string
		n    node
	}{{"requestParameters", req}, {"responseElements", resp}} {
		if _, ok := side.n.object(); side.n.found && side.n.value != nil && !ok {
			p.add(side.name, "is "+side.n.kind()+", not an object")
		}
	}
	id := func(n node, names ...string) string { return readID(p, n, names...) }
	first := func(ids ...string) string {
		for _, s := range ids {
			if s != "" {
				return s
			}
		}
		return ""
	}
	s := Subject{
		Store:      first(id(req, "identityStoreId"), id(resp, "identityStoreId")),
		Group:      first(id(req, "groupId"), id(resp, "groupId"), id(resp, "group", "groupId"), id(req, "groupArn"), id(resp, "groupArn")),
		Membership: first(id(req, "membershipId"), id(resp, "membershipId"), id(req, "membershipArn"), id(resp, "membershipArn")),
		User: first(id(req, "memberId", "userId"), id(req, "member", "memberId"), id(req, "member", "userId"), id(req, "memberId"), id(req, "member"),
			id(req, "userId"), id(resp, "memberId", "userId"), id(resp, "userId"), id(resp, "user", "userId"), id(req, "userArn"), id(resp, "userArn")),
		GroupName: plain(req.get("displayName"), resp.get("group", "displayName")),
		UserName:  plain(req.get("userName"), resp.get("user", "userName")),
	}
	switch r.Source {
	case awsid.SourceSCIM:
		readSCIM(&s, r, req, resp, p)
	case awsid.SourceAssignments:
		s.Principal = id(req, "principalId")
		s.PrincipalType = plain(req.get("principalType"))
		s.Target = plain(req.get("targetId"), req.get("applicationArn"))
		s.PermissionSet = plain(req.get("permissionSetArn"))
	}
	if strings.Contains(r.Name, "User") && !strings.Contains(r.Name, "Group") {
		s.GroupName = "" // displayName of a user call is the person's name
	}
	readResources(&s, root.get("resources"))
	if s.Store == "" {
		s.Store = first(awsid.StoreOf(s.Group), awsid.StoreOf(s.User), awsid.StoreOf(s.Membership))
	}
	return s
}

// readID reads an id by path. A value that is there and blanked is a problem;
// one that is masked or of another shape is no id.
func readID(p *problems, n node, names ...string) string {
	v := n.get(names...)
	text, ok := v.text()
	if !ok || text == "" || text == awsid.Masked {
		return ""
	}
	if awsid.Blanked(text) {
		p.add(strings.Join(names, "."), "is blanked")
		return ""
	}
	bare := awsid.Bare(text)
	if strings.HasPrefix(strings.TrimSpace(bare), "{") {
		return "" // an object as JSON text: the caller asks for its member by name
	}
	return bare
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
	if t, ok := req.get("tenantId").text(); ok && !awsid.Blanked(t) {
		s.Tenant = t
	}
	target := readID(p, req, "id")
	if target == "" {
		target = readID(p, resp, "id")
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
	body := req.get("httpBody")
	if !body.found {
		body = req.get("body")
	}
	_, readable := body.object()
	switch r.Name {
	case "PatchGroup", "PatchUser":
		ops := body.get("operations")
		if !readable || len(ops.list()) == 0 {
			s.Hidden = true
			return
		}
		for _, op := range ops.list() {
			s.Operations = append(s.Operations, readOperation(op))
		}
		if r.Name == "PatchUser" {
			s.Active = activeOf(ops)
		}
	case "CreateGroup":
		s.GroupName = plain(body.get("displayName"), resp.get("displayName"))
		s.Hidden = !readable && !r.Failed()
		if m := body.get("members"); m.found && m.value != nil && !emptyList(m) {
			s.Operations = []Operation{{Op: "ADD", Path: "members", Users: usersIn(m)}}
		}
	case "CreateUser", "PutUser":
		s.UserName = plain(body.get("userName"), resp.get("userName"))
		s.GroupName = ""
		if b, ok := body.get("active").truth(); ok {
			s.Active = &b
		}
	}
}

func emptyList(n node) bool {
	l, ok := n.value.([]any)
	return ok && len(l) == 0
}

func readOperation(n node) Operation {
	op := Operation{}
	if s, ok := n.get("op").text(); ok {
		op.Op = strings.ToUpper(strings.TrimSpace(s))
	}
	if s, ok := n.get("path").text(); ok && s != awsid.Masked {
		op.Path = s
	}
	if touchesMembers(op.Path) || op.Path == "" {
		op.Users = awsid.Resources(op.Path)
		value := n.get("value")
		if op.Path == "" {
			value = value.get("members")
		}
		op.Users = append(op.Users, usersIn(value)...)
	}
	return op
}

// usersIn returns the ids in an unmasked member list, which only emulators and
// proxies log: [{"value": "ID"}].
func usersIn(n node) []string {
	var out []string
	for _, e := range n.list() {
		v := e.get("value")
		if !v.found {
			v = e
		}
		if s, ok := v.text(); ok && awsid.IsResource(awsid.Bare(s)) {
			out = append(out, awsid.Bare(s))
		}
	}
	return out
}

func activeOf(ops node) *bool {
	for _, op := range ops.list() {
		path, _ := op.get("path").text()
		v := op.get("value")
		if path == "" {
			v = v.get("active")
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
	if l, ok := resources.value.([]any); !ok || len(l) == 0 {
		return
	}
	for _, res := range resources.list() {
		arn, _ := res.get("ARN").text()
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
