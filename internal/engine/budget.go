package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/scimtrail/scimtrail/internal/live"
)

// An engine that takes money for bytes does not say beforehand how many it will
// read. Three things can be known: what an earlier run took, what one day takes,
// and what the catalogue says of the whole table, when somebody had it counted.

// estimate is how many bytes a walk reads, 0 when it is not known, and by what.
type estimate struct {
	Bytes int64
	by    string
}

// spent is what is remembered of a run.
type spent struct {
	Bytes int64  `json:"bytes"`
	Days  int64  `json:"days"`
	On    string `json:"on"`
}

func (w *Walk) spentKey() string {
	return w.key("read", w.Query.Place.Account+"\x00"+w.Query.Place.Region)
}

func (w *Walk) estimate(ctx context.Context) (estimate, error) {
	days := w.window().days()
	if w.Query.Journal != nil && days > 0 {
		data, err := w.Query.Journal.Load(ctx, w.spentKey())
		if err != nil {
			return estimate{}, err
		}
		var last spent
		if json.Unmarshal(data, &last) == nil && last.Days > 0 && last.Bytes > 0 {
			return byDays(last.Bytes, last.Days, days, fmt.Sprintf("a run of %s, which read %s for %s", last.On, Bytes(last.Bytes), counted(last.Days, "1 day", "%d days"))), nil
		}
	}
	if w.Size > 0 && (days == 0 || !w.Table.byDay()) {
		return estimate{w.Size, "the size that the catalogue says the whole table has"}, nil
	}
	return estimate{}, nil
}

func byDays(bytes, days, wanted int64, by string) estimate {
	return estimate{int64(float64(bytes) / float64(days) * float64(wanted)), by}
}

// remember keeps what the walk read, for the estimate of the next.
func (w *Walk) remember(ctx context.Context, in window, read int64) error {
	if w.Query.Journal == nil || in.days() == 0 || read <= 0 {
		return nil
	}
	data, err := json.Marshal(spent{Bytes: read, Days: in.days(), On: dayOf(w.Query.Clock()).String()})
	if err != nil {
		return err
	}
	return w.Query.Journal.Save(ctx, w.spentKey(), data)
}

// measured reports whether the last day is read first, to know what the others
// take.
func (w *Walk) measured(whole window, e estimate) bool {
	return w.PerByte > 0 && e.Bytes == 0 && whole.days() > fewDays && (w.Table.byDay() || w.Dialect == Lake)
}

func (w *Walk) price(e estimate) string {
	return fmt.Sprintf("about %s, %.2f USD", Bytes(e.Bytes), float64(e.Bytes)*w.PerByte)
}

func (w *Walk) tooMuch(e estimate) error {
	return &live.Problem{Kind: live.TooExpensive, Doing: w.Doing,
		Reason: fmt.Sprintf("it would read %s, by %s, and no more than %s may be read", w.price(e), e.by, Bytes(w.MaxBytes)),
		Next:   "ask for a shorter time with --since and --until, name one account and Region, or raise --max-bytes"}
}

// OverLimit is the error of a statement that had read too much when it was
// cancelled.
func OverLimit(doing string, read, limit int64) error {
	return &live.Problem{Kind: live.TooExpensive, Doing: doing,
		Reason: fmt.Sprintf("it had read %s when it was cancelled, and no more than %s may be read", Bytes(read), Bytes(limit)),
		Next:   "ask for a shorter time with --since and --until, name one account and Region, or raise --max-bytes"}
}

// Bytes writes a number of bytes for a person.
func Bytes(n int64) string {
	const unit = 1000
	f := float64(n)
	switch {
	case n < unit:
		return fmt.Sprintf("%d bytes", n)
	case n < unit*unit:
		return fmt.Sprintf("%.1f kB", f/unit)
	case n < unit*unit*unit:
		return fmt.Sprintf("%.1f MB", f/unit/unit)
	case f < 1e12:
		return fmt.Sprintf("%.1f GB", f/1e9)
	}
	return fmt.Sprintf("%.2f TB", f/1e12)
}
