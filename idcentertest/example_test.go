package idcentertest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"

	"github.com/scimtrail/scimtrail/idcentertest"
)

// A SCIM client makes a group and fills it; CloudTrail shows what it did, and not whom
// it added.
func ExampleNew() {
	t := new(exampleTest) // in a test, the *testing.T
	defer t.end()
	srv := idcentertest.New(t)

	_, user := scim(srv, srv.Token, "POST", "/Users", ann)
	_, group := scim(srv, srv.Token, "POST", "/Groups", `{"displayName":"Admins"}`)
	scim(srv, srv.Token, "PATCH", "/Groups/"+group, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
		"Operations":[{"op":"add","path":"members","value":[{"value":"`+user+`"}]}]}`)

	for _, e := range srv.Events() {
		fmt.Println(e.Name, "of our group:", e.Group == group, "names the user:", e.User == user)
	}
	// Output:
	// CreateUser of our group: false names the user: true
	// CreateGroup of our group: true names the user: false
	// PatchGroup of our group: true names the user: false
}

// The AWS SDK works against the server.
func ExampleServer_sdk() {
	t := new(exampleTest)
	defer t.end()
	srv := idcentertest.New(t)

	client := identitystore.NewFromConfig(aws.Config{
		Region:       srv.Region,
		BaseEndpoint: &srv.URL,
		Credentials:  credentials.NewStaticCredentialsProvider(srv.AccessKeyID, srv.SecretAccessKey, ""),
	})
	made, err := client.CreateGroup(context.Background(), &identitystore.CreateGroupInput{
		IdentityStoreId: &srv.IdentityStoreID, DisplayName: aws.String("Admins"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	e := srv.Events()[0]
	fmt.Println(e.Source, e.Name, e.Group == *made.GroupId)
	// Output: identitystore.amazonaws.com CreateGroup true
}

// A token lives for a year.
func ExampleServer_Advance() {
	t := new(exampleTest)
	defer t.end()
	srv := idcentertest.New(t)

	srv.Advance(366 * 24 * time.Hour)
	late, _ := scim(srv, srv.Token, "GET", "/Users", "")
	fmt.Println(late.StatusCode)
	renewed, _ := scim(srv, srv.NewToken().Secret, "GET", "/Users", "")
	fmt.Println(renewed.StatusCode)
	// Output:
	// 401
	// 200
}

// A client that is throttled is to wait and come again.
func ExampleServer_SetFaults() {
	t := new(exampleTest)
	defer t.end()
	srv := idcentertest.New(t)

	srv.SetFaults(idcentertest.Faults{Throttled: 1, RetryAfter: 7 * time.Second})
	res, _ := scim(srv, srv.Token, "POST", "/Users", ann)
	fmt.Println(res.StatusCode, res.Header.Get("Retry-After"))
	srv.SetFaults(idcentertest.Faults{})
	res, _ = scim(srv, srv.Token, "POST", "/Users", ann)
	fmt.Println(res.StatusCode)
	for _, e := range srv.Events() {
		fmt.Printf("%s %q\n", e.Name, e.Error)
	}
	// Output:
	// 429 7
	// 201
	// CreateUser "ThrottlingException"
	// CreateUser ""
}

// Somebody changes members past the identity provider.
func ExampleServer_Console() {
	t := new(exampleTest)
	defer t.end()
	srv := idcentertest.New(t)

	_, user := scim(srv, srv.Token, "POST", "/Users", ann)
	console := srv.Console("eve@example.com")
	console.AddMember(console.CreateGroup("Admins"), user)
	for _, e := range srv.Events() {
		fmt.Println(e.Source, e.Name)
	}
	// Output:
	// identitystore-scim.amazonaws.com CreateUser
	// sso-directory.amazonaws.com CreateGroup
	// sso-directory.amazonaws.com AddMemberToGroup
}
