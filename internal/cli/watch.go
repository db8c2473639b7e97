package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/watch"
)

type watchOptions struct {
	evidence
	output
	archive      string
	every        time.Duration
	replay       string
	rulesFile    string
	printRules   bool
	tokenCreated string
	off          []string
	open         bool
	listen       string
	logFormat    string
	notifyFile   string
	lease        time.Duration
}

func (a *app) watch() *cobra.Command {
	var opts watchOptions
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Keep an archive current, and raise an alert when provisioning breaks",
		Long: `Watch fetches evidence again and again into an archive and raises an alert when SCIM falls silent, its writes fail,
members are changed outside it, a group is emptied, many users go at once, a new client calls, provisioning is switched, a
token nears its end, log files fail their digests, or nothing is collected. Each alert opens once, closes when mended, and
carries the answer of why. One line of JSON on standard output tells each opening and closing.

--replay tries the rules on the past: it prints what would have been raised over evidence that is there, and when.`,
		Example: `  scimtrail watch --archive case.db --from lookup://us-east-2 --from identitystore://us-east-2
  scimtrail watch --archive postgres://db.example.com/scimtrail --from sqs://us-east-2/111122223333/identity-events --from lookup://us-east-2
  scimtrail watch --replay ./evidence
  scimtrail watch --print-rules > rules.yaml`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runWatch(cmd.Context(), &opts) },
	}
	opts.evidence.addFlags(cmd)
	opts.output.addFlags(cmd, "text", "json", "jsonl")
	f := cmd.Flags()
	f.StringVar(&opts.archive, "archive", "", "the archive to keep current: case.db or postgres://HOST/DATABASE")
	f.DurationVar(&opts.every, "every", time.Minute, "how often to look")
	f.StringVar(&opts.replay, "replay", "", "print what would have been raised over this evidence (as --from), and stop")
	f.StringVar(&opts.rulesFile, "rules", "", "a file of rules, YAML or JSON; see --print-rules")
	f.BoolVar(&opts.printRules, "print-rules", false, "print the rules as they are without --rules, and stop")
	f.StringVar(&opts.tokenCreated, "token-created", "", "when the SCIM token was made, a date; without it, when it was first seen")
	f.StringSliceVar(&opts.off, "off", nil, "switch rules off: "+strings.Join(watch.RuleNames, ", "))
	f.BoolVar(&opts.open, "open", false, "with --replay: only what would still be open at the end")
	f.StringVar(&opts.listen, "listen", "", "serve /metrics, /healthz and /readyz at this address, such as 127.0.0.1:9464")
	f.StringVar(&opts.logFormat, "log-format", "text", "of the log on standard error: text or json")
	f.StringVar(&opts.notifyFile, "notify-file", "", "a file with addresses to send alerts to, one a line (they hold secrets; else SCIMTRAIL_NOTIFY_URLS)")
	f.DurationVar(&opts.lease, "lease", 30*time.Second, "on PostgreSQL: how long until another watcher takes over from one that is gone")
	_ = cmd.MarkFlagFilename("notify-file")
	_ = cmd.MarkFlagFilename("rules", "yaml", "yml", "json")
	_ = cmd.RegisterFlagCompletionFunc("off", cobra.FixedCompletions(watch.RuleNames, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) runWatch(ctx context.Context, opts *watchOptions) error {
	if err := opts.check(); err != nil {
		return err
	}
	if opts.printRules {
		_, err := io.WriteString(a.Out, watch.Defaults())
		return err
	}
	rules, err := opts.rules()
	if err != nil {
		return err
	}
	if opts.replay != "" {
		return a.replay(ctx, opts, rules)
	}
	return a.keepWatching(ctx, opts, rules)
}

// rules reads --rules and the flags that change them.
func (o *watchOptions) rules() (watch.Rules, error) {
	rules := watch.DefaultRules()
	if o.rulesFile != "" {
		data, err := readSmall(o.rulesFile)
		if err != nil {
			return rules, fmt.Errorf("reading the rules: %w", err)
		}
		if rules, err = watch.ParseRules(data); err != nil {
			return rules, usagef("scimtrail watch --print-rules prints a file to begin with", "--rules %s: %w", o.rulesFile, err)
		}
	}
	for _, name := range o.off {
		if !rules.Off(name) {
			return rules, usagef("there are "+strings.Join(watch.RuleNames, ", "), "--off %s: there is no such rule", name)
		}
	}
	if o.tokenCreated != "" {
		made, err := parseTime("--token-created", o.tokenCreated)
		if err != nil {
			return rules, err
		}
		rules.Rules.Token.Created = watch.Date{Time: made}
	}
	return rules, nil
}

// maxConfig bounds a file of rules or addresses.
const maxConfig = 1 << 20

func readSmall(name string) ([]byte, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s", name)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxConfig {
		return nil, fmt.Errorf("%s is larger than 1 MiB", name)
	}
	return data, nil
}

func (o *watchOptions) catalogue() (*actor.Catalogue, error) {
	catalogue := actor.Default()
	if o.actors == "" {
		return catalogue, nil
	}
	own, err := loadActors(o.actors)
	if err != nil {
		return nil, err
	}
	return catalogue.With(own), nil
}

// replay prints what would have been raised.
func (a *app) replay(ctx context.Context, opts *watchOptions, rules watch.Rules) error {
	from := append([]string{opts.replay}, opts.from...)
	if err := checkFrom(from); err != nil {
		return err
	}
	if err := a.checkConcerns(&opts.evidence, from); err != nil {
		return err
	}
	f, err := opts.filter()
	if err != nil {
		return err
	}
	catalogue, err := opts.catalogue()
	if err != nil {
		return err
	}
	// Most of what is read lives to the end of the replay, and is small.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	g := watch.NewGather(watch.NewReader(catalogue), nil)
	for _, name := range from {
		switch _, remote := schemeOf(name); {
		case isArchive(name):
			err = a.readChanges(ctx, name, g)
		case remote:
			err = a.readLive(ctx, name, &opts.evidence, f, nil, g)
		default:
			counts := new(file.Progress)
			done := a.showProgress(opts.progress, name, counts)
			err = file.New(name, a.fileOptions(ctx, &opts.evidence, opts.only(f), counts)).Collect(ctx, g)
			done()
		}
		if err != nil {
			return fmt.Errorf("reading evidence from %s: %w", hideSecrets(name), err)
		}
	}
	alerts := watch.Replay(g, rules)
	if opts.open {
		alerts = stillOpen(alerts)
	}
	a.attention = len(stillOpen(alerts)) > 0
	records, _ := g.Len()
	return a.write(&opts.output, func(w io.Writer, style report.Style) error {
		switch opts.format {
		case "json":
			if alerts == nil {
				alerts = []*watch.Alert{}
			}
			return report.WriteJSON(w, struct {
				Schema string         `json:"schema"`
				Alerts []*watch.Alert `json:"alerts"`
			}{"scimtrail/replay/v1", alerts})
		case "jsonl":
			for _, t := range watch.Transitions(alerts) {
				if err := writeLine(w, t); err != nil {
					return err
				}
			}
			return nil
		}
		return replayText(w, alerts, records, style)
	})
}

// readChanges reads what the rules have a use for from an archive.
func (a *app) readChanges(ctx context.Context, from string, sink casefile.Sink) error {
	kept, err := openArchive(ctx, from)
	if err != nil {
		return err
	}
	defer kept.Close()
	a.archives = append(a.archives, from)
	return kept.CollectChanges(ctx, sink, awsid.SourceSCIM)
}

func stillOpen(alerts []*watch.Alert) (out []*watch.Alert) {
	for _, a := range alerts {
		if a.Open() {
			out = append(out, a)
		}
	}
	return out
}
