package story

import (
	"strconv"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// cast is who and what a story is about.
type cast struct {
	store, account, region string
	groups, users          []*thing // in the order of the text
	actors                 map[string]*performer
}

// thing is a user or a group.
type thing struct {
	alias, name, id string
	external        string
	created         time.Time
	by              string
}

// performer is somebody who makes calls.
type performer struct {
	alias, kind, how string // kind: person, connector, automation, idp
	account          string // where the calls are logged
	role, session    string
	agent, ip        string
	token, tenant    string
}

func newCast() *cast {
	return &cast{store: "d-9a67000001", account: "111122223333", region: "us-east-2", actors: map[string]*performer{}}
}

func find(list []*thing, alias string) *thing {
	for _, t := range list {
		if t.alias == alias {
			return t
		}
	}
	return nil
}

func (c *cast) read(l line) error {
	r := &reader{line: l}
	kind, err := r.next("the kind")
	if err != nil {
		return err
	}
	alias, err := r.next("the name")
	if err != nil {
		return err
	}
	if !plainName(alias) {
		return l.errorf("%q cannot be a name: use letters, digits, . _ and -", alias)
	}
	switch kind {
	case "store":
		return c.readStore(r, alias)
	case "group", "user":
		return c.readThing(r, kind, alias)
	case "crowd":
		return c.readCrowd(r, alias)
	case "person", "connector", "automation", "idp":
		return c.readPerformer(r, kind, alias)
	}
	return l.errorf("%q is no member of a cast: want store, group, user, person, connector, automation or idp", kind)
}

// plainName reports whether s can be a name in a story and part of a file name.
func plainName(s string) bool {
	return s != "" && s != "." && s != ".." && len(s) <= 100 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}

func (c *cast) readStore(r *reader, store string) error {
	if !awsid.IsStore(store) {
		return r.errorf("%q is not an identity store id such as d-9a67000001", store)
	}
	if len(c.groups)+len(c.users)+len(c.actors) > 0 {
		return r.errorf("store must come first: ids depend on it")
	}
	c.store = store
	return r.options(map[string]*string{"account": &c.account, "region": &c.region}, nil)
}

func (c *cast) readThing(r *reader, kind, alias string) error {
	t := &thing{alias: alias, name: alias}
	list := &c.groups
	if kind == "user" {
		list = &c.users
		t.name = alias + "@example.com"
	}
	if find(*list, alias) != nil {
		return r.errorf("there are two of the name %q", alias)
	}
	if r.more() && (r.words[r.at].quoted || strings.Contains(r.peek(), "@")) {
		t.name, _ = r.next("the name")
	}
	var legacy bool
	var created string
	if err := r.options(map[string]*string{"id": &t.id, "external": &t.external, "created": &created, "by": &t.by}, map[string]*bool{"legacy": &legacy}); err != nil {
		return err
	}
	if t.external == "okta" {
		t.external = OktaID(kind, alias)
	}
	if created != "" {
		var err error
		if t.created, err = r.parseTime(created); err != nil {
			return err
		}
	}
	switch {
	case t.id != "" && !awsid.IsResource(t.id):
		return r.errorf("%q is not an id of a user or group", t.id)
	case t.id == "":
		t.id = resourceID(kind, c.store, alias)
		if legacy {
			t.id = strings.TrimPrefix(c.store, "d-") + "-" + t.id
		}
	}
	*list = append(*list, t)
	return nil
}

// readCrowd makes many users at once.
func (c *cast) readCrowd(r *reader, alias string) error {
	text, err := r.next("how many")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > repeat {
		return r.errorf("%q is not a number from 1 to %d", text, repeat)
	}
	for i := range n {
		if err := c.readThing(r, "user", alias+strconv.Itoa(i+1)); err != nil {
			return err
		}
	}
	return r.done()
}

// crowd returns the users that NAME* stands for.
func (c *cast) crowd(pattern string) []*thing {
	name, ok := strings.CutSuffix(pattern, "*")
	if !ok || name == "" {
		return nil
	}
	var out []*thing
	for _, u := range c.users {
		if digits, ok := strings.CutPrefix(u.alias, name); ok && digits != "" && strings.Trim(digits, "0123456789") == "" {
			out = append(out, u)
		}
	}
	return out
}

func (c *cast) readPerformer(r *reader, kind, alias string) error {
	if c.actors[alias] != nil {
		return r.errorf("there are two of the name %q", alias)
	}
	p := &performer{alias: alias, kind: kind, account: c.account, token: "tok-1", tenant: tenantID(c.store)}
	if kind == "person" || kind == "automation" {
		how, err := r.next("how it works (e.g. cli)")
		if err != nil {
			return err
		}
		p.how = how
	}
	options := map[string]*string{"account": &p.account, "role": &p.role, "session": &p.session, "agent": &p.agent, "from": &p.ip}
	if kind == "idp" {
		options = map[string]*string{"client": &p.how, "token": &p.token, "tenant": &p.tenant, "agent": &p.agent, "from": &p.ip}
	}
	if err := r.options(options, nil); err != nil {
		return err
	}
	if kind == "idp" && p.how == "" {
		p.how = alias
	}
	if p.ip == "" {
		p.ip = map[string]string{"person": "198.51.100.", "connector": "192.0.2.", "automation": "192.0.2.", "idp": "203.0.113."}[kind] +
			[]string{"7", "20", "33", "46", "59"}[len(alias)%5]
	}
	if kind == "person" && p.role == "" {
		p.role = "AWSReservedSSO_admin_" + digest("role", p.account)[:16]
	}
	if p.role == "" && (kind == "connector" || kind == "automation") {
		return r.errorf("a %s needs a role", kind)
	}
	if p.session == "" {
		p.session = alias
		if kind == "person" {
			p.session += "@example.com"
		}
	}
	if p.agent == "" && agentOf(p, "") == "" {
		return r.errorf("%q is no known client of a %s: name one, or give the agent", p.how, kind)
	}
	c.actors[alias] = p
	return nil
}

// options reads pairs of a keyword and a value, and bare keywords.
func (r *reader) options(values map[string]*string, flags map[string]*bool) error {
	for r.more() {
		key := r.peek()
		if flag := flags[key]; flag != nil {
			*flag = true
			r.at++
			continue
		}
		value := values[key]
		if value == nil {
			return r.done()
		}
		r.at++
		s, err := r.next("the value of " + key)
		if err != nil {
			return err
		}
		*value = s
	}
	return nil
}

// The user agents that the clients send: cloudtrail reference 7 and
// identity-center-scim reference 16.
func agentOf(p *performer, command string) string {
	if p.agent != "" {
		return p.agent
	}
	const sdk = "aws-sdk-go-v2/1.30.4 os/linux lang/go#1.22.7 md/GOOS#linux md/GOARCH#amd64 api/identitystore#1.25.4"
	switch p.kind + " " + p.how {
	case "person cli":
		return "aws-cli/2.31.3 md/awscrt#0.27.6 ua/2.1 os/linux#6.6 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#" + command
	case "person cloudshell":
		return "aws-cli/2.31.3 md/awscrt#0.27.6 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython exec-env/CloudShell cfg/retry-mode#standard md/installer#exe md/distrib#amzn.2023 md/prompt#off md/command#" + command
	case "person script":
		return "Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#6.6 md/arch#x86_64 lang/python#3.12.3 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.40.21"
	case "person console":
		return "AWS Internal"
	case "connector ":
		return sdk
	case "automation terraform":
		return "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.66.0 (+https://registry.terraform.io/providers/hashicorp/aws) " + sdk
	case "automation cloudformation":
		return "cloudformation.amazonaws.com"
	case "automation lambda":
		return "Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#5.10 md/arch#x86_64 lang/python#3.12.3 exec-env/AWS_Lambda_python3.12 cfg/retry-mode#legacy Botocore/1.40.21"
	case "idp okta":
		return "Okta SCIM Client 1.0.0"
	case "idp entra":
		return "Microsoft Azure AD SCIM provisioning/1.0"
	case "idp google":
		return "Google-Auto-Provisioning"
	case "idp ssosync":
		return "Go-http-client/2.0"
	case "idp idp-scim-sync":
		return "idp-scim-sync/0.40.0"
	case "idp authentik":
		return "authentik@2025.6.2"
	case "idp curl":
		return "curl/8.9.1"
	}
	return ""
}

// browser is what the console's front end sends when it calls its private API.
const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

// caller is the identity behind a call.
func (p *performer) caller(c *cast, at time.Time) cloudtrail.Caller {
	if p.kind == "idp" {
		return cloudtrail.Caller{Account: c.account, AccessKey: keyID("ASIA", "token", p.tenant, p.token)}
	}
	caller := cloudtrail.Caller{
		Type: "AssumedRole", Account: p.account, Role: p.role, Session: p.session,
		RoleID:    keyID("AROA", "role", p.account, p.role),
		AccessKey: keyID("ASIA", "session", p.account, p.role, p.session, at.Format("2006-01-02")),
		Since:     at.Truncate(time.Hour),
	}
	if p.how == "cloudformation" {
		caller.InvokedBy = "cloudformation.amazonaws.com"
	}
	return caller
}
