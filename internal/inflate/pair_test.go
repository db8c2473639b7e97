package inflate_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/scimtrail/scimtrail/internal/inflate"
)

func TestAQueueOfFilesGoesThroughAPair(t *testing.T) {
	t.Parallel()
	type job struct {
		src, want, got []byte
		err, wantErr   error
	}
	var jobs []*job
	for i, size := range []int{10, 300_000, 2_000, 0, 900_000, 70, 160_000, 2_000, 400_000} {
		text := corpusLog(uint64(i), size)
		j := &job{src: gzipped(text, 1+i), want: text}
		if i%3 == 2 { // every third is damaged
			j.src[len(j.src)*2/3] ^= 4
			j.want, j.wantErr = unpack(t, inflate.NewStream().GoOnly(), j.src, 0)
		}
		jobs = append(jobs, j)
	}
	p, current, next := inflate.NewPair(), map[*inflate.Stream]*job{}, 0
	give := func(s *inflate.Stream) {
		if next < len(jobs) {
			current[s] = jobs[next]
			s.Reset(jobs[next].src, 0)
			next++
		}
	}
	for _, s := range p.Streams() {
		give(s)
	}
	for {
		s, window, err := p.Next()
		if s == nil {
			break
		}
		j := current[s]
		if err == nil {
			j.got = append(j.got, window...)
			checkBehind(t, s, window, j.got)
			continue
		}
		if err != io.EOF {
			j.err = err
		}
		give(s)
	}
	for i, j := range jobs {
		if diff := diffFaults(t, j.wantErr, j.err); diff != "" {
			t.Errorf("file %d: %s", i, diff)
		}
		if !bytes.Equal(j.want, j.got) {
			t.Errorf("file %d: want %d bytes, got %d", i, len(j.want), len(j.got))
		}
	}
}
