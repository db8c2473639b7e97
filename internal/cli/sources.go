package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/scan"
	"github.com/scimtrail/scimtrail/internal/upstream"
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

	limits   scan.Limits
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
	e.live.verify, e.live.limits = e.verify, e.limits()
	query := a.query(e, f, counts, journal)
	if e.user != "" {
		query.AlsoUsers = e.known.users
		sink = e.known.listening(sink, e.user)
	}
	source, err := a.openLive(ctx, from, &e.live, query)
	if err != nil {
		return err
	}
	done := a.showLive(e.progress, from, counts)
	defer done()
	return source.Collect(ctx, sink)
}

// query is what a live source is asked for by the flags.
func (a *app) query(e *evidence, f filter, counts *live.Progress, journal live.Journal) live.Query {
	q := live.Query{Place: f.Place, Now: a.Now, Progress: counts, Journal: journal, User: e.user, Group: e.group}
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

// acquaintance remembers by which ids of AWS the providers before it know a
// person, so that a source that is read later can look at those too.
type acquaintance struct {
	mu    sync.Mutex
	state upstream.State
	ids   []string
}

func (k *acquaintance) users() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ids
}

// listening returns a sink that hears what is said of a person.
func (k *acquaintance) listening(sink casefile.Sink, person string) casefile.Sink {
	return &listener{sink, k, person}
}

type listener struct {
	casefile.Sink
	known  *acquaintance
	person string
}

// Upstream hears what a provider shows.
func (l *listener) Upstream(input int, s upstream.State, taken int) {
	l.Sink.Upstream(input, s, taken)
	l.known.mu.Lock()
	defer l.known.mu.Unlock()
	l.known.state = upstream.Merge(l.known.state, s)
	l.known.ids = l.known.state.AWSUsers(l.person)
}

// beforeAWS puts the providers before the services of AWS.
func beforeAWS(from []string) []string {
	order := func(name string) int {
		s, _ := schemeOf(name)
		if s != nil && slices.ContainsFunc(upstreamSchemes, func(u scheme) bool { return u.name == s.name }) {
			return 0
		}
		return 1
	}
	out := slices.Clone(from)
	slices.SortStableFunc(out, func(a, b string) int { return order(a) - order(b) })
	return out
}
