package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/report"
)

// liveDoc is a line of --progress json of a live source. Numbers only grow;
// steps and secondsLeft are absent while the source does not know them.
type liveDoc struct {
	Schema         string   `json:"schema"`
	From           string   `json:"from"`
	Doing          string   `json:"doing,omitempty"`
	Calls          int64    `json:"calls"`
	Retries        int64    `json:"retries"`
	Throttled      int64    `json:"throttled"`
	Bytes          int64    `json:"bytes"`
	BytesPerSecond int64    `json:"bytesPerSecond"`
	Records        int64    `json:"records"`
	IdentityEvents int64    `json:"identityEvents"`
	StepsDone      int64    `json:"stepsDone,omitempty"`
	Steps          int64    `json:"steps,omitempty"`
	SecondsLeft    *float64 `json:"secondsLeft,omitempty"`
	Done           bool     `json:"done"`
}

// showLive starts showing how far a live source has come; the returned function
// stops it and leaves the terminal as it was.
func (a *app) showLive(kind, from string, counts *live.Progress) func() {
	if kind == progressNone || kind != progressJSON && !a.ErrTerminal {
		return func() {}
	}
	started, drawn := time.Now(), false
	show := func(done bool) {
		doc := readLiveDoc(from, counts, time.Since(started).Seconds(), done)
		if kind == progressJSON {
			if line, err := json.Marshal(doc); err == nil {
				a.Err.Write(append(line, '\n'))
			}
			return
		}
		if done && !drawn {
			return
		}
		io.WriteString(a.Err, "\r\x1b[K")
		if !done {
			drawn = true
			io.WriteString(a.Err, fit(report.Clean(doc.line()), a.Width))
		}
	}
	every := lineEvery
	if kind == progressJSON {
		every = jsonEvery
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				show(false)
			case <-stop:
				show(true)
				return
			}
		}
	}()
	return func() { close(stop); <-stopped }
}

// fit cuts a line so that it does not wrap; columns is 0 when unknown.
func fit(line string, columns int) string {
	for columns > 0 && report.Width(line) >= columns {
		_, last := utf8.DecodeLastRuneInString(line)
		line = line[:len(line)-last]
	}
	return line
}

func readLiveDoc(from string, c *live.Progress, elapsed float64, done bool) liveDoc {
	doc := liveDoc{
		Schema: "scimtrail/progress/v1", From: from, Doing: c.What(), Calls: c.Calls.Load(), Retries: c.Retries.Load(), Throttled: c.Throttled.Load(),
		Bytes: c.Bytes.Load(), Records: c.Records.Load(), IdentityEvents: c.Identity.Load(), StepsDone: c.Done.Load(), Steps: c.Total.Load(), Done: done,
	}
	if elapsed > 0 {
		doc.BytesPerSecond = int64(float64(doc.Bytes) / elapsed)
	}
	if doc.Steps > 0 && doc.StepsDone > 0 && doc.StepsDone <= doc.Steps {
		doc.SecondsLeft = new(elapsed / float64(doc.StepsDone) * float64(doc.Steps-doc.StepsDone))
	}
	return doc
}

// line is the progress for a person.
func (d *liveDoc) line() string {
	var parts []string
	if d.Doing != "" {
		parts = append(parts, d.Doing)
	}
	calls := fmt.Sprintf("%d calls", d.Calls)
	if d.Throttled > 0 {
		calls += fmt.Sprintf(" (asked %d times to slow down)", d.Throttled)
	}
	parts = append(parts, calls)
	if d.Bytes > 0 {
		parts = append(parts, report.Size(d.Bytes)+" at "+report.Size(d.BytesPerSecond)+"/s")
	}
	if d.Records > 0 {
		parts = append(parts, fmt.Sprintf("%d records", d.Records))
	}
	if d.IdentityEvents > 0 {
		parts = append(parts, fmt.Sprintf("%d identity events", d.IdentityEvents))
	}
	if d.Steps > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d", d.StepsDone, d.Steps))
	}
	if d.SecondsLeft != nil && !d.Done {
		parts = append(parts, (time.Duration(*d.SecondsLeft)*time.Second).String()+" left")
	}
	return strings.Join(parts, ", ")
}
