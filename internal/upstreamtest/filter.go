package upstreamtest

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// A filter is what Okta and SailPoint take in "filter", "search" and "filters":
// attribute operator "value", joined by and, or and parentheses.
type filter func(get func(attribute string) []string) bool

var errFilter = errors.New("no such expression")

// parseFilter reads a filter. A comparison of times by gt, ge, lt and le compares
// texts, which in these services' form is the same.
func parseFilter(text string) (filter, error) {
	p := &filterParser{words: filterWords(text)}
	f, err := p.or()
	if err == nil && len(p.words) > 0 {
		err = errFilter
	}
	return f, err
}

func filterWords(text string) []string {
	var out []string
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ':
			i++
		case c == '(' || c == ')' || c == ',':
			out = append(out, string(c))
			i++
		case c == '"' || c == '\'':
			var b strings.Builder
			b.WriteByte('"')
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '\\' && i+1 < len(text) {
					i++
				}
				b.WriteByte(text[i])
			}
			i++
			out = append(out, b.String())
		default:
			end := i
			for end < len(text) && !strings.ContainsRune(" (),\"", rune(text[end])) {
				end++
			}
			out = append(out, text[i:end])
			i = end
		}
	}
	return out
}

type filterParser struct{ words []string }

func (p *filterParser) peek() string {
	if len(p.words) == 0 {
		return ""
	}
	return p.words[0]
}

func (p *filterParser) next() string {
	w := p.peek()
	if w != "" {
		p.words = p.words[1:]
	}
	return w
}

func (p *filterParser) or() (filter, error) {
	left, err := p.and()
	for err == nil && p.peek() == "or" {
		p.next()
		var right filter
		right, err = p.and()
		l := left
		left = func(get func(string) []string) bool { return l(get) || right(get) }
	}
	return left, err
}

func (p *filterParser) and() (filter, error) {
	left, err := p.one()
	for err == nil && p.peek() == "and" {
		p.next()
		var right filter
		right, err = p.one()
		l := left
		left = func(get func(string) []string) bool { return l(get) && right(get) }
	}
	return left, err
}

func (p *filterParser) one() (filter, error) {
	word := p.next()
	if word == "(" {
		f, err := p.or()
		if err == nil && p.next() != ")" {
			err = errFilter
		}
		return f, err
	}
	if word == "startswith" { // OData: startswith(attribute,'value')
		if p.next() != "(" {
			return nil, errFilter
		}
		attribute := p.next()
		p.next()
		value := strings.TrimPrefix(p.next(), `"`)
		if p.next() != ")" {
			return nil, errFilter
		}
		return compare(attribute, func(have string) bool { return strings.HasPrefix(have, value) }), nil
	}
	op := p.next()
	if op == "in" {
		var values []string
		if p.next() != "(" {
			return nil, errFilter
		}
		for w := p.next(); w != ")"; w = p.next() {
			if w == "" {
				return nil, errFilter
			}
			values = append(values, strings.TrimPrefix(w, `"`))
		}
		return compare(word, func(have string) bool { return slices.Contains(values, have) }), nil
	}
	raw := p.next()
	if word == "" || raw == "" {
		return nil, errFilter
	}
	value := strings.TrimPrefix(raw, `"`)
	tests := map[string]func(have string) bool{
		"eq": func(have string) bool { return have == value },
		"sw": func(have string) bool { return strings.HasPrefix(have, value) },
		"co": func(have string) bool { return strings.Contains(have, value) },
		"ge": func(have string) bool { return !earlier(have, value) },
		"gt": func(have string) bool { return earlier(value, have) },
		"le": func(have string) bool { return !earlier(value, have) },
		"lt": func(have string) bool { return earlier(have, value) },
	}
	test, ok := tests[op]
	if !ok {
		return nil, errFilter
	}
	return compare(word, test), nil
}

// earlier compares times, and texts that are none.
func earlier(a, b string) bool {
	x, err1 := time.Parse(time.RFC3339, a)
	y, err2 := time.Parse(time.RFC3339, b)
	if err1 == nil && err2 == nil {
		return x.Before(y)
	}
	return a < b
}

func compare(attribute string, test func(string) bool) filter {
	return func(get func(string) []string) bool { return slices.ContainsFunc(get(attribute), test) }
}
