package report

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// Sample is one event read field by field, so that a reader can check how the
// rest was read.
type Sample struct {
	Event EventRow `json:"event"`
	Why   string   `json:"why"` // this one
	Marks []Mark   `json:"indicators"`

	event *casefile.Event
}

// Mark is one field of a record and what it tells.
type Mark struct {
	Field string `json:"field"`
	Value string `json:"value"`
	Tells string `json:"tells"`
}

// sample picks the first event that the finding rests on; else the last
// membership change; else the last write.
func (q *inquest) sample() *Sample {
	ev, why := q.sampleEvent()
	if ev == nil {
		return nil
	}
	s := &Sample{Event: q.line(ev), Why: why, Marks: []Mark{}, event: ev}
	mark := func(field, value, tells string) {
		if value != "" {
			s.Marks = append(s.Marks, Mark{field, value, tells})
		}
	}
	mark("eventSource", ev.Source, sourceTells(ev))
	mark("eventName", ev.Name, "to "+whatWords(ev))
	if !ev.Time.IsZero() {
		mark("eventTime", moment(ev.Time), "when CloudTrail logged it, to the second")
	}
	mark("userIdentity.type", ev.Identity.Type, typeTells(ev.Identity.Type))
	mark("userIdentity.arn", ev.Identity.ARN, "role and session of the caller")
	mark("userIdentity.accessKeyId", ev.Identity.AccessKey, keyTells(ev))
	mark("userIdentity.invokedBy", ev.Identity.InvokedBy, "an AWS service called on somebody's behalf")
	mark("userIdentity.onBehalfOf", ev.Identity.OnBehalfOf, "the Identity Center user behind the session")
	if ev.FromConsole {
		mark("sessionCredentialFromConsole", "true", "the credentials came from a console session")
	}
	mark("userAgent", ev.UserAgent, "a claim of the client, not a proof")
	mark("sourceIPAddress", ev.SourceIP, "where the call came from")
	group, user := Subject(ev, q.l)
	mark("group", entityWords(entityDoc(group)), "the group that it is about")
	mark("user", entityWords(entityDoc(user)), "the user that it is about")
	mark("membershipId", ev.Subject.Membership, "the membership that it is about")
	for i, op := range ev.Subject.Operations {
		if i == 5 {
			mark("operations", fmt.Sprintf("%d more", len(ev.Subject.Operations)-i), "")
			break
		}
		mark("operation", strings.TrimSpace(op.Op+" "+op.Path), "what SCIM was asked to change; the value is masked")
	}
	if ev.Failed() {
		mark("errorCode", ev.ErrorCode, "it was refused: nothing changed")
		meaning := "the service's own words"
		if e := s.Event.Error; e != nil && e.Meaning != "" {
			meaning = e.Meaning
		}
		mark("errorMessage", ev.ErrorMessage, meaning)
	}
	mark("recipientAccountId", ev.Account, "the account that it was logged in")
	mark("awsRegion", ev.Region, "the Region that it was logged in")
	mark("judged caller", ev.Actor.Label(), ev.Actor.Kind+": "+ev.Actor.Basis)
	for _, p := range ev.Problems {
		mark(p.Field, p.Reason, "could not be read")
	}
	return s
}

func (q *inquest) sampleEvent() (*casefile.Event, string) {
	if q.a != nil {
		for _, r := range q.a.Lead().Because {
			for _, key := range r.Events {
				for i := range q.c.Events {
					if q.c.Events[i].Key == key {
						return &q.c.Events[i], "the first event that the finding rests on"
					}
				}
			}
		}
	}
	for i := len(q.writes) - 1; i >= 0; i-- {
		if changesMembers(q.writes[i]) {
			return q.writes[i], "the last membership change in the evidence"
		}
	}
	if n := len(q.writes); n > 0 {
		return q.writes[n-1], "the last write in the evidence"
	}
	return nil, ""
}

func sourceTells(ev *casefile.Event) string {
	switch ev.Source {
	case awsid.SourceSCIM:
		return "it came over SCIM"
	case awsid.SourceAPI:
		if actor.Via(&ev.Record) == "console" {
			return "the Identity Store API, called by the console"
		}
		return "it came over the Identity Store API, not over SCIM"
	case awsid.SourceConsole:
		return "the private API of the console"
	}
	return "which service logged it"
}

// typeTells reads userIdentity.type (cloudtrail reference 1.4).
func typeTells(kind string) string {
	switch kind {
	case "AssumedRole":
		return "a session of a role: a person's or a program's"
	case "IAMUser":
		return "a user of IAM with keys of its own"
	case "Root":
		return "the root user of the account"
	case "AWSService":
		return "an AWS service on its own account"
	case "WebIdentityUser":
		return "a client with a bearer token, as SCIM clients are"
	case "IdentityCenterUser":
		return "a person signed in through Identity Center"
	}
	return "what kind of caller AWS says it was"
}

func keyTells(ev *casefile.Event) string {
	if ev.Source == awsid.SourceSCIM {
		return "stands for the SCIM token that was used"
	}
	return "the key that signed the call"
}

// entityWords writes a name with its id.
func entityWords(e entityDoc) string {
	switch {
	case e.Name == "" || e.Name == e.ID:
		return e.ID
	case e.ID == "":
		return e.Name
	}
	return e.Name + " (" + e.ID + ")"
}

// text is the record as indented JSON, or as it stood when it can't be.
func (s *Sample) text() string {
	const most = 16 << 10
	raw := s.event.Raw
	if len(raw) > most {
		return fmt.Sprintf("The record has %d bytes; it stands whole in evidence/sample-event.json.", len(raw))
	}
	var indented strings.Builder
	if out, err := json.MarshalIndent(json.RawMessage(raw), "", "  "); err == nil {
		indented.Write(out)
		return indented.String()
	}
	return string(raw)
}
