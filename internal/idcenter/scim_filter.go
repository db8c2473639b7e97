package idcenter

import (
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/scim"
)

// query is a filter that the endpoint takes: one or two attributes and the
// values they must equal (identity-center-scim reference 8). The zero query
// takes everything.
type query struct {
	by    string // userName, externalId, displayName, id, groups.value or members.value; "" for all
	value string
	// also is the second term beside id, manager or members; "" when there is none.
	also, alsoValue string
}

// userTerms and groupTerms are the attributes of filters and what they are
// called here.
var (
	userTerms  = map[string]string{"userName": "userName", "externalId": "externalId", "id": "id", "groups.value": "groups.value", "manager": "manager"}
	groupTerms = map[string]string{"displayName": "displayName", "externalId": "externalId", "id": "id",
		"members": "members", "member": "members", "members.value": "members.value"}
)

// readQuery reads a filter. second is the term that may stand beside id.
func readQuery(filter string, terms map[string]string, second string, urns ...string) (query, *Error) {
	bad := func(hint string) (query, *Error) {
		e := invalid("Invalid Filter format")
		e.Hint = hint
		return query{}, e
	}
	parsed, err := scim.ParseFilter(filter)
	if err != nil {
		return bad(err.Error())
	}
	var compares []scim.Compare
	switch f := parsed.(type) {
	case scim.Compare:
		compares = append(compares, f)
	case scim.And:
		for _, t := range f {
			c, ok := t.(scim.Compare)
			if !ok || len(f) != 2 {
				return bad("only two comparisons may be joined by and")
			}
			compares = append(compares, c)
		}
	default:
		return bad("only eq and one and are supported")
	}
	found := map[string]string{}
	for _, c := range compares {
		name := termOf(c.Path, terms, urns)
		value, isText := c.Value.(string)
		switch {
		case name == "":
			return bad(c.Path.String() + " can't be filtered by")
		case c.Op != scim.Equal:
			return bad("only eq is supported")
		case !isText:
			return bad("the value must be quoted")
		case value == "":
			// Seen on the wire with the general sentence (scim-clients 23).
			return query{}, unparsable("the value of a filter must not be empty")
		}
		if name != "userName" && name != "displayName" && name != "externalId" {
			value = awsid.Bare(value)
		}
		found[name] = value
	}
	if len(compares) == 1 {
		for name, value := range found {
			if name == second {
				return bad(name + " is supported beside id only")
			}
			return query{by: name, value: value}, nil
		}
	}
	id, hasID := found["id"]
	other, hasOther := found[second]
	if !hasID || !hasOther {
		return bad("only id and " + second + " may be joined by and")
	}
	return query{by: "id", value: id, also: second, alsoValue: other}, nil
}

func termOf(p scim.AttrPath, terms map[string]string, urns []string) string {
	for name, term := range terms {
		if p.Is(name, urns...) {
			return term
		}
	}
	return ""
}
