package intake

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/kept"
	"github.com/scimtrail/scimtrail/internal/manifest"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// document reads what has to be read whole.
func (t *task) document(in io.Reader, what form) (kind string, fit fitness) {
	data, err := io.ReadAll(io.LimitReader(in, t.c.opts.Document+1))
	switch {
	case t.ctx.Err() != nil:
		return kindUnreadable, useless
	case err != nil && len(data) == 0:
		t.lose(err.Error(), "all of it")
		return kindUnreadable, useless
	case int64(len(data)) > t.c.opts.Document:
		t.lose(fmt.Sprintf("it is larger than %d MB, and no stream of records", t.c.opts.Document>>20), "all of it")
		return kindUnreadable, useless
	}
	damage := err // of the compression: what came before it may be of use
	if damage != nil {
		t.lose(damage.Error(), counted(len(data), "all but the first byte", "all but the first %d bytes"))
	}
	switch what {
	case formManifest:
		kind, err = kindManifest, t.takeManifest(data)
	case formKept:
		kind, err = kindKept, t.takeKept(data)
	case formDigest:
		kind = kindDigest
		_, err = integrity.ParseDigest(data)
		t.c.mu.Lock()
		t.c.digests = true
		t.c.mu.Unlock()
	case formKeys:
		kind = kindKeys
		_, err = integrity.ParsePublicKeys(data)
	case formMetadata:
		kind = kindMetadata
		_, err = integrity.ParseMetadata(data)
	default:
		return t.evidence(data, damage)
	}
	if err != nil {
		t.lose(err.Error(), "all of it")
		return kind, useless
	}
	if damage != nil {
		return kind, partial
	}
	return kind, whole
}

// evidence reads a listing of an identity store or an export of an identity
// provider or a governance product.
func (t *task) evidence(data []byte, damage error) (kind string, fit fitness) {
	fit = whole
	if damage != nil {
		fit = partial
	}
	snapshot, kind, err := directory.Parse(data)
	if err == nil {
		for _, problem := range snapshot.Problems {
			t.lose(problem, "")
			fit = partial
		}
		if snapshot.Skipped > 0 {
			t.lose(counted(snapshot.Skipped, "an entry of the listing can't be read", "%d entries of the listing can't be read"), "")
			fit = partial
		}
		snapshot.Input = t.listed()
		t.c.mu.Lock()
		t.c.listings = append(t.c.listings, listing{Entry: t.Entry, kind: kind, snapshot: snapshot})
		t.c.mu.Unlock()
		return kind, fit
	}
	if !errors.Is(err, directory.ErrUnrecognised) {
		t.lose(err.Error(), "all of it")
		return kindUnreadable, useless
	}
	state, kind, taken, err := upstream.Parse(data)
	switch {
	case err == nil:
		for _, problem := range state.Problems {
			t.lose(problem, "")
			fit = partial
		}
		t.c.b.Upstream(t.listed(), state, taken)
		return kind, fit
	case !errors.Is(err, upstream.ErrUnrecognised):
		t.lose(err.Error(), "all of it")
		return kindUnreadable, useless
	}
	if damage == nil {
		t.c.losses.strange(t.Path, "neither a log, a listing, an export nor a digest that we know")
	}
	return kindForeign, useless
}

// takeKept reads what collect wrote of a live source. It knows when it was taken
// and what of it is whole; a manifest can only take that back.
func (t *task) takeKept(data []byte) error {
	doc, err := kept.Read(data)
	if err != nil {
		return err
	}
	input := t.listed()
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	t.c.documents = append(t.c.documents, keptDocument{rel: t.Rel, input: input, Document: doc})
	return nil
}

// keptDocument waits for the manifest, which may know what it was.
type keptDocument struct {
	rel   string
	input int
	kept.Document
}

// addDocuments hands on what was kept of live sources.
func (c *collection) addDocuments() {
	slices.SortFunc(c.documents, func(a, b keptDocument) int { return cmpText(a.rel, b.rel) })
	for _, d := range c.documents {
		if s := d.Snapshot; s != nil {
			s.Input = d.input
			if c.unfit[d.rel] {
				doubt(s)
			}
			c.b.Snapshot(*s)
		}
		if s := d.Upstream; s != nil {
			if c.unfit[d.rel] {
				doubtUpstream(s)
			}
			c.b.Upstream(d.input, *s, d.Taken)
		}
	}
}

func (t *task) takeManifest(data []byte) error {
	m, err := manifest.Parse(data)
	if err != nil {
		return err
	}
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	t.c.manifests = append(t.c.manifests, foundManifest{Entry: t.Entry, Manifest: m})
	return nil
}

// counted is one for 1, else many with the number in it.
func counted(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}
