package cli

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

type ledgerOptions struct {
	evidence
	output
	group, user string
}

func (a *app) ledger() *cobra.Command {
	opts := ledgerOptions{evidence: evidence{prune: true}}
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Memberships through time, and how each is known",
		Example: `  scimtrail ledger --from ./evidence
  scimtrail ledger --from ./evidence --group App-AWS-Admins --format json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runLedger(cmd.Context(), &opts) },
	}
	opts.evidence.addFlags(cmd)
	opts.output.addFlags(cmd, "table", "json", "csv")
	cmd.Flags().StringVar(&opts.group, "group", "", "only this group: a name or an id")
	cmd.Flags().StringVar(&opts.user, "user", "", "only this user: a name or an id")
	return cmd
}

func (a *app) runLedger(ctx context.Context, opts *ledgerOptions) error {
	if err := opts.check(); err != nil {
		return err
	}
	c, err := a.load(ctx, &opts.evidence)
	if err != nil {
		return err
	}
	l := ledger.Build(c)
	groups, users, err := selected(l, opts.group, opts.user)
	if err != nil {
		return err
	}
	var rows []*ledger.Row
	for _, r := range l.Of("", "") {
		if (groups == nil || slices.Contains(groups, r.Group.ID)) && (users == nil || slices.Contains(users, r.User.ID)) {
			rows = append(rows, r)
		}
	}
	a.attention = slices.ContainsFunc(rows, func(r *ledger.Row) bool {
		return slices.ContainsFunc(r.Periods, func(p ledger.Period) bool { return p.Began != nil && p.Began.Known == ledger.Unexplained })
	})
	return a.write(&opts.output, func(w io.Writer, style report.Style) error {
		switch opts.format {
		case "json":
			return report.WriteJSON(w, report.LedgerJSON(rows, l, c))
		case "csv":
			return report.LedgerCSV(w, rows)
		}
		return report.LedgerTable(w, rows, l, style)
	})
}
