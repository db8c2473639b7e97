package idcenter_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// The bytes of answers: key order, dates and what is left out, as in AWS's
// samples (identity-center-scim reference 4, 5.1, 6.2, 7, 9).

const fullUser = `{
  "externalId": "701984", "userName": "avery",
  "name": {"formatted":"Ms. Avery J Stone, III","familyName":"Stone","givenName":"Avery","middleName":"Jane","honorificPrefix":"Ms.","honorificSuffix":"III"},
  "displayName": "Avery Stone", "nickName": "Ave", "profileUrl": "https://login.example.com/avery",
  "emails": [{"value":"avery@example.com","type":"work","primary":true,"display":"x"}],
  "addresses": [{"type":"work","streetAddress":"1 Example Plaza","locality":"Springfield","region":"CA","postalCode":"91608","country":"USA","formatted":"all","primary":true}],
  "phoneNumbers": [{"value":"555-555-5555","type":"work"}],
  "userType": "Employee", "title": "Tour Guide", "preferredLanguage": "en-US", "locale": "en-US", "timezone": "America/Los_Angeles", "active": true,
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
    "employeeNumber": "701984", "costCenter": "4130", "organization": "Example Studios", "division": "Theme Park", "department": "Tour Operations",
    "manager": {"value": "9067729b3d-ee533c18-538a-4cd3-a572-63fb863ed734", "$ref": "../Users/9067729b3d-ee533c18-538a-4cd3-a572-63fb863ed734", "displayName": "Boss"}
  }
}`

func TestAUserIsShownInTheOrderOfAWS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	a := w.scim("POST", "/Users", fullUser)
	id := a.body["id"].(string)
	want := `{"id":"` + id + `","externalId":"701984",` +
		`"meta":{"resourceType":"User","created":"2026-11-01T10:15:00Z","lastModified":"2026-11-01T10:15:00Z"},` +
		`"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"avery",` +
		`"name":{"formatted":"Ms. Avery J Stone, III","familyName":"Stone","givenName":"Avery","middleName":"Jane","honorificPrefix":"Ms.","honorificSuffix":"III"},` +
		`"displayName":"Avery Stone","nickName":"Ave","title":"Tour Guide","userType":"Employee","preferredLanguage":"en-US","locale":"en-US",` +
		`"timezone":"America/Los_Angeles","active":true,"emails":[{"value":"avery@example.com","type":"work","primary":true}],` +
		`"addresses":[{"formatted":"all","streetAddress":"1 Example Plaza","locality":"Springfield","region":"CA","postalCode":"91608","country":"USA","type":"work","primary":true}],` +
		`"phoneNumbers":[{"value":"555-555-5555","type":"work"}],` +
		`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"701984","costCenter":"4130","organization":"Example Studios",` +
		`"division":"Theme Park","department":"Tour Operations","manager":{"value":"9067729b3d-ee533c18-538a-4cd3-a572-63fb863ed734"}}}`
	if diff := cmp.Diff(want, string(a.Body)); diff != "" {
		t.Errorf("POST answered otherwise (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, string(w.scim("GET", "/Users/"+id, "").Body)); diff != "" {
		t.Errorf("GET answered otherwise (-want +got):\n%s", diff)
	}
	if !regexp.MustCompile(`^[0-9a-f]4[0-9a-f]8[0-9a-f]4[0-9a-f]8-[0-9a-f]0[0-9a-f]1-70[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("the id %s is not of AWS's template", id)
	}
}

func TestGroupsAndListsAreShownInTheOrderOfAWS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	a := w.scim("POST", "/Groups", `{"displayName":"Group Bar","externalId":"702135"}`)
	id := a.body["id"].(string)
	group := `{"id":"` + id + `","externalId":"702135","meta":{"resourceType":"Group","created":"2026-11-01T10:15:00Z","lastModified":"2026-11-01T10:15:00Z"},` +
		`"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Group Bar"`
	list := `"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[`
	for _, test := range []struct{ name, target, want string }{
		{"a group", "/Groups/" + id, group + `,"members":[]}`},
		{"a list", "/Groups", `{"totalResults":1,"itemsPerPage":1,"startIndex":1,` + list + group + `,"members":[]}]}`},
		{"a page by cursor", "/Groups?cursor", `{"itemsPerPage":1,` + list + group + `,"members":[]}]}`},
		{"a search that finds nothing", `/Users?filter=userName eq "x"`, `{"totalResults":0,"itemsPerPage":0,"startIndex":1,` + list + `]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, string(w.scim("GET", test.target, "").Body)); diff != "" {
				t.Errorf("answered otherwise (-want +got):\n%s", diff)
			}
		})
	}
	if want := group + "}"; string(a.Body) != want {
		t.Errorf("POST answered\n%s\nwant\n%s", a.Body, want)
	}
}

func TestAnErrorIsShownAsAWSShowsIt(t *testing.T) {
	t.Parallel()
	e := idcenter.Error{Status: 409, Name: "ConflictException", Detail: "Refused to create a new, duplicate resource."}
	for _, test := range []struct {
		name  string
		milli int
		stamp string
	}{
		{"three digits", 227, "10:15:00.227"}, {"zeros at the end are dropped", 160, "10:15:00.16"}, {"one zero stays", 0, "10:15:00.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := time.Date(2026, 11, 1, 10, 15, 0, test.milli*1e6, time.UTC)
			want := `{"schema":["urn:ietf:params:scim:api:messages:2.0:Error"],"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],` +
				`"detail":"Refused to create a new, duplicate resource.","status":"409","exceptionRequestId":"81abca44-4ee3-47fa-b4d9-729908ef1dd9",` +
				`"timeStamp":"2026-11-01 ` + test.stamp + `"}`
			if diff := cmp.Diff(want, string(e.SCIMBody("81abca44-4ee3-47fa-b4d9-729908ef1dd9", at))); diff != "" {
				t.Error(diff)
			}
		})
	}
	want := `{"__type":"ThrottlingException","Message":"Rate exceeded","RequestId":"r","RetryAfterSeconds":2}`
	if got := string(idcenter.Throttled(2 * time.Second).APIBody("r")); got != want {
		t.Errorf("the API's body is %s, want %s", got, want)
	}
}

func TestTheRecordOfAGroupIsThatOfTheDocumentation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	g := w.group("g")
	r := w.last()
	masked := func(s string) string {
		for _, id := range []string{r.ID, r.RequestID, w.Tokens()[0].ID} {
			s = strings.Replace(s, id, "<id>", 1)
		}
		return s
	}
	want := `{"eventVersion":"1.10","userIdentity":{"type":"WebIdentityUser","accountId":"111122223333","accessKeyId":"<id>"},"eventTime":"2026-11-01T10:15:00Z",` +
		`"eventSource":"identitystore-scim.amazonaws.com","eventName":"CreateGroup","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.20",` +
		`"userAgent":"Okta SCIM Client 1.0.0","requestParameters":{"httpBody":{"displayName":"HIDDEN_DUE_TO_SECURITY_REASONS"},"tenantId":"` + testTenant + `"},` +
		`"responseElements":{"meta":{"created":"Nov 1, 2026, 10:15:00 AM","lastModified":"Nov 1, 2026, 10:15:00 AM","resourceType":"Group"},` +
		`"displayName":"HIDDEN_DUE_TO_SECURITY_REASONS","schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"` + g + `"},` +
		`"requestID":"<id>","eventID":"<id>","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333",` +
		`"eventCategory":"Management","tlsDetails":{"clientProvidedHostHeader":"scim.us-east-1.amazonaws.com"}}`
	if diff := cmp.Diff(want, masked(string(r.Raw))); diff != "" {
		t.Errorf("the record differs (-want +got):\n%s", diff)
	}
}

func TestDiscoverySaysWhatAWSSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	config := w.scim("GET", "//ServiceProviderConfig/", "").body
	if bulk := config["bulk"].(map[string]any); bulk["supported"] != false || bulk["maxOperations"] != 1.0 {
		t.Errorf("bulk is %v", bulk)
	}
	types := w.scim("GET", "/ResourceTypes", "").body["Resources"].([]any)
	extension := types[0].(map[string]any)["schemaExtensions"].([]any)[0].(map[string]any)
	if len(types) != 2 || extension["required"] != true {
		t.Errorf("the resource types are %v", types)
	}
	schemas := w.scim("GET", "/Schemas", "").body["Resources"].([]any)
	if len(schemas) != 3 || schemas[0].(map[string]any)["description"] != "User Schema" {
		t.Errorf("the schemas are %v", schemas)
	}
	one := w.scim("GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "")
	if one.body["description"] != "User Account" || strings.Contains(string(one.Body), "password") {
		t.Errorf("the schema of users is %s", one.Body)
	}
	if got := w.scim("GET", "/Schemas/urn:nothing", "").Status; got != 400 {
		t.Errorf("an unknown schema is %d", got)
	}
}

func TestIdsOfOldStoresBeginWithTheStore(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(o *idcenter.Options) { o.LegacyIDs = true })
	if id := w.user("a"); !strings.HasPrefix(id, "9a67000001-") || len(id) != 47 {
		t.Errorf("the id is %s", id)
	}
	if got := idcenter.OldTenant("us-east-1", "00000000-0000-4000-8000-000000000000"); got != testTenant {
		t.Errorf("the old tenant id is %s", got)
	}
}

func TestTheSameSeedGivesTheSameIds(t *testing.T) {
	t.Parallel()
	var bodies [2]string
	for i := range bodies {
		bodies[i] = string(newWorld(t, idcenter.Behaviour{}).scim("POST", "/Users", fullUser).Body)
	}
	if bodies[0] != bodies[1] {
		t.Errorf("they differ:\n%s\n%s", bodies[0], bodies[1])
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		options idcenter.Options
		want    string
	}{
		{"no clock", idcenter.Options{}, "Clock"},
		{"an account of letters", idcenter.Options{Clock: time.Now, Account: "abc"}, "account"},
		{"a store without d-", idcenter.Options{Clock: time.Now, Store: "1234567890"}, "identity store"},
		{"a short tenant", idcenter.Options{Clock: time.Now, Tenant: "t"}, "tenant"},
		{"no randomness", idcenter.Options{Clock: time.Now, Random: strings.NewReader("x")}, "drawing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := idcenter.New(test.options); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	c, err := idcenter.New(idcenter.Options{Clock: time.Now})
	if err != nil || c.Store() == "" || len(c.Tenant()) != 36 || c.Account() != "111122223333" || c.Region() != "us-east-1" {
		t.Errorf("the defaults are %v %v, error %v", c.Store(), c.Tenant(), err)
	}
	if _, _, err := c.CreateToken(context.Background(), idcenter.Call{}, false); err != nil {
		t.Error(err)
	}
}
