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
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// cacheForm is written into every fingerprint. Raise it whenever the same files
// would give other evidence: what is cached is then read anew.
const cacheForm = "scimtrail evidence cache 1"

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

// fingerprint is a hash over the names, sizes and times of all files and over
// what else decides what is found; "" for standard input.
func (s *Source) fingerprint(ctx context.Context) (string, error) {
	if s.name == "-" {
		return "", nil
	}
	f, err := s.open()
	if err != nil {
		return "", err
	}
	defer f.close()
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%q %v %d %v %+v\n", cacheForm, s.name, s.opts.Limits, s.opts.Document, s.opts.NoCustody, s.opts.Only)
	var number [16]byte
	one := func(rel string, info fs.FileInfo) {
		h.Write([]byte(rel))
		binary.LittleEndian.PutUint64(number[:8], uint64(info.Size()))
		binary.LittleEndian.PutUint64(number[8:], uint64(info.ModTime().UnixNano()))
		h.Write(number[:])
	}
	files := 0
	err = f.files(ctx, func(e entry) error {
		e.dir.release()
		if e.info == nil {
			return errors.New("a file without a size")
		}
		files++
		one(e.rel, e.info)
		return ctx.Err()
	}, func(loss casefile.Loss) { fmt.Fprintf(h, "%q", loss) })
	if err != nil {
		return "", err
	}
	if f.only != "" { // a manifest beside the file speaks of it
		if info, err := os.Stat(filepath.Join(filepath.Dir(filepath.FromSlash(s.name)), "scimtrail-evidence.json")); err == nil {
			one("beside", info)
		}
	}
	fmt.Fprintf(h, "%d files", files)
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
	return g, gob.NewDecoder(z).Decode(&g)
}

func writeCache(path string, g casefile.Gathered) error {
	var buf bytes.Buffer
	buf.Write(make([]byte, sha256.Size))
	z, err := zstd.NewWriter(&buf, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return err
	}
	if err := gob.NewEncoder(z).Encode(g); err != nil {
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
