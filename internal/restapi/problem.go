package restapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"unicode"

	"github.com/scimtrail/scimtrail/internal/live"
)

const (
	maxWord = 80  // characters of a name of theirs in a message
	maxText = 200 // of a sentence of theirs
)

// permanent reports an error of the connection that no second try changes.
func permanent(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound || errors.Is(err, errNotHere)
}

// problem says in one sentence why a call did not get its answer.
func (c *Client) problem(call Call, a *Answer, err error, secret string) error {
	p := &live.Problem{Doing: call.Doing}
	if a != nil && (err == nil || a.Status >= 300 && !errors.Is(err, errHTML)) {
		c.refused(p, call, a, secret)
		return p
	}
	p.Err = err
	switch {
	case errors.Is(err, errHTML):
		p.Kind, p.Reason = live.Malformed, fmt.Sprintf("%s answered with an HTML page and not with JSON", c.base.Host)
		p.Next = "check the name of the organisation, and whether a proxy or a sign-in page stands in between"
	case errors.Is(err, errHalf):
		p.Kind, p.Reason = live.Malformed, fmt.Sprintf("the answer of %s broke off in the middle, %d times", c.base.Host, maxBroken)
		p.Next = "try again later"
	case errors.Is(err, errLarge):
		p.Kind, p.Reason = live.Malformed, fmt.Sprintf("the answer of %s is larger than %d MiB and was not read", c.base.Host, max(1, c.o.MaxBody>>20))
	default:
		p.Kind, p.Reason, p.Next = live.Unreachable, c.unreachable(err), "check the network, the proxy and the name of the organisation"
	}
	return p
}

// unreachable puts an error of the connection into words. The library's own words
// are left out where they may repeat a URL.
func (c *Client) unreachable(err error) string {
	host := c.base.Host
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return "there is no host " + host
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate of " + host + " is not to be trusted"
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return host + " did not answer in time"
	}
	if errors.Is(err, errNotHere) {
		return errNotHere.Error()
	}
	return "there is no connection to " + host
}

// refused explains an answer with an error status.
func (c *Client) refused(p *live.Problem, call Call, a *Answer, secret string) {
	r := &Refusal{Status: a.Status, RequestID: requestID(a.Header), header: a.Header}
	lacks := false
	if c.o.Fault != nil && a.Body != nil {
		f := c.o.Fault(a.Body)
		lacks = f.Lacks
		r.Code = word(f.Code)
		if text := clean(f.Text, maxText); secret == "" || !strings.Contains(f.Text, secret) {
			r.text = text
		}
	}
	p.Err = r
	host := c.base.Host
	switch {
	case lacks:
		p.Kind, p.Reason = live.Denied, host+" does not offer this to the organisation: a feature or a licence is missing"
		p.Next = "have it switched on, or look in the administrator's console"
	case a.Status == http.StatusUnauthorized:
		p.Kind, p.Reason = live.Credentials, host+" does not accept the token: it is wrong, expired or revoked"
		p.Next = "make a new one and put it into the environment or the file that it is read from"
	case a.Status == http.StatusForbidden:
		p.Kind, p.Reason, p.Permission = live.Denied, host+" does not let this token do that", call.Need
		p.Next = "have it granted, and an administrator's role that may read"
	case a.Status == http.StatusNotFound:
		p.Kind, p.Reason = live.Missing, host+" does not have it"
	case a.Status == http.StatusTooManyRequests:
		p.Kind, p.Reason, p.Next = live.Throttled, host+" still asks to slow down after long patience", "try again later, or ask for less"
	case a.Status >= 500:
		p.Kind, p.Reason, p.Next = live.Unreachable, fmt.Sprintf("%s is out of order (HTTP %d)", host, a.Status), "look at the service's status page and try again later"
	case a.Status >= 300 && a.Status < 400:
		p.Kind, p.Reason, p.Next = live.Malformed, host+" sends the question on to another host, where the credentials do not belong", "check the name of the organisation"
	default:
		p.Kind, p.Reason = live.Refused, fmt.Sprintf("%s refuses the question (HTTP %d)", host, a.Status)
	}
	var about []string
	if r.Code != "" {
		about = append(about, r.Code)
	}
	if r.text != "" && p.Kind != live.Credentials {
		about = append(about, r.text)
	}
	if r.RequestID != "" && p.Kind != live.Missing {
		about = append(about, "request "+r.RequestID)
	}
	if len(about) > 0 {
		p.Reason += " (" + strings.Join(about, ", ") + ")"
	}
}

// requestID is what the service's support asks for.
func requestID(h http.Header) string {
	for _, name := range []string{"X-Okta-Request-Id", "Request-Id", "SLPT-Request-ID", "X-Request-Id"} {
		if id := word(h.Get(name)); id != "" {
			return id
		}
	}
	return ""
}

// word keeps a text that looks like a code or an id; anything else is dropped.
func word(s string) string {
	if len(s) > maxWord || strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.' && r != ':'
	}) {
		return ""
	}
	return s
}

// clean makes a text of theirs fit into one line of a message.
func clean(s string, most int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > most {
			b.WriteString("…")
			break
		}
		if !unicode.IsPrint(r) {
			r = ' '
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
