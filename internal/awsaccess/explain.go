package awsaccess

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Fault is AWS's error without its message, which may quote headers of the request
// and with them a session token (SignatureDoesNotMatch quotes all of them).
type Fault struct {
	Service, Operation string // as the SDK names them; "" when unknown
	Code               string // e.g. AccessDeniedException; "" when it is no error of a service
	Status             int    // of HTTP; 0 when nothing was answered
}

// Error names the operation and the code.
func (f *Fault) Error() string {
	what := f.Code
	if what == "" {
		what = "no usable answer"
	}
	if f.Status != 0 {
		what += fmt.Sprintf(" (HTTP %d)", f.Status)
	}
	if f.Operation == "" {
		return what
	}
	return f.Service + " " + f.Operation + ": " + what
}

// Explain says what an error of the AWS SDK means, in a sentence and without
// secrets. doing is what was being done, to what. It is nil for a nil err, and
// err itself when it is a *live.Problem already.
func Explain(err error, doing string) *live.Problem { return Access{}.Explain(err, doing) }

// Explain is like [Explain] and knows which profile to sign in again with.
func (a Access) Explain(err error, doing string) *live.Problem {
	if err == nil {
		return nil
	}
	if p, ok := errors.AsType[*live.Problem](err); ok {
		return p
	}
	fault := &Fault{Code: codeOf(err), Status: statusOf(err)}
	// An operation may hide in another: fetching credentials inside a lookup. The
	// innermost is the one that failed.
	for inner := err; inner != nil; {
		op, ok := errors.AsType[*smithy.OperationError](inner)
		if !ok {
			break
		}
		fault.Service, fault.Operation, inner = op.Service(), op.Operation(), op.Unwrap()
	}
	p := &live.Problem{Doing: doing, Err: fault}
	for _, reader := range []func(Access, error, *Fault, *live.Problem) bool{
		Access.local, Access.page, Access.refusal, Access.elsewhere, Access.network, Access.garbled,
	} {
		if reader(a, err, fault, p) {
			return p
		}
	}
	p.Kind, p.Reason = live.Refused, "AWS refused the request"
	switch {
	case fault.Code != "":
		p.Reason += " with " + plain(fault.Code)
	case fault.Status != 0:
		p.Reason += fmt.Sprintf(" with HTTP status %d", fault.Status)
	default:
		p.Kind, p.Reason = live.Unreachable, "the request could not be made"
	}
	if fault.Status >= 500 {
		p.Next = "AWS itself is in trouble; run it again later, it goes on where it stopped"
	}
	return p
}

// local reads the errors of credentials and configuration on this machine.
func (a Access) local(err error, _ *Fault, p *live.Problem) bool {
	text := err.Error() // looked into, never shown
	switch missing, noProfile := errors.AsType[config.SharedConfigProfileNotExistError](err); {
	case noProfile:
		p.Kind, p.Reason = live.Credentials, "there is no profile "+plain(missing.Profile)+" in the AWS configuration"
		p.Next = "list those that there are with `aws configure list-profiles`"
	case is[*ssocreds.InvalidTokenError](err),
		strings.Contains(text, "SSO session has expired"), strings.Contains(text, "refresh cached SSO token failed"),
		strings.Contains(text, "failed to read cached SSO token file"), strings.Contains(text, "cached SSO token is expired"):
		p.Kind, p.Reason, p.Next = live.Credentials, "the sign-in session has expired", a.signIn()
	case is[*aws.MissingRegionError](err), strings.Contains(text, "Invalid Configuration: Missing Region"), strings.Contains(text, "an AWS region is required"):
		p.Kind, p.Reason, p.Next = live.WrongPlace, "no Region is named", "name it in --from, or set AWS_REGION"
	case strings.Contains(text, "no EC2 IMDS role found"), strings.Contains(text, "static credentials are empty"),
		strings.Contains(text, "failed to refresh cached credentials, no"), strings.Contains(text, "no valid credential sources"):
		p.Kind, p.Reason, p.Next = live.Credentials, "no AWS credentials were found", "name a profile with --profile, or sign in with `aws configure` or `aws sso login`"
	default:
		return false
	}
	return true
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func (a Access) signIn() string {
	if a.profile != "" {
		return "sign in again with `aws sso login --profile " + plain(a.profile) + "`, then run it again"
	}
	return "sign in again (`aws sso login`, or fetch new temporary credentials), then run it again"
}

// refusal reads what services say of the caller.
func (a Access) refusal(err error, f *Fault, p *live.Problem) bool {
	switch code := f.Code; {
	case expired(err):
		p.Kind, p.Reason, p.Next = live.Credentials, "the credentials have expired", a.signIn()
	case strings.HasPrefix(code, "AccessDenied"), code == "UnauthorizedOperation", code == "AuthorizationError", code == "NotAuthorized",
		code == "UnauthorizedException", code == "Forbidden", f.Status == http.StatusForbidden && (code == "" || code == "UnknownError"):
		a.denied(err, f, p)
	case code == "UnrecognizedClientException", code == "InvalidClientTokenId", code == "InvalidAccessKeyId", code == "InvalidToken":
		p.Kind, p.Reason = live.Credentials, "AWS does not know the credentials of "+a.who()
		p.Next = "check the access key; a Region that must be enabled first answers the same when it is not"
	case code == "SignatureDoesNotMatch", strings.HasPrefix(code, "InvalidSignature"), strings.HasPrefix(code, "IncompleteSignature"):
		p.Kind, p.Reason = live.Credentials, "the signature is wrong: the secret access key does not fit the access key of "+a.who()+", or this machine's clock is off"
		p.Next = "check the secret access key and the clock"
	case code == "RequestTimeTooSkewed", code == "RequestInTheFuture":
		p.Kind, p.Reason, p.Next = live.Credentials, "this machine's clock is off by more than AWS accepts", "set the clock"
	case strings.HasPrefix(code, "MissingAuthenticationToken"), code == "OptInRequired", code == "SubscriptionRequiredException":
		p.Kind, p.Reason, p.Next = live.Credentials, "AWS wants credentials that were not sent, or the account has not enabled the service or Region", "check the profile and the Region"
	case throttled(err):
		p.Kind, p.Reason, p.Next = live.Throttled, "AWS kept asking to slow down", "run it again later; it goes on where it stopped"
	default:
		return false
	}
	return true
}

func (a Access) who() string {
	if a.Name == "" {
		return "the caller"
	}
	return plain(a.Name)
}

var (
	deniedAction   = regexp.MustCompile(`not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9*]+)`)
	deniedResource = regexp.MustCompile(`on resource:? "?(arn:[A-Za-z0-9:/._*+=,@-]+)`)
	deniedUser     = regexp.MustCompile(`User: (arn:[A-Za-z0-9:/._+=,@-]+)`)
)

// denied reads action, resource and caller out of the message, as in "User: ARN is
// not authorized to perform: cloudtrail:LookupEvents on resource: ARN because no
// identity-based policy allows the ... action" (cloudtrail reference 3.5), and
// falls back to the operation.
func (a Access) denied(err error, f *Fault, p *live.Problem) {
	var message string
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		message = api.ErrorMessage()
	}
	p.Kind = live.Denied
	who := a.who()
	if m := deniedUser.FindStringSubmatch(message); m != nil {
		who = m[1]
	}
	p.Reason = "access is denied to " + who
	if m := deniedAction.FindStringSubmatch(message); m != nil {
		p.Permission = m[1]
	} else {
		p.Permission = actionOf(f)
	}
	if m := deniedResource.FindStringSubmatch(message); m != nil && p.Permission != "" {
		p.Permission += " on " + strings.TrimRight(m[1], ".")
	}
	switch {
	case strings.Contains(message, "service control policy"):
		p.Reason += " by a service control policy"
		p.Next = "ask whoever keeps the organisation's policies"
	case strings.Contains(message, "explicit deny"):
		p.Reason += " by an explicit deny"
		p.Next = "ask whoever keeps the policies of that account"
	case f.Service == "STS" && f.Operation == "AssumeRole":
		p.Next = "check that the role's trust policy admits the caller, and its external id"
	default:
		p.Next = "print the least policy with `scimtrail collect --plan`"
	}
}

// prefixes are the IAM prefixes of the SDK's names of services.
var prefixes = map[string]string{
	"CloudTrail": "cloudtrail", "identitystore": "identitystore", "SSO Admin": "sso", "S3": "s3", "Athena": "athena", "SQS": "sqs",
	"STS": "sts", "Organizations": "organizations", "Glue": "glue",
}

// actions are the IAM actions that are not called as the operation is
// (service authorization reference of Amazon S3).
var actions = map[string]string{
	"s3:ListObjectsV2": "s3:ListBucket", "s3:ListObjects": "s3:ListBucket", "s3:HeadBucket": "s3:ListBucket", "s3:HeadObject": "s3:GetObject",
	"sqs:DeleteMessageBatch": "sqs:DeleteMessage",
}

func actionOf(f *Fault) string {
	prefix, ok := prefixes[f.Service]
	if !ok || f.Operation == "" {
		return ""
	}
	action := prefix + ":" + f.Operation
	if other, ok := actions[action]; ok {
		return other
	}
	return action
}

// elsewhere reads what services say of a thing that is not here.
func (a Access) elsewhere(_ error, f *Fault, p *live.Problem) bool {
	switch f.Code {
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect":
		p.Kind, p.Reason, p.Next = live.WrongPlace, "it lives in another Region", "name its Region"
	case "NoSuchBucket":
		p.Kind, p.Reason, p.Next = live.Missing, "there is no such bucket", "check its name and the account"
	case "NoSuchKey", "NotFound":
		p.Kind, p.Reason, p.Next = live.Missing, "there is nothing of that name", "check the name"
	case "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist":
		p.Kind, p.Reason, p.Next = live.Missing, "there is no such queue", "check its name, account and Region"
	case "ResourceNotFoundException", "EventDataStoreNotFoundException", "EventDataStoreARNInvalidException", "AWSOrganizationsNotInUseException":
		p.Kind, p.Reason, p.Next = live.Missing, "there is no such thing in this account and Region", "check the id, the account and the Region"
		if f.Service == "identitystore" {
			p.Reason = "this account has no such identity store in this Region"
		}
	default:
		if f.Status == http.StatusMovedPermanently {
			p.Kind, p.Reason, p.Next = live.WrongPlace, "it lives in another Region", "name its Region"
			return true
		}
		return false
	}
	return true
}

// network reads errors of the way there.
func (a Access) network(err error, f *Fault, p *live.Problem) bool {
	if f.Status != 0 {
		return false
	}
	host := ""
	if u, ok := errors.AsType[*url.Error](err); ok {
		if parsed, err := url.Parse(u.URL); err == nil {
			host = " " + plain(parsed.Host)
		}
	}
	dns, isDNS := errors.AsType[*net.DNSError](err)
	_, network := errors.AsType[net.Error](err)
	switch {
	case isDNS && dns.IsNotFound:
		p.Kind, p.Reason, p.Next = live.Unreachable, "there is no host "+plain(dns.Name), "check the Region's name, the endpoint and the connection"
	case errors.Is(err, syscall.ECONNREFUSED):
		p.Kind, p.Reason, p.Next = live.Unreachable, "nobody listens at"+host, "check the endpoint (AWS_ENDPOINT_URL) and the connection"
	case errors.Is(err, context.DeadlineExceeded), network && strings.Contains(err.Error(), "imeout"):
		p.Kind, p.Reason, p.Next = live.Unreachable, "no answer came in time from"+or(host, " AWS"), "check the connection and the proxy, then run it again"
	case strings.Contains(err.Error(), "x509:"), strings.Contains(err.Error(), "tls:"):
		p.Kind, p.Reason, p.Next = live.Unreachable, "the certificate of"+or(host, " the endpoint")+" is not trusted", "set AWS_CA_BUNDLE if a proxy of your own signs it"
	case network, strings.Contains(err.Error(), "connection reset"), strings.Contains(err.Error(), "EOF"):
		p.Kind, p.Reason, p.Next = live.Unreachable, "the connection to"+or(host, " AWS")+" kept breaking", "check the connection, then run it again"
	default:
		return false
	}
	return true
}

func or(text, otherwise string) string {
	if strings.TrimSpace(text) == "" {
		return otherwise
	}
	return text
}

// page reads an answer that is a web page, whatever its status.
func (a Access) page(err error, _ *Fault, p *live.Problem) bool {
	if webPage(err) {
		p.Kind, p.Reason, p.Next = live.Malformed, "a web page came where AWS's answer was due", "check the proxy and the endpoint (AWS_ENDPOINT_URL)"
		return true
	}
	return false
}

// garbled reads answers that are not what the API promises.
func (a Access) garbled(err error, _ *Fault, p *live.Problem) bool {
	switch {
	case errors.Is(err, Incomplete), garbled(err):
		p.Kind, p.Reason, p.Next = live.Malformed, "the answer broke off or is not what the API promises", "check the proxy and the endpoint, then run it again"
	default:
		return false
	}
	return true
}

// plain keeps what is safe on a terminal, and not too much of it.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '?'
		}
		return r
	}, s)
	return s[:min(len(s), 200)]
}
