package watch

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Health is how a watcher does, for those who ask over HTTP.
type Health struct {
	mu       sync.Mutex
	leads    bool
	lookedAt time.Time
	err      error
	polls    map[string]pollState
}

type pollState struct {
	At      time.Time `json:"at"`
	Success time.Time `json:"lastSuccess,omitzero"`
	Failing bool      `json:"failing"`
}

func (h *Health) lead(yes bool) { h.mu.Lock(); h.leads = yes; h.mu.Unlock() }

func (h *Health) looked(at time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err = err; err == nil {
		h.lookedAt = at.UTC()
	}
}

func (h *Health) polled(name string, at time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.polls == nil {
		h.polls = map[string]pollState{}
	}
	s := h.polls[name]
	s.At, s.Failing = at.UTC().Truncate(time.Second), err != nil
	if err == nil {
		s.Success = s.At
	}
	h.polls[name] = s
}

// Handler serves /healthz, /readyz and /metrics. /healthz is 200 while the program
// runs; /readyz is 200 when it stands by, and on the active watcher when what is new
// was looked at within stale. No error's text is told: it may name what the reader
// must not know.
func (h *Health) Handler(m *Metrics, now func() time.Time, stale time.Duration) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		role := "standby"
		if h.leads {
			role = "active"
		}
		ready := !h.leads || h.err == nil && !h.lookedAt.IsZero() && now().Sub(h.lookedAt) <= stale
		w.Header().Set("Content-Type", "application/json")
		if !ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(struct {
			Ready   bool                 `json:"ready"`
			Role    string               `json:"role"`
			Looked  time.Time            `json:"looked,omitzero"`
			Sources map[string]pollState `json:"sources,omitempty"`
		}{ready, role, h.lookedAt.Truncate(time.Second), h.polls})
	})
	if m != nil {
		mux.Handle("GET /metrics", m.Handler())
	}
	return mux
}
