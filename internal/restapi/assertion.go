package restapi

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Key is a private key that signs assertions (RFC 7523), with what its bearer is
// known by.
type Key struct {
	private     crypto.PrivateKey
	algorithm   jose.SignatureAlgorithm
	id          string // kid
	certificate []byte // DER, when the file holds one
}

func (k *Key) String() string   { return "a private key" }
func (k *Key) GoString() string { return k.String() }

// ParseKey reads a private key: PEM (PKCS #1, PKCS #8, SEC 1), beside which a
// certificate may stand, or a JWK, alone or as the first of a set. RSA and P-256, P-384
// and P-521 are taken. An error never repeats a part of the key.
func ParseKey(secret Secret) (*Key, error) {
	data := []byte(secret)
	if len(data) > 0 && data[0] == '{' {
		return jwkOf(data)
	}
	k := &Key{}
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		data = rest
		if block.Type == "CERTIFICATE" {
			if k.certificate == nil {
				k.certificate = block.Bytes
			}
			continue
		}
		if k.private != nil {
			continue
		}
		private, err := privateOf(block)
		if err != nil {
			return nil, err
		}
		k.private = private
	}
	if k.private == nil {
		return nil, errors.New("it is neither a private key in PEM nor a JWK")
	}
	return k, k.choose("")
}

func privateOf(block *pem.Block) (crypto.PrivateKey, error) {
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return nil, errors.New("the private key is locked with a passphrase; give it without one, in a file that only you can read")
	}
	return nil, errors.New("the private key in it cannot be read")
}

func jwkOf(data []byte) (*Key, error) {
	var one jose.JSONWebKey
	if err := one.UnmarshalJSON(data); err != nil || one.Key == nil {
		var set jose.JSONWebKeySet
		if err := json.Unmarshal(data, &set); err != nil || len(set.Keys) == 0 {
			return nil, errors.New("it is a JSON document and no JWK")
		}
		one = set.Keys[0]
	}
	if one.IsPublic() {
		return nil, errors.New("the JWK holds the public key only; the private one signs")
	}
	k := &Key{private: one.Key, id: one.KeyID}
	return k, k.choose(one.Algorithm)
}

// choose picks the algorithm: the JWK's, or the usual one of the key.
func (k *Key) choose(named string) error {
	switch key := k.private.(type) {
	case *rsa.PrivateKey:
		if key.N.BitLen() < 2048 {
			return errors.New("the RSA key has fewer than 2048 bits")
		}
		k.algorithm = jose.RS256
		if named == string(jose.RS384) || named == string(jose.RS512) {
			k.algorithm = jose.SignatureAlgorithm(named)
		}
	case *ecdsa.PrivateKey:
		switch key.Curve.Params().BitSize {
		case 256:
			k.algorithm = jose.ES256
		case 384:
			k.algorithm = jose.ES384
		case 521:
			k.algorithm = jose.ES512
		default:
			return errors.New("the key is of a curve that is not used for tokens")
		}
	default:
		return errors.New("the key is neither RSA nor elliptic curve")
	}
	return nil
}

// Named returns the key under another id (the kid of the assertion).
func (k Key) Named(id string) *Key {
	if id != "" {
		k.id = id
	}
	return &k
}

// AssertionLife is how long an assertion is good; Okta takes at most an hour.
const AssertionLife = 5 * time.Minute

// Assertion signs what proves a client to a token endpoint: issuer and subject are
// the client, the audience is the endpoint (okta-sailpoint reference 2.2).
func (k *Key) Assertion(client, audience string, now time.Time) (Secret, error) {
	header := map[jose.HeaderKey]any{"typ": "JWT"}
	if k.id != "" {
		header["kid"] = k.id
	}
	if k.certificate != nil { // Microsoft knows a key by its certificate
		sum := sha256.Sum256(k.certificate)
		header["x5t#S256"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.algorithm, Key: k.private}, &jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		return "", errors.New("the key cannot sign")
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // it never fails (crypto/rand)
	text, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: client, Subject: client, Audience: jwt.Audience{audience}, ID: hex.EncodeToString(id),
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now.Add(-time.Minute)), Expiry: jwt.NewNumericDate(now.Add(AssertionLife)),
	}).Serialize()
	if err != nil {
		return "", errors.New("the key cannot sign")
	}
	return Secret(text), nil
}

// AssertionForm is what a client posts that proves itself by a signature.
func (k *Key) AssertionForm(client, audience, scope string, now time.Time) (url.Values, error) {
	text, err := k.Assertion(client, audience, now)
	if err != nil {
		return nil, fmt.Errorf("signing the assertion: %w", err)
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {string(text)},
	}
	if scope != "" {
		form.Set("scope", scope)
	}
	return form, nil
}

// SecretForm is what a client posts that proves itself by a shared secret.
func SecretForm(client string, secret Secret, scope string) url.Values {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {string(secret)}}
	if scope != "" {
		form.Set("scope", scope)
	}
	return form
}
