package cli

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

// whyOptions are the flags of both questions.
type whyOptions struct {
	evidence
	output
	group string
	warmth
}

func (a *app) why() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "why",
		Short: "Why a group is empty or who filled it; why a user has no access",
		Example: `  scimtrail why group App-AWS-Admins --from ./evidence
  scimtrail why user ann@example.com --group App-AWS-Admins --from ./evidence --format json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("try: scimtrail why group NAME --from FOLDER", "say what to explain: a group or a user")
		},
	}
	cmd.AddCommand(a.whyGroup(), a.whyUser())
	return cmd
}

func (a *app) whyGroup() *cobra.Command {
	var opts whyOptions
	cmd := &cobra.Command{
		Use:   "group NAME|ID",
		Short: "Why a group is empty, or who put its members there",
		Example: `  scimtrail why group App-AWS-Admins --from ./evidence
  scimtrail why group 64a8b4c8-1001-70a1-1111-000000000001 --from logs/ --from members.json --format json
  aws cloudtrail lookup-events --region us-east-2 ... | scimtrail why group App-AWS-Admins --from - --from groups.json`,
		Args: oneArg("the group's name or id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runWhy(cmd.Context(), &opts, "group", args[0], func(b *diagnose.Bench) (*diagnose.Answer, error) {
				return b.Group(args[0])
			})
		},
	}
	opts.evidence.addFlags(cmd)
	opts.output.addFlags(cmd, "text", "json")
	opts.warmth.addFlags(cmd)
	return cmd
}

func (a *app) whyUser() *cobra.Command {
	var opts whyOptions
	cmd := &cobra.Command{
		Use:   "user NAME|ID",
		Short: "Why a user has no access, in one group or at all",
		Example: `  scimtrail why user ann@example.com --from ./evidence
  scimtrail why user ann@example.com --group App-AWS-Admins --from ./evidence`,
		Args: oneArg("the user's name, e-mail address or id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runWhy(cmd.Context(), &opts, "user", args[0], func(b *diagnose.Bench) (*diagnose.Answer, error) {
				return b.User(args[0], opts.group)
			})
		},
	}
	opts.evidence.addFlags(cmd)
	opts.output.addFlags(cmd, "text", "json")
	opts.warmth.addFlags(cmd)
	cmd.Flags().StringVar(&opts.group, "group", "", "the group that the user should be in: a name or an id")
	return cmd
}

func (a *app) runWhy(ctx context.Context, opts *whyOptions, kind, asked string, ask func(*diagnose.Bench) (*diagnose.Answer, error)) error {
	if err := opts.check(); err != nil {
		return err
	}
	m := a.openMemo(ctx, &opts.evidence, &opts.output, asking(kind, asked, opts.group)...)
	defer m.close()
	if r := m.answer(ctx); r != nil {
		a.attention, a.unread = r.attention, r.unread
		return a.write(&opts.output, func(w io.Writer, _ report.Style) error {
			_, err := w.Write(r.output)
			return err
		})
	}
	began := time.Now()
	c, err := a.load(ctx, &opts.evidence)
	if err != nil {
		return err
	}
	l := ledger.Build(c)
	bench := diagnose.On(c, l)
	took := time.Since(began)
	answer, err := ask(bench)
	if err != nil {
		return err
	}
	a.attention = answer.Verdict.Status != diagnose.Healthy
	err = m.write(ctx, a, &opts.output, func(w io.Writer, style report.Style) error {
		return renderWhy(w, &opts.output, answer, c, style)
	})
	if err == nil {
		a.warm(ctx, m, opts, question{kind, asked}, c, l, bench, took)
	}
	return err
}

func renderWhy(w io.Writer, o *output, answer *diagnose.Answer, c *casefile.Case, style report.Style) error {
	if o.format == "json" {
		return report.WriteJSON(w, report.WhyJSON(answer, c))
	}
	return report.WhyText(w, answer, c, style)
}

func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		hint := "see " + cmd.CommandPath() + " --help"
		switch {
		case len(args) == 0 || args[0] == "":
			return usagef(hint, "say which: %s", what)
		case len(args) > 1:
			return usagef(`names with blanks go in quotes: "`+args[0]+" "+args[1]+`"`, "only one is wanted: %s", what)
		}
		return nil
	}
}
