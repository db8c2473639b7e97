package scimerror

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds on hostile input. AWS cuts a message at 1 KB (cloudtrail reference 1.3)
// and Okta at 255 characters, so a text's first 8 KB hold what can be known.
const (
	maxMessage = 64 << 10 // bytes looked at, for bodies pasted whole
	maxText    = 8 << 10  // bytes of one text that patterns run over
	maxTexts   = 32 << 10 // bytes of all of them together
	maxLayers  = 16       // how often an envelope is peeled or a body opened
)

// layer is the message, or what is left of it inside an envelope.
type layer struct {
	folded
	envelope []string
}

// reading is a message taken apart: its layers from the outside in, and what
// the envelopes said.
type reading struct {
	layers []layer
	codes  []string // error names and codes found in envelopes and bodies, outermost first
	// reasons are the closer reasons that Identity Store bodies give: Reason, and
	// ResourceType as "ResourceType.GROUP" (cloudtrail reference 6.6).
	reasons []string
	about   Explanation
	size    int // bytes of all layers
}

// envelope is a form that a client puts before somebody else's message. What
// the pattern's named groups catch goes into the explanation.
type envelope struct {
	*regexp.Regexp
	subject Subject
}

// Where the forms come from: okta reference 7 (M11, M13 to M15, the dated prefix,
// "Errors reported by remote server"), the AWS CLI and SDKs, SailPoint (okta
// reference 8.9 and 9). They are tried in order; the first that fits is peeled.
var envelopes = []envelope{
	{re(`^failed on (?P<at>\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2} ?[ap]m) utc: ?`), ""},
	// A name may hold a colon, so the end of the name is first sought by what Okta writes next.
	{re(`^unable to \w+ group push mapping target app group (?P<group>.+?): (?P<rest>error while |error creating |bad request|conflict|unauthorized|forbidden|not found|failed on )`), SubjectGroup},
	{re(`^unable to \w+ group push mapping target app group (?P<group>.+?): ?`), SubjectGroup},
	{re(`^error while updating user group membership for group (?P<group>.+?): ?`), SubjectGroup},
	{re(`^error while \w+ user group (?P<group>.+?): ?`), SubjectGroup},
	{re(`^error while trying to get the group (?P<group>.+?) with the externalid ['"]?[0-9a-f-]{36,47}[^:]{0,20}: ?`), SubjectGroup},
	{re(`^error while \w+(?: if)? user (?P<user>.+?)(?: exists)?: ?`), SubjectUser},
	{re(`^(?:automatic )?[a-z ]{4,40} (?:of|for) user (?P<user>.+?) (?:to|from|in|on) app .+? failed: ?`), SubjectUser},
	{re(`an error occurred \((?P<code>[a-z0-9_.]{1,100})\) when calling the (?P<operation>[a-z0-9]{1,60}) operation(?: \(reached max retries: \d+\))?: ?`), ""},
	{re(`operation error [a-z0-9 ]{1,60}: (?P<operation>[a-z]{1,60}), (?:exceeded maximum number of attempts, \d+, )?https response error statuscode: \d+, requestid: [^, ]*, (?:api error )?(?P<code>[a-z0-9]{1,100}): ?`), ""},
	{re(`(?:[^.:]{1,60}\. ?)?errors reported by remote server: ?`), ""},
	{re(`^(?:[a-z]+\.)*connectorexception: ?`), ""},
	{re(`^\[connectorexception\] ?`), ""},
	{re(`^(?:[a-z_]+[.#])*(?P<code>[a-z]{3,60}exception): ?`), ""},
}

func re(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

// unwrap takes a message apart.
func unwrap(message string) *reading {
	r := new(reading)
	r.open(head(message, maxMessage), nil)
	return r
}

// head returns at most n bytes of s and does not split a character.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// open adds a text as a layer and goes on with what it holds: a body, or the
// rest behind an envelope.
func (r *reading) open(text string, outside []string) {
	for len(r.layers) < maxLayers && r.size < maxTexts {
		text = strings.TrimSpace(text)
		if text == "" {
			return
		}
		l := layer{fold(head(text, min(maxText, maxTexts-r.size))), outside}
		if l.text == "" {
			return
		}
		r.size += len(l.src)
		r.layers = append(r.layers, l)
		wholeBody := strings.IndexByte(`{["`, text[0]) >= 0
		if wholeBody && r.openBody(l, text) {
			return
		}
		peeled, rest, ok := r.peel(l)
		if !ok {
			if !wholeBody {
				r.openBody(l, text)
			}
			return
		}
		text, outside = rest+text[len(l.src):], append(slices.Clip(outside), peeled)
	}
}

// peel removes the first envelope that fits.
func (r *reading) peel(l layer) (peeled, rest string, ok bool) {
	for _, e := range envelopes {
		at := e.FindStringSubmatchIndex(l.text)
		if at == nil {
			continue
		}
		end := at[1]
		for i, name := range e.SubexpNames() {
			if i == 0 || name == "" || at[2*i] < 0 {
				continue
			}
			if name == "rest" {
				end = at[2*i]
				continue
			}
			r.note(name, strings.TrimSpace(l.source(at[2*i], at[2*i+1])))
		}
		if r.about.Subject == "" {
			r.about.Subject = e.subject
		}
		return strings.TrimSpace(l.src[:l.off[end]]), l.src[l.off[end]:], true
	}
	return "", "", false
}

// note keeps what an envelope said. The outermost that says it leads.
func (r *reading) note(name, value string) {
	first := func(field *string) {
		if *field == "" {
			*field = value
		}
	}
	switch name {
	case "at":
		// Okta writes month before day (okta reference 7).
		value = strings.ToUpper(strings.ReplaceAll(value, " ", ""))
		if t, err := time.Parse("01-02-200603:04:05PM", value); err == nil && r.about.At.IsZero() {
			r.about.At = t
		}
	case "code":
		r.codes = append(r.codes, value)
	case "group":
		first(&r.about.GroupName)
	case "user":
		first(&r.about.UserName)
	case "operation":
		first(&r.about.Operation)
		if r.about.Subject == "" {
			r.about.Subject = subjectOf(value)
		}
	}
}

// subjectOf tells from a call's name what it is about. A call that only
// mentions users in passing (IsMemberInGroups) is about groups.
func subjectOf(operation string) Subject {
	switch operation = strings.ToLower(operation); {
	case strings.Contains(operation, "group"):
		return SubjectGroup
	case strings.Contains(operation, "user"):
		return SubjectUser
	}
	return ""
}

var (
	rememberedGroup = re(`error while trying to get the group (?P<group>.+?) with the externalid ['"]?(?P<id>[0-9a-f-]{36,47})`)
	rememberedUser  = re(`no user returned for user ['"]?([0-9a-f-]{8,47})`)
)

// remember keeps the AWS ids that Okta's messages give away.
func (r *reading) remember() {
	for _, l := range r.layers {
		if m := rememberedGroup.FindStringSubmatchIndex(l.text); m != nil && r.about.RememberedGroupID == "" {
			r.note("group", strings.TrimSpace(l.source(m[2], m[3])))
			r.about.RememberedGroupID = l.source(m[4], m[5])
			r.about.Subject = SubjectGroup
		}
		if m := rememberedUser.FindStringSubmatchIndex(l.text); m != nil && r.about.RememberedUserID == "" {
			r.about.RememberedUserID = l.source(m[2], m[3])
			if r.about.Subject == "" {
				r.about.Subject = SubjectUser
			}
		}
	}
}
