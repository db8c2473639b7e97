package emulator

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

var scimFace = face{serve: (*Server).scim, fail: (*Server).scimError, fault: true}

// scim serves /{tenant}/scim/v2/...; everything else that is not anybody's is
// nobody's.
func (s *Server) scim(r *http.Request, in request) answer {
	tenant, rest, ok := splitTenant(in.path)
	if !ok {
		return s.scimError(&idcenter.Error{Status: http.StatusNotFound, Name: "ResourceNotFoundException", Detail: "There is nothing at this path."}, in)
	}
	call := idcenter.Call{SourceIP: in.peer, UserAgent: r.UserAgent(), RequestID: in.id, Fault: s.faults.Load().roll()}
	query, _ := url.ParseQuery(r.URL.RawQuery) // what can't be read of it is left out
	out := s.Center.SCIM(r.Context(), call, idcenter.SCIMRequest{
		Tenant: tenant, Method: r.Method, Path: rest, Query: query, Authorization: r.Header.Get("Authorization"), Body: in.body,
	})
	a := answer{status: out.Status, contentType: scimType, body: out.Body}
	if out.Err != nil {
		a.retryAfter = out.Err.RetryAfter
		s.warnOf(out.Err)
	}
	return a
}

// splitTenant takes a path apart: the tenant and what follows /scim/v2.
func splitTenant(p string) (tenant, rest string, ok bool) {
	tenant, rest, _ = strings.Cut(strings.TrimPrefix(p, "/"), "/")
	rest, found := strings.CutPrefix(rest, "scim/v2")
	if !found || tenant == "" || rest != "" && rest[0] != '/' {
		return "", "", false
	}
	if rest == "" {
		rest = "/"
	}
	return tenant, rest, true
}

func (s *Server) scimError(e *idcenter.Error, in request) answer {
	return answer{status: e.Status, contentType: scimType, body: e.SCIMBody(in.id, s.Clock.Now()), retryAfter: e.RetryAfter}
}

// warnOf tells of what made a call fail on the inside, which the caller does not
// learn.
func (s *Server) warnOf(e *idcenter.Error) {
	if e.Unwrap() != nil {
		s.Warn(e)
	}
}
