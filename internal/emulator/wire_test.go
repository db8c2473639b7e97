package emulator_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

func TestPathsAreTakenAsClientsSendThem(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	id := s.create("ann")
	for _, c := range []struct {
		name, path string
		status     int
	}{
		{"as it should be", "/Users", 200},
		{"a doubled slash, as ssosync sends it", "//Users", 200},
		{"a slash at the end", "/Users/", 200},
		{"many slashes", "///Users////", 200},
		{"a resource", "/Users/" + id, 200},
		{"a resource after a doubled slash and with one at the end", "//Users//" + id + "/", 200},
		{"a query after a slash", "//Users/?filter=userName+eq+%22ann%22", 200},
		{"the slash is missing, as a keycloak plug-in sends it", "Groups", 404},
		{"nothing below the base", "/", 404},
		{"what is not offered", "/Me", 404},
		{"dots are a name and lead nowhere", "/Users/../Groups", 404},
		{"a name that is encoded", "/Users/%2e%2e%2fGroups", 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.scim("GET", c.path, "")
			if a.StatusCode != c.status || a.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%d %s: %s", a.StatusCode, a.Header.Get("Content-Type"), a.body)
			}
		})
	}
}

func TestAnswersCarryTheRequestsID(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	a := s.send("POST", s.SCIMURL+"/Users", user("ann"), "Authorization: Bearer "+s.Token, "User-Agent: Okta SCIM Client 1.0.0", "Content-Type: application/json")
	e := s.events()[0]
	want := event{EventName: "CreateUser", EventSource: "identitystore-scim.amazonaws.com", UserAgent: "Okta SCIM Client 1.0.0", RequestID: a.Header.Get("x-amzn-RequestId")}
	want.UserIdentity.Type, want.UserIdentity.AccessKeyID = "WebIdentityUser", strings.SplitN(s.Token, ":", 2)[0]
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	a = s.aws("AWSIdentityStore.ListUsers", `{"IdentityStoreId":"`+s.IdentityStoreID+`"}`)
	if e = s.events()[0]; e.RequestID != a.Header.Get("x-amzn-RequestId") || e.UserIdentity.AccessKeyID != s.AccessKeyID || e.UserIdentity.UserName != "local-developer" {
		t.Errorf("recorded: %+v", e)
	}
	refused := s.aws("AWSIdentityStore.DescribeUser", `{"IdentityStoreId":"`+s.IdentityStoreID+`","UserId":"x"}`)
	if id := refused.Header.Get("x-amzn-RequestId"); refused.StatusCode != 400 || !strings.Contains(refused.body, `"RequestId":"`+id+`"`) {
		t.Errorf("refused with %d %s, header %s", refused.StatusCode, refused.body, id)
	}
}

func TestTheAccessKeySaysWhoCalls(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	robot, err := s.AddCaller(emulator.Caller{Type: "AssumedRole", Role: "GovernanceConnector", Name: "sync"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, authorization, kind, arn string }{
		{"a role that was registered", "AWS4-HMAC-SHA256 Credential=" + robot.AccessKeyID + "/20260302/us-east-1/identitystore/aws4_request,SignedHeaders=host,Signature=00",
			"AssumedRole", "arn:aws:sts::111122223333:assumed-role/GovernanceConnector/sync"},
		{"a key nobody knows", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260302/us-east-1/identitystore/aws4_request, SignedHeaders=host, Signature=00",
			"IAMUser", "arn:aws:iam::111122223333:user/user-of-xample"},
		{"no signature", "", "Unknown", ""},
		{"a key that is none", "AWS4-HMAC-SHA256 Credential=\"},{/20260302/us-east-1/identitystore/aws4_request", "Unknown", ""},
		{"another scheme", "Basic QUtJQQ==", "Unknown", ""},
	} {
		headers := []string{"X-Amz-Target: AWSIdentityStore.ListUsers"}
		if c.authorization != "" {
			headers = append(headers, "Authorization: "+c.authorization)
		}
		if a := s.send("POST", s.BaseURL, `{"IdentityStoreId":"`+s.IdentityStoreID+`"}`, headers...); a.StatusCode != 200 {
			t.Errorf("%s: %d %s", c.name, a.StatusCode, a.body)
		}
		if got := s.events()[0].UserIdentity; got.Type != c.kind || got.Arn != c.arn {
			t.Errorf("%s: recorded as %+v", c.name, got)
		}
	}
}

// TestWhatIsWrongIsAnswered: AWS's error where it is known, a clear one elsewhere.
func TestWhatIsWrongIsAnswered(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	bearer := "Authorization: Bearer " + s.Token
	target := func(x string) string { return "X-Amz-Target: " + x }
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		says                     string
	}{
		{"no token", "GET", s.TenantID + "/scim/v2/Users", "", nil, 401, `"schema":[`},
		{"a token that is none", "GET", s.TenantID + "/scim/v2/Users", "", []string{"Authorization: Bearer x"}, 401, `"status":"401"`},
		{"another tenant", "GET", "99999999-aaaa-bbbb-cccc-dddddddddddd/scim/v2/Users", "", []string{bearer}, 401, ""},
		{"a hostile tenant", "GET", "%3Cscript%3E%1b%5B31m/scim/v2/Users", "", []string{bearer}, 401, ""},
		{"a body that is not JSON", "POST", s.TenantID + "/scim/v2/Users", `{"userName":`, []string{bearer}, 400, `Invalid JSON`},
		{"an empty body", "POST", s.TenantID + "/scim/v2/Users", ``, []string{bearer}, 400, ``},
		{"a body of another kind", "POST", s.TenantID + "/scim/v2/Users", `[1]`, []string{bearer}, 400, ``},
		{"absurd nesting", "POST", s.TenantID + "/scim/v2/Users", strings.Repeat(`{"a":`, 200_000), []string{bearer}, 400, ``},
		{"absurd nesting of lists", "POST", s.TenantID + "/scim/v2/Users", strings.Repeat(`[`, 1_000_000), []string{bearer}, 400, ``},
		{"10 MB in one text", "POST", s.TenantID + "/scim/v2/Users", `{"userName":"` + strings.Repeat("x", 10_000_000) + `"}`, []string{bearer}, 400, ``},
		{"more than is taken", "POST", s.TenantID + "/scim/v2/Users", strings.Repeat(" ", 12<<20), []string{bearer}, 413, `larger than 10 MB`},
		{"a group can't be put", "PUT", s.TenantID + "/scim/v2/Groups/x", `{}`, []string{bearer}, 501, `"status":"501"`},
		{"a method that is none", "BREW", s.TenantID + "/scim/v2/Users", ``, []string{bearer}, 400, ``},
		{"nobody's path", "GET", "favicon.ico", "", nil, 404, `"status":"404"`},

		{"an operation that is none", "POST", "", `{}`, []string{target("AWSIdentityStore.DropUsers")}, 400, `"__type":"UnknownOperationException"`},
		{"a service that is none", "POST", "", `{}`, []string{target("DynamoDB_20120810.ListTables")}, 400, `UnknownOperationException`},
		{"another call of CloudTrail", "POST", "", `{}`, []string{target("CloudTrail_20131101.DescribeTrails")}, 400, `UnknownOperationException`},
		{"a target without a dot", "POST", "", `{}`, []string{target("ListUsers")}, 400, `UnknownOperationException`},
		{"no target", "POST", "", `{}`, nil, 400, `UnknownOperationException`},
		{"GET of the root", "GET", "", ``, nil, 404, `UnknownOperationException`},
		{"a target by another method", "PUT", "", `{}`, []string{target("AWSIdentityStore.ListUsers")}, 404, `UnknownOperationException`},
		{"an API body that is not JSON", "POST", "", `{"Ident`, []string{target("AWSIdentityStore.ListUsers")}, 400, `SerializationException`},
		{"an API body of absurd nesting", "POST", "", strings.Repeat(`{"a":`, 200_000), []string{target("AWSIdentityStore.ListUsers")}, 400, `Exception`},
		{"an API body of more than is taken", "POST", "", strings.Repeat(" ", 12<<20), []string{target("AWSIdentityStore.ListUsers")}, 413, `RequestEntityTooLarge`},
		{"LookupEvents of a text", "POST", "", `"x"`, []string{target("CloudTrail_20131101.LookupEvents")}, 400, `Exception`},
		{"more results than there can be", "POST", "", `{"MaxResults":51}`, []string{target("CloudTrail_20131101.LookupEvents")}, 400, `InvalidMaxResultsException`},
		{"keys of a time that ends before it begins", "POST", "", `{"StartTime":2,"EndTime":1}`, []string{target("CloudTrail_20131101.ListPublicKeys")}, 400, `InvalidTimeRangeException`},
		{"keys asked for in no JSON", "POST", "", `x`, []string{target("CloudTrail_20131101.ListPublicKeys")}, 400, `SerializationException`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.send(c.method, s.BaseURL+"/"+c.path, c.body, c.headers...)
			if a.StatusCode != c.status || !strings.Contains(a.body, c.says) {
				t.Errorf("%d %.300s", a.StatusCode, a.body)
			}
			if len(a.body) > 64<<10 {
				t.Errorf("an answer of %d bytes", len(a.body))
			}
		})
	}
	if a := s.scim("GET", "/Users", ""); a.StatusCode != http.StatusOK || !strings.Contains(a.body, `"totalResults":0`) {
		t.Errorf("afterwards: %d %s", a.StatusCode, a.body)
	}
}

func TestBothSpellingsOfCloudTrail(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	s.create("ann")
	for _, prefix := range []string{"CloudTrail_20131101.", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."} {
		for _, op := range []string{"LookupEvents", "ListPublicKeys"} {
			a := s.aws(prefix+op, `{}`)
			if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/x-amz-json-1.1" {
				t.Errorf("%s: %d %s", op, a.StatusCode, a.body)
			}
		}
	}
	if got := names(s.events()); got != "CreateUser" {
		t.Errorf("recorded: %s; CloudTrail's own calls are not", got)
	}
}

func TestARequestThatPanicsIsAnswered(t *testing.T) {
	t.Parallel()
	warned := make(chan string, 1)
	s := start(t, emulator.Config{Warn: func(err error) { warned <- err.Error() }})
	s.PublicKeys = func() ([]byte, error) { panic("a fault of ours") }
	a := s.aws("CloudTrail_20131101.ListPublicKeys", `{}`)
	if a.StatusCode != 500 || !strings.Contains(a.body, "InternalServerException") || strings.Contains(a.body, "ours") {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if got := <-warned; !strings.Contains(got, "a fault of ours") {
		t.Errorf("warned of %q", got)
	}
}

// TestNobodyIsAnsweredBeforeItIsStored: what can't be stored is not acknowledged.
func TestNobodyIsAnsweredBeforeItIsStored(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{Warn: func(error) {}})
	full := errors.New("no room on the disk")
	s.Settle = func() error { return full }
	if a := s.scim("POST", "/Users", user("ann")); a.StatusCode != 500 || strings.Contains(a.body, "ann") || strings.Contains(a.body, "disk") {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := s.admin("POST", "tokens", ""); a.StatusCode != 500 || strings.Contains(a.body, `"token"`) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}
