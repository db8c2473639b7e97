// Package cloudtrail reads CloudTrail records: their fields, whatever the
// version and whoever exported them, and what each says about the users, groups
// and memberships of IAM Identity Center.
//
// It reads one record at a time and forgives what is blanked, masked or of the
// wrong JSON type: such a field is left empty and named in Problems. It keeps
// no state, finds no files and judges no cause.
package cloudtrail

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// Record is one CloudTrail record: the fields that an investigation needs, and
// the bytes they came from.
type Record struct {
	Raw json.RawMessage // as it stood in the evidence, byte for byte

	Version      Version
	ID           string    // eventID; "" when absent or blanked
	SharedID     string    // sharedEventID: one action delivered to several accounts
	Time         time.Time // eventTime, UTC, whole seconds; zero when blanked
	Source       string    // eventSource, e.g. identitystore-scim.amazonaws.com
	Name         string    // eventName, e.g. PatchGroup
	Region       string
	Account      string // recipientAccountId, else the caller's account
	Type         string // eventType
	RequestID    string
	ReadOnly     bool // as stated, else judged from the name
	ErrorCode    string
	ErrorMessage string
	SourceIP     string // an address, a service's name or "AWS Internal"
	UserAgent    string // without the brackets that some services put round it
	Identity     Identity
	FromConsole  bool   // sessionCredentialFromConsole
	Host         string // tlsDetails.clientProvidedHostHeader
	Addendum     Addendum

	Subject Subject
	Effect  Effect

	Problems []Problem // fields that could not be read
}

// Addendum says that CloudTrail delivered this record late or again
// (cloudtrail reference 1.6).
type Addendum struct {
	Reason          string // DELIVERY_DELAY, UPDATED_DATA or SERVICE_OUTAGE
	OriginalEventID string // the record that an UPDATED_DATA record replaces
}

// Problem names a field that could not be read and why.
type Problem struct {
	Field  string // e.g. "eventTime"
	Reason string // e.g. `is blanked ("xxxx")`
}

// Failed reports whether the call was refused or failed: it changed nothing,
// but it was tried.
func (r *Record) Failed() bool { return r.ErrorCode != "" || r.ErrorMessage != "" }

// Decode reads one record from its JSON text, which it keeps in Raw without a
// copy. It fails only when data is not a JSON object or has neither a source
// nor a name of an event; everything else that is amiss becomes a Problem.
func Decode(data []byte) (Record, error) {
	d := documents.Get().(*document)
	defer d.giveBack()
	if err := d.parse(data); err != nil {
		return Record{}, fmt.Errorf("reading a record: %w", err)
	}
	root, ok := node{d, 0}.object()
	if !ok {
		return Record{}, fmt.Errorf("reading a record: it is %s, not an object", node{d, 0}.kind())
	}
	if !root.get(kEventSource).found() && !root.get(kEventName).found() {
		return Record{}, fmt.Errorf("reading a record: it has neither eventSource nor eventName, so it is no CloudTrail record")
	}
	var p problems
	var err error
	r := Record{
		Raw:          data,
		ID:           p.id(root, kEventID),
		SharedID:     p.id(root, kSharedEventID),
		Source:       strings.ToLower(p.text(root, "", kEventSource)),
		Name:         p.text(root, "", kEventName),
		Region:       p.text(root, "", kAwsRegion),
		Type:         p.text(root, "", kEventType),
		RequestID:    p.once(root, kRequestID),
		ErrorCode:    p.text(root, "", kErrorCode),
		ErrorMessage: p.text(root, "", kErrorMessage),
		SourceIP:     p.text(root, "", kSourceIPAddress),
		UserAgent:    unbracketed(p.text(root, "", kUserAgent)),
		Identity:     readIdentity(root.get(kUserIdentity), &p),
	}
	if s := p.text(root, "", kEventVersion); s != "" {
		if r.Version, err = ParseVersion(s); err != nil {
			p.add("eventVersion", fmt.Sprintf("is not major.minor (%.40q)", s))
		} else if !r.Version.Known() {
			p.add("eventVersion", fmt.Sprintf("is %d.%d; only the fields that kept their 1.x names were read", r.Version.Major, r.Version.Minor))
		}
	}
	if s := p.once(root, kEventTime); s != "" {
		if r.Time, err = ParseTime(s); err != nil {
			p.add("eventTime", fmt.Sprintf("is not a time (%.40q)", s))
		}
	} else if !root.get(kEventTime).found() {
		p.add("eventTime", "is absent")
	}
	r.Account = accountID(p.text(root, "", kRecipientAccountID))
	if r.Account == "" {
		r.Account = r.Identity.Account
	}
	r.FromConsole, _ = root.get(kFromConsole).truth()
	r.Host, _ = root.get(kTLSDetails, kClientHost).text()
	r.Addendum.Reason, _ = root.get(kAddendum, kReason).text()
	r.Addendum.OriginalEventID, _ = root.get(kAddendum, kOriginalEventID).text()

	var stated bool
	if r.ReadOnly, stated = root.get(kReadOnly).truth(); !stated {
		r.ReadOnly = readName(r.Name)
	}
	r.Subject = readSubject(&r, root, &p)
	r.Effect = effectOf(&r)
	r.Problems = p.list
	return r, nil
}

// problems gathers what could not be read while a record is read.
type problems struct {
	list []Problem
}

func (p *problems) add(field, reason string) {
	p.list = append(p.list, Problem{Field: field, Reason: reason})
}

// text reads a scalar; a blanked or unreadable one is "" and noted. Masked
// values are CloudTrail's own doing and are not noted.
func (p *problems) text(n node, parent string, name key) string {
	v := n.get(name)
	s, ok := v.text()
	return p.mend(v, s, ok, parent, name)
}

// once is text for a value that no other record has.
func (p *problems) once(n node, name key) string {
	v := n.get(name)
	b, ok := v.scalar()
	return p.mend(v, string(b), ok, "", name)
}

// mend returns s, the text of v, if it can be used, and notes if not.
func (p *problems) mend(v node, s string, ok bool, parent string, name key) string {
	if v.kind() == isNull {
		return ""
	}
	field := func() string {
		if parent != "" {
			return parent + "." + name.String()
		}
		return name.String()
	}
	switch {
	case !ok:
		p.add(field(), "is "+v.kind().String()+", not a string")
		return ""
	case s == "" || s == awsid.Masked:
		return ""
	case awsid.Blanked(s):
		p.add(field(), fmt.Sprintf("is blanked (%.40q)", s))
		return ""
	}
	if len(s) > maxText {
		p.add(field(), fmt.Sprintf("is %d bytes long; only its beginning is kept", len(s)))
		s = strings.ToValidUTF8(strings.Clone(s[:maxText]), "")
	}
	return s
}

// maxText bounds one field. CloudTrail cuts user agents and messages at 1 KB
// (cloudtrail reference 1.3); what is longer was not written by it.
const maxText = 32 << 10

func (p *problems) id(n node, name key) string { return strings.TrimSpace(p.once(n, name)) }

// unbracketed takes off the brackets that some services put round a user agent.
func unbracketed(s string) string {
	if len(s) > 1 && s[0] == '[' && s[len(s)-1] == ']' && !strings.Contains(s[1:], "[") {
		return s[1 : len(s)-1]
	}
	return s
}

// readName judges by its name whether a call only reads; it is used when the
// record does not say.
func readName(name string) bool {
	for _, prefix := range []string{"Get", "List", "Describe", "Search", "IsMember", "Lookup", "BatchGet", "ServiceProviderConfig"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
