package cli

import (
	"bytes"
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/recall"
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
			return a.runWhy(cmd.Context(), &opts, question{kind: "group", asked: args[0]}, func(b *diagnose.Bench) (*diagnose.Answer, error) {
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
			return a.runWhy(cmd.Context(), &opts, question{"user", args[0], opts.group}, func(b *diagnose.Bench) (*diagnose.Answer, error) {
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

func (a *app) runWhy(ctx context.Context, opts *whyOptions, q question, ask func(*diagnose.Bench) (*diagnose.Answer, error)) error {
	if err := opts.output.check(); err != nil {
		return err
	}
	if err := opts.evidence.checkFlags(); err != nil {
		return err
	}
	if err := a.checkConcerns(&opts.evidence, opts.from); err != nil { // a remembered answer needs no load
		return err
	}
	m := a.openMemo(ctx, &opts.evidence)
	defer m.close()
	told, err := m.recall(ctx, q)
	if err != nil {
		return err
	}
	if told != nil && !(opts.insists() && m.unprepared(ctx)) {
		if opts.toFile() { // it is not written over evidence
			if a.inputs, err = m.archive.Inputs(ctx); err != nil {
				return err
			}
			a.archives = append(a.archives, opts.from...)
		}
		return a.writeWhy(opts, told)
	}
	began := a.clock()
	c, err := a.load(ctx, &opts.evidence)
	if err != nil {
		return err
	}
	l := ledger.Build(c)
	bench := diagnose.On(c, l)
	reading := a.clock().Sub(began)
	answer, err := ask(bench)
	if err != nil {
		return err
	}
	told = &recall.Told{Answer: answer, Evidence: report.EvidenceOf(c)}
	if err := a.writeWhy(opts, told); err != nil {
		return err
	}
	if !a.cut && !a.ahead {
		m.remember(ctx, q, *told)
		a.prepare(ctx, m, opts, recall.Subject{Bench: bench, Ledger: l, Evidence: told.Evidence}, reading)
	}
	return nil
}

// writeWhy writes an answer, and notes what the exit status depends on.
func (a *app) writeWhy(opts *whyOptions, told *recall.Told) error {
	a.attention = told.Answer.Verdict.Status != diagnose.Healthy
	a.unread = len(told.Evidence.Unreadable) > 0
	return a.write(&opts.output, func(w io.Writer, style report.Style) error {
		if opts.format == "json" {
			return report.WriteJSON(w, told.Evidence.WhyJSON(told.Answer))
		}
		// At once, so that a reader that has enough after a line or two, as head has,
		// leaves when all is out.
		var b bytes.Buffer
		if err := told.Evidence.WhyText(&b, told.Answer, style); err != nil {
			return err
		}
		_, err := w.Write(b.Bytes())
		return err
	})
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
