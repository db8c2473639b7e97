package restapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

const (
	// mostReset is the longest wait for an Okta bucket, which is one of a minute
	// (okta-sailpoint reference 2.6).
	mostReset = 65 * time.Second
	// mostRetryAfter is the longest Retry-After that is obeyed; a service that asks
	// for more is reported.
	mostRetryAfter = 5 * time.Minute
)

// again says whether a call that failed is made again, and after which wait.
func (c *Client) again(a *Answer, err error, broken, throttled *int) (time.Duration, bool) {
	if a != nil && a.Status == http.StatusTooManyRequests {
		*throttled++
		wait := c.throttle(a.Header, *throttled)
		return wait, *throttled < maxThrottled && wait <= mostRetryAfter
	}
	switch {
	case errors.Is(err, errHTML) || errors.Is(err, errLarge):
		return 0, false
	case err != nil && permanent(err):
		return 0, false
	case err != nil:
	case a.Status == http.StatusInternalServerError || a.Status == http.StatusBadGateway || a.Status == http.StatusServiceUnavailable || a.Status == http.StatusGatewayTimeout:
	default:
		return 0, false
	}
	*broken++
	wait := c.o.Backoff.After(*broken)
	if a != nil {
		if asked, ok := live.RetryAfter(a.Header, c.serverNow(a.Header)); ok {
			wait = max(wait, asked)
		}
	}
	return wait, *broken < maxBroken && wait <= mostRetryAfter
}

// throttle is how long a 429 asks to wait: Retry-After in seconds or as a date
// (SailPoint, Microsoft Graph), or until X-Rate-Limit-Reset (Okta). A limit of 0 is
// one of concurrency, whose reset is a hint only.
func (c *Client) throttle(h http.Header, n int) time.Duration {
	if wait, ok := live.RetryAfter(h, c.serverNow(h)); ok {
		return max(wait, 100*time.Millisecond)
	}
	if b, ok := bucketOf(h); ok && b.limit > 0 {
		if wait := b.reset.Sub(c.serverNow(h)); wait > 0 {
			return min(wait+time.Second, mostReset) // the reset has whole seconds
		}
	}
	return c.o.Backoff.After(n)
}

// serverNow is the service's own time, so that a wrong clock here does not matter.
func (c *Client) serverNow(h http.Header) time.Time {
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		return at
	}
	return c.o.Now()
}

// bucket is a rate limit of Okta's: so many calls until reset.
type bucket struct {
	limit, remaining int
	reset            time.Time
}

func bucketOf(h http.Header) (bucket, bool) {
	number := func(name string) (int64, bool) {
		n, err := strconv.ParseInt(h.Get(name), 10, 64)
		return n, err == nil && n >= 0 && n < 1<<40
	}
	limit, ok1 := number("X-Rate-Limit-Limit")
	remaining, ok2 := number("X-Rate-Limit-Remaining")
	reset, ok3 := number("X-Rate-Limit-Reset")
	return bucket{int(limit), int(remaining), time.Unix(reset, 0)}, ok1 && ok2 && ok3
}

// heed remembers that less than a tenth of a bucket is left: the rest belongs to
// others of the organisation, and the next call waits for the reset.
func (c *Client) heed(u *url.URL, a *Answer) {
	b, ok := bucketOf(a.Header)
	if !ok || b.limit <= 0 || b.remaining*10 >= b.limit {
		return
	}
	wait := min(b.reset.Sub(c.serverNow(a.Header)), mostReset)
	if wait <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds[family(u)] = c.o.Now().Add(wait)
}

// waitTurn waits until a family of paths may be asked again.
func (c *Client) waitTurn(ctx context.Context, u *url.URL) error {
	c.mu.Lock()
	until := c.holds[family(u)]
	delete(c.holds, family(u))
	c.mu.Unlock()
	if until.IsZero() {
		return ctx.Err()
	}
	if wait := until.Sub(c.o.Now()); wait > 0 {
		return c.o.Sleep(ctx, wait)
	}
	return ctx.Err()
}

// family is the beginning of a path that shares a rate limit: /api/v1/apps.
func family(u *url.URL) string {
	parts := strings.SplitN(u.Path, "/", 5)
	return strings.Join(parts[:min(len(parts), 4)], "/")
}
