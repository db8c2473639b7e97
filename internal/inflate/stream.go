package inflate

import (
	"io"
	"math"
)

// historySize is how far a match may refer back: RFC 1951, section 2.
const historySize = 32 << 10

// windowSize is how much output is handed out at a time, roughly. From 48 to 192
// KB makes a difference of two in a hundred; both buffers of a Pair should fit in
// a core's second-level cache.
const windowSize = 128 << 10

const bufferSize = historySize + windowSize

// phase is what a Stream reads next.
type phase uint8

const (
	header phase = iota
	blockHeader
	inStored
	inHuffman
	trailer
	done
)

// Stream unpacks gzip files, one after another, in the same memory. Make one
// with NewStream; it is for one goroutine at a time.
type Stream struct {
	engine // first: the assembly finds it at the Stream's address
	builder
	phase phase
	last  bool // the current block is the last of its member
	left  int  // of a stored block
	stuck bool // the fast loop met something that is for careful

	from   int // buf[from:w] is not handed out yet
	summed int // buf[:summed] is in crc
	crc    uint32
	folded [128]byte // scratch of updateChecksum
	base   int64     // output offset of buf[0]
	begins int64     // output offset where the member begins
	limit  int64
	member int
	err    error
	told   bool   // err was returned
	unread []byte // of the last window, for Read
}

// NewStream returns a Stream that holds no file: Next returns io.EOF.
func NewStream() *Stream {
	s := new(Stream)
	s.Reset(nil, 0)
	s.phase, s.err = done, io.EOF
	return s
}

// Reset begins a file, of which src is all. Not more than limit bytes of output
// are handed out; 0 means no limit. The Stream keeps src until the next Reset
// and does not change it.
func (s *Stream) Reset(src []byte, limit int64) {
	if s.buf == nil {
		s.buf = make([]byte, bufferSize+slack)
		s.outEnd = bufferSize
	}
	if limit <= 0 {
		limit = math.MaxInt64
	}
	s.src, s.pos, s.inEnd = src, 0, len(src)-8
	s.bits, s.nb = 0, 0
	s.w, s.hist, s.from, s.summed = 0, 0, 0, 0
	s.base, s.begins, s.limit, s.member = 0, 0, limit, 0
	s.stuck, s.err, s.told, s.unread = false, nil, false, nil
	s.phase = header
}

// Next returns the next window of the output, or an error and no window: io.EOF
// after the sound end of the file, else an *Error. All that was unpacked before
// an error has been handed out by then.
//
// The windows are the output in its order, without gaps. One is valid until the
// next call of Next or Reset, or of Next of the Pair that the Stream is in, and
// may not be changed: later matches refer to it. Where one ends has no meaning;
// a text that a reader looks for may lie across, see Behind.
func (s *Stream) Next() ([]byte, error) {
	for s.prepare() {
		s.stuck = s.run()
	}
	return s.deliver()
}

// Read makes a Stream an io.Reader, at the price of copying. It and Next are not
// to be mixed within a file.
func (s *Stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(s.unread) == 0 {
		var err error
		if s.unread, err = s.Next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.unread)
	s.unread = s.unread[n:]
	return n, nil
}

// Behind returns the last n bytes of output before the window that was handed
// out, and the window, as one slice: fewer if there were fewer, and at most
// 32 KB. So whoever searches need not keep the end of the last window.
func (s *Stream) Behind(window []byte, n int) []byte {
	start := s.w - len(window)
	return s.buf[start-min(n, start, historySize) : s.w : s.w]
}

// Offset returns the output offset of the end of the last window.
func (s *Stream) Offset() int64 { return s.base + int64(s.from) }

// Consumed returns how many bytes of the file have been read: after io.EOF, all
// up to the end of the last member.
func (s *Stream) Consumed() int { return s.pos - int(s.nb&63>>3) }

// Members returns how many members of the file have been begun.
func (s *Stream) Members() int { return s.member }

// deliver hands out what prepare left in the buffer.
func (s *Stream) deliver() ([]byte, error) {
	if s.w == s.from {
		s.told = true
		return nil, s.err
	}
	window := s.buf[s.from:s.w:s.w]
	s.from = s.w
	return window, nil
}

// slide makes room at the end of the buffer, once its content is handed out.
func (s *Stream) slide() {
	if s.from < s.w || s.w < s.outEnd {
		return
	}
	s.sum()
	shift := s.w - historySize
	copy(s.buf[:historySize], s.buf[shift:s.w])
	s.base += int64(shift)
	s.hist = max(s.hist-shift, 0)
	s.w, s.from, s.summed = historySize, historySize, historySize
}

// sum brings the checksum up to date, while the bytes are near.
func (s *Stream) sum() {
	s.crc = updateChecksum(s.crc, s.buf[s.summed:s.w], &s.folded)
	s.summed = s.w
}

// fail ends the file.
func (s *Stream) fail(kind error, detail string) {
	s.phase = done
	s.err = &Error{Kind: kind, Detail: detail, In: s.Consumed(), Out: s.base + int64(s.w), Member: s.member}
}

func (s *Stream) failFor(v verdict) {
	if v == truncated {
		s.fail(ErrTruncated, "")
		return
	}
	s.fail(ErrCorrupt, v.String())
}

// prepare does all that comes before the next run of the fast loop. False: there
// is none before deliver, since the buffer is full or the file ends.
func (s *Stream) prepare() bool {
	s.slide()
	for s.phase != done {
		if s.base+int64(s.w) > s.limit {
			s.w = int(s.limit - s.base)
			s.fail(ErrTooLong, "")
			return false
		}
		if s.w >= s.outEnd {
			s.sum()
			return false
		}
		switch s.phase {
		case header:
			s.readHeader()
		case blockHeader:
			s.readBlockHeader()
		case inStored:
			n := copy(s.buf[s.w:s.outEnd], s.src[s.pos:min(len(s.src), s.pos+s.left)])
			s.w, s.pos, s.left = s.w+n, s.pos+n, s.left-n
			switch {
			case s.left == 0:
				s.blockDone()
			case s.pos == len(s.src):
				s.fail(ErrTruncated, "")
			}
		case inHuffman:
			if !s.stuck && s.pos < s.inEnd {
				return true
			}
			s.stuck = false
			switch v := s.careful(); v {
			case goOn:
			case blockEnds:
				s.blockDone()
			default:
				s.failFor(v)
			}
		case trailer:
			s.readTrailer()
		}
	}
	return false
}

func (s *Stream) blockDone() {
	s.phase = blockHeader
	if s.last {
		s.phase = trailer
	}
}

func (s *Stream) readBlockHeader() {
	head, ok := s.take(3)
	if !ok {
		s.failFor(truncated)
		return
	}
	s.last = head&1 != 0
	v := goOn
	short := len(s.src)-s.pos < shortInput
	switch blockKind(head >> 1) {
	case stored:
		s.left, v = s.storedLength()
		s.phase = inStored
	case fixed:
		s.useFixed(&s.engine, short)
		s.phase = inHuffman
	case dynamic:
		v = s.readDynamic(&s.engine, short)
		s.phase = inHuffman
	case reserved:
		v = badCode
	}
	if v != goOn {
		s.failFor(v)
	}
}

// shortInput is how much input makes large tables worth building.
const shortInput = 2 << 10
