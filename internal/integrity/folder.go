package integrity

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"sync"
)

// MaxLogBytes is the largest log file, uncompressed, that a Folder hashes.
// CloudTrail closes a file at 50 MB (cloudtrail reference 4.2).
const MaxLogBytes = 1 << 30

var (
	// ErrDamaged is wrapped when a file's compression is broken.
	ErrDamaged = errors.New("damaged compression")
	// ErrTooLarge is wrapped when a file, uncompressed, exceeds its limit.
	ErrTooLarge = errors.New("larger than its limit")
)

// Folder is the Files of a file system: everything below its root, compressed
// with gzip or not at all.
type Folder struct{ fsys fs.FS }

// NewFolder returns the Files of fsys.
func NewFolder(fsys fs.FS) Folder { return Folder{fsys} }

// Paths yields the regular files, and links to such, in lexical order. It stops
// with an error at a folder that can't be read, since files in it would
// otherwise count as missing.
func (f Folder) Paths(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		stop := errors.New("stop")
		err := fs.WalkDir(f.fsys, ".", func(p string, entry fs.DirEntry, err error) error {
			if err != nil {
				return fmt.Errorf("folder %q: %w", p, err)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if f.isFile(p, entry) && !yield(p, nil) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield("", err)
		}
	}
}

func (f Folder) isFile(p string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.Type().IsRegular()
	}
	info, err := fs.Stat(f.fsys, p)
	return err == nil && info.Mode().IsRegular()
}

// SHA256 returns the hash of the uncompressed bytes of a file, in constant
// memory. Its errors wrap ErrDamaged, ErrTooLarge or an error of the file system.
func (f Folder) SHA256(ctx context.Context, path string) ([32]byte, error) {
	h := sha256.New()
	err := f.read(path, func(r io.Reader) error {
		n, err := io.Copy(h, io.LimitReader(contextReader{ctx, r}, MaxLogBytes+1))
		if err == nil && n > MaxLogBytes {
			err = ErrTooLarge
		}
		return err
	})
	return [32]byte(h.Sum(nil)), err
}

// contextReader stops a long file when ctx ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// readAll returns the uncompressed bytes of a file of at most limit bytes.
func (f Folder) readAll(path string, limit int64) ([]byte, error) {
	file, err := f.fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(path, file, limit)
}

// inflater is the memory that reading one file takes, kept for the next.
type inflater struct {
	in   *bufio.Reader
	gzip *gzip.Reader
}

var inflaters = sync.Pool{New: func() any { return &inflater{in: bufio.NewReaderSize(nil, 64<<10)} }}

// read opens a file and hands its uncompressed bytes to use. All members of a
// gzip file count, because that is what readers of the evidence see.
func (f Folder) read(path string, use func(io.Reader) error) error {
	file, err := f.fsys.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return unpack(path, file, use)
}

// readAll returns the uncompressed bytes of r, of at most limit bytes.
func readAll(path string, r io.Reader, limit int64) (data []byte, err error) {
	err = unpack(path, r, func(r io.Reader) error {
		data, err = io.ReadAll(io.LimitReader(r, limit+1))
		if err == nil && int64(len(data)) > limit {
			err = ErrTooLarge
		}
		return err
	})
	return data, err
}

// unpack hands the uncompressed bytes of what is stored to use.
func unpack(path string, stored io.Reader, use func(io.Reader) error) error {
	z := inflaters.Get().(*inflater)
	defer inflaters.Put(z)
	z.in.Reset(stored)
	defer z.in.Reset(nil)
	head, err := z.in.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(head) < 2 || head[0] != 0x1f || head[1] != 0x8b {
		return use(z.in)
	}
	if z.gzip == nil {
		z.gzip = new(gzip.Reader)
	}
	if err := z.gzip.Reset(z.in); err != nil {
		return damage(path, err)
	}
	return damage(path, use(z.gzip))
}

// damage marks errors that only broken content causes.
func damage(path string, err error) error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("file %q: %w: %w", path, ErrDamaged, err)
	}
	return err
}
