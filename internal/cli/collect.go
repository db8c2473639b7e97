package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/archive"
	keptfolder "github.com/scimtrail/scimtrail/internal/archive/folder"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/engine"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

type collectOptions struct {
	evidence
	output
	into     string
	plan     bool
	printDDL string
	location string
	purge    string
}

func (a *app) collect() *cobra.Command {
	var opts collectOptions
	cmd := &cobra.Command{
		Use:   "collect",
		Short: "Copy evidence from where it lives into an archive or a folder",
		Long: `Collect fetches evidence from services, log files or both and keeps it, with a note of what was searched, so that the
next question needs no service and CloudTrail's memory of 90 days stops mattering. Collecting again adds what is new and
changes nothing else; an interrupted collection goes on where it stopped.

--into takes a file (an archive in SQLite, made when it is not there), a folder (a name that ends in / or is one), or
postgres://HOST/DATABASE for an archive that a team shares.

Services are named as everywhere: lookup://REGION (CloudTrail's event history), s3://BUCKET/PREFIX (a trail's log files),
identitystore://REGION/STORE (users, groups, memberships), athena://CATALOG/DATABASE/TABLE, trino://HOST/CATALOG/SCHEMA/TABLE,
lake://REGION/EVENT-DATA-STORE, okta://ORG, sailpoint://TENANT, entra://TENANT.

Secrets come from AWS's own credential chain, the environment (or, with _FILE behind the name, from a file that it names):
OKTA_API_TOKEN; SAILPOINT_CLIENT_ID and SAILPOINT_CLIENT_SECRET; AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; TRINO_USER and
TRINO_PASSWORD; PGPASSWORD.`,
		Example: `  scimtrail collect --plan --from lookup://us-east-2 --from identitystore://us-east-2
  scimtrail collect --from lookup://us-east-2 --from identitystore://us-east-2 --into case.db
  scimtrail collect --from s3://example-trail/AWSLogs --since 2025-09-01 --into case.db
  scimtrail collect --print-ddl athena --location s3://example-trail/AWSLogs/
  scimtrail collect --into case.db --purge-before 2024-11-01`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runCollect(cmd.Context(), &opts) },
	}
	opts.custody, opts.prune = true, true
	opts.evidence.addFlags(cmd)
	opts.output.addFlags(cmd, "text", "json")
	f := cmd.Flags()
	f.StringVar(&opts.into, "into", "", "where to keep it: an archive (case.db), a folder (case/) or postgres://HOST/DATABASE")
	f.BoolVar(&opts.plan, "plan", false, "say what would be fetched, from where, with which permissions, for about how long and at what cost; fetch nothing")
	f.StringVar(&opts.printDDL, "print-ddl", "", "print the definition of a table over a trail's log files for: athena, trino")
	f.StringVar(&opts.location, "location", "", "with --print-ddl: where the log files lie, s3://BUCKET/PREFIX/AWSLogs/...")
	f.StringVar(&opts.purge, "purge-before", "", "remove from the archive what happened before this time; the ground counts as not looked at afterwards")
	_ = cmd.RegisterFlagCompletionFunc("print-ddl", cobra.FixedCompletions([]string{"athena", "trino"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) runCollect(ctx context.Context, opts *collectOptions) error {
	if err := opts.check(); err != nil {
		return err
	}
	if err := opts.checkAlone(); err != nil {
		return err
	}
	switch {
	case opts.printDDL != "":
		return a.printDDL(opts)
	case opts.purge != "":
		return a.purge(ctx, opts)
	}
	if len(opts.from) == 0 {
		return usagef("try: scimtrail collect --from lookup://us-east-2 --from identitystore://us-east-2 --into case.db", "no evidence was named")
	}
	if err := checkFrom(opts.from); err != nil {
		return err
	}
	if err := opts.checkFlags(); err != nil {
		return err
	}
	if err := a.checkConcerns(&opts.evidence, opts.from); err != nil {
		return err
	}
	if err := a.checkKept(opts); err != nil {
		return err
	}
	f, err := opts.filter()
	if err != nil {
		return err
	}
	if opts.plan {
		return a.planCollect(ctx, opts, f)
	}
	if opts.into == "" {
		return usagef("try: --into case.db", "say where to keep the evidence")
	}
	if err := checkInto(opts.into); err != nil {
		return err
	}
	covers, err := opts.claims()
	if err != nil {
		return err
	}
	for _, from := range opts.from { // what is written wrong is said before anything is fetched
		if _, remote := schemeOf(from); remote && !isArchive(from) {
			if _, err := a.openLive(ctx, from, &opts.live, a.query(&opts.evidence, f, nil, nil)); isUsage(err) {
				return err
			}
		} else if liesIn(opts.into, from) {
			return usagef("name another one with --into", "--into %s: it is, or lies in, what is to be collected", hideSecrets(opts.into))
		}
	}
	got := report.Collected{Into: hideSecrets(opts.into), New: -1}
	if got.Into == opts.into {
		got.Ask = "scimtrail why group NAME --from " + shellWord(opts.into)
	}
	for _, from := range opts.from {
		got.Sources = append(got.Sources, hideSecrets(from))
		got.Live = got.Live || kindOf(from) == "lookup"
	}
	failed := a.collectAll(ctx, opts, f, covers, &got)
	got.Coverage = got.Coverage.Merged()
	a.unread = len(got.Losses) > 0
	if failed != nil && ctx.Err() == nil && got.Events+got.Snapshots+got.Upstream+len(got.Coverage) == 0 {
		return failed
	}
	got.Cut = ctx.Err() != nil
	a.cut = got.Cut
	if err := a.write(&opts.output, func(w io.Writer, style report.Style) error {
		if opts.format == "json" {
			return report.WriteJSON(w, report.CollectJSON(got))
		}
		return report.CollectText(w, got, style)
	}); err != nil {
		return err
	}
	return failed
}

func isUsage(err error) bool {
	_, ok := errors.AsType[*usageError](err)
	return ok
}

// keeper is where evidence is kept.
type keeper interface {
	casefile.Sink
	live.Journal
	Close() error
}

// collectAll fetches from every source. A source that fails does not keep the
// others from being collected; all errors are returned.
func (a *app) collectAll(ctx context.Context, opts *collectOptions, f filter, covers casefile.Coverage, got *report.Collected) (err error) {
	var db *archive.Archive
	if !isFolder(opts.into) {
		if db, err = archive.Open(ctx, opts.into, archive.Options{}); err != nil {
			return err
		}
		defer func() { err = cmp.Or(err, db.Close()) }()
		before, err := db.LastSeq(ctx)
		if err != nil {
			return err
		}
		defer func() { inAll(context.WithoutCancel(ctx), db, before, got) }()
	}
	var failed []error
	for _, from := range opts.from {
		claim := covers
		if _, remote := schemeOf(from); remote {
			claim = nil
		} else {
			covers = nil // they are claimed once
		}
		err := a.collectOne(ctx, opts, f, from, claim, db, got)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = append(failed, err)
			got.Failed = append(got.Failed, hideSecrets(from)+": "+err.Error())
		}
	}
	return errors.Join(failed...)
}

// inAll tells what the archive has now, and how much of it is new.
func inAll(ctx context.Context, db *archive.Archive, before int64, got *report.Collected) {
	if after, err := db.LastSeq(ctx); err == nil {
		got.New = int(after - before)
	}
	if covers, seals, err := db.Ground(ctx); err == nil {
		for _, s := range seals {
			covers = append(covers, proven(s)...)
		}
		got.InAll = covers.Merged()
	}
}

func (a *app) collectOne(ctx context.Context, opts *collectOptions, f filter, from string, claim casefile.Coverage, db *archive.Archive, got *report.Collected) error {
	var keep keeper
	var err error
	if db != nil {
		keep, err = db.WriterFor(context.WithoutCancel(ctx), hideSecrets(from)) // what was fetched is kept when the fetching is interrupted
	} else {
		keep, err = keptfolder.Open(opts.into, hideSecrets(from), a.Now)
	}
	if err != nil {
		return err
	}
	before := *got
	fetching, stop := context.WithCancel(ctx)
	defer stop()
	count := &tally{Sink: keep, got: got, stop: stop, attention: &a.attention}
	if _, remote := schemeOf(from); remote && !isArchive(from) {
		count.mixed = true
		err = a.readLive(fetching, from, &opts.evidence, f, keep, count)
	} else {
		err = a.collectFiles(fetching, opts, f, from, count)
	}
	if len(claim) > 0 && err == nil {
		count.Cover(claim...)
	}
	broken := count.broken
	if w, ok := keep.(*archive.Writer); ok && err == nil && broken == nil {
		err = w.Complete(context.WithoutCancel(ctx))
	}
	broken = cmp.Or(broken, keep.Close())
	if broken != nil {
		// What could not be written was not kept, and nothing of it is claimed.
		*got = before
		return broken
	}
	return err
}

// collectFiles copies evidence that lies on this machine.
func (a *app) collectFiles(ctx context.Context, opts *collectOptions, f filter, from string, sink casefile.Sink) error {
	if isArchive(from) {
		return a.readArchive(ctx, from, sink)
	}
	counts := new(file.Progress)
	done := a.showProgress(opts.progress, from, counts)
	defer done()
	return file.New(from, a.fileOptions(ctx, &opts.evidence, opts.only(f), counts)).Collect(ctx, sink)
}

func (a *app) planCollect(ctx context.Context, opts *collectOptions, f filter) error {
	var plans []live.Plan
	var failed []error
	for _, from := range opts.from {
		if _, remote := schemeOf(from); !remote || isArchive(from) {
			plans = append(plans, live.Plan{Source: hideSecrets(from), What: []string{"read as it lies there; no service is asked"}})
			continue
		}
		opts.live.verify = opts.verify
		source, err := a.openLive(ctx, from, &opts.live, a.query(&opts.evidence, f, nil, nil))
		if isUsage(err) {
			return err
		}
		var plan live.Plan
		if err == nil {
			plan, err = source.Plan(ctx)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		plans = append(plans, plan)
	}
	if len(plans) == 0 {
		return errors.Join(failed...)
	}
	err := a.write(&opts.output, func(w io.Writer, style report.Style) error {
		if opts.format == "json" {
			return report.WriteJSON(w, report.PlanJSON(plans))
		}
		return report.PlanText(w, plans, style)
	})
	return cmp.Or(err, errors.Join(failed...))
}

func (a *app) printDDL(opts *collectOptions) error {
	trail, err := trailAt(opts)
	if err != nil {
		return err
	}
	ddl, err := engine.DDL(engine.Dialect(opts.printDDL), trail)
	if err != nil {
		return usagef("form: scimtrail collect --print-ddl athena --location s3://example-trail/AWSLogs/", "%w", err)
	}
	return a.write(&opts.output, func(w io.Writer, _ report.Style) error {
		_, err := io.WriteString(w, ddl)
		return err
	})
}

// trailAt reads where the log files of a table lie: --location, --account,
// --region, --since.
func trailAt(opts *collectOptions) (t engine.Trail, err error) {
	if opts.printDDL != string(engine.Athena) && opts.printDDL != string(engine.Trino) {
		return t, usagef("", "--print-ddl %s: it is one of athena, trino", opts.printDDL)
	}
	f, err := opts.filter()
	if err != nil {
		return t, err
	}
	if opts.since != "" {
		t.From = f.Span.From
	}
	if opts.account != "" {
		t.Accounts = []string{opts.account}
	}
	if opts.region != "" {
		t.Regions = []string{opts.region}
	}
	if opts.location == "" {
		return t, nil
	}
	rest, ok := strings.CutPrefix(opts.location, "s3://")
	if !ok {
		return t, usagef("form: --location s3://example-trail/AWSLogs/o-exampleorgid/", "--location %s: not a place in S3", opts.location)
	}
	t.Bucket, t.Prefix, _ = strings.Cut(rest, "/")
	before, behind, found := strings.Cut("/"+strings.Trim(t.Prefix, "/")+"/", "/AWSLogs/")
	if !found {
		t.Prefix = strings.Trim(t.Prefix, "/")
		return t, nil
	}
	t.Prefix = strings.Trim(before, "/")
	first, _, _ := strings.Cut(behind, "/")
	if strings.HasPrefix(first, "o-") {
		t.Organization = first
	}
	return t, nil
}

func (a *app) purge(ctx context.Context, opts *collectOptions) error {
	before, err := parseTime("--purge-before", opts.purge)
	if err != nil {
		return err
	}
	if opts.into == "" || isFolder(opts.into) {
		return usagef("try: --into case.db", "--purge-before works on an archive: say which with --into")
	}
	if !strings.Contains(opts.into, "://") && !archive.Is(opts.into) {
		return fmt.Errorf("--into %s: there is no such archive", opts.into)
	}
	db, err := archive.Open(ctx, opts.into, archive.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	gone, err := db.Purge(ctx, before)
	if err != nil {
		return err
	}
	return a.write(&opts.output, func(w io.Writer, _ report.Style) error {
		if opts.format == "json" {
			return report.WriteJSON(w, map[string]any{"schema": "scimtrail/purge/v1", "into": db.Name(), "before": before.UTC().Format(time.RFC3339), "events": gone.Events, "listings": gone.Listings})
		}
		_, err := fmt.Fprintf(w, "Removed from %s what happened before %s: %s, %s.\nThat time counts as not looked at from now on.\n",
			report.Clean(db.Name()), before.UTC().Format(time.RFC3339), report.Counted(gone.Events, "event"), report.Counted(gone.Listings, "listing"))
		return err
	})
}
