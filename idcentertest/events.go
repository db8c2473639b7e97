package idcentertest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// Event sources: the three ways in which users, groups and memberships change.
const (
	SourceSCIM    = awsid.SourceSCIM    // an identity provider over SCIM
	SourceAPI     = awsid.SourceAPI     // the Identity Store API
	SourceConsole = awsid.SourceConsole // the console
)

// Event is one CloudTrail record: what a test asks of it most, and all of it. A field
// is empty where the record does not say it; a SCIM PATCH of a group names its group
// and not the users.
type Event struct {
	ID     string
	Time   time.Time // UTC, whole seconds, as CloudTrail has it
	Source string    // eventSource, such as SourceSCIM
	Name   string    // eventName, e.g. PatchGroup, CreateGroupMembership
	// ReadOnly tells look-ups from changes.
	ReadOnly bool

	Group, User, Membership string // ids

	Error, ErrorMessage string // errorCode and errorMessage; empty when it succeeded

	AccessKeyID string // who called: the id of a SCIM token, or the key that signed
	UserAgent   string
	RequestID   string // the x-amzn-RequestId of the answer

	JSON json.RawMessage // the whole record
}

// Events returns everything recorded so far, oldest first.
func (s *Server) Events() []Event {
	s.t.Helper()
	log, err := s.e.Log(context.Background())
	if err != nil {
		s.t.Fatalf("reading the events: %v", err)
	}
	out := make([]Event, 0, log.Len())
	for _, kept := range log.From(0) {
		r, err := cloudtrail.Decode(kept.Record)
		if err != nil {
			s.t.Fatalf("reading event %s: %v", kept.ID, err)
		}
		out = append(out, Event{
			ID: r.ID, Time: r.Time, Source: r.Source, Name: r.Name, ReadOnly: r.ReadOnly,
			Group: r.Subject.Group, User: r.Subject.User, Membership: r.Subject.Membership,
			Error: r.ErrorCode, ErrorMessage: r.ErrorMessage,
			AccessKeyID: r.Identity.AccessKey, UserAgent: r.UserAgent, RequestID: r.RequestID, JSON: json.RawMessage(kept.Record),
		})
	}
	return out
}
