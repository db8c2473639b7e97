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
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"

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
	doc, err := outline(data)
	if err != nil {
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

// document is what stands in a file; what is kept is not read yet.
type document struct {
	Schema   string
	Source   string
	Taken    int
	Snapshot jsontext.Value
	Upstream jsontext.Value
}

func outline(data []byte) (doc document, err error) {
	f := &filler{dec: decoder(data)}
	if kind := f.dec.PeekKind(); kind != '{' && kinds[kind] != "" {
		return doc, fmt.Errorf("%s where a document belongs", kinds[kind])
	}
	if _, err := f.dec.ReadToken(); err != nil {
		return doc, err
	}
	raw := func(into *jsontext.Value) error {
		value, err := f.dec.ReadValue()
		end := int(f.dec.InputOffset())
		if *into = nil; err == nil && value.Kind() != 'n' {
			*into = data[end-len(value) : end]
		}
		return err
	}
	return doc, f.members("", func(name string) error {
		switch name {
		case "schema":
			return f.value(reflect.ValueOf(&doc.Schema).Elem(), name)
		case "source":
			return f.value(reflect.ValueOf(&doc.Source).Elem(), name)
		case "taken":
			return f.value(reflect.ValueOf(&doc.Taken).Elem(), name)
		case "snapshot":
			return raw(&doc.Snapshot)
		case "upstream":
			return raw(&doc.Upstream)
		}
		return fmt.Errorf("%.60q is not known to this version", name)
	})
}
