package upstreamtest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// listLog is the System Log. A walk with both ends ends; one without until always
// names a next page (reference 2.5).
func (o *Okta) listLog(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	until, bounded := o.w.now.Add(time.Hour), q.Get("until") != ""
	if t, err := time.Parse(time.RFC3339, q.Get("until")); err == nil {
		until = t
	}
	since := until.Add(-7 * 24 * time.Hour)
	if t, err := time.Parse(time.RFC3339, q.Get("since")); err == nil {
		since = t
	}
	if o.w.now.Sub(since) > 180*24*time.Hour {
		oktaError(w, 400, "E0000053", "The since parameter is over 180 days prior to the current day.")
		return
	}
	f, err := parseFilter(or(q.Get("filter"), `eventType sw ""`))
	if err != nil {
		oktaError(w, 400, "E0000053", "Invalid filter.")
		return
	}
	var list []any
	for _, e := range o.Events {
		if e.Published.Before(since) || e.Published.After(until) || o.w.now.Sub(e.Published) > 90*24*time.Hour {
			continue
		}
		ids := []string{}
		for _, t := range e.Targets {
			ids = append(ids, t.ID)
		}
		if f(attributes(object{"eventType": e.Type, "outcome.result": e.Result, "target.id": ids, "actor.id": e.Actor.ID})) {
			list = append(list, eventJSON(e))
		}
	}
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit <= 0 {
		limit = 100
	}
	if o.PageCap > 0 {
		limit = min(limit, o.PageCap)
	}
	after, _ := strconv.Atoi(q.Get("after"))
	after = min(max(after, 0), len(list))
	end := min(after+min(limit, 1000), len(list))
	w.Header().Add("Link", fmt.Sprintf("<http://%s%s?%s>; rel=%q", r.Host, r.URL.Path, q.Encode(), "self"))
	if end < len(list) || !bounded {
		next := maps.Clone(q)
		next.Set("after", strconv.Itoa(end))
		w.Header().Add("Link", fmt.Sprintf("<http://%s%s?%s>; rel=%q", r.Host, r.URL.Path, next.Encode(), "next"))
	}
	if o.Duplicate && after > 0 {
		after--
	}
	write(w, 200, append([]any{}, list[after:end]...))
}

func eventJSON(e OktaEvent) object {
	var targets []any
	for _, t := range e.Targets {
		targets = append(targets, object{"id": t.ID, "type": t.Type, "alternateId": "unknown", "displayName": t.Name, "detailEntry": nil})
	}
	return object{"uuid": e.UUID, "published": stamp(e.Published), "eventType": e.Type, "version": "0", "severity": e.Severity, "displayMessage": e.Message,
		"actor":   object{"id": e.Actor.ID, "type": e.Actor.Type, "alternateId": e.Actor.Alternate, "displayName": e.Actor.Name},
		"outcome": object{"result": e.Result, "reason": orNull(e.Reason)}, "target": targets,
		"transaction": object{"type": "JOB", "id": "trn" + e.UUID[:8], "detail": object{}}, "debugContext": object{"debugData": object{"appname": "amazon_aws_sso"}}}
}

// token is the endpoint of the organisation's authorization server (reference 2.2).
func (o *Okta) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(code, why string) { write(w, 400, object{"error": code, "error_description": why}) }
	if err := r.ParseForm(); err != nil || r.Form.Get("grant_type") != "client_credentials" || r.Form.Get("client_secret") != "" {
		refuse("invalid_request", "only private_key_jwt is taken")
		return
	}
	if o.RequireDPoP {
		proof, err := o.proof(r)
		if err != nil {
			refuse("invalid_dpop_proof", "The DPoP proof JWT header is missing.")
			return
		}
		if proof.Nonce != dpopNonce {
			w.Header().Set("dpop-nonce", dpopNonce)
			refuse("use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")
			return
		}
	}
	parsed, err := jwt.ParseSigned(r.Form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.RS256})
	var claims jwt.Claims
	if err != nil || parsed.Claims(&o.private.PublicKey, &claims) != nil {
		write(w, 401, object{"error": "invalid_client", "error_description": "The client_assertion signature is invalid."})
		return
	}
	life := claims.Expiry.Time().Sub(o.w.now)
	switch {
	case claims.Issuer != o.ClientID || claims.Subject != o.ClientID:
		write(w, 401, object{"error": "invalid_client", "error_description": "The issuer or subject is wrong."})
		return
	case !slices.Equal(claims.Audience, []string{o.URL + "/oauth2/v1/token"}):
		refuse("invalid_client", "The audience claim for client_assertion must be the endpoint invoked for the request.")
		return
	case life <= 0 || life > time.Hour:
		refuse("invalid_client", "The client_assertion token has an expiration too far in the future or has expired.")
		return
	case claims.ID != "" && o.spent[claims.ID]:
		refuse("invalid_client", "The client_assertion was used before.")
		return
	}
	o.spent[claims.ID] = true
	scopes := strings.Fields(r.Form.Get("scope"))
	for _, s := range scopes {
		if !slices.Contains(o.Scopes, s) {
			refuse("invalid_scope", "One or more scopes are not granted.")
			return
		}
	}
	secret := make([]byte, 16)
	_, _ = rand.Read(secret) // it never fails
	token := "eyJ" + hex.EncodeToString(secret)
	o.bearer[token] = scopes
	kind := "Bearer"
	if o.RequireDPoP {
		kind = "DPoP"
	}
	write(w, 200, object{"token_type": kind, "expires_in": 3600, "access_token": token, "scope": strings.Join(scopes, " ")})
}

const dpopNonce = "stand-in-nonce-1"

// dpopClaims are those of a proof of possession (RFC 9449).
type dpopClaims struct {
	ID     string `json:"jti"`
	Method string `json:"htm"`
	URL    string `json:"htu"`
	Nonce  string `json:"nonce"`
	Hash   string `json:"ath"`
}

// proof checks the proof that goes with a request: signed by the key in it, made for
// this method and URL, and not used before.
func (o *Okta) proof(r *http.Request) (dpopClaims, error) {
	var claims dpopClaims
	parsed, err := jwt.ParseSigned(r.Header.Get("DPoP"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || len(parsed.Headers) != 1 || parsed.Headers[0].JSONWebKey == nil {
		return claims, errFilter
	}
	if err := parsed.Claims(parsed.Headers[0].JSONWebKey.Key, &claims); err != nil {
		return claims, err
	}
	if claims.Method != r.Method || claims.URL != "http://"+r.Host+r.URL.Path || claims.ID == "" || o.spent[claims.ID] {
		return claims, errFilter
	}
	o.spent[claims.ID] = true
	return claims, nil
}
