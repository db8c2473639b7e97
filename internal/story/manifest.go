package story

import (
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// claim notes in the manifest what a collection searched.
func (x *expansion) claim(c *collection, path, query, channel string, sources ...string) {
	if !c.claimed {
		return
	}
	o := cloudtrail.Object{{Key: "path", Value: path}}
	if query != "" {
		o = append(o, cloudtrail.Member{Key: "query", Value: query})
	}
	x.entries = append(x.entries, append(o,
		cloudtrail.Member{Key: "account", Value: c.account},
		cloudtrail.Member{Key: "region", Value: c.region},
		cloudtrail.Member{Key: "sources", Value: sources},
		cloudtrail.Member{Key: "from", Value: stamp(c.from)},
		cloudtrail.Member{Key: "to", Value: stamp(c.to)},
		cloudtrail.Member{Key: "channel", Value: channel},
		cloudtrail.Member{Key: "complete", Value: "claimed"},
		cloudtrail.Member{Key: "collected", Value: stamp(c.to)}))
}

// listed notes in the manifest what a listing is of and when it was taken.
func (x *expansion) listed(sn *snapshot, list *listing, path, kind string) {
	o := cloudtrail.Object{
		{Key: "path", Value: path},
		{Key: "query", Value: listingCommand(sn, list, kind)},
		{Key: "account", Value: sn.account},
		{Key: "region", Value: sn.region},
		{Key: "collected", Value: stamp(sn.taken)},
		{Key: "identityStore", Value: sn.store},
		{Key: "kind", Value: kind},
	}
	if list.about != nil {
		key := "group"
		if list.kind == "groups-of" {
			key = "user"
		}
		o = append(o, cloudtrail.Member{Key: key, Value: awsid.Bare(list.about.id)})
	}
	x.entries = append(x.entries, append(o, cloudtrail.Member{Key: "whole", Value: list.whole}))
}

// manifest writes scimtrail-evidence.json when anything has an entry (design
// ruling 4).
func (x *expansion) manifest() {
	if len(x.entries) == 0 {
		return
	}
	var at time.Time
	for _, c := range x.story.collections {
		if c.claimed && c.to.After(at) {
			at = c.to
		}
	}
	for _, sn := range x.story.snapshots {
		if sn.taken.After(at) {
			at = sn.taken
		}
	}
	x.put("scimtrail-evidence.json", pretty(cloudtrail.Object{
		{Key: "schema", Value: "scimtrail/evidence/v1"}, {Key: "entries", Value: x.entries}}), at)
}
