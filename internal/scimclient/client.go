package scimclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/scimtrail/scimtrail/internal/live"
)

const (
	maxAnswer = 16 << 20 // bytes; a page of 100 users has about 100 KB
	maxDetail = 4 << 10  // bytes of an error that are kept
	attempts  = 8        // at one call, as for AWS's other APIs
)

// Options say how a client behaves; the zero Options is the ordinary way.
type Options struct {
	RootCAs   *x509.CertPool    // nil for the system's
	Transport http.RoundTripper // nil for one of its own
	Pacer     *live.Pacer       // spaces the calls; may be nil
	Backoff   live.Backoff
	Sleep     func(context.Context, time.Duration) error // live.Sleep when nil
	Now       func() time.Time                           // time.Now when nil
	Progress  *live.Progress                             // may be nil
	Attempts  int                                        // 8 when zero
	UserAgent string                                     // "scimtrail" when empty
}

// Client speaks to one endpoint with one token. It may be used by goroutines.
type Client struct {
	base, token string
	http        *http.Client
	o           Options
}

// Answer is what the endpoint said, with a status below 300.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Refusal is the endpoint's own word on why it refuses a request. It is hostile text
// and is shown as such.
type Refusal struct {
	Status    int
	Detail    string
	RequestID string
}

// Error quotes what the endpoint said.
func (r *Refusal) Error() string {
	text := fmt.Sprintf("HTTP %d", r.Status)
	if r.Detail != "" {
		text += ": " + r.Detail
	}
	return text
}

// New returns a client of an endpoint. Its error is a *live.Problem.
func New(endpoint, token string, o Options) (*Client, error) {
	base, err := Endpoint(endpoint)
	if err != nil {
		return nil, err
	}
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, &live.Problem{Kind: live.Credentials, Doing: "the SCIM token", Reason: "it is empty, or holds a character that no token has",
			Next: "copy it again; it is one line without blanks"}
	}
	if o.Sleep == nil {
		o.Sleep = live.Sleep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = new(live.Progress)
	}
	if o.Attempts <= 0 {
		o.Attempts = attempts
	}
	if o.UserAgent == "" {
		o.UserAgent = "scimtrail"
	}
	if o.Transport == nil {
		t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second,
			DialContext: (&net.Dialer{Timeout: 30 * time.Second}).DialContext, ResponseHeaderTimeout: time.Minute, MaxIdleConnsPerHost: 16}
		if o.RootCAs != nil {
			t.TLSClientConfig = &tls.Config{RootCAs: o.RootCAs}
		}
		o.Transport = t
	}
	// A redirect is never followed: the token would go where nobody meant it to go.
	client := &http.Client{Transport: o.Transport, Timeout: 2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Client{base, token, client, o}, nil
}

// Endpoint returns the endpoint that the client speaks to.
func (c *Client) Endpoint() string { return c.base }

// Do sends a request below the endpoint's path, again while it is told to wait, and
// a reading one also after other trouble on the way. doing says in words what is
// being done, for errors. Its error is a *live.Problem, or that of ctx:
//
//   - Credentials, Denied: the token is not accepted, or not for this
//   - Missing, Refused: the endpoint refuses the request and did nothing; Err is a
//     *Refusal
//   - Uncertain: a change may have arrived
//   - Throttled, Unreachable, Malformed: it was given up
func (c *Client) Do(ctx context.Context, doing, method, path, query string, body []byte) (*Answer, error) {
	target := c.base + path
	if query != "" {
		target += "?" + query
	}
	reads := method == http.MethodGet
	for n := 1; ; n++ {
		if c.o.Pacer != nil {
			if err := c.o.Pacer.Wait(ctx); err != nil {
				return nil, err
			}
		}
		a, err := c.send(ctx, method, target, body)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		problem, again := c.judge(doing, reads, a, err)
		if problem == nil {
			return a, nil
		}
		if !again || n >= c.o.Attempts {
			return nil, problem
		}
		wait := c.o.Backoff.After(n)
		if problem.Kind == live.Throttled {
			c.o.Progress.Throttled.Add(1)
			if told, ok := live.RetryAfter(a.Header, c.o.Now()); ok {
				wait = told + c.o.Backoff.After(0)/2
			}
		}
		c.o.Progress.Retries.Add(1)
		if problem.Kind == live.Throttled && c.o.Pacer != nil {
			c.o.Pacer.Hold(wait) // all who call wait
			continue
		}
		if err := c.o.Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (c *Client) send(ctx context.Context, method, target string, data []byte) (*Answer, error) {
	var body io.Reader
	if data != nil {
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("User-Agent", c.o.UserAgent)
	r.Header.Set("Accept", "application/json")
	if data != nil {
		r.Header.Set("Content-Type", "application/scim+json")
		r.GetBody = nil // a change is not sent twice behind our back
	}
	res, err := c.http.Do(r)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // the address may hold what was looked for
		}
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	c.o.Progress.Calls.Add(1)
	c.o.Progress.Bytes.Add(int64(len(text)))
	if err == nil && len(text) > maxAnswer {
		err = errors.New("the answer is over 16 MB")
	}
	if err != nil && res.StatusCode >= 300 {
		err = nil // the status says it already
	}
	return &Answer{res.StatusCode, res.Header, text}, err
}

// judge says what is wrong with an answer, nil for nothing, and whether to send the
// request again.
func (c *Client) judge(doing string, reads bool, a *Answer, err error) (p *live.Problem, again bool) {
	p = &live.Problem{Doing: doing}
	host := ""
	if u, err := url.Parse(c.base); err == nil {
		host = u.Host
	}
	if err != nil {
		return c.broken(p, host, reads, a, err)
	}
	switch {
	case a.Status >= 300 && a.Status < 400:
		p.Kind, p.Reason = live.Malformed, "the endpoint redirects to another address"+redirected(a)+"; the token was not sent there"
		p.Next = "copy the URL from the console: Settings, Automatic provisioning"
		return p, false
	case webPage(a):
		p.Kind, p.Reason = live.Malformed, fmt.Sprintf("a web page came from %s where SCIM's answer was due", host)
		p.Next = "check the URL, and the proxy between here and AWS"
		if a.Status >= 500 {
			p.Next = "check the proxy between here and AWS, then run it again"
		}
		if !reads && a.Status >= 500 {
			p.Kind = live.Uncertain
		}
		return p, reads && a.Status >= 500
	case a.Status < 300:
		return nil, false
	}
	r := refusalOf(a)
	p.Err = r
	switch {
	case a.Status == http.StatusTooManyRequests:
		p.Kind, p.Reason, p.Next = live.Throttled, "the endpoint kept asking to slow down", "run it again later; it goes on where it stopped"
		return p, true
	case a.Status == http.StatusUnauthorized:
		p.Kind, p.Reason = live.Credentials, "the token is not accepted: it is of another tenant or Region, expired or deleted"
		if here, there := Region(c.base), TenantRegion(Tenant(c.base)); there != "" && here != "" && here != there {
			p.Reason = fmt.Sprintf("the token is not accepted; the tenant looks like one of %s, and the endpoint is of %s", there, here)
		}
		p.Next = "see the console: Settings, Automatic provisioning, Access tokens"
	case a.Status == http.StatusForbidden:
		p.Kind, p.Reason, p.Next = live.Denied, "the token is accepted, and this is forbidden to it", "see the console: Settings, Automatic provisioning"
	case a.Status == http.StatusNotFound && strings.HasPrefix(r.Detail, "TENANT"):
		p.Kind, p.Reason = live.WrongPlace, "there is no such tenant here: provisioning was switched off and on again since, or the endpoint is of another Region"
		if here, there := Region(c.base), TenantRegion(Tenant(c.base)); there != "" && here != "" && here != there {
			p.Reason = fmt.Sprintf("there is no such tenant here; it looks like one of %s, and the endpoint is of %s", there, here)
		}
		p.Next = "copy the URL from the console: Settings, Automatic provisioning"
	case a.Status == http.StatusNotFound && r.Detail == "":
		p.Kind, p.Reason, p.Next = live.WrongPlace, "nothing is there at "+host, "copy the whole URL from the console; it is like "+Form
	case a.Status == http.StatusNotFound:
		p.Kind, p.Reason = live.Missing, "the endpoint says: "+r.Detail
	case a.Status >= 500 && a.Status != http.StatusNotImplemented:
		p.Kind, p.Reason, p.Next = live.Unreachable, fmt.Sprintf("the endpoint is in trouble (HTTP %d)", a.Status), "run it again later"
		if !reads {
			p.Kind = live.Uncertain
		}
		return p, reads
	default:
		p.Kind, p.Reason = live.Refused, "the endpoint refuses it with "+r.Error()
	}
	return p, false
}

// broken reads the errors of the way there and back.
func (c *Client) broken(p *live.Problem, host string, reads bool, a *Answer, err error) (*live.Problem, bool) {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	op, isOp := errors.AsType[*net.OpError](err)
	unsent := isOp && op.Op == "dial"
	p.Kind = live.Unreachable
	p.Err = nil
	switch {
	case isDNS && dns.IsNotFound:
		p.Reason, p.Next = "there is no host "+host, "check the Region in the URL, and the connection"
		return p, false
	case errors.Is(err, syscall.ECONNREFUSED):
		p.Reason, p.Next = "nobody listens at "+host, "check the URL and the connection"
		return p, false
	case isCertificate(err):
		p.Reason, p.Next = "the certificate of "+host+" is not trusted", "name the authority that signs it with --ca-file, if it is your own proxy"
		return p, false
	case a != nil:
		p.Kind, p.Reason, p.Next = live.Malformed, "the answer of "+host+" broke off", "check the proxy, then run it again"
	case isOp && op.Timeout(), errors.Is(err, context.DeadlineExceeded), strings.Contains(err.Error(), "imeout"):
		p.Reason, p.Next = "no answer came in time from "+host, "check the connection and the proxy, then run it again"
	default:
		p.Reason, p.Next = "the connection to "+host+" kept breaking", "check the connection, then run it again"
	}
	if !reads && !unsent {
		p.Kind = live.Uncertain
	}
	return p, reads || unsent
}

func isCertificate(err error) bool {
	_, verify := errors.AsType[*tls.CertificateVerificationError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	return verify || record
}

func redirected(a *Answer) string {
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil || u.Host == "" {
		return ""
	}
	return " (" + u.Host + ")"
}

// webPage reports whether what came is no JSON but something for browsers.
func webPage(a *Answer) bool {
	if strings.HasPrefix(strings.ToLower(a.Header.Get("Content-Type")), "text/html") {
		return true
	}
	return bytes.HasPrefix(bytes.TrimSpace(a.Body[:min(len(a.Body), 512)]), []byte("<"))
}

// refusalOf reads an error body (identity-center-scim reference 5.1).
func refusalOf(a *Answer) *Refusal {
	r := &Refusal{Status: a.Status, RequestID: a.Header.Get("x-amzn-RequestId")}
	var body struct {
		Detail    string `json:"detail"`
		RequestID string `json:"exceptionRequestId"`
	}
	if Decode(a.Body, &body) == nil {
		r.Detail = body.Detail[:min(len(body.Detail), maxDetail)]
		if r.RequestID == "" {
			r.RequestID = body.RequestID
		}
	}
	return r
}

// Decode reads an answer's JSON.
func Decode(data []byte, into any) error {
	return json.Unmarshal(data, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}
