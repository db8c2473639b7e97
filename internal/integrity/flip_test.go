package integrity_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/span"
)

// signedFile is a file that a digest chain vouches for.
type signedFile struct {
	path   string
	window span.Span
}

func (e *evidence) signedFiles() []signedFile {
	var files []signedFile
	for i, list := range e.logs {
		window := hours(10+i, 11+i)
		files = append(files, signedFile{e.digest(i), window})
		for _, p := range list {
			files = append(files, signedFile{p, window})
		}
	}
	return files
}

// checkTampered verifies evidence of which one file was changed.
func checkTampered(t interface {
	Helper()
	Fatalf(string, ...any)
}, e *evidence, file signedFile, change string) {
	t.Helper()
	report := e.verify()
	if !report.Tampered() {
		t.Fatalf("%s of %s is not noticed; findings: %+v", change, file.path, report.Findings)
	}
	for _, s := range proven(report) {
		if s.Intersect(file.window).Length() > 0 {
			t.Fatalf("%s of %s leaves its window %v proven in %v", change, file.path, file.window, s)
		}
	}
}

// Every byte of every kind of signed file counts: a digest with a successor,
// the newest digest, and a log file.
func TestFlippingAnyByteIsNoticed(t *testing.T) {
	t.Parallel()
	files := fourHours(t).signedFiles()
	for _, file := range []signedFile{files[0], files[len(files)-3], files[1]} {
		e := fourHours(t)
		data := expand(t, e.files[file.path].Data)
		for i := range data {
			flipped := bytes.Clone(data)
			flipped[i] ^= 1
			e.put(file.path, flipped) // hashes are over uncompressed bytes, so it may lie uncompressed
			checkTampered(t, e, file, "a flipped byte")
		}
	}
}

func TestFlippingAnyBitOfAnyFileIsNoticed(t *testing.T) {
	t.Parallel()
	whole := fourHours(t)
	rapid.Check(t, func(r *rapid.T) {
		e := whole.clone()
		file := rapid.SampledFrom(e.signedFiles()).Draw(r, "file")
		data := expand(t, e.files[file.path].Data)
		data[rapid.IntRange(0, len(data)-1).Draw(r, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		e.put(file.path, compress(data))
		checkTampered(r, e, file, "a flipped bit")
	})
}

// On disk a file may also be damaged in its compression. Then either its
// content is still what was signed, or it is noticed.
func TestFlippingABitOfACompressedFileIsNoticedOrHarmless(t *testing.T) {
	t.Parallel()
	whole := fourHours(t)
	rapid.Check(t, func(r *rapid.T) {
		e := whole.clone()
		file := rapid.SampledFrom(e.signedFiles()).Draw(r, "file")
		want := expand(t, e.files[file.path].Data)
		data := bytes.Clone(e.files[file.path].Data)
		data[rapid.IntRange(0, len(data)-1).Draw(r, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		e.put(file.path, data)
		if z, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			if got, err := io.ReadAll(z); err == nil && bytes.Equal(got, want) {
				if report := e.verify(); len(report.Findings) > 0 {
					r.Fatalf("the content is the same, yet: %+v", report.Findings)
				}
				return
			}
		}
		checkTampered(r, e, file, "a flipped bit on disk")
	})
}

// Whatever set of signed files is removed, no window that needed one of them
// stays proven.
func TestRemovingFilesNeverProvesMore(t *testing.T) {
	t.Parallel()
	whole := fourHours(t)
	rapid.Check(t, func(r *rapid.T) {
		e := whole.clone()
		removed := rapid.SliceOfDistinct(rapid.SampledFrom(e.signedFiles()), func(f signedFile) string { return f.path }).Draw(r, "removed")
		for _, file := range removed {
			e.remove(file.path)
		}
		report := e.verify()
		for _, file := range removed {
			for _, s := range proven(report) {
				if s.Intersect(file.window).Length() > 0 {
					r.Fatalf("%s is gone, yet its window %v is proven in %v", file.path, file.window, s)
				}
			}
		}
	})
}
