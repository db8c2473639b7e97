// Package live is what every live source of evidence shares: the question that
// it is asked, what it says that it would do (Plan), how it reports its progress,
// where it remembers how far it came (Journal), how it waits (Pacer, Backoff),
// and how it tells a person what went wrong (Problem).
//
// It speaks to no service; the packages below source do. Only cli chooses among
// them.
package live

import (
	"context"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Source is a place that evidence is fetched from.
type Source interface {
	// Collect fetches what the source was asked for and gives it to the sink,
	// with the ground that it covered. When it returns an error, what was fetched
	// until then has been given to the sink and no more ground is claimed than
	// was walked. The error is a *Problem, or that of ctx.
	Collect(ctx context.Context, sink casefile.Sink) error
	// Plan says what Collect would do. It may ask the service cheap questions
	// (how many objects, how many bytes) and changes nothing.
	Plan(ctx context.Context) (Plan, error)
}

// Query is what a source is asked for.
type Query struct {
	// Span is when the events happened. A zero From is as far back as the source
	// reaches; a zero To is now.
	Span span.Span
	// Place narrows to an account and a Region; empty fields do not narrow.
	Place casefile.Place
	// User and Group narrow to one person and one group, by name or id: then a
	// source fetches only what bears on them, in as few calls as it can (trace).
	User, Group string
	// AlsoUsers, when not nil, returns ids of the source by which other evidence
	// knows User; they may be somebody else's. It is asked once the source begins.
	AlsoUsers func() []string
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Journal remembers how far the source came; nil forgets.
	Journal Journal
	// Progress, when not nil, is kept up to date.
	Progress *Progress
}

// Clock returns the time by the query's clock, in UTC.
func (q Query) Clock() time.Time {
	if q.Now != nil {
		return q.Now().UTC()
	}
	return time.Now().UTC()
}

// Until returns the end of what is asked for: Span.To, or now when that is zero
// or lies ahead.
func (q Query) Until() time.Time {
	now := q.Clock()
	if q.Span.To.IsZero() || q.Span.To.After(now) {
		return now
	}
	return q.Span.To
}

// Journal remembers how far a source came, so that an interrupted collection is
// resumed. What was given to the sink before Save is kept no later than what is
// saved: an archive writes both in one transaction.
type Journal interface {
	// Load returns what was saved under key, and nil when nothing was.
	Load(ctx context.Context, key string) ([]byte, error)
	Save(ctx context.Context, key string, value []byte) error
}

// Plan is what a source says that it would do, for `collect --plan`.
type Plan struct {
	Source      string        `json:"source"` // as in --from
	What        []string      `json:"what"`   // sentences: what is fetched, from where, for which span
	Calls       int           `json:"calls,omitempty"`
	Bytes       int64         `json:"bytes,omitempty"` // to be downloaded or scanned
	Duration    time.Duration `json:"-"`
	CostUSD     float64       `json:"costUSD"`         // 0: costs nothing, or is not known; Notes say which
	Permissions []Permission  `json:"permissions"`     // the least that it needs
	Notes       []string      `json:"notes,omitempty"` // what the estimate rests on, what the source can't show
}

// Permission is something that the caller must be allowed to do.
type Permission struct {
	// Action is an IAM action (cloudtrail:LookupEvents), a scope of an OAuth API
	// (okta.groups.read, Group.Read.All) or a grant on a table.
	Action   string `json:"action"`
	Resource string `json:"resource,omitempty"` // an ARN, "*", or what else it is needed on
	Why      string `json:"why"`
	// IAM says that Action belongs into an IAM policy.
	IAM bool `json:"iam"`
}
