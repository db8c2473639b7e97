package file

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/intake"
	"github.com/scimtrail/scimtrail/internal/manifest"
	"github.com/scimtrail/scimtrail/internal/scan"
)

// Only says what is asked about.
type Only = intake.Only

// Progress counts what a Source has done so far.
type Progress = intake.Progress

// Options change how a Source reads. The zero Options is fine.
type Options struct {
	Limits scan.Limits
	// Document is the size of the largest file that has to be read whole (a
	// listing, an export), after decompression; 64 MB when 0.
	Document int64
	// Workers is how many files are read at once; 0 means one for each processor.
	Workers int
	// Stdin is what the path "-" reads; os.Stdin when nil.
	Stdin io.Reader
	// Only leaves log files unopened that hold nothing of what is asked about.
	Only Only
	// NoCustody leaves the files unhashed: inputs have no SHA-256.
	NoCustody bool
	// NoVerify leaves digests unchecked: nothing is proven and no tampering seen.
	NoVerify bool
	// Progress, when not nil, is kept up to date while files are read.
	Progress *Progress
}

// Source is a place on this machine that evidence is read from. Get one from New
// or NewFS.
type Source struct {
	name string // as the user named it, with slashes
	path string // on disk; "" for standard input and trees in memory
	opts intake.Options
	open func() (*folder, error)
}

// folder is an open source.
type folder struct {
	intake.Tree
	close func() error
}

// New returns the source of a file, a folder or, for "-", standard input.
// Nothing is opened before Collect.
func New(name string, opts Options) *Source {
	s := &Source{name: filepath.ToSlash(filepath.Clean(name)), opts: opts.reading()}
	if name != "-" {
		s.path = filepath.Clean(name)
	}
	s.open = func() (*folder, error) {
		if name == "-" {
			s.name = "-"
			stdin := opts.Stdin
			if stdin == nil {
				stdin = os.Stdin
			}
			return standardInput(stdin), nil
		}
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("opening evidence: %w", err)
		}
		if !info.IsDir() {
			return singleFile(name, s.name, info), nil
		}
		// A root keeps links from leading out of the folder.
		root, err := os.OpenRoot(name)
		if err != nil {
			return nil, fmt.Errorf("opening evidence: %w", err)
		}
		return &folder{Tree: intake.Tree{FS: root.FS(), Files: walk(root.FS(), s.name, &holder{root: root})}, close: root.Close}, nil
	}
	return s
}

// NewFS returns the source of everything in fsys; name is what it is called in
// messages and paths, and may be empty.
func NewFS(fsys fs.FS, name string, opts Options) *Source {
	s := &Source{name: name, opts: opts.reading()}
	s.open = func() (*folder, error) {
		return &folder{Tree: intake.Tree{FS: fsys, Files: walk(fsys, name, nil)}, close: keepOpen}, nil
	}
	return s
}

// reading is the options as package intake takes them.
func (o Options) reading() intake.Options {
	return intake.Options{
		Limits: o.Limits, Document: o.Document, Workers: o.Workers, Only: o.Only,
		NoCustody: o.NoCustody, NoVerify: o.NoVerify, Progress: o.Progress,
	}.OrDefaults()
}

func keepOpen() error { return nil }

func standardInput(r io.Reader) *folder {
	return &folder{close: keepOpen, Tree: intake.Tree{Files: func(_ context.Context, found func(intake.Entry) error, _ func(casefile.Loss)) error {
		return found(intake.Entry{Path: "-", Rel: "-", Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }})
	}}}
}

// singleFile reads the file, and the manifest beside it for what it says of it.
func singleFile(name, shown string, info fs.FileInfo) *folder {
	rel := filepath.Base(name)
	return &folder{close: keepOpen, Tree: intake.Tree{Only: rel, Files: func(_ context.Context, found func(intake.Entry) error, _ func(casefile.Loss)) error {
		note := filepath.Join(filepath.Dir(name), manifest.Name)
		if noteInfo, err := os.Stat(note); err == nil && noteInfo.Mode().IsRegular() && rel != manifest.Name && info.Mode().IsRegular() {
			err := found(intake.Entry{Path: path.Join(path.Dir(shown), manifest.Name), Rel: manifest.Name, Info: noteInfo, Timed: true, Open: func() (io.ReadCloser, error) { return os.Open(note) }})
			if err != nil {
				return err
			}
		}
		return found(intake.Entry{Path: shown, Rel: rel, Info: info, Timed: info.Mode().IsRegular(), Open: func() (io.ReadCloser, error) { return os.Open(name) }})
	}}}
}

// Collect reads everything and adds it to b. What can't be read becomes a loss
// of the case. It returns an error when the source itself can't be opened, or
// the error of ctx; what was read until then is in b and is noted to be a part,
// and no ground is claimed by it.
func (s *Source) Collect(ctx context.Context, b casefile.Sink) error {
	f, err := s.open()
	if err != nil {
		return err
	}
	defer f.close()
	return intake.Collect(ctx, s.name, &f.Tree, s.opts, b)
}
