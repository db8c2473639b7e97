// Package scim is the SCIM 2.0 protocol (RFC 7643 and RFC 7644) without a
// server: resources as JSON objects that keep their order, the filter language
// and the language of PATCH paths parsed whole, PATCH applied to a resource,
// attribute selection, schemas as data, and the bodies of lists and errors.
//
// It is not a server and knows no transport, no storage and no vendor. It
// speaks of one resource at a time and never keeps one.
//
// # Reading a request
//
// [DecodeObject] reads a body into an [Object]. Names are found regardless of
// case, as RFC 7643 section 2.1 wants, while their spelling and their order are
// kept; a name that occurs twice is refused; null and absent stay apart;
// numbers keep their digits.
//
//	body, err := scim.DecodeObject(data, 20)
//	name, ok := body.Get("USERNAME")
//
// # Filters
//
// [ParseFilter] turns text into a tree of [Compare], [Present], [And], [Or],
// [Not] and [ValuePath]. The tree is open, so that a server which supports only
// a part of the language can look at what was asked:
//
//	f, err := scim.ParseFilter(`userName eq "bjensen"`)
//	if c, ok := f.(scim.Compare); ok && c.Op == scim.Equal { ... }
//
// [ResourceType.Match] evaluates any filter against a resource, with the
// schema's word on whether case matters.
//
// # PATCH
//
// [ParsePatch] reads the operations and nothing else: it judges only whether
// they can be read. A server with rules of its own decides on the parsed
// [Operation] values, and may then leave the work to [ResourceType.Apply],
// which follows RFC 7644 section 3.5.2, never changes the resource that it was
// given, and does all operations or none.
//
// # Errors
//
// Every error that is the client's fault holds an [*Error], which is the SCIM
// error response; a [*SyntaxError] knows the place as well:
//
//	if e, ok := errors.AsType[*scim.Error](err); ok {
//		reply(e.Status, e.Object())
//	}
//
// # Hostile input
//
// Filters and paths are bounded in length and depth ([MaxFilterLength],
// [MaxFilterDepth]), objects in depth by the caller and in width by
// [MaxMembers]. The size of a body is the caller's to bound. Error texts quote
// input, shortened, and escape what a terminal might obey.
//
// Values of type *[Object] and [ResourceType] may be read by many goroutines at
// once; none may be changed while others read it.
package scim
