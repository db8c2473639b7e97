package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/span"
)

// maxLimits is how many reasons for a smaller proof are told of one account and
// Region.
const maxLimits = 20

// verify checks the log files against the digests that lie among them.
func (c *collection) verify(ctx context.Context) error {
	if !c.digests {
		return nil
	}
	if c.opts.NoVerify {
		c.b.Note(fmt.Sprintf("the digests in %s were not checked, as the flags ask: nothing is proven, and nothing known of tampering", c.name))
		return nil
	}
	if c.from.FS == nil {
		c.b.Note(fmt.Sprintf("%s is a digest; it proves something only together with its log files: give the folder that holds both", c.name))
		return nil
	}
	inv, err := integrity.Gather(ctx, c.from.FS)
	if err == nil {
		if inv.Keys.Len() == 0 {
			c.noteKeys(inv.Digests)
		}
		var report integrity.Report
		if report, err = integrity.Verify(ctx, inv, integrity.NewFolder(c.from.FS), integrity.Options{Workers: c.opts.Workers}); err == nil {
			c.seal(report)
			return nil
		}
	}
	if ctx.Err() != nil {
		c.b.Note(fmt.Sprintf("checking the digests in %s was interrupted: nothing is proven", c.name))
		return fmt.Errorf("checking digests in %s: %w", c.name, err)
	}
	c.losses.damage(casefile.Loss{Path: c.name, Reason: "the digests could not be checked: " + PlainError(err), Lost: "the proof that the logs are complete and unchanged"})
	return nil
}

// noteKeys says how to get the keys without which no digest proves anything.
func (c *collection) noteKeys(digests []integrity.Digest) {
	type bounds struct{ from, to time.Time }
	regions := map[string]bounds{}
	for _, d := range digests {
		b, ok := regions[d.Region]
		if !ok || d.Start.Before(b.from) {
			b.from = d.Start
		}
		if !ok || d.End.After(b.to) {
			b.to = d.End
		}
		regions[d.Region] = b
	}
	for _, region := range slices.Sorted(maps.Keys(regions)) {
		b := regions[region]
		c.b.Note(fmt.Sprintf("there are digests and no public keys, so nothing is proven; fetch the keys into the same folder: aws cloudtrail list-public-keys --region %s --start-time %s --end-time %s > public-keys-%s.json",
			region, b.from.UTC().Format(time.RFC3339), b.to.UTC().Format(time.RFC3339), region))
	}
}

// seal hands what the digests say to the case, for each account and Region.
func (c *collection) seal(report integrity.Report) {
	seals := map[casefile.Place]*casefile.Seal{}
	of := func(account, region string) *casefile.Seal {
		at := casefile.Place{Account: account, Region: region}
		if seals[at] == nil {
			seals[at] = &casefile.Seal{Account: account, Region: region}
		}
		return seals[at]
	}
	for _, chain := range report.Chains {
		s := of(chain.Account, chain.Region)
		s.Proven = s.Proven.Union(chain.EventTime(integrity.DefaultLateness))
	}
	more := map[casefile.Place]int{}
	for _, f := range report.Findings {
		s := of(f.Account, f.Region)
		if f.Kind.Tampering() {
			object := f.Object
			if object == "" {
				object = f.Path
			}
			s.Tampered = append(s.Tampered, casefile.Tampering{Object: object, What: f.Message, Span: f.Span})
			continue
		}
		if slices.Contains(s.Limits, f.Message) {
			continue
		}
		if len(s.Limits) >= maxLimits {
			more[casefile.Place{Account: f.Account, Region: f.Region}]++
			continue
		}
		s.Limits = append(s.Limits, f.Message)
	}
	looked := c.looked()
	for at, s := range seals {
		var proven []span.Span
		for _, part := range s.Proven.Spans() {
			if one := (casefile.Cover{Account: s.Account, Region: s.Region, Span: part}); looked.clip(&one) {
				proven = append(proven, one.Span)
			}
		}
		s.Proven = span.SetOf(proven...) // whole is not searched
		if n := more[at]; n > 0 {
			s.Limits = append(s.Limits, fmt.Sprintf("and %d more reasons", n))
		}
		c.b.Seal(*s)
	}
}
