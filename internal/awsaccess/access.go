// Package awsaccess is how scimtrail comes into AWS: which credentials, in which
// Region, how patiently a call is made, and what an AWS error means to a person.
//
// It knows nothing of evidence. The live sources (source/lookup, source/s3, ...)
// make their own clients from an [Access], make their calls through [Call], and
// hand on what [Explain] says of an error.
package awsaccess

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/live"
)

// SessionName is the name of the session of an assumed role, which CloudTrail
// shows in the accounts that were looked at.
const SessionName = "scimtrail"

// silence is how long a service may take until it begins to answer. The longest
// call that is meant to wait is a receive of SQS, with 20 seconds.
const silence = time.Minute

// together is how many calls a source makes at once at most, with room for two
// sources. So many connections are kept open for the next calls; the SDK keeps 10, and
// would open most of the others anew again and again.
const together = 128

// Options says whose credentials are used. Its zero value is the SDK's ordinary
// chain: environment, shared profiles, SSO, web identity, container, instance.
type Options struct {
	// Profiles of the shared configuration, each an Access.
	Profiles []string
	// RoleARNs are assumed, each an Access, with the credentials of the first
	// profile, or of the ordinary chain when no profile is named.
	RoleARNs   []string
	ExternalID string // goes with every AssumeRole; "" for none
	Region     string // "" leaves it to the profile and the environment
	// HTTPClient makes the calls; the SDK's own when nil.
	HTTPClient aws.HTTPClient
}

// Access is one set of credentials. It may be copied, and used by goroutines.
type Access struct {
	// Name says to a person whose credentials these are: "profile audit",
	// "role arn:aws:iam::444455556666:role/audit", "the default credentials".
	Name string
	// Config makes clients. It never makes a call twice by itself: a call goes
	// through [Call], whose waiting is the pacer's. Endpoints are overridden as in
	// every SDK: AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>, endpoint_url.
	Config aws.Config
	// Role is the ARN of the role that is assumed, "" when none is.
	Role string

	profile string
	account *account
}

// account is remembered once it is known.
type account struct {
	mu    sync.Mutex
	id    string
	known bool
}

// Open returns an Access for every profile and one for every role, in that order,
// and that of the ordinary chain when neither is named. It calls no service, so
// that wrong credentials show only when they are used. Its error is a
// *live.Problem.
func Open(ctx context.Context, o Options) ([]Access, error) {
	profiles := o.Profiles
	if len(profiles) == 0 {
		profiles = []string{""}
	}
	var bases []Access
	for _, profile := range profiles {
		base, err := open(ctx, o, profile)
		if err != nil {
			return nil, err
		}
		bases = append(bases, base)
	}
	var out []Access
	if len(o.Profiles) > 0 || len(o.RoleARNs) == 0 {
		out = bases
	}
	for _, role := range o.RoleARNs {
		a, err := bases[0].assume(role, o.ExternalID)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

func open(ctx context.Context, o Options, profile string) (Access, error) {
	a := Access{Name: "the default credentials", profile: profile, account: new(account)}
	load := []func(*config.LoadOptions) error{
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
		config.WithAppID("scimtrail"),
		config.WithLogger(logging.Nop{}), // what matters comes as an error, in our words
	}
	if profile != "" {
		a.Name = "profile " + profile
		load = append(load, config.WithSharedConfigProfile(profile))
	}
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	}
	client := o.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.ResponseHeaderTimeout = silence
			t.MaxIdleConns, t.MaxIdleConnsPerHost = 2*together, together
		})
	}
	load = append(load, config.WithHTTPClient(client))
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return Access{}, a.Explain(err, "reading the AWS configuration of "+a.Name)
	}
	a.Config = cfg
	return a, nil
}

// assume returns the access of a role that a's credentials may assume.
func (a Access) assume(role, externalID string) (Access, error) {
	parts := strings.SplitN(role, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || !awsid.IsAccount(parts[4]) || !strings.HasPrefix(parts[5], "role/") {
		return Access{}, &live.Problem{Kind: live.Refused, Doing: "assuming a role", Reason: "what was given is not the ARN of a role",
			Next: "name it as arn:aws:iam::444455556666:role/NAME"}
	}
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(a.Config), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = SessionName
		if externalID != "" {
			o.ExternalID = &externalID
		}
	})
	out := Access{Name: "role " + role, Role: role, Config: a.Config.Copy(), profile: a.profile, account: &account{id: parts[4], known: true}}
	out.Config.Credentials = aws.NewCredentialsCache(provider)
	return out, nil
}

// In returns the access with another Region.
func (a Access) In(region string) Access {
	a.Config = a.Config.Copy()
	a.Config.Region = region
	return a
}

// New returns an Access to given credentials, for tests and for programs that
// hold a configuration already. The configuration should not retry by itself.
func New(name string, cfg aws.Config) Access {
	return Access{Name: name, Config: cfg, account: new(account)}
}

// Account returns the account that the credentials belong to, as STS says; it
// asks once. It is "" without an error when there is no STS where the endpoints
// point to, as with an emulator that only speaks some services; an assumed role
// is never asked for, since its ARN names the account. Its error is a
// *live.Problem or that of ctx.
func (a Access) Account(ctx context.Context) (string, error) { return a.AccountBy(ctx, a.Caller()) }

// AccountBy is Account with another patience.
func (a Access) AccountBy(ctx context.Context, c Caller) (string, error) {
	if a.account == nil {
		a.account = new(account)
	}
	a.account.mu.Lock()
	defer a.account.mu.Unlock()
	if a.account.known {
		return a.account.id, nil
	}
	out, err := Call(ctx, c, func(ctx context.Context) (*sts.GetCallerIdentityOutput, error) {
		return sts.NewFromConfig(a.Config).GetCallerIdentity(ctx, nil)
	})
	switch {
	case err == nil:
		if id := aws.ToString(out.Account); awsid.IsAccount(id) {
			a.account.id = id
		}
	case noSTS(err):
	case ctx.Err() != nil:
		return "", ctx.Err()
	default:
		return "", a.Explain(err, "asking whose credentials these are")
	}
	a.account.known = true
	return a.account.id, nil
}

// Invalidate makes the next call fetch credentials anew.
func (a Access) Invalidate() {
	if cache, ok := a.Config.Credentials.(*aws.CredentialsCache); ok {
		cache.Invalidate()
	}
}
