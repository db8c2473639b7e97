package scim

import (
	"slices"
	"strings"
)

// AttrPath names an attribute: attrPath of RFC 7644 section 3.4.2.2. Spelling is
// kept; compare with [AttrPath.Is].
type AttrPath struct {
	URN  string // of the schema, empty when left out
	Name string // empty only in a PATCH path that names a whole extension
	Sub  string // sub-attribute, empty when left out
}

// String writes the path as the grammar has it, with a colon behind the URN.
func (p AttrPath) String() string {
	var b strings.Builder
	b.WriteString(p.URN)
	if p.URN != "" && p.Name != "" {
		b.WriteByte(':')
	}
	b.WriteString(p.Name)
	if p.Sub != "" {
		b.WriteByte('.')
		b.WriteString(p.Sub)
	}
	return b.String()
}

// Is reports whether the path is written as name ("userName", "name.familyName")
// regardless of case, without a URN or with one of those given.
func (p AttrPath) Is(name string, urns ...string) bool {
	known := p.URN == ""
	for _, urn := range urns {
		known = known || sameName(p.URN, urn)
	}
	attr, sub, _ := strings.Cut(name, ".")
	return known && sameName(p.Name, attr) && sameName(p.Sub, sub)
}

// attrPath reads an attribute path that ends before a blank, a bracket, a
// parenthesis or a quotation mark. whole allows a schema URN by itself.
//
// The grammar leaves open where a URN ends, since both it and what follows hold
// colons and points. A URN of this package ends where it ends, and a point may
// stand for the colon behind it, as some clients and error texts write it. Any
// other URN ends at the last colon.
func (s *scanner) attrPath(whole bool) (AttrPath, error) {
	start := s.at
	for s.at < len(s.text) && strings.IndexByte(" []()\"", s.text[s.at]) < 0 {
		s.at++
	}
	word := s.text[start:s.at]
	if word == "" {
		return AttrPath{}, s.fail(start, "an attribute name is wanted here%s", s.found())
	}
	if whole && slices.ContainsFunc(resourceURNs[:], func(urn string) bool { return sameName(urn, word) }) {
		return AttrPath{URN: word}, nil
	}
	urn, rest, ok := cutURN(word)
	if !ok {
		return AttrPath{}, s.fail(start, "%s is not the URN of a schema", quote(urn))
	}
	p := AttrPath{URN: urn}
	restAt := s.at - len(rest)
	name, sub, dotted := strings.Cut(rest, ".")
	if !isAttrName(name) {
		return AttrPath{}, s.fail(restAt, "%s is not an attribute name", quote(name))
	}
	if dotted && !isAttrName(sub) {
		return AttrPath{}, s.fail(restAt+len(name)+1, "%s is not the name of a sub-attribute", quote(sub))
	}
	p.Name, p.Sub = name, sub
	return p, nil
}

// cutURN parts a schema URN from the rest. It reports false when what stands
// before the last colon can't be a URN.
func cutURN(word string) (urn, rest string, ok bool) {
	for _, known := range resourceURNs {
		tail, has := cutPrefixName(word, known)
		if !has {
			continue
		}
		if tail != "" && (tail[0] == ':' || tail[0] == '.') {
			return word[:len(known)], tail[1:], true
		}
	}
	i := strings.LastIndexByte(word, ':')
	if i < 0 {
		return "", word, true
	}
	return word[:i], word[i+1:], isURN(word[:i])
}

// isURN checks the characters of a URI (RFC 3986), less those that end a word.
func isURN(s string) bool {
	if s == "" || !isLetter(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && strings.IndexByte("-._~:/?#@!$&'*+,;=%", c) < 0 {
			return false
		}
	}
	return true
}

// isAttrName is ATTRNAME of RFC 7643 section 2.1, and names that begin with a
// dollar sign, as "$ref" does against that grammar.
func isAttrName(s string) bool {
	letters := strings.TrimPrefix(s, "$")
	if letters == "" || !isLetter(letters[0]) {
		return false
	}
	for i := range len(letters) {
		if c := letters[i]; !isLetter(c) && !isDigit(c) && c != '-' && c != '_' && c != '$' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
