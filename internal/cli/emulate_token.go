package cli

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/emulator"
	"github.com/scimtrail/scimtrail/internal/report"
)

func (a *app) emulateToken() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "List, make, delete and expire the emulator's SCIM access tokens",
		Long: `Token administers the SCIM access tokens of an emulator, whether it runs or not. A token is good for a year, and there are
two at most, expired ones included. Its secret is shown when it is made and never again.`,
		Example: `  scimtrail emulate token list --state ./idc
  scimtrail emulate token create --state ./idc --format json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("see "+cmd.CommandPath()+" --help", "say what to do: list, create, delete ID or expire ID")
		},
	}
	cmd.AddCommand(a.tokenList(), a.tokenCreate(), a.tokenDelete(), a.tokenExpire())
	return cmd
}

// tokenCommand is one of the token commands.
type tokenCommand struct {
	output
	emulatorAt
}

func (o *tokenCommand) addFlags(cmd *cobra.Command) {
	o.output.addFlags(cmd, "text", "json")
	o.emulatorAt.addFlags(cmd)
}

// do runs the command and writes what it returns, nil being nothing.
func (a *app) tokenDo(cmd *cobra.Command, o *tokenCommand, do func(emulator.Administration) (any, error), text func(io.Writer) error) error {
	if err := o.check(); err != nil {
		return err
	}
	return a.administer(cmd, &o.emulatorAt, func(e emulator.Administration) error {
		answer, err := do(e)
		if err != nil || answer == nil && o.format == "json" {
			return err
		}
		return a.write(&o.output, func(w io.Writer, _ report.Style) error {
			if o.format == "json" {
				return report.WriteJSON(w, answer)
			}
			return text(w)
		})
	})
}

func (a *app) tokenList() *cobra.Command {
	var opts tokenCommand
	cmd := &cobra.Command{
		Use: "list", Short: "List the access tokens, oldest first", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list emulator.TokensJSON
			return a.tokenDo(cmd, &opts, func(e emulator.Administration) (_ any, err error) {
				list, err = e.Tokens(cmd.Context())
				return list, err
			}, func(w io.Writer) error { return tokenTable(w, list.Tokens) })
		},
	}
	opts.addFlags(cmd)
	return cmd
}

func tokenTable(w io.Writer, list []emulator.TokenJSON) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "There is no access token.")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tCREATED\tEXPIRES\tSTATE")
	for _, token := range list {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", shown(token.ID), stamp(token.CreatedAt), stamp(token.ExpiresAt), tokenState(token))
	}
	return t.Flush()
}

func tokenState(t emulator.TokenJSON) string {
	state := "good"
	if t.Expired != nil && *t.Expired {
		state = "expired"
	}
	if t.Legacy {
		state += ", logs nothing"
	}
	return state
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (a *app) tokenCreate() *cobra.Command {
	var opts tokenCommand
	var legacy bool
	cmd := &cobra.Command{
		Use: "create", Short: "Make an access token and show its secret", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var t emulator.TokenJSON
			return a.tokenDo(cmd, &opts, func(e emulator.Administration) (_ any, err error) {
				t, err = e.CreateToken(cmd.Context(), legacy)
				return t, err
			}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "id       %s\ntoken    %s\nexpires  %s\n", shown(t.ID), shown(t.Token), stamp(t.ExpiresAt))
				return err
			})
		},
	}
	opts.addFlags(cmd)
	cmd.Flags().BoolVar(&legacy, "legacy", false, "make one from before September 2024: it works and logs nothing")
	return cmd
}

func (a *app) tokenDelete() *cobra.Command {
	var opts tokenCommand
	cmd := &cobra.Command{
		Use: "delete ID", Short: "Delete an access token, which is of no use from then on", Args: oneID("token id", "ID --state ./idc"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.tokenDo(cmd, &opts, func(e emulator.Administration) (any, error) {
				return nil, e.DeleteToken(cmd.Context(), args[0])
			}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "The token %s is deleted.\n", shown(args[0]))
				return err
			})
		},
	}
	opts.addFlags(cmd)
	return cmd
}

func (a *app) tokenExpire() *cobra.Command {
	var opts tokenCommand
	cmd := &cobra.Command{
		Use: "expire ID", Short: "End an access token's life as if its year were over", Args: oneID("token id", "ID --state ./idc"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.tokenDo(cmd, &opts, func(e emulator.Administration) (any, error) {
				return e.ExpireToken(cmd.Context(), args[0])
			}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "The token %s is expired. It still counts as one of two.\n", shown(args[0]))
				return err
			})
		},
	}
	opts.addFlags(cmd)
	return cmd
}
