// Package kept is the file form of what a live source showed and no service
// prints as one document: a snapshot of an identity store with what of it is
// whole, or the state of an identity provider or a governance product.
//
// `collect` writes such files beside the manifest, and package source/file reads
// them back: the same value comes out that went in. It is no format for other
// tools; what AWS, Okta and the others print themselves is read by packages
// directory and upstream.
package kept

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Schema is the value of "schema" in every document.
const Schema = "scimtrail/kept/v1"

// Document holds one of the two.
type Document struct {
	Snapshot *directory.Snapshot // Input is not kept
	Upstream *upstream.State
	Taken    int    // entries that the upstream state was made of
	Source   string // as in --from, for people
}

// Write writes the document as JSON. Fields have the names of their Go types;
// what is zero is left out.
func (d Document) Write(w io.Writer) error {
	doc := map[string]any{"schema": Schema, "source": d.Source}
	if d.Snapshot != nil {
		s := *d.Snapshot
		s.Input = 0
		doc["snapshot"] = plain(&s)
	}
	if d.Upstream != nil {
		doc["upstream"], doc["taken"] = plain(d.Upstream), d.Taken
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("writing what was kept: %w", err)
	}
	return nil
}

// Read reads a document. A field that this version does not know is an error:
// what it says might be that something is not whole.
func Read(data []byte) (Document, error) {
	var doc struct {
		Schema   string          `json:"schema"`
		Source   string          `json:"source"`
		Taken    int             `json:"taken"`
		Snapshot json.RawMessage `json:"snapshot"`
		Upstream json.RawMessage `json:"upstream"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return Document{}, fmt.Errorf("reading what was kept: %w", err)
	}
	if doc.Schema != Schema {
		return Document{}, fmt.Errorf("reading what was kept: schema is %.60q, not %q; another version wrote it", doc.Schema, Schema)
	}
	out := Document{Source: doc.Source, Taken: doc.Taken}
	if doc.Snapshot != nil {
		out.Snapshot = new(directory.Snapshot)
		if err := fill(doc.Snapshot, out.Snapshot); err != nil {
			return Document{}, fmt.Errorf("reading a kept snapshot: %w", err)
		}
	}
	if doc.Upstream != nil {
		out.Upstream = new(upstream.State)
		if err := fill(doc.Upstream, out.Upstream); err != nil {
			return Document{}, fmt.Errorf("reading a kept state of a provider: %w", err)
		}
	}
	if out.Snapshot == nil && out.Upstream == nil {
		return Document{}, errors.New("reading what was kept: it holds nothing")
	}
	return out, nil
}
