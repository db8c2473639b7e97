package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
)

// liveFlags say how services are reached. Secrets are not among them: they come
// from the environment, a file or AWS's own credential chain.
type liveFlags struct {
	profiles   []string
	roles      []string
	externalID string
	allRegions bool
	maxBytes   int64
	workgroup  string
	results    string

	verify   bool // check the digests on the way, as --verify says
	endpoint bool // the environment names an endpoint for S3
}

func (l *liveFlags) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&l.profiles, "profile", nil, "for AWS: a profile of the AWS configuration (repeatable: several accounts in one run)")
	f.StringArrayVar(&l.roles, "role-arn", nil, "for AWS: a role to assume, one in each account (repeatable)")
	f.StringVar(&l.externalID, "external-id", "", "for AWS: the external id that the roles ask for")
	f.BoolVar(&l.allRegions, "all-regions", false, "for s3://: read every account and Region of the trail, not only those where Identity Center can log")
	f.Int64Var(&l.maxBytes, "max-bytes", 0, "for athena:// and lake://: run no query that is to scan more than this (0: no limit)")
	f.StringVar(&l.workgroup, "workgroup", "", "for athena://: the workgroup (Athena's own default when empty)")
	f.StringVar(&l.results, "results", "", "for athena://: where results are put, s3://BUCKET/PREFIX (the workgroup's own when empty)")
}

// live is a scheme of --from that is read over a network.
type scheme struct {
	name string
	form string // as in the design, for messages
	open func(ctx context.Context, a *app, name string, l *liveFlags, q live.Query) (live.Source, error)
}

// schemes is filled by the files source_*.go, one for each kind of service.
var schemes = slices.Concat(awsSchemes, engineSchemes, upstreamSchemes)

func schemeOf(from string) (*scheme, bool) {
	name, _, remote := strings.Cut(from, "://")
	if !remote {
		return nil, false
	}
	for i := range schemes {
		if schemes[i].name == name {
			return &schemes[i], true
		}
	}
	return nil, true
}

// checkScheme judges a --from with a scheme before anything is read.
func checkScheme(from string) error {
	s, remote := schemeOf(from)
	if !remote || s != nil {
		return nil
	}
	var forms []string
	for _, known := range schemes {
		forms = append(forms, known.form)
	}
	name, _, _ := strings.Cut(from, "://")
	return usagef("known are "+strings.Join(forms, ", ")+" and postgres://...", "--from %s: evidence over %s:// is not known", hideSecrets(from), name)
}

// openLive opens a live source of evidence.
func (a *app) openLive(ctx context.Context, from string, l *liveFlags, q live.Query) (live.Source, error) {
	s, _ := schemeOf(from)
	if s == nil {
		return nil, checkScheme(from)
	}
	if strings.Contains(from, "@") {
		return nil, usagef("secrets come from the environment or a file; see scimtrail collect --help", "--from %s: a name of evidence holds no user and no password", hideSecrets(from))
	}
	l.endpoint = a.getenv("AWS_ENDPOINT_URL") != "" || a.getenv("AWS_ENDPOINT_URL_S3") != ""
	return s.open(ctx, a, from, l, q)
}

// hideSecrets takes the part before an @ out of a name that somebody put a
// password into.
func hideSecrets(from string) string {
	scheme, rest, remote := strings.Cut(from, "://")
	if at := strings.LastIndex(rest, "@"); remote && at >= 0 {
		return scheme + "://...@" + rest[at+1:]
	}
	return from
}

// readLive feeds a sink from a live source, showing progress.
func (a *app) readLive(ctx context.Context, from string, e *evidence, f filter, journal live.Journal, sink casefile.Sink) error {
	counts := new(live.Progress)
	e.live.verify = e.verify
	source, err := a.openLive(ctx, from, &e.live, e.query(f, counts, journal))
	if err != nil {
		return err
	}
	done := a.showLive(e.progress, from, counts)
	defer done()
	return source.Collect(ctx, sink)
}

// query is what a live source is asked for by the flags.
func (e *evidence) query(f filter, counts *live.Progress, journal live.Journal) live.Query {
	q := live.Query{Place: f.Place, Progress: counts, Journal: journal, User: e.user, Group: e.group}
	if e.since != "" {
		q.Span.From = f.Span.From
	}
	if e.until != "" {
		q.Span.To = f.Span.To
	}
	return q
}

// sourceNames says in one sentence what can be named.
func sourceNames() string {
	var forms []string
	for _, known := range schemes {
		forms = append(forms, known.form)
	}
	return fmt.Sprintf("a file, a folder, an archive, - for standard input, or a service: %s, postgres://...", strings.Join(forms, ", "))
}
