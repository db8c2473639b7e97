package folder

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/gzip"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/manifest"
)

// stored is a file as the manifest knows it.
type stored struct {
	name string
	size int64
	sum  hash.Hash
}

func newStored(name string) stored { return stored{name: name, sum: sha256.New()} }

// Write counts and hashes what is written.
func (s *stored) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	return s.sum.Write(p)
}

// entry is what the manifest says of the file itself.
func (s *stored) entry() manifest.Entry {
	return manifest.Entry{Path: s.name, Bytes: s.size, SHA256: hex.EncodeToString(s.sum.Sum(nil))}
}

// records is one file of JSON lines.
type records struct {
	stored
	file   *os.File
	member bytes.Buffer
	gz     *gzip.Writer // into member; nil between two
}

// memberSize is how much compressed data is gathered before it is written. Members
// are written whole, so that a killed collection leaves no half of one.
const memberSize = 1 << 20

// end writes the member that is being gathered.
func (w *records) end() error {
	if w.gz == nil {
		return nil
	}
	err := w.gz.Close()
	w.gz = nil
	if err == nil {
		_, err = w.file.Write(w.member.Bytes())
		_, _ = w.stored.Write(w.member.Bytes())
	}
	if err == nil {
		err = w.file.Sync()
	}
	w.member.Reset()
	return err
}

// writeManifest says for each event source what was searched, and what else there
// is. A source in which nothing was found has an empty file: the claim is about
// something that is there.
func (f *Folder) writeManifest() error {
	m := manifest.Manifest{Notes: f.notes, Losses: f.losses}
	claimed := map[string]bool{}
	for _, c := range f.covers.Merged() {
		file, err := f.fileFor(c.Source)
		if err != nil {
			return err
		}
		e := file.entry()
		e.Query, e.Account, e.Region, e.Sources = f.from, c.Account, c.Region, manifest.Sources{c.Source}
		e.From, e.To, e.Channel, e.Collected = manifest.At(c.Span.From), manifest.At(c.Span.To), c.Channel, manifest.At(f.now())
		e.Complete = "claimed"
		if c.Complete == casefile.Unknown {
			e.Complete = "unknown"
		}
		m.Entries = append(m.Entries, e)
		claimed[file.name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		if file := &f.files[name].stored; !claimed[name] && file.size > 0 {
			m.Entries = append(m.Entries, file.entry())
		}
	}
	for i := range f.docs {
		m.Entries = append(m.Entries, f.docs[i].entry())
	}
	if len(m.Entries)+len(m.Notes)+len(m.Losses) == 0 {
		return nil
	}
	_, err := f.writeWhole(manifest.Name, m.Write)
	return err
}

// fileFor returns the file of an event source, made when there is none.
func (f *Folder) fileFor(source string) (stored, error) {
	name := fileOf(source)
	if w := f.files[name]; w != nil {
		return w.stored, nil
	}
	if made, ok := f.empty[name]; ok {
		return made, nil
	}
	made, err := f.writeWhole(name, func(w io.Writer) error { return gzip.NewWriter(w).Close() })
	if err == nil {
		f.empty[name] = made
	}
	return made, err
}

// writeWhole writes a file into the folder and returns it as the manifest is to
// know it.
func (f *Folder) writeWhole(name string, write func(io.Writer) error) (stored, error) {
	out := newStored(name)
	if err := f.place(); err != nil {
		return out, err
	}
	err := writeWhole(filepath.Join(f.dir, name), func(file io.Writer) error { return write(io.MultiWriter(file, &out)) })
	return out, err
}

// writeWhole lets a file appear whole or not at all.
func writeWhole(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(file.Name()) // fails when it has been renamed
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
