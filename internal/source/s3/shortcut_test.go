package s3_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

// guard lets only requests to the shelf that are signed as one of the keys would,
// and counts who made those for objects.
type guard struct {
	t     *testing.T
	shelf http.Handler
	host  string // of the endpoint, when buckets have names of their own
	keys  map[string]aws.Credentials
	cut   string // the key of an object that comes only half at first

	sdk, short, parts atomic.Int64
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if want := g.signature(r); want == "" || want != r.Header.Get("Authorization") {
		g.t.Errorf("%s is signed with %q, want %q", r.RequestURI, r.Header.Get("Authorization"), want)
		refuse(w, http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
		return
	}
	if r.Header.Get("Accept-Encoding") != "identity" || !strings.HasPrefix(r.UserAgent(), "aws-sdk-go-v2/") {
		g.t.Errorf("headers of %s: %v", r.RequestURI, r.Header)
	}
	if r.URL.Query().Get("list-type") == "" {
		if r.Header.Get("Amz-Sdk-Invocation-Id") == "" {
			g.short.Add(1)
		} else {
			g.sdk.Add(1)
		}
	}
	if r.Header.Get("Range") != "" && r.Header.Get("If-Match") != "" {
		g.parts.Add(1)
	} else if g.cut != "" && strings.HasSuffix(r.URL.Path, g.cut) {
		w = &half{w, 150}
	}
	if g.host != "" {
		bucket, ok := strings.CutSuffix(r.Host, "."+g.host)
		if !ok {
			g.t.Errorf("asked for host %s", r.Host)
		}
		r.URL.Path = "/" + bucket + r.URL.Path
	}
	g.shelf.ServeHTTP(w, r)
}

// signature is the Authorization that a request has to have.
func (g *guard) signature(r *http.Request) string {
	given := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "), ", ")
	if len(given) != 3 {
		return ""
	}
	scope := strings.Split(strings.TrimPrefix(given[0], "Credential="), "/")
	when, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	key, known := g.keys[scope[0]]
	to, wrong := url.Parse("http://" + r.Host + r.RequestURI)
	if err != nil || wrong != nil || !known || len(scope) != 5 || r.Header.Get("X-Amz-Security-Token") != key.SessionToken {
		return ""
	}
	again := &http.Request{Method: r.Method, URL: to, Host: r.Host, Header: http.Header{}}
	for name := range strings.SplitSeq(strings.TrimPrefix(given[1], "SignedHeaders="), ";") {
		if name != "host" {
			again.Header[http.CanonicalHeaderKey(name)] = slices.Clone(r.Header.Values(name))
		}
	}
	if err := v4.NewSigner().SignHTTP(r.Context(), key, again, r.Header.Get("X-Amz-Content-Sha256"), scope[3], scope[2], when,
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }); err != nil {
		return ""
	}
	return again.Header.Get("Authorization")
}

// through is a client whose every host is the server's.
func through(server *httptest.Server, who aws.CredentialsProvider, change func(*api.Options)) *api.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}}
	return api.NewFromConfig(aws.Config{Region: "us-east-1", Credentials: who, HTTPClient: &http.Client{Transport: transport}}, func(o *api.Options) {
		o.BaseEndpoint = aws.String("http://s3.example.com")
		o.UsePathStyle = true
		change(o)
	})
}

func TestEveryRequestIsSignedAsTheSDKWould(t *testing.T) {
	t.Parallel()
	user := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "very-secret-key"}
	role := aws.Credentials{AccessKeyID: "ASIDEXAMPLE", SecretAccessKey: "other-secret-key", SessionToken: "very-secret-token"}
	always := func(c aws.Credentials) aws.CredentialsProvider {
		return credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, c.SessionToken)
	}
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 40, IdentityShare: 3, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}})
	whole := fromFiles(t, dir, file.Options{NoCustody: true})
	for _, tt := range []struct {
		name   string
		who    aws.CredentialsProvider
		change func(*api.Options)
		host   string
		sdk    int64 // requests of the SDK's for objects; -1: all
	}{
		{"the bucket in the path", always(user), func(*api.Options) {}, "", 1},
		{"the bucket in the host's name", always(user), func(o *api.Options) { o.UsePathStyle = false }, "s3.example.com", 1},
		{"an endpoint with a path", always(user), func(o *api.Options) { o.BaseEndpoint = aws.String("http://s3.example.com/a%20gate/") }, "", 1},
		{"over TLS", always(user), func(o *api.Options) { o.BaseEndpoint = aws.String("https://s3.example.com") }, "", 1},
		{"with a session's token", always(role), func(*api.Options) {}, "", 1},
		{"credentials that change at every call", alternating(user, role), func(*api.Options) {}, "", 1},
		{"a signer that is not understood", always(user), func(o *api.Options) { o.HTTPSignerV4 = &moody{v4.NewSigner(), new(atomic.Int64)} }, "", -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			shelf := newShelf(t, dir)
			g := &guard{t: t, shelf: http.StripPrefix("/a gate", shelf), host: tt.host, keys: map[string]aws.Credentials{user.AccessKeyID: user, role.AccessKeyID: role}}
			if tt.name != "an endpoint with a path" {
				g.shelf = shelf
			}
			if tt.sdk < 0 {
				g.keys["AKIDEXAMPLE"] = aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "very-secret-key"}
			}
			g.cut = shelf.keys[9]
			start := httptest.NewServer
			if tt.name == "over TLS" {
				start = httptest.NewTLSServer
			}
			server := start(g)
			t.Cleanup(server.Close)
			o := options(t, nil)
			o.Client, o.Parallel = through(server, tt.who, tt.change), 1
			c := mustGather(t, o)
			if len(c.Unreadable) > 0 || c.Statistics.Records != whole.Statistics.Records {
				t.Errorf("%d records, want %d; losses %v", c.Statistics.Records, whole.Statistics.Records, c.Unreadable)
			}
			all := int64(len(shelf.keys)) + 1
			want := tt.sdk
			if want < 0 {
				want = all
			}
			if g.sdk.Load() != want || g.sdk.Load()+g.short.Load() != all || g.parts.Load() != 1 {
				t.Errorf("the SDK made %d requests for objects, the shortcut %d, %d of them for the rest of one; want %d of %d by the SDK, and 1", g.sdk.Load(), g.short.Load(), g.parts.Load(), want, all)
			}
		})
	}
}

func alternating(list ...aws.Credentials) aws.CredentialsProvider {
	var n atomic.Int64
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return list[int(n.Add(1)/5)%len(list)], nil
	})
}

// moody is a signer that adds a header of its own, another one each time.
type moody struct {
	*v4.Signer
	n *atomic.Int64
}

func (m *moody) SignHTTP(ctx context.Context, who aws.Credentials, r *http.Request, payload, service, region string, when time.Time, more ...func(*v4.SignerOptions)) error {
	r.Header.Set("X-Amz-Mood", fmt.Sprint(m.n.Add(1)))
	return m.Signer.SignHTTP(ctx, who, r, payload, service, region, when, more...)
}

func TestKeysMayHaveAnyCharacters(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for i, name := range []string{
		"a first one", "we ird+%41&=", "~'()*!;:@$,", "?#[]{}|^`\\", `<a>"b"`, "ü€😀", "%2F", "..a..", "a;b", "tab\tand\nline",
	} {
		put(t, root, "copies/"+name+".json", fmt.Sprintf(`{"Groups":[{"GroupId":"94482488-3041-7075-5f1c-1ab2c3d4e5%02x","DisplayName":"team","IdentityStoreId":"d-9a67000001"}]}`, i))
	}
	shelf := newShelf(t, root)
	key := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "very-secret-key"}
	g := &guard{t: t, shelf: shelf, keys: map[string]aws.Credentials{key.AccessKeyID: key}}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	o := options(t, nil)
	o.Client, o.Prefix, o.Parallel = through(server, credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""), func(*api.Options) {}), "copies/", 1
	c := mustGather(t, o)
	for _, key := range shelf.keys {
		if shelf.got[key] == 0 {
			t.Errorf("%q was not fetched", key)
		}
	}
	if len(c.Snapshots) != len(shelf.keys) || len(c.Unreadable) > 0 || g.short.Load() == 0 {
		t.Errorf("%d snapshots of %d, losses %v, %d on the shortcut", len(c.Snapshots), len(shelf.keys), c.Unreadable, g.short.Load())
	}
}

func TestExpiredCredentialsAreFetchedAnewOnTheShortcut(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 60, IdentityShare: 3, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}})
	shelf := newShelf(t, dir)
	var asked, expired atomic.Int64
	shelf.weather = func(w http.ResponseWriter, r *http.Request, key string) bool {
		old := strings.Contains(r.Header.Get("Authorization"), "Credential=AKID1/")
		if key == "" || !old || asked.Add(1) <= 30 {
			return false
		}
		expired.Add(1)
		refuse(w, http.StatusBadRequest, "ExpiredToken", "The provided token has expired.")
		return true
	}
	server := httptest.NewServer(shelf)
	t.Cleanup(server.Close)
	var fetched atomic.Int64
	cache := aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: fmt.Sprintf("AKID%d", fetched.Add(1)), SecretAccessKey: "very-secret-key", SessionToken: "t"}, nil
	}))
	o := options(t, nil)
	o.Client, o.Parallel = through(server, cache, func(*api.Options) {}), 1
	o.Caller.Refresh = cache.Invalidate
	c := mustGather(t, o)
	if len(c.Unreadable) > 0 || shelf.fetched() != 60 || expired.Load() != 1 || fetched.Load() != 2 {
		t.Errorf("%d objects, losses %v; expired %d times, fetched %d times", shelf.fetched(), c.Unreadable, expired.Load(), fetched.Load())
	}
}

// TestAClockThatIsOffIsReckonedWith: the SDK signs by the time that S3 says it is.
func TestAClockThatIsOffIsReckonedWith(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 20, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}})
	shelf := newShelf(t, dir)
	const ahead = 12 * time.Minute
	var mu sync.Mutex
	off := map[string]int{} // requests for objects whose time is not the server's
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now().Add(ahead)
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if strings.HasSuffix(r.URL.Path, ".gz") && (err != nil || now.Sub(signed).Abs() > ahead/2) {
			mu.Lock()
			off[r.URL.Path]++
			mu.Unlock()
		}
		shelf.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	o := options(t, nil)
	o.Client, o.Parallel = through(server, credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "very-secret-key", ""), func(*api.Options) {}), 1
	if mustGather(t, o); len(off) > 0 || shelf.fetched() != 20 {
		t.Errorf("of %d requests these have another time than the server: %v", shelf.fetched(), off)
	}
}

// slow is a client that always goes the SDK's way.
type slow struct{ *api.Client }

func (s slow) GetObject(ctx context.Context, in *api.GetObjectInput, how ...func(*api.Options)) (*api.GetObjectOutput, error) {
	return s.Client.GetObject(ctx, in, func(o *api.Options) {
		transport := o.HTTPClient
		for _, f := range how {
			f(o)
		}
		o.HTTPClient = transport
	})
}

// TestTheShortcutEndsAsTheSDKDoes: what goes wrong is told and retried alike.
func TestTheShortcutEndsAsTheSDKDoes(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 20, IdentityShare: 3, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}})
	answer := func(status int, header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			name, value, _ := strings.Cut(header, ": ")
			w.Header().Set(name, value)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	says := func(status int, code, message string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { refuse(w, status, code, message) }
	}
	for _, tt := range []struct {
		name  string
		times int64 // 0: always
		fault http.HandlerFunc
	}{
		{"denied", 0, says(403, "AccessDenied", "Access Denied")},
		{"a key that may not be used", 0, says(403, "AccessDenied", "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-2:111122223333:key/1")},
		{"an archive class", 0, says(403, "InvalidObjectState", "The operation is not valid for the object's storage class")},
		{"deleted", 0, says(404, "NoSuchKey", "The specified key does not exist.")},
		{"a bucket that is gone", 0, says(404, "NoSuchBucket", "The specified bucket does not exist")},
		{"a key that is switched off", 0, says(400, "KMS.DisabledException", "The key is disabled")},
		{"the token has expired", 0, says(400, "ExpiredToken", "The provided token has expired.")},
		{"the clock is off", 0, says(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")},
		{"a wrong signature", 0, says(403, "SignatureDoesNotMatch", "very-secret-key")},
		{"slow down, three times", 3, says(503, "SlowDown", "Please reduce your request rate.")},
		{"slow down, for ever", 0, says(503, "SlowDown", "Please reduce your request rate.")},
		{"trouble, twice", 2, says(500, "InternalError", "We encountered an internal error. Please try again.")},
		{"trouble, for ever", 0, says(500, "InternalError", "We encountered an internal error. Please try again.")},
		{"later, as it says", 2, answer(503, "Retry-After: 7", "")},
		{"denied without a word", 0, answer(403, "Content-Length: 0", "")},
		{"an error that is no XML", 0, answer(400, "Content-Type: application/xml", "<Err")},
		{"a web page", 0, answer(502, "Content-Type: text/html", "<html>proxy</html>")},
		{"sent elsewhere", 0, answer(302, "Location: http://127.0.0.1:1/", "")},
		{"nothing, as if it were known", 0, answer(304, "Etag: x", "")},
		{"nothing at all", 0, answer(204, "Etag: x", "")},
		{"a connection that breaks, twice", 2, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"connections that break for ever", 0, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			type outcome struct {
				Err                       string
				Losses                    any
				Covered                   []string
				Records                   int
				Calls, Retries, Throttled int64
				Waits                     []time.Duration
			}
			tell := func(fast bool) (o outcome) {
				shelf := newShelf(t, dir)
				bad := shelf.keys[7]
				var asked atomic.Int64
				shelf.weather = func(w http.ResponseWriter, r *http.Request, key string) bool {
					if key != bad || tt.times > 0 && asked.Add(1) > tt.times {
						return false
					}
					tt.fault(w, r)
					return true
				}
				sdk := client(t, shelf)
				opts := options(t, nil)
				opts.Client, opts.Parallel, opts.Query.Progress = sdk, 1, new(live.Progress)
				opts.Caller.Backoff = live.Backoff{Base: 1, Max: 1} // waits that are not told are none
				var mu sync.Mutex
				opts.Caller.Sleep = func(ctx context.Context, d time.Duration) error {
					mu.Lock()
					defer mu.Unlock()
					o.Waits = append(o.Waits, d)
					return ctx.Err()
				}
				if !fast {
					opts.Client = slow{sdk}
				}
				c, err := gather(t, opts)
				if err != nil {
					o.Err = strings.ReplaceAll(err.Error(), strings.TrimPrefix(*sdk.Options().BaseEndpoint, "http://"), "HOST")
				}
				p := opts.Query.Progress
				o.Losses, o.Covered, o.Records = c.Unreadable, covered(c), c.Statistics.Records
				o.Calls, o.Retries, o.Throttled = p.Calls.Load(), p.Retries.Load(), p.Throttled.Load()
				return o
			}
			want, got := tell(false), tell(true)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-SDK +shortcut):\n%s", diff)
			}
		})
	}
}
