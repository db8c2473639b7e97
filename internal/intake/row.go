package intake

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Presto and Trino, which Athena and Lake are, print a row or a map as
// {name=value, name=value} and a list as [value, value], without quotes. That
// can't be read back with certainty: a value may hold ", name=" itself. We take
// the reading that a record makes likely, and JSON text inside a value as what
// it is (cloudtrail reference 5.1: nested objects of a map are JSON text).

const maxRowDepth = 32

// appendNested appends the JSON that the text of a nested column stands for: the
// text itself when it is JSON, the row that it prints, else a JSON string.
func appendNested(dst []byte, text string) []byte {
	text = strings.TrimSpace(text)
	if text == "null" {
		return append(dst, "null"...)
	}
	if text == "" || text[0] != '{' && text[0] != '[' {
		return appendText(dst, text)
	}
	if isJSON(text) {
		return append(dst, text...)
	}
	if len(text) > maxRowText {
		return appendText(dst, text)
	}
	p := rowParser{text: text}
	if out, ok := p.value(nil, 0, false); ok && p.at == len(text) {
		return append(dst, out...)
	}
	return appendText(dst, text)
}

func isJSON(text string) bool {
	return jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

type rowParser struct {
	text  string
	at    int
	steps int // values begun
	tries int // JSON looked for inside values
}

// Bounds of the work on one cell. A record's own objects are below 100 KB
// (cloudtrail reference 1.3).
const (
	maxRowText  = 1 << 20
	maxRowSteps = 20_000
	maxRowTries = 100
)

// value reads what starts here. inRow says that a row is around it, whose next
// field ends a plain value.
func (p *rowParser) value(dst []byte, depth int, inRow bool) ([]byte, bool) {
	rest := p.text[p.at:]
	p.steps++
	switch {
	case depth > maxRowDepth, p.steps > maxRowSteps:
		return nil, false
	case strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "["):
		if n := p.embedded(rest); n > 0 {
			p.at += n
			return append(dst, rest[:n]...), true
		}
		start, before := p.at, len(dst)
		out, ok := p.row(dst, depth)
		if rest[0] == '[' {
			out, ok = p.list(dst, depth)
		}
		if ok && p.ends() {
			return out, true
		}
		p.at, dst = start, dst[:before] // a plain value that begins like one
	}
	end := p.plain(inRow)
	value := strings.TrimSpace(p.text[p.at:end])
	p.at = end
	if value == "null" {
		return append(dst, "null"...), true
	}
	return appendText(dst, value), true
}

// embedded returns the length of the JSON object or array at the start of s, 0
// when there is none.
func (p *rowParser) embedded(s string) int {
	if p.tries++; p.tries > maxRowTries || len(s) < 2 || !strings.ContainsRune(`"{[]}`, rune(s[1])) {
		return 0
	}
	d := jsontext.NewDecoder(strings.NewReader(s), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	v, err := d.ReadValue()
	if err != nil {
		return 0
	}
	n := len(v)
	if q := (rowParser{text: s, at: n}); !q.ends() {
		return 0
	}
	return n
}

// row reads {name=value, ...}.
func (p *rowParser) row(dst []byte, depth int) ([]byte, bool) {
	if p.text[p.at] != '{' {
		return nil, false
	}
	p.at++
	dst = append(dst, '{')
	for first := true; ; first = false {
		n := fieldName(p.text[p.at:])
		if n == 0 {
			if first && strings.HasPrefix(p.text[p.at:], "}") {
				p.at++
				return append(dst, '}'), true
			}
			return nil, false
		}
		if !first {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, p.text[p.at:p.at+n]), ':')
		p.at += n + 1
		var ok bool
		if dst, ok = p.value(dst, depth+1, true); !ok {
			return nil, false
		}
		switch rest := p.text[p.at:]; {
		case strings.HasPrefix(rest, ", "):
			p.at += 2
		case strings.HasPrefix(rest, "}"):
			p.at++
			return append(dst, '}'), true
		default:
			return nil, false
		}
	}
}

// list reads [value, ...].
func (p *rowParser) list(dst []byte, depth int) ([]byte, bool) {
	p.at++
	dst = append(dst, '[')
	if strings.HasPrefix(p.text[p.at:], "]") {
		p.at++
		return append(dst, ']'), true
	}
	for {
		var ok bool
		if dst, ok = p.value(dst, depth+1, false); !ok {
			return nil, false
		}
		switch rest := p.text[p.at:]; {
		case strings.HasPrefix(rest, ", "):
			p.at += 2
			dst = append(dst, ',')
		case strings.HasPrefix(rest, "]"):
			p.at++
			return append(dst, ']'), true
		default:
			return nil, false
		}
	}
}

// plain returns where a value without brackets ends: in a row before the next
// field or the row's end, in a list before the next comma.
func (p *rowParser) plain(inRow bool) int {
	for i := p.at; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == ',' && strings.HasPrefix(p.text[i:], ", "):
			if !inRow || fieldName(p.text[i+2:]) > 0 {
				return i
			}
		case c == '}' && inRow, c == ']' && !inRow:
			if q := (rowParser{text: p.text, at: i + 1}); q.ends() {
				return i
			}
		}
	}
	return len(p.text)
}

// ends reports whether a value may end here.
func (p *rowParser) ends() bool {
	if p.at >= len(p.text) {
		return true
	}
	switch rest := p.text[p.at:]; rest[0] {
	case '}', ']':
		return true
	default:
		return strings.HasPrefix(rest, ", ")
	}
}

// fieldName returns the length of the name before an equals sign, 0 when there
// is none.
func fieldName(s string) int {
	for i := range min(len(s), 128) {
		switch c := s[i]; {
		case c == '=':
			return i
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.', c == ':', c == '-', c == '$', c == '/':
		default:
			return 0
		}
	}
	return 0
}
