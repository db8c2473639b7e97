package scan

import (
	"bytes"
	"encoding/binary"
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
// quotation mark and a letter can only stand between two elements of Records. The
// elements between two such places are a stretch. A stretch is passed over
// if it names a source and an event exactly once, in whatever case and however
// deep, neither is one that concerns identities, no letter of it is spelled
// \u00XX, and neither name stands in a text of JSON inside a string: then no reading
// of it can concern them. Every other stretch is
// read with the same exact reader as everything else, and so is the first of a
// file, which tells the account.
//
// All this holds for valid JSON. What is not, or is laid out in another way, is
// left to the exact reader: a Window or an end that does not fit, a control
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
	held    []byte // what lies from heldFrom to heldTo; may be empty
	heldAt  int64
	heldTo  int64
	passed  int // records
	stretch stretch
	marks   [blockSize / 64]uint64
}

type phase int

const (
	between phase = iota // outside of any document
	inList               // inside Records, from safe on
	over                 // surrendered, or ended
)

// stretch is what was seen since the last element that is done.
type stretch struct {
	sources, names int
	suspect        bool
	source         *verdict
	beside         int64 // where the event's name stands if it follows the source
	at             [len(momentForm)]byte
	region         [maxRegion]byte
	regionSize     int
}

const maxRegion = 40

// cleared stands in for beside once source and name were judged together.
const cleared = -1

// clear forgets all but what need not be forgotten: the bytes.
func (one *stretch) clear() {
	one.sources, one.names, one.suspect, one.at[0], one.regionSize = 0, 0, false, 0, 0
}

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
	}
	s.in.reset(limits, yield)
	s.st = stream{yield: s.in.value, extent: Extent{Lists: map[string]int{}}}
	s.phase, s.within, s.first, s.open = between, false, false, 0
	s.safe, s.seen, s.end, s.held = 0, 0, 0, s.held[:0]
	s.stretch, s.passed = stretch{}, 0
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
			if err := s.head(data[i:], last); err != nil {
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
func (s *Sieve) head(rest []byte, last bool) error {
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

// look goes through the marks of a block that begins at data[from].
func (s *Sieve) look(data []byte, base int64, from int, marked []uint64) error {
	for w, m := range marked {
		for ; m != 0; m &= m - 1 {
			i := from + w<<6 + trailing(m)
			switch c := data[i]; c {
			case 'v', 'V':
				if err := s.name(data, base, i); err != nil {
					return err
				}
			case '[', ']':
				opens, known := bracket(data, i)
				switch {
				case !known:
					return ErrUnlike
				case !opens:
				case c == '[':
					s.open++
				default:
					if s.open--; s.open == 0 {
						return s.foot(data, base, i)
					}
				}
			case '\\':
				s.stretch.suspect = s.stretch.suspect || hides(data[i+1:])
			default:
				return ErrUnlike
			}
		}
	}
	return nil
}

// foot ends the list whose bracket stands at data[i], and the document.
func (s *Sieve) foot(data []byte, base int64, i int) error {
	if i+1 >= len(data) || data[i+1] != '}' {
		return ErrUnlike
	}
	if err := s.close(data, base, i); err != nil {
		return err
	}
	s.seen = base + int64(i) + 2
	s.safe = s.seen
	s.phase = between
	return nil
}

// hides reports whether what stands behind a backslash is the hexadecimal code of
// a letter of ASCII, a full stop or a hyphen: what names and sources are made of.
func hides(rest []byte) bool {
	if len(rest) == 0 || rest[0] != 'u' {
		return false
	}
	if len(rest) < 5 {
		return true
	}
	if rest[1] != '0' || rest[2] != '0' {
		return false
	}
	low := rest[4] | 0x20
	switch rest[3] {
	case '4', '6':
		return low != '0'|0x20
	case '5', '7':
		return '0' <= rest[4] && rest[4] <= '9' || low == 'a'
	case '2':
		return low == 'd' || low == 'e'
	}
	return false
}

// eight letters as they stand in a word, in lower case.
var ventSour, ventName, ventVers = word("entsourc"), word("entname"), word("entversi")

// wrapper is what stands before the v of CloudTrailEvent.
var wrapper = []byte("CloudTrailE")

func word(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.LittleEndian.Uint64(b[:])
}

// name looks at a letter v, which may be the one of "eventSource", "eventName" or
// "eventVersion" in any case.
func (s *Sieve) name(data []byte, base int64, i int) error {
	if i < 2 || len(data)-i < 10 {
		return nil // what ends here is no whole list: foot or walk notice
	}
	if data[i-1]|0x20 != 'e' {
		return nil
	}
	if data[i-2] != '"' { // the CloudTrailEvent of lookup-events has a record in it
		s.stretch.suspect = s.stretch.suspect || i >= len(wrapper) && bytes.EqualFold(data[i-len(wrapper):i], wrapper)
		return nil
	}
	switch letters := binary.LittleEndian.Uint64(data[i+1:]) | 0x20*ones; {
	case letters == ventSour:
		rest := data[i+9:]
		switch {
		case len(rest) < 2 || rest[0]|0x20 != 'e':
		case rest[1] == '"':
			s.source(data, base, i-2, i+11)
		case rest[1] == '\\': // in the text of a record inside a string
			s.stretch.suspect = true
		}
	case letters&^(0xff<<56) == ventName:
		switch data[i+8] {
		case '"':
			s.event(data[i+9:], base+int64(i)-2)
		case '\\':
			s.stretch.suspect = true
		}
	case letters == ventVers && i >= 5 && s.open == 1 && string(data[i-5:i-1]) == `},{"`:
		if err := s.close(data, base, i-4); err != nil {
			return err
		}
		s.safe = base + int64(i) - 3
	}
	return nil
}

// text reads the value behind a name. A name that no colon follows is none: then
// it is not one. Anything but a plain string makes the stretch suspect.
func (s *Sieve) text(rest []byte) (value []byte, one bool) {
	if len(rest) < 2 {
		s.stretch.suspect = true
		return nil, false
	}
	switch {
	case rest[0] == ':' && rest[1] == '"':
		rest = rest[2:min(len(rest), margin/2)]
		if n := bytes.IndexByte(rest, '"'); n >= 0 {
			return rest[:n], true
		}
	case rest[0] == ',', rest[0] == '}', rest[0] == ']':
		return nil, false
	}
	s.stretch.suspect = true
	return nil, false
}

// source takes note of the source whose name begins at data[from] and ends before
// data[to].
func (s *Sieve) source(data []byte, base int64, from, to int) {
	value, ok := s.text(data[to:])
	if !ok {
		return
	}
	s.stretch.sources++
	s.stretch.source = s.known.source(value)
	s.stretch.beside = base + int64(to+len(value)) + int64(len(`:"",`))
	const form = `"eventTime":"0000-00-00T00:00:00Z",`
	if from >= len(form) && string(data[from-len(form):from-len(form)+13]) == form[:13] && data[from-2] == '"' {
		copy(s.stretch.at[:], data[from-22:from-2])
	}
}

// event takes note of an event's name, which stands at the offset given and is
// followed by rest.
func (s *Sieve) event(rest []byte, offset int64) {
	value, ok := s.text(rest)
	if !ok {
		return
	}
	one := &s.stretch
	one.names++
	one.suspect = one.suspect || s.known.event(value).concerns
	if one.beside == offset && one.source.concerns {
		// They are members of one object: no reading takes one without the other.
		one.suspect = one.suspect || s.known.both(one.source, value)
		one.beside = cleared
	}
	const form = `:"` + `","awsRegion":"`
	if rest = rest[len(value)+2:]; len(rest) > len(form) && string(rest[:len(form)-2]) == form[2:] {
		rest = rest[len(form)-2 : min(len(rest), len(form)-2+maxRegion)]
		one.regionSize = copy(one.region[:], rest[:max(0, bytes.IndexByte(rest, '"'))])
	}
}

// close ends the stretch before data[to].
func (s *Sieve) close(data []byte, base int64, to int) error {
	one := &s.stretch
	if one.sources == 1 && one.names == 1 && !one.suspect && !s.first && (!one.source.concerns || one.beside == cleared) {
		s.held = s.held[:0]
		s.st.extent.Values++
		s.passed++
		s.in.passOver(one.source, one.at[:], one.region[:one.regionSize])
		one.clear()
		return nil
	}
	one.clear()
	s.first = false
	var err error
	if s.safe >= base {
		err = s.read(data[s.safe-base : to])
	} else {
		s.hold(data, base, base+int64(to))
		err = s.read(s.held[s.safe-s.heldAt:])
	}
	if err == nil {
		s.held = s.held[:0]
	}
	return err
}

// read reads the elements of a stretch exactly. Nothing of it is passed on unless
// all of it is sound.
func (s *Sieve) read(text []byte) error {
	f := &s.framer
	s.st.f = f
	again := func() {
		*f = framer{buf: text, base: s.safe, err: io.EOF, limit: s.in.limits.Record, depth: s.in.limits.Depth, drop: func() {}, stack: f.stack}
		f.hold()
		s.st.value = Value{Within: "Records", Offset: s.safe}
	}
	if again(); text[0] == '{' && f.object(&s.st.value.members) == nil {
		end := f.pos
		if _, more := f.peek(); !more {
			f.pos = end
			return halted(s.st.finish())
		}
	}
	for again(); ; f.pos++ {
		if _, ok := f.peek(); !ok || f.skip() != nil {
			return ErrUnlike
		}
		if c, ok := f.peek(); !ok {
			break
		} else if c != ',' {
			return ErrUnlike
		}
	}
	for again(); ; f.pos++ {
		c, _ := f.peek()
		if err := s.st.single(c, "Records"); err != nil {
			return halted(err)
		}
		if _, more := f.peek(); !more {
			return nil
		}
	}
}

// halted returns the error of yield inside err. Any other is of content that was
// found sound before.
func halted(err error) error {
	if halt, ok := errors.AsType[*stop](err); ok {
		return halt.err
	}
	if err != nil {
		return ErrUnlike
	}
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
