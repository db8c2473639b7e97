package cli

import (
	"cmp"
	"errors"
	"sync"

	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// tally counts what goes into a sink, for the summary of a collection.
type tally struct {
	casefile.Sink
	mu        sync.Mutex
	got       *report.Collected
	stop      func() // ends the fetching; nil goes on
	broken    error  // the first failure to write; what comes after is in vain
	attention *bool  // set when a signed file was tampered with; may be nil
	mixed     bool   // the source may give records that concern no identities, which nobody keeps
}

func (t *tally) count(add func(*report.Collected)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add(t.got)
}

// Record counts the records that are kept.
func (t *tally) Record(input int, raw []byte) error {
	err := t.Sink.Record(input, raw)
	if _, ours := errors.AsType[*archive.Error](err); ours {
		// It is the archive that failed, not the record: nothing more is fetched.
		t.count(func(*report.Collected) { t.broken = cmp.Or(t.broken, err) })
		if t.stop != nil {
			t.stop()
		}
		return nil
	}
	if err != nil {
		return err
	}
	if t.mixed {
		if rec, err := cloudtrail.Decode(raw); err == nil && !cloudtrail.Concerns(rec.Source, rec.Name) {
			return nil
		}
	}
	t.count(func(c *report.Collected) { c.Events++ })
	return nil
}

func (t *tally) Snapshot(s directory.Snapshot) {
	t.Sink.Snapshot(s)
	t.count(func(c *report.Collected) {
		c.Snapshots++
		c.Users, c.Groups, c.Memberships = c.Users+len(s.Users), c.Groups+len(s.Groups), c.Memberships+len(s.Memberships)
	})
}

func (t *tally) Upstream(input int, s upstream.State, taken int) {
	t.Sink.Upstream(input, s, taken)
	t.count(func(c *report.Collected) { c.Upstream += taken })
}

func (t *tally) Cover(covers ...casefile.Cover) {
	t.Sink.Cover(covers...)
	t.count(func(c *report.Collected) { c.Coverage = append(c.Coverage, covers...) })
}

func (t *tally) Seal(s casefile.Seal) {
	t.Sink.Seal(s)
	t.count(func(c *report.Collected) {
		for _, x := range s.Tampered {
			if t.attention != nil {
				*t.attention = true
			}
			c.Losses = append(c.Losses, casefile.Loss{Path: x.Object, Reason: x.What, Lost: "the proof of the time around it: the evidence may have been tampered with"})
		}
	})
	t.count(func(c *report.Collected) { c.Coverage = append(c.Coverage, proven(s)...) })
}

// proven is the ground that digests prove.
func proven(s casefile.Seal) (out casefile.Coverage) {
	for _, whole := range s.Proven.Spans() {
		for _, source := range casefile.ManagementSources {
			out = append(out, casefile.Cover{Account: s.Account, Region: s.Region, Source: source, Span: whole, Channel: "log-files", Complete: casefile.Proven})
		}
	}
	return out
}

func (t *tally) Unreadable(l casefile.Loss) {
	t.Sink.Unreadable(l)
	t.count(func(c *report.Collected) { c.Losses = append(c.Losses, l) })
}

func (t *tally) Note(text string) {
	t.Sink.Note(text)
	t.count(func(c *report.Collected) { c.Notes = append(c.Notes, text) })
}
