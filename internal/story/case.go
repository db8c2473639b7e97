package story

import (
	"fmt"
	"slices"
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
	if err := s.Give(b); err != nil {
		return nil, err
	}
	return b.Build(), nil
}

// Give gives the story's evidence to b, as Case does to a builder.
func (s *Story) Give(b casefile.Sink) error {
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
					return c.errorf("%v", err)
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
					return c.errorf("%v", err)
				}
			}
			b.Records(input, len(d.records))
		}
		for _, source := range c.sources {
			b.Cover(casefile.Cover{Account: c.account, Region: c.region, Source: source, Span: c.ground(), Channel: c.channelName(), Complete: casefile.Claimed})
		}
		if c.cut {
			b.Unreadable(casefile.Loss{Path: fmt.Sprintf("collection-%d", i+1), Reason: "the last log file is cut short", Lost: "its end"})
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
				return &Error{Section: "snapshot " + stamp(sn.taken), Problem: err.Error()}
			}
			b.Snapshot(seen)
		}
		if !sn.byHand {
			b.Home(casefile.Home{Store: sn.store, Account: sn.account, Region: sn.region, Because: "the manifest says so"})
		}
	}
	for _, p := range s.providers {
		state, taken, err := p.state()
		if err != nil {
			return &Error{Section: p.product + " " + stamp(p.at), Problem: err.Error()}
		}
		b.Upstream(b.Input(casefile.Input{Path: p.product, Kind: p.product, Time: p.at}), state, taken)
	}
	return nil
}

// cover is the ground of one source of a filtered collection: the span of what
// was seen and, if there is a claim, what was claimed.
func (c *collection) cover(source string, held []logged) []casefile.Cover {
	cover := casefile.Cover{Account: c.account, Region: c.region, Source: source, Channel: c.channelName()}
	var covers []casefile.Cover
	if c.claimed {
		cover.Span, cover.Complete = span.Of(c.from, c.to), casefile.Claimed
		covers = append(covers, cover)
	}
	if len(held) > 0 {
		byTime := func(a, b logged) int { return a.time.Compare(b.time) }
		cover.Span, cover.Complete = span.Of(slices.MinFunc(held, byTime).time, slices.MaxFunc(held, byTime).time), casefile.Unknown
		covers = append(covers, cover)
	}
	return covers
}

// channelName is the channel as casefile.Cover spells it.
func (c *collection) channelName() string {
	switch c.channel {
	case "lookup":
		return "lookup-events"
	case "jsonl":
		return "records"
	}
	return "log-files"
}

// ground is what a tree covers: from the first event in it to the last delivery,
// less what may be lost with a log file that is cut short.
func (c *collection) ground() span.Span {
	ground := span.Of(c.from.Add(-noiseBefore), c.to)
	switch {
	case c.channel == "digests":
		ground.To = c.to.Add(-beforeTheEnd)
	case c.cut:
		ground.To = c.to.Add(-15 * time.Minute) // CloudTrail delivers within about that time
	}
	return ground
}

// seal is what verifying the story's own chain would say. An event may be
// delivered an hour late, so the last hour of each proven window is not proven;
// nor is the hour whose log file is not what was signed.
func (c *collection) seal() casefile.Seal {
	const lateness = time.Hour
	seal := casefile.Seal{Account: c.account, Region: c.region, Proven: span.SetOf(span.Span{From: c.from, To: c.to.Add(-lateness)})}
	for _, wrong := range []struct {
		at   time.Time
		what string
	}{{c.tampered, "the log file does not have the hash that was signed"}, {c.missing, "a signed log file is missing"}} {
		if wrong.at.IsZero() {
			continue
		}
		start := deliveredAt(wrong.at).Truncate(time.Hour)
		hour := span.Span{From: start, To: start.Add(time.Hour)}
		seal.Tampered = append(seal.Tampered, casefile.Tampering{Object: "AWSLogs/" + c.account + "/CloudTrail/" + c.region, What: wrong.what, Span: hour})
		seal.Proven = seal.Proven.Intersect(span.SetOf(span.Span{From: c.from, To: hour.From.Add(-lateness)}, span.Span{From: hour.To, To: c.to}))
	}
	return seal
}
