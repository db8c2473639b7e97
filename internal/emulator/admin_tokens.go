package emulator

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// Tokens lists the tokens, oldest first, without their secrets.
func (s *Server) Tokens(context.Context) (TokensJSON, error) {
	out := TokensJSON{Tokens: []TokenJSON{}}
	for _, t := range s.Center.Tokens() {
		out.Tokens = append(out.Tokens, s.token(t))
	}
	return out, nil
}

// CreateToken makes a token. Its error is idcenter.ErrTwoTokens, or one of the
// state.
func (s *Server) CreateToken(ctx context.Context, legacy bool) (TokenJSON, error) {
	secret, t, err := s.Center.CreateToken(ctx, s.atTheConsole("", request{peer: "127.0.0.1"}), legacy)
	if err == nil {
		err = s.settle()
	}
	if err != nil {
		return TokenJSON{}, err
	}
	out := s.token(t)
	out.Token, out.Expired = secret, nil
	return out, nil
}

// DeleteToken revokes a token at once. Its error is idcenter.ErrNoToken, or one
// of the state.
func (s *Server) DeleteToken(ctx context.Context, id string) error {
	if err := s.Center.DeleteToken(ctx, s.atTheConsole("", request{peer: "127.0.0.1"}), id); err != nil {
		return err
	}
	return s.settle()
}

// ExpireToken ends a token's life. Its error is idcenter.ErrNoToken, or one of
// the state.
func (s *Server) ExpireToken(ctx context.Context, id string) (TokenJSON, error) {
	err := s.Center.ExpireToken(ctx, s.atTheConsole("", request{peer: "127.0.0.1"}), id)
	if err == nil {
		err = s.settle()
	}
	if err != nil {
		return TokenJSON{}, err
	}
	for _, t := range s.Center.Tokens() {
		if t.ID == id {
			return s.token(t), nil
		}
	}
	return TokenJSON{}, idcenter.ErrNoToken
}

func (s *Server) token(t idcenter.Token) TokenJSON {
	return TokenJSON{ID: t.ID, CreatedAt: whole(t.CreatedAt), ExpiresAt: whole(t.ExpiresAt), Expired: new(t.Expired(s.Clock.Now())), Legacy: t.Legacy}
}

// whole is a time in whole seconds, as everything else that is told.
func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func (s *Server) adminTokens(ctx context.Context, _ request) answer {
	list, _ := s.Tokens(ctx) // does not fail
	return adminJSON(http.StatusOK, list)
}

func (s *Server) adminCreateToken(ctx context.Context, in request) answer {
	var ask struct {
		Legacy bool `json:"legacy"`
	}
	if len(in.body) > 0 {
		if err := decode(in.body, &ask); err != nil {
			return adminError(http.StatusBadRequest, err)
		}
	}
	t, err := s.CreateToken(ctx, ask.Legacy)
	if err != nil {
		return s.tokenError(err)
	}
	return adminJSON(http.StatusCreated, t)
}

func (s *Server) tokenError(err error) answer {
	switch {
	case errors.Is(err, idcenter.ErrTwoTokens):
		return adminError(http.StatusConflict, err)
	case errors.Is(err, idcenter.ErrNoToken):
		return adminError(http.StatusNotFound, err)
	}
	return adminError(http.StatusInternalServerError, err)
}

// adminToken serves /_admin/tokens/{id} and what is below.
func (s *Server) adminToken(r *http.Request, in request, id string) answer {
	id, action, below := strings.Cut(id, "/")
	switch {
	case !below:
		return s.byMethod(r, in, map[string]adminCall{"DELETE": func(s *Server, ctx context.Context, _ request) answer {
			if err := s.DeleteToken(ctx, id); err != nil {
				return s.tokenError(err)
			}
			return answer{status: http.StatusNoContent}
		}})
	case action == "expire":
		return s.byMethod(r, in, map[string]adminCall{"POST": func(s *Server, ctx context.Context, _ request) answer {
			t, err := s.ExpireToken(ctx, id)
			if err != nil {
				return s.tokenError(err)
			}
			return adminJSON(http.StatusOK, t)
		}})
	}
	return adminError(http.StatusNotFound, errors.New("a token can be expired, by POST to its path with /expire, and deleted"))
}
