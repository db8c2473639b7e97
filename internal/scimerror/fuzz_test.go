package scimerror_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// FuzzExplain holds Explain to what renderers rely on, whatever the evidence
// holds: what is handed out as the message comes from the input, attributes hold
// plain characters, a fix never holds the message's text, the answer is always
// the same and comes soon. A message that means one entry keeps it inside Okta's
// envelope.
func FuzzExplain(f *testing.F) {
	seeds := 0
	for _, r := range messages {
		f.Add(r.code, r.message)
		seeds++
	}
	for _, r := range translated {
		f.Add("", r.message)
		seeds++
	}
	for _, hostile := range []string{
		strings.Repeat("[", 5000), strings.Repeat(`{"message":`, 3000), strings.Repeat(`"\"`, 3000), "e" + strings.Repeat("\u0301", 5000),
		strings.Repeat("Error while creating user group x: ", 2000), strings.Repeat("Value at 'a' failed to satisfy constraint: ;", 1500),
		strings.Repeat("\u3099", 3000), "\xff\xfe\xfd", strings.Repeat("ﷺ", 3000),
		`{"detail":"\ud800","Detail":"Duplicate UserName"}`,
	} {
		f.Add("", hostile)
		seeds++
	}
	if seeds < 200 {
		f.Fatalf("only %d seeds", seeds)
	}
	f.Fuzz(func(t *testing.T, code, message string) {
		start := time.Now()
		got, ok := scimerror.Explain(code, message)
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("took %v for %d bytes", took, len(message))
		}
		if ok != (got.Entry != nil) {
			t.Fatalf("ok is %v with entry %v", ok, got.Entry)
		}
		for _, s := range append([]string{got.Message}, got.Envelope...) {
			if s != "JSON" && !comesFrom(message, s) {
				t.Errorf("%q does not come from %q", s, message)
			}
		}
		for _, name := range got.Attributes {
			if strings.ContainsFunc(name, func(r rune) bool { return r > '~' || r <= ' ' || strings.ContainsRune(`<>"'&;=\`+"`", r) }) {
				t.Errorf("attribute %q holds more than a name's characters", name)
			}
		}
		if len(got.Attributes) > 0 && got.Attribute != got.Attributes[0] {
			t.Errorf("attribute %q leads %q", got.Attribute, got.Attributes)
		}
		again, _ := scimerror.Explain(code, message)
		if again.Entry != got.Entry || again.Message != got.Message || !slices.Equal(again.Attributes, got.Attributes) {
			t.Errorf("two answers for one message: %s and %s", id(got), id(again))
		}
		// An envelope gives its own meaning only when its content has none. What is
		// too long to be looked at whole may lose its end in the envelope.
		if !ok || got.Basis == scimerror.ByCode || len(message) > 4<<10 || !utf8.ValidString(message) {
			return
		}
		alone, known := scimerror.Explain("", message)
		if !known {
			return
		}
		if wrapped, _ := scimerror.Explain("", oktaEnvelope(message)); wrapped.Entry != alone.Entry && len(alone.Envelope) < 8 {
			t.Errorf("%q means %s, in an envelope %s", message, id(alone), id(wrapped))
		}
	})
}

func TestTheLargestMessageIsExplainedInBoundedTime(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"a", "Error while creating user group x: ", `{"message":"`, `\"`, "é ", "重複 ", "1 validation errors detected: ", "([{"} {
		start := time.Now()
		scimerror.Explain(strings.Repeat("X", 1<<20), strings.Repeat(part, 8<<20/len(part)))
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("8 MB of %q took %v", part, took)
		}
	}
}

func oktaEnvelope(message string) string {
	return "Unable to update Group Push mapping target App group Team A: Error while updating user group Team A: Bad Request. Errors reported by remote server: " + message
}

// comesFrom reports whether s is a piece of message, or of what message becomes
// when the escapes of its JSON strings are undone, one level after the other.
func comesFrom(message, s string) bool {
	for range 16 {
		if strings.Contains(message, s) {
			return true
		}
		next := unescape(message)
		if next == message {
			return false
		}
		message = next
	}
	return true // more levels than Explain opens
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			r, size := utf8.DecodeRuneInString(s[i:])
			b.WriteRune(r)
			i += size - 1
			continue
		}
		n := 2
		if s[i+1] == 'u' {
			n = 6
			if i+12 <= len(s) && s[i+6] == '\\' {
				var pair string
				if json.Unmarshal([]byte(`"`+s[i:i+12]+`"`), &pair) == nil && utf8.RuneCountInString(pair) == 1 {
					b.WriteString(pair)
					i += 11
					continue
				}
			}
		}
		var one string
		if i+n <= len(s) && json.Unmarshal([]byte(`"`+s[i:i+n]+`"`), &one) == nil {
			b.WriteString(one)
			i += n - 1
			continue
		}
		b.WriteByte('\\')
	}
	return b.String()
}
