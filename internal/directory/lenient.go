package directory

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decoding forgives what people's scripts do to the CLI's output: names in
// another case or with underscores, repeated names, broken UTF-8. The types of
// this file forgive values of the wrong type, so that one bad field costs its
// entry and not the listing.
var decoding = json.JoinOptions(
	json.MatchCaseInsensitiveNames(true),
	jsontext.AllowDuplicateNames(true),
	jsontext.AllowInvalidUTF8(true),
)

// maxText bounds a kept text in bytes. The longest attribute of the Identity
// Store API has 1024 characters (cloudtrail reference 6.4).
const maxText = 4096

// text is a string; a number or boolean is taken as its spelling.
type text struct {
	string
	bad bool // it was an object or an array
}

// UnmarshalJSONFrom reads any value; it returns errors of syntax only.
func (t *text) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*t = text{}
	switch dec.PeekKind() {
	case '{', '[':
		t.bad = true
		return dec.SkipValue()
	case 'n':
		return dec.SkipValue()
	}
	tok, err := dec.ReadToken()
	if err != nil {
		return err
	}
	t.string = clip(tok.String())
	return nil
}

func clip(s string) string {
	s = strings.TrimSpace(s)
	if len(s) <= maxText {
		return strings.Clone(s)
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// flag is a boolean, or one in words; known is false for anything else.
type flag struct{ value, known bool }

// UnmarshalJSONFrom reads any value; it returns errors of syntax only.
func (f *flag) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	var t text
	if err := t.UnmarshalJSONFrom(dec); err != nil {
		return err
	}
	v, err := strconv.ParseBool(strings.ToLower(t.string))
	*f = flag{v, err == nil}
	return nil
}

// moment is a time in any form that the CLI and SDKs print; zero when it is
// none.
type moment struct{ time.Time }

// UnmarshalJSONFrom reads any value; it returns errors of syntax only.
func (m *moment) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	var t text
	if err := t.UnmarshalJSONFrom(dec); err != nil {
		return err
	}
	m.Time = parseTime(t.string)
	return nil
}

// The forms with an offset: RFC 3339 (CLI v2), the same with the offset in basic
// form, and Python's str of an aware datetime. A time without an offset is of no
// known moment and is not read.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00"}

// parseTime reads ISO 8601 with an offset, epoch seconds (the wire and CLI v1)
// or milliseconds (JavaScript), and Windows PowerShell's "/Date(ms)/".
func parseTime(s string) time.Time {
	if inner, ok := strings.CutPrefix(s, "/Date("); ok {
		s, _, _ = strings.Cut(inner, ")")
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return sane(t)
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0 && f < 1e14) {
		return time.Time{}
	}
	if f >= 1e11 { // milliseconds: as seconds it would lie beyond the year 5138
		f /= 1000
	}
	whole, part := math.Modf(f)
	return sane(time.Unix(int64(whole), int64(math.Round(part*1e6))*1000))
}

// sane refuses years in which there was no identity store or will be none of
// ours: a snapshot is dated by the newest time inside it.
func sane(t time.Time) time.Time {
	if y := t.UTC().Year(); y < 2000 || y > 2200 {
		return time.Time{}
	}
	return t.UTC()
}

// list is an array of objects. Elements that are none are counted.
type list[T any] struct {
	items  []T
	strays int  // elements that are no objects
	seen   bool // there was an array, perhaps an empty one
}

// UnmarshalJSONFrom reads any value; it returns errors of syntax only. What came
// before an error is kept.
func (l *list[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '[' {
		return dec.SkipValue()
	}
	*l = list[T]{seen: true}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for {
		switch dec.PeekKind() {
		case ']':
			_, err := dec.ReadToken()
			return err
		case '{':
			var item T
			if err := json.UnmarshalDecode(dec, &item, decoding); err != nil {
				return err
			}
			l.items = append(l.items, item)
		default:
			l.strays++
			if err := dec.SkipValue(); err != nil {
				return err
			}
		}
	}
}

// member is MemberId: {"UserId": "..."}, or the bare id as some exports have it.
type member struct{ text }

// UnmarshalJSONFrom reads any value; it returns errors of syntax only.
func (m *member) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return m.text.UnmarshalJSONFrom(dec)
	}
	var union struct{ UserId text }
	err := json.UnmarshalDecode(dec, &union, decoding)
	m.text = union.UserId
	return err
}
