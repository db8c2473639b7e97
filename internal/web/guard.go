package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// guard lets one person in: who has the link that works once. It keeps out
// other users of the machine, other pages of the person's browser, and names
// that resolve to this machine (DNS rebinding).
type guard struct {
	cookie string // its name; cookies know no port, so it must differ between two of these pages

	mu      sync.Mutex
	token   string // "" once it was used
	session string // the cookie's value; "" before the login
}

func newGuard() *guard {
	return &guard{cookie: "scimtrail-" + secret()[:8], token: secret()}
}

// secret returns 256 random bits in the alphabet of URLs.
func secret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// policy forbids everything but this page's own style sheets and scripts.
// Inline styles and scripts, other hosts, frames and forms to elsewhere are out,
// and a script may not make markup from text.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

func headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// protect wraps the pages.
func (g *guard) protect(next http.Handler) http.Handler {
	inner := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers(w)
		switch {
		case !local(r.Host):
			refuse(w, r, http.StatusMisdirectedRequest, "This page answers to localhost alone", "It was asked for under another name. Open the address that scimtrail printed.")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, r, http.StatusMethodNotAllowed, "Nothing can be changed here", "This page only shows.")
		case r.URL.Path == "/login" && r.Method == http.MethodHead:
			// Who only asks whether the link is there must not use it up.
		case r.URL.Path == "/login":
			g.login(w, r)
		case strings.HasPrefix(r.URL.Path, "/static/"):
			inner.ServeHTTP(w, r) // nothing of the evidence is there
		case !g.knows(r):
			refuse(w, r, http.StatusUnauthorized, "You are not logged in", "Open the link that scimtrail printed when it started. It works once; start scimtrail ui again for another.")
		default:
			inner.ServeHTTP(w, r)
		}
	})
}

// local reports whether a Host header names this machine. Any port will do: the
// page may be reached through a tunnel.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// login exchanges the token for a cookie, once.
func (g *guard) login(w http.ResponseWriter, r *http.Request) {
	given := r.URL.Query().Get("token")
	g.mu.Lock()
	ok := g.token != "" && same(given, g.token)
	used := g.token == ""
	if ok {
		g.token, g.session = "", secret()
	}
	session := g.session
	g.mu.Unlock()
	switch {
	case ok:
		http.SetCookie(w, &http.Cookie{Name: g.cookie, Value: session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		// Not a redirect: after a click in another site's page the cookie would not
		// go with it. From here on the browser comes from this site.
		w.Header().Set("Refresh", "0; url=/")
		render(w, r, http.StatusOK, "notice", notice{Title: "You are logged in", Text: "The overview opens by itself.", Link: "/", Word: "Open the overview"})
	case used && g.knows(r):
		http.Redirect(w, r, "/", http.StatusSeeOther) // the same browser again: back, reload
	case used:
		refuse(w, r, http.StatusForbidden, "This link was used", "It works once. If it was not you who used it, stop scimtrail ui and start it again.")
	default:
		refuse(w, r, http.StatusForbidden, "This is not the link", "Open the link that scimtrail printed when it started.")
	}
}

// knows reports whether a request bears the cookie of the login.
func (g *guard) knows(r *http.Request) bool {
	c, err := r.Cookie(g.cookie)
	if err != nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.session != "" && same(c.Value, g.session)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// notice is a page of a sentence.
type notice struct{ Title, Text, Link, Word string }

func refuse(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	render(w, r, status, "notice", notice{Title: title, Text: text})
}

func urlQuery(s string) string { return url.QueryEscape(s) }
