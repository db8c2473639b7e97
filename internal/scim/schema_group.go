package scim

// GroupSchema returns the schema of a group (RFC 7643 sections 4.2 and 8.7.1).
// It is shared: read it only.
func GroupSchema() *Schema { return groupSchema }

var groupSchema = &Schema{
	ID:          GroupURN,
	Name:        "Group",
	Description: "Group",
	Attributes: []Attribute{
		attribute("displayName", String, "The name to show for the group.").required(),
		complexAttribute("members", "The members of the group.",
			attribute("value", String, "The id of the member.").exact().mutability(Immutable),
			attribute("$ref", Reference, "The address of the member.").refers("User", "Group").mutability(Immutable),
			attribute("type", String, "What kind of resource the member is.").oneOf("User", "Group").mutability(Immutable),
			attribute("display", String, "The name of the member.").mutability(Immutable),
		).many(),
	},
}

// commonAttributes are those that every resource has, whatever its schema (RFC
// 7643 sections 3 and 3.1).
var commonAttributes = []Attribute{
	attribute("schemas", Reference, "The URNs of the schemas that the resource follows.").many().exact().required().returned(ReturnedAlways),
	attribute("id", String, "The identifier that the server gave to the resource.").exact().mutability(ReadOnly).returned(ReturnedAlways).unique(UniqueServer),
	attribute("externalId", String, "The identifier that the client gave to the resource.").exact(),
	complexAttribute("meta", "What the server notes about the resource.",
		attribute("resourceType", String, "The name of the resource type.").exact(),
		attribute("created", DateTime, "When the resource was made."),
		attribute("lastModified", DateTime, "When the resource last changed."),
		attribute("location", Reference, "The address of the resource.").refers("uri"),
		attribute("version", String, "The version, as in ETag.").exact(),
	).readOnly(),
}
