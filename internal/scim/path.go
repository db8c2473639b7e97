package scim

import "strings"

// Path is the target of a PATCH operation: PATH of RFC 7644 section 3.5.2,
// figure 7.
type Path struct {
	AttrPath        // Sub stands behind the brackets, when there are any
	Filter   Filter // which values of the attribute; nil for all
}

// String writes the canonical form, from which [ParsePath] makes an equal Path.
func (p Path) String() string {
	if p.Filter == nil {
		return p.AttrPath.String()
	}
	var b strings.Builder
	ValuePath{AttrPath{URN: p.URN, Name: p.Name}, p.Filter}.write(&b)
	if p.Sub != "" {
		b.WriteByte('.')
		b.WriteString(p.Sub)
	}
	return b.String()
}

// ParsePath reads the path of a PATCH operation: members,
// name.familyName, members[value eq "x"].display, and each with the URN of its
// schema in front. A URN of this package may stand alone, for the extension as a
// whole. Inside brackets the rules are those of [ParseFilter]. Errors are a
// *[SyntaxError] of type InvalidPath.
func ParsePath(path string) (*Path, error) {
	s, err := newScanner(path, InvalidPath)
	if err != nil {
		return nil, err
	}
	attr, err := s.attrPath(true)
	if err != nil {
		return nil, err
	}
	p := &Path{AttrPath: attr}
	pathEnd := s.at
	s.spaces()
	if attr.Name != "" && s.take('[') {
		if p.Filter, err = s.brackets(attr, false, pathEnd); err != nil {
			return nil, err
		}
		if s.take('.') {
			sub := s.text[s.at:]
			if !isAttrName(sub) {
				return nil, s.fail(s.at, "%s is not the name of a sub-attribute", quote(sub))
			}
			p.Sub = sub
			s.at = len(s.text)
		}
	} else {
		s.at = pathEnd
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	return p, nil
}
