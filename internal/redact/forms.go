package redact

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// The forms by which ids, addresses and e-mail addresses are recognised inside
// any text. RE2 has no look-around, so what may touch a match is checked in
// standsAlone.
const (
	formARN = iota + 1
	formMail
	formRole
	formUUID
	formStore
	formKey
	formPrefixed
	formOrganisation
	formSID
	formIPv4
	formIPv6
	formAccount
	formOkta
	formHex
	formLogFile
	formURL
	formCount
)

const uuidForm = `[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}`

var forms = [formCount]string{
	// Any ARN. Session names may hold , = @ and more (STS API, RoleSessionName).
	formARN: `arn:aws[a-z-]*:[A-Za-z0-9-]*:[A-Za-z0-9-]*:[^:\s"'/]*:[^\s"'<>\\(){}\[\]]+`,
	// A last label of letters: "authentik@2025.6.2" is a client, not an address.
	// This is what stands behind the @.
	formMail: `[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`,
	formRole: `AWSReservedSSO_[A-Za-z0-9+=,.@_-]*_[0-9a-f]{16}`,
	// A UUID, a legacy id (ten digits of the store before it) or a tenant
	// (eleven characters before it: cloudtrail reference 2.5).
	formUUID:  `(?:[0-9A-Za-z]{8,12}-)?` + uuidForm,
	formStore: `[dD]-[0-9A-Fa-f]{10}`,
	// Access keys and unique ids of IAM (IAM User Guide, "IAM identifiers").
	formKey: `A(?:BIA|CCA|GPA|IDA|IPA|KIA|NPA|NVA|PKA|ROA|SCA|SIA)[A-Z0-9]{12,124}`,
	// Instances, permission sets and applications of Identity Center, and the
	// resources of EC2 that stand in records.
	formPrefixed:     `(?:ssoins|ps|apl|tl|i|vpc|vpce|eni|subnet|sg|ami)-[0-9a-f]{8,17}`,
	formOrganisation: `o-[a-z0-9]{10,32}`,
	formSID:          `S-1-[0-9]+(?:-[0-9]+){1,14}`,
	formIPv4:         `[0-9]{1,3}(?:\.[0-9]{1,3}){3}`,
	formIPv6:         `[0-9A-Fa-f:.]{2,45}`, // see address6
	formAccount:      `[0-9]{12}`,
	// Ids of Okta: 20 characters, of which the first three name the type
	// (okta-sailpoint reference 3).
	formOkta: `(?:00[a-z]|0o[a-z]|0p[a-z]|gPm|rul|ofl)[0-9A-Za-z]{17}`,
	formHex:  `[0-9a-f]{32}(?:[0-9a-f]{8})?(?:[0-9a-f]{24})?`,
	// The end of a log file's name, unique to the delivery.
	formLogFile: `[0-9]{8}T[0-9]{4}Z_[0-9A-Za-z]{16}`,
	formURL:     `[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`, // as far as the host goes
}

// anchored are the forms as patterns for where one may begin.
var anchored = func() (out [formCount]*regexp.Regexp) {
	for f := 1; f < formCount; f++ {
		out[f] = regexp.MustCompile(`^(?:` + forms[f] + `)`)
	}
	return out
}()

// notInMail ends the part of an e-mail address before the @.
const notInMail = "\t\n\f\r \"'<>()[]{},;:/\\|=@"

// longestForm is far more than any form but ARNs and e-mail addresses needs, in
// bytes.
const longestForm = 256

var (
	bareUUID  = regexp.MustCompile(`^` + uuidForm + `$`)
	allHex    = regexp.MustCompile(`^[0-9a-f]{16,}$`)
	allDigits = regexp.MustCompile(`^[0-9]{2,18}$`)
	// As package actor tells an e-mail address from another name.
	mailForm    = regexp.MustCompile(`^[^@\s/:]{1,128}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+$`)
	serviceForm = regexp.MustCompile(`^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.amazonaws\.com(?:\.cn)?$`)
	bucketHost  = regexp.MustCompile(`^(.+)(\.s3[.-].*amazonaws\.com(?:\.cn)?)$`)
)

// formed returns the pseudonym of a text that is one of the forms from end to
// end, and false when it is none.
func (b *book) formed(k kind, s string) (string, bool) {
	form, start, end := formAt(s)
	if form == 0 || start != 0 || end != len(s) {
		return "", false
	}
	return b.ofForm(k, form, s), true
}

// ofForm notes a text of a form, or returns its pseudonym. k is what the place
// says that an id is.
func (b *book) ofForm(k kind, form int, s string) string {
	if k.space() != ids {
		k = otherID
	}
	switch form {
	case formARN:
		return b.arn(s)
	case formMail:
		return b.mail(s)
	case formRole:
		return b.role(s)
	case formUUID:
		return b.uuid(k, s)
	case formStore:
		return b.note(store, strings.ToLower(s))
	case formIPv4, formIPv6:
		return b.address(s)
	case formAccount:
		return b.note(account, s)
	case formKey:
		return b.note(credential, s)
	case formURL:
		at := strings.Index(s, "://") + len("://")
		if _, err := netip.ParseAddr(s[at:]); err == nil {
			return s[:at] + b.address(s[at:])
		}
		return s[:at] + b.host(s[at:])
	case formLogFile:
		at := len(s) - 16
		return s[:at] + b.note(otherID, s[at:])
	}
	return b.note(k, s)
}

// uuid keeps what stands before a UUID consistent: a legacy id begins with the
// digits of its store.
func (b *book) uuid(k kind, s string) string {
	at := len(s) - 36
	if at == 0 {
		return b.note(k, strings.ToLower(s))
	}
	if of := awsid.StoreOf(s); of != "" {
		of = b.note(store, of)
		return strings.TrimPrefix(of, "d-") + "-" + b.note(k, strings.ToLower(s[at:]))
	}
	return b.note(tenant, s)
}

// formOf makes the pseudonym of an id, account, address or host.
func (b *book) formOf(e *entry) string {
	s := e.original
	switch e.kind {
	case account:
		return b.number("account", format("%012d"))
	case address:
		if strings.Contains(s, ":") {
			return b.number("address6", format("2001:db8::%x"))
		}
		return b.number("address", documentation)
	case host:
		if before, ok := strings.CutSuffix(s, ".awsapps.com"); ok && before != "" {
			return b.number("host", format("host-%03d.awsapps.com"))
		}
		return b.number("host", format("host-%03d.example.com"))
	case bucket:
		return b.number("bucket", format("bucket-%03d"))
	case store:
		if awsid.IsStore(s) {
			return b.number("store", format("d-%010d"))
		}
	case tenant:
		return b.number("tenant", func(n int) string {
			return fmt.Sprintf("Redacted%03d-%s-0000-4000-8000-%012d", n, series(tenant), n)
		})
	case resource:
		return b.number("resource", format("resource-%03d"))
	}
	switch {
	case bareUUID.MatchString(s):
		k := e.kind
		return b.number("uuid "+k.String(), func(n int) string { return fmt.Sprintf("%s-0000-4000-8000-%012d", series(k), n) })
	case len(s) > 8 && strings.HasPrefix(s, "A") && strings.ToUpper(s) == s && (e.kind == credential || keyLike(s)):
		return b.number("key "+s[:4], func(n int) string { return fmt.Sprintf("%sREDACTED%08d", s[:4], n) })
	case strings.HasPrefix(s, "S-1-"):
		return b.number("sid", format("S-1-5-21-0-0-0-%d"))
	case allHex.MatchString(s) && !allDigits.MatchString(s):
		return b.number(fmt.Sprint("hex ", len(s)), func(n int) string { return fmt.Sprintf("%0*d", len(s), n) })
	case allDigits.MatchString(s):
		// It may have been a JSON number, which can't begin with a zero.
		return b.number(fmt.Sprint("digits ", len(s)), func(n int) string { return fmt.Sprintf("9%0*d", len(s)-1, n) })
	case len(s) == 20 && keyLike(s):
		return b.number("okta "+s[:3], func(n int) string { return fmt.Sprintf("%sREDACTED%09d", s[:3], n) })
	}
	if at := strings.IndexByte(s, '-'); at > 0 && keyLike(s) {
		digits := len(s) - at - 1
		return b.number("prefixed "+s[:at], func(n int) string { return fmt.Sprintf("%s-%0*d", s[:at], digits, n) })
	}
	return b.number("plain "+e.kind.String(), format(e.kind.String()+"-%04d"))
}

// keyLike reports whether s has one of the forms from end to end.
func keyLike(s string) bool {
	form, start, end := formAt(s)
	return form != 0 && start == 0 && end == len(s)
}

// series is the recognisable first part of the UUIDs of a kind.
func series(k kind) string {
	digits := map[kind]string{userID: "1", groupID: "2", membershipID: "3", eventID: "4", requestID: "5", tenant: "6", store: "7"}
	d := digits[k]
	if d == "" {
		d = "0"
	}
	return strings.Repeat(d, 8)
}

// documentation is the nth address of the three blocks for documentation
// (RFC 5737), then of the block for benchmarks (RFC 2544).
func documentation(n int) string {
	blocks := [...]string{"192.0.2.", "198.51.100.", "203.0.113."}
	if n <= 254*len(blocks) {
		return fmt.Sprintf("%s%d", blocks[(n-1)/254], (n-1)%254+1)
	}
	n -= 254 * len(blocks)
	return fmt.Sprintf("198.%d.%d.%d", 18+n>>16&1, n>>8&255, n&255)
}
