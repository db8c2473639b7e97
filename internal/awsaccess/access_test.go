package awsaccess_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/flaky"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/span"
)

// The secrets of the tests: none may be seen anywhere.
const (
	secretKey    = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	sessionToken = "IQoJb3JpZ2luX2VjEXAMPLESESSIONTOKEN"
)

func access(endpoint string) awsaccess.Access {
	return awsaccess.New("profile audit", aws.Config{Region: "us-east-2", BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", secretKey, sessionToken),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} }})
}

func quick(a awsaccess.Access) awsaccess.Caller {
	c := a.Caller()
	c.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return c
}

// answers is a service that always answers the same.
func answers(t testing.TB, status int, kind, body string) string {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, strings.ReplaceAll(body, "TOKEN", r.Header.Get("X-Amz-Security-Token")))
	}))
	t.Cleanup(web.Close)
	return web.URL
}

func lookup(t testing.TB, a awsaccess.Access) error {
	t.Helper()
	_, err := awsaccess.Call(t.Context(), quick(a), func(ctx context.Context) (*cloudtrail.LookupEventsOutput, error) {
		return cloudtrail.NewFromConfig(a.Config).LookupEvents(ctx, nil)
	})
	return err
}

func TestEveryErrorIsASentence(t *testing.T) {
	t.Parallel()
	const awsJSON = "application/x-amz-json-1.1"
	for _, row := range []struct {
		name   string
		status int
		kind   string
		body   string
		want   string
	}{
		{"a denied action is read from the message", 400, awsJSON,
			`{"__type":"AccessDeniedException","message":"User: arn:aws:sts::111122223333:assumed-role/audit/ann is not authorized to perform: cloudtrail:LookupEvents because no identity-based policy allows the cloudtrail:LookupEvents action"}`,
			"looking: access is denied to arn:aws:sts::111122223333:assumed-role/audit/ann; the permission cloudtrail:LookupEvents is missing; print the least policy with `scimtrail collect --plan`"},
		{"with its resource", 403, awsJSON,
			`{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::111122223333:user/ann is not authorized to perform: identitystore:ListUsers on resource: arn:aws:identitystore::111122223333:identitystore/d-9a67000001 with an explicit deny in a service control policy"}`,
			"looking: access is denied to arn:aws:iam::111122223333:user/ann by a service control policy; the permission identitystore:ListUsers on arn:aws:identitystore::111122223333:identitystore/d-9a67000001 is missing; ask whoever keeps the organisation's policies"},
		{"a denial that says nothing names the operation", 403, awsJSON, `{"__type":"AccessDenied","message":"no"}`,
			"looking: access is denied to profile audit; the permission cloudtrail:LookupEvents is missing; print the least policy with `scimtrail collect --plan`"},
		{"an expired token", 400, awsJSON, `{"__type":"ExpiredTokenException","message":"The security token included in the request is expired: TOKEN"}`,
			"looking: the credentials have expired; sign in again (`aws sso login`, or fetch new temporary credentials), then run it again"},
		{"a key that nobody knows", 400, awsJSON, `{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`,
			"looking: AWS does not know the credentials of profile audit; check the access key; a Region that must be enabled first answers the same when it is not"},
		{"a signature whose error quotes the request", 403, awsJSON, `{"__type":"InvalidSignatureException","message":"The Canonical String should have been 'POST x-amz-security-token:TOKEN'"}`,
			"looking: the signature is wrong: the secret access key does not fit the access key of profile audit, or this machine's clock is off; check the secret access key and the clock"},
		{"a throttle without end", 400, awsJSON, `{"__type":"ThrottlingException","message":"Rate exceeded"}`,
			"looking: AWS kept asking to slow down; run it again later; it goes on where it stopped"},
		{"a web page", 200, "text/html", "<html>Sign in</html>",
			"looking: a web page came where AWS's answer was due; check the proxy and the endpoint (AWS_ENDPOINT_URL)"},
		{"a web page with an error", 403, "text/html; charset=utf-8", "<html>Forbidden</html>",
			"looking: a web page came where AWS's answer was due; check the proxy and the endpoint (AWS_ENDPOINT_URL)"},
		{"half an answer", 200, awsJSON, `{"Events":[{"EventId":"1"`,
			"looking: the answer broke off or is not what the API promises; check the proxy and the endpoint, then run it again"},
		{"trouble at AWS", 500, awsJSON, `{"__type":"InternalFailure"}`,
			"looking: AWS refused the request with InternalFailure; AWS itself is in trouble; run it again later, it goes on where it stopped"},
		{"another Region", 301, "application/xml", "",
			"looking: it lives in another Region; name its Region"},
		{"a code that nobody foresaw, with an escape in it", 400, awsJSON, `{"__type":"Odd\u001b[31mException","message":"x"}`,
			"looking: AWS refused the request with Odd?[31mException"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := access(answers(t, row.status, row.kind, row.body))
			err := lookup(t, a)
			if err == nil {
				t.Fatal("no error")
			}
			p := a.Explain(err, "looking")
			if p.Error() != row.want {
				t.Errorf("got  %s\nwant %s", p, row.want)
			}
			for e := error(p); e != nil; e = errors.Unwrap(e) {
				for _, secret := range []string{secretKey, sessionToken} {
					if strings.Contains(e.Error(), secret) || strings.Contains(fmt.Sprintf("%+v", e), secret) {
						t.Errorf("a secret in %+v", e)
					}
				}
			}
		})
	}
}

func TestTheWayThereIsNamedWhenItIsBroken(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + closed.Addr().String()
	closed.Close()
	for name, row := range map[string]struct{ endpoint, want string }{
		"nobody listens": {nobody, "looking: nobody listens at " + closed.Addr().String() + "; check the endpoint (AWS_ENDPOINT_URL) and the connection"},
		"no such host":   {"http://no-such-host.invalid", "looking: there is no host no-such-host.invalid; check the Region's name, the endpoint and the connection"},
	} {
		a := access(row.endpoint)
		if got := a.Explain(lookup(t, a), "looking").Error(); got != row.want {
			// A machine without a resolver says it in another way.
			if name == "no such host" && strings.Contains(got, "looking: ") && !strings.Contains(got, "there is no host") {
				t.Logf("no resolver here: %s", got)
				continue
			}
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, row.want)
		}
	}
	reset := flaky.New(t, nobody, func(*http.Request, []byte) flaky.Fault { return flaky.Reset })
	a := access(reset.URL)
	if got := a.Explain(lookup(t, a), "looking").Error(); !strings.Contains(got, "kept breaking") {
		t.Errorf("resets: %s", got)
	}
	if n := reset.Requests.Load(); n != 8 {
		t.Errorf("%d attempts at a connection that is reset", n)
	}
}

// TestCallsArePatient: any passing fault is overcome, and the pacer is held back
// as long as the service asks.
func TestCallsArePatient(t *testing.T) {
	t.Parallel()
	srv := idcentertest.New(t)
	for _, f := range flaky.Passing {
		n := 0
		proxy := flaky.New(t, srv.URL, func(*http.Request, []byte) flaky.Fault {
			if n++; n <= 2 {
				return f
			}
			return flaky.None
		})
		a := access(proxy.URL)
		c := quick(a)
		c.Progress = new(live.Progress)
		now := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
		var slept time.Duration
		c.Sleep = func(ctx context.Context, d time.Duration) error {
			slept += max(0, d)
			now = now.Add(max(0, d))
			return ctx.Err()
		}
		c.Now = func() time.Time { return now }
		c.Pacer = live.NewPacer(1000, 1000).By(c.Now, c.Sleep)
		out, err := awsaccess.Call(t.Context(), c, func(ctx context.Context) (*identitystore.ListUsersOutput, error) {
			out, err := identitystore.NewFromConfig(a.Config).ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: &srv.IdentityStoreID})
			if err == nil && out.Users == nil {
				return nil, awsaccess.Incomplete
			}
			return out, err
		})
		if err != nil || out.Users == nil || c.Progress.Retries.Load() != 2 {
			t.Errorf("fault %d: %v after %d retries", f, err, c.Progress.Retries.Load())
		}
		if f == flaky.TooMany && slept < 6*time.Second {
			t.Errorf("asked twice for 3 seconds, waited %s", slept)
		}
		if throttled := c.Progress.Throttled.Load(); (f == flaky.Throttle || f == flaky.TooMany) != (throttled == 2) {
			t.Errorf("fault %d: counted as throttled %d times", f, throttled)
		}
		if slept <= 0 {
			t.Errorf("fault %d: nobody waited", f)
		}
	}
}

// TestAsPatientAsTheCallerSays: a call is made as often as the caller allows and
// no more, also when what came back is no error that the SDK has a name for.
func TestAsPatientAsTheCallerSays(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"<ListBucketResult><Name>tra", "no XML < at all"} {
		var calls atomic.Int64
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			calls.Add(1)
			w.Header().Set("Content-Type", "application/xml")
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(web.Close)
		a := access(web.URL)
		c := quick(a)
		c.Attempts = 20
		bucket := s3.NewFromConfig(a.Config, func(o *s3.Options) { o.UsePathStyle = true })
		_, err := awsaccess.Call(t.Context(), c, func(ctx context.Context) (*s3.ListObjectsV2Output, error) {
			return bucket.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("trail")})
		})
		const want = "listing: the answer broke off or is not what the API promises; check the proxy and the endpoint, then run it again"
		if got := a.Explain(err, "listing").Error(); got != want || calls.Load() != 20 {
			t.Errorf("%q: %d calls, then %q", body, calls.Load(), got)
		}
	}
}

func TestExpiredCredentialsAreFetchedAnewOnce(t *testing.T) {
	t.Parallel()
	srv := idcentertest.New(t)
	n := 0
	proxy := flaky.New(t, srv.URL, func(*http.Request, []byte) flaky.Fault {
		if n++; n == 1 {
			return flaky.Expired
		}
		return flaky.None
	})
	fetched := 0
	a := access(proxy.URL)
	a.Config.Credentials = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		fetched++
		return aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: secretKey, SessionToken: sessionToken}, nil
	}))
	if err := lookup(t, a); err != nil || fetched != 2 {
		t.Errorf("%v; credentials were fetched %d times", err, fetched)
	}
}

func TestAnEndedContextIsNoProblem(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	a := access("http://127.0.0.1:1")
	_, err := awsaccess.Call(ctx, quick(a), func(context.Context) (int, error) {
		stop()
		return 0, errors.New("whatever")
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWhoseCredentialsTheseAre(t *testing.T) {
	t.Parallel()
	var asked int
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "text/xml")
		_, _ = fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ann</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	}))
	t.Cleanup(web.Close)
	a := access(web.URL)
	for range 3 {
		if got, err := a.In("eu-west-1").Account(t.Context()); err != nil || got != "111122223333" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	// The emulator has no STS.
	srv := idcentertest.New(t)
	if got, err := access(srv.URL).Account(t.Context()); err != nil || got != "" {
		t.Errorf("without STS: %q, %v", got, err)
	}
	// Credentials that are refused are no missing STS.
	refused := access(answers(t, 403, "text/xml", `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>`))
	if _, err := refused.Account(t.Context()); err == nil || !strings.Contains(err.Error(), "does not know the credentials") {
		t.Errorf("refused: %v", err)
	}
}

// TestOpen can't run beside others: it sets the environment.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config":      "[profile audit]\nregion = us-east-2\n[profile sso]\nsso_start_url = https://example.com/start\nsso_region = us-east-1\nsso_account_id = 111122223333\nsso_role_name = audit\n",
		"credentials": "[audit]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = " + secretKey + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(map[string]string{"config": "AWS_CONFIG_FILE", "credentials": "AWS_SHARED_CREDENTIALS_FILE"}[name], filepath.Join(dir, name))
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("HOME", dir)
	for _, unset := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		t.Setenv(unset, "")
	}
	srv := idcentertest.New(t)
	t.Setenv("AWS_ENDPOINT_URL", srv.URL)

	opened, err := awsaccess.Open(t.Context(), awsaccess.Options{Profiles: []string{"audit", "sso"}, RoleARNs: []string{"arn:aws:iam::444455556666:role/audit"}, Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range opened {
		names = append(names, a.Name+" in "+a.Config.Region)
	}
	if got := strings.Join(names, "; "); got != "profile audit in eu-west-1; profile sso in eu-west-1; role arn:aws:iam::444455556666:role/audit in eu-west-1" {
		t.Errorf("opened: %s", got)
	}
	if account, err := opened[2].Account(t.Context()); err != nil || account != "444455556666" {
		t.Errorf("the account of a role: %q, %v", account, err)
	}
	// The endpoint of the environment is used.
	if err := lookup(t, opened[0]); err != nil {
		t.Errorf("profile audit: %v", err)
	}
	if p := opened[1].Explain(lookup(t, opened[1]), "looking"); p == nil || !strings.Contains(p.Error(), "`aws sso login --profile sso`") {
		t.Errorf("a sign-in that is not there: %v", p)
	}
	// The SDK's own chain finds nothing.
	none, err := awsaccess.Open(t.Context(), awsaccess.Options{Region: "us-east-2"})
	if err != nil {
		t.Fatal(err)
	}
	if p := none[0].Explain(lookup(t, none[0]), "looking"); p == nil || p.Kind != live.Credentials || !strings.Contains(p.Error(), "no AWS credentials were found") {
		t.Errorf("no credentials: %v", p)
	}
	_, err = awsaccess.Open(t.Context(), awsaccess.Options{Profiles: []string{"nobody"}})
	if p, ok := errors.AsType[*live.Problem](err); !ok || !strings.Contains(p.Error(), "there is no profile nobody") {
		t.Errorf("no profile: %v", err)
	}
	_, err = awsaccess.Open(t.Context(), awsaccess.Options{RoleARNs: []string{"audit"}})
	if p, ok := errors.AsType[*live.Problem](err); !ok || !strings.Contains(p.Error(), "arn:aws:iam::444455556666:role/NAME") {
		t.Errorf("no role: %v", err)
	}
	// A refused role names the role, not the lookup.
	t.Setenv("AWS_ENDPOINT_URL_STS", answers(t, 403, "text/xml", `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::111122223333:user/ann is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/audit</Message></Error></ErrorResponse>`))
	opened, err = awsaccess.Open(t.Context(), awsaccess.Options{Profiles: []string{"audit"}, RoleARNs: []string{"arn:aws:iam::444455556666:role/audit"}})
	if err != nil {
		t.Fatal(err)
	}
	p := opened[1].Explain(lookup(t, opened[1]), "looking")
	if want := "looking: access is denied to arn:aws:iam::111122223333:user/ann; the permission sts:AssumeRole on arn:aws:iam::444455556666:role/audit is missing; check that the role's trust policy admits the caller, and its external id"; p == nil || p.Error() != want {
		t.Errorf("a refused role: %v", p)
	}
}

// TestTheKeysOfTheDigestsComeFromCloudTrail: they verify what the emulator signed.
func TestTheKeysOfTheDigestsComeFromCloudTrail(t *testing.T) {
	t.Parallel()
	srv := idcentertest.New(t)
	srv.Console("ann@example.com").CreateGroup("Admins")
	dir := filepath.Join(t.TempDir(), "logs")
	srv.WriteLogs(dir)
	root := os.DirFS(dir)
	inv, err := integrity.Gather(t.Context(), root)
	if err != nil || len(inv.Digests) == 0 {
		t.Fatalf("%d digests, %v", len(inv.Digests), err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	proxy := flaky.New(t, srv.URL, func(*http.Request, []byte) flaky.Fault {
		if rnd.IntN(3) > 0 {
			return flaky.None
		}
		return flaky.Passing[rnd.IntN(len(flaky.Passing))]
	})
	a := access(proxy.URL)
	inv.Keys, err = a.PublicKeys(t.Context(), quick(a), srv.Region, span.Of(inv.Digests[0].Start, inv.Digests[0].End))
	if err != nil || inv.Keys.Len() == 0 {
		t.Fatalf("%d keys, %v", inv.Keys.Len(), err)
	}
	report, err := integrity.Verify(t.Context(), inv, integrity.NewFolder(root), integrity.Options{})
	if err != nil || report.Tampered() || len(report.Chains) == 0 {
		t.Errorf("%+v, %v", report, err)
	}
}
