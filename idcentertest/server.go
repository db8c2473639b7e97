package idcentertest

import (
	"context"
	"net/http/httptest"
	"time"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

// TB is what a server needs of a test. A *testing.T, *testing.B and *testing.F has it.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	// Fatalf ends the test and does not return.
	Fatalf(format string, args ...any)
	// Cleanup calls f when the test is over.
	Cleanup(f func())
}

// Server is an IAM Identity Center that listens. Make one with [New]. The fields are
// for reading. Methods may be called from several goroutines; those that can fail end
// the test, and so belong into the goroutine that runs it.
type Server struct {
	URL     string // endpoint for the AWS SDK and CLI, http://127.0.0.1:port
	SCIMURL string // SCIM base URL, without a slash at its end
	Token   string // the first bearer token for SCIM

	IdentityStoreID string // d-...
	TenantID        string // the tenant in SCIMURL
	InstanceARN     string
	Region, Account string

	// AccessKeyID and SecretAccessKey are those of an IAM user; see [Server.IAMUser]
	// and [Server.Role] for others.
	AccessKeyID, SecretAccessKey string

	t     TB
	e     *emulator.Emulator
	known *tokens
}

// New starts a server, which is stopped when the test is over.
func New(t TB, options ...Option) *Server {
	t.Helper()
	cfg := emulator.Config{Warn: func(err error) { t.Errorf("the Identity Center of the test: %v", err) }}
	for _, o := range options {
		o.apply(&cfg)
	}
	e, err := emulator.Open(context.Background(), cfg)
	if err != nil {
		t.Fatalf("starting an Identity Center: %v", err)
	}
	web := httptest.NewServer(e)
	t.Cleanup(func() {
		e.Stop() // ends what latency holds back
		web.Close()
		if err := e.Close(); err != nil {
			t.Errorf("stopping the Identity Center of the test: %v", err)
		}
	})
	r, err := e.Ready(web.URL, "")
	if err != nil {
		t.Fatalf("starting an Identity Center: %v", err)
	}
	s := &Server{
		URL: r.BaseURL, SCIMURL: r.SCIMURL, Token: r.Token, IdentityStoreID: r.IdentityStoreID, TenantID: r.TenantID,
		InstanceARN: e.Center.Instance(), Region: r.Region, Account: r.Account, AccessKeyID: r.AccessKeyID, SecretAccessKey: r.SecretAccessKey,
		t: t, e: e, known: newTokens(),
	}
	s.known.add(s.Token, e.Center.Tokens()[0].ID)
	return s
}

// Now returns the server's time, UTC: that of the system, and as much later as it was
// advanced.
func (s *Server) Now() time.Time { return s.e.Clock.Now() }

// Advance moves the server's clock forward. Tokens age, and what is recorded later is
// recorded with the new time.
func (s *Server) Advance(d time.Duration) {
	s.t.Helper()
	if _, err := s.e.Advance(context.Background(), d); err != nil {
		s.t.Fatalf("advancing the clock by %v: %v", d, err)
	}
}

// WriteLogs writes everything recorded so far into a folder that is empty or not
// there, as CloudTrail delivers it into a bucket: log files below
// AWSLogs/<account>/CloudTrail, signed digests below CloudTrail-Digest, and the keys
// they are signed with in a file of the name list-public-keys....
func (s *Server) WriteLogs(dir string) {
	s.t.Helper()
	if err := s.e.WriteLogs(context.Background(), dir); err != nil {
		s.t.Fatalf("writing the log: %v", err)
	}
}
