package s3

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/intake"
)

// settled is how old a delivery must be for the journal to pass it: younger files
// may still appear before it in the order of keys.
const settled = time.Hour

// Files may also appear much later, since CloudTrail tries again when it could not
// deliver. They are looked for in the days before the one that was come to, by the
// time that S3 wrote them.
const (
	lookBack = 2 // days
	// skew is how far this machine's clock may be from S3's, which refuses more
	// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
	// RequestTimeTooSkewed).
	skew = 15 * time.Minute
)

// progress is what the journal keeps of an area: everything from the time From up
// to the key Done was read that was there at the time At, and covers Ground.
type progress struct {
	From   time.Time       `json:"from,omitzero"`
	Done   string          `json:"done"`
	At     time.Time       `json:"at,omitzero"`
	Ground []intake.Ground `json:"ground,omitempty"`
}

func (s *Source) journalKey(a *area) string { return "s3 " + s.b.path(a.within) }

// resumes reports whether the journal is used at all.
func (s *Source) resumes(a *area) bool { return s.o.Query.Journal != nil && !s.o.Verify && !a.flat }

// resume sets how far the areas were read before, and returns what that covers.
func (s *Source) resume(ctx context.Context, areas []area) ([]intake.Ground, error) {
	var ground []intake.Ground
	for i := range areas {
		a := &areas[i]
		if !s.resumes(a) {
			continue
		}
		value, err := s.o.Query.Journal.Load(ctx, s.journalKey(a))
		if err != nil {
			return nil, fmt.Errorf("reading how far %s came: %w", s.b.path(a.within), err)
		}
		var p progress
		// What can't be read was written by another version: all is read anew.
		if len(value) == 0 || json.Unmarshal(value, &p) != nil || p.From.After(s.o.Query.Span.From) {
			continue
		}
		a.done = p.Done
		if !p.At.IsZero() {
			a.since = p.At.Add(-skew)
		}
		ground = append(ground, p.Ground...)
	}
	return ground, nil
}

// passed reports whether an object was there when all up to it was read.
func (a *area) passed(o object) bool { return o.key <= a.done && o.modified.Before(a.since) }

// begins is the key after which an area is listed: where it was come to, or so many
// days before that.
func (a *area) begins() string {
	_, delivered, ok := intake.NameOf(a.done)
	if !ok || a.since.IsZero() {
		return a.done
	}
	return a.base + delivered.AddDate(0, 0, -lookBack).Format(dayForm)
}

// save notes how far an area was read by a run that began at that time.
func (s *Source) save(ctx context.Context, a *area, done string, at time.Time, ground []intake.Ground) error {
	p := progress{From: s.o.Query.Span.From, Done: done, At: at}
	for _, g := range ground {
		if g.Place == a.place {
			p.Ground = append(p.Ground, g)
		}
	}
	value, err := json.Marshal(p)
	if err == nil {
		err = s.o.Query.Journal.Save(ctx, s.journalKey(a), value)
	}
	if err != nil {
		return fmt.Errorf("noting how far %s came: %w", s.b.path(a.within), err)
	}
	return nil
}

// isSettled reports whether nothing is expected to appear before an object.
func (s *Source) isSettled(o object) bool {
	_, delivered, ok := intake.NameOf(o.key)
	if !ok {
		delivered = o.modified
	}
	return delivered.Before(s.o.Query.Clock().Add(-settled))
}
