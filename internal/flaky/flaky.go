// Package flaky puts bad weather between a client and an HTTP server of a test:
// throttles, errors, web pages, lost connections, bodies that break off. It is no
// part of the program.
package flaky

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// Fault is what happens to one request.
type Fault int

// The faults. Lost means that the server never saw the request.
const (
	None         Fault = iota
	Throttle           // 400 ThrottlingException, as CloudTrail answers (lost)
	TooMany            // 429 ThrottlingException with Retry-After (lost)
	Broken             // 500 InternalFailure (lost)
	Unavailable        // 503 without a body (lost)
	Reset              // the connection is reset (lost)
	ResetAfter         // the server did it, and the connection is reset before the answer
	HalfBody           // the answer has a length and half its bytes
	HalfChunk          // the answer is chunked and ends in the middle
	Empty              // 200 with no body at all
	PageInstead        // 200 with a web page
	PageBroken         // 502 with a web page
	Expired            // 400 ExpiredTokenException (lost)
	BadNextToken       // 400 InvalidNextTokenException (lost)
	faults
)

// Passing are the faults that a patient client overcomes.
var Passing = []Fault{Throttle, TooMany, Broken, Unavailable, Reset, ResetAfter, HalfBody, HalfChunk, Empty, PageInstead, PageBroken}

// Proxy is the weather. Its URL stands for the server's.
type Proxy struct {
	URL      string
	Requests atomic.Int64
	Injected atomic.Int64

	mu   sync.Mutex
	next func(r *http.Request, body []byte) Fault
}

// New puts a proxy before the server at target, until the test is over. next
// chooses the fault of a request; it is called for one request at a time.
func New(t testing.TB, target string, next func(r *http.Request, body []byte) Fault) *Proxy {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{next: next}
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, pass) }))
	web.Config.ErrorLog = nil
	t.Cleanup(web.Close)
	p.URL = web.URL
	return p
}

// Weather changes how faults are chosen.
func (p *Proxy) Weather(next func(r *http.Request, body []byte) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = next
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request, pass http.Handler) {
	p.Requests.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.mu.Lock()
	f := None
	if p.next != nil {
		f = p.next(r, body)
	}
	p.mu.Unlock()
	if f != None {
		p.Injected.Add(1)
	}
	const awsJSON = "application/x-amz-json-1.1"
	switch f {
	case None:
		pass.ServeHTTP(w, r)
	case Throttle:
		answer(w, 400, awsJSON, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
	case TooMany:
		w.Header().Set("Retry-After", "3")
		answer(w, 429, awsJSON, `{"__type":"ThrottlingException","Message":"Rate exceeded"}`)
	case Broken:
		answer(w, 500, awsJSON, `{"__type":"InternalFailure"}`)
	case Unavailable:
		w.WriteHeader(503)
	case Reset:
		reset(w)
	case ResetAfter:
		pass.ServeHTTP(httptest.NewRecorder(), r)
		reset(w)
	case HalfBody, HalfChunk:
		p.half(w, r, pass, f)
	case Empty:
		w.Header().Set("Content-Type", awsJSON)
		w.Header().Set("Content-Length", "0")
	case PageInstead:
		answer(w, 200, "text/html; charset=utf-8", "<!doctype html><title>Sign in to the network</title>")
	case PageBroken:
		answer(w, 502, "text/html", "<html><body>Bad Gateway</body></html>")
	case Expired:
		answer(w, 400, awsJSON, `{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}`)
	case BadNextToken:
		answer(w, 400, awsJSON, `{"__type":"InvalidNextTokenException","message":"Invalid token"}`)
	default:
		panic(fmt.Sprintf("flaky: no fault %d of %d", f, faults))
	}
}

func answer(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// hijack takes the connection; an HTTP/1.1 server of this package always has one.
func hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	return conn
}

func reset(w http.ResponseWriter) {
	conn := hijack(w)
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func (p *Proxy) half(w http.ResponseWriter, r *http.Request, pass http.Handler, f Fault) {
	rec := httptest.NewRecorder()
	pass.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	conn := hijack(w)
	defer conn.Close()
	head := "HTTP/1.1 " + strconv.Itoa(rec.Code) + " OK\r\nContent-Type: " + rec.Header().Get("Content-Type") + "\r\n"
	if f == HalfBody {
		_, _ = fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n%s", head, max(2, len(body)), body[:len(body)/2])
		return
	}
	half := body[:len(body)/2]
	_, _ = fmt.Fprintf(conn, "%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", head, len(half), half)
}
