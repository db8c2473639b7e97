package restapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/scimtrail/scimtrail/internal/restapi"
)

func TestKeysOfEveryUsualFormSign(t *testing.T) {
	t.Parallel()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	must := func(der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	pkcs1 := block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(private))
	jwk := string(must(json.Marshal(jose.JSONWebKey{Key: private, KeyID: "k1"})))
	for _, row := range []struct {
		name, text, alg, kid, says string
	}{
		{"PKCS #1", pkcs1, "RS256", "", ""},
		{"PKCS #8", block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(private))), "RS256", "", ""},
		{"SEC 1", block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(curve))), "ES256", "", ""},
		{"a certificate beside the key", block("CERTIFICATE", []byte("der")) + pkcs1, "RS256", "", ""},
		{"a JWK", jwk, "RS256", "k1", ""},
		{"a JWK of RS512", string(must(json.Marshal(jose.JSONWebKey{Key: private, KeyID: "k2", Algorithm: "RS512"}))), "RS512", "k2", ""},
		{"a set", `{"keys":[` + jwk + `]}`, "RS256", "k1", ""},
		{"a public JWK", string(must(json.Marshal(jose.JSONWebKey{Key: &private.PublicKey}))), "", "", "public key only"},
		{"a short key", block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)), "", "", "2048 bits"},
		{"a locked key", block("ENCRYPTED PRIVATE KEY", []byte("x")), "", "", "passphrase"},
		{"a key of nothing", block("PRIVATE KEY", []byte("hunter2")), "", "", "cannot be read"},
		{"JSON of something else", `{"a":"hunter2"}`, "", "", "no JWK"},
		{"text", "hunter2", "", "", "neither"},
	} {
		key, err := restapi.ParseKey(restapi.Secret(row.text))
		if row.says != "" {
			if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: error %v", row.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		text, err := key.Assertion("client", "https://a/token", noon)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := jwt.ParseSigned(string(text), []jose.SignatureAlgorithm{jose.SignatureAlgorithm(row.alg)})
		if err != nil || parsed.Headers[0].KeyID != row.kid {
			t.Errorf("%s: %v, kid %q", row.name, err, parsed.Headers[0].KeyID)
			continue
		}
		public := any(&private.PublicKey)
		if row.alg == "ES256" {
			public = &curve.PublicKey
		}
		var claims jwt.Claims
		if err := parsed.Claims(public, &claims); err != nil || claims.Issuer != "client" || claims.Subject != "client" || claims.Audience[0] != "https://a/token" ||
			claims.Expiry.Time().Sub(noon) > time.Hour || claims.ID == "" {
			t.Errorf("%s: claims %+v, %v", row.name, claims, err)
		}
		if s := fmt.Sprintf("%v %+v %#v", key, key, key); strings.Contains(s, private.D.String()) {
			t.Errorf("%s prints: %s", row.name, s)
		}
	}
}

// FuzzParseKey holds that an error does not repeat what it is about, and that a key
// that is taken signs.
func FuzzParseKey(f *testing.F) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	jwk, err := json.Marshal(jose.JSONWebKey{Key: curve})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(jwk), `{"keys":[` + string(jwk) + `]}`, "{", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := restapi.ParseKey(restapi.Secret(text))
		if err != nil {
			if len(text) > 60 && strings.Contains(err.Error(), text) {
				t.Errorf("the error repeats the key: %v", err)
			}
			return
		}
		if _, err := key.Assertion("c", "a", noon); err != nil {
			t.Errorf("a key that was taken does not sign: %v", err)
		}
	})
}
