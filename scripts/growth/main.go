// Command growth measures how the cost of scimtrail events grows: with the bytes of
// the logs, with the number of files, with the number of records that it finds. It
// writes the logs itself, into a temporary folder, and prints tables in Markdown.
package main

import (
	"context"
	"encoding/json"
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

const usage = `Measures how the cost of scimtrail events grows with bytes, files and found records,
over logs that it writes into a temporary folder; prints tables in Markdown.

Usage (at the root of the repository):
  go run ./scripts/growth [flags]

Examples:
  go run ./scripts/growth
  go run ./scripts/growth -scale 0.1 -rounds 1
  go run ./scripts/growth -into docs/performance.md

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
	fmt.Fprintln(os.Stderr, "growth:", err)
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

// series is one table: trees that differ in one thing.
type series struct {
	title, column string
	points        []point
}

type point struct {
	label string
	args  []string // of genlogs
}

// all returns the tables for sizes that are scale times the usual ones.
func all(scale float64) []series {
	size := func(mb float64) string { return fmt.Sprintf("%.0fkB", max(mb*scale*1e3, 10)) }
	bytes := series{title: "With bytes: large files, one record in a thousand found", column: "JSON"}
	for _, n := range []float64{125, 250, 500, 1000} {
		bytes.points = append(bytes.points, point{fmt.Sprintf("%g MB", n*scale), []string{"-bytes", size(n)}})
	}
	count := series{title: fmt.Sprintf("With files: the same %g MB in ever more files", 125*scale), column: "files"}
	for _, n := range []float64{4, 500, 5000, 50000} {
		files := fmt.Sprint(max(int(n*scale), 1))
		count.points = append(count.points, point{files, []string{"-bytes", size(125), "-files", files, "-accounts", "20", "-days", "30"}})
	}
	found := series{title: fmt.Sprintf("With found records: %g MB in large files", 250*scale), column: "one record in"}
	for _, n := range []string{"100000", "1000", "100", "10", "1"} {
		found.points = append(found.points, point{n, []string{"-bytes", size(250), "-identity", n}})
	}
	return []series{bytes, count, found}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("growth", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	rounds := flags.Int("rounds", 3, "how often each is measured")
	scale := flags.Float64("scale", 1, "sizes are this many times the usual ones, which need 700 MB of disk")
	program := flags.String("scimtrail", "", "a `program` that is built already")
	into := flags.String("into", "", "put the tables into this Markdown `page` as well, between <!-- begin growth --> and <!-- end growth -->")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 || *rounds < 1 || !(*scale > 0 && *scale <= 100) {
		return fmt.Errorf("at least one round, a scale from 0 to 100, and nothing but flags; %w", errUsage)
	}
	work, err := os.MkdirTemp("", "growth-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	t := tools{scimtrail: *program, work: work}
	if t.scimtrail == "" {
		if t.scimtrail, err = measure.Build(ctx, work, "./cmd/scimtrail"); err != nil {
			return err
		}
	}
	if t.genlogs, err = measure.Build(ctx, work, "./scripts/genlogs"); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s. Warm cache, medians of %d rounds.\n", measure.Machine(), *rounds)
	others, own := measure.Watch(), time.Duration(0)
	for _, s := range all(*scale) {
		fmt.Fprintf(&b, "\n%s:\n\n| %s | CPU s | wall s | memory MB | found |\n| ---: | ---: | ---: | ---: | ---: |\n", s.title, s.column)
		for _, p := range s.points {
			fmt.Fprintf(stderr, "%s: %s\n", s.column, p.label)
			m, found, spent, err := t.cost(ctx, p.args, *rounds)
			if err != nil {
				return err
			}
			own += spent
			fmt.Fprintf(&b, "| %s | %.2f | %.2f | %.0f | %d |\n", p.label, m.CPU.Seconds(), m.Wall.Seconds(), float64(m.Peak)/1e6, found)
		}
	}
	fmt.Fprint(&b, others.Note(own))
	fmt.Fprint(stdout, b.String())
	if *into != "" {
		return measure.Replace(*into, "growth", b.String())
	}
	return nil
}

// tools are the programs that take part.
type tools struct{ genlogs, scimtrail, work string }

// cost writes a tree, measures, and removes it. spent is the CPU time of all that
// ran.
//
// Another process writes the tree, since what this one uses would count as memory
// of scimtrail's (see measure.Cost.Peak).
func (t *tools) cost(ctx context.Context, args []string, rounds int) (m measure.Cost, found int, spent time.Duration, err error) {
	dir, out := filepath.Join(t.work, "tree"), filepath.Join(t.work, "out")
	defer os.RemoveAll(dir)
	c, err := measure.Run(ctx, measure.Command{Args: append([]string{t.genlogs, "-o", dir}, args...), Stdout: out})
	if err != nil {
		return m, 0, 0, err
	}
	spent = c.CPU
	var written struct{ IdentityRecords int }
	text, err := os.ReadFile(out)
	if err == nil {
		err = json.Unmarshal(text, &written)
	}
	if err != nil {
		return m, 0, 0, fmt.Errorf("reading what genlogs wrote: %w", err)
	}
	var costs []measure.Cost
	for range rounds {
		c, err := measure.Run(ctx, measure.Command{Args: []string{t.scimtrail, "events", "--from", dir, "--format", "jsonl", "--reads"}, Stdout: out})
		if err != nil {
			return m, 0, 0, err
		}
		costs = append(costs, c)
		spent += c.CPU
	}
	if found, err = measure.Lines(out); err != nil {
		return m, 0, 0, err
	}
	if found != written.IdentityRecords {
		return m, 0, 0, fmt.Errorf("the logs hold %d identity records and scimtrail found %d", written.IdentityRecords, found)
	}
	m, _ = measure.Median(costs)
	return m, found, spent, nil
}
