// Package measure runs programs and says what they cost: time, CPU time of all
// their processes, and memory. The scripts that compare scimtrail with others use
// it; it knows none of them.
package measure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Command is a program to run.
type Command struct {
	Args   []string
	Env    []string // besides this process's own
	Stdin  string   // a file; "" is nothing
	Stdout string   // a file to write; "" is nowhere
	// Fine are exit statuses besides 0 that are no failure.
	Fine []int
}

// Cost is what a program's run took.
type Cost struct {
	Wall time.Duration
	CPU  time.Duration // user and system, of the process and all that it waited for
	// Peak is the memory of the largest of those processes, in bytes; 0 where the
	// system does not say. It counts this process's own size at the start of the
	// run, some 10 MB, so that less than that can't be seen.
	Peak int64
}

// Run runs a program to its end. It fails when the program can't be started or
// ends with an error, which then holds what it last said.
func Run(ctx context.Context, c Command) (cost Cost, err error) {
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.WaitDelay = time.Second
	if c.Stdin != "" {
		in, err := os.Open(c.Stdin)
		if err != nil {
			return cost, err
		}
		defer in.Close()
		cmd.Stdin = in
	}
	if c.Stdout != "" {
		out, err := os.Create(c.Stdout)
		if err != nil {
			return cost, err
		}
		defer func() { err = errors.Join(err, out.Close()) }()
		cmd.Stdout = out
	}
	said := &tail{}
	cmd.Stderr = said
	start := time.Now()
	err = cmd.Run()
	cost.Wall = time.Since(start)
	if ctx.Err() != nil {
		return cost, ctx.Err()
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && slices.Contains(c.Fine, exit.ExitCode()) {
		err = nil
	}
	if err != nil {
		return cost, fmt.Errorf("%s: %w: %s", c.Args[0], err, strings.TrimSpace(said.String()))
	}
	cost.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	cost.Peak = peak(cmd.ProcessState)
	return cost, nil
}

// tail keeps the last kilobyte.
type tail struct{ b bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	t.b.Write(p)
	if extra := t.b.Len() - 1024; extra > 0 {
		t.b.Next(extra)
	}
	return len(p), nil
}

func (t *tail) String() string { return t.b.String() }

// Median returns the medians of what several runs cost, each by itself, and how
// far apart the least and the most CPU time were, as a part of the median.
func Median(costs []Cost) (m Cost, spread float64) {
	if len(costs) == 0 {
		return m, 0
	}
	m.Wall = median(costs, func(c Cost) time.Duration { return c.Wall })
	m.CPU = median(costs, func(c Cost) time.Duration { return c.CPU })
	m.Peak = median(costs, func(c Cost) int64 { return c.Peak })
	least, most := costs[0].CPU, costs[0].CPU
	for _, c := range costs {
		least, most = min(least, c.CPU), max(most, c.CPU)
	}
	if m.CPU > 0 {
		spread = float64(most-least) / float64(m.CPU)
	}
	return m, spread
}

func median[N ~int64](costs []Cost, of func(Cost) N) N {
	list := make([]N, len(costs))
	for i, c := range costs {
		list[i] = of(c)
	}
	slices.Sort(list)
	return (list[len(list)/2] + list[(len(list)-1)/2]) / 2
}
