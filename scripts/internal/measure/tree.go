package measure

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Tree is the size of a folder of log files.
type Tree struct {
	Files   int
	Bytes   int64 // of JSON
	Packed  int64
	Largest int64 // bytes of JSON of the largest file
}

// ReadTree reads all .json.gz files below dir once, so that they are in the
// system's cache, and writes their names into the file list, with a NUL after
// each. It keeps nothing in memory: what this process uses is counted as the
// programs' own (see Cost.Peak).
func ReadTree(dir, list string) (t Tree, err error) {
	out, err := os.Create(list)
	if err != nil {
		return t, fmt.Errorf("making a list of the log files: %w", err)
	}
	names := bufio.NewWriter(out)
	defer func() {
		if flushing := names.Flush(); err == nil {
			err = flushing
		}
		if closing := out.Close(); err == nil {
			err = closing
		}
	}()
	z := new(gzip.Reader)
	in := bufio.NewReader(nil)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.HasSuffix(path, ".json.gz") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		in.Reset(f)
		if err := z.Reset(in); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		n, err := io.Copy(io.Discard, z)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		t.Files++
		t.Bytes += n
		t.Largest = max(t.Largest, n)
		t.Packed += info.Size()
		_, err = names.WriteString(path + "\x00")
		return err
	})
	if err == nil && t.Files == 0 {
		err = fmt.Errorf("there is no .json.gz file below %s; go run ./scripts/genlogs writes some", dir)
	}
	if err != nil {
		return t, fmt.Errorf("reading the log files: %w", err)
	}
	return t, nil
}
