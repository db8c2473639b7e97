package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/scimerror"
)

type explainOptions struct {
	output
	event string
	code  string
}

func (a *app) explain() *cobra.Command {
	var opts explainOptions
	cmd := &cobra.Command{
		Use:   `explain "MESSAGE"`,
		Short: "What a provisioning error means, whose attribute it is, how to mend it",
		Long: `Explain says what an error of the SCIM endpoint, the Identity Store API, CloudTrail, Okta, Entra or SailPoint
means. The message may be pasted as it was shown, in its envelope, as a JSON body, or in another language of
the console. A message that the catalogue does not know is said to be unknown; nothing is guessed.`,
		Example: `  scimtrail explain "2 validation errors detected: Value at 'name.familyName' failed to satisfy constraint: ..."
  scimtrail explain --event event.json
  aws cloudtrail lookup-events ... | scimtrail explain --event -`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.runExplain(cmd.Context(), &opts, args) },
	}
	opts.output.addFlags(cmd, "text", "json")
	cmd.Flags().StringVar(&opts.event, "event", "", "explain the failed events in this file, - for standard input")
	cmd.Flags().StringVar(&opts.code, "code", "", "the error's name, e.g. ValidationException, if the message does not say it")
	_ = cmd.MarkFlagFilename("event")
	return cmd
}

func (a *app) runExplain(ctx context.Context, opts *explainOptions, args []string) error {
	if err := opts.check(); err != nil {
		return err
	}
	if (len(args) == 0 && opts.code == "") == (opts.event == "") {
		return usagef(`try: scimtrail explain "Duplicate GroupDisplayName"`, "give either a message in quotes or --event FILE")
	}
	if opts.event != "" {
		return a.explainEvents(ctx, opts)
	}
	message := strings.Join(args, " ")
	x, ok := scimerror.Explain(opts.code, message)
	a.attention = !ok
	return a.write(&opts.output, func(w io.Writer, style report.Style) error {
		if opts.format == "json" {
			return report.WriteJSON(w, report.ExplainJSON(opts.code, message, x, ok))
		}
		return report.ExplainText(w, opts.code, message, x, ok, style)
	})
}

// explainEvents explains every failed event of a file; of events that did not
// fail it says so.
func (a *app) explainEvents(ctx context.Context, opts *explainOptions) error {
	c, err := a.load(ctx, &evidence{from: []string{opts.event}})
	if err != nil {
		return err
	}
	var failed []*casefile.Event
	all := 0
	for _, list := range [][]casefile.Event{c.Events, c.Undated} {
		for i := range list {
			all++
			if list[i].Failed() {
				failed = append(failed, &list[i])
			}
		}
	}
	if all == 0 {
		for _, l := range c.Unreadable {
			return fmt.Errorf("reading %s: %s", l.Path, l.Reason)
		}
		return fmt.Errorf("%s holds no identity event", opts.event)
	}
	return a.write(&opts.output, func(w io.Writer, style report.Style) error {
		if len(failed) == 0 && opts.format == "text" {
			_, err := fmt.Fprintf(w, "None of the identity events in %s failed (%d read), so there is no error to explain.\n", report.Clean(opts.event), all)
			return err
		}
		for i, ev := range failed {
			x, ok := scimerror.Explain(ev.ErrorCode, ev.ErrorMessage)
			a.attention = a.attention || !ok
			if opts.format == "json" {
				if err := report.WriteJSON(w, report.ExplainJSON(ev.ErrorCode, ev.ErrorMessage, x, ok)); err != nil {
					return err
				}
				continue
			}
			if i > 0 {
				fmt.Fprintln(w)
			}
			if err := report.EventText(w, ev, style); err != nil {
				return err
			}
			if err := report.ExplainText(w, ev.ErrorCode, ev.ErrorMessage, x, ok, style); err != nil {
				return err
			}
		}
		return nil
	})
}
