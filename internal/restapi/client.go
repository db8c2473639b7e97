// Package restapi asks services that speak JSON over HTTP, patiently: it obeys
// their rate limits, tries again what may be tried again, follows their pages, and
// says in one sentence what went wrong.
//
// It knows no product. What differs between them (how they name an error, which
// header an API token stands in) is in Options and Authoriser.
//
// A secret goes out in one way only: in a request to the host that it is for, over
// TLS, or to this machine. Errors, logs and String methods never hold one.
package restapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Options says whom a Client asks, and how.
type Options struct {
	Service string // its name for messages: "Okta"
	Base    string // https://example.okta.com; http on this machine only
	Auth    Authoriser
	Header  http.Header // sent with every request
	// Fault reads the code and the words of a refusal; nil reads none.
	Fault func(body []byte) Fault

	Progress *live.Progress // counts calls; may be nil
	Now      func() time.Time
	// Sleep waits between tries; live.Sleep when nil.
	Sleep     func(context.Context, time.Duration) error
	Transport http.RoundTripper // one of its own when nil
	Backoff   live.Backoff
	MaxBody   int64 // bytes of an answer; 32 MiB when 0
}

// Fault is what a service says of a refusal. Its texts are the service's.
type Fault struct {
	Code, Text string
	// Lacks says that the service does not offer this to whoever asks: no other
	// token changes that, whatever the status says.
	Lacks bool
}

// Client asks one service. It may be used by several goroutines.
type Client struct {
	o    Options
	base *url.URL
	http *http.Client

	mu    sync.Mutex
	holds map[string]time.Time // by family of paths: no call before
}

const (
	maxBody = 32 << 20
	// tries of one call after broken answers, and after being told to slow down.
	maxBroken, maxThrottled = 4, 10
	callTimeout             = time.Minute
	userAgent               = "scimtrail"
)

// New returns a client. An error is one of the base URL: not https, or with more
// than a host and a path.
func New(o Options) (*Client, error) {
	u, err := baseURL(o.Base)
	if err != nil {
		return nil, fmt.Errorf("the address of %s: %w", o.Service, err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = live.Sleep
	}
	o.MaxBody = cmp.Or(o.MaxBody, maxBody)
	if o.Transport == nil {
		o.Transport = transport(isLoopback(u.Hostname()))
	}
	c := &Client{o: o, base: u, holds: map[string]time.Time{}}
	c.http = &http.Client{Transport: o.Transport, Timeout: callTimeout, CheckRedirect: c.redirect}
	return c, nil
}

// String names the service and its host.
func (c *Client) String() string { return c.o.Service + " at " + c.base.Host }

// GoString keeps %#v from showing the authoriser.
func (c *Client) GoString() string { return c.String() }

// Host is whom it asks.
func (c *Client) Host() string { return c.base.Host }

func baseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("it cannot be read as a URL")
	}
	switch {
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("it is a URL like https://example.com")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("it holds more than a host and a path")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("a token would travel in the clear to %s; use https", u.Host)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

var errNotHere = errors.New("the name does not lead to this machine, and the connection is not encrypted")

// transport is the one that a client uses. To this machine it uses no proxy and
// connects nowhere else, whatever a name resolves to.
func transport(here bool) *http.Transport {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: 30 * time.Second}
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	t.DialContext = dialer.DialContext
	if !here {
		return t
	}
	t.Proxy = nil
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		if a, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			_ = conn.Close()
			return nil, errNotHere
		}
		return conn, nil
	}
	return t
}

// redirect follows a few redirects within the host. Any other is an answer, which
// problem explains: a token goes to no second host.
func (c *Client) redirect(req *http.Request, via []*http.Request) error {
	if len(via) > 4 || !sameHost(req.URL, via[0].URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

func sameHost(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// resolve returns the URL of a path below the base, or of a link that the service
// gave. A link to another host is an error.
func (c *Client) resolve(ref string) (*url.URL, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return nil, errors.New("it names a page by something that is no URL")
	}
	if u.IsAbs() || u.Host != "" {
		if !sameHost(u, c.base) || u.User != nil {
			return nil, fmt.Errorf("it names a page on another host, %s, where the credentials do not belong", clean(u.Host, maxWord))
		}
		return u, nil
	}
	out := *c.base
	if !strings.HasPrefix(u.Path, "/") {
		return nil, errors.New("it names a page by a relative path")
	}
	out.Path, out.RawPath, out.RawQuery = c.base.Path+u.Path, "", u.RawQuery
	if u.RawPath != "" {
		out.RawPath = c.base.EscapedPath() + u.EscapedPath()
	}
	return &out, nil
}
