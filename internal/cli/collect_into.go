package cli

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/scimtrail/scimtrail/internal/archive"
)

// liesIn reports whether the place to keep evidence in is the evidence itself or
// lies in it: then each run would collect what the last one kept.
func liesIn(into, from string) bool {
	if strings.Contains(into, "://") || strings.Contains(from, "://") || from == "-" {
		return into == from
	}
	evidence, err := os.Stat(from)
	if err != nil {
		return false
	}
	place, err := filepath.Abs(into)
	for err == nil {
		if info, err := os.Stat(place); err == nil && os.SameFile(info, evidence) {
			return true
		}
		if place == filepath.Dir(place) {
			break
		}
		place = filepath.Dir(place)
	}
	return false
}

// checkInto judges where evidence is to be kept before any of it is fetched.
func checkInto(into string) error {
	hint := "it is a file (case.db), a folder (case/) or postgres://HOST/DATABASE"
	switch {
	case strings.HasPrefix(into, "-"):
		return usagef(hint, "--into %s: a name that begins with a dash", into)
	case strings.Contains(into, "://") && !archive.IsAddress(into):
		return usagef(hint, "--into %s: evidence can't be kept there", hideSecrets(into))
	case strings.Contains(into, "://"):
		return nil
	case isFolder(into):
		if info, err := os.Stat(filepath.Clean(into)); err == nil && !info.IsDir() {
			return usagef("a name that ends in / is a folder; leave the / out for an archive", "--into %s: that is a file", into)
		}
		return nil
	}
	if dir := filepath.Dir(into); dir != "." {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return usagef("make it first", "--into %s: there is no folder %s", into, dir)
		}
	}
	return nil
}

// isFolder reports whether --into names a folder.
func isFolder(into string) bool {
	if strings.Contains(into, "://") {
		return false
	}
	if strings.HasSuffix(into, "/") || strings.HasSuffix(into, string(filepath.Separator)) {
		return true
	}
	info, err := os.Stat(into)
	return err == nil && info.IsDir()
}
