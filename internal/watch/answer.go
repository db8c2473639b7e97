package watch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Explainer answers why for alerts, from the archive. The case is read for it and
// let go again: between alerts a watcher holds none.
type Explainer struct {
	Archive   *archive.Archive
	Catalogue *actor.Catalogue
	Now       func() time.Time
	// Most is how many events are read whole; of a larger archive only what
	// happened within Recent. 200,000 and 90 days when zero.
	Most   int64
	Recent time.Duration
	// Counted is given the ledger, since it is there; may be nil.
	Counted func(*ledger.Ledger)
}

// maxAnswers bounds how many alerts of one look are answered.
const maxAnswers = 20

// Explain fills in the answers of those alerts that are about a group or a user.
func (x *Explainer) Explain(ctx context.Context, alerts []*Alert) error {
	var asked []*Alert
	for _, a := range alerts {
		if a.GroupID != "" || a.UserID != "" {
			asked = append(asked, a)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	defer rest(x.Archive)
	return x.with(ctx, func(c *casefile.Case, l *ledger.Ledger, from time.Time) error {
		var failed error
		for _, a := range asked[:min(maxAnswers, len(asked))] {
			if err := x.answer(c, l, a, from); err != nil {
				failed = errors.Join(failed, err)
			}
		}
		return failed
	})
}

// Recount reads the case only to count memberships.
func (x *Explainer) Recount(ctx context.Context) error {
	defer rest(x.Archive)
	return x.with(ctx, func(*casefile.Case, *ledger.Ledger, time.Time) error { return nil })
}

func (x *Explainer) with(ctx context.Context, do func(*casefile.Case, *ledger.Ledger, time.Time) error) error {
	c, from, err := x.load(ctx)
	if err != nil {
		return fmt.Errorf("reading the archive for the answer of why: %w", err)
	}
	l := ledger.Build(c)
	if x.Counted != nil {
		x.Counted(l)
	}
	return do(c, l, from)
}

// load reads the case; from is when it begins if it was cut.
func (x *Explainer) load(ctx context.Context) (c *casefile.Case, from time.Time, err error) {
	most, recent := x.Most, x.Recent
	if most == 0 {
		most = 200_000
	}
	if recent == 0 {
		recent = 90 * 24 * time.Hour
	}
	last, err := x.Archive.LastSeq(ctx)
	if err != nil {
		return nil, from, err
	}
	b := casefile.NewBuilder(x.Catalogue)
	if last <= most {
		if err := x.Archive.Collect(ctx, b); err != nil {
			return nil, from, err
		}
		return b.Build(), from, nil
	}
	now := time.Now
	if x.Now != nil {
		now = x.Now
	}
	from = now().UTC().Add(-recent)
	if err := x.Archive.CollectChanges(ctx, &newer{b, from}, awsid.SourceSCIM); err != nil {
		return nil, from, err
	}
	c = b.Build().Within(casefile.Filter{Span: span.Span{From: from, To: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}})
	return c, from, nil
}

// newer is a sink for what happened since a moment.
type newer struct {
	casefile.Sink
	from time.Time
}

// Record lets older records go.
func (n *newer) Record(input int, raw []byte) error {
	rec, err := cloudtrail.Decode(raw)
	if err != nil || !rec.Time.IsZero() && rec.Time.Before(n.from) {
		return err
	}
	return n.Sink.Record(input, raw)
}

func (x *Explainer) answer(c *casefile.Case, l *ledger.Ledger, a *Alert, from time.Time) error {
	var why *diagnose.Answer
	var err error
	ask := ""
	if a.GroupID != "" {
		why, err = diagnose.Group(c, l, a.GroupID)
		ask = "scimtrail why group " + a.GroupID
	} else {
		why, err = diagnose.User(c, l, a.UserID, "")
		ask = "scimtrail why user " + a.UserID
	}
	if err != nil {
		return fmt.Errorf("answering why for %s: %w", a.Rule, err)
	}
	lead := why.Lead()
	out := &Answer{Status: string(why.Verdict.Status), Cause: why.Verdict.Cause, Summary: brief(why.Verdict.Summary, 1000)}
	if name := x.Archive.Name(); !strings.ContainsAny(name, " '\"$`\\;&|<>()") {
		out.Ask = ask + " --from " + name
	} else {
		out.Ask = ask
	}
	for _, r := range lead.Because[:min(3, len(lead.Because))] {
		out.Because = append(out.Because, brief(r.Text, 600))
	}
	if !from.IsZero() {
		out.Because = append(out.Because, "The answer is of what happened since "+from.Format(time.DateOnly)+", without reads: the archive is large.")
	}
	for _, f := range lead.Fix[:min(3, len(lead.Fix))] {
		out.Do = append(out.Do, Do{brief(f.Text, 600), brief(f.Command, 600), f.Who})
	}
	for _, n := range lead.Needs[:min(2, len(lead.Needs))] {
		out.Do = append(out.Do, Do{Text: brief(n.Text, 600), Command: brief(n.Command, 600)})
	}
	a.Answer = out
	if a.Group == a.GroupID && why.Question.Group != nil && why.Question.Group.Name != "" {
		a.Group = why.Question.Group.Name
	}
	return nil
}
