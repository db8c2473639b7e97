package idcenter

import (
	"context"
	"errors"
	"time"
)

// Token is a bearer token of the SCIM tenant, without its secret.
type Token struct {
	ID                   string
	CreatedAt, ExpiresAt time.Time
	// Legacy marks a token from before September 2024: it works, and its calls
	// leave no record (identity-center-scim reference 2).
	Legacy bool
}

// Expired reports whether the token is of no use any more at that time.
func (t Token) Expired(at time.Time) bool { return !at.Before(t.ExpiresAt) }

// What goes wrong with tokens.
var (
	ErrTwoTokens = errors.New("two access tokens exist, the most that a directory may have, expired ones included; delete one first")
	ErrNoToken   = errors.New("no access token has this id")
)

// CreateToken makes a token, good for a year, and returns its secret, which
// can't be had again. It fails with [ErrTwoTokens] when two exist, expired or
// not, and when the journal fails. It is recorded only if
// [Behaviour.LogTokenChanges] says so.
func (c *Center) CreateToken(ctx context.Context, call Call, legacy bool) (secret string, t Token, err error) {
	panic("todo")
}

// Tokens returns the tokens, oldest first.
func (c *Center) Tokens() []Token { panic("todo") }

// DeleteToken revokes a token at once. An unknown id is [ErrNoToken].
func (c *Center) DeleteToken(ctx context.Context, call Call, id string) error { panic("todo") }

// ExpireToken ends a token's life now, as if its year were over; it still counts
// as one of two. An unknown id is [ErrNoToken].
func (c *Center) ExpireToken(ctx context.Context, call Call, id string) error { panic("todo") }
