package integrity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Bounds of one Inventory; an hour of one Region is one digest.
const (
	maxDigests   = 2_000_000
	maxListed    = 20_000_000 // log files over all digests
	sniffedBytes = 4 << 10
)

// ErrTooMany is wrapped when a folder holds more digests than can be verified
// at once.
var ErrTooMany = errors.New("too many digests to verify at once; verify a part of the folder at a time")

// Gather finds digests, public keys and metadata sidecars in a folder. Digests
// are known by their name or by what is in them; keys by what is in them;
// sidecars by their name. Files with a log file's name are not opened.
//
// It returns an error when a folder can't be listed, when ctx ends, or when
// there is too much (ErrTooMany). A file that can't be used is noted in the Inventory.
func Gather(ctx context.Context, fsys fs.FS) (Inventory, error) {
	g := gatherer{folder: NewFolder(fsys), sidecars: make(map[string]string)}
	for p, err := range g.folder.Paths(ctx) {
		if err != nil {
			return Inventory{}, fmt.Errorf("looking for digests: %w", err)
		}
		if err := g.take(p); err != nil {
			return Inventory{}, fmt.Errorf("looking for digests: %w", err)
		}
	}
	g.readSidecars()
	return g.inv, nil
}

type gatherer struct {
	folder   Folder
	inv      Inventory
	sidecars map[string]string // path of the file it belongs to, without .gz, to path of the sidecar
}

// take puts one file where it belongs, if anywhere.
func (g *gatherer) take(p string) error {
	name := path.Base(p)
	for _, suffix := range []string{MetadataSuffix, HeadObjectSuffix} {
		if of, ok := strings.CutSuffix(p, suffix); ok {
			g.sidecars[trimCompression(of)] = p
			return nil
		}
	}
	if namedAsDigest(name) {
		return g.takeDigest(p)
	}
	if _, isLog := parseLogName(name); isLog || !strings.HasSuffix(trimCompression(name), ".json") {
		return nil
	}
	switch head := g.head(p); {
	case IsDigest(head):
		return g.takeDigest(p)
	case IsPublicKeys(head):
		g.takeKeys(p)
	}
	return nil
}

// head returns the beginning of a file, or nothing when it can't be read: then
// nobody knows that it matters.
func (g *gatherer) head(p string) (head []byte) {
	_ = g.folder.read(p, func(r io.Reader) (err error) {
		head, err = io.ReadAll(io.LimitReader(r, sniffedBytes))
		return err
	})
	return head
}

func (g *gatherer) takeDigest(p string) error {
	data, err := g.folder.readAll(p, MaxDigestBytes)
	_, err = g.inv.take(p, data, err, nil)
	return err
}

// Take adds a digest that somebody else fetched: as it is stored, compressed or
// not, with the metadata that S3 keeps beside it, which may be empty. One that keep
// does not want is left out; a nil keep wants all. What is no digest is noted in
// the Inventory. Its only error is ErrTooMany.
func (inv *Inventory) Take(p string, stored []byte, metadata map[string]string, keep func(Digest) bool) error {
	data, err := readAll(p, bytes.NewReader(stored), MaxDigestBytes)
	taken, err := inv.take(p, data, err, keep)
	if !taken || len(metadata) == 0 || err != nil {
		return err
	}
	text, err := json.Marshal(metadata)
	if err != nil {
		return nil // texts do not fail
	}
	if m, err := ParseMetadata(text); err == nil {
		if inv.Metadata == nil {
			inv.Metadata = make(map[string]Metadata)
		}
		inv.Metadata[p] = m
	} else {
		inv.Unreadable = append(inv.Unreadable, Unusable{p, err})
	}
	return nil
}

// take adds a digest, given its content or why there is none.
func (inv *Inventory) take(p string, data []byte, err error, keep func(Digest) bool) (taken bool, _ error) {
	if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrTooLarge) {
		inv.Unreadable = append(inv.Unreadable, Unusable{p, err})
		return false, nil
	}
	var d Digest
	if err == nil {
		d, err = ParseDigest(data)
	}
	if err != nil {
		if namedAsDigest(path.Base(p)) {
			inv.Damaged = append(inv.Damaged, Unusable{p, err})
		}
		return false, nil // under another name it may be anything that quotes a digest
	}
	if keep != nil && !keep(d) {
		return false, nil
	}
	d.Path = p
	inv.listed += len(d.LogFiles)
	if len(inv.Digests) >= maxDigests || inv.listed > maxListed {
		return false, ErrTooMany
	}
	inv.Digests = append(inv.Digests, d)
	return true, nil
}

func (g *gatherer) takeKeys(p string) {
	data, err := g.folder.readAll(p, maxKeyFileBytes)
	if err == nil {
		var keys Keys
		if keys, err = ParsePublicKeys(data); err == nil {
			g.inv.Keys.Add(keys)
			return
		}
	}
	g.inv.Unreadable = append(g.inv.Unreadable, Unusable{p, err})
}

func (g *gatherer) readSidecars() {
	for _, d := range g.inv.Digests {
		p, ok := g.sidecars[trimCompression(d.Path)]
		if !ok {
			continue
		}
		data, err := g.folder.readAll(p, maxMetadataBytes)
		var m Metadata
		if err == nil {
			m, err = ParseMetadata(data)
		}
		if err != nil {
			g.inv.Unreadable = append(g.inv.Unreadable, Unusable{p, err})
			continue
		}
		if g.inv.Metadata == nil {
			g.inv.Metadata = make(map[string]Metadata)
		}
		g.inv.Metadata[d.Path] = m
	}
}
