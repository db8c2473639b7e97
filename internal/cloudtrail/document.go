package cloudtrail

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"sync"
)

// document is a JSON text and where in it the values lie that a record may be
// asked for. The whole text is checked; what lies under other names is not
// noted.
type document struct {
	data    []byte
	entries []entry
	outer   [keys]uint32      // where the members of the outermost object are, by class; several when one has two
	opened  map[int]*document // strings that were read as JSON text; nil when one is none
	strings *interner
}

// documents are used again and again, since a record is read in a few
// microseconds and the memory to do it would cost as much.
var documents = sync.Pool{New: func() any { return &document{strings: new(interner)} }}

// giveBack ends the use of a document and of all nodes in it.
func (d *document) giveBack() {
	d.data, d.opened = nil, nil
	if cap(d.entries) > maxEntries {
		d.entries = nil
	}
	documents.Put(d)
}

// maxEntries bounds what a document keeps of a large record for the next.
const maxEntries = 1 << 14

// several stands in place of an entry when there are more of the same class.
const several = math.MaxUint32

// entry is one value. Those inside it follow it, up to next.
type entry struct {
	start, end   uint32 // in data; of a string what is between the quotes
	key, keyEnd  uint32 // of the name, between the quotes
	next         uint32 // index of the entry after this one and all inside it
	class, exact key    // of the name; 0 for elements of arrays
	kind         kind
	flags        flags
	has          uint64 // the classes of the members, by their remainder
}

type kind uint8

const (
	isNull kind = iota
	isString
	isNumber
	isTrue
	isFalse
	isArray
	isObject
)

type flags uint8

const (
	escaped flags = 1 << iota // holds a backslash
	wide                      // holds bytes beyond ASCII
	escapedName
	wideName
)

// maxDepth is how deep arrays and objects may lie in one another: the bound of
// encoding/json.
const maxDepth = 10_000

// parse notes the values of data, which must be one JSON value in the grammar of
// RFC 8259; like encoding/json it lets broken UTF-8 pass.
func (d *document) parse(data []byte) error {
	d.data, d.entries = data, append(d.entries[:0], entry{})
	clear(d.outer[:])
	if len(data) <= math.MaxUint32 {
		if i := d.value(d.space(0), 0, 0); i >= 0 && d.space(i) == len(data) {
			return nil
		}
	}
	return syntaxError(data)
}

// syntaxError says in the words of encoding/json why data is not one JSON value.
func syntaxError(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	var v json.RawMessage
	if err := dec.Decode(&v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("more than one JSON value")
	}
	return errors.New("it is longer than 4 GiB")
}

func (d *document) space(i int) int {
	for i < len(d.data) {
		switch d.data[i] {
		case ' ', '\n', '\t', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// value reads the value at i into the entry at, or into none when that is
// negative, and returns where it ends; negative when it is no JSON.
func (d *document) value(i, at, depth int) int {
	if i >= len(d.data) {
		return -1
	}
	var e entry
	start, end := i, -1
	switch c := d.data[i]; c {
	case '"':
		start++
		end, e.flags = d.text(start)
		if end < 0 {
			return -1
		}
		e.kind = isString
		i = end + 1
	case '{':
		e.kind = isObject
		i, e.has = d.object(i+1, at, depth+1)
		end = i
	case '[':
		e.kind = isArray
		i = d.array(i+1, at, depth+1)
		end = i
	case 't':
		e.kind = isTrue
		i = d.word(i, "true")
		end = i
	case 'f':
		e.kind = isFalse
		i = d.word(i, "false")
		end = i
	case 'n':
		e.kind = isNull
		i = d.word(i, "null")
		end = i
	default:
		e.kind = isNumber
		i = d.number(i)
		end = i
	}
	if i >= 0 && at >= 0 {
		to := &d.entries[at]
		to.start, to.end, to.next = uint32(start), uint32(end), uint32(len(d.entries))
		to.kind, to.has = e.kind, e.has
		to.flags |= e.flags
	}
	return i
}

func (d *document) word(i int, word string) int {
	if len(d.data)-i < len(word) || string(d.data[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

func (d *document) object(i, at, depth int) (end int, has uint64) {
	if depth > maxDepth {
		return -1, 0
	}
	i = d.space(i)
	if i < len(d.data) && d.data[i] == '}' {
		return i + 1, 0
	}
	for {
		if i >= len(d.data) || d.data[i] != '"' {
			return -1, 0
		}
		name := i + 1
		nameEnd, marks := d.text(name)
		if nameEnd < 0 {
			return -1, 0
		}
		member := -1
		if at >= 0 {
			e := entry{key: uint32(name), keyEnd: uint32(nameEnd)}
			if marks == 0 {
				e.class, e.exact = classOf(d.data[name:nameEnd])
			} else {
				e.class, e.exact = oddClass(d.data[name:nameEnd])
				e.flags = marks << 2 // to escapedName and wideName
			}
			if e.class != 0 {
				member = len(d.entries)
				d.entries = append(d.entries, e)
				has |= 1 << (e.class & 63)
				if at == 0 {
					d.note(e.class, member)
				}
			}
		}
		if i = d.space(nameEnd + 1); i >= len(d.data) || d.data[i] != ':' {
			return -1, 0
		}
		if i = d.value(d.space(i+1), member, depth); i < 0 {
			return -1, 0
		}
		if i = d.space(i); i >= len(d.data) {
			return -1, 0
		}
		switch d.data[i] {
		case '}':
			return i + 1, has
		case ',':
			i = d.space(i + 1)
		default:
			return -1, 0
		}
	}
}

// note remembers the place of a member of the outermost object, which is asked
// for most.
func (d *document) note(class key, at int) {
	if d.outer[class] != 0 {
		at = several
	}
	d.outer[class] = uint32(at)
}

func (d *document) array(i, at, depth int) int {
	if depth > maxDepth {
		return -1
	}
	i = d.space(i)
	if i < len(d.data) && d.data[i] == ']' {
		return i + 1
	}
	for {
		element := -1
		if at >= 0 {
			element = len(d.entries)
			d.entries = append(d.entries, entry{})
		}
		if i = d.value(i, element, depth); i < 0 {
			return -1
		}
		if i = d.space(i); i >= len(d.data) {
			return -1
		}
		switch d.data[i] {
		case ']':
			return i + 1
		case ',':
			i = d.space(i + 1)
		default:
			return -1
		}
	}
}

// text reads a string whose opening quote lies before i and returns where its
// closing quote is; negative when it is none.
func (d *document) text(i int) (end int, marks flags) {
	data := d.data
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for {
		// Eight bytes at once: the lowest bit that stays is that of the first
		// byte which is a quote, a backslash, below a space or beyond ASCII.
		for len(data)-i >= 8 {
			x := binary.LittleEndian.Uint64(data[i:])
			found := ((x - ones*' ') | ((x ^ ones*'"') - ones) | ((x ^ ones*'\\') - ones) | x) & highs
			if found != 0 {
				i += bits.TrailingZeros64(found) / 8
				break
			}
			i += 8
		}
		if i >= len(data) {
			return -1, 0
		}
		switch c := data[i]; {
		case c == '"':
			return i, marks
		case c == '\\':
			marks |= escaped
			if i = d.escape(i + 1); i < 0 {
				return -1, 0
			}
		case c < ' ':
			return -1, 0
		case c >= 0x80:
			marks |= wide
			i++
		default:
			i++ // among the last seven
		}
	}
}

// escape passes over what follows a backslash.
func (d *document) escape(i int) int {
	if i >= len(d.data) {
		return -1
	}
	switch d.data[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if len(d.data)-i >= 5 && hex4(d.data[i+1:]) >= 0 {
			return i + 5
		}
	}
	return -1
}

func (d *document) number(i int) int {
	digits := func() bool {
		first := i
		for i < len(d.data) && d.data[i]-'0' <= 9 {
			i++
		}
		return i > first
	}
	is := func(a, b byte) bool {
		if i < len(d.data) && (d.data[i] == a || d.data[i] == b) {
			i++
			return true
		}
		return false
	}
	is('-', '-')
	if !is('0', '0') && !digits() {
		return -1
	}
	if is('.', '.') && !digits() {
		return -1
	}
	if is('e', 'E') {
		is('+', '-')
		if !digits() {
			return -1
		}
	}
	return i
}
