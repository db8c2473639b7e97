package idcenter

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/klauspost/compress/s2"
)

// shelf keeps records in memory, numbered from 0. Full blocks are compressed:
// one record is much like the next, and a busy hour has a million of them. It
// may be used by many goroutines at once.
type shelf struct {
	mu     sync.Mutex
	blocks [][]byte // compressed, of blockLength records each
	tail   [][]byte // the latest, as they are

	opened  int // the block that is in records, plus one; 0 for none
	records [][]byte
}

// blockLength is how many records are compressed together: enough for what they
// have in common to weigh little, and few enough to unpack one for its sake.
const blockLength = 64

func (s *shelf) add(record []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tail = append(s.tail, record)
	if len(s.tail) == blockLength {
		// Cloned, since what it is packed into is as large as the text.
		s.blocks = append(s.blocks, bytes.Clone(s2.Encode(nil, bytes.Join(s.tail, []byte{'\n'}))))
		s.tail = make([][]byte, 0, blockLength)
	}
}

// get returns a record, which must not be changed.
func (s *shelf) get(n int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	block := n / blockLength
	if block == len(s.blocks) {
		return s.tail[n%blockLength], nil
	}
	if s.opened != block+1 {
		// A new buffer each time, since records that were handed out lie in it.
		text, err := s2.Decode(nil, s.blocks[block])
		if err != nil {
			return nil, fmt.Errorf("unpacking records: %w", err)
		}
		s.records, s.opened = bytes.Split(text, []byte{'\n'}), block+1
	}
	return s.records[n%blockLength], nil
}
