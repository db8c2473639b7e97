package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/repair"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

type planOptions struct {
	evidence
	format, file    string
	desired, by     string
	groups, empty   []string
	store           string
	addUser, remove string
	limit           string
}

func (a *app) plan() *cobra.Command {
	var opts planOptions
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Say what it takes to put memberships right, and save that as a plan",
		Long: `Plan sets who should be in which group against who is, and prints the difference. It changes nothing; scimtrail apply
does a plan that was saved.

Who should be there: --desired FILE (a table with the columns user and group, or an export of a provider), or the
provider itself as --from okta://... or entra://.... Who is there: --from identitystore://REGION/STORE, or saved listings.
Left as they are: groups of which nothing says who should be in them, groups whose members the evidence does not show to
the end, the groups of AWS Control Tower unless they are named with --group, and groups that should be empty unless they
are named with --empty.`,
		Example: `  scimtrail plan --from identitystore://us-east-2/d-9a67000001 --desired desired.csv -o plan.json
  scimtrail plan --from identitystore://us-east-2/d-9a67000001 --from okta://example.okta.com -o plan.json
  scimtrail plan --from identitystore://us-east-2/d-9a67000001 --add ann@example.com --group App-AWS-Admins -o plan.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runPlan(cmd.Context(), &opts) },
	}
	f := cmd.Flags()
	opts.evidence.addFlags(cmd)
	f.StringVar(&opts.format, "format", "text", "one of text, json")
	f.StringVarP(&opts.file, "output", "o", "", "save the plan in this file, for scimtrail apply")
	f.StringVar(&opts.desired, "desired", "", "the file that says who should be in which group (- for standard input)")
	f.StringVar(&opts.by, "desired-by", "", "when several sources say who should be there: table, okta or entra")
	f.StringArrayVar(&opts.groups, "group", nil, "only this group, by name or id (repeatable)")
	f.StringArrayVar(&opts.empty, "empty", nil, "this group may be left without members (repeatable)")
	f.StringVar(&opts.store, "store", "", "the identity store, when the evidence shows several")
	f.StringVar(&opts.addUser, "add", "", "add this one user to the --group")
	f.StringVar(&opts.remove, "remove", "", "remove this one user from the --group")
	f.StringVar(&opts.limit, "max-removals", "10%", limitHelp)
	_ = cmd.MarkFlagFilename("output")
	_ = cmd.MarkFlagFilename("desired")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("desired-by", cobra.FixedCompletions([]string{repair.FromTable, repair.FromOkta, repair.FromEntra}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

const limitHelp = "the share of members that may be removed: of each group's present members, and of all members of the groups compared (one is always allowed)"

func (o *planOptions) check() error {
	out := output{format: o.format, file: o.file, formats: []string{"text", "json"}}
	if err := out.check(); err != nil {
		return err
	}
	one := o.addUser != "" || o.remove != ""
	switch {
	case o.addUser != "" && o.remove != "":
		return usagef("make two plans, one after the other", "--add and --remove: one plan does one of them")
	case one && len(o.groups) != 1:
		return usagef("for example --add ann@example.com --group App-AWS-Admins", "say which group: one --group goes with --add and --remove")
	case one && (o.desired != "" || o.by != ""):
		return usagef("", "--add and --remove say already what is wanted: leave out --desired and --desired-by")
	case o.by != "" && !slices.Contains([]string{repair.FromTable, repair.FromOkta, repair.FromEntra}, o.by):
		return usagef("", "--desired-by %s: it is table, okta or entra", o.by)
	case o.store != "" && !awsid.IsStore(o.store):
		return usagef("form: d-9a67000001", "--store %s: not an identity store", o.store)
	case o.desired == "-" && slices.Contains(o.from, "-"):
		return usagef("save one of them in a file", "--desired - and --from -: standard input can be read only once")
	}
	return nil
}

func limitOf(text string) (repair.Limit, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "%"))
	if err != nil || n < 0 || n > 100 {
		return 0, usagef("form: --max-removals 10%", "--max-removals %s: not a share from 0%% to 100%%", text)
	}
	return repair.Limit(n), nil
}

func (a *app) runPlan(ctx context.Context, opts *planOptions) error {
	if err := opts.check(); err != nil {
		return err
	}
	limit, err := limitOf(opts.limit)
	if err != nil {
		return err
	}
	var desired *upstream.State
	if opts.desired != "" { // a small file: judged before much is read
		if desired, err = a.readDesired(opts.desired); err != nil {
			return err
		}
	}
	if one := cmp.Or(opts.addUser, opts.remove); one != "" {
		opts.evidence.user, opts.evidence.group = one, opts.groups[0]
	}
	c, err := a.load(ctx, &opts.evidence)
	if err != nil {
		return err
	}
	if a.cut {
		return context.Cause(ctx)
	}
	p, err := makePlan(c, desired, opts)
	if err != nil {
		return err
	}
	add, remove := p.Counts()
	a.attention = add+remove+len(p.CannotAdd)+len(p.Missing) > 0
	if opts.file != "" && opts.file != "-" {
		if a.reads(opts.file) || sameFile(opts.file, opts.desired) {
			return usagef("name another file", "-o %s: that file is evidence; it is not written over", opts.file)
		}
		if err := p.Save(opts.file); err != nil {
			return err
		}
	}
	out := output{format: opts.format}
	return a.write(&out, func(w io.Writer, style report.Style) error {
		if opts.format == "json" {
			return report.WriteJSON(w, p)
		}
		return planText(w, p, limit, opts.file, style)
	})
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil || b == "" {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

func (a *app) readDesired(name string) (*upstream.State, error) {
	data, err := a.pushInput(name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	state, _, _, err := upstream.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return &state, nil
}

func makePlan(c *casefile.Case, desired *upstream.State, opts *planOptions) (*repair.Plan, error) {
	w, err := repair.NewWorld(c.Snapshots, opts.store)
	if errors.Is(err, repair.ErrNoStore) {
		return nil, fmt.Errorf("%w; name one, for example --from identitystore://REGION/STORE", err)
	}
	if err != nil {
		return nil, err
	}
	o := repair.Options{Groups: opts.groups, Empty: opts.empty, Now: cmp.Or(c.Now, time.Now().UTC()), Pushed: pushed(c)}
	switch {
	case opts.addUser != "":
		return onePlan(c, w, repair.Add, opts.addUser, opts.groups[0], o)
	case opts.remove != "":
		return onePlan(c, w, repair.Remove, opts.remove, opts.groups[0], o)
	}
	if desired == nil {
		if len(c.Unreadable) > 0 {
			return nil, fmt.Errorf("%w: %s: %s", repair.ErrHalf, filepath.ToSlash(c.Unreadable[0].Path), c.Unreadable[0].Reason)
		}
		desired = &c.Upstream
	}
	wanted, err := repair.Desired(*desired, opts.by)
	if errors.Is(err, repair.ErrNothingWanted) {
		return nil, fmt.Errorf("%w; nothing was planned: say who should be in which group with --desired FILE or --from okta://ORG", err)
	}
	if err != nil {
		return nil, fmt.Errorf("nothing was planned: %w", err)
	}
	return repair.Make(w, wanted, o)
}

// onePlan plans for one person. A live source that was asked for this person and
// group alone says in the notes when there is no such one.
func onePlan(c *casefile.Case, w *repair.World, op repair.Op, user, group string, o repair.Options) (*repair.Plan, error) {
	p, err := repair.One(w, op, user, group, o)
	switch {
	case err != nil && len(c.Notes) > 0:
		return nil, fmt.Errorf("%w; %s", err, strings.Join(c.Notes, " "))
	case err == nil && len(p.CannotAdd) > 0:
		p.Warnings = append(p.Warnings, c.Notes...)
	}
	return p, err
}

// pushed returns whether the log shows that a group is kept over SCIM.
func pushed(c *casefile.Case) func(string) bool {
	groups := map[string]bool{}
	for i := range c.Events {
		ev := &c.Events[i]
		if ev.Source == awsid.SourceSCIM && !ev.ReadOnly && !ev.Failed() && ev.Subject.Group != "" {
			groups[ev.Subject.Group] = true
		}
	}
	return func(id string) bool { return groups[id] }
}
