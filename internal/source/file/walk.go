package file

import (
	"context"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/intake"
)

// passedOver are folders and files of other programs, which hold no evidence.
var passedOver = map[string]bool{".git": true, ".hg": true, ".svn": true, ".DS_Store": true}

// walk returns the files of a tree in lexical order. Links are not followed: what
// they lead to inside the tree is read where it lies, and what lies outside is
// not what the user named; those are named.
func walk(fsys fs.FS, name string, held *holder) func(context.Context, func(intake.Entry) error, func(casefile.Loss)) error {
	shown := func(p string) string {
		if name == "" || name == "." {
			return p
		}
		return strings.TrimSuffix(name, "/") + "/" + p
	}
	return func(ctx context.Context, found func(intake.Entry) error, lost func(casefile.Loss)) error {
		defer held.end()
		return fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				lost(casefile.Loss{Path: shown(p), Reason: "the folder can't be listed: " + intake.PlainError(err), Lost: intake.LostFolder})
				return nil
			}
			if passedOver[path.Base(p)] && p != "." {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			switch {
			case d.IsDir():
				return nil
			case d.Type()&fs.ModeSymlink != 0:
				if _, err := fs.Stat(fsys, p); err != nil {
					lost(casefile.Loss{Path: shown(p), Reason: "it is a link that leads out of the folder or nowhere; links are not followed", Lost: "the file it leads to, unless it is given by its own path"})
				}
				return nil
			case !d.Type().IsRegular():
				lost(casefile.Loss{Path: shown(p), Reason: "it is a device, pipe or socket, not a file"})
				return nil
			}
			info, err := d.Info()
			if err != nil {
				lost(casefile.Loss{Path: shown(p), Reason: "it can't be read: " + intake.PlainError(err), Lost: "all of it"})
				return nil
			}
			e := intake.Entry{Path: shown(p), Rel: p, Info: info, Timed: true, Open: func() (io.ReadCloser, error) { return fsys.Open(p) }}
			if intake.ReadsAtOnce(p, info.Size()) {
				if dir := held.hold(p); dir != nil {
					e.Shelf = dir
				}
			}
			return found(e)
		})
	}
}
