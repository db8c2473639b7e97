package idcenter

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// Token is a bearer token of the SCIM tenant, without its secret.
type Token struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	// Legacy marks a token from before September 2024: it works, and its calls
	// leave no record (identity-center-scim reference 2).
	Legacy bool `json:"legacy,omitempty"`
}

// Expired reports whether the token is of no use any more at that time.
func (t Token) Expired(at time.Time) bool { return !at.Before(t.ExpiresAt) }

// token is a Token with what is needed to recognise its secret.
type token struct {
	Token
	Hash []byte `json:"hash"` // SHA-256 of the secret
}

func loadToken(data []byte) (*token, error) {
	t := &token{}
	if err := json.Unmarshal(data, t); err != nil {
		return nil, err
	}
	if t.ID == "" || len(t.Hash) != sha256.Size {
		return nil, errors.New("it has no id or no hash of its secret")
	}
	return t, nil
}

// What goes wrong with tokens.
var (
	ErrTwoTokens = errors.New("two access tokens exist, the most that a directory may have, expired ones included; delete one first")
	ErrNoToken   = errors.New("no access token has this id")
)

const (
	tokenLife  = 365 * 24 * time.Hour
	mostTokens = 2
)

// CreateToken makes a token, good for a year, and returns its secret, which
// can't be had again. It fails with [ErrTwoTokens] when two exist, expired or
// not, and when the journal fails. It is recorded only if
// [Behaviour.LogTokenChanges] says so.
func (c *Center) CreateToken(ctx context.Context, call Call, legacy bool) (secret string, t Token, err error) {
	err = c.changeTokens(ctx, call, "CreateBearerToken", func(tx *transaction) error {
		if len(c.state.tokens) >= mostTokens {
			return ErrTwoTokens
		}
		id := c.ids.uuid()
		secret = c.newSecret(id)
		hash := sha256.Sum256([]byte(secret))
		t = Token{ID: id, CreatedAt: tx.at, ExpiresAt: tx.at.Add(tokenLife), Legacy: legacy}
		tx.put(step{token: &token{Token: t, Hash: hash[:]}})
		return nil
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

// newSecret draws a token in the shape of AWS's: four fields with colons
// between, the first its id, in all about 600 characters (identity-center-scim
// reference 2, scim-clients 36).
func (c *Center) newSecret(id string) string {
	field := func(n int) string { return base64.StdEncoding.EncodeToString(c.ids.bytes(n)) }
	return strings.Join([]string{id, c.ids.uuid(), field(192), field(192)}, ":")
}

// Tokens returns the tokens, oldest first.
func (c *Center) Tokens() []Token {
	var list []Token
	c.read(func(st *state) {
		for _, t := range st.tokens {
			list = append(list, t.Token)
		}
	})
	slices.SortFunc(list, func(a, b Token) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// DeleteToken revokes a token at once. An unknown id is [ErrNoToken].
func (c *Center) DeleteToken(ctx context.Context, call Call, id string) error {
	return c.changeTokens(ctx, call, "DeleteBearerToken", func(tx *transaction) error {
		t := c.state.tokens[id]
		if t == nil {
			return ErrNoToken
		}
		tx.drop(step{token: t})
		return nil
	})
}

// ExpireToken ends a token's life now, as if its year were over; it still counts
// as one of two. Nothing records it, as nothing does when a year is over. An
// unknown id is [ErrNoToken].
func (c *Center) ExpireToken(ctx context.Context, call Call, id string) error {
	return c.changeTokens(ctx, call, "", func(tx *transaction) error {
		t := c.state.tokens[id]
		if t == nil {
			return ErrNoToken
		}
		if t.Expired(tx.at) {
			return nil
		}
		ended := *t
		ended.ExpiresAt = tx.at
		tx.put(step{token: &ended})
		return nil
	})
}

// changeTokens runs a change to the tokens as one transaction; name is what
// CloudTrail would call it.
func (c *Center) changeTokens(ctx context.Context, call Call, name string, change func(*transaction) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.writer.Lock()
	defer c.writer.Unlock()
	tx := &transaction{c: c, at: c.tick()}
	if err := change(tx); err != nil {
		return err
	}
	var event *Event
	if name != "" && c.be.LogTokenChanges && !call.Silent {
		event = c.record(call, cloudtrail.ConsoleStore(name, c.store), call.Caller, tx.at, nil)
	}
	if err := tx.commit(event); err != nil {
		return err
	}
	return nil
}

// authorise finds the token that an Authorization header holds. When the token
// is known and of no use any more, it is returned with the error.
func (c *Center) authorise(header string, at time.Time) (*token, *Error) {
	if header == "" {
		return nil, unauthorized("there is no Authorization header")
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, unauthorized("the Authorization header is not a bearer token")
	}
	secret = strings.TrimSpace(secret)
	id, _, _ := strings.Cut(secret, ":")
	var t *token
	c.read(func(st *state) { t = st.tokens[id] })
	if t == nil {
		return nil, unauthorized("the token is unknown or was deleted")
	}
	hash := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(hash[:], t.Hash) != 1 {
		return nil, unauthorized("the token is unknown or was deleted")
	}
	if t.Expired(at) {
		return t, unauthorized("the token expired at " + t.ExpiresAt.UTC().Format(time.RFC3339))
	}
	return t, nil
}
