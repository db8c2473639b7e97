package scan

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// Value is one JSON value of a stream: what stands alone, or one element of an
// array that only holds such values together.
type Value struct {
	Raw    []byte // valid until the next value is asked for
	Within string // the name of the array: Records, Events, Rows, ...; "[]" for one without a name; "" when the value stands alone
	Offset int64  // of its first byte

	members found
}

// lists are the arrays whose elements are values of their own: of log files and
// of Lambda's events, lookup-events, CloudWatch Logs, sqs receive-message,
// Athena and Lake.
var lists = map[string]bool{
	"Records": true, "Events": true, "events": true, "logEvents": true, "Messages": true, "Rows": true, "QueryResultRows": true,
}

// envelope is the object around the Rows of Athena's get-query-results.
const envelope = "ResultSet"

// Damage is a part of a stream that could not be used.
type Damage struct {
	Offset int64 // where it starts
	Reason string
	Lost   string
}

// Extent is how much a stream held.
type Extent struct {
	Bytes  int64 // read, after decompression
	Values int
	Lists  map[string]int // arrays of values, by name as in Value.Within
	Empty  int            // of these, the ones that held nothing
	// Damage is what could not be used, the first of it in full; Damages counts
	// all. Ended is true when the stream ended too soon or could not be read on.
	Damage  []Damage
	Damages int
	Ended   bool
	// Passed counts values over a limit whose top shows that they concern no
	// identity: nothing is lost with them.
	Passed int
}

const maxDamage = 20 // that are told in full

// Values reads r and calls yield for each of its values in turn; a value is gone
// once yield has returned. It returns an
// error only when yield did; what is wrong with the stream is in the Extent.
func Values(r io.Reader, limits Limits, yield func(*Value) error) (Extent, error) {
	limits = limits.OrDefaults()
	s := &stream{yield: yield, extent: Extent{Lists: map[string]int{}}}
	s.f = newFramer(Capped(r, limits.Stream), limits)
	s.f.drop = s.remember
	err := s.run()
	s.extent.Bytes = s.f.base + int64(len(s.f.buf))
	return s.extent, err
}

// stream is one reading of a stream.
type stream struct {
	f       *framer
	yield   func(*Value) error
	extent  Extent
	value   Value
	mended  bool   // after damage: the brackets of what broke may still be about
	reread  int    // bytes gone through twice
	outline string // what is known of a value that is over a limit
	passed  bool   // it is known to concern no identity
}

// stop carries an error of yield up through the walk.
type stop struct{ err error }

func (e *stop) Error() string { return e.err.Error() }

func (s *stream) run() error {
	f := s.f
	for {
		c, ok := f.peek()
		if !ok {
			if f.err != io.EOF {
				s.damage(f.offset(), f.err.Error(), fmt.Sprintf("everything from byte %d on, after %s", f.offset(), s.soFar()))
				s.extent.Ended = true
			}
			return nil
		}
		switch {
		case s.byteOrderMark(), c == 0x1e: // a record separator: RFC 7464
			f.pos++
			continue
		case s.mended && (c == ',' || c == ']' || c == '}'):
			f.pos++
			continue
		}
		err := s.document(c, 0)
		if halt, ok := errors.AsType[*stop](err); ok {
			return halt.err
		}
		if err != nil && !s.recover(err) {
			return nil
		}
		f.release()
	}
}

// recover goes on behind damage and names it; false when nothing is left.
func (s *stream) recover(err error) bool {
	f := s.f
	reason := fmt.Sprintf("at byte %d it is not JSON: %v", f.offset(), err)
	ended := errors.Is(err, errEnd)
	if ended {
		if reason = "it ends in the middle"; f.err != io.EOF {
			reason = f.err.Error()
		}
	}
	from := f.offset()
	again := f.held && !f.over && s.reread < maxReread
	if again {
		s.reread += f.pos - f.keep
		from = f.base + int64(f.keep)
	}
	after := s.soFar()
	if s.resume(again) {
		s.damage(from, reason, bytesText(f.offset()-from)+", up to the next line that starts afresh")
		return true
	}
	s.extent.Ended = ended
	if f.err != io.EOF {
		s.extent.Ended, reason = true, f.err.Error()
	}
	s.damage(from, reason, fmt.Sprintf("everything from byte %d on, after %s", from, after))
	return false
}

// maxReread bounds how much is gone through twice in search of the line after
// damage, so that no stream can make that the whole work.
const maxReread = 64 << 20

func (s *stream) soFar() string {
	if s.extent.Values == 1 {
		return "1 value"
	}
	return fmt.Sprintf("%d values", s.extent.Values)
}

func (s *stream) damage(offset int64, reason, lost string) {
	s.extent.Damages++
	if len(s.extent.Damage) < maxDamage {
		s.extent.Damage = append(s.extent.Damage, Damage{Offset: offset, Reason: reason, Lost: lost})
	}
}

// byteOrderMark reports whether a UTF-8 byte order mark stands here, as at the
// joints of files that were put together, and goes to its last byte.
func (s *stream) byteOrderMark() bool {
	f := s.f
	if f.buf[f.pos] != 0xef {
		return false
	}
	f.hold()
	for len(f.buf)-f.pos < 3 && f.more() {
	}
	f.release()
	if !bytes.HasPrefix(f.buf[f.pos:], []byte("\ufeff")) {
		return false
	}
	f.pos += 2
	return true
}

// resume goes to the next line that starts a value at its very beginning: a
// record in JSON lines, or the next of several printed documents. It looks from
// the start of the broken value if again, else from where it broke.
func (s *stream) resume(again bool) bool {
	f := s.f
	if again {
		f.pos = f.keep + 1
	}
	f.release()
	s.mended = true
	for {
		i := bytes.IndexByte(f.buf[f.pos:], '\n')
		if i < 0 {
			f.pos = len(f.buf)
			if !f.more() {
				return false
			}
			continue
		}
		f.pos += i + 1
		if f.pos == len(f.buf) && !f.more() {
			return false
		}
		if c := f.buf[f.pos]; c == '{' || c == '[' || c == '"' {
			return true
		}
	}
}

const maxListDepth = 3 // arrays of arrays of documents, as jq -s makes them

// document reads what starts here outside of any list, or as an element of a
// list without a name.
func (s *stream) document(c byte, depth int) error {
	switch {
	case c == '[' && depth < maxListDepth:
		s.f.pos++
		return s.list("[]", depth+1)
	case c == '{':
		return s.object(within(depth), depth)
	}
	return s.single(c, within(depth))
}

func within(depth int) string {
	if depth > 0 {
		return "[]"
	}
	return ""
}

// object reads an object that is a value, or the wrapping of lists of values.
func (s *stream) object(in string, depth int) error {
	f := s.f
	f.hold()
	s.value = Value{Within: in, Offset: f.offset()}
	wrapping, err := s.objectMembers(depth, false)
	if err != nil { // what is kept is searched for the next line
		return err
	}
	if wrapping {
		f.release()
		return nil
	}
	return s.finish()
}

// objectMembers walks over the object that starts here. Once a list shows that
// the object is a wrapping, it is kept no longer.
func (s *stream) objectMembers(depth int, inEnvelope bool) (wrapping bool, err error) {
	f := s.f
	wrapping = inEnvelope
	f.pos++
	c, ok := f.peek()
	if ok && c == '}' {
		f.pos++
		return wrapping, nil
	}
	for ok {
		if wrapping {
			f.hold() // the name alone
		}
		name, value, err := f.member()
		if err != nil {
			return wrapping, err
		}
		opens := f.buf[f.pos]
		list := ""
		if !f.over && (opens == '[' || opens == '{') && (wrapping || s.value.members.at[eventSource].empty()) {
			list = listName(f.buf[f.keep+name.from : f.keep+name.to])
		}
		switch {
		case list == envelope && opens == '{' && !inEnvelope:
			wrapping = true
			f.release()
			_, err = s.objectMembers(depth, true)
		case list != "" && list != envelope && opens == '[':
			wrapping = true
			f.release()
			f.pos++
			err = s.list(list, depth+1)
		default:
			if wrapping {
				f.release()
			}
			if err = f.skip(); err == nil && !wrapping && !f.over {
				s.value.members.note(f.buf[f.keep+name.from:f.keep+name.to], value, f.pos-f.keep)
			}
		}
		if err != nil {
			return wrapping, err
		}
		if end, err := f.comma('}'); err != nil || end {
			return wrapping, err
		}
	}
	return wrapping, errEnd
}

func listName(quoted []byte) string {
	name := string(quoted[1 : len(quoted)-1])
	if lists[name] || name == envelope {
		return name
	}
	return ""
}

// list reads the elements of an array, from behind its bracket.
func (s *stream) list(name string, depth int) error {
	f := s.f
	s.extent.Lists[name]++
	c, ok := f.peek()
	if !ok {
		return errEnd
	}
	if c == ']' {
		f.pos++
		s.extent.Empty++
		return nil
	}
	for {
		c, _ := f.peek() // there is one: comma and the check above saw it
		var err error
		if name == "[]" {
			err = s.document(c, depth)
		} else {
			err = s.single(c, name)
		}
		if err != nil {
			return err
		}
		f.release()
		if end, err := f.comma(']'); err != nil || end {
			return err
		}
	}
}

// single reads one value and passes it on.
func (s *stream) single(c byte, in string) error {
	f := s.f
	f.hold()
	s.value = Value{Within: in, Offset: f.offset()}
	var err error
	if c == '{' {
		err = f.object(&s.value.members)
	} else {
		err = f.skip()
	}
	if err != nil {
		return err
	}
	return s.finish()
}

// finish passes on the value that is kept, unless it broke a limit.
func (s *stream) finish() error {
	f := s.f
	defer f.release()
	s.extent.Values++
	reason := ""
	switch {
	case f.over:
		reason = "larger than " + bytesText(int64(f.limit))
	case len(f.kept()) > f.limit:
		s.remember()
		reason = "larger than " + bytesText(int64(f.limit))
	case f.deep:
		s.remember()
		reason = fmt.Sprintf("nested deeper than %d levels", f.depth)
	default:
		s.value.Raw = f.kept()
		if err := s.yield(&s.value); err != nil {
			return &stop{err}
		}
		return nil
	}
	if s.passed {
		s.extent.Passed++
		return nil
	}
	s.damage(s.value.Offset, "a record is "+reason, s.outline+bytesText(f.offset()-s.value.Offset))
	return nil
}

// remember notes what the top of a value shows before it is given up.
func (s *stream) remember() {
	h := readHead(s.f.buf[s.f.keep:], &s.value.members)
	s.outline, s.passed = "", false
	if len(h.source) == 0 || len(h.name) == 0 {
		return
	}
	s.passed = !s.value.members.ambiguous() && !cloudtrail.Concerns(string(h.source), string(h.name))
	s.outline = fmt.Sprintf("%.80q of %.80q, ", h.name, h.source)
	if len(h.time) > 0 {
		s.outline = fmt.Sprintf("%.80q of %.80q at %.40q, ", h.name, h.source, h.time)
	}
}
