package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/notify"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/watch"
)

// watchCache is how much of an archive's file a connection keeps in memory: reading all of
// it in order needs no more, and the system keeps the file.
const watchCache = 2_000_000

// watchRole is the lease of the active watcher.
const watchRole = "watch"

// keepWatching runs until it is interrupted.
func (a *app) keepWatching(ctx context.Context, opts *watchOptions, rules watch.Rules) error {
	if err := opts.checkRun(); err != nil {
		return err
	}
	if err := checkFrom(opts.from); err != nil {
		return err
	}
	if err := a.checkConcerns(&opts.evidence, opts.from); err != nil {
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
	covers, err := opts.claims()
	if err != nil {
		return err
	}
	targets, err := a.targets(opts)
	if err != nil {
		return err
	}
	log := slog.New(a.logHandler(opts.logFormat))
	// Watching is waiting: garbage is let grow to a quarter of what is needed.
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	db, err := archive.Open(ctx, opts.archive, archive.Options{Cache: watchCache})
	if err != nil {
		return err
	}
	defer db.Close()
	metrics := watch.NewMetrics(Version)
	courier, err := notify.New(ctx, notify.Options{Memory: &parcels{db}, Targets: targets, Log: log, Count: metrics.Delivered})
	if err != nil {
		return err
	}
	metrics.WaitingBy(courier.Waiting)
	trace, endTrace, err := a.tracing(ctx, log)
	if err != nil {
		return err
	}
	defer endTrace()
	health := &watch.Health{}
	closeServer, err := a.serveHealth(ctx, opts, health, metrics, log)
	if err != nil {
		return err
	}
	defer closeServer()
	explainer := &watch.Explainer{Archive: db, Catalogue: catalogue, Counted: metrics.Count}
	loop := &watch.Loop{
		Feeds: a.feeds(opts, f, covers, db), Every: min(opts.every, 15*time.Second), Metrics: metrics, Log: log, Health: health, Trace: trace,
		Open: func(ctx context.Context) (*watch.Watcher, error) {
			return watch.Open(ctx, watch.Options{
				Archive: db, Rules: rules, Catalogue: catalogue, Log: log, Meter: metrics, Rebuilt: metrics.Rebuilt,
				Explain: func(ctx context.Context, alerts []*watch.Alert) error {
					ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
					defer cancel()
					return explainer.Explain(ctx, alerts)
				},
				Tell: func(ctx context.Context, t watch.Transition, to watch.Delivery) error {
					metrics.Changed(&t)
					m, err := messageOf(&t)
					switch {
					case err != nil:
						return err
					case to == watch.Past:
						return targets[0].Deliver(ctx, m)
					}
					names := courier.Targets()
					if to == watch.Print {
						names = []string{standardOutput}
					}
					return courier.Add(ctx, m, names)
				},
			})
		},
		Busy: courier.Run,
		Idle: func(ctx context.Context) { recount(ctx, explainer, db, log) },
	}
	if archive.IsAddress(opts.archive) {
		holder := holderName()
		loop.Lease = func(ctx context.Context, ttl time.Duration) (bool, error) {
			return db.Lead(ctx, watchRole, holder, ttl)
		}
		loop.TTL = opts.lease
		loop.Fence = func(ctx context.Context) context.Context { return archive.Fenced(ctx, watchRole, holder) }
	}
	err = loop.Run(ctx)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err == nil && courier.Waiting() > 0 {
		courier.Round(last) // what the last look raised
	}
	if n := courier.Waiting(); n > 0 {
		log.Warn("messages wait and will be sent by the next watcher", "messages", n)
	}
	return err
}

// recount counts memberships by origin now and then, when the evidence changed.
func recount(ctx context.Context, explainer *watch.Explainer, db *archive.Archive, log *slog.Logger) {
	const every = time.Hour
	before := int64(-1)
	for ctx.Err() == nil {
		n, err := db.Generation(ctx)
		if err == nil && n != before {
			err = explainer.Recount(ctx)
			before = n
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("memberships could not be counted", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
}

func (o *watchOptions) checkRun() error {
	switch {
	case o.archive == "":
		return usagef("try: --archive case.db --from lookup://us-east-2, or --replay FOLDER", "say which archive to keep current")
	case o.every < time.Second:
		return usagef("", "--every %v: it is a second at least", o.every)
	case o.lease < 3*time.Second:
		return usagef("", "--lease %v: it is 3s at least", o.lease)
	case isFolder(o.archive):
		return usagef("name a file, such as case.db", "--archive %s: that is a folder", o.archive)
	case o.logFormat != "text" && o.logFormat != "json":
		return usagef("", "--log-format %s: it is one of text, json", o.logFormat)
	}
	for _, from := range o.from {
		if from == "-" {
			return usagef("name a file or a folder", "--from -: standard input can't be looked at again")
		}
		if from == o.archive {
			return usagef("name where the evidence comes from", "--from %s: that is the archive itself", hideSecrets(from))
		}
	}
	if len(o.from) == 0 {
		return usagef("try: --from lookup://us-east-2", "say where evidence comes from")
	}
	return nil
}

func holderName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%d", host, os.Getpid(), time.Now().UnixNano())
}

// logHandler writes log lines to standard error.
func (a *app) logHandler(format string) slog.Handler {
	w := &harmlessWriter{w: a.Err}
	if format == "json" {
		return slog.NewJSONHandler(w, nil)
	}
	return slog.NewTextHandler(w, nil)
}

// harmlessWriter takes from lines of a log what a terminal would act on.
type harmlessWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write writes one line.
func (h *harmlessWriter) Write(line []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.w.Write(harmlessJSON(line))
	return len(line), err
}

// serveHealth serves /metrics, /healthz and /readyz when --listen says so.
func (a *app) serveHealth(ctx context.Context, opts *watchOptions, health *watch.Health, metrics *watch.Metrics, log *slog.Logger) (func(), error) {
	if opts.listen == "" {
		return func() {}, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", opts.listen)
	if err != nil {
		return nil, fmt.Errorf("listening on %s for metrics: %w", opts.listen, err)
	}
	server := &http.Server{Handler: health.Handler(metrics, time.Now, 3*max(opts.every, 20*time.Second)), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	go func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are no longer served", "error", err)
		}
	}()
	log.Info("serving metrics", "address", listener.Addr().String())
	return func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if server.Shutdown(last) != nil {
			_ = server.Close() // somebody is still being answered; nothing is lost by cutting it
		}
	}, nil
}

// paces are how often a kind of source is read, at most: what costs money or many
// calls is read more rarely than --every says.
var paces = map[string]time.Duration{
	"lookup": 0, "s3": 2 * time.Minute, "sqs": time.Second, "identitystore": 15 * time.Minute,
	"okta": 15 * time.Minute, "entra": 15 * time.Minute, "sailpoint": 15 * time.Minute,
	"athena": time.Hour, "trino": time.Hour, "lake": time.Hour,
}

// feeds are the sources to read again and again.
func (a *app) feeds(opts *watchOptions, f filter, covers casefile.Coverage, db *archive.Archive) (out []watch.Feed) {
	for _, from := range beforeAWS(opts.from) {
		every := opts.every
		s, remote := schemeOf(from)
		if s != nil && s.name == "sqs" {
			every = paces["sqs"] // a receive waits by itself
		} else if s != nil {
			every = max(every, paces[s.name])
		}
		var claim casefile.Coverage
		if !remote {
			claim, covers = covers, nil // they are claimed once
		}
		feed := watch.Feed{Name: hideSecrets(from), Every: every}
		one := func(ctx context.Context) error {
			return a.collectOne(ctx, opts.collect(), f, from, claim, db, &report.Collected{})
		}
		feed.Collect = one
		if !remote {
			changed := &changing{paths: []string{from}}
			seen := ""
			feed.Collect = func(ctx context.Context) error {
				state, err := changed.state(ctx)
				if err != nil || state == seen {
					return err
				}
				if err := one(ctx); err != nil {
					return err
				}
				seen = state
				return nil
			}
		}
		out = append(out, feed)
	}
	return out
}

// collect is the flags for one reading of a source: what one learns of a person is
// not the next one's.
func (o *watchOptions) collect() *collectOptions {
	return &collectOptions{evidence: evidence{
		since: o.since, until: o.until, region: o.region, account: o.account, now: o.now, actors: o.actors,
		maxRecord: o.maxRecord, maxFile: o.maxFile, progress: progressNone, verify: o.verify, custody: true, prune: true, live: o.live,
	}}
}

// standardOutput is the name of the target that prints lines.
const standardOutput = "stdout"

// targets are standard output and what --notify-file or the environment names.
func (a *app) targets(opts *watchOptions) ([]notify.Target, error) {
	out := []notify.Target{&printer{w: a.Out}}
	text, where := a.getenv("SCIMTRAIL_NOTIFY_URLS"), "SCIMTRAIL_NOTIFY_URLS"
	if opts.notifyFile != "" {
		data, err := readSmall(opts.notifyFile)
		if err != nil {
			return nil, fmt.Errorf("reading the addresses of --notify-file: %w", err)
		}
		text, where = string(data), "--notify-file "+opts.notifyFile
	}
	more, err := notify.Parse(text)
	if err != nil {
		return nil, usagef("one address a line, with a name before it if you like: oncall pagerduty://events.pagerduty.com/KEY", "%s: %w", where, err)
	}
	return append(out, more...), nil
}

// printer prints the JSON of messages, one a line.
type printer struct {
	mu sync.Mutex
	w  io.Writer
}

// Name returns stdout.
func (l *printer) Name() string { return standardOutput }

// Deliver prints a line.
func (l *printer) Deliver(_ context.Context, m notify.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.w.Write(append(m.JSON[:len(m.JSON):len(m.JSON)], '\n'))
	return err
}

// messageOf makes a message of a transition.
func messageOf(t *watch.Transition) (notify.Message, error) {
	data, err := json.Marshal(t)
	if err != nil {
		return notify.Message{}, fmt.Errorf("writing an alert: %w", err)
	}
	m := notify.Message{
		ID: t.Name(), Thread: t.ID, Closes: t.Transition == watch.Closed || t.Transition == watch.Withdrawn, Severity: t.Severity, JSON: harmlessJSON(data),
	}
	about := ""
	if t.Group != "" {
		about = ": " + t.Group
	}
	m.Title = report.Clean(fmt.Sprintf("scimtrail, %s: %s%s (%s)", t.Severity, t.Title, about, t.Transition))
	var b strings.Builder
	say := func(format string, args ...any) { b.WriteString(report.Clean(fmt.Sprintf(format, args...)) + "\n") }
	say("%s", t.Summary)
	switch {
	case !t.Open() && t.Transition == watch.Opened:
		say("It is over already, since %s: %s.", t.Closed.Format("2006-01-02 15:04 UTC"), t.Mended)
	case !t.Open():
		say("%s %s: %s.", t.Transition, t.Closed.Format("2006-01-02 15:04 UTC"), t.Mended)
	}
	for _, l := range t.Looked {
		say("Looked at: %s, from %s to %s.", l.EventSource, l.From.Format("2006-01-02 15:04 UTC"), l.To.Format("2006-01-02 15:04 UTC"))
	}
	if w := t.Answer; w != nil && t.Open() {
		say("Why: %s (%s, %s)", w.Summary, w.Status, w.Cause)
		for _, line := range w.Because {
			say("- %s", line)
		}
		for _, do := range w.Do {
			say("To do: %s %s", do.Text, do.Command)
		}
		if w.Ask != "" {
			say("The whole answer: %s", w.Ask)
		}
	}
	if t.Open() {
		for _, step := range t.Steps {
			say("To do: %s", step)
		}
	}
	say("Rule %s, number %d of %s, opened %s.", t.Rule, t.Occurrence, t.ID, t.Opened.Format("2006-01-02 15:04 UTC"))
	m.Text = strings.TrimSpace(b.String())
	return m, nil
}

// parcels keeps what is to be delivered in the archive.
type parcels struct{ db *archive.Archive }

const parcelKind = "delivery"

// Parcels returns what is kept. What can't be read is let go.
func (p *parcels) Parcels(ctx context.Context) (out []notify.Parcel, err error) {
	docs, err := p.db.Documents(ctx, parcelKind)
	if err != nil {
		return nil, err
	}
	for _, doc := range docs {
		var one notify.Parcel
		if json.Unmarshal(doc.Value, &one) == nil && one.Message.ID == doc.Key {
			out = append(out, one)
		}
	}
	return out, nil
}

// Keep writes a parcel.
func (p *parcels) Keep(ctx context.Context, one notify.Parcel) error {
	data, err := json.Marshal(one)
	if err != nil {
		return err
	}
	return p.db.PutDocument(ctx, parcelKind, one.Message.ID, data)
}

// Drop lets a parcel go.
func (p *parcels) Drop(ctx context.Context, id string) error {
	return p.db.PutDocument(ctx, parcelKind, id, nil)
}
