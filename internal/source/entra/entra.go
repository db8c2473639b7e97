// Package entra reads what Microsoft Entra ID shows of provisioning to AWS IAM
// Identity Center: the app's synchronisation jobs, the provisioning log, groups with
// their direct members, and who is assigned to the app (okta-sailpoint reference 11).
//
// It reads only, through Microsoft Graph v1.0.
package entra

import (
	"context"
	"fmt"
	"net/http"
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

// The variables that credentials and settings are read from; the first three are
// those of Microsoft's own tools. EnvSecret and EnvKey may be in files that the
// variables with _FILE behind them name.
const (
	EnvClientID        = "AZURE_CLIENT_ID"
	EnvSecret          = "AZURE_CLIENT_SECRET"
	EnvCertificatePath = "AZURE_CLIENT_CERTIFICATE_PATH" // PEM with the private key and the certificate
	EnvKey             = "AZURE_CLIENT_CERTIFICATE"      // the same, itself or with _FILE
	// EnvGraph and EnvLogin are the endpoints of a national cloud.
	EnvGraph = "ENTRA_GRAPH_URL"
	EnvLogin = "ENTRA_LOGIN_URL"
)

const (
	// Kind is the kind of the input.
	Kind = "entra-api"
	// Lag is how much of the newest provisioning log is not claimed. Microsoft
	// states no figure; a cycle of the job takes about 40 minutes (reference 11), and
	// entries appear while it runs.
	Lag = 15 * time.Minute
	// Retention is how long provisioning logs are kept with a Premium licence: 30
	// days (https://learn.microsoft.com/en-us/entra/identity/monitoring-health/reference-reports-data-retention).
	Retention = 30 * 24 * time.Hour
	// leastRetention is the same without the licence.
	leastRetention = 7 * 24 * time.Hour

	graphURL = "https://graph.microsoft.com"
	loginURL = "https://login.microsoftonline.com"
	// appLabel is the app's name in the gallery (reference 11).
	appLabel = "AWS IAM Identity Center"
)

// The permissions of an app (reference 11).
const (
	needJobs   = "Synchronization.Read.All"
	needLogs   = "AuditLog.Read.All"
	needGroups = "Group.Read.All"
	needApps   = "Application.Read.All"
	needUsers  = "User.Read.All"
)

// Name is a tenant, and perhaps the app in it.
type Name struct {
	Tenant string // id or domain
	App    string // id of the service principal; "" finds it
}

// String returns the name as --from takes it.
func (n Name) String() string {
	s := "entra://" + n.Tenant
	if n.App != "" {
		s += "/" + n.App
	}
	return s
}

var (
	tenantForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{2,250}$`)
	idForm     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// ParseName reads entra://TENANT, where TENANT is the tenant's id or a domain of it,
// and entra://TENANT/ID with the object id of the app's service principal. Its error
// says what the form is.
func ParseName(from string) (Name, error) {
	rest, ok := strings.CutPrefix(from, "entra://")
	tenant, app, _ := strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	if !ok || !tenantForm.MatchString(tenant) || app != "" && !idForm.MatchString(app) {
		return Name{}, fmt.Errorf("%q is not of the form entra://TENANT, such as entra://example.onmicrosoft.com; the object id of the enterprise application may follow after a slash", from)
	}
	return Name{Tenant: strings.ToLower(tenant), App: strings.ToLower(app)}, nil
}

// Options says what is read, and with what.
type Options struct {
	Name        Name
	Query       live.Query
	Environment restapi.Environment
	Sleep       func(context.Context, time.Duration) error // live.Sleep when nil
	Transport   http.RoundTripper                          // its own when nil
}

// Source is a tenant of Entra ID.
type Source struct {
	o      Options
	client *restapi.Client
}

var _ live.Source = (*Source)(nil)

// New returns the source. The error is a *live.Problem about the credentials.
func New(o Options) (*Source, error) {
	env := o.Environment
	options := restapi.Options{
		Service: "Microsoft Graph", Base: or(env.Get(EnvGraph), graphURL), Fault: fault,
		Progress: o.Query.Progress, Now: o.Query.Clock, Sleep: o.Sleep, Transport: o.Transport,
		// Filters by name and counts of directory objects want it
		// (https://learn.microsoft.com/en-us/graph/aad-advanced-queries).
		Header: http.Header{"ConsistencyLevel": {"eventual"}},
	}
	login := options
	login.Service, login.Base, login.Header = "Microsoft Entra ID", or(env.Get(EnvLogin), loginURL), nil
	tokens, err := restapi.New(login)
	if err != nil {
		return nil, err
	}
	form, err := proof(o, login.Base, strings.TrimRight(options.Base, "/")+"/.default")
	if err != nil {
		return nil, &live.Problem{Kind: live.Credentials, Doing: "reading Microsoft Entra ID", Reason: err.Error(),
			Next: fmt.Sprintf("set %s, and %s (or %s_FILE) or %s", EnvClientID, EnvSecret, EnvSecret, EnvCertificatePath)}
	}
	options.Auth = restapi.OAuth(restapi.Grant{
		Client: tokens, Ref: tokenPath(o.Name), Form: form,
		Next: "check the tenant, the client id, and whether the secret or certificate has expired",
	})
	client, err := restapi.New(options)
	if err != nil {
		return nil, err
	}
	return &Source{o: o, client: client}, nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func tokenPath(n Name) string { return "/" + url.PathEscape(n.Tenant) + "/oauth2/v2.0/token" }

// proof returns what makes the form that gets a token: by a secret, or by a signed
// assertion.
func proof(o Options, login, scope string) (func(time.Time) (url.Values, error), error) {
	env := o.Environment
	id := env.Get(EnvClientID)
	secret, err := env.Secret(EnvSecret)
	if err != nil {
		return nil, err
	}
	pem, err := env.Secret(EnvKey)
	if err != nil {
		return nil, err
	}
	if path := env.Get(EnvCertificatePath); pem == "" && path != "" {
		file := env
		file.Lookup = func(name string) (string, bool) { return path, name == EnvCertificatePath+"_FILE" }
		if pem, err = file.Secret(EnvCertificatePath); err != nil {
			return nil, err
		}
	}
	switch {
	case id == "":
		return nil, fmt.Errorf("%s is not set", EnvClientID)
	case secret != "":
		return func(time.Time) (url.Values, error) { return restapi.SecretForm(id, secret, scope), nil }, nil
	case pem == "":
		return nil, fmt.Errorf("%s is set, and neither a secret nor a certificate is", EnvClientID)
	}
	key, err := restapi.ParseKey(pem)
	if err != nil {
		return nil, fmt.Errorf("the certificate's file: %w", err)
	}
	audience := strings.TrimRight(login, "/") + tokenPath(o.Name)
	return func(now time.Time) (url.Values, error) { return key.AssertionForm(id, audience, scope, now) }, nil
}

// fault reads Graph's errors, and those of the token endpoint, whose description
// may repeat what was sent and is left out.
func fault(body []byte) restapi.Fault {
	var graph struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &graph) == nil {
		return restapi.Fault{Code: graph.Error.Code, Text: graph.Error.Message}
	}
	var login struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &login) // no code then
	return restapi.Fault{Code: login.Error}
}

// Collect reads what the query asks for into the sink.
func (s *Source) Collect(ctx context.Context, sink casefile.Sink) error {
	r := &reading{
		Reading: upstreamapi.Reading{Client: s.client, Product: upstream.ProductEntra, Org: s.o.Name.Tenant, Query: s.o.Query},
		name:    s.o.Name, q: s.o.Query,
	}
	r.read(ctx)
	return r.Give(sink, s.o.Name.String(), Kind, expected...)
}

var expected = []string{upstream.ListApps, upstream.ListJobs, upstream.ListGroups, upstream.ListUsers, upstream.ListMembers, upstream.ListAppRoles, upstream.ListLog}
