package scim

import (
	"encoding/json"
	"strings"
)

// ParseFilter reads a filter: the whole grammar of RFC 7644 section 3.4.2.2.
// Operators, keywords and attribute names are read regardless of case. Errors
// are a *[SyntaxError] of type InvalidFilter.
//
// Beyond the grammar it reads: several blanks in place of one, blanks inside
// parentheses and brackets and behind "not"; true, false and null in any case;
// "$ref"; a point behind a URN of this package. Inside brackets it reads any
// combination of comparisons, as the RFC's first text does and its erratum 4690
// does not, but never a second pair of brackets. It refuses a bracket behind a
// sub-attribute (a.b[c pr]), which no schema can give a meaning.
func ParseFilter(filter string) (Filter, error) {
	s, err := newScanner(filter, InvalidFilter)
	if err != nil {
		return nil, err
	}
	f, err := s.or(false)
	if err != nil {
		return nil, err
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	return f, nil
}

// or reads terms with "or" between them; inside says that brackets are open.
func (s *scanner) or(inside bool) (Filter, error) {
	terms, err := s.terms("or", inside, s.and)
	if err != nil || len(terms) > 1 {
		return Or(terms), err
	}
	return terms[0], nil
}

func (s *scanner) and(inside bool) (Filter, error) {
	terms, err := s.terms("and", inside, s.factor)
	if err != nil || len(terms) > 1 {
		return And(terms), err
	}
	return terms[0], nil
}

func (s *scanner) terms(keyword string, inside bool, term func(bool) (Filter, error)) ([]Filter, error) {
	var terms []Filter
	for {
		t, err := term(inside)
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)

		before := s.at
		if !s.spaces() || !strings.EqualFold(s.word(), keyword) {
			s.at = before
			return terms, nil
		}
		s.at += len(keyword)
		if !s.spaces() {
			return nil, s.fail(s.at, "a blank is wanted behind %q%s", keyword, s.found())
		}
	}
}

// factor reads what "and" and "or" connect.
func (s *scanner) factor(inside bool) (Filter, error) {
	if s.take('(') {
		return s.group(inside)
	}
	start := s.at
	if strings.EqualFold(s.word(), "not") {
		s.at += len("not")
		s.spaces()
		if s.take('(') {
			f, err := s.group(inside)
			return Not{f}, err
		}
		s.at = start // an attribute of that name
	}
	path, err := s.attrPath(false)
	if err != nil {
		return nil, err
	}
	pathEnd := s.at
	blank := s.spaces()
	if s.take('[') {
		f, err := s.brackets(path, inside, pathEnd)
		return ValuePath{path, f}, err
	}
	if !blank {
		return nil, s.fail(s.at, "a blank and an operator are wanted here%s", s.found())
	}
	return s.comparison(path)
}

// group reads a filter and the parenthesis that closes it.
func (s *scanner) group(inside bool) (Filter, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	f, err := s.or(inside)
	if err != nil {
		return nil, err
	}
	return f, s.close(')')
}

// brackets reads a value filter and the bracket that closes it. pathEnd is
// where the attribute before it ended.
func (s *scanner) brackets(path AttrPath, inside bool, pathEnd int) (Filter, error) {
	switch {
	case inside:
		return nil, s.fail(s.at-1, "brackets inside brackets")
	case path.Sub != "":
		return nil, s.fail(pathEnd-len(path.Sub)-1, "brackets follow an attribute, not the sub-attribute %s", quote(path.Sub))
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	f, err := s.or(true)
	if err != nil {
		return nil, err
	}
	return f, s.close(']')
}

func (s *scanner) comparison(path AttrPath) (Filter, error) {
	op := strings.ToLower(s.word())
	switch Operator(op) {
	case "pr":
		s.at += len(op)
		return Present{path}, nil
	case Equal, NotEqual, Contains, StartsWith, EndsWith, GreaterThan, GreaterOrEqual, LessThan, LessOrEqual:
		s.at += len(op)
	default:
		return nil, s.fail(s.at, "an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr) is wanted here%s", s.found())
	}
	if !s.spaces() {
		return nil, s.fail(s.at, "a blank and a value are wanted behind %q%s", op, s.found())
	}
	v, err := s.value()
	return Compare{path, Operator(op), v}, err
}

// value reads a JSON literal, number or string.
func (s *scanner) value() (any, error) {
	if s.at < len(s.text) && s.text[s.at] == '"' {
		end := stringEnd(s.text, s.at)
		if end > len(s.text) {
			return nil, s.fail(s.at, "the text in quotation marks does not end")
		}
		v, ok := unquote(s.text[s.at:end])
		if !ok {
			return nil, s.fail(s.at, "%s is not a JSON string", quote(s.text[s.at:end]))
		}
		s.at = end
		return v, nil
	}
	word := s.word()
	switch strings.ToLower(word) {
	case "true", "false":
		s.at += len(word)
		return len(word) == len("true"), nil
	case "null":
		s.at += len(word)
		return nil, nil
	}
	end := s.at
	for end < len(s.text) && isNumberByte(s.text[end]) {
		end++
	}
	// What is made of those bytes and is valid JSON is a number.
	if number := s.text[s.at:end]; json.Valid([]byte(number)) {
		s.at = end
		return json.Number(number), nil
	}
	return nil, s.fail(s.at, `a value ("text", a number, true, false or null) is wanted here%s`, s.found())
}
