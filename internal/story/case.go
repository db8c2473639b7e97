package story

import (
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Case builds the case that the story's evidence amounts to, without writing
// and recognising files: for tests of what comes after the case. Signed chains
// are taken as verified; literal files are left out. What covers how much
// follows design ruling 4.
func (s *Story) Case(catalogue *actor.Catalogue) (*casefile.Case, error) {
	b := casefile.NewBuilder(catalogue)
	x := &expansion{story: s, records: s.records()}
	for i, c := range s.collections {
		input := b.Input(casefile.Input{Path: fmt.Sprintf("collection-%d", i+1), Kind: c.channel, Time: c.to})
		for _, source := range c.sources {
			held := x.held(c, source)
			if c.channel == "tree" || c.channel == "digests" {
				continue
			}
			for _, rec := range held {
				if err := b.Record(input, rec.raw); err != nil {
					return nil, c.errorf("%v", err)
				}
			}
			b.Records(input, len(held))
			b.Cover(c.cover(source, held)...)
		}
		if c.channel != "tree" && c.channel != "digests" {
			continue
		}
		for _, d := range x.deliveries(c) {
			for _, rec := range d.records {
				if !c.missing.IsZero() && rec.time.Equal(c.missing) || !c.tampered.IsZero() && rec.time.Equal(c.tampered) {
					continue
				}
				if err := b.Record(input, rec.raw); err != nil {
					return nil, c.errorf("%v", err)
				}
			}
			b.Records(input, len(d.records))
		}
		for _, source := range c.sources {
			b.Cover(casefile.Cover{Account: c.account, Region: c.region, Source: source, Span: span.Of(c.from, c.to), Channel: "log-files", Complete: casefile.Claimed})
		}
		if c.channel == "digests" {
			b.Seal(c.seal())
		}
	}
	for i, sn := range s.snapshots {
		input := b.Input(casefile.Input{Path: fmt.Sprintf("snapshot-%d", i+1), Kind: "identitystore", Time: sn.taken})
		for _, list := range sn.listings {
			seen, err := s.seen(sn, list, input)
			if err != nil {
				return nil, &Error{Section: "snapshot " + stamp(sn.taken), Problem: err.Error()}
			}
			b.Snapshot(seen)
		}
		if !sn.byHand {
			b.Home(casefile.Home{Store: sn.store, Account: sn.account, Region: sn.region, Because: "the manifest says so"})
		}
	}
	return b.Build(), nil
}

// cover is the ground of one source of a filtered collection: what was claimed,
// else no more than the span of what was seen.
func (c *collection) cover(source string, held []logged) []casefile.Cover {
	cover := casefile.Cover{Account: c.account, Region: c.region, Source: source, Channel: "lookup-events"}
	switch c.channel {
	case "logs":
		cover.Channel = "log-files"
	case "jsonl":
		cover.Channel = "records"
	}
	if c.claimed {
		cover.Span, cover.Complete = span.Of(c.from, c.to), casefile.Claimed
		return []casefile.Cover{cover}
	}
	if len(held) == 0 {
		return nil
	}
	cover.Span = span.Of(held[0].time, held[0].time)
	for _, rec := range held {
		if rec.time.Before(cover.Span.From) {
			cover.Span.From = rec.time
		}
		if rec.time.After(cover.Span.To) {
			cover.Span.To = rec.time
		}
	}
	return []casefile.Cover{cover}
}

// seal is what verifying the story's own chain would say: the hour whose log
// file is not what was signed is not proven.
func (c *collection) seal() casefile.Seal {
	seal := casefile.Seal{Account: c.account, Region: c.region, Proven: span.SetOf(span.Of(c.from, c.to))}
	for _, wrong := range []struct {
		at   time.Time
		what string
	}{{c.tampered, "the log file does not have the hash that was signed"}, {c.missing, "a signed log file is missing"}} {
		if wrong.at.IsZero() {
			continue
		}
		hour := span.Span{From: wrong.at.Truncate(time.Hour), To: wrong.at.Truncate(time.Hour).Add(time.Hour)}
		seal.Tampered = append(seal.Tampered, casefile.Tampering{Object: "AWSLogs/" + c.account + "/CloudTrail/" + c.region, What: wrong.what, Span: hour})
		seal.Proven = seal.Proven.Intersect(span.SetOf(
			span.Span{From: c.from, To: hour.From.Add(-time.Second)}, span.Span{From: hour.To.Add(time.Second), To: c.to}))
	}
	return seal
}
