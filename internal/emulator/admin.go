package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// The administration: for the same machine alone, never faulted, not recorded.
//
//	POST   /_admin/tokens             201 {"id","token","createdAt","expiresAt"}; {"legacy":true} makes one that logs nothing
//	GET    /_admin/tokens             {"tokens":[{"id","createdAt","expiresAt","expired"}]}
//	DELETE /_admin/tokens/{id}        204
//	POST   /_admin/tokens/{id}/expire the token, expired
//	GET    /_admin/clock              {"now","offset"}
//	POST   /_admin/clock              {"advance":"8760h"}
//	GET    /_admin/faults             all of them
//	POST   /_admin/faults             {"rate429":0.3,"latency":"50ms","rate500":0.01,...}; see FaultsJSON
//	POST   /_admin/callers            {"type","name","role"}: 201, credentials of somebody new
//	POST   /_admin/console            {"operation","group","user","name"}: what a person does in the console, which is recorded
var adminFace = face{
	serve: (*Server).admin,
	fail: func(_ *Server, e *idcenter.Error, _ request) answer {
		return adminError(e.Status, errors.New(e.Detail))
	},
}

// TokenJSON is how the administration and the command line speak of a token.
type TokenJSON struct {
	ID        string    `json:"id"`
	Token     string    `json:"token,omitempty"` // only when it was just made
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	Expired   *bool     `json:"expired,omitempty"` // absent when it was just made
	Legacy    bool      `json:"legacy,omitempty"`  // its calls are not recorded
}

// TokensJSON is a list of tokens.
type TokensJSON struct {
	Tokens []TokenJSON `json:"tokens"`
}

// ClockJSON is what the administration says of the clock.
type ClockJSON struct {
	Now    time.Time `json:"now"`
	Offset string    `json:"offset"` // how far it is ahead of the system's
}

// admissible says why a request may not administer: it comes from another
// machine, or a web page may have caused it (by a name of its own that leads here,
// or from its own origin).
func admissible(r *http.Request, peer string) error {
	if ip := net.ParseIP(strings.Trim(peer, "[]")); ip == nil || !ip.IsLoopback() {
		return errors.New("the administration is for the same machine only")
	}
	if !isLoopbackHost(r.Host) {
		return errors.New("the administration is reached by the address of the machine itself, such as 127.0.0.1, and by no other name")
	}
	if origins, sent := r.Header["Origin"]; sent {
		u, err := url.Parse(strings.Join(origins, ","))
		if err != nil || u.Host != r.Host || u.Scheme != "http" && u.Scheme != "https" {
			return errors.New("the administration is not for web pages of another origin")
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return errors.New("the administration is not for web pages of another origin")
	}
	return nil
}

func isLoopbackHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// admin serves /_admin/....
func (s *Server) admin(r *http.Request, in request) answer {
	what, id, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(in.path, "/_admin"), "/"), "/")
	switch {
	case what == "tokens" && id == "":
		return s.byMethod(r, in, map[string]adminCall{"GET": (*Server).adminTokens, "POST": (*Server).adminCreateToken})
	case what == "tokens":
		return s.adminToken(r, in, id)
	case id != "":
	case what == "clock":
		return s.byMethod(r, in, map[string]adminCall{"GET": (*Server).adminClock, "POST": (*Server).adminAdvance})
	case what == "faults":
		return s.byMethod(r, in, map[string]adminCall{"GET": (*Server).adminFaults, "POST": (*Server).adminSetFaults})
	case what == "callers":
		return s.byMethod(r, in, map[string]adminCall{"POST": (*Server).adminAddCaller})
	case what == "console":
		return s.byMethod(r, in, map[string]adminCall{"POST": (*Server).adminConsole})
	}
	return adminError(http.StatusNotFound, errors.New("the administration has tokens, clock, faults, callers and console"))
}

type adminCall func(s *Server, ctx context.Context, in request) answer

func (s *Server) byMethod(r *http.Request, in request, calls map[string]adminCall) answer {
	if call := calls[r.Method]; call != nil {
		return call(s, r.Context(), in)
	}
	var allowed []string
	for _, m := range []string{"GET", "POST", "DELETE"} {
		if calls[m] != nil {
			allowed = append(allowed, m)
		}
	}
	a := adminError(http.StatusMethodNotAllowed, fmt.Errorf("%.20q is not what can be done here", r.Method))
	a.header = [2]string{"Allow", strings.Join(allowed, ", ")}
	return a
}

func adminError(status int, err error) answer {
	if _, ours := errors.AsType[*storing](err); ours {
		status = http.StatusInternalServerError
	}
	return adminJSON(status, map[string]string{"error": err.Error()})
}

func adminJSON(status int, v any) answer {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // texts, numbers and times only
		return answer{status: http.StatusInternalServerError}
	}
	return answer{status: status, contentType: adminType, body: b.Bytes()}
}

// decode reads the one JSON object of a body, with no member that is not known.
func decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return errors.New("the body is not a JSON object")
	}
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("reading the body: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object of the body")
	}
	return nil
}

// Now returns the emulator's time.
func (s *Server) Now(context.Context) (ClockJSON, error) {
	return ClockJSON{whole(s.Clock.Now()), s.Clock.Offset().String()}, nil
}

// Advance moves the clock forward and delivers what happened until then. Its
// error says why that is not possible; or it is one of the state or the delivery.
func (s *Server) Advance(ctx context.Context, d time.Duration) (ClockJSON, error) {
	if err := s.Clock.Advance(d); err != nil {
		return ClockJSON{}, err
	}
	if s.Deliver != nil {
		// Finished even if the caller does not wait.
		if err := s.Deliver(context.WithoutCancel(ctx), s.Clock.Now()); err != nil {
			return ClockJSON{}, &storing{fmt.Errorf("the clock was advanced; delivering the log: %w", err)}
		}
	}
	return s.Now(ctx)
}

func (s *Server) adminClock(ctx context.Context, _ request) answer {
	now, _ := s.Now(ctx) // does not fail
	return adminJSON(http.StatusOK, now)
}

func (s *Server) adminAdvance(ctx context.Context, in request) answer {
	var ask struct {
		Advance *durationText `json:"advance"`
	}
	if err := decode(in.body, &ask); err != nil {
		return adminError(http.StatusBadRequest, err)
	}
	if ask.Advance == nil {
		return adminError(http.StatusBadRequest, errors.New(`say how far: {"advance":"8760h"}`))
	}
	now, err := s.Advance(ctx, time.Duration(*ask.Advance))
	if err != nil {
		return adminError(http.StatusBadRequest, err)
	}
	return adminJSON(http.StatusOK, now)
}

func (s *Server) adminFaults(context.Context, request) answer {
	return adminJSON(http.StatusOK, s.faults.Load().JSON())
}

func (s *Server) adminSetFaults(ctx context.Context, in request) answer {
	var ask FaultsJSON
	if err := decode(in.body, &ask); err != nil {
		return adminError(http.StatusBadRequest, err)
	}
	if err := s.SetFaults(ask); err != nil {
		return adminError(http.StatusBadRequest, err)
	}
	return s.adminFaults(ctx, in)
}

// SetFaults takes over the faults that are not nil. Its error says what is wrong
// with one of them; nothing is taken over then.
func (s *Server) SetFaults(ask FaultsJSON) error {
	for {
		old := s.faults.Load()
		next := ask.over(*old)
		if err := next.check(); err != nil {
			return err
		}
		if s.faults.CompareAndSwap(old, &next) {
			if s.OnFaults != nil {
				s.OnFaults(next)
			}
			return nil
		}
	}
}

func (s *Server) adminAddCaller(_ context.Context, in request) answer {
	var caller Caller
	if err := decode(in.body, &caller); err != nil {
		return adminError(http.StatusBadRequest, err)
	}
	added, err := s.AddCaller(caller)
	if err != nil {
		return adminError(http.StatusBadRequest, err)
	}
	return adminJSON(http.StatusCreated, added)
}

// AddCaller registers somebody who signs calls, so that CloudTrail names him. What
// he does not have is made: an access key and its secret.
func (s *Server) AddCaller(caller Caller) (Caller, error) {
	if caller.Since.IsZero() {
		caller.Since = s.Clock.Now().Truncate(time.Second)
	}
	return s.callers.add(caller)
}

func (s *Server) adminConsole(ctx context.Context, in request) answer {
	var ask struct {
		Operation string `json:"operation"`
		Group     string `json:"group"`
		User      string `json:"user"`
		Name      string `json:"name"`
		Person    string `json:"person"` // who sits at the console
	}
	if err := decode(in.body, &ask); err != nil {
		return adminError(http.StatusBadRequest, err)
	}
	if ask.Operation == "" || len(ask.Operation) > 128 {
		return adminError(http.StatusBadRequest, errors.New(`say what is done: {"operation":"AddMemberToGroup","group":"...","user":"..."}`))
	}
	id, err := s.Center.Console(ctx, s.atTheConsole(ask.Person, in), ask.Operation, idcenter.ConsoleRequest{Group: ask.Group, User: ask.User, Name: ask.Name})
	if err != nil {
		if e, ok := errors.AsType[*idcenter.Error](err); ok {
			return adminError(e.Status, e)
		}
		return adminError(http.StatusInternalServerError, err)
	}
	return adminJSON(http.StatusOK, map[string]string{"id": id})
}

// atTheConsole is the call of a person whose session comes from the console, in
// the role of a permission set.
func (s *Server) atTheConsole(person string, in request) idcenter.Call {
	if person == "" || len(person) > 64 {
		person = "admin@example.com"
	}
	caller := s.callers.identity("", s.Clock.Now())
	const role = "AWSReservedSSO_AdministratorAccess_0123456789abcdef"
	caller.Type, caller.Role, caller.RoleID, caller.Session = "AssumedRole", role, uniqueID("AROA", role), person
	caller.AccessKey, caller.Since = uniqueID("ASIA", person)[:20], s.Clock.Now().Truncate(time.Hour)
	return idcenter.Call{Caller: caller, SourceIP: in.peer, RequestID: in.id, FromConsole: true,
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"}
}
