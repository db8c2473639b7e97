package inflate_test

import (
	"bytes"
	"compress/flate"
	stdgzip "compress/gzip"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/scimtrail/scimtrail/internal/inflate"
)

// unpack reads a Stream to its end and checks on the way that the windows fit
// together.
func unpack(tb testing.TB, s *inflate.Stream, src []byte, limit int64) ([]byte, error) {
	tb.Helper()
	s.Reset(src, limit)
	var out []byte
	for {
		window, err := s.Next()
		if err != nil {
			if len(window) > 0 {
				tb.Fatalf("Next returned a window and the error %v", err)
			}
			if _, again := s.Next(); again != err {
				tb.Fatalf("Next returned %v and then %v", err, again)
			}
			if err == io.EOF {
				err = nil
			}
			return out, err
		}
		out = append(out, window...)
		checkBehind(tb, s, window, out)
	}
}

func checkBehind(tb testing.TB, s *inflate.Stream, window, out []byte) {
	tb.Helper()
	if len(window) == 0 {
		tb.Fatal("an empty window without an error")
	}
	if s.Offset() != int64(len(out)) {
		tb.Fatalf("Offset is %d after %d bytes", s.Offset(), len(out))
	}
	for _, n := range []int{0, 1, 1000, 1 << 20} {
		want := out[len(out)-min(len(out), len(window)+min(n, 32<<10)):]
		if got := s.Behind(window, n); !bytes.Equal(got, want) {
			tb.Fatalf("Behind(%d) gave %d bytes that are not the last %d of the output", n, len(got), len(want))
		}
	}
}

// unpackPair reads two files through a Pair.
func unpackPair(tb testing.TB, p *inflate.Pair, files [2][]byte) (out [2][]byte, errs [2]error) {
	tb.Helper()
	streams := p.Streams()
	for i, s := range streams {
		s.Reset(files[i], 0)
	}
	ended := 0
	for {
		s, window, err := p.Next()
		if s == nil {
			if err != io.EOF || ended != 2 {
				tb.Fatalf("the Pair ended with %v after %d files", err, ended)
			}
			return out, errs
		}
		i := 0
		if s == streams[1] {
			i = 1
		}
		if err != nil {
			ended++
			if err != io.EOF {
				errs[i] = err
			}
			continue
		}
		out[i] = append(out[i], window...)
		checkBehind(tb, s, window, out[i])
	}
}

// fault is the typed form of an error, nil for none.
func fault(tb testing.TB, err error) *inflate.Error {
	tb.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*inflate.Error](err)
	if !ok {
		tb.Fatalf("the error %v (%T) is no *Error", err, err)
	}
	return e
}

// diffFaults compares two errors with all their fields.
func diffFaults(tb testing.TB, want, got error) string {
	tb.Helper()
	w, g := fault(tb, want), fault(tb, got)
	if w == nil && g == nil || w != nil && g != nil && *w == *g {
		return ""
	}
	return fmt.Sprintf("want %+v\ngot  %+v", w, g)
}

// sameBytes fails the test, briefly, if two outputs differ.
func sameBytes(tb testing.TB, want, got []byte, what string) {
	tb.Helper()
	if bytes.Equal(want, got) {
		return
	}
	at := 0
	for at < min(len(want), len(got)) && want[at] == got[at] {
		at++
	}
	tb.Fatalf("%s: want %d bytes, got %d, they differ from byte %d on", what, len(want), len(got), at)
}

// judges are what a file is given to: both loops, alone and as a Pair.
type judges struct {
	asm, portable *inflate.Stream
	pair          *inflate.Pair
}

func newJudges() *judges {
	return &judges{inflate.NewStream(), inflate.NewStream().GoOnly(), inflate.NewPair()}
}

// agree unpacks src in every way and fails unless all agree to the byte, the
// error and its place; it returns what they agree on.
func (j *judges) agree(tb testing.TB, src []byte) ([]byte, error) {
	tb.Helper()
	want, wantErr := unpack(tb, j.portable, src, 0)
	got, gotErr := unpack(tb, j.asm, src, 0)
	sameBytes(tb, want, got, "portable and assembly")
	if diff := diffFaults(tb, wantErr, gotErr); diff != "" {
		tb.Fatalf("portable and assembly differ:\n%s", diff)
	}
	return want, wantErr
}

// standard unpacks a gzip file by compress/gzip.
func standard(src []byte) ([]byte, error) {
	r, err := stdgzip.NewReader(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// maxUnread is the most that a Stream may hand out before ErrTruncated and
// compress/flate not: that one does not decode what is left once fewer bits
// are there than the code of the end of the block has, 15 at most, of which
// each two may be a match.
const maxUnread = 8 * 258

// againstStandard compares an outcome with that of the standard library.
func againstStandard(tb testing.TB, src, out []byte, err error) {
	tb.Helper()
	want, wantErr := standard(src)
	e := fault(tb, err)
	switch {
	case err == nil:
		// Zeros at the end are no error here: gzip(1) ignores them.
		zeros := len(src) - len(bytes.TrimRight(src, "\x00"))
		if wantErr != nil && !(zeros > 0 && (wantErr == stdgzip.ErrHeader || wantErr == io.ErrUnexpectedEOF)) {
			tb.Fatalf("the standard library fails with %v", wantErr)
		}
	case wantErr == nil:
		// RFC 1952 forbids reserved flags, the standard library ignores them. An
		// empty file is cut short.
		if e.Detail != "reserved flags are set" {
			tb.Fatalf("the standard library finds no fault; the Stream: %v", err)
		}
		return
	case e.Kind == inflate.ErrHeader, e.Kind == inflate.ErrTruncated && e.Detail == "in the header":
		return // which of the two depends on the order of looking
	}
	if wantErr == stdgzip.ErrHeader && err == nil || e != nil && e.Kind == inflate.ErrTrailing {
		sameBytes(tb, want, out, "standard library and Stream")
		return
	}
	if wantErr == stdgzip.ErrHeader && e != nil && e.Kind != inflate.ErrNotGzip {
		return // the standard library takes no name of more than 511 bytes
	}
	if errors.Is(wantErr, io.ErrUnexpectedEOF) && bytes.HasPrefix(out, want) && len(out)-len(want) <= maxUnread {
		return
	}
	sameBytes(tb, want, out, "standard library and Stream")
}

// wrapped puts raw deflate data into a gzip member.
func wrapped(raw, plain []byte) []byte {
	b := append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}, raw...)
	sum := crc32.ChecksumIEEE(plain)
	n := uint32(len(plain))
	return append(b, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24), byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
}

// rawAgainstStandard compares the outcome of wrapped(raw) with what compress/flate
// makes of raw.
func rawAgainstStandard(tb testing.TB, raw, out []byte, err error) {
	tb.Helper()
	want, wantErr := io.ReadAll(flate.NewReader(bytes.NewReader(raw)))
	e := fault(tb, err)
	toEnd := e == nil || e.Kind == inflate.ErrChecksum || e.Kind == inflate.ErrTrailing || e.Member > 1 || e.Detail == "in the checksum"
	if errors.Is(wantErr, io.ErrUnexpectedEOF) {
		// The checksum behind raw is more data for the Stream.
		if !bytes.HasPrefix(out, want) {
			tb.Fatal("the standard library's output is no prefix of the Stream's")
		}
		return
	}
	if toEnd != (wantErr == nil) {
		tb.Fatalf("compress/flate: %v; the Stream: %v", wantErr, err)
	}
	if e != nil && e.Member > 1 {
		return
	}
	sameBytes(tb, want, out, "compress/flate and Stream")
}

// samples returns testdata/*.gz, which hold testdata/sample.json as several
// encoders and settings compress it, and small files made here.
func samples(tb testing.TB) map[string][]byte {
	tb.Helper()
	names, err := filepath.Glob("testdata/*.gz")
	if err != nil || len(names) == 0 {
		tb.Fatalf("no samples: %v", err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		files[filepath.Base(name)] = data
	}
	return files
}

// sample is what the samples hold.
func sample(tb testing.TB) []byte {
	tb.Helper()
	data, err := os.ReadFile("testdata/sample.json")
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
