package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/manifest"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// A manifest may know how long the files were that it describes, and their
// SHA-256. What does not fit is read all the same and supports no claim: an edited
// file shows what it shows, and that something is not in it means nothing.

// attesting knows below which folders a manifest lies, so that what it may know the
// hash of is hashed while it is read, and nothing else is.
type attesting struct {
	mu     sync.Mutex
	beside bool            // of a single file there is one
	dirs   map[string]bool // of the folder or one above it
}

// attests reports whether a manifest may know the hash of the file.
func (c *collection) attests(rel string) bool {
	a := &c.attesting
	a.mu.Lock()
	defer a.mu.Unlock()
	if c.from.Only != "" {
		return a.beside
	}
	return c.from.FS != nil && a.in(c.from.FS, path.Dir(rel))
}

func (a *attesting) in(fsys fs.FS, dir string) bool {
	known, ok := a.dirs[dir]
	if ok {
		return known
	}
	_, err := fs.Stat(fsys, path.Join(dir, manifest.Name))
	known = err == nil || dir != "." && a.in(fsys, path.Dir(dir))
	if a.dirs == nil {
		a.dirs = map[string]bool{}
	}
	a.dirs[dir] = known
	return known
}

// fingerprint is how much of a file was read, and its hash.
type fingerprint struct {
	size int64
	sum  string // "" when the file was not hashed
	open func() (io.ReadCloser, error)
}

// altered reports whether a file is not what the manifest says it was, and notes
// it.
func (c *collection) altered(m foundManifest, f *outcome, e *manifest.Entry) bool {
	if e.Bytes == 0 {
		return false
	}
	key := statement{m.Rel, f.rel, e.Bytes, e.SHA256}
	if bad, judged := c.judged[key]; judged {
		return bad
	}
	why := c.compare(m, f, e)
	c.judged[key] = why != ""
	if why != "" {
		c.unfit[f.rel] = true
		c.losses.damage(casefile.Loss{Path: c.shown(m, f.rel), Reason: why, Lost: "what it held before; nothing is claimed by it any more"})
	}
	return why != ""
}

// statement is what a manifest says of the bytes of a file.
type statement struct {
	manifest, rel string
	bytes         int64
	sum           string
}

// compare says how a file differs from what was collected, "" when it does not. One
// that has grown is judged by the part that was there.
func (c *collection) compare(m foundManifest, f *outcome, e *manifest.Entry) string {
	size, open := f.print.size, f.print.open
	if f.print.sum == "" {
		size = -1
		if c.from.FS != nil {
			if info, err := fs.Stat(c.from.FS, f.rel); err == nil {
				size = info.Size()
			}
			open = func() (io.ReadCloser, error) { return c.from.FS.Open(f.rel) }
		}
	}
	const changed = "it was changed after it was collected: its SHA-256 is not the one in " + manifest.Name
	switch {
	case size >= 0 && size < e.Bytes:
		return shortened(size, e.Bytes)
	case e.SHA256 == "":
		return ""
	case size == e.Bytes && f.print.sum != "":
		if f.print.sum != e.SHA256 {
			return changed
		}
		return ""
	case open == nil:
		return "it can't be compared with what was collected"
	}
	r, err := open()
	if err != nil {
		return "it can't be compared with what was collected: " + PlainError(err)
	}
	defer r.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(r, e.Bytes))
	switch {
	case err != nil:
		return "it can't be compared with what was collected: " + PlainError(err)
	case n < e.Bytes:
		return shortened(n, e.Bytes)
	case hex.EncodeToString(h.Sum(nil)) != e.SHA256:
		return changed
	}
	if size > e.Bytes {
		c.b.Note(fmt.Sprintf("%s has %d bytes more than its manifest knows of: a collection that was cut off, or somebody, added them; what is in them counts as evidence", c.shown(m, f.rel), size-e.Bytes))
	}
	return ""
}

func shortened(is, was int64) string {
	return fmt.Sprintf("it has %d bytes and had %d when it was collected", is, was)
}

// shown is what a file beside a manifest, or below it, is called for people.
func (c *collection) shown(m foundManifest, rel string) string {
	if dir := path.Dir(m.Rel); dir != "." {
		rel = strings.TrimPrefix(rel, dir+"/")
	}
	return path.Join(path.Dir(m.Path), rel)
}

// doubt takes from a snapshot all that would make an absence mean something.
func doubt(s *directory.Snapshot) {
	s.AllUsers, s.AllGroups = false, false
	s.MembersOf, s.GroupsOf, s.AssignmentsOf, s.Alone = nil, nil, nil, nil
	s.NoUsers, s.NoGroups, s.Absent = nil, nil, nil
	s.Truncated = true
}

// doubtUpstream does the same with what a provider showed.
func doubtUpstream(s *upstream.State) {
	s.Okta.MembersOf, s.Entra.MembersOf = nil, nil
	for i := range s.Reach {
		s.Reach[i].Whole, s.Reach[i].Failed = false, "the file that it was kept in was changed afterwards"
	}
}
