// Command load measures what an emulated IAM Identity Center can take: calls a second
// and how long they take, beside a bare net/http echo of JSON that takes turns with it;
// how the cost grows with the number of users; how soon it answers and how much memory
// it needs. It starts everything itself, stops by itself, and prints Markdown.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/scimtrail/scimtrail/scripts/internal/measure"
)

const usage = `Measures what scimtrail emulate can take, beside a bare net/http echo of JSON in the same
run by the same clients; prints tables in Markdown.

Usage (at the root of the repository):
  go run ./scripts/load [flags]

Examples:
  go run ./scripts/load
  go run ./scripts/load -state /tmp
  go run ./scripts/load -users 1000 -groups 50 -seconds 1 -many 10000
  go run ./scripts/load -into docs/emulator.md

Flags:
`

var errUsage = errors.New("see -help")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, context.Canceled):
		os.Exit(130)
	}
	fmt.Fprintln(os.Stderr, "load:", err)
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

// plan is what is measured.
type plan struct {
	users, groups, few, many, clients int
	seconds                           float64
	state                             string // "" for memory
	program                           string
}

// slice is how long an operation runs before its counterpart has its turn. It is short,
// so that other work on the machine meets both, and so that a store of a thousand users
// stays one while users are created.
const slice = 200 * time.Millisecond

func (p plan) rounds() int {
	return max(3, int(p.seconds/2/slice.Seconds()))
}

func (p plan) check() error {
	switch {
	case p.users < 100 || p.users > 1_000_000 || p.many > 1_000_000 || p.groups < 1 || p.groups > 100_000:
		return fmt.Errorf("100 to 1,000,000 users, 1 to 100,000 groups; %w", errUsage)
	case p.many != 0 && (p.few < 100 || p.many < p.few):
		return fmt.Errorf("-few is 100 at least and not more than -many; %w", errUsage)
	case !(p.seconds > 0 && p.seconds <= 600):
		return fmt.Errorf("more than 0 seconds and 600 at most; %w", errUsage)
	case p.clients < 1 || p.clients > 256:
		return fmt.Errorf("1 to 256 clients; %w", errUsage)
	}
	return nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	var p plan
	flags.IntVar(&p.users, "users", 10_000, "users in the store")
	flags.IntVar(&p.groups, "groups", 500, "groups in the store")
	flags.Float64Var(&p.seconds, "seconds", 5, "how long each operation is measured; half of it is the echo's")
	flags.IntVar(&p.clients, "clients", 8, "clients at once")
	state := flags.String("state", "memory", "memory, or the `folder` in which a state is kept while this runs")
	flags.IntVar(&p.few, "few", 1_000, "users in the small store that growth is measured on")
	flags.IntVar(&p.many, "many", 100_000, "users in the large store that growth is measured on; 0 leaves growth out")
	flags.StringVar(&p.program, "scimtrail", "", "a `program` that is built already")
	into := flags.String("into", "", "put the tables into this Markdown `page` as well, between <!-- begin load -->, or <!-- begin load-folder --> with a folder, and its end")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("nothing but flags; %w", errUsage)
	}
	if err := p.check(); err != nil {
		return err
	}
	section := "load"
	if *state != "memory" {
		p.state, section = *state, "load-folder"
	}
	text, err := p.measure(ctx, stderr)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, text); err != nil {
		return err
	}
	if *into != "" {
		return measure.Replace(*into, section, text)
	}
	return nil
}
