// Package sailpoint reads what SailPoint Identity Security Cloud shows of who asked
// for access, what became of it and which accounts it wrote to: identities,
// accounts, access requests, account activities, access profiles, entitlements and
// sources (okta-sailpoint reference 8).
//
// It reads only. SailPoint calls done what its connector did; it knows nothing of
// AWS.
package sailpoint

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

// The variables that credentials and settings are read from. The secret may be in a
// file that EnvSecret with _FILE behind it names.
const (
	EnvClientID = "SAILPOINT_CLIENT_ID"
	EnvSecret   = "SAILPOINT_CLIENT_SECRET"
	// EnvPrefix is the scheme of paths: v3, v2024, v2025, v2026, beta, or "service" for
	// paths such as /accounts/v1 (reference 8.2).
	EnvPrefix = "SAILPOINT_API_PREFIX"
)

const (
	// Kind is the kind of the input.
	Kind          = "sailpoint-api"
	defaultPrefix = "v2025"
	// perService is the prefix for the scheme of one version a service.
	perService = "service"
	page       = 250 // the most that a list gives (reference 8.3)
)

// What a token must be allowed (reference 8.4 to 8.10).
const (
	needIdentities = "idn:identity:read"
	needAccounts   = "idn:accounts:read"
	needSources    = "idn:sources:read"
	needAdmin      = "a personal access token of an ORG_ADMIN"
)

// Name is a tenant.
type Name struct{ Host string }

// String returns the name as --from takes it.
func (n Name) String() string { return "sailpoint://" + strings.TrimSuffix(n.Host, cloud) }

const cloud = ".api.identitynow.com"

var (
	tenantForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	hostForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,250}(:[0-9]{1,5})?$`)
)

// ParseName reads sailpoint://TENANT, where TENANT is the tenant's name (acme for
// acme.api.identitynow.com) or the whole host of its API. Its error says what the
// form is.
func ParseName(from string) (Name, error) {
	host, ok := strings.CutPrefix(from, "sailpoint://")
	host = strings.ToLower(strings.TrimSuffix(host, "/"))
	switch {
	case !ok || !hostForm.MatchString(host):
		return Name{}, fmt.Errorf("%q is not of the form sailpoint://TENANT or sailpoint://HOST, such as sailpoint://acme", from)
	case host != "localhost" && tenantForm.MatchString(host):
		host += cloud
	}
	return Name{Host: host}, nil
}

func (n Name) base() string {
	if u, err := url.Parse("//" + n.Host); err == nil {
		if addr, err := netip.ParseAddr(u.Hostname()); u.Hostname() == "localhost" || err == nil && addr.IsLoopback() {
			return "http://" + n.Host
		}
	}
	return "https://" + n.Host
}

// Options says what is read, and with what.
type Options struct {
	Name        Name
	Query       live.Query
	Environment restapi.Environment
	Sleep       func(context.Context, time.Duration) error // live.Sleep when nil
	Transport   http.RoundTripper                          // its own when nil
}

// Source is a SailPoint tenant.
type Source struct {
	o      Options
	prefix string
	client *restapi.Client
	// userless says that the token acts for nobody, so that some lists are closed to
	// it (reference 8.1); known once a token was fetched.
	userless bool
}

var _ live.Source = (*Source)(nil)

var prefixForm = regexp.MustCompile(`^(v[0-9]{1,4}|beta|service)$`)

// New returns the source. The error is a *live.Problem about the credentials.
func New(o Options) (*Source, error) {
	bad := func(reason string) (*Source, error) {
		return nil, &live.Problem{Kind: live.Credentials, Doing: "reading SailPoint", Reason: reason,
			Next: fmt.Sprintf("set %s and %s (or %s_FILE) to those of a personal access token", EnvClientID, EnvSecret, EnvSecret)}
	}
	id := o.Environment.Get(EnvClientID)
	secret, err := o.Environment.Secret(EnvSecret)
	switch {
	case err != nil:
		return bad(err.Error())
	case id == "" || secret == "":
		return bad("there are no credentials")
	}
	s := &Source{o: o, prefix: o.Environment.Get(EnvPrefix)}
	if s.prefix == "" {
		s.prefix = defaultPrefix
	}
	if !prefixForm.MatchString(s.prefix) {
		return nil, &live.Problem{Kind: live.Refused, Doing: "reading SailPoint", Reason: EnvPrefix + " is none of v3, v2024, v2025, v2026, beta and service"}
	}
	options := restapi.Options{
		Service: "SailPoint", Base: o.Name.base(), Fault: fault,
		Progress: o.Query.Progress, Now: o.Query.Clock, Sleep: o.Sleep, Transport: o.Transport,
	}
	tokens, err := restapi.New(options)
	if err != nil {
		return nil, err
	}
	options.Auth = restapi.OAuth(restapi.Grant{
		Client: tokens, Ref: "/oauth/token",
		Form: func(time.Time) (url.Values, error) { return restapi.SecretForm(id, secret, ""), nil },
		Next: fmt.Sprintf("check %s and %s; a personal access token ends with its owner's account", EnvClientID, EnvSecret),
		Sees: func(body []byte) {
			var token struct {
				Identity string `json:"identity_id"`
			}
			s.userless = json.Unmarshal(body, &token) == nil && token.Identity == ""
		},
	})
	s.client, err = restapi.New(options)
	return s, err
}

// fault reads SailPoint's errors: detailCode with messages, or those of the token
// endpoint.
func fault(body []byte) restapi.Fault {
	var e struct {
		Detail   string `json:"detailCode"`
		OAuth    string `json:"error"`
		Messages []struct {
			Locale string `json:"locale"`
			Text   string `json:"text"`
		} `json:"messages"`
	}
	if json.Unmarshal(body, &e) != nil {
		return restapi.Fault{}
	}
	f := restapi.Fault{Code: strings.ReplaceAll(strings.TrimSpace(e.Detail), " ", "-")}
	if f.Code == "" {
		f.Code = e.OAuth
	}
	for _, m := range e.Messages {
		if f.Text == "" || strings.HasPrefix(m.Locale, "en") {
			f.Text = m.Text
		}
	}
	return f
}

// path is where a service's list lies under the configured scheme. There is no
// /v3/entitlements (reference 8.2).
func (s *Source) path(service string, rest ...string) string {
	prefix := "/" + s.prefix + "/" + service
	switch {
	case s.prefix == perService:
		prefix = "/" + service + "/v1"
	case s.prefix == "v3" && service == "entitlements":
		prefix = "/beta/" + service
	}
	return strings.Join(append([]string{prefix}, rest...), "/")
}

// Collect reads what the query asks for into the sink.
func (s *Source) Collect(ctx context.Context, sink casefile.Sink) error {
	r := &reading{
		Reading: upstreamapi.Reading{Client: s.client, Product: upstream.ProductSailPoint, Org: s.o.Name.Host, Query: s.o.Query},
		s:       s, q: s.o.Query,
	}
	if s.o.Query.User == "" && s.o.Query.Group == "" {
		r.everything(ctx)
	} else {
		r.narrow(ctx)
	}
	if s.userless && r.Stopped() == nil {
		sink.Note("The SailPoint token acts for no person (an API client without a user): lists that are open to people only are denied to it. Use a personal access token.")
	}
	return r.Give(sink, s.o.Name.String(), Kind, expected...)
}

var expected = []string{upstream.ListIdentities, upstream.ListSources, upstream.ListAccounts, upstream.ListRequests, upstream.ListActivities,
	upstream.ListProfiles, upstream.ListEntitlements}
