package emulator

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// Options make a [Server].
type Options struct {
	Center *idcenter.Center
	Clock  *Clock
	// Log returns the events that LookupEvents looks in, once they are loaded.
	Log func(context.Context) (*idcenter.Log, error)
	// PublicKeys returns the key that digests are signed with, as aws cloudtrail
	// list-public-keys prints it.
	PublicKeys func() ([]byte, error)
	// Settle returns when everything that was committed is stored. No call is
	// answered before. nil when the Center's journal stores before it returns.
	Settle func() error
	// Deliver delivers and signs everything until now; it is called when the clock
	// was advanced. nil when nothing is delivered.
	Deliver func(ctx context.Context, now time.Time) error
	// OnFaults is told of new faults. It may be nil.
	OnFaults func(Faults)

	LookupDelay      time.Duration // how late LookupEvents shows an event
	VerifySignatures bool          // refuse calls that are not signed as they should be
	ThrottleLookups  bool          // two LookupEvents a second (cloudtrail reference 3.4)

	// Warn is told of failures that no caller can be blamed for. It may be nil.
	Warn func(error)
}

// Server is the HTTP face. Make one with [NewServer].
type Server struct {
	Options
	callers  *callers
	faults   atomic.Pointer[Faults]
	lookups  bucket
	large    chan struct{} // a place for each large body
	stopping chan struct{} // closed: nothing is held back any more
	stopOnce sync.Once
	calls    atomic.Uint64 // so far
}

// NewServer makes the face of a Center. Who signs calls is known by its access
// keys, which begin with none.
func NewServer(o Options) *Server {
	if o.Warn == nil {
		o.Warn = func(error) {}
	}
	c, _ := newCallers(o.Center.Account(), nil, nil) // fails only on saved ones
	return newServer(o, c)
}

func newServer(o Options, c *callers) *Server {
	s := &Server{Options: o, callers: c, large: make(chan struct{}, mostLarge), stopping: make(chan struct{}),
		lookups: bucket{rate: 2, most: 2}}
	s.faults.Store(&Faults{})
	return s
}

const (
	// largestBody is the most that is read of a body; AWS's own limit is not
	// known, and lies below.
	largestBody = 10 << 20
	// From largeBody on a body takes one of mostLarge places, so that many large
	// ones at once cost a bounded amount of memory.
	largeBody = 256 << 10
	mostLarge = 4
	// mostDrained is how much of a body that is too large is read away, so that
	// its sender hears the answer.
	mostDrained = 64 << 20
)

// Stop ends the waiting that faults have put on requests. Requests in progress
// are served.
func (s *Server) Stop() { s.stopOnce.Do(func() { close(s.stopping) }) }

// answer is what is sent back.
type answer struct {
	status      int
	contentType string // "" without a body
	body        []byte
	retryAfter  time.Duration
	header      [2]string // one more, if its name is not empty
}

const (
	scimType  = "application/json" // not application/scim+json (identity-center-scim reference 4)
	awsType   = "application/x-amz-json-1.1"
	adminType = "application/json"
)

// face is one of the three: how a request that got so far is answered, and how a
// failure is told.
type face struct {
	serve func(s *Server, r *http.Request, in request) answer
	fail  func(s *Server, e *idcenter.Error, in request) answer
	fault bool // injected faults happen here
}

// request is what all faces need of an HTTP request.
type request struct {
	id   string // x-amzn-RequestId
	path string // without doubled slashes and the one at the end
	body []byte
	peer string // address of the client
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	in := request{id: newRequestID(), path: cleanPath(r.URL.Path), peer: r.RemoteAddr}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		in.peer = host
	}
	// In AWS's own spelling, which Go would change.
	w.Header()["x-amzn-RequestId"] = []string{in.id}
	s.send(w, s.serve(w, r, in, faceOf(in.path)))
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, in request, f *face) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			s.Warn(fmt.Errorf("serving %s %.200q: %v", r.Method, r.URL.Path, p))
			a = f.fail(s, idcenter.Internal(), in)
		}
	}()
	if f == &adminFace {
		if err := admissible(r, in.peer); err != nil {
			return adminError(http.StatusForbidden, err)
		}
	}
	body, err := s.read(r)
	switch {
	case errors.Is(err, errTooLarge):
		return f.fail(s, &idcenter.Error{Status: http.StatusRequestEntityTooLarge, Name: "RequestEntityTooLargeException",
			Detail: fmt.Sprintf("The request body is larger than %d MB.", largestBody>>20)}, in)
	case err != nil:
		return f.fail(s, refused("ValidationException", "The request body could not be read."), in)
	}
	in.body = body
	if f.fault {
		s.wait(w, r)
	}
	a = f.serve(s, r, in)
	if err := s.settle(); err != nil {
		s.Warn(err)
		return f.fail(s, idcenter.Internal(), in)
	}
	return a
}

func (s *Server) settle() error {
	if s.Settle == nil {
		return nil
	}
	return s.Settle()
}

var errTooLarge = errors.New("the body is too large")

// read reads the body of a request.
func (s *Server) read(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	if r.ContentLength > largestBody {
		_, _ = io.CopyN(io.Discard, r.Body, mostDrained)
		return nil, errTooLarge
	}
	var b bytes.Buffer
	if n := r.ContentLength; n > 0 {
		b.Grow(int(min(n, largeBody)) + bytes.MinRead)
	}
	n, err := io.CopyN(&b, r.Body, largeBody)
	if errors.Is(err, io.EOF) {
		return b.Bytes(), nil
	}
	if err == nil {
		select {
		case s.large <- struct{}{}:
			defer func() { <-s.large }()
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		_, err = io.CopyN(&b, r.Body, largestBody+1-n)
	}
	switch {
	case errors.Is(err, io.EOF):
		return b.Bytes(), nil
	case err == nil:
		_, _ = io.CopyN(io.Discard, r.Body, mostDrained)
		return nil, errTooLarge
	}
	return nil, err
}

// wait holds a request back for the latency asked for. The time limits of the
// connection begin anew afterwards.
func (s *Server) wait(w http.ResponseWriter, r *http.Request) {
	latency := s.faults.Load().Latency
	if latency <= 0 {
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Time{})
	timer := time.NewTimer(latency)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-s.stopping:
	}
	_ = control.SetWriteDeadline(time.Now().Add(writeLimit))
}

func (s *Server) send(w http.ResponseWriter, a answer) {
	h := w.Header()
	if a.contentType != "" {
		h.Set("Content-Type", a.contentType)
	}
	if a.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(max(a.retryAfter, time.Second)/time.Second)))
	}
	if a.header[0] != "" {
		h.Set(a.header[0], a.header[1])
	}
	if a.status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that is gone
}

// faceOf returns who answers at a path.
func faceOf(p string) *face {
	switch {
	case p == "/":
		return &awsFace
	case p == "/_admin" || strings.HasPrefix(p, "/_admin/"):
		return &adminFace
	}
	return &scimFace
}

// cleanPath takes doubled slashes and one at the end away, as AWS takes no notice
// of them (scim-clients 1). Dots mean nothing.
func cleanPath(p string) string {
	switch {
	case p == "*":
		return "/"
	case len(p) > 1 && p[0] == '/' && p[len(p)-1] != '/' && !strings.Contains(p, "//"):
		return p
	}
	return "/" + strings.Join(strings.FieldsFunc(p, func(r rune) bool { return r == '/' }), "/")
}

// newRequestID draws a UUID (RFC 9562, version 4).
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var out [36]byte
	hex.Encode(out[:8], b[:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:], b[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// bucket lets so many calls through a second.
type bucket struct {
	rate, most float64

	mu   sync.Mutex
	left float64
	last time.Time
}

func (b *bucket) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last.IsZero() {
		b.left = b.most
	} else {
		b.left = min(b.most, b.left+b.rate*now.Sub(b.last).Seconds())
	}
	b.last = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
