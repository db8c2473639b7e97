// Command loademulator measures scimtrail emulate: operations a second and the 99th
// percentile of their times, through HTTP with recording on, beside a bare
// net/http server that echoes JSON. Server and clients share the machine's
// processors. It prints a table in Markdown for each size of the store.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

const usage = `Measures the emulator through HTTP, with recording on: operations a second and the 99th
percentile of their times, beside a bare server that echoes JSON; prints tables in Markdown.

Usage (at the root of the repository):
  go run ./scripts/loademulator [flags]

Examples:
  go run ./scripts/loademulator
  go run ./scripts/loademulator -users 1000,100000 -state folder
  go run ./scripts/loademulator -clients 32 -time 5s

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
	fmt.Fprintln(os.Stderr, "loademulator:", err)
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

// options are what was asked for.
type options struct {
	users   []int
	clients int
	time    time.Duration
	folder  bool
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("loademulator", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() {
		fmt.Fprint(errs, usage)
		flags.PrintDefaults()
	}
	users := flags.String("users", "10000", "how many users the store has, several sizes with commas; a twentieth as many groups")
	clients := flags.Int("clients", 8, "how many clients there are at once")
	each := flags.Duration("time", 2*time.Second, "how long each operation is measured")
	kept := flags.String("state", "memory", "memory or folder")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	o := options{clients: *clients, time: *each, folder: *kept == "folder"}
	for text := range strings.SplitSeq(*users, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-users %s: a size is a number above 0: %w", *users, errUsage)
		}
		o.users = append(o.users, n)
	}
	if flags.NArg() > 0 || o.clients < 1 || o.time <= 0 || *kept != "memory" && *kept != "folder" {
		return fmt.Errorf("clients and time are above 0, the state is memory or folder, and nothing follows the flags: %w", errUsage)
	}
	for i, n := range o.users {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := o.measure(ctx, out, n); err != nil {
			return fmt.Errorf("measuring a store of %d users: %w", n, err)
		}
	}
	return nil
}

// measure prints the table of one size.
func (o options) measure(ctx context.Context, out io.Writer, users int) error {
	s, err := o.prepare(ctx, users)
	if err != nil {
		return err
	}
	defer s.close()
	fmt.Fprintf(out, "%d users, %d groups, state in %s, %d clients\n\n", users, len(s.groups), s.kept, o.clients)
	fmt.Fprintln(out, "| operation | op/s | p50 | p99 | of the echo |\n|---|---:|---:|---:|---:|")
	echo := 0.0
	for _, op := range s.operations() {
		m, err := o.load(ctx, op.do)
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		if echo == 0 {
			echo = m.perSecond
		}
		fmt.Fprintf(out, "| %s | %.0f | %s | %s | %.2f |\n", op.name, m.perSecond, short(m.p50), short(m.p99), m.perSecond/echo)
	}
	return nil
}

func short(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }
