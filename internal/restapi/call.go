package restapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Call is one question to a service.
type Call struct {
	// Doing says for a message what it is: "listing the members of an Okta group".
	Doing string
	// Ref is a path below the base with its query, escaped, or a link of the service.
	Ref string
	// Need is the scope or role that it needs, named when the service denies it.
	Need string

	form   url.Values // a POST of a form, when not nil: tokens
	header http.Header
	bare   bool // without the authoriser
}

// Answer is what a service answered with a status below 300: JSON, or nothing.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	URL    *url.URL // after redirects
}

// Refusal is what lies under a *live.Problem when the service answered with an
// error.
type Refusal struct {
	Status    int
	Code      string // the service's, such as E0000007; letters, digits and a few signs only
	RequestID string // for its support

	text   string
	header http.Header
}

func (r *Refusal) Error() string {
	s := fmt.Sprintf("HTTP %d", r.Status)
	if r.Code != "" {
		s += " " + r.Code
	}
	return s
}

// Status returns the HTTP status of a refusal, 0 for any other error.
func Status(err error) int {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Status
	}
	return 0
}

// Code returns the service's code of a refusal.
func Code(err error) string {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code
	}
	return ""
}

// Get asks. The error is a *live.Problem or that of ctx.
func (c *Client) Get(ctx context.Context, call Call) (*Answer, error) {
	u, err := c.resolve(call.Ref)
	if err != nil {
		return nil, &live.Problem{Kind: live.Malformed, Doing: call.Doing, Reason: err.Error()}
	}
	broken, throttled, renewed := 0, 0, false
	for {
		if err := c.waitTurn(ctx, u); err != nil {
			return nil, err
		}
		a, secret, err := c.once(ctx, call, u)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if p, ok := errors.AsType[*live.Problem](err); ok { // of the authoriser
			return nil, p
		}
		if err == nil && a.Status < 300 {
			c.heed(u, a)
			return a, nil
		}
		if err == nil && a.Status == http.StatusUnauthorized && !renewed && !call.bare && c.o.Auth != nil && c.o.Auth.Renew() {
			renewed = true
			c.retried(false)
			continue
		}
		wait, again := c.again(a, err, &broken, &throttled)
		if !again {
			return nil, c.problem(call, a, err, secret)
		}
		c.retried(a != nil && a.Status == http.StatusTooManyRequests)
		if err := c.o.Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (c *Client) retried(throttled bool) {
	if p := c.o.Progress; p != nil {
		p.Retries.Add(1)
		if throttled {
			p.Throttled.Add(1)
		}
	}
}

// errHalf is an answer that ends before its end.
var errHalf = errors.New("the answer breaks off in the middle")

// errHTML is a page for people where JSON belongs.
var errHTML = errors.New("the answer is an HTML page and not JSON")

// errLarge is an answer beyond Options.MaxBody.
var errLarge = errors.New("the answer is larger than any that this service gives")

// once sends a call once. secret is what the Authorization header held, so that no
// message repeats it.
func (c *Client) once(ctx context.Context, call Call, u *url.URL) (a *Answer, secret string, err error) {
	method, body := http.MethodGet, io.Reader(nil)
	if call.form != nil {
		method, body = http.MethodPost, strings.NewReader(call.form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, "", errors.New("the request cannot be made")
	}
	for _, h := range []http.Header{c.o.Header, call.header} {
		for name, values := range h {
			req.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if call.form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if !call.bare && c.o.Auth != nil {
		if err := c.o.Auth.Authorise(ctx, req); err != nil {
			return nil, "", err
		}
	}
	_, secret, _ = strings.Cut(req.Header.Get("Authorization"), " ")
	resp, err := c.http.Do(req)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // its text would repeat the whole URL
		}
		return nil, secret, err
	}
	defer func() { _ = resp.Body.Close() }()
	a = &Answer{Status: resp.StatusCode, Header: resp.Header, URL: resp.Request.URL}
	a.Body, err = io.ReadAll(io.LimitReader(resp.Body, c.o.MaxBody+1))
	if p := c.o.Progress; p != nil {
		p.Calls.Add(1)
		p.Bytes.Add(int64(len(a.Body)))
	}
	if int64(len(a.Body)) > c.o.MaxBody {
		a.Body = nil
		return a, secret, errLarge
	}
	if err != nil {
		return a, secret, errHalf
	}
	return a, secret, sound(a)
}

// sound says what is wrong with a body. An error status may come without JSON.
func sound(a *Answer) error {
	text := bytes.TrimSpace(a.Body)
	if len(text) > 0 && text[0] == '<' || strings.HasPrefix(strings.ToLower(a.Header.Get("Content-Type")), "text/html") {
		if a.Status < 300 || a.Status == http.StatusForbidden || a.Status == http.StatusNotFound || a.Status == http.StatusUnauthorized {
			return errHTML
		}
		return nil
	}
	if a.Status >= 300 || a.Status == http.StatusNoContent {
		return nil
	}
	if jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		return nil
	}
	return errHalf
}
