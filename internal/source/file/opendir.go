package file

import (
	"os"
	"path"
	"sync/atomic"
)

// openDir is a folder that is held open, so that its files are opened from there
// and not from the root of the tree through every folder between.
type openDir struct {
	file *os.File
	uses atomic.Int32
}

// Release closes the folder when nobody needs it any more.
func (d *openDir) Release() {
	if d.uses.Add(-1) == 0 {
		_ = d.file.Close()
	}
}

// holder opens the folders of a tree as its files come by, in the order of the
// walk.
type holder struct {
	root *os.Root
	name string
	dir  *openDir
}

// hold returns the folder of a file, to be released, or nil: then the file is to
// be opened from the root.
func (h *holder) hold(p string) *openDir {
	if h == nil || !reads {
		return nil
	}
	name := path.Dir(p)
	if h.dir == nil || h.name != name {
		h.end()
		f, err := h.root.Open(name)
		if err != nil {
			return nil
		}
		h.name, h.dir = name, &openDir{file: f}
		h.dir.uses.Add(1)
	}
	h.dir.uses.Add(1)
	return h.dir
}

// end releases the last folder.
func (h *holder) end() {
	if h != nil && h.dir != nil {
		h.dir.Release()
		h.dir = nil
	}
}
