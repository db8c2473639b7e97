package cli

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// A large archive takes long to read and, once read, a millisecond a question. So
// when the answer is out, an archive is given the answers about its other groups to
// remember, for as long as the reading took at most.
const (
	// longReading is from when on it is worth it.
	longReading = 2 * time.Second
	// longestWarming bounds the time in any case.
	longestWarming = 20 * time.Second
	// mostWarmed bounds the groups, and mostGrown the bytes that the archive grows by:
	// a compressed answer is 1 to 20 kB.
	mostWarmed = 1000
	mostGrown  = 16 << 20
	// warmedTogether is how many groups' answers are written to the archive at once.
	warmedTogether = 50
)

// warmth is the flag that says whether to do so.
type warmth struct {
	warm bool
	flag *cobra.Command
}

func (w *warmth) addFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.warm, "warm", true, "when an archive took long to read: on a terminal, once the answer is out, remember the answers about its other groups too, so that the next question need not read it; --warm=false to spare the time, --warm to do it in any case")
	w.flag = cmd
}

// patience is how long to go on, 0 for not at all.
func (w *warmth) patience(a *app, reading time.Duration) time.Duration {
	switch {
	case w.flag.Flags().Changed("warm") && w.warm:
		return longestWarming
	case !w.warm || !a.Terminal || !a.ErrTerminal || reading < longReading:
		return 0 // whoever reads our output from a pipe waits for us to end
	}
	return min(reading, longestWarming)
}

// question is what why was asked.
type question struct{ kind, asked string }

// warm has the archive remember the answers about the other groups. It comes after
// the answer that was asked for; what goes wrong is no error of that.
func (a *app) warm(ctx context.Context, m *memo, opts *whyOptions, own question, c *casefile.Case, l *ledger.Ledger, bench *diagnose.Bench, reading time.Duration) {
	patience := opts.patience(a, reading)
	if m == nil || a.cut || patience == 0 {
		return
	}
	groups := l.Groups()
	groups = groups[:min(len(groups), mostWarmed)]
	say := func(format string, args ...any) {
		if a.ErrTerminal && opts.progress != progressNone {
			fmt.Fprintf(a.Err, format, args...)
		}
	}
	say("\nAnswering the other groups too, so that the next question need not read the archive again; Ctrl-C ends it.\n")
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done, grown, answers := 0, 0, map[string][]byte{}
	for i, g := range groups {
		for _, asked := range []string{g.Name, g.ID} {
			if asked != "" && own != (question{"group", asked}) {
				a.prepare(m, opts, asked, c, bench, answers)
			}
		}
		if ctx.Err() != nil {
			break
		}
		if (i+1)%warmedTogether != 0 && i+1 < len(groups) {
			continue
		}
		if kept, err := m.archive.PutAnswers(ctx, m.generation, answers); err != nil || !kept {
			break // it may only be read, or has changed
		}
		done = i + 1
		for _, data := range answers {
			grown += len(data)
		}
		if clear(answers); grown > mostGrown {
			break
		}
	}
	if done < len(groups) {
		say("Remembered %d of %d groups.\n", done, len(groups))
	} else {
		say("Remembered all %d groups.\n", done)
	}
}

// prepare adds the answer about a group as it will be asked for with the same
// flags. A name that several groups bear has none.
func (a *app) prepare(m *memo, opts *whyOptions, asked string, c *casefile.Case, bench *diagnose.Bench, answers map[string][]byte) {
	answer, err := bench.Group(asked)
	if err != nil {
		return
	}
	key, err := a.memoKey(&opts.evidence, &opts.output, asking("group", asked, ""))
	if err != nil {
		return
	}
	var b bytes.Buffer
	if renderWhy(&b, &opts.output, answer, c, a.style()) != nil {
		return
	}
	if data := (remembered{answer.Verdict.Status != diagnose.Healthy, a.unread, b.Bytes()}).pack(); data != nil {
		answers[key] = data
	}
}

// asking is how the memo knows a question of why.
func asking(kind, asked, group string) []string { return []string{"why", kind, asked, group} }
