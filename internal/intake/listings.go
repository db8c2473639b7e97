package intake

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/manifest"
)

// listing is a snapshot that waits for the manifests.
type listing struct {
	Entry
	kind     string
	snapshot directory.Snapshot
}

type foundManifest struct {
	Entry
	manifest.Manifest
}

// applyManifests takes the claims of all manifests for the files that are there,
// and returns what they say of each file.
func (c *collection) applyManifests() map[string][]*manifest.Entry {
	slices.SortFunc(c.manifests, func(a, b foundManifest) int { return cmpText(a.Rel, b.Rel) })
	said := map[string][]*manifest.Entry{}
	told := map[casefile.Loss]bool{} // by the manifests of several collections, perhaps
	for _, m := range c.manifests {
		for _, note := range m.Notes {
			c.b.Note(note)
		}
		for _, loss := range m.Losses {
			if !told[loss] {
				told[loss] = true
				c.losses.damage(loss)
			}
		}
		for i := range m.Entries {
			c.applyEntry(m, &m.Entries[i], said)
		}
	}
	return said
}

func (c *collection) applyEntry(m foundManifest, e *manifest.Entry, said map[string][]*manifest.Entry) {
	found, unfit := 0, 0
	changed := false
	files := c.below(path.Dir(m.Rel))
	for i := range files {
		f := &files[i]
		rel := f.rel
		if dir := path.Dir(m.Rel); dir != "." {
			rel = strings.TrimPrefix(rel, dir+"/")
		}
		if f.kind == kindManifest || e.Path == "" && notEvidence(f.kind) || !e.Matches(rel) {
			continue
		}
		found++
		if f.fit != whole {
			unfit++
		}
		changed = c.altered(m, f, e) || changed
		said[f.rel] = append(said[f.rel], e)
	}
	if found == 0 && e.Path != "" && c.passedThere(path.Join(path.Dir(m.Rel), e.Path)) {
		found++
	}
	what := "the files beside it"
	if e.Path != "" {
		what = fmt.Sprintf("%.200q", e.Path)
	}
	switch {
	case found == 0 && c.from.Only != "":
		return // one file was asked about, and this entry is about others
	case found == 0:
		key := m.Rel + "\n" + e.Path
		if c.missed[key] {
			return // said of another entry
		}
		c.missed[key] = true
		c.losses.damage(casefile.Loss{Path: m.Path, Reason: fmt.Sprintf("the manifest describes %s, and there is no such evidence", what), Lost: "what that file would show; the claim is not counted"})
		return
	}
	looked := c.looked()
	covers := slices.Collect(func(yield func(casefile.Cover) bool) {
		for _, one := range e.Covers() {
			if looked.clip(&one) && !yield(one) {
				return
			}
		}
	})
	// Of several files that answer a question together, one was asked about.
	others := c.from.Only != "" && e.Path != c.from.Only
	for i := range covers {
		if unfit > 0 || changed || c.interrupted || others {
			covers[i].Complete = casefile.Unknown
		}
	}
	if unfit > 0 && len(covers) > 0 {
		c.b.Note(fmt.Sprintf("%s says what %s cover, but part of that could not be read; the claim is taken as unknown", m.Path, what))
	}
	c.b.Cover(covers...)
}

// passedThere reports whether a file is one of those that are counted and not
// listed.
func (c *collection) passedThere(rel string) bool {
	if _, some := c.passed[path.Dir(rel)]; !some || c.from.FS == nil {
		return false
	}
	_, _, log := NameOf(rel)
	info, err := fs.Stat(c.from.FS, rel)
	return log && err == nil && info.Mode().IsRegular()
}

// notEvidence are kinds that a manifest for a whole folder does not speak of.
func notEvidence(kind string) bool {
	switch kind {
	case kindForeign, kindDigest, kindKeys, kindMetadata, kindJournal:
		return true
	}
	return false
}

// below returns the files in a folder and its folders; c.files is in order.
func (c *collection) below(dir string) []outcome {
	if dir == "." {
		return c.files
	}
	from, _ := slices.BinarySearchFunc(c.files, dir+"/", func(f outcome, s string) int { return cmpText(f.rel, s) })
	to, _ := slices.BinarySearchFunc(c.files, dir+"0", func(f outcome, s string) int { return cmpText(f.rel, s) }) // 0 follows / in ASCII
	return c.files[from:to]
}

// addListings adds the snapshots, with the time and the completeness that is
// known of them, and the homes of stores that they tell.
func (c *collection) addListings(said map[string][]*manifest.Entry) {
	slices.SortFunc(c.listings, func(a, b listing) int { return cmpText(a.Rel, b.Rel) })
	for i := range c.listings {
		l := &c.listings[i]
		s := &l.snapshot
		c.date(l)
		for _, e := range said[l.Rel] {
			c.claim(l, e)
		}
		if bare(s) {
			c.empty = append(c.empty, l.Entry)
		}
		for _, instance := range s.Instances {
			if instance.Owner != "" {
				c.b.Home(casefile.Home{Store: instance.Store, Account: instance.Owner, Region: s.Region, Because: "sso-admin list-instances names the owner of the store"})
			}
		}
		if c.unfit[l.Rel] {
			doubt(s)
		}
		c.b.Snapshot(*s)
	}
}

// bare reports whether a listing shows nothing at all, not even for whom.
func bare(s *directory.Snapshot) bool {
	return len(s.Users)+len(s.Groups)+len(s.Memberships)+len(s.Absent)+len(s.Alone)+len(s.Instances)+len(s.Assignments)+len(s.MembersOf)+len(s.GroupsOf)+len(s.NoUsers)+len(s.NoGroups) == 0 &&
		!s.AllUsers && !s.AllGroups && s.Store == ""
}

// date bounds the moment of a listing by the file's own time.
func (c *collection) date(l *listing) {
	s, modified := &l.snapshot, l.modified()
	switch {
	case modified.IsZero():
	case s.Clock != directory.ClockContent || s.NotBefore.IsZero():
		s.Clock, s.NotAfter = directory.ClockFile, modified
	case modified.After(s.NotBefore):
		s.NotAfter = modified
	}
}

// claim adds what a manifest says of a listing.
func (c *collection) claim(l *listing, e *manifest.Entry) {
	s := &l.snapshot
	if e.IdentityStore != "" && s.Store != "" && e.IdentityStore != s.Store {
		c.losses.damage(casefile.Loss{Path: l.Path, Reason: fmt.Sprintf("the manifest says that it lists %s, and it lists %s", e.IdentityStore, s.Store), Lost: "what the manifest says of it"})
		return
	}
	if !e.Collected.IsZero() {
		s.NotBefore, s.NotAfter, s.Clock = e.Collected.Time, e.Collected.Time, directory.ClockManifest
	}
	for _, f := range []struct {
		to   *string
		from string
	}{{&s.Store, e.IdentityStore}, {&s.Account, e.Account}, {&s.Region, e.Region}} {
		if *f.to == "" {
			*f.to = f.from
		}
	}
	if e.IdentityStore != "" && e.Account != "" {
		c.b.Home(casefile.Home{Store: e.IdentityStore, Account: e.Account, Region: e.Region, Because: "the manifest of a listing says so"})
	}
	if e.Whole != nil && !*e.Whole {
		s.AllUsers, s.AllGroups, s.MembersOf, s.GroupsOf = false, false, nil, nil
		return
	}
	stated := e.Whole != nil
	claim := directory.Claim{
		AllUsers:  stated && e.Kind == "list-users",
		AllGroups: stated && e.Kind == "list-groups",
	}
	if !stated && s.Truncated {
		return // the listing itself says that more was there
	}
	if e.Group != "" && (e.Kind == "" || e.Kind == "list-group-memberships") && isMemberships(l.kind) {
		claim.MembersOf = e.Group
	}
	if !s.Claim(claim) {
		c.losses.damage(casefile.Loss{Path: l.Path, Reason: "the manifest says more of it than it can be: it was cut short, or it lists something else", Lost: "the claim that it is whole"})
	}
}

func isMemberships(kind string) bool { return kind == directory.KindMemberships }
