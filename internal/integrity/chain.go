package integrity

import (
	"cmp"
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
		id := trailID{d.Account, d.Region, d.Trail, d.Home}
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
