package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// refusal says in words why a call failed: AWS's own words, cut to a sentence,
// and what they mean.
func refusal(ev *casefile.Event) string {
	text := strings.TrimSpace(ev.ErrorCode + ": " + shorten(ev.ErrorMessage, 200))
	text = strings.TrimRight(strings.Trim(text, ": "), ".")
	if x, ok := scimerror.Explain(ev.ErrorCode, ev.ErrorMessage); ok {
		attribute := ""
		if x.Attribute != "" {
			attribute = fmt.Sprintf(" (attribute %s)", x.Attribute)
		}
		return fmt.Sprintf("%q%s. %s", text, attribute, x.Meaning())
	}
	return fmt.Sprintf("%q, which is not in the catalogue of known errors", text)
}

// refusalFixes returns what mends a failed call, from the error catalogue, whose
// steps begin with who acts.
func refusalFixes(ev *casefile.Event) []Fix {
	x, ok := scimerror.Explain(ev.ErrorCode, ev.ErrorMessage)
	if !ok {
		return nil
	}
	var out []Fix
	for _, step := range x.Entry.Fix {
		out = append(out, fixOf(step))
	}
	return out
}

// fixOf reads who acts off the front of a step of the error catalogue.
func fixOf(step string) Fix {
	for _, role := range []struct{ title, who string }{
		{"AWS administrator: ", "aws"}, {"Network administrator: ", "aws"},
		{"Identity provider administrator: ", "idp"}, {"Governance administrator: ", "governance"},
	} {
		if rest, ok := strings.CutPrefix(step, role.title); ok && rest != "" {
			first, size := utf8.DecodeRuneInString(rest)
			return Fix{Text: string(unicode.ToUpper(first)) + rest[size:], Who: role.who}
		}
	}
	return Fix{Text: step, Who: "idp"} // Okta administrator, Entra administrator
}

// pointsTo reports whether the error catalogue reads a failed call as a sign of
// a cause.
func pointsTo(ev *casefile.Event, slug string) bool {
	x, ok := scimerror.Explain(ev.ErrorCode, ev.ErrorMessage)
	return ok && slices.Contains(x.Causes, slug)
}

func throttledCall(ev *casefile.Event) bool {
	code := strings.ToLower(ev.ErrorCode)
	return ev.Failed() && (strings.Contains(code, "throttl") || strings.Contains(code, "toomanyrequests") ||
		strings.Contains(strings.ToLower(ev.ErrorMessage), "rate exceeded"))
}

func shorten(s string, runes int) string {
	r := []rune(s)
	if len(r) <= runes {
		return s
	}
	return string(r[:runes]) + "…"
}
