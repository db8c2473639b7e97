package redact

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// record replaces the strings of a record's bytes and leaves all other bytes, the
// order of the names among them, as they are. It returns false, and null, when raw
// is not JSON: nothing of such bytes may be passed on.
func (b *book) record(raw []byte, event string) ([]byte, bool) {
	if len(raw) == 0 {
		return nil, false
	}
	if !json.Valid(raw) {
		return []byte("null"), false
	}
	w := rewriter{book: b, event: event, in: raw}
	w.value()
	return append(w.out, w.in[w.copied:]...), true
}

// rewriter walks over the bytes of one valid JSON value.
type rewriter struct {
	book   *book
	event  string
	in     []byte
	at     int
	copied int // how much of in is in out
	out    []byte
	path   []string // names of fields in small letters
	spelt  string   // the last of them as it stands
}

func (w *rewriter) space() {
	for w.at < len(w.in) && strings.IndexByte(" \t\r\n", w.in[w.at]) >= 0 {
		w.at++
	}
}

// put replaces what stands between from and w.at.
func (w *rewriter) put(from int, instead []byte) {
	w.out = append(w.out, w.in[w.copied:from]...)
	w.out = append(w.out, instead...)
	w.copied = w.at
}

func (w *rewriter) value() {
	w.space()
	switch c := w.in[w.at]; c {
	case '{':
		w.object()
	case '[':
		w.list()
	case '"':
		from := w.at
		was := w.text()
		if now := w.string(was); now != was && w.book.sealed {
			w.put(from, quoted(now))
		}
	default:
		from := w.at
		for w.at < len(w.in) && strings.IndexByte(",]} \t\r\n", w.in[w.at]) < 0 {
			w.at++
		}
		if digit(c) {
			w.number(from)
		}
	}
}

func (w *rewriter) object() {
	w.at++
	for {
		w.space()
		switch w.in[w.at] {
		case '}':
			w.at++
			return
		case ',':
			w.at++
			continue
		}
		from := w.at
		key := w.text()
		// Names of fields hold no e-mail addresses, so those who do are no names.
		if now := w.book.forms(key, inText); now != key && w.book.sealed {
			w.put(from, quoted(now))
		}
		w.space()
		w.at++ // the colon
		spelt := w.spelt
		w.path, w.spelt = append(w.path, strings.ToLower(key)), key
		w.value()
		w.path, w.spelt = w.path[:len(w.path)-1], spelt
	}
}

func (w *rewriter) list() {
	w.at++
	for {
		w.space()
		switch w.in[w.at] {
		case ']':
			w.at++
			return
		case ',':
			w.at++
			continue
		}
		w.value()
	}
}

// text reads a string as package encoding/json does, which decodes the records.
func (w *rewriter) text() string {
	from := w.at
	w.at++
	for w.in[w.at] != '"' {
		if w.in[w.at] == '\\' {
			w.at++
		}
		w.at++
	}
	w.at++
	if inner := w.in[from+1 : w.at-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	if json.Unmarshal(w.in[from:w.at], &s) != nil {
		return ""
	}
	return s
}

// string replaces a string, or what is in it when it holds JSON itself, as
// exporters write objects (cloudtrail reference 5.1).
func (w *rewriter) string(s string) string {
	if trimmed := strings.TrimSpace(s); strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		if json.Valid([]byte(s)) {
			inner := rewriter{book: w.book, event: w.event, in: []byte(s), path: w.path, spelt: w.spelt}
			inner.value()
			return string(append(inner.out, inner.in[inner.copied:]...))
		}
	}
	c := classOf(w.path, w.spelt, w.event)
	if c == anAgent && strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		return "[" + w.book.agent(s[1:len(s)-1]) + "]"
	}
	return w.book.value(c, s)
}

// number replaces a number that stands for an account, or for an id.
func (w *rewriter) number(from int) {
	s := string(w.in[from:w.at])
	if strings.Trim(s, "0123456789") != "" {
		return
	}
	c := classOf(w.path, w.spelt, w.event)
	_, isID := classKinds[c]
	var now string
	switch {
	case c == anAccount || len(s) == 12:
		now = strings.TrimLeft(w.book.account(s), "0")
	case isID && len(s) >= 6:
		now = w.book.id(classKinds[c], s)
	default:
		return
	}
	if now != "" && now != s && w.book.sealed && json.Valid([]byte(now)) {
		w.put(from, []byte(now))
	}
}

func quoted(s string) []byte {
	out, _ := jsontext.AppendQuote(nil, s) // the error only says that invalid UTF-8 was replaced
	return bytes.Clone(out)
}
