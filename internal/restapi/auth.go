package restapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Authoriser puts credentials onto requests.
type Authoriser interface {
	// Authorise sets the Authorization header. An error is a *live.Problem.
	Authorise(ctx context.Context, req *http.Request) error
	// Renew is called after a 401. It reports whether another try may have other
	// credentials.
	Renew() bool
}

// APIToken is a token that stands as it is in the Authorization header, after the
// name of its scheme: "SSWS", "Bearer".
type APIToken struct {
	Scheme string
	Token  Secret
}

// Authorise sets the header.
func (t APIToken) Authorise(_ context.Context, req *http.Request) error {
	if t.Token == "" || strings.ContainsFunc(string(t.Token), func(r rune) bool { return r <= ' ' || r > '~' }) {
		return &live.Problem{Kind: live.Credentials, Doing: "asking " + req.URL.Host, Reason: "the token is empty, or holds a character that no token has", Next: "look at the variable or the file that it is read from"}
	}
	req.Header.Set("Authorization", t.Scheme+" "+string(t.Token))
	return nil
}

// Renew reports false: there is one token.
func (APIToken) Renew() bool { return false }

// Grant is an OAuth client's way to an access token: the client credentials grant
// with a secret or a signed assertion.
type Grant struct {
	// Client asks the token endpoint; its own Auth is not used.
	Client *Client
	Ref    string // path or URL of the token endpoint, on the client's host
	// Form makes what is posted; it is called for every token, since an assertion
	// serves once.
	Form func(now time.Time) (url.Values, error)
	Next string // what to do when it is refused
	// Sees is given the raw answer, e.g. to see whom a token acts for; may be nil.
	Sees func(body []byte)
}

// OAuth returns an authoriser that fetches a token when it needs one, keeps it until
// a minute before its end, and fetches another when the service refuses it.
func OAuth(g Grant) Authoriser { return &bearer{grant: g} }

type bearer struct {
	grant Grant

	mu    sync.Mutex
	token Secret
	until time.Time
}

// margin is how long before its end a token is not used any more
// (okta-sailpoint reference 16).
const margin = time.Minute

func (b *bearer) String() string   { return "an OAuth token" }
func (b *bearer) GoString() string { return b.String() }

func (b *bearer) Authorise(ctx context.Context, req *http.Request) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.token == "" || !b.grant.Client.o.Now().Before(b.until) {
		if err := b.fetch(ctx); err != nil {
			return err
		}
	}
	req.Header.Set("Authorization", "Bearer "+string(b.token))
	return nil
}

// Renew drops the token. A second refusal in a row of a fresh one is final, which
// Client.Get sees to.
func (b *bearer) Renew() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.token = ""
	return true
}

func (b *bearer) fetch(ctx context.Context) error {
	c := b.grant.Client
	doing := "getting an access token from " + c.o.Service
	form, err := b.grant.Form(c.o.Now())
	if err != nil {
		return &live.Problem{Kind: live.Credentials, Doing: doing, Reason: err.Error()}
	}
	a, err := c.Get(ctx, Call{Doing: doing, Ref: b.grant.Ref, form: form, bare: true})
	if err != nil {
		if p, ok := errors.AsType[*live.Problem](err); ok {
			if s := Status(err); s == http.StatusBadRequest || s == http.StatusUnauthorized || s == http.StatusForbidden {
				p.Kind, p.Permission, p.Next = live.Credentials, "", b.grant.Next
				p.Reason = c.base.Host + " does not accept the client's credentials"
				if code := Code(err); code != "" {
					p.Reason += " (" + code + ")"
				}
			}
		}
		return err
	}
	var got struct {
		Token   string  `json:"access_token"`
		Expires float64 `json:"expires_in"`
	}
	if err := json.Unmarshal(a.Body, &got); err != nil || got.Token == "" || strings.ContainsFunc(got.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return &live.Problem{Kind: live.Malformed, Doing: doing, Reason: c.base.Host + " answered without an access token"}
	}
	if b.grant.Sees != nil {
		b.grant.Sees(a.Body)
	}
	life := time.Duration(min(max(got.Expires, 0), 86400)) * time.Second
	b.token, b.until = Secret(got.Token), c.o.Now().Add(max(life-margin, life/2))
	return nil
}
