package cloudtrail

import (
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// oracleSubject looks in all the places where ids hide (cloudtrail reference
// 2.3-2.6): memberId.userId, member.memberId, id, the response, resource ARNs,
// SCIM paths.
func oracleSubject(r *Record, root oracleNode, p *oracleProblems) Subject {
	req, resp := root.get("requestParameters"), root.get("responseElements")
	for _, side := range []struct {
		name string
		n    oracleNode
	}{{"requestParameters", req}, {"responseElements", resp}} {
		if _, ok := side.n.object(); side.n.found && side.n.value != nil && !ok {
			p.add(side.name, "is "+side.n.kind()+", not an object")
		}
	}
	id := func(n oracleNode, names ...string) string { return oracleID(p, n, names...) }
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
		GroupName: oraclePlain(req.get("displayName"), resp.get("group", "displayName")),
		UserName:  oraclePlain(req.get("userName"), resp.get("user", "userName")),
	}
	switch r.Source {
	case awsid.SourceSCIM:
		oracleSCIM(&s, r, req, resp, p)
	case awsid.SourceAssignments:
		s.Principal = id(req, "principalId")
		s.PrincipalType = oraclePlain(req.get("principalType"))
		s.Target = oraclePlain(req.get("targetId"), req.get("applicationArn"))
		s.PermissionSet = oraclePlain(req.get("permissionSetArn"))
	}
	if strings.Contains(r.Name, "User") && !strings.Contains(r.Name, "Group") {
		s.GroupName = "" // displayName of a user call is the person's name
	}
	oracleResources(&s, root.get("resources"))
	if s.Store == "" {
		s.Store = first(awsid.StoreOf(s.Group), awsid.StoreOf(s.User), awsid.StoreOf(s.Membership))
	}
	return s
}

// oracleID reads an id by path. A value that is there and blanked is a problem;
// one that is masked or of another shape is no id.
func oracleID(p *oracleProblems, n oracleNode, names ...string) string {
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

// oraclePlain returns the first value that is a string and says something.
func oraclePlain(values ...oracleNode) string {
	for _, v := range values {
		if s, ok := v.text(); ok && !awsid.Blanked(s) {
			return s
		}
	}
	return ""
}

// oracleSCIM reads what only SCIM records have: the tenant, the path parameter
// id, and the masked body (cloudtrail reference 2.5).
func oracleSCIM(s *Subject, r *Record, req, resp oracleNode, p *oracleProblems) {
	if t, ok := req.get("tenantId").text(); ok && !awsid.Blanked(t) {
		s.Tenant = t
	}
	target := oracleID(p, req, "id")
	if target == "" {
		target = oracleID(p, resp, "id")
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
			s.Operations = append(s.Operations, oracleOperation(op))
		}
		if r.Name == "PatchUser" {
			s.Active = oracleActiveOf(ops)
		}
	case "CreateGroup":
		s.GroupName = oraclePlain(body.get("displayName"), resp.get("displayName"))
		s.Hidden = !readable && !r.Failed()
		if m := body.get("members"); m.found && m.value != nil && !oracleEmptyList(m) {
			s.Operations = []Operation{{Op: "ADD", Path: "members", Users: oracleUsersIn(m)}}
		}
	case "CreateUser", "PutUser":
		s.UserName = oraclePlain(body.get("userName"), resp.get("userName"))
		s.GroupName = ""
		if b, ok := body.get("active").truth(); ok {
			s.Active = &b
		}
	}
}

func oracleEmptyList(n oracleNode) bool {
	l, ok := n.value.([]any)
	return ok && len(l) == 0
}

func oracleOperation(n oracleNode) Operation {
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
		op.Users = append(op.Users, oracleUsersIn(value)...)
	}
	return op
}

// oracleUsersIn returns the ids in an unmasked member list, which only emulators and
// proxies log: [{"value": "ID"}].
func oracleUsersIn(n oracleNode) []string {
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

func oracleActiveOf(ops oracleNode) *bool {
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

// oracleResources fills what is still missing from resources[], whose ARN may be
// an Identity Store ARN or a bare store id (cloudtrail reference 1.2).
func oracleResources(s *Subject, resources oracleNode) {
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
