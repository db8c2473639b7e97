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
	dpop  *prover // once the service demanded proofs
	bound bool    // the token goes with a proof
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
	if !b.bound {
		req.Header.Set("Authorization", "Bearer "+string(b.token))
		return nil
	}
	proof, err := b.dpop.proof(req.Method, req.URL, b.token, b.grant.Client.o.Now())
	if err != nil {
		return &live.Problem{Kind: live.Credentials, Doing: "asking " + req.URL.Host, Reason: err.Error()}
	}
	req.Header.Set("Authorization", "DPoP "+string(b.token))
	req.Header.Set("DPoP", proof)
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

// ask asks the token endpoint once.
func (b *bearer) ask(ctx context.Context, doing string) (*Answer, error) {
	c := b.grant.Client
	form, err := b.grant.Form(c.o.Now())
	if err != nil {
		return nil, &live.Problem{Kind: live.Credentials, Doing: doing, Reason: err.Error()}
	}
	call := Call{Doing: doing, Ref: b.grant.Ref, form: form, bare: true}
	if b.dpop != nil {
		u, err := c.resolve(b.grant.Ref)
		if err != nil {
			return nil, &live.Problem{Kind: live.Credentials, Doing: doing, Reason: err.Error()}
		}
		proof, err := b.dpop.proof(http.MethodPost, u, "", c.o.Now())
		if err != nil {
			return nil, &live.Problem{Kind: live.Credentials, Doing: doing, Reason: err.Error()}
		}
		call.header = http.Header{"Dpop": {proof}}
	}
	return c.Get(ctx, call)
}

// prove prepares for another try with a proof, or with the nonce that a proof must
// hold, when that is what a refusal asks for (okta-sailpoint reference 2.2).
func (b *bearer) prove(err error) bool {
	r, ok := errors.AsType[*Refusal](err)
	if !ok || r.Status != http.StatusBadRequest && r.Status != http.StatusUnauthorized {
		return false
	}
	nonce := r.header.Get("Dpop-Nonce")
	switch {
	case r.Code == "invalid_dpop_proof" && b.dpop == nil, r.Code == "use_dpop_nonce" && nonce != "" && (b.dpop == nil || b.dpop.nonce != nonce):
		if b.dpop == nil {
			var bad error
			if b.dpop, bad = newProver(); bad != nil {
				return false
			}
		}
		b.dpop.nonce = nonce
		return true
	}
	return false
}

func (b *bearer) fetch(ctx context.Context) error {
	c := b.grant.Client
	doing := "getting an access token from " + c.o.Service
	a, err := b.ask(ctx, doing)
	for tries := 0; tries < 3 && err != nil && b.prove(err); tries++ {
		a, err = b.ask(ctx, doing)
	}
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
		Type    string  `json:"token_type"`
	}
	if err := json.Unmarshal(a.Body, &got); err != nil || got.Token == "" || strings.ContainsFunc(got.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return &live.Problem{Kind: live.Malformed, Doing: doing, Reason: c.base.Host + " answered without an access token"}
	}
	if b.grant.Sees != nil {
		b.grant.Sees(a.Body)
	}
	b.bound = b.dpop != nil && strings.EqualFold(got.Type, "DPoP")
	life := time.Duration(min(max(got.Expires, 0), 86400)) * time.Second
	b.token, b.until = Secret(got.Token), c.o.Now().Add(max(life-margin, life/2))
	return nil
}
