package cloudtrail

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// Draft is a call that is about to be logged: what was called (an Action), by
// whom, when, and how it ended. Record.Raw is the reading side of the same.
//
// A Draft holds no clock and draws no random numbers: the caller gives ids and
// time, so that the same draft always gives the same bytes.
type Draft struct {
	Time      time.Time // of completion; logged in UTC, whole seconds
	ID        string    // eventID
	RequestID string
	SharedID  string // sharedEventID, when one action is logged in several accounts
	Account   string // recipientAccountId
	Region    string
	Action    Action
	Caller    Caller
	SourceIP  string
	UserAgent string
	Failure   Failure  // zero on success
	Addendum  Addendum // zero unless CloudTrail delivers late or again
	// FromConsole logs sessionCredentialFromConsole, which is only ever "true".
	FromConsole bool
}

// Failure is how a call failed: the exception's name and its message.
type Failure struct {
	Code, Message string
}

// Action is what was called. The functions API..., Console..., SCIM... and
// SSO... make them; OtherAction makes those of any other service.
type Action struct {
	Source, Name string
	ReadOnly     bool
	// Request and Response become requestParameters and responseElements; nil
	// is null. A failed call has no response, whatever stands here.
	Request, Response Object
	// Host is tlsDetails.clientProvidedHostHeader; REGION in it is replaced.
	// Empty leaves the TLS details out, as for calls that AWS itself makes.
	Host string
	// Version is the eventVersion, "1.11" when empty.
	Version string

	created string // kind of resource that a SCIM call makes, for its meta
}

// OtherAction is a call of any service, with the given request parameters.
func OtherAction(source, name string, readOnly bool, request Object) Action {
	host := strings.TrimSuffix(source, ".amazonaws.com") + ".REGION.amazonaws.com"
	return Action{Source: source, Name: name, ReadOnly: readOnly, Request: request, Host: host}
}

// The most that CloudTrail keeps of a user agent, an error code and an error
// message, in bytes (cloudtrail reference 1.3).
const longest = 1024

// Record returns the record as CloudTrail logs it: one line of JSON with the
// keys in the order of AWS's published samples (cloudtrail reference 2.3, 2.5).
func (d Draft) Record() []byte {
	a := d.Action
	failed := d.Failure != Failure{}
	version := a.Version
	if version == "" {
		version = "1.11"
	}
	record := Object{
		{"eventVersion", version},
		{"userIdentity", d.Caller.identity(a.Source, d.Region, failed)},
		{"eventTime", d.Time.UTC().Format("2006-01-02T15:04:05Z")},
		{"eventSource", a.Source},
		{"eventName", a.Name},
		{"awsRegion", d.Region},
		{"sourceIPAddress", d.SourceIP},
		{"userAgent", cut(d.UserAgent)},
	}
	if failed {
		record = append(record, Member{"errorCode", cut(d.Failure.Code)}, Member{"errorMessage", cut(d.Failure.Message)})
	}
	request, response := a.Request, a.Response
	if a.Source == awsid.SourceSCIM {
		request, response = a.finish(d.Time, failed)
	}
	if failed || a.ReadOnly {
		response = nil
	}
	record = append(record, Member{"requestParameters", request}, Member{"responseElements", response})
	record = append(record, Member{"requestID", d.RequestID}, Member{"eventID", d.ID}, Member{"readOnly", a.ReadOnly},
		Member{"eventType", "AwsApiCall"}, Member{"managementEvent", true}, Member{"recipientAccountId", d.Account})
	if d.SharedID != "" {
		record = append(record, Member{"sharedEventID", d.SharedID})
	}
	if d.Addendum != (Addendum{}) {
		addendum := Object{{"reason", d.Addendum.Reason}}
		if d.Addendum.OriginalEventID != "" {
			addendum = append(addendum, Member{"originalEventID", d.Addendum.OriginalEventID})
		}
		record = append(record, Member{"addendum", addendum})
	}
	record = append(record, Member{"eventCategory", "Management"})
	if a.Host != "" && d.Caller.InvokedBy == "" && d.SourceIP != "AWS Internal" {
		tls := Object{{"clientProvidedHostHeader", strings.ReplaceAll(a.Host, "REGION", d.Region)}}
		if a.Source != awsid.SourceSCIM {
			// The SCIM samples have nothing but the host (cloudtrail reference 1.6).
			tls = append(Object{{"tlsVersion", "TLSv1.3"}, {"cipherSuite", "TLS_AES_128_GCM_SHA256"}}, tls...)
		}
		record = append(record, Member{"tlsDetails", tls})
	}
	if d.FromConsole {
		record = append(record, Member{"sessionCredentialFromConsole", "true"})
	}
	return record.Append(nil)
}

// cut shortens a value to what CloudTrail keeps, never inside a character.
func cut(s string) string {
	if len(s) <= longest {
		return s
	}
	end := longest
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// javaTime is the form in which SCIM records print the times of a resource:
// "Oct 10, 2024, 1:23:45 PM" (identity-center-scim reference 14).
func javaTime(t time.Time) string { return t.UTC().Format("Jan 2, 2006, 3:04:05 PM") }
