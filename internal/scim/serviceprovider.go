package scim

// ServiceProviderConfig says what a server can do (RFC 7643 section 5).
type ServiceProviderConfig struct {
	DocumentationURI      string // left out when empty
	Patch                 bool
	Bulk                  bool
	BulkMaxOperations     int
	BulkMaxPayloadSize    int // bytes
	Filter                bool
	FilterMaxResults      int
	ChangePassword        bool
	Sort                  bool
	ETag                  bool
	AuthenticationSchemes []AuthenticationScheme
}

// AuthenticationScheme is a way in which clients may prove who they are.
type AuthenticationScheme struct {
	Type             string // oauth, oauth2, oauthbearertoken, httpbasic or httpdigest
	Name             string
	Description      string
	SpecURI          string // left out when empty
	DocumentationURI string // left out when empty
	Primary          bool   // left out when false
}

// Object returns the resource that /ServiceProviderConfig answers with, without
// meta, which depends on where it is served. For another order of its members
// use [Object.Order].
func (c ServiceProviderConfig) Object() *Object {
	supported := func(yes bool, more ...Member) *Object {
		return NewObject(append([]Member{{"supported", yes}}, more...)...)
	}
	o := NewObject(Member{"schemas", []any{ServiceProviderConfigURN}})
	setText(o, "documentationUri", c.DocumentationURI)
	o.Set("patch", supported(c.Patch))
	o.Set("bulk", supported(c.Bulk,
		Member{"maxOperations", c.BulkMaxOperations},
		Member{"maxPayloadSize", c.BulkMaxPayloadSize}))
	o.Set("filter", supported(c.Filter, Member{"maxResults", c.FilterMaxResults}))
	o.Set("changePassword", supported(c.ChangePassword))
	o.Set("sort", supported(c.Sort))
	o.Set("etag", supported(c.ETag))
	schemes := make([]any, len(c.AuthenticationSchemes))
	for i, s := range c.AuthenticationSchemes {
		schemes[i] = s.object()
	}
	o.Set("authenticationSchemes", schemes)
	return o
}

func (s AuthenticationScheme) object() *Object {
	o := NewObject(
		Member{"type", s.Type},
		Member{"name", s.Name},
		Member{"description", s.Description},
	)
	setText(o, "specUri", s.SpecURI)
	setText(o, "documentationUri", s.DocumentationURI)
	if s.Primary {
		o.Set("primary", true)
	}
	return o
}

func setText(o *Object, name, text string) {
	if text != "" {
		o.Set(name, text)
	}
}
