// Package okta reads what an Okta organisation shows of how people and groups get
// to AWS: users, groups, rules, the app for IAM Identity Center with its users,
// groups and push mappings, and the System Log (okta-sailpoint reference 2 to 5).
//
// It reads only. With a person or a group in the query it asks for what bears on
// them and for nothing else; otherwise it reads whole lists by pages.
package okta

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/restapi"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamapi"
)

// The variables that credentials are read from; each with _FILE behind it names a
// file instead. An API token goes before a service app.
const (
	EnvToken      = "OKTA_API_TOKEN"
	EnvClientID   = "OKTA_CLIENT_ID"
	EnvPrivateKey = "OKTA_PRIVATE_KEY" // PEM or JWK
	EnvKeyID      = "OKTA_PRIVATE_KEY_ID"
	// EnvScopes narrows what a service app asks for, when not all scopes were
	// granted: separated by blanks.
	EnvScopes = "OKTA_SCOPES"
)

const (
	// Kind is the kind of the input.
	Kind = "okta-api"
	// Retention is how long the System Log keeps events (reference 5.1).
	Retention = 90 * 24 * time.Hour
	// Lag is how much of the newest log is not claimed: events normally arrive
	// within seconds and may come late (reference 5.1).
	Lag = 10 * time.Minute
	// appName is the catalogue's name of AWS IAM Identity Center (reference 3.4).
	appName = "amazon_aws_sso"
)

// The scopes that a service app needs to read everything (reference 2.3).
const (
	scopeUsers  = "okta.users.read"
	scopeGroups = "okta.groups.read"
	scopeApps   = "okta.apps.read"
	scopeLogs   = "okta.logs.read"
)

var allScopes = []string{scopeUsers, scopeGroups, scopeApps, scopeLogs}

// Name is an organisation, and perhaps one app of it.
type Name struct {
	Host string // example.okta.com
	App  string // id of the app; "" finds those of the catalogue
}

// String returns the name as --from takes it.
func (n Name) String() string {
	s := "okta://" + n.Host
	if n.App != "" {
		s += "/" + n.App
	}
	return s
}

func (n Name) base() string {
	host := n.Host
	if u, err := url.Parse("//" + host); err == nil && isLoopback(u.Hostname()) {
		return "http://" + host
	}
	return "https://" + host
}

var (
	orgForm  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,62}$`)
	hostForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,250}(:[0-9]{1,5})?$`)
	appForm  = regexp.MustCompile(`^[A-Za-z0-9]{4,40}$`)
)

// ParseName reads okta://ORG, where ORG is the organisation's name (example for
// example.okta.com) or a whole host; okta://ORG/0oa... names one app. Its error
// says what the form is.
func ParseName(from string) (Name, error) {
	rest, ok := strings.CutPrefix(from, "okta://")
	host, app, _ := strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	bad := func() (Name, error) {
		return Name{}, fmt.Errorf("%q is not of the form okta://ORG or okta://HOST, such as okta://example", from)
	}
	if !ok || app != "" && !appForm.MatchString(app) {
		return bad()
	}
	host = strings.ToLower(host)
	switch {
	case host == "localhost":
	case orgForm.MatchString(host):
		host += ".okta.com"
	case !hostForm.MatchString(host):
		return bad()
	}
	if org, domain, _ := strings.Cut(host, "."); strings.HasSuffix(org, "-admin") && strings.HasPrefix(domain, "okta") {
		return Name{}, fmt.Errorf("%q is the host of the admin console; leave -admin away", from)
	}
	return Name{Host: host, App: app}, nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// Options says what is read, and with what.
type Options struct {
	Name  Name
	Query live.Query
	// Environment is where credentials come from; the process's when zero.
	Environment restapi.Environment
	Sleep       func(context.Context, time.Duration) error // live.Sleep when nil
	Transport   http.RoundTripper                          // its own when nil
}

// Source is an Okta organisation.
type Source struct {
	o      Options
	client *restapi.Client
}

var _ live.Source = (*Source)(nil)

// New returns the source. The error is a *live.Problem about the credentials: none
// in the environment, a file or a key that cannot be read.
func New(o Options) (*Source, error) {
	auth, err := authoriser(o)
	if err != nil {
		return nil, err
	}
	client, err := restapi.New(options(o, auth))
	if err != nil {
		return nil, err
	}
	return &Source{o: o, client: client}, nil
}

func options(o Options, auth restapi.Authoriser) restapi.Options {
	return restapi.Options{
		Service: "Okta", Base: o.Name.base(), Auth: auth, Fault: fault,
		Progress: o.Query.Progress, Now: o.Query.Clock, Sleep: o.Sleep, Transport: o.Transport,
	}
}

func authoriser(o Options) (restapi.Authoriser, error) {
	env := o.Environment
	bad := func(reason string) (restapi.Authoriser, error) {
		return nil, &live.Problem{Kind: live.Credentials, Doing: "reading Okta", Reason: reason,
			Next: fmt.Sprintf("set %s (or %s_FILE), or %s with %s_FILE for a service app", EnvToken, EnvToken, EnvClientID, EnvPrivateKey)}
	}
	token, err := env.Secret(EnvToken)
	if err != nil {
		return bad(err.Error())
	}
	if token != "" {
		return restapi.APIToken{Scheme: "SSWS", Token: token}, nil
	}
	id := env.Get(EnvClientID)
	secret, err := env.Secret(EnvPrivateKey)
	switch {
	case err != nil:
		return bad(err.Error())
	case id == "" && secret == "":
		return bad("there are no credentials")
	case id == "":
		return bad(EnvPrivateKey + " is set and " + EnvClientID + " is not")
	case secret == "":
		return bad(EnvClientID + " is set and " + EnvPrivateKey + " is not")
	}
	key, err := restapi.ParseKey(secret)
	if err != nil {
		return bad(EnvPrivateKey + ": " + err.Error())
	}
	key = key.Named(env.Get(EnvKeyID))
	scopes := env.Get(EnvScopes)
	if scopes == "" {
		scopes = strings.Join(allScopes, " ")
	}
	tokens, err := restapi.New(options(o, nil))
	if err != nil {
		return nil, err
	}
	audience := o.Name.base() + "/oauth2/v1/token"
	return restapi.OAuth(restapi.Grant{
		Client: tokens, Ref: "/oauth2/v1/token",
		Form: func(now time.Time) (url.Values, error) {
			form, err := key.AssertionForm(id, audience, scopes, now)
			form.Del("client_id") // the assertion names it (reference 2.2)
			return form, err
		},
		Next: fmt.Sprintf("check that the service app has this key and was granted %s (%s asks for fewer)", scopes, EnvScopes),
	}), nil
}

// fault reads Okta's errors (reference 2.4), and those of its token endpoint.
func fault(body []byte) restapi.Fault {
	var e struct {
		Code    string `json:"errorCode"`
		Summary string `json:"errorSummary"`
		Causes  []struct {
			Summary string `json:"errorSummary"`
		} `json:"errorCauses"`
		OAuth string `json:"error"`
	}
	if json.Unmarshal(body, &e) != nil {
		return restapi.Fault{}
	}
	// E0000015 comes with 401 and is about the licence (reference 2.4).
	f := restapi.Fault{Code: e.Code, Text: e.Summary, Lacks: e.Code == "E0000015"}
	if e.Code == "" {
		return restapi.Fault{Code: e.OAuth}
	}
	if len(e.Causes) > 0 && e.Causes[0].Summary != "" {
		f.Text = e.Causes[0].Summary
	}
	return f
}

// Collect reads what the query asks for into the sink.
func (s *Source) Collect(ctx context.Context, sink casefile.Sink) error {
	r := &reading{
		Reading: upstreamapi.Reading{Client: s.client, Product: upstream.ProductOkta, Org: s.o.Name.Host, Query: s.o.Query},
		name:    s.o.Name, q: s.o.Query,
	}
	if s.o.Query.User == "" && s.o.Query.Group == "" {
		r.everything(ctx)
	} else {
		r.narrow(ctx)
	}
	err := r.Give(sink, s.o.Name.String(), Kind, expected...)
	if err == nil && r.save != nil {
		err = r.save(ctx)
	}
	return err
}

// expected are the lists that are noted as unread when everything stops early.
var expected = []string{upstream.ListApps, upstream.ListUsers, upstream.ListGroups, upstream.ListMembers, upstream.ListRules,
	upstream.ListAppUsers, upstream.ListAppGroups, upstream.ListMappings, upstream.ListLog}

// reading is one Collect.
type reading struct {
	upstreamapi.Reading
	name Name
	q    live.Query
	save func(context.Context) error // what the journal is told after the sink has everything
}
