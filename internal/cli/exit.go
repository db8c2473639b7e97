package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/diagnose"
)

// The exit statuses, one table for all commands and formats (design section 8).
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitAttention   = 3
	exitUnread      = 4
	exitInterrupted = 130
)

var exits = []struct {
	status int
	means  string
}{
	{exitDone, "done"},
	{exitFailed, "failed"},
	{exitUsage, "wrong usage; also a name that several groups or users bear"},
	{exitAttention, "done, and something needs attention (only with --exit-code)"},
	{exitUnread, "done, and some input could not be read (only with --exit-code)"},
	{exitInterrupted, "interrupted"},
}

// exitStatusTopic prints the table: scimtrail help exit-status.
func exitStatusTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("The exit status is the same for all commands and formats:\n")
	for _, x := range exits {
		fmt.Fprintf(&b, "\n  %3d  %s", x.status, x.means)
	}
	return &cobra.Command{Use: "exit-status", Short: "What the exit statuses mean", Long: b.String()}
}

// usageError is wrong usage: what is wrong, and what to type instead.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(hint, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), hint: hint}
}

func unknownCommand(word string, cmd *cobra.Command) error {
	return fmt.Errorf("%s has no command %q", cmd.CommandPath(), word)
}

// exit says on standard error what went wrong, if anything did, and returns the
// status.
func (a *app) exit(ctx context.Context, err error) int {
	switch {
	case err == nil && a.cut:
		return exitInterrupted
	case err == nil:
		switch {
		case a.exitStatus && a.attention:
			return exitAttention
		case a.exitStatus && a.unread:
			return exitUnread
		}
		return exitDone
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(a.Err, "scimtrail: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(a.Err, "scimtrail:", cleanLines(err.Error()))
	if usage, ok := errors.AsType[*usageError](err); ok {
		if usage.hint != "" {
			fmt.Fprintln(a.Err, usage.hint)
		}
		return exitUsage
	}
	if _, ok := errors.AsType[*diagnose.AmbiguousError](err); ok || isCobraUsage(err) {
		return exitUsage
	}
	return exitFailed
}

// isCobraUsage recognises the usage errors that cobra makes itself and gives no
// type of its own.
func isCobraUsage(err error) bool {
	for _, start := range []string{"unknown command", "required flag", "accepts ", "requires "} {
		if strings.HasPrefix(err.Error(), start) {
			return true
		}
	}
	return false
}
