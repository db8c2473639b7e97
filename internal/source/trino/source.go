package trino

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/engine"
	"github.com/scimtrail/scimtrail/internal/live"
)

// Options say how a cluster is reached.
type Options struct {
	Credentials Credentials
	HTTP        *http.Client // http.DefaultTransport, without redirects, when nil
	MaxBytes    int64        // that the query may read; 0 for any
	Sleep       func(context.Context, time.Duration) error
}

// Source is a table of a Trino cluster. It implements live.Source.
type Source struct {
	name  Name
	opts  Options
	query live.Query
	to    *client
}

var _ live.Source = (*Source)(nil)

// New returns the source. Its error is a *live.Problem: a password or a token
// would travel in the clear.
func New(name Name, opts Options, q live.Query) (*Source, error) {
	s := &Source{name: name, opts: opts, query: q}
	if opts.Credentials.secret() && !name.TLS {
		return nil, &live.Problem{Kind: live.Credentials, Doing: s.doing(), Reason: "a password or a token would travel in the clear", Next: "use TLS (tls=true), or unset TRINO_PASSWORD and TRINO_ACCESS_TOKEN"}
	}
	h := &http.Client{}
	if opts.HTTP != nil {
		*h = *opts.HTTP
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.to = &client{http: h, base: name.base(), who: opts.Credentials, sleep: opts.Sleep, progress: q.Progress}
	if s.to.sleep == nil {
		s.to.sleep = live.Sleep
	}
	return s, nil
}

func (s *Source) doing() string {
	return "asking the table " + s.name.Catalog + "." + s.name.Schema + "." + s.name.Table + " of the Trino cluster " + s.name.Host
}

// Collect implements live.Source.
func (s *Source) Collect(ctx context.Context, sink casefile.Sink) error {
	w, err := s.walk(ctx)
	if err != nil {
		return err
	}
	s.query.Progress.Doing(s.doing())
	return w.Collect(ctx, sink)
}

// Plan implements live.Source. It asks what columns the table has.
func (s *Source) Plan(ctx context.Context) (live.Plan, error) {
	w, err := s.walk(ctx)
	if err != nil {
		return live.Plan{Source: s.name.String()}, err
	}
	p, err := w.Plan(ctx)
	p.Permissions = []live.Permission{{Action: "SELECT", Resource: engine.Qualified(s.name.Catalog, s.name.Schema, s.name.Table), Why: "to read the records"}}
	return p, err
}

// walk asks what table it is.
func (s *Source) walk(ctx context.Context) (*engine.Walk, error) {
	table, err := s.describe(ctx)
	if err != nil {
		return nil, err
	}
	return &engine.Walk{Dialect: engine.Trino, Table: table, Source: s.name.String(), Doing: s.doing(), Query: s.query, Runner: s, MaxBytes: s.opts.MaxBytes}, nil
}

// describe reads the columns of the table, and how the days of its partitions are
// written where the table says so.
func (s *Source) describe(ctx context.Context) (engine.Table, error) {
	t := engine.Table{From: engine.Qualified(s.name.Catalog, s.name.Schema, s.name.Table)}
	doing := "reading the columns of the table " + s.name.Catalog + "." + s.name.Schema + "." + s.name.Table + " of the Trino cluster " + s.name.Host
	_, err := s.to.query(ctx, doing, "SHOW COLUMNS FROM "+t.From, 0, func(row []any) error {
		cells := textOf(row)
		if len(cells) < 3 {
			return &live.Problem{Kind: live.Malformed, Doing: doing, Reason: "the answer has too few columns"}
		}
		c := engine.Column{Name: cells[0], Type: cells[1]}
		if strings.Contains(cells[2], "partition key") {
			t.Partitions = append(t.Partitions, engine.Partition{Column: c})
		} else {
			t.Columns = append(t.Columns, c)
		}
		return nil
	})
	if err != nil || len(t.Partitions) == 0 {
		return t, err
	}
	// What a connector can't print, or the user may not see, is done without.
	definition := ""
	_, err = s.to.query(ctx, doing, "SHOW CREATE TABLE "+t.From, 0, func(row []any) error {
		definition += strings.Join(textOf(row), "\n")
		return nil
	})
	if err != nil && ctx.Err() != nil {
		return t, ctx.Err()
	}
	projected := strings.Contains(strings.ToLower(definition), "partition_projection_enabled = true")
	t.Registered = !projected
	for i := range t.Partitions {
		if projected {
			t.Partitions[i].Format = formatOf(definition, t.Partitions[i].Name)
		}
	}
	return t, nil
}

var projection = regexp.MustCompile(`(?i)^\s*"?([^\s"]+)"? .* WITH \( .*partition_projection_format = '([^']*)'`)

// formatOf returns how a key's days are written, out of the table's definition.
func formatOf(definition, key string) string {
	for line := range strings.Lines(definition) {
		if m := projection.FindStringSubmatch(line); m != nil && strings.EqualFold(m[1], key) {
			return m[2]
		}
	}
	return ""
}

// Run implements engine.Runner.
func (s *Source) Run(ctx context.Context, st engine.Statement, yield func([]string) error) (int64, error) {
	return s.to.query(ctx, s.doing(), st.SQL, st.Limit, func(row []any) error { return yield(textOf(row)) })
}

// Forget implements engine.Runner: nothing is remembered.
func (s *Source) Forget(context.Context, []string) error { return nil }

// textOf returns the cells of a row as text, null as "".
func textOf(row []any) []string {
	out := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case nil:
		case string:
			out[i] = v
		case json.Number:
			out[i] = v.String()
		default:
			text, _ := json.Marshal(v)
			out[i] = string(text)
		}
	}
	return out
}
