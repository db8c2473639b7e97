package scim

// UserSchema returns the schema of a user (RFC 7643 sections 4.1 and 8.7.1). It
// is shared: read it only.
func UserSchema() *Schema { return userSchema }

// EnterpriseUserSchema returns the enterprise extension of a user (RFC 7643
// sections 4.3 and 8.7.1). It is shared: read it only.
func EnterpriseUserSchema() *Schema { return enterpriseUserSchema }

var userSchema = &Schema{
	ID:          UserURN,
	Name:        "User",
	Description: "User Account",
	Attributes: []Attribute{
		attribute("userName", String, "The name with which the user signs in, unique among all users.").required().unique(UniqueServer),
		complexAttribute("name", "The parts of the user's name.",
			attribute("formatted", String, "The full name with all its parts, ready to be shown."),
			attribute("familyName", String, "The family name, or last name."),
			attribute("givenName", String, "The given name, or first name."),
			attribute("middleName", String, "The middle names."),
			attribute("honorificPrefix", String, "What stands before the name, such as a title."),
			attribute("honorificSuffix", String, "What stands behind the name, such as III."),
		),
		attribute("displayName", String, "The name to show for the user."),
		attribute("nickName", String, "What the user is called in conversation."),
		attribute("profileUrl", Reference, "The address of a page about the user.").refers("external"),
		attribute("title", String, "The user's job title."),
		attribute("userType", String, "The user's relation to the organization, such as Employee."),
		attribute("preferredLanguage", String, "The languages in which to speak to the user, as in Accept-Language."),
		attribute("locale", String, "The language tag by which to format currency, dates and numbers."),
		attribute("timezone", String, "The time zone as named in the IANA database."),
		attribute("active", Boolean, "Whether the user may use the service."),
		attribute("password", String, "A password to set; never given back.").mutability(WriteOnly).returned(ReturnedNever),
		plural("emails", "The user's e-mail addresses.",
			attribute("value", String, "An e-mail address."), "work", "home", "other"),
		plural("phoneNumbers", "The user's telephone numbers.",
			attribute("value", String, "A telephone number."), "work", "home", "mobile", "fax", "pager", "other"),
		plural("ims", "The user's addresses for instant messages.",
			attribute("value", String, "An address for instant messages."), "aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
		plural("photos", "Pictures of the user.",
			attribute("value", Reference, "The address of a picture.").refers("external"), "photo", "thumbnail"),
		complexAttribute("addresses", "The user's postal addresses.",
			attribute("formatted", String, "The whole address, ready to be shown or printed."),
			attribute("streetAddress", String, "The street with its number, and what else stands in those lines."),
			attribute("locality", String, "The city."),
			attribute("region", String, "The state or region."),
			attribute("postalCode", String, "The postal code."),
			attribute("country", String, "The country, as an ISO 3166-1 alpha-2 code."),
			attribute("type", String, "What the address is used for.").oneOf("work", "home", "other"),
			attribute("primary", Boolean, "Whether this address is the preferred one; true for at most one."),
		).many(),
		complexAttribute("groups", "The groups that the user is in; changed only through the groups.",
			attribute("value", String, "The id of a group.").exact(),
			attribute("$ref", Reference, "The address of the group.").refers("User", "Group"),
			attribute("display", String, "The name of the group."),
			attribute("type", String, "Whether the user is a member itself or by way of another group.").oneOf("direct", "indirect"),
		).many().readOnly(),
		plural("entitlements", "What the user is entitled to.",
			attribute("value", String, "An entitlement.")),
		plural("roles", "Who the user is in the organization.",
			attribute("value", String, "A role.")),
		plural("x509Certificates", "Certificates issued to the user.",
			attribute("value", Binary, "A certificate in DER, as base64.").exact()),
	},
}

var enterpriseUserSchema = &Schema{
	ID:          EnterpriseUserURN,
	Name:        "EnterpriseUser",
	Description: "Enterprise User",
	Attributes: []Attribute{
		attribute("employeeNumber", String, "The number or code that the organization gave to the user."),
		attribute("costCenter", String, "The name of a cost center."),
		attribute("organization", String, "The name of an organization."),
		attribute("division", String, "The name of a division."),
		attribute("department", String, "The name of a department."),
		complexAttribute("manager", "The user's manager.",
			attribute("value", String, "The id of the manager's user.").exact(),
			attribute("$ref", Reference, "The address of the manager's user.").refers("User"),
			attribute("displayName", String, "The manager's name.").mutability(ReadOnly),
		),
	},
}
