package cli

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

type eventsOptions struct {
	evidence
	output
	reads bool
	group string
	user  string
}

func (a *app) events() *cobra.Command {
	opts := eventsOptions{evidence: evidence{prune: true}}
	cmd := &cobra.Command{
		Use:   "events",
		Short: "The identity events, normalised",
		Example: `  scimtrail events --from ./evidence
  scimtrail events --from ./evidence --group App-AWS-Admins --format csv -o events.csv
  scimtrail events --from logs/ --reads --format jsonl | jq 'select(.error)'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runEvents(cmd.Context(), &opts) },
	}
	opts.evidence.addFlags(cmd)
	opts.output.addFlags(cmd, "table", "json", "jsonl", "csv", "ocsf")
	cmd.Flags().BoolVar(&opts.reads, "reads", false, "show calls that only read as well")
	cmd.Flags().StringVar(&opts.group, "group", "", "only events about this group: a name or an id")
	cmd.Flags().StringVar(&opts.user, "user", "", "only events about this user: a name or an id")
	return cmd
}

func (a *app) runEvents(ctx context.Context, opts *eventsOptions) error {
	if err := opts.check(); err != nil {
		return err
	}
	c, err := a.load(ctx, &opts.evidence)
	if err != nil {
		return err
	}
	l := ledger.Build(c)
	group, user, err := selected(l, opts.group, opts.user)
	if err != nil {
		return err
	}
	var events []*casefile.Event
	for _, list := range [][]casefile.Event{c.Events, c.Undated} {
		for i := range list {
			ev := &list[i]
			g, u := report.Subject(ev, l)
			if (opts.reads || !ev.ReadOnly) && (group == nil || slices.Contains(group, g.ID)) && (user == nil || slices.Contains(user, u.ID)) {
				events = append(events, ev)
			}
		}
	}
	return a.write(&opts.output, func(w io.Writer, style report.Style) error {
		switch opts.format {
		case "json":
			return report.WriteJSON(w, report.EventsJSON(events, l))
		case "jsonl":
			return report.EventsJSONL(w, events, l)
		case "csv":
			return report.EventsCSV(w, events, l)
		case "ocsf":
			return report.EventsOCSF(w, events, l, Version)
		}
		return report.EventsTable(w, events, l, style)
	})
}

// selected turns names into the ids that they can mean; nil stands for any.
func selected(l *ledger.Ledger, group, user string) (groups, users []string, err error) {
	ids := func(kind, asked string, found []*ledger.Life) ([]string, error) {
		if asked == "" {
			return nil, nil
		}
		out := []string{}
		for _, life := range found {
			out = append(out, life.ID)
		}
		if len(out) == 0 {
			return nil, usagef("scimtrail why "+kind+" says which names are like it", "no %s called %q is in the evidence", kind, asked)
		}
		return out, nil
	}
	if groups, err = ids("group", group, l.FindGroup(group)); err != nil {
		return nil, nil, err
	}
	users, err = ids("user", user, l.FindUser(user))
	return groups, users, err
}
