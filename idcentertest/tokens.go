package idcentertest

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// Token is a bearer token for SCIM.
type Token struct {
	ID        string // what CloudTrail records as accessKeyId
	Secret    string // what the client sends
	ExpiresAt time.Time
}

// NewToken makes a second token. There can be two at a time, and one that has expired
// counts; more end the test.
func (s *Server) NewToken() Token {
	s.t.Helper()
	made, err := s.e.CreateToken(context.Background(), false)
	if err != nil {
		s.t.Fatalf("making a token: %v", err)
	}
	s.known.add(made.Token, made.ID)
	return Token{made.ID, made.Token, made.ExpiresAt}
}

// ExpireToken ends a token's life, named by its secret or id. It still counts as one of
// two.
func (s *Server) ExpireToken(token string) {
	s.t.Helper()
	if _, err := s.e.ExpireToken(context.Background(), s.known.id(token)); err != nil {
		s.t.Fatalf("expiring a token: %v", err)
	}
}

// DeleteToken revokes a token at once, named by its secret or id.
func (s *Server) DeleteToken(token string) {
	s.t.Helper()
	if err := s.e.DeleteToken(context.Background(), s.known.id(token)); err != nil {
		s.t.Fatalf("deleting a token: %v", err)
	}
}

// tokens knows the ids of secrets.
type tokens struct {
	mu  sync.Mutex
	ids map[string]string
}

func newTokens() *tokens { return &tokens{ids: map[string]string{}} }

func (k *tokens) add(secret, id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ids[secret] = id
}

func (k *tokens) id(token string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return cmp.Or(k.ids[token], token)
}
