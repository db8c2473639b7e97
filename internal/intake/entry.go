package intake

import (
	"context"
	"io"
	"io/fs"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

// Tree is the files of one source.
type Tree struct {
	// FS reads files a second time, for digests and manifests; nil when the source
	// is a single file or can't.
	FS fs.FS
	// Only is the single file that the manifests beside it are asked about; "" when
	// all files are.
	Only string
	// Files calls found with each file and lost with what can't be listed. It stops
	// with the error of found, which is that of ctx.
	Files func(ctx context.Context, found func(Entry) error, lost func(casefile.Loss)) error
}

// LostFolder is the Lost of a folder that can't be listed; it makes every claim
// about the tree doubtful.
const LostFolder = "all files in it"

// Entry is one file that is to be read.
type Entry struct {
	Path  string      // for people
	Rel   string      // relative to the tree
	Info  fs.FileInfo // nil when unknown
	Open  func() (io.ReadCloser, error)
	Timed bool  // Info has a modification time that says something
	Shelf Shelf // to read the file from, once, instead of Open; may be nil
	// Stored, when not nil, is all of the file as it is stored. It is not changed,
	// and not looked at any more once Done is called.
	Stored []byte
	// Done, when not nil, is called once all of the file was given to the sink, or
	// none of it will be.
	Done func()

	// What a log file's name says, once name was called.
	log       bool
	at        casefile.Place
	delivered time.Time
}

// Shelf is what holds several small files open for reading.
type Shelf interface {
	// Read appends the file of that name, without folders, to b, up to limit bytes
	// and some; then its error is io.ErrShortBuffer. size is what the file was
	// listed with.
	Read(name string, b []byte, size, limit int) ([]byte, error)
	// Release is called once for each Entry that has the shelf.
	Release()
}

// release gives back the shelf.
func (e *Entry) release() {
	if e.Shelf != nil {
		e.Shelf.Release()
	}
}

// done says that the file is not needed any more.
func (e *Entry) done() {
	if e.Done != nil {
		e.Done()
	}
}

func (e *Entry) name() { e.at, e.delivered, e.log = NameOf(e.Rel) }

func (e *Entry) modified() time.Time {
	if !e.Timed || e.Info == nil {
		return time.Time{}
	}
	return e.Info.ModTime().UTC()
}
