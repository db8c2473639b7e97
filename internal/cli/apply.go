package cli

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/repair"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/scimclient"
	targetstore "github.com/scimtrail/scimtrail/internal/target/identitystore"
	targetscim "github.com/scimtrail/scimtrail/internal/target/scim"
)

type applyOptions struct {
	endpointFlags
	format, limit, reason, journal string
	undo                           string
	dry                            bool
	profile, role, externalID      string
	region, progress               string
}

// endpointFlags name a SCIM endpoint and its token.
type endpointFlags struct {
	endpoint, tokenFile, caFile string
}

func (e *endpointFlags) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&e.endpoint, "scim-endpoint", "", "the SCIM URL, which ends in /scim/v2; the token is in "+tokenVariable+" or --token-file")
	f.StringVar(&e.tokenFile, "token-file", "", "the file with the SCIM token")
	f.StringVar(&e.caFile, "ca-file", "", "trust this certificate authority (PEM) for the SCIM endpoint")
	_ = cmd.MarkFlagFilename("token-file")
	_ = cmd.MarkFlagFilename("ca-file")
}

// client makes a client of the endpoint.
func (a *app) client(e *endpointFlags, o scimclient.Options) (*scimclient.Client, error) {
	if _, err := scimclient.Endpoint(e.endpoint); err != nil {
		return nil, err
	}
	token, err := a.pushToken(e.tokenFile)
	if err != nil {
		return nil, err
	}
	if e.caFile != "" {
		pem, err := readBounded(e.caFile, maxSecret)
		if err != nil {
			return nil, fmt.Errorf("reading the certificate authority %s: %w", e.caFile, err)
		}
		if o.RootCAs = x509.NewCertPool(); !o.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", e.caFile)
		}
	}
	o.UserAgent = "scimtrail/" + Version
	return scimclient.New(e.endpoint, token, o)
}

func (a *app) apply() *cobra.Command {
	var opts applyOptions
	cmd := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Do exactly what a saved plan says, or stop; take it back with --undo",
		Long: `Apply does a plan that scimtrail plan saved: that and nothing else. First it reads who is in the plan's groups; when that is
not what the plan was made on, it says what moved and changes nothing. It asks no question.

It writes to AWS over the Identity Store API with the ordinary credentials of the AWS SDK (AWS_ENDPOINT_URL is heeded), or
over SCIM with --scim-endpoint, 100 members a call. Every step is written into a journal before and after it, beside the plan
unless --journal says otherwise. When it was interrupted, in whatever way, run it again: what was done is not done again. With --undo a journal
is taken back, under the same guards.`,
		Example: `  scimtrail apply plan.json --reason "INC-4711: group emptied by a script"
  SCIMTRAIL_SCIM_TOKEN=... scimtrail apply plan.json --reason INC-4711 --scim-endpoint https://scim.us-east-2.amazonaws.com/TENANT/scim/v2
  scimtrail apply --undo plan.json.5f3a9c01.journal --reason "INC-4711: wrong list"`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.runApply(cmd.Context(), &opts, args) },
	}
	f := cmd.Flags()
	f.StringVar(&opts.reason, "reason", "", "why this is done; kept in the journal")
	f.StringVar(&opts.journal, "journal", "", "the journal (a file beside the plan, named after it, when empty)")
	f.StringVar(&opts.undo, "undo", "", "take back what this journal says was done")
	f.StringVar(&opts.limit, "max-removals", "10%", limitHelp)
	f.BoolVar(&opts.dry, "dry-run", false, "compare the plan with the world, and change nothing")
	opts.endpointFlags.addFlags(cmd)
	f.StringVar(&opts.profile, "profile", "", "a profile of the AWS configuration")
	f.StringVar(&opts.role, "role-arn", "", "a role of AWS to assume")
	f.StringVar(&opts.externalID, "external-id", "", "the external id that the role asks for")
	f.StringVar(&opts.region, "region", "", "the Region of the identity store, when the plan does not say it")
	f.StringVar(&opts.format, "format", "text", "one of text, json")
	f.StringVar(&opts.progress, "progress", progressAuto, "how to show progress on standard error: auto (a line on a terminal), json or none")
	for _, name := range []string{"journal", "undo"} {
		_ = cmd.MarkFlagFilename(name)
	}
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (o *applyOptions) check(args []string) error {
	if err := (&output{format: o.format, formats: []string{"text", "json"}}).check(); err != nil {
		return err
	}
	switch {
	case o.undo == "" && (len(args) != 1 || args[0] == ""):
		return usagef("make one with scimtrail plan -o plan.json", "say which plan: one PLAN")
	case o.undo != "" && len(args) > 0:
		return usagef("", "--undo takes a journal and no PLAN")
	case strings.TrimSpace(o.reason) == "" && !o.dry:
		return usagef(`for example --reason "INC-4711: group emptied by a script"`, "say why this is done: --reason; it is kept in the journal")
	case len(o.reason) > 4096:
		return usagef("", "--reason: it is longer than 4 KB")
	case o.endpoint != "" && (o.profile != "" || o.role != "" || o.externalID != ""):
		return usagef("", "--scim-endpoint goes with a token, not with --profile, --role-arn or --external-id")
	case o.endpoint == "" && (o.tokenFile != "" || o.caFile != ""):
		return usagef("", "--token-file and --ca-file go with --scim-endpoint")
	}
	return nil
}

func (a *app) runApply(ctx context.Context, opts *applyOptions, args []string) error {
	if err := opts.check(args); err != nil {
		return err
	}
	limit, err := limitOf(opts.limit)
	if err != nil {
		return err
	}
	counts := new(live.Progress)
	if opts.undo != "" {
		return a.runUndo(ctx, opts, limit, counts)
	}
	file := args[0]
	p, id, err := readPlan(file)
	if err != nil {
		return err
	}
	unlock, err := repair.LockPlan(file)
	if err != nil {
		return fmt.Errorf("the plan %s: %w", file, err)
	}
	defer unlock()
	if p.Empty() {
		return a.applied(opts, p, &repair.Outcome{Verified: true}, "")
	}
	t, through, err := a.target(ctx, opts, p.Store, p.Region, counts)
	if err != nil {
		return err
	}
	return a.applyPlan(ctx, opts, p, id, t, through, cmp.Or(opts.journal, journalOf(file, id)), limit, counts)
}

// journalOf is the journal of a plan: another plan under the same name has another.
func journalOf(file, id string) string {
	_, sum, _ := strings.Cut(id, ":")
	return file + "." + sum[:min(len(sum), 8)] + ".journal"
}

func readPlan(file string) (*repair.Plan, string, error) {
	f, err := os.Open(file)
	if err != nil {
		if path, ok := errors.AsType[*os.PathError](err); ok {
			err = path.Err
		}
		return nil, "", fmt.Errorf("reading the plan %s: %w", file, err)
	}
	defer f.Close()
	p, id, err := repair.Load(f)
	if err != nil {
		return nil, "", fmt.Errorf("reading the plan %s: %w", file, err)
	}
	return p, id, nil
}

// target opens what memberships are changed through.
func (a *app) target(ctx context.Context, opts *applyOptions, store, region string, counts *live.Progress) (repair.Target, string, error) {
	if opts.endpoint != "" {
		// 25 writes a second and 40 reads are allowed (identity-center-scim reference 13).
		c, err := a.client(&opts.endpointFlags, scimclient.Options{Progress: counts, Pacer: live.NewPacer(15, 15)})
		if err != nil {
			return nil, "", err
		}
		if r := scimclient.Region(c.Endpoint()); region != "" && r != "" && r != region {
			return nil, "", fmt.Errorf("the plan is for %s, and the SCIM endpoint is of %s", region, r)
		}
		return targetscim.New(c), "SCIM at " + c.Endpoint(), nil
	}
	if store == "" {
		return nil, "", errors.New("the plan does not say which identity store it is for; make it from evidence that does")
	}
	o := awsaccess.Options{Region: cmp.Or(region, opts.region), ExternalID: opts.externalID}
	if opts.profile != "" {
		o.Profiles = []string{opts.profile}
	}
	if opts.role != "" {
		o.RoleARNs = []string{opts.role}
	}
	list, err := awsaccess.Open(ctx, o)
	if err != nil {
		return nil, "", err
	}
	access := list[len(list)-1] // the role, when one is assumed
	return targetstore.New(access, store, targetstore.Options{Progress: counts}), "the Identity Store API", nil
}

// workers is how many groups are worked on at once: enough to keep a pace of 15
// calls a second over a slow line.
const workers = 4

func (a *app) applyPlan(ctx context.Context, opts *applyOptions, p *repair.Plan, id string, t repair.Target, through, journal string, limit repair.Limit, counts *live.Progress) error {
	o := repair.ApplyOptions{Reason: opts.reason, By: whoami(), Target: through, Limit: limit, Workers: workers, Progress: counts}
	if opts.dry {
		return a.dryApply(ctx, opts, p, t, o)
	}
	j, err := repair.OpenJournal(journal, nil)
	if err != nil {
		return err
	}
	defer j.Close()
	done := a.showLive(opts.progress, "apply", counts)
	out, failed := repair.Apply(ctx, p, id, t, j, o)
	done()
	switch {
	case errors.Is(failed, repair.ErrOtherJournal):
		return fmt.Errorf("the journal %s is of another plan: name another with --journal", journal)
	case !j.Begun(): // nothing was changed, and no journal is left behind
		_ = os.Remove(journal)
		return failed
	}
	a.attention = len(out.Refused)+len(out.Differs) > 0
	if failed != nil {
		if out.Added+out.Removed > 0 || j.Begun() {
			fmt.Fprintf(a.Err, "scimtrail: stopped after %d added and %d removed; run the same command again to go on, or take it back with scimtrail apply --undo %s\n", out.Added, out.Removed, report.Clean(journal))
		}
		return failed
	}
	return a.applied(opts, p, out, journal)
}

func (a *app) dryApply(ctx context.Context, opts *applyOptions, p *repair.Plan, t repair.Target, o repair.ApplyOptions) error {
	if err := repair.Check(ctx, p, t, o); err != nil {
		return err
	}
	out := output{format: opts.format}
	return a.write(&out, func(w io.Writer, style report.Style) error {
		if opts.format == "json" {
			return report.WriteJSON(w, p)
		}
		if err := planText(w, p, o.Limit, "", style); err != nil {
			return err
		}
		_, err := fmt.Fprintln(w, "The world is as the plan has it. Nothing was changed (--dry-run).")
		return err
	})
}

func (a *app) runUndo(ctx context.Context, opts *applyOptions, limit repair.Limit, counts *live.Progress) error {
	f, err := os.Open(opts.undo)
	if err != nil {
		if path, ok := errors.AsType[*os.PathError](err); ok {
			err = path.Err
		}
		return fmt.Errorf("reading the journal %s: %w", opts.undo, err)
	}
	defer f.Close()
	j, err := repair.ReadJournal(f)
	if err != nil {
		return fmt.Errorf("reading the journal %s: %w", opts.undo, err)
	}
	unlock, err := repair.LockPlan(opts.undo)
	if err != nil {
		return fmt.Errorf("the journal %s: %w", opts.undo, err)
	}
	defer unlock()
	store, region := j.Store()
	t, through, err := a.target(ctx, opts, store, region, counts)
	if err != nil {
		return err
	}
	p, err := repair.Undo(ctx, j, opts.undo, t, time.Now())
	if err != nil {
		return err
	}
	if p.Empty() {
		return a.applied(opts, p, &repair.Outcome{Verified: true}, "")
	}
	if opts.format == "text" && !opts.dry {
		if err := planText(a.Out, p, limit, "", a.style()); err != nil {
			return err
		}
	}
	return a.applyPlan(ctx, opts, p, p.ID(), t, through, cmp.Or(opts.journal, opts.undo+".undo-"+p.Made.Format("20060102T150405Z")), limit, counts)
}

func whoami() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}
