package stories_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"github.com/scimtrail/scimtrail/idcentertest"
)

// Who acts in the stories.
const (
	oktaAgent   = "Okta SCIM Client 1.0.0"
	scriptAgent = "python-requests/2.32.3"
	cliAgent    = "aws-cli/2.31.10 md/awscrt#0.27.6 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.13.7 md/command#identitystore"
	javaAgent   = "aws-sdk-java/2.31.78 md/io#async md/http#NettyNio ua/2.1 os/Linux#5.15.0 lang/java#17.0.12"
	tfAgent     = "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.15.0"
)

// The groups of the stories: the one that is asked about, and one named like it.
const (
	sandbox = "App-AWS-AA-database-sandbox-444455556666-admin"
	billing = "App-AWS-AA-billing-prod-555566667777-readonly"
)

const (
	day = 24 * time.Hour
	// settled is long enough after the last change for an absence to mean something, the
	// hour that digests lag behind included. Longer ones cost a digest an hour.
	settled = 27 * time.Hour
)

// world is an Identity Center and the people and programs around it. A minute passes
// before each call, so that no two fall into one second.
type world struct {
	*idcentertest.Server
	t    *testing.T
	idp  client // Okta, with the first token
	keep evidence
}

func newWorld(t *testing.T, options ...idcentertest.Option) *world {
	w := &world{Server: idcentertest.New(t, append(options, idcentertest.InRegion("us-east-2"))...), t: t}
	w.idp = client{w, oktaAgent, w.Token}
	w.keep = evidence{w: w, dir: t.TempDir()}
	return w
}

// client is a SCIM client.
type client struct {
	w            *world
	agent, token string
}

// send sends a request and returns the status and the id in the answer.
func (c client) send(method, path string, body any) (status int, id string) {
	c.w.t.Helper()
	c.w.Advance(time.Minute)
	data, err := json.Marshal(body)
	if err != nil {
		c.w.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(c.w.t.Context(), method, c.w.SCIMURL+path, strings.NewReader(string(data)))
	if err != nil {
		c.w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/scim+json")
	r.Header.Set("User-Agent", c.agent)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		c.w.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		c.w.t.Fatal(err)
	}
	var made struct{ ID string }
	_ = json.Unmarshal(answer, &made) // 204 has none
	return res.StatusCode, made.ID
}

// must is send for a request that has to be answered with a status.
func (c client) must(status int, method, path string, body any) string {
	c.w.t.Helper()
	got, id := c.send(method, path, body)
	if got != status {
		c.w.t.Fatalf("%s %s by %s: %d, not %d", method, path, c.agent, got, status)
	}
	return id
}

type object map[string]any

func person(name string) object {
	return object{"userName": name + "@example.com", "displayName": name, "name": object{"givenName": name, "familyName": "Stone"},
		"emails": []object{{"value": name + "@example.com", "primary": true}}, "active": true, "externalId": "00u-" + name}
}

func (c client) createUser(name string) string {
	c.w.t.Helper()
	return c.must(201, "POST", "/Users", person(name))
}

func (c client) createGroup(name string) string {
	c.w.t.Helper()
	return c.must(201, "POST", "/Groups", object{"displayName": name, "members": []object{}})
}

func membersPatch(op string, users ...string) object {
	var values []object
	for _, u := range users {
		values = append(values, object{"value": u})
	}
	return object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"},
		"Operations": []object{{"op": op, "path": "members", "value": values}}}
}

func (c client) add(group string, users ...string) {
	c.w.t.Helper()
	c.must(204, "PATCH", "/Groups/"+group, membersPatch("add", users...))
}

func (c client) remove(group string, users ...string) {
	c.w.t.Helper()
	c.must(204, "PATCH", "/Groups/"+group, membersPatch("remove", users...))
}

// caller calls the Identity Store API with the SDK.
type caller struct {
	w *world
	*identitystore.Client
}

// named is a transport that says who it is, as other programs would.
type named struct{ agent string }

func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	if n.agent != "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", n.agent)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (w *world) config(c idcentertest.Credentials, agent string) aws.Config {
	return aws.Config{Region: w.Region, BaseEndpoint: &w.URL, RetryMaxAttempts: 1, HTTPClient: &http.Client{Transport: named{agent}},
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, "session")}
}

// bob is a person at the command line, with a permission set's role.
func (w *world) bob() caller {
	c := w.Role("AWSReservedSSO_AdministratorAccess_abcdef0123456789", "bob@example.com")
	return caller{w, identitystore.NewFromConfig(w.config(c, cliAgent))}
}

// connector is a governance product with a role of its own.
func (w *world) connector() caller {
	c := w.Role("SailPointConnectorRole", "sailpoint-session")
	return caller{w, identitystore.NewFromConfig(w.config(c, javaAgent))}
}

// terraform is a pipeline.
func (w *world) terraform() caller {
	c := w.Role("account-factory", "pipeline")
	return caller{w, identitystore.NewFromConfig(w.config(c, tfAgent))}
}

func (c caller) createGroup(name string) string {
	c.w.t.Helper()
	c.w.Advance(time.Minute)
	out, err := c.CreateGroup(c.w.t.Context(), &identitystore.CreateGroupInput{IdentityStoreId: &c.w.IdentityStoreID, DisplayName: &name})
	if err != nil {
		c.w.t.Fatal(err)
	}
	return *out.GroupId
}

func (c caller) add(group, user string) {
	c.w.t.Helper()
	if _, err := c.try(group, user); err != nil {
		c.w.t.Fatal(err)
	}
}

func (c caller) try(group, user string) (*identitystore.CreateGroupMembershipOutput, error) {
	c.w.Advance(time.Minute)
	return c.CreateGroupMembership(c.w.t.Context(), &identitystore.CreateGroupMembershipInput{
		IdentityStoreId: &c.w.IdentityStoreID, GroupId: &group, MemberId: &types.MemberIdMemberUserId{Value: user}})
}

// remove looks the membership up and deletes it, as clients have to.
func (c caller) remove(group, user string) {
	c.w.t.Helper()
	c.w.Advance(time.Minute)
	found, err := c.GetGroupMembershipId(c.w.t.Context(), &identitystore.GetGroupMembershipIdInput{
		IdentityStoreId: &c.w.IdentityStoreID, GroupId: &group, MemberId: &types.MemberIdMemberUserId{Value: user}})
	if err != nil {
		c.w.t.Fatal(err)
	}
	_, err = c.DeleteGroupMembership(c.w.t.Context(), &identitystore.DeleteGroupMembershipInput{
		IdentityStoreId: &c.w.IdentityStoreID, MembershipId: found.MembershipId})
	if err != nil {
		c.w.t.Fatal(err)
	}
}

// people makes users over SCIM, one a name.
func (c client) people(names ...string) []string {
	c.w.t.Helper()
	var ids []string
	for _, n := range names {
		ids = append(ids, c.createUser(n))
	}
	return ids
}

// many names so many people.
func many(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("person-%d", i+1))
	}
	return names
}
