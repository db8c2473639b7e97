package idcentertest

import "github.com/scimtrail/scimtrail/internal/emulator"

// Credentials sign calls to the AWS APIs.
type Credentials struct{ AccessKeyID, SecretAccessKey string }

// IAMUser returns new credentials of an IAM user, under whose name CloudTrail records
// what is signed with them.
func (s *Server) IAMUser(name string) Credentials {
	s.t.Helper()
	return s.caller(emulator.Caller{Type: "IAMUser", Name: name})
}

// Role returns new credentials of a role's session. The SDK wants a session token with
// such credentials and may be given any.
func (s *Server) Role(role, session string) Credentials {
	s.t.Helper()
	return s.caller(emulator.Caller{Type: "AssumedRole", Role: role, Name: session})
}

func (s *Server) caller(c emulator.Caller) Credentials {
	s.t.Helper()
	added, err := s.e.AddCaller(c)
	if err != nil {
		s.t.Fatalf("making credentials for %s: %v", c.Name, err)
	}
	return Credentials{added.AccessKeyID, added.SecretAccessKey}
}
