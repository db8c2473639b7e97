package idcenter

import (
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// route is what a path and a method mean.
type route struct {
	op       string // CloudTrail's name; "" when the path has no such method
	write    bool
	resource string // Users, Groups, ...
	id       string // of the user, group or schema
}

// operations are all that the endpoint has (identity-center-scim reference 3),
// by method and the shape of the path.
var operations = map[string]map[string]string{
	"Users":                 {"GET": "ListUsers", "POST": "CreateUser"},
	"Users/":                {"GET": "GetUser", "PUT": "PutUser", "PATCH": "PatchUser", "DELETE": "DeleteUser"},
	"Groups":                {"GET": "ListGroups", "POST": "CreateGroup"},
	"Groups/":               {"GET": "GetGroup", "PATCH": "PatchGroup", "DELETE": "DeleteGroup"},
	"Schemas":               {"GET": "ListSchemas"},
	"Schemas/":              {"GET": "GetSchema"},
	"ResourceTypes":         {"GET": "ListResourceTypes"},
	"ServiceProviderConfig": {"GET": "ServiceProviderConfig"},
}

// routeOf finds the operation of a request. It reports false when the endpoint
// has no such path.
func routeOf(method, path string) (r route, known bool) {
	var segments []string
	for s := range strings.SplitSeq(path, "/") {
		if s != "" {
			if len(segments) == 2 {
				return r, false
			}
			segments = append(segments, s)
		}
	}
	if len(segments) == 0 {
		return r, false
	}
	r.resource = segments[0]
	shape := r.resource
	if len(segments) == 2 {
		shape += "/"
		r.id = awsid.Bare(segments[1])
	}
	methods, known := operations[shape]
	if !known {
		return r, false
	}
	r.op = methods[method]
	r.write = method != "GET"
	return r, true
}
