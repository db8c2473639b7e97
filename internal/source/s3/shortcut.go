package s3

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/encoding/httpbinding"
)

// shortcut asks for objects without the SDK's middleware, which costs several times
// what the request itself does: resolving the endpoint, choosing who signs, tracing,
// some thirty steps. It is learned from a request of the SDK's that S3 answered, and
// differs from that only in the key, the time, what is asked for of the object, and
// the credentials of the moment. Whatever is no plain success goes back to the SDK
// (see [answered]), which alone says what an error is.
type shortcut struct {
	client      aws.HTTPClient
	credentials aws.CredentialsProvider
	signer      api.HTTPSignerV4

	url             url.URL // of the bucket: what comes before a key, with its slash
	header          http.Header
	service, region string        // that the signature is for
	ahead           time.Duration // S3's clock before this machine's, as the SDK found it
}

const (
	timeForm      = "20060102T150405Z" // of X-Amz-Date
	algorithm     = "AWS4-HMAC-SHA256 Credential="
	contentSHA256 = "X-Amz-Content-Sha256"
	amzDate       = "X-Amz-Date"
)

// Headers that belong to one request: made anew by the signature, by asking, or
// only told to those who look for one call of the SDK's among many.
var ownHeaders = []string{"Authorization", amzDate, "X-Amz-Security-Token", "Range", "If-Match", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request"}

// learner is an HTTP client that remembers the request that the SDK makes.
type learner struct {
	options api.Options
	request *http.Request
	sent    time.Time
}

// attend makes the SDK send its request by the learner.
func (l *learner) attend(o *api.Options) {
	l.options = o.Copy()
	o.HTTPClient = l
}

// Do sends a request and remembers it.
func (l *learner) Do(r *http.Request) (*http.Response, error) {
	l.request, l.sent = r, time.Now()
	return l.options.HTTPClient.Do(r)
}

// shortcut returns what was learned of the request for a key, or nil: when the same
// request, made by the shortcut at the same time, would not have the same signature,
// then it is not understood. So it is with directory buckets and access points
// whose signatures are of another kind, and without credentials.
func (l *learner) shortcut(ctx context.Context, key string) *shortcut {
	if l.request == nil || l.options.Credentials == nil || l.options.HTTPSignerV4 == nil {
		return nil
	}
	signed := l.request
	scope, ok := strings.CutPrefix(signed.Header.Get("Authorization"), algorithm)
	scope, _, _ = strings.Cut(scope, ",")
	parts := strings.Split(scope, "/") // access key, day, Region, service, aws4_request
	before, ends := strings.CutSuffix(signed.URL.EscapedPath(), httpbinding.EscapePath(key, false))
	when, err := time.Parse(timeForm, signed.Header.Get(amzDate))
	if !ok || len(parts) != 5 || !ends || err != nil {
		return nil
	}
	s := &shortcut{
		client: l.options.HTTPClient, credentials: l.options.Credentials, signer: l.options.HTTPSignerV4,
		url: *signed.URL, header: signed.Header.Clone(), region: parts[2], service: parts[3],
	}
	s.url.RawPath = before
	if s.url.Path, err = url.PathUnescape(before); err != nil {
		return nil
	}
	s.header.Del("Authorization")
	again, err := s.request(ctx, key, when)
	if err != nil || again.Header.Get("Authorization") != signed.Header.Get("Authorization") {
		return nil
	}
	for _, name := range ownHeaders {
		s.header.Del(name)
	}
	// The SDK reckons with the difference of the clocks; a second is lost in the form,
	// and some may pass between the signature and the sending.
	if ahead := when.Sub(l.sent); ahead.Abs() > time.Minute {
		s.ahead = ahead
	}
	return s
}

// request is a signed request for a key, with these headers besides: name, value,
// name, value.
func (s *shortcut) request(ctx context.Context, key string, when time.Time, besides ...string) (*http.Request, error) {
	who, err := s.credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	to := s.url
	to.Path += key
	to.RawPath += httpbinding.EscapePath(key, false)
	header := make(http.Header, len(s.header)+len(ownHeaders))
	maps.Copy(header, s.header)
	for i := 0; i < len(besides); i += 2 {
		if besides[i+1] != "" {
			header[besides[i]] = []string{besides[i+1]}
		}
	}
	// Its own, since the signer writes into them.
	delete(header, amzDate)
	delete(header, "X-Amz-Security-Token")
	r := &http.Request{Method: http.MethodGet, URL: &to, Host: to.Host, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	r = r.WithContext(ctx)
	err = s.signer.SignHTTP(ctx, who, r, s.header.Get(contentSHA256), s.service, s.region, when, plainPath)
	return r, err
}

// plainPath is how S3's paths are signed: as they are.
func plainPath(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }

// answered is an HTTP client that has the answer already: the SDK makes of it what
// it makes of its own.
type answered struct {
	response *http.Response
	err      error
}

func (a answered) Do(*http.Request) (*http.Response, error) { return a.response, a.err }

// get asks for an object. ok says that response is all of it, or the range that was
// asked for; otherwise the SDK has to be asked, in a call that is given the options.
func (s *shortcut) get(ctx context.Context, key, part, match string) (response *http.Response, ok bool, instead func(*api.Options)) {
	r, err := s.request(ctx, key, time.Now().Add(s.ahead), "Range", part, "If-Match", match)
	if err != nil {
		return nil, false, func(*api.Options) {} // the SDK will say why
	}
	response, err = s.client.Do(r)
	if err == nil && (response.StatusCode == http.StatusOK || response.StatusCode == http.StatusPartialContent) {
		return response, true, nil
	}
	sdk := answered{response, err}
	return nil, false, func(o *api.Options) { o.HTTPClient = sdk }
}
