package delivery

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path"
)

// folder is where the bucket's objects lie.
type folder struct {
	root *os.Root
	lax  bool   // nothing is waited for, and nobody looks while a file is written
	made string // with lax, the directory that was made last
}

func (f *folder) close() error { return f.root.Close() }

// write puts a file into the folder whole: under a name that nobody takes for a
// log file first. With sync it is on the disk afterwards.
func (f *folder) write(object string, data []byte, sync bool) error {
	if err := f.put(object, data, sync); err != nil {
		return fmt.Errorf("delivering %s: %w", object, err)
	}
	return nil
}

func (f *folder) put(object string, data []byte, sync bool) error {
	if f.lax {
		return f.putLax(object, data)
	}
	if err := f.root.MkdirAll(path.Dir(object), 0o755); err != nil {
		return err
	}
	temporary := object + ".partial"
	file, err := f.root.Create(temporary)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil && sync {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = f.root.Rename(temporary, object)
	}
	if err != nil {
		_ = f.root.Remove(temporary)
		return err
	}
	if sync {
		f.syncDir(path.Dir(object))
	}
	return nil
}

func (f *folder) putLax(object string, data []byte) error {
	if dir := path.Dir(object); dir != f.made {
		if err := f.root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		f.made = dir
	}
	return f.root.WriteFile(object, data, 0o644)
}

// syncDir makes a rename last. Not every system can; the file itself is safe.
func (f *folder) syncDir(name string) {
	if dir, err := f.root.Open(name); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
}

// packed is data as it lies in the bucket.
func packed(data []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // a level that there is
	_, _ = z.Write(data)                              // a bytes.Buffer does not fail
	_ = z.Close()
	return out.Bytes()
}
