package inflate_test

import (
	"bytes"
	"fmt"
	"io"

	"github.com/scimtrail/scimtrail/internal/inflate"
)

// A queue of files goes through a Pair: whichever Stream has ended gets the next.
func ExamplePair() {
	queue := [][]byte{gzipped([]byte("one"), 6), gzipped([]byte("two"), 6), gzipped([]byte("three"), 6)}
	content := map[*inflate.Stream]*bytes.Buffer{}
	p := inflate.NewPair()
	next := func(s *inflate.Stream) {
		if len(queue) > 0 {
			content[s] = new(bytes.Buffer)
			s.Reset(queue[0], 1<<30)
			queue = queue[1:]
		}
	}
	for _, s := range p.Streams() {
		next(s)
	}
	for {
		s, window, err := p.Next()
		switch {
		case s == nil:
			return
		case err == nil:
			content[s].Write(window)
		case err == io.EOF:
			fmt.Println(content[s])
			next(s)
		default:
			fmt.Println(err)
			next(s)
		}
	}
	// Unordered output:
	// one
	// two
	// three
}
