package push

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// What Options.Only may say.
const (
	OnlyUsers  = "users"
	OnlyGroups = "groups"
)

// Options says what is pushed, where to and how.
type Options struct {
	Endpoint string // SCIM URL, ends in /<tenant>/scim/v2, a last slash is allowed
	Token    string
	Profile  Profile
	Input    Directory
	Only     string // OnlyUsers, OnlyGroups or "" for both
	// Remove, for an endpoint on this machine only, takes away what the input lacks: members of its groups, then whole groups
	// and users, as the client does (Okta, Entra and Google disable a user, the others
	// delete him).
	Remove bool
	Break  Break // the zero Break breaks nothing
	// AllowReal lets it write to an endpoint that is not on this machine.
	AllowReal bool

	// Pace is waited before every call but the first: CloudTrail's times are whole seconds,
	// so the order of calls within one is lost to whoever reads the log.
	Pace time.Duration

	RootCAs   *x509.CertPool                             // nil for the system's
	Transport http.RoundTripper                          // nil for one of its own
	Wait      func(context.Context, time.Duration) error // nil for the clock on the wall
}

// ErrRealEndpoint is wrapped by Endpoint and Run for an endpoint that is not on this machine.
var ErrRealEndpoint = errors.New("it is not on this machine, and a push writes to it")

// Endpoint checks the URL of an endpoint and returns it without a slash at its end. One
// that is not on this machine must be https, and is an error that wraps
// ErrRealEndpoint unless real is set.
func Endpoint(raw string, real bool) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		return "", fmt.Errorf("the SCIM URL cannot be read: %w", err)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", errors.New("the SCIM URL is one like https://scim.us-east-1.amazonaws.com/<tenant>/scim/v2")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("the SCIM URL holds more than a host and a path")
	case isLoopback(u.Hostname()):
	case !real:
		return "", fmt.Errorf("%s: %w", u.Host, ErrRealEndpoint)
	case u.Scheme == "http":
		return "", fmt.Errorf("%s: the token would travel in the clear; use https", u.Host)
	}
	return strings.TrimRight(u.Scheme+"://"+u.Host+u.EscapedPath(), "/"), nil
}

// local reports whether an endpoint that was checked is on this machine.
func local(endpoint string) bool {
	_, err := Endpoint(endpoint, false)
	return err == nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// transport is the one that a push uses. To this machine it uses no proxy, and connects
// nowhere else, whatever a name resolves to.
func transport(base string, roots *x509.CertPool) *http.Transport {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second}
	if roots != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	t.DialContext = dialer.DialContext
	if u, err := url.Parse(base); err != nil || !isLoopback(u.Hostname()) {
		return t
	}
	t.Proxy = nil
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dialer.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		if a, ok := c.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			_ = c.Close()
			return nil, ErrRealEndpoint
		}
		return c, nil
	}
	return t
}

// Check says what is wrong with the options before anything is sent.
func (o Options) Check() error {
	if _, err := Endpoint(o.Endpoint, o.AllowReal); err != nil {
		return err
	}
	switch {
	case o.Token == "" || strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the token is empty, or holds a character that no token has")
	case o.Profile.lookup == nil:
		return errors.New("no client is named to act as")
	case o.Pace < 0:
		return errors.New("the pace is negative")
	case o.Only != "" && o.Only != OnlyUsers && o.Only != OnlyGroups:
		return fmt.Errorf("only %q: it is users or groups", o.Only)
	case o.Remove && o.AllowReal && !local(o.Endpoint):
		return errors.New("removing what the input lacks is for an endpoint on this machine only: elsewhere it would take groups and users of others away")
	case o.Remove && o.Break.Name != "":
		return errors.New("what is broken on purpose is not removed in the same push")
	case o.Break.Name != "":
		return o.Break.fits(o.Profile, o.Input, o.Only)
	}
	return nil
}

// session is one push.
type session struct {
	Options
	ctx    context.Context
	p      *Profile
	base   string
	client *http.Client
	wait   func(context.Context, time.Duration) error
	res    *Result

	people map[string]person // by folded userName, of those who are at the endpoint
	failed map[string]bool   // by folded userName: not to be had
}

// Run pushes. Calls that the endpoint refuses are in the result and are no error; the
// push goes on with the next object. An error is one that ends it: wrong options, a
// refused token (ErrToken), an endpoint that cannot be reached, an answer that is no
// SCIM; the result then tells what was done before.
func Run(ctx context.Context, o Options) (*Result, error) {
	res := &Result{}
	if err := o.Check(); err != nil {
		return res, err
	}
	base, err := Endpoint(o.Endpoint, o.AllowReal)
	if err != nil {
		return res, err
	}
	s := &session{Options: o, ctx: ctx, p: &o.Profile, base: base, wait: o.Wait, res: res, people: map[string]person{}, failed: map[string]bool{}}
	if s.wait == nil {
		s.wait = sleep
	}
	through := o.Transport
	if through == nil {
		own := transport(base, o.RootCAs)
		defer own.CloseIdleConnections()
		through = own
	}
	s.client = &http.Client{
		Transport: through, Timeout: 2 * time.Minute,
		// The token is for this host; a redirect is an answer like another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if err := s.run(); err != nil {
		return res, fmt.Errorf("pushing as %s: %w", o.Profile.Title, err)
	}
	return res, nil
}

func (s *session) run() error {
	if s.p.begin != nil {
		if err := s.fatal(s.p.begin(s), nil); err != nil {
			return err
		}
	}
	if s.Only != OnlyGroups {
		for _, u := range s.Input.Users {
			if err := s.user(s.Break.user(u)); err != nil {
				return err
			}
		}
	}
	groups := s.Only != OnlyUsers && s.Break.Name != UsersOnly
	if groups && s.p.group == nil {
		if len(s.Input.Groups) > 0 {
			s.note("%s does not push groups: %d are left out.", s.p.Title, len(s.Input.Groups))
		}
		groups = false
	}
	if groups {
		if err := s.groups(); err != nil {
			return err
		}
	}
	if !s.Remove {
		return nil
	}
	if groups {
		if err := s.removeGroups(); err != nil {
			return err
		}
	}
	if s.Only != OnlyGroups {
		return s.removeUsers()
	}
	return nil
}

func (s *session) note(format string, args ...any) {
	s.res.Notes = append(s.res.Notes, fmt.Sprintf(format, args...))
}

// fatal takes a refusal into the result and returns any other error.
func (s *session) fatal(err error, counts *Counts) error {
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		return err
	}
	s.res.Refused = append(s.res.Refused, r)
	if counts != nil {
		counts.Refused++
	}
	return nil
}

// conflict reports a 409.
func conflict(err error) bool {
	r, ok := errors.AsType[*Refusal](err)
	return ok && r.Status == http.StatusConflict
}
