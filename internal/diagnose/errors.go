package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// refusal says in words why a call failed: AWS's own words, cut to a sentence,
// and what they mean.
func refusal(ev *casefile.Event) string {
	text := strings.TrimSpace(ev.ErrorCode + ": " + shorten(ev.ErrorMessage, 200))
	text = strings.Trim(text, ": ")
	if x, ok := scimerror.Explain(ev.ErrorCode, ev.ErrorMessage); ok {
		attribute := ""
		if x.Attribute != "" {
			attribute = fmt.Sprintf(" (attribute %s)", x.Attribute)
		}
		return fmt.Sprintf("%q%s. %s", text, attribute, x.Meaning())
	}
	return fmt.Sprintf("%q, which is not in the catalogue of known errors", text)
}

// refusalFixes returns what mends a failed call, from the error catalogue.
func refusalFixes(ev *casefile.Event, who string) []Fix {
	x, ok := scimerror.Explain(ev.ErrorCode, ev.ErrorMessage)
	if !ok {
		return nil
	}
	var out []Fix
	for _, step := range x.Entry.Fix {
		out = append(out, Fix{Text: step, Who: who})
	}
	return out
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
