package scan_test

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/scimtrail/scimtrail/internal/inflate"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/scan"
)

// benchmarkLog is one generated log of some 25 MB in which one record in a
// thousand concerns identities, compressed and not.
var benchmarkLog = sync.OnceValues(func() (packed, plain []byte) {
	plan, err := loggen.New(loggen.Options{Bytes: 25e6, Files: 1})
	if err != nil {
		panic(err)
	}
	var b bytes.Buffer
	for f := range plan.Files() {
		if _, err := f.Generate(&b); err != nil {
			panic(err)
		}
	}
	s := inflate.NewStream()
	s.Reset(b.Bytes(), 0)
	for {
		window, err := s.Next()
		if err != nil {
			return b.Bytes(), plain
		}
		plain = append(plain, window...)
	}
})

func ignore(scan.Record) error { return nil }

// BenchmarkSearch is the search alone, over content in memory.
func BenchmarkSearch(b *testing.B) {
	_, plain := benchmarkLog()
	b.Run("records", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := scan.Records(bytes.NewReader(plain), scan.Limits{}, ignore); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("logs", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		b.ReportAllocs()
		logs := scan.NewLogs()
		for b.Loop() {
			if _, err := logs.Read(bytes.NewReader(plain), scan.Limits{}, ignore); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("sieve", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		b.ReportAllocs()
		s := scan.NewSieve()
		const size = 128 << 10
		for b.Loop() {
			s.Reset(scan.Limits{}, ignore)
			for at := 0; at < len(plain); at += size {
				end := min(at+size, len(plain))
				if err := s.Window(plain[max(0, at-scan.History):end], end-at, end == len(plain)); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkInflate is decompression alone, and with the search.
func BenchmarkInflate(b *testing.B) {
	packed, plain := benchmarkLog()
	for _, search := range []bool{false, true} {
		b.Run(map[bool]string{false: "alone", true: "and search"}[search], func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			stream, sieve := inflate.NewStream(), scan.NewSieve()
			for b.Loop() {
				stream.Reset(packed, 0)
				sieve.Reset(scan.Limits{}, ignore)
				for err := error(nil); err == nil; {
					var window []byte
					window, err = stream.Next()
					if err != nil && !errors.Is(err, io.EOF) {
						b.Fatal(err)
					}
					if search {
						if err := sieve.Window(stream.Behind(window, scan.History), len(window), err != nil); err != nil {
							b.Fatal(err)
						}
					}
				}
			}
		})
	}
}
