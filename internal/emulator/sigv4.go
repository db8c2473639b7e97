package emulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// signature is the Authorization header of AWS Signature Version 4
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
type signature struct {
	accessKey, date, region, service string
	headers                          []string
	value                            string
}

const sigAlgorithm = "AWS4-HMAC-SHA256"

// parseSignature reads the header; ok is false when it is not one.
func parseSignature(header string) (s signature, ok bool) {
	rest, found := strings.CutPrefix(header, sigAlgorithm)
	if !found || len(header) > 8192 {
		return s, false
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			scope := strings.Split(value, "/")
			if len(scope) != 5 || scope[4] != "aws4_request" || !isAccessKey(scope[0]) {
				return s, false
			}
			s.accessKey, s.date, s.region, s.service = scope[0], scope[1], scope[2], scope[3]
		case "SignedHeaders":
			s.headers = strings.Split(value, ";")
		case "Signature":
			s.value = value
		}
	}
	return s, s.accessKey != ""
}

// sigSkew is how far a signature's time may be from the server's.
const sigSkew = 15 * time.Minute

// verify checks that a request was signed with the secret of its access key. now
// is the system's time, since that is what clients sign with.
func (s signature) verify(r *http.Request, body []byte, secret, region string, now time.Time) *idcenter.Error {
	stamp := r.Header.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", stamp)
	switch {
	case err != nil || len(s.headers) == 0 || s.value == "" || !slices.Contains(s.headers, "host"):
		return refused("IncompleteSignatureException", "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' with the host, and 'X-Amz-Date' a date.")
	case at.Sub(now).Abs() > sigSkew:
		return refused("InvalidSignatureException", "Signature expired or not yet current: "+stamp+" is not within 15 minutes of "+now.UTC().Format("20060102T150405Z"))
	case !strings.HasPrefix(stamp, s.date) || s.region != region:
		return refused("InvalidSignatureException", "Credential should be scoped to a valid region and date.")
	}
	sum := sha256.Sum256(body)
	canonical := strings.Join([]string{r.Method, canonicalPath(r.URL), canonicalQuery(r.URL), s.canonicalHeaders(r),
		strings.Join(s.headers, ";"), hex.EncodeToString(sum[:])}, "\n")
	hashed := sha256.Sum256([]byte(canonical))
	scope := strings.Join([]string{s.date, s.region, s.service, "aws4_request"}, "/")
	toSign := strings.Join([]string{sigAlgorithm, stamp, scope, hex.EncodeToString(hashed[:])}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, "aws4_request", toSign} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	given, err := hex.DecodeString(s.value)
	if err != nil || !hmac.Equal(given, key) {
		return refused("InvalidSignatureException", "The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

// refused is an error of the services' common ones.
func refused(name, detail string) *idcenter.Error {
	return &idcenter.Error{Status: http.StatusBadRequest, Name: name, Detail: detail}
}

func canonicalPath(u *url.URL) string {
	if p := u.EscapedPath(); p != "" {
		return p
	}
	return "/"
}

func canonicalQuery(u *url.URL) string {
	return strings.ReplaceAll(u.Query().Encode(), "+", "%20")
}

func (s signature) canonicalHeaders(r *http.Request) string {
	var b strings.Builder
	for _, name := range s.headers {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		b.WriteString(name + ":" + strings.Join(strings.Fields(value), " ") + "\n")
	}
	return b.String()
}
