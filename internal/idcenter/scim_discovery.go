package idcenter

import (
	"strconv"
	"strings"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// discovery holds the documents that say what the endpoint can do. They never
// change (identity-center-scim reference 10).
type discovery struct {
	config, schemas, resourceTypes []byte
	byURN                          map[string][]byte
}

func (d discovery) schema(urn string) ([]byte, *Error) {
	for known, document := range d.byURN {
		if strings.EqualFold(known, urn) {
			return document, nil
		}
	}
	// The operation has no ResourceNotFoundException (identity-center-scim
	// reference 3).
	return nil, unparsable("there is no schema " + urn)
}

const serviceProviderConfig = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],` +
	`"documentationUri":"https://docs.aws.amazon.com/singlesignon/latest/userguide/manage-your-identity-source-idp.html",` +
	`"authenticationSchemes":[{"type":"oauthbearertoken","name":"OAuth Bearer Token",` +
	`"description":"Authentication scheme using the OAuth Bearer Token Standard","specUri":"https://www.rfc-editor.org/info/rfc6750",` +
	`"documentationUri":"https://docs.aws.amazon.com/singlesignon/latest/userguide/provision-automatically.html","primary":true}],` +
	`"patch":{"supported":true},"bulk":{"supported":false,"maxOperations":1,"maxPayloadSize":1048576},` +
	`"filter":{"supported":true,"maxResults":50},"changePassword":{"supported":false},"sort":{"supported":false},"etag":{"supported":false}}`

func (c *Center) discover() discovery {
	d := discovery{config: []byte(serviceProviderConfig), byURN: map[string][]byte{}}
	user, group, enterprise := supportedUser(), *scim.GroupSchema(), *scim.EnterpriseUserSchema()
	user.Description = "User Account"
	var inList [][]byte
	for _, s := range []*scim.Schema{&user, &group, &enterprise} {
		d.byURN[s.ID] = encode(schemaObject(s))
		if s == &user {
			// The list calls it otherwise than GetSchema does.
			s.Description = "User Schema"
		}
		inList = append(inList, encode(schemaObject(s)))
	}
	d.schemas = discoveryList(inList)

	base := "https://scim." + c.region + ".amazonaws.com/" + c.tenant + "/scim/v2/ResourceTypes/"
	userType, groupType := *scim.UserType(), *scim.GroupType()
	// AWS prints the extension as required, though users without it are fine.
	userType.Extensions = []scim.Extension{{Schema: &enterprise, Required: true}}
	var types [][]byte
	for _, t := range []*scim.ResourceType{&userType, &groupType} {
		o := t.Object()
		o.Set("meta", scim.NewObject(scim.Member{Name: "resourceType", Value: "ResourceType"}, scim.Member{Name: "location", Value: base + t.Name}))
		types = append(types, encode(o))
	}
	d.resourceTypes = discoveryList(types)
	return d
}

// supportedUser is the schema of users without what Identity Center does not
// support (identity-center-scim reference 6.1, 10.2).
func supportedUser() scim.Schema {
	s := *scim.UserSchema()
	var kept []scim.Attribute
	for _, a := range s.Attributes {
		switch a.Name {
		case "password", "ims", "photos", "entitlements", "x509Certificates", "groups":
		default:
			kept = append(kept, a)
		}
	}
	s.Attributes = kept
	return s
}

func schemaObject(s *scim.Schema) *scim.Object {
	o := s.Object()
	o.Delete("schemas")
	o.Delete("meta")
	return o
}

// discoveryList is a ListResponse with "schemas" first, as AWS prints those of
// discovery.
func discoveryList(items [][]byte) []byte {
	n := strconv.Itoa(len(items))
	b := []byte(`{"schemas":["` + scim.ListResponseURN + `"],"totalResults":` + n + `,"itemsPerPage":` + n + `,"startIndex":1,"Resources":[`)
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, item...)
	}
	return append(b, "]}"...)
}
