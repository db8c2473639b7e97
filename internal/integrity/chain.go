package integrity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/span"
)

// trailID says whose deliveries a chain of digests is about. Trails of one name
// may have different home Regions.
type trailID struct{ account, region, trail, home string }

func (a trailID) compare(b trailID) int {
	return cmp.Or(strings.Compare(a.account, b.account), strings.Compare(a.region, b.region),
		strings.Compare(a.trail, b.trail), strings.Compare(a.home, b.home))
}

func (d *digest) trail() trailID { return trailID{d.Account, d.Region, d.Trail, d.Home} }

// chain is the digests of one account, Region and trail.
type chain struct {
	trailID
	digests   []*digest // by time, the one that counts for each location
	backfills []*digest
	cut       []span.Span // windows that are not proven after all
}

// chains groups all digests, authentic or not; of several that claim one
// location the authentic one stands for it.
func (v *verifier) chains() []*chain {
	byIdentity := make(map[trailID]*chain)
	var list []*chain
	seen := make(map[location]bool)
	ordered := slices.Clone(v.digests)
	slices.SortStableFunc(ordered, func(a, b *digest) int { return cmp.Compare(a.standing(), b.standing()) })
	for _, d := range ordered {
		if seen[d.location()] {
			continue
		}
		seen[d.location()] = true
		id := d.trail()
		c := byIdentity[id]
		if c == nil {
			c = &chain{trailID: id}
			byIdentity[id] = c
			list = append(list, c)
		}
		if d.Backfill {
			c.backfills = append(c.backfills, d)
		} else {
			c.digests = append(c.digests, d)
		}
	}
	for _, c := range list {
		slices.SortFunc(c.digests, byTime)
		slices.SortFunc(c.backfills, byTime)
	}
	slices.SortFunc(list, func(a, b *chain) int { return a.trailID.compare(b.trailID) })
	return list
}

func byTime(a, b *digest) int {
	return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End),
		strings.Compare(a.Bucket, b.Bucket), strings.Compare(a.Object, b.Object))
}

// walk compares each authentic digest of a chain with the one before it.
func (v *verifier) walk(c *chain) {
	for i, d := range c.digests {
		if !d.authentic {
			continue
		}
		var older *digest
		if i > 0 {
			older = c.digests[i-1]
		}
		v.walkOne(c, older, d)
	}
	for _, d := range c.backfills {
		if !d.authentic || d.unproven {
			c.cut = append(c.cut, d.window())
			continue
		}
		v.addDigest(Backfill, d, fmt.Sprintf("This digest was made afterwards and lists %s that earlier digests had left out.", plural(len(d.LogFiles), "log file")))
	}
}

func (v *verifier) walkOne(c *chain, older, d *digest) {
	between := d.window()
	if older != nil {
		between = span.Of(older.End, d.Start)
	}
	switch {
	case d.Previous == nil && older == nil:
		// The beginning of logging with validation: nothing came before.
	case d.Previous == nil:
		v.addBetween(ChainRestart, d, between, fmt.Sprintf(
			"A new chain of digests begins: logging or log file validation had been off or was set up anew. Nothing is proven for deliveries between %s and %s.",
			stamp(between.From), stamp(between.To)))
	case older != nil && older.location() == location{d.Previous.Bucket, d.Previous.Object}:
		if !older.End.Equal(d.Start) {
			v.addBetween(Gap, d, between, fmt.Sprintf(
				"This digest does not begin where the one before it ends: nothing is proven for deliveries between %s and %s.",
				stamp(between.From), stamp(between.To)))
		}
	case v.present(d.Previous):
		// It is here, out of order or unusable, and has its own finding if so.
	case older == nil:
		v.addBetween(EarlierAbsent, d, span.Span{From: d.Start, To: d.Start}, fmt.Sprintf(
			"The digest before this one is not here: nothing is proven for deliveries before %s. That is normal where a copy begins.", stamp(d.Start)))
	default:
		v.add(Finding{
			Kind: DigestMissing, Account: c.account, Region: c.region, Trail: c.trail, Object: d.Previous.Object, Span: between,
			Message: fmt.Sprintf("A digest is missing: it was signed as the one before the digest that begins at %s. It was deleted or not copied.", stamp(d.Start)),
		})
		v.report.Digests.Invalid++
	}
}

func (v *verifier) addBetween(kind Kind, d *digest, between span.Span, message string) {
	v.add(Finding{
		Kind: kind, Account: d.Account, Region: d.Region, Trail: d.Trail,
		Object: d.Object, Path: d.paths[0], Span: between, Message: message,
	})
}

// present reports whether the linked digest is here in some form: at its
// location, or as a file of its name that no longer is what it was.
func (v *verifier) present(link *Link) bool {
	if len(v.byLocation[location{link.Bucket, link.Object}]) > 0 {
		return true
	}
	name := baseName(link.Object)
	if v.unusable[name] {
		return true
	}
	for _, d := range v.byName[name] {
		if !d.authentic {
			return true
		}
	}
	return false
}
