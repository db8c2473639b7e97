package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/manifest"
	"github.com/scimtrail/scimtrail/internal/scan"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/span"
)

// evidence is the flags that name evidence; they are the same everywhere.
type evidence struct {
	from            []string
	covers          []string
	since, until    string
	region, account string
	now             string
	actors          string
	maxRecord       int
	maxFile         int64
	progress        string
	cache           string
	verify          bool
	custody         bool // hash the inputs: the command writes down what they were
	prune           bool // leave files of other accounts and Regions unopened

	live        liveFlags
	user, group string // narrow live sources to one person and one group
	tolerant    bool   // a live source that fails is noted and the others are read
	failed      []string
	known       acquaintance // of the person, with those who are asked first

	flags  *pflag.FlagSet // which of them were given
	judged bool           // against the evidence

	unopened bool // the flags left files unopened
}

func (e *evidence) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	e.flags = f
	f.StringArrayVar(&e.from, "from", nil, "evidence: "+sourceNames()+" (repeatable)")
	f.StringArrayVar(&e.covers, "covers", nil, "claim what foreign files cover: source=scim,account=111122223333,region=us-east-2,from=2025-09-01,to=2025-11-14 (repeatable)")
	f.StringVar(&e.since, "since", "", "leave out what happened before this time (RFC 3339 or a date)")
	f.StringVar(&e.until, "until", "", "leave out what happened after this time")
	f.StringVar(&e.region, "region", "", "leave out other Regions")
	f.StringVar(&e.account, "account", "", "leave out other accounts")
	f.StringVar(&e.now, "now", "", "the time to count back from in commands to fetch more, and to date a report with: a time, or 'now'")
	f.StringVar(&e.actors, "actors", "", "a file with rows of clients of your own, in the form of clients.csv")
	f.IntVar(&e.maxRecord, "max-record-bytes", 0, "skip records longer than this (0: the default, 16 MiB)")
	f.Int64Var(&e.maxFile, "max-file-bytes", 0, "read at most this much of one file, decompressed (0: the default)")
	f.BoolVar(&e.verify, "verify", true, "check log files against the signed digests beside them, which makes their coverage proven; --verify=false to spare the time")
	f.StringVar(&e.cache, "cache", "", "a folder to remember in what was found, so that the next question on the same files needs not read them")
	f.StringVar(&e.progress, "progress", progressAuto, "how to show progress on standard error: auto (a line on a terminal), json or none")
	_ = cmd.RegisterFlagCompletionFunc("progress", cobra.FixedCompletions([]string{progressAuto, progressJSON, progressNone}, cobra.ShellCompDirectiveNoFileComp))
	e.live.addFlags(f)
	_ = cmd.MarkFlagFilename("from")
}

// load reads all evidence into a case.
func (a *app) load(ctx context.Context, e *evidence) (*casefile.Case, error) {
	if err := checkFrom(e.from); err != nil {
		return nil, err
	}
	if err := e.checkFlags(); err != nil {
		return nil, err
	}
	if err := a.checkConcerns(e, e.from); err != nil {
		return nil, err
	}
	filter, err := e.filter()
	if err != nil {
		return nil, err
	}
	catalogue := actor.Default()
	if e.actors != "" {
		own, err := loadActors(e.actors)
		if err != nil {
			return nil, err
		}
		catalogue = catalogue.With(own)
	}
	b := casefile.NewBuilder(catalogue)
	covers, err := e.claims()
	if err != nil {
		return nil, err
	}
	b.Cover(covers...)
	if err := a.read(ctx, e, filter, b); err != nil {
		return nil, err
	}
	c := b.Build()
	a.notAhead(c)
	if left := e.leftOut(); left != "" { // else the copy is spared
		c = c.Within(filter.Filter)
		c.Notes = append(slices.Clone(c.Notes), left)
		c.Narrowed, c.Wider = left, e.wider(c.Withheld)
	}
	c.Now = filter.now
	a.unread = len(c.Unreadable) > 0
	a.inputs = c.Inputs
	return c, nil
}

// checkFlags judges values that need nothing to be read.
func (e *evidence) checkFlags() error {
	if e.maxRecord < 0 || e.maxFile < 0 {
		return usagef("0 stands for the default", "--max-record-bytes and --max-file-bytes cannot be less than 0")
	}
	if !slices.Contains([]string{"", progressAuto, progressJSON, progressNone}, e.progress) {
		return usagef("", "--progress %s: it is one of auto, json, none", e.progress)
	}
	return nil
}

// claims are what --covers says.
func (e *evidence) claims() (out casefile.Coverage, err error) {
	for _, text := range e.covers {
		covers, err := manifest.ParseCovers(text)
		if err != nil {
			return nil, usagef("form: --covers source=scim,account=111122223333,region=us-east-2,from=2025-09-01,to=2025-11-14", "--covers %s: %w", text, err)
		}
		out = append(out, covers...)
	}
	return out, nil
}

// notAhead takes back claims of having looked at what is still to come: a claim
// that ends ahead would make every silence until then a proof. Evidence itself may
// be ahead of this machine's clock.
func (a *app) notAhead(c *casefile.Case) {
	now := a.clock()
	if c.Statistics.Last.After(now) {
		now = c.Statistics.Last
	}
	for i := range c.Snapshots {
		if taken := c.Snapshots[i].Taken(); taken.After(now) {
			now = taken
		}
	}
	if slices.ContainsFunc(c.Coverage, func(x casefile.Cover) bool { return x.Span.To.After(now) }) {
		a.ahead = true
		c.Coverage = c.Coverage.Until(now.UTC().Truncate(time.Second))
		c.Notes = append(slices.Clone(c.Notes), "Ground is claimed that lies in the future; it is not counted from now on, since nobody can have looked there.")
	}
}

func (a *app) clock() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}

// read feeds the builder from every source. An interrupt ends the reading and
// not the run: what was read so far is answered, and marked as cut short.
func (a *app) read(ctx context.Context, e *evidence, f filter, b *casefile.Builder) error {
	only := e.only(f)
	for _, from := range beforeAWS(e.from) {
		if isArchive(from) {
			if err := a.readArchive(ctx, from, b); err != nil {
				return err
			}
			continue
		}
		if _, remote := schemeOf(from); remote {
			err := a.readLive(ctx, from, e, f, nil, b)
			if _, ours := errors.AsType[*live.Problem](err); e.tolerant && ours && ctx.Err() == nil {
				e.failed = append(e.failed, err.Error())
				continue
			}
			if err != nil {
				return err
			}
			continue
		}
		counts := new(file.Progress)
		done := a.showProgress(e.progress, from, counts)
		source := file.New(from, a.fileOptions(ctx, e, only, counts))
		var err error
		if e.cache != "" {
			err = source.CollectCached(ctx, b, e.cache)
		} else {
			err = source.Collect(ctx, b)
		}
		done()
		e.unopened = e.unopened || counts.Unopened.Load() > 0
		switch {
		case err == nil:
		case ctx.Err() != nil && errors.Is(err, ctx.Err()) && counts.Records.Load() > 0:
			a.cut = true
			fmt.Fprintln(a.Err, "scimtrail: interrupted; this is the answer of what was read until then, and it is incomplete")
			return nil
		default:
			return fmt.Errorf("reading evidence from %s: %w", from, err)
		}
	}
	return nil
}

func (a *app) fileOptions(ctx context.Context, e *evidence, only file.Only, counts *file.Progress) file.Options {
	return file.Options{
		Stdin: newPatient(ctx, a.In), Limits: e.limits(),
		Only: only, NoCustody: !e.custody, NoVerify: !e.verify, Progress: counts,
	}
}

func (e *evidence) limits() scan.Limits {
	return scan.Limits{Record: e.maxRecord, Stream: e.maxFile}
}

// only says which files can hold nothing of what the flags ask for.
func (e *evidence) only(f filter) (only file.Only) {
	// An answer to why needs to know who else writes to the store, and where it
	// lives; files of other accounts and Regions tell, so they are opened for it.
	if e.prune {
		only.Account, only.Region = e.account, e.region
	}
	if e.since != "" || e.until != "" {
		only.Span = f.Span
	}
	return only
}

// checkFrom judges the names of evidence before any of it is read.
func checkFrom(from []string) error {
	if len(from) == 0 {
		return usagef("try: --from ./evidence (a file, a folder, or - for standard input)", "no evidence was named")
	}
	stdin := false
	for _, name := range from {
		_, remote := schemeOf(name)
		switch {
		case name == "":
			return usagef("try: --from ./evidence", "--from is empty")
		case strings.Count(name, "://") > 1:
			return usagef("give --from for each", "--from %s: these are several", hideSecrets(name))
		case archive.IsAddress(name):
			continue
		case remote:
			if err := checkScheme(name); err != nil {
				return err
			}
			continue
		case name == "-" && stdin:
			return usagef("name it once", "--from -: standard input can be read only once")
		case name == "-":
			stdin = true
			continue
		}
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("--from %s: there is no such file or folder", name)
		}
	}
	return nil
}

// leftOut says what the flags keep out of the answer, for its reader.
func (e *evidence) leftOut() string {
	var parts []string
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add("before %s", e.since)
	add("after %s", e.until)
	add("outside account %s", e.account)
	add("outside Region %s", e.region)
	if len(parts) == 0 {
		return ""
	}
	return "As the flags ask, calls " + strings.Join(parts, " or ") + " were left out, as if nobody had looked there"
}

// wider says which flags to leave out, "" when nothing is there that they leave out.
// A service was not even asked for it.
func (e *evidence) wider(w casefile.Withheld) string {
	asked := slices.ContainsFunc(e.from, func(from string) bool {
		_, remote := schemeOf(from)
		return remote && !isArchive(from)
	})
	var flags []string
	there := false
	add := func(name, value string, withheld, unopened bool) {
		if value == "" || !withheld && !unopened && !asked {
			return
		}
		flags = append(flags, "--"+name)
		there = there || withheld || unopened
	}
	add("since", e.since, w.Before, e.unopened)
	add("until", e.until, w.After, e.unopened)
	add("account", e.account, w.Account, e.unopened && e.prune)
	add("region", e.region, w.Region, e.unopened && e.prune)
	switch {
	case len(flags) == 0:
		return ""
	case there:
		return "Ask again without " + andWords(flags) + ": what that leaves out is in the evidence, and may settle this."
	}
	return "Ask again without " + andWords(flags) + ": what that leaves out was not fetched, and may settle this."
}

func loadActors(path string) (*actor.Catalogue, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the clients of --actors: %w", err)
	}
	defer f.Close()
	own, err := actor.Load(f)
	if err != nil {
		return nil, fmt.Errorf("reading the clients of --actors %s: %w", path, err)
	}
	return own, nil
}

// regionForm is how Regions are called, e.g. us-east-2 or us-gov-west-1.
var regionForm = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)

type filter struct {
	casefile.Filter
	now time.Time
}

func (e *evidence) filter() (f filter, err error) {
	f.Place = casefile.Place{Account: e.account, Region: e.region}
	if e.account != "" && !awsid.IsAccount(e.account) {
		return f, usagef("form: 111122223333", "--account %s: not the 12 digits of an account", e.account)
	}
	if e.region != "" && !regionForm.MatchString(e.region) {
		return f, usagef("form: us-east-2", "--region %s: not a Region", e.region)
	}
	f.Span = span.Span{To: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}
	if e.since != "" {
		if f.Span.From, err = parseTime("--since", e.since); err != nil {
			return f, err
		}
	}
	if e.until != "" {
		if f.Span.To, err = parseTime("--until", e.until); err != nil {
			return f, err
		}
		if len(e.until) == len(time.DateOnly) { // a day means all of it
			f.Span.To = f.Span.To.Add(24*time.Hour - time.Second)
		}
	}
	if f.Span.Empty() {
		return f, usagef("", "--since %s lies after --until %s", e.since, cmp.Or(e.until, "the end"))
	}
	switch e.now {
	case "":
	case "now":
		f.now = time.Now().UTC().Truncate(time.Second)
	default:
		if f.now, err = parseTime("--now", e.now); err != nil {
			return f, err
		}
	}
	return f, nil
}

func parseTime(flag, s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	t, err := cloudtrail.ParseTime(s)
	if err != nil {
		return t, usagef("form: 2025-11-14 or 2025-11-14T12:00:00Z", "%s %s: not a time", flag, s)
	}
	return t, nil
}
