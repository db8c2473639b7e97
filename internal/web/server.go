package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/scimtrail/scimtrail/internal/report"
)

// Server shows the latest View that it was given.
type Server struct {
	opts  Options
	guard *guard
	state atomic.Pointer[shown]
	mux   http.Handler
}

// Options are what a server shows beside the evidence.
type Options struct {
	From    string      // what the evidence is, in the user's words
	Version string      // of the program
	Live    bool        // new views may come
	Log     func(error) // what went wrong inside; nil: nobody is told
}

// shown is a view and how fresh it is.
type shown struct {
	view   *View
	number int
	fault  string // why it could not be renewed; "" when it could
}

// NewServer returns a server that shows nothing yet.
func NewServer(o Options) *Server {
	if o.Log == nil {
		o.Log = func(error) {}
	}
	s := &Server{opts: o, guard: newGuard()}
	mux := http.NewServeMux()
	for path, page := range map[string]func(*View, *http.Request) (*answer, error){
		"GET /{$}":      (*View).overview,
		"GET /groups":   (*View).listGroups,
		"GET /users":    (*View).listUsers,
		"GET /group":    (*View).showGroup,
		"GET /user":     (*View).showUser,
		"GET /errors":   (*View).showErrors,
		"GET /events":   (*View).showEvents,
		"GET /event":    (*View).showEvent,
		"GET /chain":    (*View).showChain,
		"GET /coverage": (*View).showCoverage,
		"GET /alerts":   (*View).showAlerts,
	} {
		mux.HandleFunc(path, s.page(page))
	}
	mux.HandleFunc("GET /state", s.tellState)
	mux.HandleFunc("GET /ready", s.tellReady)
	mux.HandleFunc("GET /static/{edition}/{name}", serveStatic)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusNotFound, "There is no such page", "The pages are listed above.")
	})
	s.mux = s.guard.protect(mux)
	return s
}

// Show lets the server show a view from now on. Readers are told that there is
// newer evidence only if they would see something new: a watcher that looks every
// minute and finds nothing is no news.
func (s *Server) Show(v *View) {
	number := 1
	if old := s.state.Load(); old != nil {
		number = old.number
		if v.news(old.view) {
			number++
		}
	}
	s.state.Store(&shown{view: v, number: number})
}

// Alert gives the view that is shown the alerts of now.
func (s *Server) Alert(list []Alert) {
	if now := s.state.Load(); now != nil && now.view.SetAlerts(list) {
		s.Show(now.view)
	}
}

// Stale tells the reader that the evidence could not be read again, and why; ""
// that it can. What is shown stays.
func (s *Server) Stale(why string) {
	if old := s.state.Load(); old != nil && old.fault != why {
		renewed := *old
		renewed.fault = why
		s.state.Store(&renewed)
	}
}

// Handler serves the pages. It must be reachable over loopback alone.
func (s *Server) Handler() http.Handler { return s.mux }

// Login is the path with the token that logs one browser in, once.
func (s *Server) Login() string { return "/login?token=" + s.guard.token }

// answer is a page before it is written: as markup, JSON or CSV.
type answer struct {
	template string
	title    string
	here     string // the entry of the menu that it belongs to
	data     any
	status   int                   // 0 is 200
	json     func() any            // nil: no such export
	csv      func(io.Writer) error // likewise
	raw      []byte                // JSON as it is, in place of json
	chart    bool                  // the page has a chart that a script draws
}

// errBad is a request that can't be understood; its text is for the reader.
type errBad struct{ text string }

func (e *errBad) Error() string { return e.text }

// errAbsent is something that is not in the evidence.
type errAbsent struct{ what, name string }

func (e *errAbsent) Error() string { return fmt.Sprintf("no %s %q is in the evidence", e.what, e.name) }

func (s *Server) page(make func(*View, *http.Request) (*answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		now := s.state.Load()
		if now == nil {
			w.Header().Set("Retry-After", "2")
			refuse(w, r, http.StatusServiceUnavailable, "The evidence is being read", "Try again in a moment.")
			return
		}
		a, err := make(now.view, r)
		if bad, ok := errors.AsType[*errBad](err); ok {
			refuse(w, r, http.StatusBadRequest, "This can't be shown", bad.text)
			return
		}
		if absent, ok := errors.AsType[*errAbsent](err); ok {
			refuse(w, r, http.StatusNotFound, "It is not in the evidence", fmt.Sprintf("No %s of this name or id was found: %s. That says nothing about whether it exists.", absent.what, report.Clean(absent.name)))
			return
		}
		if err != nil {
			s.opts.Log(fmt.Errorf("answering %s: %w", r.URL.Path, err))
			refuse(w, r, http.StatusInternalServerError, "Something went wrong", "The terminal in which scimtrail runs says what.")
			return
		}
		if err := s.write(w, r, now, a); err != nil {
			s.opts.Log(fmt.Errorf("answering %s: %w", r.URL.Path, err))
		}
	}
}

// write sends an answer in the format that was asked for.
func (s *Server) write(w http.ResponseWriter, r *http.Request, now *shown, a *answer) error {
	format := r.URL.Query().Get("format")
	name := "scimtrail-" + a.template + "." + format
	switch {
	case format == "json" && (a.json != nil || a.raw != nil):
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Disposition", "attachment; filename="+strconv.Quote(name))
		if a.raw != nil {
			_, err := w.Write(a.raw)
			return err
		}
		return report.WriteJSON(w, a.json())
	case format == "csv" && a.csv != nil:
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", "attachment; filename="+strconv.Quote(name))
		return a.csv(w)
	case format != "" && format != "html":
		refuse(w, r, http.StatusBadRequest, "There is no such format", "This page comes as a page, as JSON or as CSV.")
		return nil
	}
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, a.template, s.layout(r, now, a)); err != nil {
		refuse(w, r, http.StatusInternalServerError, "Something went wrong", "The terminal in which scimtrail runs says what.")
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// tellState tells a script which view is shown, so that it can offer a newer one.
func (s *Server) tellState(w http.ResponseWriter, r *http.Request) {
	out := struct {
		Number int    `json:"number"`
		Fault  string `json:"fault,omitempty"`
	}{}
	if now := s.state.Load(); now != nil {
		out.Number, out.Fault = now.number, now.fault
	}
	writeJSON(w, out)
}

// longestWait bounds how long a script's question stays open.
const longestWait = 20 * time.Second

// tellReady waits for an answer of why and tells a script when it is there.
func (s *Server) tellReady(w http.ResponseWriter, r *http.Request) {
	now := s.state.Load()
	q := question{r.URL.Query().Get("kind"), r.URL.Query().Get("id"), r.URL.Query().Get("group")}
	if now == nil || now.view.subjectFor(q) == nil || q.group != "" && now.view.groupAt[q.group] == nil {
		http.NotFound(w, r)
		return
	}
	_, done, _ := now.view.ask(q).wait(longestWait)
	writeJSON(w, struct {
		Ready bool `json:"ready"`
	}{done})
}

func writeJSON(w http.ResponseWriter, doc any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(doc) // the reader has gone; nothing is to be done
}
