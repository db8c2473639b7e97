// Command scimtrail says why an AWS IAM Identity Center group is empty or who
// filled it. See scimtrail --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/scimtrail/scimtrail/internal/cli"
)

func main() {
	// Most of the memory is evidence, which stays; half as much headroom again is
	// enough for the collector.
	debug.SetGCPercent(50)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second interrupt ends the program at once; not one that follows within a
	// moment, since a terminal and a supervisor may both pass the first on.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	std := cli.Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv,
		Terminal: term.IsTerminal(int(os.Stdout.Fd())), ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	switch {
	case std.Terminal:
		std.Width, _, _ = term.GetSize(int(os.Stdout.Fd()))
	case std.ErrTerminal:
		std.Width, _, _ = term.GetSize(int(os.Stderr.Fd()))
	}
	status := cli.Main(ctx, os.Args[1:], std)
	stop()
	os.Exit(status)
}
