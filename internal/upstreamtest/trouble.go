package upstreamtest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Trouble is what goes wrong with the next answers of a stand-in.
type Trouble struct {
	Product string // okta, sailpoint, entra
	Path    string // beginning of the path; "" for every one
	Skip    int    // answers that are good first
	Times   int    // how many answers; 0: all from now on
	Kind    TroubleKind

	seen map[string]bool
	n    int
}

// TroubleKind is a way to go wrong.
type TroubleKind int

// The kinds.
const (
	Outage          TroubleKind = iota // 503
	BadGateway                         // 502 with HTML
	HTML                               // 200 with an HTML page
	HalfPage                           // 200, and the connection breaks off within the body
	CutJSON                            // 200 with JSON that ends in the middle
	Reset                              // no answer at all
	Storm                              // 429, with what the service tells of its limits
	StormConcurrent                    // Okta's 429 of a concurrency limit: Limit 0
	OncePerRoute                       // 429 for the first call of every path
	Forbidden                          // 403, as when a scope is missing
	Expired                            // 401
	Elsewhere                          // a redirect to another host
	OtherJSON                          // 200 with JSON of something else
	Unlicensed                         // Okta's 401 of a feature that the organisation lacks
)

// Trouble makes answers faulty from now on, until Calm.
func (w *World) Trouble(t Trouble) {
	w.Do(func() {
		t.seen = map[string]bool{}
		w.trouble = append(w.trouble, &t)
	})
}

// Calm ends all trouble.
func (w *World) Calm() { w.Do(func() { w.trouble = nil }) }

func (w *World) troubleFor(product string, r *http.Request) *Trouble {
	for _, t := range w.trouble {
		if t.Product != product || !strings.HasPrefix(r.URL.Path, t.Path) || t.Times > 0 && t.n >= t.Times {
			continue
		}
		if t.Kind == OncePerRoute {
			if t.seen[r.URL.Path] {
				continue
			}
			t.seen[r.URL.Path] = true
		}
		if t.Skip > 0 {
			t.Skip--
			continue
		}
		t.n++
		return t
	}
	return nil
}

const page = `<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>`

func (t *Trouble) answer(w http.ResponseWriter, product string, now time.Time) {
	h := w.Header()
	switch t.Kind {
	case Outage:
		w.WriteHeader(http.StatusServiceUnavailable)
	case BadGateway, HTML:
		h.Set("Content-Type", "text/html; charset=utf-8")
		if t.Kind == BadGateway {
			w.WriteHeader(http.StatusBadGateway)
		}
		_, _ = w.Write([]byte(page))
	case HalfPage:
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`[{"id":"00u1",`))
		_ = http.NewResponseController(w).Flush() // so that the client has a part of it
		panic(http.ErrAbortHandler)
	case CutJSON:
		h.Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`[{"id":"00u1","status":"ACTIVE","profile":{"login":"x"}},{"id":"00u`))
	case Reset:
		panic(http.ErrAbortHandler)
	case Storm, StormConcurrent, OncePerRoute:
		h.Set("Date", now.Format(http.TimeFormat))
		if product == "okta" {
			limit := "100"
			if t.Kind == StormConcurrent {
				limit = "0"
			}
			h.Set("X-Rate-Limit-Limit", limit)
			h.Set("X-Rate-Limit-Remaining", "0")
			h.Set("X-Rate-Limit-Reset", fmt.Sprint(now.Add(30*time.Second).Unix()))
			oktaError(w, http.StatusTooManyRequests, "E0000047", "API call exceeded rate limit due to too many requests.")
			return
		}
		h.Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	case Forbidden:
		oktaError(w, http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
	case Expired:
		oktaError(w, http.StatusUnauthorized, "E0000011", "Invalid token provided")
	case Unlicensed:
		oktaError(w, http.StatusUnauthorized, "E0000015", "You do not have permission to access the feature you are requesting")
	case Elsewhere:
		h.Set("Location", "https://elsewhere.example.net/api?token=signed")
		w.WriteHeader(http.StatusFound)
	case OtherJSON:
		h.Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"hello":"world"}`))
	}
}
