package lookup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/span"
)

const (
	pageSize = 50 // the most (cloudtrail reference 3.2)
	// margin is how much of the oldest time that a walk has reached is not claimed
	// before the next page, and is read twice after an interruption. Times have a
	// resolution of a second, so the second of a page's last event may go on, and
	// the order within a moment is not promised.
	margin = time.Minute
	// restarts is how often a walk begins again at the place that it reached, without
	// getting any further, before it gives up.
	restarts = 5
)

// walk goes through the events of one event source, newest first.
type walk struct {
	h      *history
	source string
	sink   casefile.Sink
	input  int

	asked   span.Span // what is fetched
	claim   time.Time // nothing later is claimed
	journal *journal
	walked  span.Set // what is claimed, in earlier runs too

	holes []span.Span          // around records that could not be read: not claimed
	seen  map[string]time.Time // ids of events that were handed on, within reach of a restart
}

// newWalk fixes the span before the first page: a moving end would make AWS
// refuse the token of the next page (cloudtrail reference 3.4).
func newWalk(h *history, source string, sink casefile.Sink, input int) *walk {
	q := &h.s.o.Query
	now := q.Clock()
	w := &walk{h: h, source: source, sink: sink, input: input, seen: map[string]time.Time{}}
	w.asked = span.Span{From: q.Span.From.UTC().Truncate(time.Second), To: q.Until().Truncate(time.Second)}
	if oldest := oldestKept(now); w.asked.From.Before(oldest) {
		w.asked.From = oldest
	}
	w.claim = now.Add(-Lag).Truncate(time.Second)
	w.journal = &journal{to: q.Journal, key: "lookup/v1/" + h.account + "/" + h.region + "/" + source}
	if h.account == "" {
		w.journal.key = "lookup/v1/" + h.access.Name + "/" + h.region + "/" + source
	}
	return w
}

// oldestKept is the first whole second that AWS still keeps.
func oldestKept(now time.Time) time.Time {
	return now.Add(-Retention).Add(time.Second - 1).Truncate(time.Second)
}

// run walks what is asked for and was not walked before, the newest part first.
func (w *walk) run(ctx context.Context) error {
	if w.asked.Empty() {
		return nil
	}
	before, err := w.journal.load(ctx)
	if err != nil {
		return err
	}
	w.walked = before
	gaps := w.walked.Gaps(w.asked)
	progress := w.h.s.o.Query.Progress
	if progress != nil {
		for _, gap := range gaps {
			progress.Total.Add(int64(gap.Length() / time.Second))
		}
	}
	for i := len(gaps) - 1; i >= 0; i-- {
		if err := w.through(ctx, gaps[i]); err != nil {
			return err
		}
	}
	return nil
}

// through walks one gap.
func (w *walk) through(ctx context.Context, gap span.Span) error {
	var (
		token    *string
		end      = gap.To // of the events asked for
		reached  = gap.To // what lies above is walked
		oldest   = gap.To // event so far
		disorder = false  // events came out of order by more than the margin
		stuck    = 0      // restarts since the last progress
	)
	for {
		out, err := w.h.call(ctx, &api.LookupEventsInput{
			LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventSource, AttributeValue: &w.source}},
			StartTime:        &gap.From, EndTime: &end, MaxResults: aws.Int32(pageSize), NextToken: token,
		})
		if _, worn := errors.AsType[*types.InvalidNextTokenException](err); worn && token != nil && stuck < restarts {
			// A token lives for a while only (cloudtrail reference 3.4): go on by time.
			token, end = nil, reached
			stuck++
			continue
		}
		if err != nil {
			return w.h.explain(ctx, err)
		}
		newest, last := w.hand(out.Events)
		if newest.After(oldest.Add(margin)) {
			disorder = true // then only the end of the walk says what was passed
		}
		if !last.IsZero() && last.Before(oldest) {
			oldest = last
		}
		if token != nil && out.NextToken != nil && *out.NextToken == *token {
			return w.h.explain(ctx, fmt.Errorf("the same page is offered again: %w", awsaccess.Incomplete))
		}
		token = out.NextToken
		to := reached
		switch {
		case token == nil:
			reached = gap.From
		case !disorder && oldest.Add(margin).Before(reached):
			reached = oldest.Add(margin)
			stuck = 0
		default:
			continue
		}
		if err := w.pass(ctx, span.Span{From: reached, To: to}); err != nil {
			return err
		}
		if token == nil {
			return nil
		}
	}
}

// hand gives a page to the sink and returns the times of its newest and oldest
// event, zero when there is none.
func (w *walk) hand(events []types.Event) (newest, oldest time.Time) {
	var records, identity int
	for i := range events {
		ev := &events[i]
		at := aws.ToTime(ev.EventTime).UTC()
		if !at.IsZero() && (newest.IsZero() || at.After(newest)) {
			newest = at
		}
		if !at.IsZero() && (oldest.IsZero() || at.Before(oldest)) {
			oldest = at
		}
		id := aws.ToString(ev.EventId)
		if _, again := w.seen[id]; again && id != "" {
			continue
		}
		if id != "" {
			w.seen[id] = at
		}
		records++
		if cloudtrail.Concerns(aws.ToString(ev.EventSource), aws.ToString(ev.EventName)) {
			identity++
		}
		if err := w.sink.Record(w.input, []byte(aws.ToString(ev.CloudTrailEvent))); err != nil {
			w.lost(id, at, err)
		}
	}
	w.sink.Records(w.input, records)
	if progress := w.h.s.o.Query.Progress; progress != nil {
		progress.Records.Add(int64(records))
		progress.Identity.Add(int64(identity))
	}
	w.forget(oldest)
	return newest, oldest
}

// lost notes a record that could not be read. Its second is not claimed, and
// nothing is when it has no time.
func (w *walk) lost(id string, at time.Time, err error) {
	w.sink.Unreadable(casefile.Loss{Path: w.h.name(), Reason: fmt.Sprintf("event %.64q of %s: %v", id, w.source, err), Lost: "1 record"})
	hole := w.asked
	if !at.IsZero() {
		hole = span.Span{From: at.Add(-time.Second), To: at.Add(time.Second)}
	}
	w.holes = append(w.holes, hole)
}

// forget drops ids that no restart reaches any more.
func (w *walk) forget(oldest time.Time) {
	if len(w.seen) < 20_000 {
		return
	}
	for id, at := range w.seen {
		if at.After(oldest.Add(time.Hour)) {
			delete(w.seen, id)
		}
	}
}

// pass claims what was walked, as far as it lies before the delivery lag and
// within what AWS still keeps, and notes it in the journal.
func (w *walk) pass(ctx context.Context, s span.Span) error {
	progress := w.h.s.o.Query.Progress
	if progress != nil {
		progress.Done.Add(int64(s.Length() / time.Second))
	}
	if s.To.After(w.claim) {
		s.To = w.claim
	}
	// While the walk went on the oldest events may have been forgotten.
	if kept := oldestKept(w.h.s.o.Query.Clock()); s.From.Before(kept) {
		s.From = kept
	}
	if s.Empty() {
		return nil
	}
	claimed := []span.Span{s}
	if len(w.holes) > 0 {
		claimed = span.SetOf(w.holes...).Gaps(s)
	}
	for _, c := range claimed {
		w.sink.Cover(casefile.Cover{Account: w.h.account, Region: w.h.region, Source: w.source, Span: c, Channel: Channel, Complete: grade(w.source)})
	}
	w.walked = w.walked.Union(span.SetOf(claimed...))
	return w.journal.save(ctx, w.walked)
}

// grade is what the walk of a source may claim. The name under which directory
// synchronisation is logged is not documented but inferred (cloudtrail reference
// 2.1): that nothing was found under it claims nothing.
func grade(source string) casefile.Completeness {
	if source == awsid.SourceIdentitySync {
		return casefile.Unknown
	}
	return casefile.Claimed
}
