// Package awsid knows the identifiers of IAM Identity Center: users, groups,
// memberships, identity stores, as bare ids, legacy ids and ARNs.
//
// It compares and recognises; it does not know what the ids stand for.
package awsid

import (
	"regexp"
	"strings"
)

// Masked is what CloudTrail writes in place of a value that it hides
// (cloudtrail reference 2.10).
const Masked = "HIDDEN_DUE_TO_SECURITY_REASONS"

// The event sources that record identity changes (cloudtrail reference 2.1).
const (
	SourceSCIM         = "identitystore-scim.amazonaws.com"
	SourceAPI          = "identitystore.amazonaws.com"
	SourceConsole      = "sso-directory.amazonaws.com"
	SourceAssignments  = "sso.amazonaws.com"
	SourceIdentitySync = "identity-sync.amazonaws.com"
)

// A resource id is a UUID, or in its legacy form ten digits of the identity
// store, a hyphen and a UUID (Identity Store API model, ResourceId: cloudtrail
// reference 6.4).
const (
	uuidLen   = 36
	legacyLen = 47
)

var inText = regexp.MustCompile(`(?:\b[0-9A-Fa-f]{10}-)?\b[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\b`)

// Bare returns the id inside an Identity Store ARN
// (arn:aws:identitystore:::group/ID, arn:aws:identitystore::ACCOUNT:identitystore/d-...),
// in lower case as AWS compares it; any other string is returned trimmed and,
// if it is a resource id, in lower case. ARNs are accepted as ids since
// 29 September 2026 (cloudtrail reference 2.3).
func Bare(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := cutARN(s); ok {
		if i := strings.LastIndexByte(rest, '/'); i >= 0 && i+1 < len(rest) {
			s = rest[i+1:]
		}
	}
	if IsResource(s) || len(s) == 12 && strings.HasPrefix(s, "D-") {
		return strings.ToLower(s)
	}
	return s
}

func cutARN(s string) (string, bool) {
	if !strings.HasPrefix(s, "arn:") {
		return "", false
	}
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[2] != "identitystore" {
		return "", false
	}
	return parts[5], true
}

// IsResource reports whether s has the form of a user, group or membership id:
// a UUID, or the legacy form of 47 characters in which ten digits of the
// identity store's id come before it.
func IsResource(s string) bool {
	if len(s) == legacyLen {
		if s[10] != '-' || !only(s[:10], isHex) {
			return false
		}
		s = s[11:]
	}
	return len(s) == uuidLen && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' &&
		only(s[:8], isHex) && only(s[9:13], isHex) && only(s[14:18], isHex) && only(s[19:23], isHex) && only(s[24:], isHex)
}

func only(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

// IsStore reports whether s has the form of an identity store id, d-1234567890.
func IsStore(s string) bool {
	return len(s) == 12 && s[:2] == "d-" && only(s[2:], func(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' })
}

// IsAccount reports whether s is a 12-digit AWS account id.
func IsAccount(s string) bool { return len(s) == 12 && only(s, isDigit) }

// StoreOf returns the identity store that a legacy id belongs to, since its
// first ten digits are the store's (identity-center-scim reference 4), or "".
func StoreOf(id string) string {
	if len(id) == legacyLen && IsResource(id) {
		return "d-" + strings.ToLower(id[:10])
	}
	return ""
}

// StoreAccount returns the account of an identity store's ARN, or "".
func StoreAccount(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" && parts[2] == "identitystore" && IsAccount(parts[4]) {
		return parts[4]
	}
	return ""
}

// Resources returns the resource ids that stand inside free text, such as a
// SCIM path members[value eq "ID"], in lower case and in order, without repeats.
func Resources(text string) []string {
	if len(text) < uuidLen {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	for _, id := range inText.FindAllString(text, -1) {
		id = strings.ToLower(id)
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// Blanked reports whether a value says nothing: empty, masked by CloudTrail, or
// overwritten by whoever passed the log on ("xxxx", "xx.xxx.xxx.xxx", "****").
// AWS's own published samples are blanked like that.
func Blanked(s string) bool {
	if s == "" {
		return true
	}
	// Nearly every value begins with a letter or digit that says something; the H
	// is that of Masked.
	if c := s[0]; isDigit(c) || ('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') && c != 'x' && c != 'X' && c != 'H' {
		return false
	}
	s = strings.TrimSpace(s)
	return s == Masked || strings.Trim(s, "xX*.-_?#…<>[] ") == ""
}
