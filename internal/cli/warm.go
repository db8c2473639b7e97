package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/recall"
)

// A large archive takes long to read and, once read, less than a millisecond a
// question. So when the answer is out, an archive is given the answers to all other
// questions about one group or one user to remember.
const (
	// longReading is from when on it is worth it: a question from memory takes 60 ms.
	longReading = 250 * time.Millisecond
	// longestWarming bounds how long whoever did not ask for it waits; less than that,
	// it takes as long as the reading took at most. In two thirds of that time two free
	// cores answer about 2,000 groups and 20,000 users (docs/archive.md).
	longestWarming = time.Minute
	// mostGrown bounds the bytes that the archive grows by: a compressed answer is 400
	// bytes, and more with every member of a group.
	mostGrown = 96 << 20
)

// warmth is the flag that says whether to do so.
type warmth struct {
	warm bool
	flag *cobra.Command
}

func (w *warmth) addFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.warm, "warm", true, "when an archive took long to read: once the answer is out, remember the answers about all other groups and users too, for as long as the reading took at most, so that the next question need not read it; --warm=false to spare the time, --warm to do it in any case and to the end")
	w.flag = cmd
}

// insists reports whether it was asked for in so many words.
func (w *warmth) insists() bool { return w.warm && w.flag.Flags().Changed("warm") }

// unprepared reports whether there is something left to prepare. An archive that may
// only be read is as prepared as it can be.
func (m *memo) unprepared(ctx context.Context) bool {
	whole, err := recall.Whole(ctx, m)
	return err == nil && !whole && !m.archive.ReadOnly()
}

// patience is how long to go on, 0 for not at all.
func (w *warmth) patience(a *app, e *evidence, reading time.Duration) time.Duration {
	switch {
	case w.insists():
		return 24 * time.Hour
	case !w.warm || reading < longReading:
		return 0
	case e.narrowed() && !(a.Terminal && a.ErrTerminal):
		return 0 // a script that goes from day to day never asks the same flags again
	}
	return min(reading, longestWarming)
}

// narrowed reports whether flags make this another case than the evidence itself.
func (e *evidence) narrowed() bool {
	return e.since != "" || e.until != "" || e.region != "" || e.account != "" || e.now != "" || e.actors != "" || len(e.covers) > 0 || e.maxRecord > 0 || e.maxFile > 0 || !e.verify
}

// prepare has the archive remember the answers to other questions. It comes after the
// answer that was asked for; what goes wrong is no error of that.
func (a *app) prepare(ctx context.Context, m *memo, opts *whyOptions, s recall.Subject, reading time.Duration) {
	patience := opts.patience(a, &opts.evidence, reading)
	if m == nil || patience == 0 || m.archive.ReadOnly() {
		return
	}
	say := func(format string, args ...any) {
		if a.ErrTerminal && opts.progress != progressNone {
			fmt.Fprintf(a.Err, format, args...)
		}
	}
	say("\nAnswering all other questions about one group or one user, so that the next need not read the archive again; Ctrl-C ends it.\n")
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch so, err := recall.Prepare(ctx, m, s, mostGrown, nil); {
	case err != nil || so.Done == 0 && so.All > 0:
	case so.Done < so.All:
		say("Remembered the answers about %d of %d groups and users; the next question that is not among them goes on.\n", so.Done, so.All)
	default:
		say("Remembered the answers about all %d groups and users.\n", so.All)
	}
}
