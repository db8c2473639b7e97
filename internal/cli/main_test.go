package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/cli"
)

const (
	group   = "App-AWS-AA-database-sandbox-444455556666-admin"
	removed = "../../examples/removed-by-a-script"
)

// result is what one command line did.
type result struct {
	Status   int
	Out, Err string
}

func run(ctx context.Context, in io.Reader, args ...string) result {
	var out, errs bytes.Buffer
	status := cli.Main(ctx, args, cli.Streams{In: in, Out: &out, Err: &errs})
	return result{status, out.String(), errs.String()}
}

// readerFunc is a reader that does something when it is read.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestAnInterruptEndsWith130(t *testing.T) {
	t.Parallel()
	want := result{Status: 130, Err: "scimtrail: interrupted\n"}
	for _, args := range [][]string{
		{"why", "group", group}, {"why", "user", "ann@example.com"}, {"events"}, {"ledger"}, {"investigate", "-o", t.TempDir()},
	} {
		t.Run(strings.Join(args, " ")+" before anything is read", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if diff := cmp.Diff(want, run(ctx, nil, append(args, "--from", removed)...)); diff != "" {
				t.Error(diff)
			}
		})
		t.Run(strings.Join(args, " ")+" while standard input has nothing to say", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			silent := readerFunc(func([]byte) (int, error) {
				cancel() // it is being read
				select {}
			})
			if diff := cmp.Diff(want, run(ctx, silent, append(args, "--from", "-")...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAnInterruptWritesNothing: a file appears whole or not at all.
func TestAnInterruptWritesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	for _, args := range [][]string{{"events", "-o", filepath.Join(dir, "events.csv")}, {"investigate", "-o", filepath.Join(dir, "report")}} {
		run(ctx, nil, append(args, "--from", removed)...)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAnAnswerThatCannotBeWrittenFails(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"why", "group", group, "--from", removed}, {"why", "group", group, "--from", removed, "--format", "json"},
		{"events", "--from", removed}, {"events", "--from", removed, "--format", "csv"}, {"events", "--from", removed, "--format", "jsonl"},
		{"events", "--from", removed, "--format", "ocsf"}, {"ledger", "--from", removed}, {"ledger", "--from", removed, "--format", "csv"},
		{"explain", "Rate exceeded"},
	} {
		var errs bytes.Buffer
		status := cli.Main(t.Context(), args, cli.Streams{Out: closedPipe{}, Err: &errs})
		if status != 1 || !strings.Contains(errs.String(), "writing the answer: no room") {
			t.Errorf("%v: status %d, %q", args, status, errs.String())
		}
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, errors.New("no room") }

// TestEveryCommandHasExamplesThatParse: what --help shows can be typed. Words
// after a pipe belong to other programs.
func TestEveryCommandHasExamplesThatParse(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"", "why", "why group", "why user", "investigate", "events", "ledger", "explain", "verify", "apply", "probe"} {
		r := run(t.Context(), nil, append(strings.Fields(command), "--help")...)
		_, after, found := strings.Cut(r.Out, "\nExamples:\n")
		examples, _, _ := strings.Cut(after, "\n\n")
		if r.Status != 0 || !found || r.Err != "" {
			t.Errorf("%s --help: status %d, no examples in %q", command, r.Status, r.Out)
			continue
		}
		shown := 0
		for line := range strings.Lines(examples) {
			for part := range strings.SplitSeq(line, "|") {
				words := strings.Fields(part)
				if len(words) == 0 || words[0] != "scimtrail" {
					continue
				}
				shown++
				if got := run(t.Context(), strings.NewReader(""), typed(part)...); strings.Contains(got.Err, "unknown flag") || strings.Contains(got.Err, "has no command") {
					t.Errorf("%s: the example %q: %s", command, strings.TrimSpace(part), got.Err)
				}
			}
		}
		if shown == 0 {
			t.Errorf("%s: no example runs scimtrail: %s", command, examples)
		}
	}
}

// typed is the arguments of an example as a shell would pass them, with evidence
// that is not there.
func typed(line string) (args []string) {
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			args = append(args, part)
			continue
		}
		args = append(args, strings.Fields(part)...)
	}
	return args[1:]
}

// TestOneRunKnowsNothingOfAnother: a status or a flag does not stay.
func TestOneRunKnowsNothingOfAnother(t *testing.T) {
	t.Parallel()
	for range 2 {
		if got := run(t.Context(), nil, "why", "group", group, "--from", removed, "--exit-code").Status; got != 3 {
			t.Errorf("with --exit-code: %d", got)
		}
		if got := run(t.Context(), nil, "why", "group", group, "--from", removed).Status; got != 0 {
			t.Errorf("without: %d", got)
		}
	}
}
