package inflate_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/scimtrail/scimtrail/internal/inflate"
)

// drain reads a Stream to its end.
func drain(tb testing.TB, s *inflate.Stream) (n int) {
	for {
		window, err := s.Next()
		if err == io.EOF {
			return n
		}
		if err != nil {
			tb.Fatal(err)
		}
		n += len(window)
	}
}

func benchmarkFiles(b *testing.B, plain int, files [][]byte) {
	b.Run("std", func(b *testing.B) {
		b.SetBytes(int64(plain))
		r := new(stdgzip.Reader)
		for b.Loop() {
			for _, f := range files {
				if err := r.Reset(bytes.NewReader(f)); err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("klauspost", func(b *testing.B) {
		b.SetBytes(int64(plain))
		r := new(gzip.Reader)
		for b.Loop() {
			for _, f := range files {
				if err := r.Reset(bytes.NewReader(f)); err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	streams := map[string]*inflate.Stream{"portable": inflate.NewStream().GoOnly()}
	if inflate.HasAssembly {
		streams["assembly"] = inflate.NewStream()
	}
	for name, s := range streams {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(plain))
			b.ReportAllocs()
			for b.Loop() {
				for _, f := range files {
					s.Reset(f, 0)
					drain(b, s)
				}
			}
		})
	}
	b.Run("pair", func(b *testing.B) {
		b.SetBytes(int64(plain))
		b.ReportAllocs()
		p := inflate.NewPair()
		for b.Loop() {
			drainPair(b, p, files)
		}
	})
}

// drainPair reads the files through a Pair.
func drainPair(tb testing.TB, p *inflate.Pair, files [][]byte) (n int) {
	for _, s := range p.Streams() {
		if len(files) > 0 {
			s.Reset(files[0], 0)
			files = files[1:]
		}
	}
	for {
		s, window, err := p.Next()
		n += len(window)
		switch {
		case err == nil:
		case s == nil:
			return n
		case err != io.EOF:
			tb.Fatal(err)
		case len(files) > 0:
			s.Reset(files[0], 0)
			files = files[1:]
		}
	}
}

// BenchmarkBig unpacks two files of 25 MB. (For the CPU time beside that of other
// programs see testdata/timing.)
func BenchmarkBig(b *testing.B) {
	x, y := corpusLog(1, 25_000_000), corpusLog(2, 25_000_000)
	benchmarkFiles(b, len(x)+len(y), [][]byte{gzipped(x, 6), gzipped(y, 6)})
}

// BenchmarkSmall unpacks many files of one or two records.
func BenchmarkSmall(b *testing.B) {
	var files [][]byte
	total := 0
	for i := range 64 {
		x := corpusLog(uint64(i), 2000)
		total += len(x)
		files = append(files, gzipped(x, 6))
	}
	benchmarkFiles(b, total, files)
}
