package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
)

// Runner runs statements on an engine.
type Runner interface {
	// Run runs a statement and calls yield with the cells of every row, null as "",
	// in the order of the columns. It returns the bytes that the engine read, as far
	// as the engine says. When ctx ends, it cancels the statement. Its error is a
	// *live.Problem, or that of ctx or of yield.
	Run(ctx context.Context, s Statement, yield func(cells []string) error) (read int64, err error)
	// Forget is called when the answers of statements are kept: what the runner
	// remembers of them, to go on after an interruption, is not needed any more.
	Forget(ctx context.Context, keys []string) error
}

// Statement is SQL to run.
type Statement struct {
	SQL string
	// Key is under what a runner may remember how far it came: the same SQL on the
	// same table has the same.
	Key string
	// Limit is how many bytes may be read, 0 for any: a runner that sees more read
	// cancels the statement and returns [OverLimit].
	Limit int64
}

// Walk asks one table. It is the Collect and most of the Plan of a source.
type Walk struct {
	Dialect Dialect
	Table   Table
	// Source is the table as in --from, Doing what a person calls asking it:
	// "asking the table trail.logs of Athena".
	Source, Doing string
	Query         live.Query
	Runner        Runner
	MaxBytes      int64 // that may be read; 0 for any
	// PerByte is what reading a byte costs in US dollars; 0 when nothing that is
	// known.
	PerByte float64
	// Size is how many bytes the catalogue says that the whole table has; 0 when it
	// does not say.
	Size int64
}

// late is how many days after the asked end are read as well, for records that
// were delivered late (cloudtrail reference 4.1).
const late = 1

// fewDays is how many days are read at once, rather than one to measure by.
const fewDays = 3

// Collect implements live.Source.
func (w *Walk) Collect(ctx context.Context, sink casefile.Sink) error {
	input := sink.Input(casefile.Input{Path: w.Source, Size: -1, Kind: w.Dialect.Channel()})
	a := &answer{sink: sink, input: input, query: w.Query, channel: w.Dialect.Channel(), path: w.Source, places: map[casefile.Place]*ground{}}
	whole := w.window()
	estimate, err := w.estimate(ctx)
	if err != nil {
		return err
	}
	if w.MaxBytes > 0 && estimate.Bytes > w.MaxBytes {
		return w.tooMuch(estimate)
	}
	windows := []window{whole}
	measured := w.measured(whole, estimate)
	if measured {
		windows = []window{{first: whole.last, last: whole.last}, {first: whole.first, last: whole.last - 1}}
	}
	var keys []string
	var read int64
	for i, part := range windows {
		sql, err := w.Dialect.Statement(&w.Table, w.ask(part))
		if err != nil {
			return &live.Problem{Kind: live.Refused, Doing: w.Doing, Reason: err.Error(), Err: err}
		}
		s := Statement{SQL: sql, Key: w.key("statement", sql)}
		if w.MaxBytes > 0 {
			s.Limit = max(1, w.MaxBytes-read)
		}
		n, err := w.Runner.Run(ctx, s, a.row)
		read += n
		if err != nil {
			return w.failed(ctx, err)
		}
		keys = append(keys, s.Key)
		if measured && i == 0 {
			estimate = byDays(n, 1, whole.days(), "what the day "+whole.last.String()+" took")
			if w.MaxBytes > 0 && estimate.Bytes > w.MaxBytes {
				return w.tooMuch(estimate)
			}
			w.Query.Progress.Doing(w.Doing + ": " + w.price(estimate))
		}
	}
	a.finish(w.Table.Registered)
	if err := w.remember(ctx, whole, read); err != nil {
		return err
	}
	return w.Runner.Forget(ctx, keys)
}

// failed is the error for an answer that stopped.
func (w *Walk) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errAnswer) {
		return &live.Problem{Kind: live.Malformed, Doing: w.Doing, Reason: err.Error(), Err: err}
	}
	return err
}

// window is the days that are read.
type window struct{ first, last day }

// days is how many they are, 0 when there is no first.
func (w window) days() int64 {
	if w.first == never {
		return 0
	}
	return max(1, int64(w.last-w.first)+1)
}

func (w *Walk) window() window {
	out := window{first: never, last: dayOf(w.Query.Until()) + late}
	if today := dayOf(w.Query.Clock()); out.last > today {
		out.last = today
	}
	if from := w.Query.Span.From; !from.IsZero() {
		out.first = min(dayOf(from), out.last)
	}
	return out
}

// ask asks for whole days, so that "the last 90 days" is the same statement when it
// is asked again a minute later; what lies outside is dropped when it comes.
func (w *Walk) ask(part window) Ask {
	a := Ask{Place: w.Query.Place, Last: part.last.start()}
	if from := w.Query.Span.From; !from.IsZero() {
		a.Span.From = dayOf(from).start()
	}
	if to := w.Query.Span.To; !to.IsZero() {
		a.Span.To = (dayOf(to) + 1).start()
	}
	if part.first != never {
		a.First = part.first.start()
	}
	return a
}

// key names something to remember about this table.
func (w *Walk) key(what, of string) string {
	sum := sha256.Sum256([]byte(w.Source + "\x00" + of))
	return "engine/" + string(w.Dialect) + "/" + what + "/" + hex.EncodeToString(sum[:12])
}

// Plan implements live.Source, but for the permissions.
func (w *Walk) Plan(ctx context.Context) (live.Plan, error) {
	whole := w.window()
	days := "every day that it has, up to " + whole.last.String()
	if whole.first != never {
		days = "the days " + whole.first.String() + " to " + whole.last.String()
	}
	p := live.Plan{Source: w.Source, What: []string{"asks for the identity events, and for how far the other records reach, of " + days}}
	if !w.Table.byDay() && w.Dialect != Lake {
		p.What = append(p.What, "every row of the table is read: it has no partition key of a day that is known here")
	}
	if _, err := w.Dialect.Statement(&w.Table, w.ask(whole)); err != nil {
		return p, &live.Problem{Kind: live.Refused, Doing: w.Doing, Reason: err.Error(), Err: err}
	}
	estimate, err := w.estimate(ctx)
	if err != nil {
		return p, err
	}
	p.Bytes = estimate.Bytes
	p.CostUSD = float64(estimate.Bytes) * w.PerByte
	switch {
	case w.PerByte == 0:
		p.Notes = append(p.Notes, "what the cluster spends on it is not known here")
	case estimate.Bytes == 0 && w.measured(whole, estimate):
		p.Notes = append(p.Notes, "how many bytes it reads, and so its price, is not known: the engine does not say beforehand. The last day is read first, and tells what the rest takes; --max-bytes stops there when that is too much")
	case estimate.Bytes == 0:
		p.Notes = append(p.Notes, "how many bytes it reads, and so its price, is not known: the engine does not say beforehand; --max-bytes cancels it when it has read so many")
	default:
		p.Notes = append(p.Notes, w.price(estimate)+"; an estimate by "+estimate.by+", at 5 USD for 10^12 bytes as in most Regions")
	}
	return p, nil
}

// Days returns the first and last day that are read, for messages; the first is
// zero when there is none.
func (w *Walk) Days() (first, last time.Time) {
	in := w.window()
	if in.first != never {
		first = in.first.start()
	}
	return first, in.last.start()
}
