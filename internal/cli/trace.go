package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/report"
)

type traceOptions struct {
	evidence
	output
	user, group string
	watch       bool
	every       time.Duration
}

func (a *app) trace() *cobra.Command {
	var opts traceOptions
	cmd := &cobra.Command{
		Use:   "trace",
		Short: "Follow one person and one group hop by hop: governance, identity provider, SCIM, AWS",
		Long: `Trace follows one person and one group from governance over the identity provider and SCIM into AWS, and says at which
hop the way breaks, how that is known, and what to do. A hop is OK, BROKEN, UNKNOWN (what was given does not reach; the
reason is said) or SKIPPED. Services are asked only for what bears on the two.

A service that does not answer leaves its hops UNKNOWN and the exit status 1.`,
		Example: `  scimtrail trace --user ann@example.com --group App-AWS-Admins --from okta://example --from identitystore://us-east-2
  scimtrail trace --user ann@example.com --group App-AWS-Admins --from ./exports --from case.db --format html -o trace.html
  scimtrail trace --user ann@example.com --group App-AWS-Admins --from okta://example --from identitystore://us-east-2 --watch`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runTrace(cmd.Context(), &opts) },
	}
	opts.evidence.addFlags(cmd)
	opts.output.addFlags(cmd, "text", "json", "html")
	f := cmd.Flags()
	f.StringVar(&opts.user, "user", "", "the person: a user name, an e-mail address or an id")
	f.StringVar(&opts.group, "group", "", "the group: a name or an id")
	f.BoolVar(&opts.watch, "watch", false, "look again and again until the way is whole")
	f.DurationVar(&opts.every, "every", 30*time.Second, "with --watch: how long to wait between two looks")
	return cmd
}

func (a *app) runTrace(ctx context.Context, opts *traceOptions) error {
	if err := opts.check(); err != nil {
		return err
	}
	hint := "try: scimtrail trace --user ann@example.com --group App-AWS-Admins --from okta://example --from identitystore://us-east-2"
	switch {
	case opts.user == "" || opts.group == "":
		return usagef(hint, "say whom and what to trace: --user and --group")
	case opts.watch && opts.every < time.Second:
		return usagef("", "--every %s: at least a second lies between two looks", opts.every)
	}
	opts.evidence.user, opts.evidence.group, opts.evidence.tolerant = opts.user, opts.group, true
	said := ""
	for {
		t, c, err := a.traceOnce(ctx, opts)
		if err != nil {
			return err
		}
		again := opts.watch && !t.Whole()
		// A look that shows what the last one showed is not printed again.
		if now := stateOf(t); now != said {
			if said != "" && opts.format == "text" && opts.file == "" {
				fmt.Fprintln(a.Out) // between two looks
			}
			said = now
			if err := a.writeTrace(opts, t, c); err != nil {
				return err
			}
		}
		if !again {
			a.attention = !t.Whole()
			return a.unreadSources(t)
		}
		if err := live.Sleep(ctx, opts.every); err != nil {
			return err
		}
	}
}

func (a *app) traceOnce(ctx context.Context, opts *traceOptions) (*report.Trace, *casefile.Case, error) {
	opts.evidence.failed = nil
	c, err := a.load(ctx, &opts.evidence)
	if err != nil {
		return nil, nil, err
	}
	answer, err := diagnose.User(c, ledger.Build(c), opts.user, opts.group)
	if err != nil {
		return nil, nil, err
	}
	return &report.Trace{Answer: answer, Group: opts.group, Check: opts.checkCommand(), Failed: opts.evidence.failed}, c, nil
}

func (a *app) writeTrace(opts *traceOptions, t *report.Trace, c *casefile.Case) error {
	return a.write(&opts.output, func(w io.Writer, style report.Style) error {
		switch opts.format {
		case "json":
			return report.WriteJSON(w, report.TraceJSON(t, c))
		case "html":
			return report.TraceHTML(w, t)
		}
		return report.TraceText(w, t, style)
	})
}

// unreadSources is the error of a trace for which a service did not answer: what
// could be known was written.
func (a *app) unreadSources(t *report.Trace) error {
	if len(t.Failed) == 0 {
		return nil
	}
	return fmt.Errorf("%s could not be read, so its hops stay unknown: %s", report.Counted(len(t.Failed), "source"), strings.Join(t.Failed, "; "))
}

// stateOf is what a trace shows, for telling whether anything changed.
func stateOf(t *report.Trace) string {
	var b strings.Builder
	for _, h := range t.Answer.Hops {
		fmt.Fprintln(&b, h.ID, h.State, h.Cause)
	}
	fmt.Fprintln(&b, t.Answer.Verdict.Cause, t.Answer.Verdict.Status, t.Failed)
	return b.String()
}

// checkCommand is the command that traces again. Its parts are the asker's own
// words, quoted for a POSIX shell.
func (o *traceOptions) checkCommand() string {
	parts := []string{"scimtrail trace --user " + shellWord(o.user) + " --group " + shellWord(o.group)}
	for _, from := range o.from {
		parts = append(parts, "--from "+shellWord(from))
	}
	for _, p := range o.live.profiles {
		parts = append(parts, "--profile "+shellWord(p))
	}
	for _, r := range o.live.roles {
		parts = append(parts, "--role-arn "+shellWord(r))
	}
	return strings.Join(parts, " ")
}

// shellWord quotes a word for a POSIX shell where it needs it.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%_+=:,./-", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
