package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/scripts/internal/measure"
)

// row is one tool with what its runs took.
type row struct {
	*tool
	costs  []measure.Cost
	found  int // -1 when it looks for nothing
	median measure.Cost
	spread float64
}

// run runs the tool once.
func (r *row) run(ctx context.Context, in *input) error {
	cost, err := measure.Run(ctx, r.command(in))
	if err != nil {
		return err
	}
	r.costs = append(r.costs, cost)
	r.median, r.spread = measure.Median(r.costs)
	if r.count == nil {
		return nil
	}
	found, err := r.count(in)
	if err != nil {
		return fmt.Errorf("counting what %s found: %w", r.name, err)
	}
	if r.found >= 0 && r.found != found {
		return fmt.Errorf("%s found %d records, and %d in an earlier round", r.name, found, r.found)
	}
	r.found = found
	return nil
}

// agree returns an error when the tools that read records did not find the same
// number. A tool that finds text may find more.
func agree(rows []*row) error {
	var errs []error
	for _, r := range rows {
		if r.found >= 0 && !r.text && r.found != rows[0].found {
			errs = append(errs, fmt.Errorf("%s found %d records, %s %d", r.name, r.found, rows[0].name, rows[0].found))
		}
	}
	return errors.Join(errs...)
}

func writeTable(w io.Writer, rows []*row, tree measure.Tree) {
	base := rows[0]
	fmt.Fprintf(w, "%d files, %.0f MB of JSON, %.0f MB compressed (1/%.1f). %s. Warm cache, medians of %d rounds.\n\n",
		tree.Files, mega(tree.Bytes), mega(tree.Packed), float64(tree.Bytes)/float64(tree.Packed), measure.Machine(), len(base.costs))
	fmt.Fprintln(w, "| program | what it does | CPU s | of scimtrail's | wall s | of scimtrail's | memory MB | MB/s | files/s | found |")
	fmt.Fprintln(w, "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	worst, once := 0.0, ""
	for _, r := range rows {
		found := ""
		if r.found >= 0 {
			found = fmt.Sprint(r.found)
		}
		name := strings.ReplaceAll(r.name, "|", `\|`)
		if len(r.costs) < len(base.costs) {
			name, once = name+" *", "Programs with * ran once. "
		}
		m, seconds := r.median, r.median.Wall.Seconds()
		fmt.Fprintf(w, "| %s | %s | %.2f | %s | %.2f | %s | %s | %.0f | %s | %s |\n", name, r.does, m.CPU.Seconds(), ratio(m.CPU, base.median.CPU),
			seconds, ratio(m.Wall, base.median.Wall), memory(m.Peak), mega(tree.Bytes)/seconds, rate(float64(tree.Files)/seconds), found)
		worst = max(worst, r.spread)
	}
	fmt.Fprintf(w, "\n%sCPU is user and system time of all processes of a program; memory is that of the largest of them. The CPU times of one program's runs lie at most %.0f %% apart.\n", once, worst*100)
	conclude(w, rows)
}

// conclude says the ratios that matter: against decompression alone, and from one
// core to all.
func conclude(w io.Writer, rows []*row) {
	base := rows[0]
	var unpacker, single *row
	for _, r := range rows {
		switch {
		case r.count == nil && (unpacker == nil || r.median.CPU < unpacker.median.CPU):
			unpacker = r
		case r.name == base.name+", one core":
			single = r
		}
	}
	if unpacker != nil {
		fmt.Fprintf(w, "\nThe whole search takes %s of the CPU time of decompression alone by the fastest program here, %s", ratio(base.median.CPU, unpacker.median.CPU), unpacker.name)
		if single != nil {
			fmt.Fprintf(w, "; %s on one core", ratio(single.median.CPU, unpacker.median.CPU))
		}
		fmt.Fprintln(w, ".")
	}
	if single != nil {
		fmt.Fprintf(w, "\nAll cores are %s as fast as one.\n", ratio(single.median.Wall, base.median.Wall))
	}
}

func mega(n int64) float64 { return float64(n) / 1e6 }

func ratio(a, b time.Duration) string {
	if b <= 0 {
		return "-"
	}
	x := float64(a) / float64(b)
	if x >= 10 {
		return fmt.Sprintf("%.0fx", x)
	}
	return fmt.Sprintf("%.2fx", x)
}

func memory(n int64) string {
	switch {
	case n == 0:
		return "-"
	case n < 12e6: // see measure.Cost.Peak
		return "< 12"
	}
	return fmt.Sprintf("%.0f", mega(n))
}

func rate(x float64) string {
	if x < 100 {
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}
