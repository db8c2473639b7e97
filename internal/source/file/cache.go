package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/manifest"
)

// cacheForm is written into every fingerprint. Raise it whenever the same files
// would give other evidence: what is cached is then read anew.
const cacheForm = "scimtrail evidence cache 2"

// CollectCached is Collect that remembers what it found in a file below dir, so
// that the next question on the same tree does not read it again. The tree is
// the same when every file has the same name, size and time of change to the
// nanosecond; whoever changes a file and sets its time back is not noticed, as
// with make or rsync. Standard input is never remembered, nor is a reading that
// failed.
//
// The file holds identity records and is readable by its owner alone. One that
// is damaged or of another version is ignored and written anew.
func (s *Source) CollectCached(ctx context.Context, b *casefile.Builder, dir string) error {
	print, err := s.fingerprint(ctx)
	if err != nil || print == "" {
		if ctx.Err() != nil {
			return fmt.Errorf("reading %s: %w", s.name, ctx.Err())
		}
		return s.Collect(ctx, b)
	}
	path := filepath.Join(dir, print+".cache")
	if g, err := readCache(path); err == nil && b.Add(g) == nil {
		s.opts.Progress.Listed.Store(true)
		s.opts.Progress.Identity.Add(int64(len(g.Events)))
		s.opts.Progress.Records.Add(int64(g.Records))
		return nil
	}
	own := casefile.NewBuilder(&actor.Catalogue{})
	collected := s.Collect(ctx, own)
	g := own.Gathered()
	if err := b.Add(g); err != nil {
		return err
	}
	if collected != nil {
		return collected
	}
	if again, err := s.fingerprint(ctx); err != nil || again != print {
		return nil // the tree changed while it was read
	}
	if err := writeCache(path, g); err != nil {
		b.Note(fmt.Sprintf("what was found in %s could not be remembered: %v", s.name, err))
	}
	return nil
}

// fingerprint is a hash over the names, kinds, sizes and times of everything in
// the source, and over what else decides what is found; "" where there is
// nothing to take it of: standard input, or a tree in memory.
func (s *Source) fingerprint(ctx context.Context) (string, error) {
	if s.path == "" {
		return "", nil
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%q %v %d %v %v %+v\n", cacheForm, s.name, s.opts.Limits, s.opts.Document, s.opts.NoCustody, s.opts.NoVerify, s.opts.Only)
	var numbers [24]byte
	add := func(name string, info fs.FileInfo) {
		binary.LittleEndian.PutUint64(numbers[:], uint64(info.Size()))
		binary.LittleEndian.PutUint64(numbers[8:], uint64(info.ModTime().UnixNano()))
		binary.LittleEndian.PutUint64(numbers[16:], uint64(info.Mode()))
		h.Write(numbers[:])
		h.Write([]byte(name))
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		add("", info)
		// A manifest beside the file speaks of it.
		if beside, err := os.Stat(filepath.Join(filepath.Dir(s.path), manifest.Name)); err == nil {
			add(manifest.Name, beside)
		}
		return hex.EncodeToString(h.Sum(nil)), nil
	}
	err = filepath.WalkDir(s.path, func(path string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		add(path, info)
		return nil
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// A cache file is a SHA-256 of the rest, then gob in zstd.
func readCache(path string) (g casefile.Gathered, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return g, err
	}
	if len(data) < sha256.Size {
		return g, errors.New("cut short")
	}
	sum, data := data[:sha256.Size], data[sha256.Size:]
	if got := sha256.Sum256(data); !bytes.Equal(got[:], sum) {
		return g, errors.New("damaged")
	}
	z, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return g, err
	}
	defer z.Close()
	var c cached
	if err := gob.NewDecoder(z).Decode(&c); err != nil {
		return g, err
	}
	return c.gathered()
}

func writeCache(path string, g casefile.Gathered) error {
	var buf bytes.Buffer
	buf.Write(make([]byte, sha256.Size))
	z, err := zstd.NewWriter(&buf, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return err
	}
	if err := gob.NewEncoder(z).Encode(cachedOf(g)); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	sum := sha256.Sum256(buf.Bytes()[sha256.Size:])
	copy(buf.Bytes(), sum[:])
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".writing-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.Write(buf.Bytes()); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// cached is Gathered with the inputs in columns: a swarm has tens of thousands
// of them, and gob takes its time for each struct and map.
type cached struct {
	Rest    casefile.Gathered
	Paths   []string
	Kinds   []string
	Hashes  []string // nil when none has one
	Sizes   []int64
	Times   []int64 // Unix nanoseconds, 0 when unknown
	Taken   []takenFrom
	Version string
}

type takenFrom struct {
	Input int
	What  string
	Count int
}

func cachedOf(g casefile.Gathered) cached {
	c := cached{Rest: g, Version: cacheForm}
	c.Rest.Inputs = nil
	for i, in := range g.Inputs {
		c.Paths = append(c.Paths, in.Path)
		c.Kinds = append(c.Kinds, in.Kind)
		c.Sizes = append(c.Sizes, in.Size)
		at := int64(0)
		if !in.Time.IsZero() {
			at = in.Time.UnixNano()
		}
		c.Times = append(c.Times, at)
		if in.SHA256 != "" && c.Hashes == nil {
			c.Hashes = make([]string, len(g.Inputs))
		}
		if c.Hashes != nil {
			c.Hashes[i] = in.SHA256
		}
		for _, what := range slices.Sorted(maps.Keys(in.Taken)) {
			c.Taken = append(c.Taken, takenFrom{i, what, in.Taken[what]})
		}
	}
	return c
}

func (c *cached) gathered() (casefile.Gathered, error) {
	n := len(c.Paths)
	if c.Version != cacheForm || len(c.Kinds) != n || len(c.Sizes) != n || len(c.Times) != n || c.Hashes != nil && len(c.Hashes) != n {
		return casefile.Gathered{}, errors.New("of another version")
	}
	g := c.Rest
	g.Inputs = make([]casefile.Input, n)
	for i := range n {
		in := &g.Inputs[i]
		in.Path, in.Kind, in.Size = c.Paths[i], c.Kinds[i], c.Sizes[i]
		if c.Times[i] != 0 {
			in.Time = time.Unix(0, c.Times[i]).UTC()
		}
		if c.Hashes != nil {
			in.SHA256 = c.Hashes[i]
		}
	}
	for _, t := range c.Taken {
		if t.Input < 0 || t.Input >= n {
			return casefile.Gathered{}, errors.New("of another version")
		}
		if g.Inputs[t.Input].Taken == nil {
			g.Inputs[t.Input].Taken = map[string]int{}
		}
		g.Inputs[t.Input].Taken[t.What] = t.Count
	}
	return g, nil
}
