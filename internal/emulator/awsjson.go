package emulator

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

var awsFace = face{serve: (*Server).awsJSON, fail: (*Server).awsError, fault: true}

// The services by what stands before the last dot of X-Amz-Target. CloudTrail has
// two spellings: botocore's, and that of the AWS SDK for Go (scim-clients, traps).
const (
	targetStore  = "AWSIdentityStore"
	targetSSO    = "SWBExternalService"
	targetTrail  = "CloudTrail_20131101"
	targetTrail2 = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"
)

// awsJSON serves POST /.
func (s *Server) awsJSON(r *http.Request, in request) answer {
	target := r.Header.Get("X-Amz-Target")
	dot := strings.LastIndexByte(target, '.')
	if r.Method != http.MethodPost || dot < 0 {
		status := http.StatusNotFound // as AWS answers a GET
		if r.Method == http.MethodPost {
			status = http.StatusBadRequest
		}
		return s.awsError(&idcenter.Error{Status: status, Name: "UnknownOperationException",
			Detail: "Calls are POST with the header X-Amz-Target, for example AWSIdentityStore.ListUsers; SCIM is at /" + s.Center.Tenant() + "/scim/v2."}, in)
	}
	service, op := target[:dot], target[dot+1:]
	sig, signed := parseSignature(r.Header.Get("Authorization"))
	if s.VerifySignatures {
		if e := s.verify(r, in, sig, signed); e != nil {
			return s.awsError(e, in)
		}
	}
	now := s.Clock.Now()
	call := idcenter.Call{Caller: s.callers.identity(sig.accessKey, now), SourceIP: in.peer, UserAgent: r.UserAgent(), RequestID: in.id,
		Fault: s.faults.Load().roll()}
	var out []byte
	var err error
	switch service {
	case targetStore:
		out, err = s.Center.API(r.Context(), call, op, in.body)
	case targetSSO:
		out, err = s.Center.SSO(r.Context(), call, op, in.body)
	case targetTrail, targetTrail2:
		out, err = s.trail(r, call, op, in.body, now)
	default:
		err = unknownOperation()
	}
	if err != nil {
		e, ok := errors.AsType[*idcenter.Error](err)
		if !ok {
			s.Warn(err)
			e = idcenter.Internal()
		} else {
			s.warnOf(e)
		}
		return s.awsError(e, in)
	}
	return answer{status: http.StatusOK, contentType: awsType, body: out}
}

func unknownOperation() *idcenter.Error {
	return refused("UnknownOperationException", "The operation in X-Amz-Target is not one that is emulated.")
}

func (s *Server) verify(r *http.Request, in request, sig signature, signed bool) *idcenter.Error {
	header := r.Header.Get("Authorization")
	switch {
	case header == "":
		return refused("MissingAuthenticationTokenException", "Missing Authentication Token")
	case !signed:
		return refused("IncompleteSignatureException", "Authorization header is not one of AWS4-HMAC-SHA256 with a Credential.")
	}
	secret, known := s.callers.secret(sig.accessKey)
	if !known {
		return refused("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	return sig.verify(r, in.body, secret, s.Center.Region(), time.Now())
}

func (s *Server) awsError(e *idcenter.Error, in request) answer {
	status := s.Center.APIStatus(e)
	if e.Status == http.StatusNotFound && e.Name == "UnknownOperationException" || e.Status == http.StatusRequestEntityTooLarge {
		status = e.Status // said by HTTP itself, before any service
	}
	return answer{status: status, contentType: awsType, body: e.APIBody(in.id), retryAfter: e.RetryAfter}
}
