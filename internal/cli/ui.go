package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/web"
)

type uiOptions struct {
	evidence
	listen string
	every  time.Duration
}

func (a *app) ui() *cobra.Command {
	var opts uiOptions
	cmd := &cobra.Command{
		Use:   "ui",
		Short: "Look at the evidence in a browser, on this machine alone",
		Long: `Ui serves a page over the evidence: is SCIM alive, what fails, who is in which group and since when, every event with
its record, and what was looked at and what was not. It prints a link that logs one browser in, once, and runs until it is
interrupted.

The page is reached from this machine alone and shows nothing to anybody else on it. From another machine, use a tunnel:
ssh -L 8080:127.0.0.1:8080 HOST. Evidence in files and archives is read again when it changes, so the page is live while
scimtrail watch or collect runs.`,
		Example: `  scimtrail ui --from ./evidence
  scimtrail ui --from case.db --listen 127.0.0.1:8080
  scimtrail ui --from ./logs --from members.json --since 2025-09-01`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runUI(cmd.Context(), &opts) },
	}
	opts.evidence.addFlags(cmd)
	cmd.Flags().StringVar(&opts.listen, "listen", "127.0.0.1:0", "the address of this machine to listen on; port 0 is any that is free")
	cmd.Flags().DurationVar(&opts.every, "every", 5*time.Second, "how often to look for newer evidence; 0 for never")
	return cmd
}

func (o *uiOptions) check() error {
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return usagef("for example 127.0.0.1:8080", "--listen %s: it is a host and a port", o.listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usagef("for example 127.0.0.1:8080; from another machine, use ssh -L 8080:127.0.0.1:8080 HOST",
			"--listen %s: the page shows personal data without encryption, so it is served to this machine alone", o.listen)
	}
	if o.every < 0 || o.every > 0 && o.every < time.Second {
		return usagef("", "--every %v: it is 0, or a second at least", o.every)
	}
	return nil
}

func (a *app) runUI(ctx context.Context, opts *uiOptions) error {
	if err := opts.check(); err != nil {
		return err
	}
	if err := checkFrom(opts.from); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", opts.listen)
	if err != nil {
		return fmt.Errorf("listening on %s for the page: %w", opts.listen, err)
	}
	defer listener.Close()
	sources, err := a.changing(ctx, opts)
	if err != nil {
		return err
	}
	defer sources.close()
	var mu sync.Mutex // requests are answered side by side
	say := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(a.Err, "scimtrail:", cleanLines(text))
	}
	server := web.NewServer(web.Options{From: strings.Join(sources.names, ", "), Version: Version, Live: sources.live, Log: func(err error) { say(err.Error()) }})
	state, _ := sources.state(ctx) // what it is now; a failure shows at the next look
	if err := a.show(ctx, opts, server, sources); err != nil {
		return err
	}
	opts.progress = progressNone // of the reading that follows, nobody waits for it
	page := &http.Server{Handler: server.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	ended := make(chan error, 1)
	go func() { ended <- page.Serve(listener) }()
	fmt.Fprintf(a.Out, "Open this link; it works once:\n\n  http://%s%s\n\n", listener.Addr(), server.Login())
	say("the page is there until you press Ctrl-C")
	for {
		select {
		case err := <-ended:
			return fmt.Errorf("serving the page: %w", err)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
			defer cancel()
			if err := page.Shutdown(last); err != nil {
				_ = page.Close() // somebody is still being answered; nothing is lost by cutting it
			}
			return nil
		case <-sources.tick(opts.every):
			state = a.renew(ctx, opts, server, sources, state)
		}
	}
}

// show reads the evidence and shows it.
func (a *app) show(ctx context.Context, opts *uiOptions, server *web.Server, sources *changing) error {
	began := time.Now()
	c, err := a.load(ctx, &opts.evidence)
	if err != nil {
		return err
	}
	if a.cut {
		return ctx.Err()
	}
	v, err := web.NewView(c, web.ViewOptions{Now: time.Now})
	if err != nil {
		return err
	}
	if len(sources.archives) > 0 {
		alerts, err := sources.Alerts(ctx)
		if err != nil {
			return err
		}
		v.SetAlerts(alerts)
	}
	server.Show(v)
	sources.took = time.Since(began)
	return nil
}

// renew shows the evidence anew if it has changed, and returns its state. A
// failure is told to the reader of the page, who goes on seeing what was there.
func (a *app) renew(ctx context.Context, opts *uiOptions, server *web.Server, sources *changing, before string) string {
	state, err := sources.state(ctx)
	if err == nil && state != before {
		err = a.show(ctx, opts, server, sources)
	} else if err == nil && len(sources.archives) > 0 {
		var alerts []web.Alert
		if alerts, err = sources.Alerts(ctx); err == nil {
			server.Alert(alerts)
		}
	}
	switch {
	case ctx.Err() != nil:
		return before
	case err != nil:
		server.Stale(err.Error())
		return before // to be tried again
	}
	server.Stale("")
	return state
}

// changing is the evidence that is looked at again and again.
type changing struct {
	names    []string
	paths    []string
	archives []*archive.Archive
	files    []archiveFile // of each archive
	live     bool
	replaced int           // how often another archive was put in place of one
	took     time.Duration // to read it all
}

// archiveFile is where an archive lies, "" for one in a database, and which file lay
// there when it was opened: another may be put in its place.
type archiveFile struct {
	path   string
	opened fs.FileInfo
}

var _ web.AlertSource = (*changing)(nil)

// changing opens what can tell whether it has changed: archives by their
// generation, files and folders by their sizes and times. Standard input and
// what is fetched from services are read once.
func (a *app) changing(ctx context.Context, opts *uiOptions) (*changing, error) {
	s := &changing{}
	for _, from := range opts.from {
		switch _, remote := schemeOf(from); {
		case isArchive(from):
			db, err := openArchive(ctx, from)
			if err != nil {
				s.close()
				return nil, err
			}
			s.archives = append(s.archives, db)
			where := archiveFile{}
			if !archive.IsAddress(from) {
				where.path = from
				where.opened, _ = os.Stat(from) // it was opened a moment ago; if it is gone again, the next look says so
			}
			s.files = append(s.files, where)
			s.names = append(s.names, db.Name())
			s.live = true
			continue
		case from == "-":
			from = "standard input"
		case !remote:
			s.paths = append(s.paths, from)
			s.live = true
		}
		s.names = append(s.names, from)
	}
	s.live = s.live && opts.every > 0 && !slices.Contains(opts.from, "-")
	return s, nil
}

func (s *changing) close() {
	for _, db := range s.archives {
		_ = db.Close() // it was only read
	}
}

// tick is when to look again: not before reading all has had its own time nine times
// over, so that a large case, to which watch adds something with every poll, takes a
// tenth of the machine at most. It never comes when nothing can change.
func (s *changing) tick(every time.Duration) <-chan time.Time {
	if !s.live {
		return nil
	}
	return time.After(max(every, 9*s.took))
}

// reopen opens archives anew in whose place another file lies: what is open is the old
// one still. The hash is given which file it is.
func (s *changing) reopen(ctx context.Context, h hash.Hash) error {
	for i, where := range s.files {
		if where.path == "" {
			continue
		}
		info, err := os.Stat(where.path)
		if err != nil {
			return fmt.Errorf("looking for newer evidence: %w", err)
		}
		if where.opened == nil || !os.SameFile(info, where.opened) {
			db, err := openArchive(ctx, where.path)
			if err != nil {
				return err
			}
			_ = s.archives[i].Close() // it was only read
			s.archives[i], s.files[i].opened = db, info
			s.replaced++
		}
	}
	fmt.Fprintln(h, s.replaced)
	return nil
}

// state names what the evidence is now; another name means that it has changed.
func (s *changing) state(ctx context.Context) (string, error) {
	h := sha256.New()
	if err := s.reopen(ctx, h); err != nil {
		return "", err
	}
	for _, db := range s.archives {
		n, err := db.Generation(ctx)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, n)
	}
	for _, path := range s.paths {
		err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				if errors.Is(err, fs.ErrNotExist) && name != path {
					return nil // it went while the folder was walked
				}
				return err
			}
			if d.IsDir() {
				return nil
			}
			if info, err := d.Info(); err == nil {
				fmt.Fprintf(h, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano())
			}
			return nil
		})
		if err != nil {
			return "", fmt.Errorf("looking for newer evidence: %w", err)
		}
	}
	return string(h.Sum(nil)), nil
}

// The documents in which watch keeps its alerts, and when it was first there.
const (
	alertKind  = "alert"
	watchKind  = "watch"
	watchBegan = "began"
)

// Alerts reads the alerts that watch has put into the archives; nil when it was
// never there, so that nobody would have raised any. A document that is none is
// left out and said.
func (s *changing) Alerts(ctx context.Context) ([]web.Alert, error) {
	var out []web.Alert
	for _, db := range s.archives {
		began, err := db.Document(ctx, watchKind, watchBegan)
		if err != nil {
			return nil, err
		}
		if began != nil && out == nil {
			out = []web.Alert{}
		}
		docs, err := db.Documents(ctx, alertKind)
		if err != nil {
			return nil, err
		}
		for _, doc := range docs {
			alert, err := web.ParseAlert(doc.Value)
			if err != nil {
				alert = web.Alert{ID: doc.Key, Title: "An alert that can't be read", Opened: doc.Updated, Summary: report.Clean(err.Error())}
			}
			out = append(out, alert)
		}
	}
	return out, nil
}
