package awsaccess

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/scimtrail/scimtrail/internal/live"
)

const (
	// attempts at one call before it is given up. With waits of up to 20 seconds
	// it outlasts a minute of trouble.
	attempts = 8
	// hopeless is how often a call is tried that is unlikely ever to arrive: no such
	// host, nobody listens, a web page answers.
	hopeless = 4
)

// Caller is how patiently calls are made. Its zero value waits as live.Backoff
// says and paces nothing.
type Caller struct {
	Pacer    *live.Pacer // spaces the attempts, and is held back by throttles; may be nil
	Backoff  live.Backoff
	Attempts int           // at one call; 8 when zero
	Limit    time.Duration // of one attempt; none when zero. Not for calls whose body is read afterwards
	Sleep    func(context.Context, time.Duration) error
	Now      func() time.Time
	Progress *live.Progress
	// Refresh is called once, before a call refused for expired credentials is tried
	// again; see [Access.Invalidate].
	Refresh func()
}

// Caller returns a caller that fetches expired credentials anew, without a pacer.
func (a Access) Caller() Caller {
	return Caller{Refresh: a.Invalidate, Limit: time.Minute}
}

// Call makes a call until it is answered, for good or ill. It waits and tries
// again after throttles (as long as Retry-After or RetryAfterSeconds say), errors
// of the server, lost connections and answers that break off. The error is that of
// the last attempt, for [Explain], or that of ctx.
//
// do makes one attempt and returns [Incomplete] when the answer lacks what the API
// promises: the SDK takes an empty body for an answer without fields.
func Call[T any](ctx context.Context, c Caller, do func(context.Context) (T, error)) (T, error) {
	var none T
	refreshed := false
	bleak := 0 // attempts whose outcome gives little hope
	for n := 1; ; n++ {
		if c.Pacer != nil {
			if err := c.Pacer.Wait(ctx); err != nil {
				return none, err
			}
		}
		out, err := once(ctx, c.Limit, do)
		if err == nil {
			if c.Progress != nil {
				c.Progress.Calls.Add(1)
			}
			return out, nil
		}
		if ctx.Err() != nil {
			return none, ctx.Err()
		}
		if answered(err) && c.Progress != nil {
			c.Progress.Calls.Add(1)
		}
		if expired(err) && c.Refresh != nil && !refreshed {
			refreshed = true
			c.Refresh()
			continue
		}
		most := c.Attempts
		if most <= 0 {
			most = attempts
		}
		hope := hopeOf(err)
		if hope == little {
			bleak++
		}
		if hope == nothing || n >= most || bleak >= hopeless {
			return none, err
		}
		if err := c.wait(ctx, n, err); err != nil {
			return none, err
		}
	}
}

func once[T any](ctx context.Context, limit time.Duration, do func(context.Context) (T, error)) (T, error) {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return do(ctx)
}

// wait waits before attempt n+1; a throttle holds everybody back.
func (c Caller) wait(ctx context.Context, n int, err error) error {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	d, told := retryAfter(err, now())
	// Who was told the same time does not come back at the same moment.
	if told {
		d += c.Backoff.After(0) / 2
	} else {
		d = c.Backoff.After(n)
	}
	slow := throttled(err)
	if c.Progress != nil {
		c.Progress.Retries.Add(1)
		if slow {
			c.Progress.Throttled.Add(1)
		}
	}
	if slow && c.Pacer != nil {
		c.Pacer.Hold(d)
		return ctx.Err()
	}
	sleep := c.Sleep
	if sleep == nil {
		sleep = live.Sleep
	}
	return sleep(ctx, d)
}

// Incomplete is the error of an answer that lacks what the API promises.
//
//lint:ignore ST1012 callers read it as a word: return nil, awsaccess.Incomplete
var Incomplete = errors.New("the answer is incomplete")

// noSTS reports whether the endpoint speaks other services only: STS answers in
// XML, whatever is wrong.
func noSTS(err error) bool {
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && response.Response != nil && response.HTTPStatusCode()/100 == 4 &&
		strings.Contains(response.Response.Header.Get("Content-Type"), "json")
}

// codeOf returns the code of AWS's error, "" when it is none.
func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// statusOf returns the HTTP status that came with an error, 0 when none did.
func statusOf(err error) int {
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

func answered(err error) bool { return statusOf(err) != 0 }

func throttled(err error) bool {
	code := codeOf(err)
	if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
		return true
	}
	return code == "ThrottledException" || code == "OverLimit" || statusOf(err) == http.StatusTooManyRequests
}

// expiredCodes are what services call credentials whose time is over.
var expiredCodes = []string{"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"}

func expired(err error) bool { return slices.Contains(expiredCodes, codeOf(err)) }

// webPage reports whether a page came where JSON or XML was due: a proxy, a
// captive portal, a wrong endpoint.
func webPage(err error) bool {
	if _, ok := errors.AsType[*smithy.DeserializationError](err); !ok && codeOf(err) != "UnknownError" {
		return false
	}
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && response.Response != nil {
		return strings.HasPrefix(strings.ToLower(response.Response.Header.Get("Content-Type")), "text/html")
	}
	return false
}

// garbled reports whether the answer was a success as far as it could be read. Not
// everything in the SDK says so with a DeserializationError: what looks for S3's
// errors with status 200 returns the XML reader's own.
func garbled(err error) bool {
	_, is := errors.AsType[*smithy.DeserializationError](err)
	return is || codeOf(err) == "" && statusOf(err)/100 == 2
}

// hope is whether a call that had this outcome is worth making again.
type hope int

const (
	nothing hope = iota // trying again can't help
	little              // it is unlikely ever to arrive: see hopeless
	good
)

func hopeOf(err error) hope {
	status := statusOf(err)
	_, retryable := retry.DefaultRetryableErrorCodes[codeOf(err)]
	_, network := errors.AsType[net.Error](err)
	_, unsent := errors.AsType[*smithyhttp.RequestSendError](err)
	switch {
	case webPage(err):
		return little
	case throttled(err), retryable, status >= 500, errors.Is(err, Incomplete), errors.Is(err, io.ErrUnexpectedEOF):
		return good
	case garbled(err) && (status == 0 || status/100 == 2):
		return good
	case errors.Is(err, syscall.ECONNREFUSED), noSuchHost(err):
		return little
	case network, unsent, errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, context.DeadlineExceeded):
		return good
	}
	return nothing
}

func noSuchHost(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}

// retryAfter returns how long the service asks to wait.
func retryAfter(err error, now time.Time) (time.Duration, bool) {
	if slow, ok := errors.AsType[*idtypes.ThrottlingException](err); ok && slow.RetryAfterSeconds > 0 {
		return min(time.Duration(slow.RetryAfterSeconds)*time.Second, time.Hour), true
	}
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && response.Response != nil {
		return live.RetryAfter(response.Response.Header, now)
	}
	return 0, false
}
