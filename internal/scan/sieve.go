package scan

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// Sieve finds the records that concern identities in log files as CloudTrail
// writes them, {"Records":[{"eventVersion":...},{"eventVersion":...}]} without
// white space, at several times the speed of Records and with the same result. It
// takes the content a window at a time. A Sieve reads one file after another, see
// Reset, with the same memory, and is for one goroutine at a time.
//
// # How it can pass over bytes and miss nothing
//
// Of each window it looks at few bytes only (marks). From the square brackets
// it knows how many arrays are open; whether a bracket is text can be told from
// its surroundings (inString). Where one array is open, "},{" followed by a
// quotation mark and a letter can only stand between two elements of Records.
// What lies between two such places is a stretch of one element or several.
//
// A stretch is passed over if it names a source and an event exactly once each, in
// whatever case and however deep, neither of them is one that concerns identities
// (or they stand side by side and do not together), no letter in it is spelled
// \u00XX, and neither name stands in JSON text inside a string: then no reading
// of it can concern them. It counts as one record. Every other stretch is read
// with the same exact reader as everything else, and so is the first of a file,
// which tells the account. What differs: a record that names its source or
// event twice, in different case, is yielded by Records whatever the names say,
// and by a Sieve only when one of them concerns identities.
//
// All this holds for valid JSON. What is not, or is laid out in another way, is
// left to the exact reader: a head or an end that does not fit, a control
// character, a list that does not close, returns ErrUnlike, and Rest reads on
// from the last element that was done. What the Sieve passes over is not checked
// beyond that; the checksum of the compressed file vouches for it.
type Sieve struct {
	in      *reading
	st      stream
	framer  framer
	known   verdicts
	phase   phase
	first   bool   // the next stretch is the first of the file
	within  bool   // it surrendered inside of Records
	open    int    // arrays
	safe    int64  // everything before is done with
	seen    int64  // everything before was looked at
	end     int64  // of what was handed in
	held    []byte // what lies from heldAt to heldTo; may be empty
	heldAt  int64
	heldTo  int64
	passed  int   // records
	effort  int64 // bytes looked back at
	stretch stretch
	marks   [blockSize / 64]uint64
}

type phase int

const (
	between phase = iota // outside of any document
	inList               // inside Records, from safe on
	over                 // surrendered, or ended
)

// blockSize is how much is marked at once: the marks and the bytes stay in the
// first-level cache between marking and looking.
const blockSize = 8 << 10

// margin is how far behind a mark a Sieve may look: the longest name that it
// compares and the longest source, event name or Region that it reads.
const margin = 512

// History is how much of what came before a Sieve wants to see in front of a
// window: more than margin, and enough to find a quotation mark.
const History = 8 << 10

const logHead = `{"Records":[`

// ErrUnlike is the error of content that is not laid out as CloudTrail does it,
// or is damaged or cut short: Rest reads it.
var ErrUnlike = errors.New("not a log as CloudTrail writes it")

// NewSieve returns a Sieve that waits for Reset.
func NewSieve() *Sieve { return &Sieve{phase: over} }

// Reset begins a file. The Sieve calls yield as Records does.
func (s *Sieve) Reset(limits Limits, yield func(Record) error) {
	if s.in == nil {
		s.in = newReading(limits, yield)
		s.known = newVerdicts()
		s.st = stream{yield: s.in.value, extent: Extent{Lists: map[string]int{}}}
	}
	s.in.reset(limits, yield)
	clear(s.st.extent.Lists)
	s.st = stream{yield: s.st.yield, extent: Extent{Lists: s.st.extent.Lists}}
	s.phase, s.within, s.first, s.open = between, false, false, 0
	s.safe, s.seen, s.end, s.held = 0, 0, 0, s.held[:0]
	s.stretch, s.passed, s.effort = stretch{}, 0, 0
}

// Window takes the next fresh bytes of the content, with which data ends. What is
// in front of them is what came before: at least History bytes, or all. A Sieve
// keeps nothing of data. After the last window, which may have no fresh bytes,
// nothing follows.
//
// It returns ErrUnlike when Rest has to go on, and the error of yield.
func (s *Sieve) Window(data []byte, fresh int, last bool) error {
	if s.phase == over {
		return ErrUnlike
	}
	s.end += int64(fresh)
	base := s.end - int64(len(data))
	stop := len(data)
	if !last {
		stop -= margin
	}
	err := s.walk(data, base, stop, last)
	if err == nil && s.end-s.safe > int64(s.in.limits.Record)+margin {
		err = ErrUnlike
	}
	if err == nil && last {
		s.phase = over
		return nil
	}
	if err == nil || errors.Is(err, ErrUnlike) {
		s.hold(data, base, s.end)
	}
	if err != nil {
		s.within, s.phase = s.phase == inList, over
	}
	return err
}

// Broken says that the content can't be read further: Rest reads what is left,
// up to the error that r has then.
func (s *Sieve) Broken() { s.within, s.phase = s.phase == inList, over }

// hold keeps what lies from safe to the place to, of which data has the end.
func (s *Sieve) hold(data []byte, base, to int64) {
	if len(s.held) == 0 {
		s.heldAt, s.heldTo = s.safe, s.safe
	}
	if s.heldTo < to {
		s.held = append(s.held, data[s.heldTo-base:to-base]...)
		s.heldTo = to
	}
}

func (s *Sieve) walk(data []byte, base int64, stop int, last bool) error {
	for {
		switch i := int(s.seen - base); {
		case i >= stop && (!last || s.phase == between):
			return nil
		case i >= stop:
			return ErrUnlike // the list is not closed
		case s.phase == between:
			if err := s.head(data[i:]); err != nil {
				return err
			}
		default:
			n := min(blockSize, stop-i)
			marked := s.marks[:(n+63)/64]
			marks(marked, data[i:], n)
			s.seen += int64(n)
			if err := s.look(data, base, i, marked); err != nil {
				return err
			}
		}
	}
}

// head passes over white space and the beginning of a document.
func (s *Sieve) head(rest []byte) error {
	white := len(rest) - len(bytes.TrimLeft(rest, " \t\r\n"))
	if white > 0 {
		s.seen += int64(white)
		s.safe = s.seen
		s.held = s.held[:0]
		return nil
	}
	if !bytes.HasPrefix(rest, []byte(logHead)) || len(rest) < len(logHead)+2 {
		return ErrUnlike
	}
	switch rest = rest[len(logHead):]; {
	case rest[0] == '{':
		s.seen += int64(len(logHead))
		s.phase, s.open, s.first = inList, 1, s.st.extent.Values == 0
	case rest[0] == ']' && rest[1] == '}':
		s.st.extent.Empty++
		s.seen += int64(len(logHead) + 2)
	default:
		return ErrUnlike
	}
	s.st.extent.Lists["Records"]++
	s.safe = s.seen
	s.held = s.held[:0]
	return nil
}

// Held returns what was handed in and is not done with when Window has returned
// ErrUnlike: from Done on. It is valid until the next Reset.
func (s *Sieve) Held() []byte {
	if len(s.held) == 0 {
		return nil
	}
	return s.held[s.safe-s.heldAt:]
}

// Done returns the offset up to which all is done with.
func (s *Sieve) Done() int64 { return s.safe }

// Rest reads what Window did not: r begins at Done. It returns an error only when
// yield did.
func (s *Sieve) Rest(r io.Reader) error {
	head := ""
	if s.within {
		head = logHead
		s.st.extent.Lists["Records"]--
	}
	s.st.f = newFramer(io.MultiReader(strings.NewReader(head), r), s.in.limits)
	s.st.f.base = s.safe - int64(len(head))
	s.st.f.drop = s.st.remember
	err := s.st.run()
	s.end = s.st.f.base + int64(len(s.st.f.buf))
	return err
}

// Profile sums up the file, once it has been read. It is valid until the next
// Reset. Places have no account where records were passed over.
func (s *Sieve) Profile() Profile {
	s.st.extent.Bytes = s.end
	if s.passed > 0 {
		s.in.shapes[ShapeLog] += s.passed
		s.passed = 0
	}
	return s.in.profile(s.st.extent)
}
