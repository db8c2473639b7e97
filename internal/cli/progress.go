package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

// How often progress is shown: a person sees it move, a script is not flooded.
const (
	lineEvery = 200 * time.Millisecond
	jsonEvery = time.Second
)

// The kinds of --progress.
const (
	progressAuto = "auto" // a line on a terminal, nothing elsewhere
	progressJSON = "json" // one JSON object a line on standard error
	progressNone = "none"
)

// progressDoc is a line of --progress json. Numbers only grow; secondsLeft is
// absent until the tree has been walked to its end.
type progressDoc struct {
	Schema         string   `json:"schema"`
	From           string   `json:"from"`
	Files          int64    `json:"files"`
	FilesSeen      int64    `json:"filesSeen"`
	Listed         bool     `json:"listed"`
	Bytes          int64    `json:"bytes"`
	ContentBytes   int64    `json:"contentBytes"`
	BytesPerSecond int64    `json:"bytesPerSecond"`
	SecondsLeft    *float64 `json:"secondsLeft,omitempty"`
	Records        int64    `json:"records"`
	IdentityEvents int64    `json:"identityEvents"`
	Unreadable     int64    `json:"unreadable"`
	Done           bool     `json:"done"`
}

// progress shows how far the reading of one source has come, until stopped.
type progress struct {
	from    string
	counts  *file.Progress
	out     io.Writer
	json    bool
	columns int
	started time.Time
	stop    chan struct{}
	stopped chan struct{}
	drawn   bool
}

// showProgress starts showing; the returned function stops it and leaves the
// terminal as it was.
func (a *app) showProgress(kind, from string, counts *file.Progress) func() {
	if kind == progressNone || kind != progressJSON && !a.ErrTerminal {
		return func() {}
	}
	p := &progress{
		from: from, counts: counts, out: a.Err, json: kind == progressJSON, columns: a.Width, started: time.Now(),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	every := lineEvery
	if p.json {
		every = jsonEvery
	}
	go p.run(every)
	return func() { close(p.stop); <-p.stopped }
}

func (p *progress) run(every time.Duration) {
	defer close(p.stopped)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.show(false)
		case <-p.stop:
			p.show(true)
			return
		}
	}
}

func (p *progress) show(done bool) {
	doc := p.read(done)
	if p.json {
		line, err := json.Marshal(doc)
		if err == nil {
			p.out.Write(append(line, '\n'))
		}
		return
	}
	if done {
		if p.drawn {
			io.WriteString(p.out, "\r\x1b[K")
		}
		return
	}
	p.drawn = true
	line := doc.line()
	if p.columns > 0 && report.Width(line) >= p.columns {
		line = line[:p.columns-1] // the line is ASCII
	}
	io.WriteString(p.out, "\r\x1b[K"+line)
}

func (p *progress) read(done bool) progressDoc {
	c := p.counts
	elapsed := time.Since(p.started).Seconds()
	doc := progressDoc{
		Schema: "scimtrail/progress/v1", From: p.from, Files: c.Read.Load() + c.Unopened.Load(), FilesSeen: c.Seen.Load(), Listed: c.Listed.Load(),
		Bytes: c.Stored.Load(), ContentBytes: c.Content.Load(), Records: c.Records.Load(), IdentityEvents: c.Identity.Load(),
		Unreadable: c.Unreadable.Load(), Done: done,
	}
	if elapsed > 0 {
		doc.BytesPerSecond = int64(float64(doc.ContentBytes) / elapsed)
	}
	if left := doc.FilesSeen - doc.Files; doc.Listed && doc.Files > 0 && left >= 0 {
		doc.SecondsLeft = new(elapsed / float64(doc.Files) * float64(left))
	}
	return doc
}

// line is the progress for a person.
func (d *progressDoc) line() string {
	of := ""
	if d.Listed {
		of = fmt.Sprintf(" of %d", d.FilesSeen)
	}
	parts := []string{
		fmt.Sprintf("%d%s files", d.Files, of), report.Size(d.Bytes) + " read", report.Size(d.BytesPerSecond) + "/s of content",
		fmt.Sprintf("%d identity events", d.IdentityEvents),
	}
	if d.Unreadable > 0 {
		parts = append(parts, fmt.Sprintf("%d not read", d.Unreadable))
	}
	if d.SecondsLeft != nil {
		parts = append(parts, (time.Duration(*d.SecondsLeft)*time.Second).String()+" left")
	}
	return strings.Join(parts, ", ")
}
