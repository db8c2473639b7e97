package upstream

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decoding forgives values of a wrong type anywhere: they are skipped, and the
// field stays empty. What other people's servers and scripts print must not cost
// more than itself.
var decoding = json.JoinOptions(
	jsontext.AllowDuplicateNames(true),
	jsontext.AllowInvalidUTF8(true),
	json.WithUnmarshalers(json.UnmarshalFromFunc(forgive)),
)

// maxText bounds a kept text in bytes; errors of connectors may hold a stack
// trace.
const maxText = 8192

// JSONText is any JSON value: a string as it is, anything else in JSON.
type JSONText string

// forgive reads values of the types that this package decodes to; it returns
// errors of syntax only.
func forgive(dec *jsontext.Decoder, to any) error {
	switch to := to.(type) {
	case *string:
		s, err := readText(dec)
		*to = s
		return err
	case *time.Time:
		s, err := readText(dec)
		*to = parseTime(s)
		return err
	case *bool:
		s, err := readText(dec)
		*to = strings.EqualFold(s, "true")
		return err
	case *int:
		s, err := readText(dec)
		f, bad := strconv.ParseFloat(s, 64)
		if bad != nil || math.Abs(f) > 1<<53 {
			f = 0
		}
		*to = int(f)
		return err
	case *[]string:
		*to = nil
		if dec.PeekKind() == '[' {
			*to = []string{} // stated, perhaps empty
		}
		return gather(dec, to)
	case *JSONText:
		*to = ""
		if k := dec.PeekKind(); k != '{' && k != '[' {
			s, err := readText(dec)
			*to = JSONText(s)
			return err
		}
		v, err := dec.ReadValue()
		if err == nil {
			v = v.Clone()
			_ = v.Compact() // it was just read without error
			*to = JSONText(clip(string(v)))
		}
		return err
	}
	want := jsontext.Kind('{')
	switch reflect.TypeOf(to).Elem().Kind() {
	case reflect.Struct:
	case reflect.Slice:
		want = '['
	default:
		return errors.ErrUnsupported
	}
	if _, raw := to.(*jsontext.Value); !raw && dec.PeekKind() != want {
		return dec.SkipValue()
	}
	return errors.ErrUnsupported // the package json goes on
}

// readText reads a scalar as text; "" for null, objects and arrays.
func readText(dec *jsontext.Decoder) (string, error) {
	switch dec.PeekKind() {
	case '{', '[', 'n':
		return "", dec.SkipValue()
	}
	tok, err := dec.ReadToken()
	if err != nil {
		return "", err
	}
	return clip(strings.TrimSpace(tok.String())), nil
}

// gather collects the texts of a value: a string, an array of such values to any
// depth, or what an object has for a text. SailPoint's error messages are lists
// of lists of objects (reference 8.8).
func gather(dec *jsontext.Decoder, into *[]string) error {
	switch dec.PeekKind() {
	case '[':
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		for dec.PeekKind() != ']' {
			if err := gather(dec, into); err != nil {
				return err
			}
		}
		_, err := dec.ReadToken()
		return err
	case '{':
		var object struct {
			Text    string `json:"text"`
			Message string `json:"message"`
			Name    string `json:"name"`
		}
		if err := json.UnmarshalDecode(dec, &object); err != nil {
			return err
		}
		for _, s := range []string{object.Text, object.Message, object.Name} {
			if s != "" {
				*into = append(*into, s)
				break
			}
		}
		return nil
	}
	s, err := readText(dec)
	if err == nil && s != "" {
		*into = append(*into, s)
	}
	return err
}

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// The forms of time upstream: RFC 3339 with any fraction (SailPoint writes ten
// digits), and Okta's task dates, which name no zone and are UTC (okta-sailpoint
// reference 16).
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999"}

// parseTime returns the zero time for what is none. Numbers are epoch seconds or
// milliseconds.
func parseTime(s string) time.Time {
	t := time.Time{}
	for _, layout := range layouts {
		if parsed, err := time.Parse(layout, s); err == nil {
			t = parsed
			break
		}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f > 0 && f < 1e14 {
		if f < 1e11 { // seconds: as milliseconds this would lie before 1974
			f *= 1000
		}
		t = time.UnixMilli(int64(f))
	}
	if y := t.UTC().Year(); y < 1970 || y > 2200 {
		return time.Time{}
	}
	return t.UTC()
}
