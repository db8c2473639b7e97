package story

import (
	"bytes"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/manifest"
)

// claim notes in the manifest what a collection searched.
func (x *expansion) claim(c *collection, path, query string, sources ...string) {
	if !c.claimed {
		return
	}
	x.entries = append(x.entries, manifest.Entry{
		Path: path, Query: query, Account: c.account, Region: c.region, Sources: sources,
		From: manifest.At(c.from), To: manifest.At(c.to), Channel: c.channelName(), Complete: "claimed", Collected: manifest.At(c.to),
	})
}

// listed notes in the manifest what a listing is of and when it was taken.
func (x *expansion) listed(sn *snapshot, list *listing, path, kind string) {
	e := manifest.Entry{
		Path: path, Query: listingCommand(sn, list, kind), Account: sn.account, Region: sn.region,
		Collected: manifest.At(sn.taken), IdentityStore: sn.store, Kind: kind, Whole: new(list.whole),
	}
	if list.kind == "members" {
		e.Group = awsid.Bare(list.about.id)
	}
	x.entries = append(x.entries, e)
}

// manifest writes scimtrail-evidence.json when anything has an entry (design
// ruling 4).
func (x *expansion) manifest() error {
	if len(x.entries) == 0 {
		return nil
	}
	var at time.Time
	for _, e := range x.entries {
		if e.Collected.After(at) {
			at = e.Collected.Time
		}
	}
	var b bytes.Buffer
	if err := (manifest.Manifest{Entries: x.entries}).Write(&b); err != nil {
		return err
	}
	if _, err := manifest.Parse(b.Bytes()); err != nil {
		return &Error{Problem: err.Error()}
	}
	x.put(manifest.Name, b.Bytes(), at)
	return nil
}
