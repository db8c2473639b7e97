package cloudtrail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// spoil returns the JSON text data changed in a few places as exporters and
// strangers change records: names in another case, escaped or twice, values of
// another type, blanked, masked or as text, broken UTF-8, white space.
func spoil(r *rand.Rand, data []byte) []byte {
	s := &spoiler{r: r, in: json.NewDecoder(bytes.NewReader(data)), often: 1 + r.IntN(30)}
	s.in.UseNumber()
	return s.value(nil)
}

type spoiler struct {
	r     *rand.Rand
	in    *json.Decoder
	often int // one place in so many is changed
}

func (s *spoiler) now() bool { return s.r.IntN(s.often) == 0 }

func (s *spoiler) value(out []byte) []byte {
	token, err := s.in.Token()
	if err != nil {
		return append(out, "null"...)
	}
	from := len(out)
	switch v := token.(type) {
	case json.Delim:
		out = s.container(out, v)
	case string:
		out = s.text(out, v)
	case json.Number:
		out = append(out, v...)
	default:
		out = fmt.Append(out, v)
		if v == nil {
			out = append(out[:from], "null"...)
		}
	}
	if !s.now() {
		return out
	}
	was := slices.Clone(out[from:])
	switch s.r.IntN(6) {
	case 0, 1: // as JSON text
		return strconv.AppendQuoteToASCII(out[:from], string(bytes.ToValidUTF8(was, nil)))
	case 2:
		return append(append(append(out[:from], '['), was...), ']')
	case 3:
		return append(append(append(out[:from], " \n\t"...), was...), '\r')
	}
	return append(out[:from], one(s.r, `null`, `0`, `-1.50e3`, `true`, `false`, `""`, `"xxxx"`, `"HIDDEN_DUE_TO_SECURITY_REASONS"`, `{}`, `[]`, `[null]`, `"true"`, `"FALSE "`,
		`"[[1]"`, `"{}"`, `" {\"groupId\":\"xx\",\"GROUPID\":1}"`, `1731578400`, `"1.08"`, `"2.0"`, `"Nov 14, 2024, 1:23:45\u202fPM"`,
		`"arn:aws:identitystore:::group/64A8B4C8-1001-70A1-1111-000000000001"`, `"9A67000001-64a8b4c8-1001-70a1-1111-000000000001"`,
		`"`+strings.Repeat("long ", 9000)+`"`, `{"members":[{"value":"64a8b4c8-1001-70a1-1111-000000000001"}],"active":"True"}`,
		`01`, `1.`, `.5`, `tru`, `'x'`, "\"\x01\"", `"\x"`, `"\u12"`, `{"a"}`, `{"a":1,}`, `[1,]`)...)
}

func (s *spoiler) container(out []byte, open json.Delim) []byte {
	out = append(out, byte(open))
	for first := true; s.in.More(); first = false {
		if !first {
			out = append(out, ',')
		}
		if open == '{' {
			name, err := s.in.Token()
			if err != nil {
				return out
			}
			if s.now() { // the same name once more, before
				out = append(s.name(out, name.(string)), `:"64a8b4c8-1001-70a1-1111-000000000009",`...)
			}
			out = append(s.name(out, name.(string)), ':')
		}
		at := len(out)
		if out = s.value(out); len(out) == at {
			return out
		}
	}
	if _, err := s.in.Token(); err != nil {
		return out
	}
	return append(out, byte(open)+2) // } and ] come two after { and [
}

func (s *spoiler) name(out []byte, name string) []byte {
	if !s.now() {
		return s.quote(out, name)
	}
	switch s.r.IntN(6) {
	case 0:
		name = strings.ToLower(name)
	case 1:
		name = strings.ToUpper(name)
	case 2:
		name = strings.NewReplacer("s", "\u017f", "k", "\u212a", "K", "\u212a").Replace(name)
	case 3:
		out = append(out, '"')
		for _, c := range name {
			out = fmt.Appendf(out, `\u%04x`, c&0xffff)
		}
		return append(out, '"')
	case 4:
		name = one(s.r, "id", "ID", "op", "value", "member", "members", "userId", "groupid", "arn", "ARN", "Arn", "", "\u00e9", "eventSource", "active")
	case 5:
		if name != "" {
			name = strings.ToUpper(name[:1]) + name[1:]
		}
	}
	return s.quote(out, name)
}

func (s *spoiler) text(out []byte, text string) []byte {
	if s.now() {
		switch s.r.IntN(5) {
		case 0:
			text = strings.ToUpper(text)
		case 1:
			text = " " + text + "\u00a0"
		case 2:
			text += "\U0001f600"
		case 3:
			return append(append(append(out, '"'), text[:s.r.IntN(len(text)+1)]...), "\xff\\ud800\\n\xe2\x82\""...)
		case 4:
			text = one(s.r, "PatchGroup", "PatchUser", "CreateUser", "identitystore-scim.amazonaws.com", "sso.amazonaws.com", "members", "active", "ADD", "DeleteBearerTo\u212aen", "GetUser")
		}
	}
	return s.quote(out, text)
}

func (s *spoiler) quote(out []byte, text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil {
		return append(out, `""`...)
	}
	return append(out, quoted...)
}

func one[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }
