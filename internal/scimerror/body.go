package scimerror

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// bodyLabel stands in Explanation.Envelope for an opened JSON body.
const bodyLabel = "JSON"

// The fields of the bodies that people paste: SCIM errors (detail, status), the
// awsJson protocol (__type, message or Message, Reason), CloudTrail records
// (errorCode, errorMessage, eventName), Okta (errorCode, errorSummary,
// errorCauses), Entra (code, message, errorInformation, quarantine, error) and
// SailPoint (detailCode, messages, errors). Names are compared in lower case.
var (
	codeFields   = []string{"__type", "errorcode", "code", "detailcode", "error"}
	textFields   = []string{"errorsummary", "errormessage", "error_description", "additionaldetails", "message", "detail", "text", "reason"}
	nestedFields = []string{"provisioningstatusinfo", "errorinformation", "quarantine", "error", "errorcauses", "messages", "errors"}
)

// statusCode is the error name behind the status of a SCIM error body (scim
// reference 3).
var statusCode = map[string]string{
	"400": "ValidationException",
	"401": "UnauthorizedException",
	"403": "AccessDeniedException",
	"404": "ResourceNotFoundException",
	"409": "ConflictException",
	"429": "ThrottlingException",
	"500": "InternalServerException",
}

// openBody looks into a layer that is JSON, holds JSON or is the inside of a
// JSON string, and opens the texts that it finds. It reports whether the layer
// was one of these.
func (r *reading) openBody(l layer, src string) bool {
	outside := append(slices.Clip(l.envelope), bodyLabel)
	switch {
	case src[0] == '"':
		var s string
		if json.Unmarshal([]byte(src), &s) == nil {
			r.open(s, outside)
			return true
		}
	case strings.ContainsAny(src, "{["):
		if v, ok := embedded(src); ok {
			return r.openValue(v, outside, 0)
		}
	}
	if s, ok := cutBody(l); ok {
		r.open(s, outside)
		return true
	}
	// The inside of a JSON string, pasted without its quotes. The escapes that
	// the messages themselves hold (\p{L}) are no JSON escapes and stop this.
	if strings.Contains(src, `\`) && !strings.ContainsAny(src, "\n\r\t") {
		var s string
		if json.Unmarshal([]byte(`"`+src+`"`), &s) == nil && s != src {
			r.open(s, l.envelope)
			return true
		}
	}
	return false
}

// embedded decodes the JSON that a text is or ends in.
func embedded(src string) (any, bool) {
	from := strings.IndexAny(src, "{[")
	// A text may hold other brackets before the body; three tries are enough
	// for the forms that clients write and keep the work bounded.
	for range 3 {
		to := strings.LastIndexAny(src, "}]")
		if from < 0 || to < from {
			return nil, false
		}
		var v any
		if json.Unmarshal([]byte(src[from:to+1]), &v) == nil {
			if _, object := v.(map[string]any); object || from == 0 {
				return v, true
			}
		}
		next := strings.IndexAny(src[from+1:], "{[")
		if next < 0 {
			return nil, false
		}
		from += 1 + next
	}
	return nil, false
}

// openValue opens the texts of a decoded body, the more specific ones last. It
// reports whether there were any, or a code.
func (r *reading) openValue(v any, outside []string, depth int) bool {
	if depth > 4 {
		return false
	}
	switch v := v.(type) {
	case string:
		r.open(v, outside)
		return v != ""
	case []any:
		found := false
		for _, item := range v[:min(len(v), maxLayers)] {
			found = r.openValue(item, outside, depth+1) || found
		}
		return found
	case map[string]any:
		return r.openObject(v, outside, depth)
	}
	return false
}

func (r *reading) openObject(object map[string]any, outside []string, depth int) bool {
	// Of two names that differ in case only, the first in byte order leads.
	fields := make(map[string]any, len(object))
	for _, name := range sortedNames(object) {
		if _, taken := fields[strings.ToLower(name)]; !taken {
			fields[strings.ToLower(name)] = object[name]
		}
	}
	found := false
	if name := statusCode[scimStatus(fields)]; name != "" {
		r.codes = append(r.codes, name)
		found = true
	}
	for _, name := range codeFields {
		if s, ok := fields[name].(string); ok && isName(errorName(s)) {
			r.codes = append(r.codes, errorName(s))
			found = true
		}
	}
	if s, ok := fields["reason"].(string); ok && isName(s) {
		r.reasons = append(r.reasons, s)
		found = true
	}
	if s, ok := fields["resourcetype"].(string); ok && isName(s) {
		r.reasons = append(r.reasons, "ResourceType."+s)
	}
	if s, ok := fields["eventname"].(string); ok {
		r.note("operation", s)
	}
	for _, name := range textFields {
		if s, ok := fields[name].(string); ok {
			r.open(s, outside)
			found = true
		}
	}
	for _, name := range nestedFields {
		if _, text := fields[name].(string); !text {
			found = r.openValue(fields[name], outside, depth+1) || found
		}
	}
	return found
}

// scimStatus returns the status of a SCIM error body, "" for another body. AWS
// writes it as a string, some clients print it as a number.
func scimStatus(fields map[string]any) string {
	_, detail := fields["detail"]
	_, schemas := fields["schemas"]
	_, schema := fields["schema"] // AWS's own misspelling, alone before March 2022
	if !detail && !schemas && !schema {
		return ""
	}
	switch status := fields["status"].(type) {
	case string:
		return status
	case float64:
		return strconv.FormatFloat(status, 'f', -1, 64)
	}
	return ""
}

func sortedNames(object map[string]any) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

var cutField = re(`"(?:detail|message|errormessage|errorsummary)" ?: ?"`)

// cutBody finds the message in a JSON body that was cut, and so can't be
// decoded: from the field's opening quote to the closing one or the end.
func cutBody(l layer) (string, bool) {
	at := cutField.FindStringIndex(l.text)
	if at == nil {
		return "", false
	}
	rest := l.src[l.off[at[1]]:]
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return rest[:i], true
		}
	}
	return rest, true
}

// errorName strips what surrounds an error name on the wire: a namespace
// ("com.amazonaws.identitystore#ConflictException") and a trailing address
// ("ValidationException:http://internal...").
func errorName(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, '#'); i >= 0 {
		s = s[i+1:]
	}
	s, _, _ = strings.Cut(s, ":")
	return strings.TrimSpace(s)
}

// isName reports whether s looks like the name of an error and not like prose.
func isName(s string) bool {
	if s == "" || len(s) > 100 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c != '_' && c != '.' && c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
