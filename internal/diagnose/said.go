package diagnose

import (
	"cmp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// doer names who is behind an event of the System Log.
func doer(e *upstream.OktaEvent) string {
	return cmp.Or(e.Actor.AlternateID, e.Actor.DisplayName, e.Actor.ID, "somebody whom it does not name")
}

// since appends when something changed, if that is known.
func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return ", last changed on " + when(t)
}

func lower(s string) string { return strings.ToLower(s) }

// capital begins a sentence.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// pushNow is what makes Okta send a group's members again.
const pushNow = "Applications > AWS IAM Identity Center > Push Groups > the group > Push now"

// onePush reports whether two services' records are of one push: within the two
// minutes that a recorded mapping shows (okta-sailpoint reference 14.3 C06), and
// the clocks' slack.
func onePush(a, b time.Time) bool {
	return !b.IsZero() && a.Sub(b).Abs() <= 2*time.Minute+slackOfClocks
}
