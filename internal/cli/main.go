// Package cli is the command line: one file a command, each of which turns
// flags into calls of the rooms below and their results into output. It holds no
// logic of its own and never leaves the process: Main returns a status.
package cli

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

// Streams is what a command line touches of the world outside.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Terminal says whether Out is a terminal, ErrTerminal whether Err is; Width is
	// the columns of whichever is, 0 if unknown.
	Terminal, ErrTerminal bool
	Width                 int
	// Getenv reads the environment: NO_COLOR, TERM, COLUMNS.
	Getenv func(string) string
	// Now is the clock that live sources are asked by; time.Now when nil.
	Now func() time.Time
}

// Version is the version of the program, set when a release is built.
var Version = "development"

// Main runs one command line and returns the exit status (see exits). It never
// calls os.Exit, so a test can run it in process.
func Main(ctx context.Context, args []string, std Streams) int {
	app := &app{Streams: std}
	root := app.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	return app.exit(ctx, err)
}

// app is one run of the program.
type app struct {
	Streams
	attention  bool             // --exit-code: something needs attention
	unread     bool             // --exit-code: some input could not be read
	exitStatus bool             // --exit-code was given
	inputs     []casefile.Input // what was read, which is never written over
	archives   []string         // that evidence was read from; they are not written over either
	cut        bool             // the reading was interrupted; the answer is of what was read
	ahead      bool             // claims of the evidence reach beyond now, so the answer is of this moment
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "scimtrail",
		Short: "Say why an AWS IAM Identity Center group is empty, and how that is known",
		Long: `scimtrail reads whatever evidence there is of an AWS IAM Identity Center (CloudTrail logs, Identity Store
listings, Okta, Entra and SailPoint output) and says why a group is empty or who filled it, how that is known,
what cannot be known from it, and what to fetch to find out.`,
		Example: `  scimtrail why group App-AWS-Admins --from ./evidence
  aws cloudtrail lookup-events ... | scimtrail events --from -
  scimtrail investigate --group App-AWS-Admins --from ./evidence -o ./report`,
		Version:       Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err: err, hint: "see " + cmd.CommandPath() + " --help"}
	})
	root.SetVersionTemplate("scimtrail {{.Version}}\n")
	root.PersistentFlags().BoolVar(&a.exitStatus, "exit-code", false, "exit with 3 when something needs attention, 4 when some input could not be read")
	root.AddCommand(a.why(), a.investigate(), a.events(), a.ledger(), a.explain(), a.collect(), a.trace(), a.plan(), a.apply(), a.probe(), a.verify(), a.emulate(), a.push(), a.ui(), a.watch(), exitStatusTopic())
	strict(root)
	return root
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 && strings.Contains(args[0], "://") && cmd.Flags().Lookup("from") != nil {
		return usagef("try: "+cmd.CommandPath()+" --from "+hideSecrets(args[0]), "evidence is named with --from")
	}
	if len(args) > 0 {
		return &usageError{err: unknownCommand(args[0], cmd), hint: "see " + cmd.CommandPath() + " --help"}
	}
	return nil
}

// strict makes wrong words after help and completion wrong usage, which cobra
// answers with help and status 0.
func strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if err != nil || found == root && len(args) > 0 || found.HasSubCommands() && len(rest) > 0 {
					return usagef("see scimtrail --help", "there is no help on %q", strings.Join(args, " "))
				}
				return nil
			}
		case "completion":
			cmd.Args = noArgs
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}
