// Command compare times scimtrail beside other programs over the same log files
// and prints a table in Markdown.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/scripts/internal/measure"
)

const usage = `Times scimtrail beside what is installed of igzip, libdeflate-gunzip, gzip, jq, rg
and DuckDB, and a plain Go reader, over the same log files; prints a table in Markdown.
The programs take turns, round after round, and their medians are shown.

Usage (at the root of the repository):
  go run ./scripts/compare -dir DIR [flags]

Examples:
  go run ./scripts/genlogs -o /tmp/large -bytes 1GB
  go run ./scripts/compare -dir /tmp/large
  go run ./scripts/compare -dir /tmp/large -rounds 7 -only scimtrail,igzip,libdeflate
  go run ./scripts/compare -dir /tmp/large -into docs/performance.md -section large

Flags:
`

var errUsage = errors.New("see -help")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, context.Canceled):
		os.Exit(130)
	}
	fmt.Fprintln(os.Stderr, "compare:", err)
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

type options struct {
	dir, only, into, section, scimtrail string
	rounds, cpu                         int
	patience                            time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o options
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.dir, "dir", "", "the `folder` with the log files (required)")
	flags.IntVar(&o.rounds, "rounds", 5, "how often each program runs")
	flags.DurationVar(&o.patience, "patience", 30*time.Second, "a program whose first run takes more CPU time runs only once")
	flags.StringVar(&o.only, "only", "", "only programs with one of these `words` in their names, commas between; scimtrail always runs")
	flags.StringVar(&o.scimtrail, "scimtrail", "", "a `program` that is built already")
	flags.IntVar(&o.cpu, "cpu", 0, "the core for the runs on one core")
	flags.StringVar(&o.into, "into", "", "put the table into this Markdown `page` as well")
	flags.StringVar(&o.section, "section", "large", "where in the page: between <!-- begin NAME --> and <!-- end NAME -->")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if o.dir == "" || flags.NArg() > 0 || o.rounds < 1 {
		return fmt.Errorf("-dir DIR is needed, and at least one round; %w", errUsage)
	}
	text, disagreement, err := compare(ctx, &o, stderr)
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, text)
	if o.into != "" {
		if err := measure.Replace(o.into, o.section, text); err != nil {
			return err
		}
	}
	return disagreement
}

// compare returns the table, and an error when the programs found different
// numbers of records.
func compare(ctx context.Context, o *options, progress io.Writer) (text string, disagreement, err error) {
	work, err := os.MkdirTemp("", "compare-")
	if err != nil {
		return "", nil, err
	}
	defer os.RemoveAll(work)
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return "", nil, err
	}
	in := &input{dir: dir, list: filepath.Join(work, "files"), out: filepath.Join(work, "out"), cpu: o.cpu, scimtrail: o.scimtrail}
	if in.scimtrail == "" {
		if in.scimtrail, err = measure.Build(ctx, work, "./cmd/scimtrail"); err != nil {
			return "", nil, err
		}
	}
	if in.plainjson, err = measure.Build(ctx, work, "./scripts/compare/plainjson"); err != nil {
		return "", nil, err
	}
	fmt.Fprintln(progress, "reading the files once")
	tree, err := measure.ReadTree(dir, in.list)
	if err != nil {
		return "", nil, err
	}
	in.largest = tree.Largest
	rows, absent := choose(o.only)
	others, own := measure.Watch(), time.Duration(0)
	for round := range o.rounds {
		for _, r := range rows {
			if len(r.costs) > 0 && r.costs[0].CPU > o.patience {
				continue
			}
			if err := r.run(ctx, in); err != nil {
				return "", nil, err
			}
			last := r.costs[len(r.costs)-1]
			own += last.CPU
			fmt.Fprintf(progress, "round %d of %d: %-28s %7.2f s CPU %7.2f s\n", round+1, o.rounds, r.name, last.CPU.Seconds(), last.Wall.Seconds())
		}
	}
	var b strings.Builder
	writeTable(&b, rows, tree)
	fmt.Fprint(&b, others.Note(own))
	if len(absent) > 0 {
		fmt.Fprintf(&b, "\nNot compared: %s.\n", strings.Join(absent, "; "))
	}
	return b.String(), agree(rows), nil
}

// choose returns the tools that are wanted and can run, and of the others that are
// wanted why not.
func choose(only string) (rows []*row, absent []string) {
	for i := range tools {
		t := &tools[i]
		wanted := only == "" || strings.HasPrefix(t.name, "scimtrail")
		for word := range strings.SplitSeq(only, ",") {
			wanted = wanted || word != "" && strings.Contains(strings.ToLower(t.name), strings.ToLower(strings.TrimSpace(word)))
		}
		if !wanted {
			continue
		}
		if why := t.missing(); why != "" {
			absent = append(absent, t.name+" ("+why+")")
			continue
		}
		rows = append(rows, &row{tool: t, found: -1})
	}
	return rows, absent
}
