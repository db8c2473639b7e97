package integrity

import (
	"context"
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
	listed   int
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
	named := namedAsDigest(path.Base(p))
	data, err := g.folder.readAll(p, MaxDigestBytes)
	if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrTooLarge) {
		g.inv.Unreadable = append(g.inv.Unreadable, Unusable{p, err})
		return nil
	}
	var d Digest
	if err == nil {
		d, err = ParseDigest(data)
	}
	if err != nil {
		if named {
			g.inv.Damaged = append(g.inv.Damaged, Unusable{p, err})
		}
		return nil // under another name it may be anything that quotes a digest
	}
	d.Path = p
	g.listed += len(d.LogFiles)
	if len(g.inv.Digests) >= maxDigests || g.listed > maxListed {
		return ErrTooMany
	}
	g.inv.Digests = append(g.inv.Digests, d)
	return nil
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
