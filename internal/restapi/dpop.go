package restapi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// prover makes the proofs of possession (DPoP, RFC 9449) that a service may demand
// beside a token: each is signed with a key of this run and serves one request.
type prover struct {
	signer jose.Signer
	nonce  string // what the token endpoint wants in its proofs
}

func newProver() (*prover, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, errors.New("making a key for DPoP failed")
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, &jose.SignerOptions{EmbedJWK: true, ExtraHeaders: map[jose.HeaderKey]any{"typ": "dpop+jwt"}})
	if err != nil {
		return nil, errors.New("the key for DPoP cannot sign")
	}
	return &prover{signer: signer}, nil
}

// proof is for one request; token is the access token that it goes with, "" at the
// token endpoint, where the nonce belongs in its place.
func (p *prover) proof(method string, u *url.URL, token Secret, now time.Time) (string, error) {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // it never fails (crypto/rand)
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	claims := struct {
		jwt.Claims
		Method string `json:"htm"`
		URL    string `json:"htu"`
		Nonce  string `json:"nonce,omitempty"`
		Hash   string `json:"ath,omitempty"`
	}{Claims: jwt.Claims{ID: hex.EncodeToString(id), IssuedAt: jwt.NewNumericDate(now)}, Method: method, URL: bare.String()}
	if token == "" {
		claims.Nonce = p.nonce
	} else {
		sum := sha256.Sum256([]byte(token))
		claims.Hash = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	text, err := jwt.Signed(p.signer).Claims(claims).Serialize()
	if err != nil {
		return "", errors.New("the key for DPoP cannot sign")
	}
	return text, nil
}
