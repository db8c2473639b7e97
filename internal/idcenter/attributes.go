package idcenter

import (
	"github.com/scimtrail/scimtrail/internal/scim"
)

// attribute is one attribute of a user that Identity Center keeps. The order of
// the tables is the order in which AWS answers (identity-center-scim reference
// 4).
type attribute struct {
	name  string
	class class // which characters; none for what is no text
	max   int   // characters

	flag bool        // a boolean
	list bool        // a list, of subs
	most int         // items of the list
	subs []attribute // of a complex one

	apiOnly bool // the Identity Store API has it, SCIM does not
	hidden  bool // taken from SCIM clients, and not shown to them
	needed  bool // must be there
}

// class is a set of characters (identity-center-scim reference 11).
type class int

const (
	noText   class = iota
	solid          // no blanks of any kind
	spaced         // tab, line ends, space, no-break space
	spacious       // and the ideographic space
)

func text(name string) attribute { return attribute{name: name, class: spacious, max: 1024} }

func required(a attribute) attribute { a.needed = true; return a }

func flag(name string) attribute { return attribute{name: name, flag: true} }

func complexOf(name string, subs ...attribute) attribute {
	return attribute{name: name, subs: subs}
}

func listOf(name string, subs ...attribute) attribute {
	return attribute{name: name, list: true, most: 1, subs: append(subs, text("type"), flag("primary"))}
}

var externalID = attribute{name: "externalId", class: solid, max: 256}

var userAttributes = []attribute{
	externalID,
	required(attribute{name: "userName", class: solid, max: 128}),
	required(complexOf("name", text("formatted"), required(text("familyName")), required(text("givenName")),
		text("middleName"), text("honorificPrefix"), text("honorificSuffix"))),
	required(text("displayName")),
	text("nickName"),
	func() attribute { a := text("profileUrl"); a.hidden = true; return a }(),
	text("title"),
	text("userType"),
	text("preferredLanguage"),
	text("locale"),
	text("timezone"),
	flag("active"),
	listOf("emails", text("value")),
	listOf("addresses", text("formatted"), text("streetAddress"), text("locality"), text("region"), text("postalCode"), text("country")),
	listOf("phoneNumbers", text("value")),
	listOf("roles", text("value")),
	complexOf(scim.EnterpriseUserURN, text("employeeNumber"), text("costCenter"), text("organization"), text("division"),
		text("department"), complexOf("manager", text("value"))),
	apiOnly(attribute{name: "photos", list: true, most: 3, subs: []attribute{text("value"), text("type"), text("display"), flag("primary")}}),
	apiOnly(text("website")),
	apiOnly(text("birthdate")),
}

func apiOnly(a attribute) attribute { a.apiOnly = true; return a }

// groupName is a group's displayName, to which other rules apply than to a
// person's.
var groupName = attribute{name: "displayName", class: spaced, max: 1024}

var groupDescription = text("description")
