package scan

import (
	"errors"
	"fmt"
	"io"
)

// syntaxError is a place where a stream is not JSON.
type syntaxError struct{ reason string }

func (e *syntaxError) Error() string { return e.reason }

// errEnd is the end of the stream in the middle of a value.
var errEnd = errors.New("the JSON ends in the middle")

// framer walks over the JSON of a stream without holding more of it than the
// value that is being kept, and no more than limit bytes of that.
//
// It checks the grammar, so that a damaged value is noticed where it breaks and
// does not swallow its neighbours. It does not check what decoders of the kept
// values check anyway: the digits of a number and of an escape.
type framer struct {
	r   io.Reader
	err error // why r has no more

	buf  []byte
	pos  int   // the next byte to look at
	keep int   // where the kept value starts, if held
	base int64 // offset of buf[0] in the stream

	held  bool
	over  bool   // the kept value outgrew limit and is no longer kept
	deep  bool   // it nests deeper than depth
	drop  func() // called when the kept value is given up, while it is still there
	limit int
	depth int
	stack []byte // the brackets that are open, inside one call of skip
}

const readSize = 64 << 10

func newFramer(r io.Reader, l Limits) *framer {
	return &framer{r: r, buf: make([]byte, 0, readSize), limit: l.Record, depth: l.Depth, drop: func() {}}
}

// frameBytes returns a framer over a value that is already in memory.
func frameBytes(data []byte, depth int) *framer {
	return &framer{buf: data, err: io.EOF, limit: len(data), depth: depth, drop: func() {}}
}

// unexpected is the error of a byte that does not belong here.
func (f *framer) unexpected(c byte, want string) error {
	return &syntaxError{fmt.Sprintf("%q stands where %s should", c, want)}
}

func (f *framer) offset() int64 { return f.base + int64(f.pos) }

// hold keeps what follows from here on, until release.
func (f *framer) hold() {
	f.held, f.over, f.deep, f.keep = true, false, false, f.pos
}

func (f *framer) release() { f.held = false }

// kept returns the bytes from hold to here, valid until the next call.
func (f *framer) kept() []byte { return f.buf[f.keep:f.pos] }

// more reads on. It may move what is kept; offsets relative to keep stay right.
func (f *framer) more() bool {
	if f.err != nil {
		return false
	}
	if f.held && !f.over && len(f.buf)-f.keep > f.limit {
		f.drop()
		f.over = true
	}
	if !f.held || f.over {
		f.keep = f.pos
	}
	if f.keep > 0 {
		n := copy(f.buf, f.buf[f.keep:])
		f.buf = f.buf[:n]
		f.base += int64(f.keep)
		f.pos -= f.keep
		f.keep = 0
	}
	if len(f.buf) == cap(f.buf) {
		bigger := make([]byte, len(f.buf), min(2*cap(f.buf), f.limit+2*readSize))
		copy(bigger, f.buf)
		f.buf = bigger
	}
	for range 100 {
		n, err := f.r.Read(f.buf[len(f.buf):cap(f.buf)])
		f.buf = f.buf[:len(f.buf)+n]
		if err != nil {
			f.err = err
		}
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	f.err = io.ErrNoProgress
	return false
}

// peek passes over white space and returns the next byte; false at the end.
func (f *framer) peek() (byte, bool) {
	for {
		for f.pos < len(f.buf) {
			switch c := f.buf[f.pos]; c {
			case ' ', '\t', '\r', '\n':
				f.pos++
			default:
				return c, true
			}
		}
		if !f.more() {
			return 0, false
		}
	}
}

// special marks the bytes inside a string that need a look.
var special = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = true
	}
	t['"'], t['\\'] = true, true
	return t
}()

// str passes over a string, which starts here.
func (f *framer) str() error {
	f.pos++
	for {
		b, i := f.buf, f.pos
		for i < len(b) && !special[b[i]] {
			i++
		}
		f.pos = i
		if i == len(b) {
			if !f.more() {
				return errEnd
			}
			continue
		}
		switch c := b[i]; c {
		case '"':
			f.pos++
			return nil
		case '\\':
			for f.pos+1 >= len(f.buf) {
				if !f.more() {
					return errEnd
				}
			}
			switch f.buf[f.pos+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't', 'u':
			default:
				return &syntaxError{fmt.Sprintf("a string has the unknown escape %q", f.buf[f.pos:f.pos+2])}
			}
			f.pos += 2
		case '\n', '\r':
			return &syntaxError{"a string is not closed before the end of the line"}
		default:
			return &syntaxError{fmt.Sprintf("a string has the control character %q", c)}
		}
	}
}

// literal passes over a number, true, false or null.
func (f *framer) literal(first byte) error {
	word := ""
	switch first {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	case 'n':
		word = "null"
	default:
		if first != '-' && (first < '0' || first > '9') {
			return f.unexpected(first, "a value")
		}
		for {
			for f.pos < len(f.buf) {
				switch c := f.buf[f.pos]; {
				case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
					f.pos++
				default:
					return nil
				}
			}
			if !f.more() {
				return nil
			}
		}
	}
	for i := range len(word) {
		if f.pos >= len(f.buf) && !f.more() {
			return errEnd
		}
		if f.buf[f.pos] != word[i] {
			return f.unexpected(f.buf[f.pos], word)
		}
		f.pos++
	}
	return nil
}

// key passes over a name and its colon.
func (f *framer) key() error {
	c, ok := f.peek()
	if !ok {
		return errEnd
	}
	if c != '"' {
		return f.unexpected(c, "a name")
	}
	if err := f.str(); err != nil {
		return err
	}
	return f.colon()
}

func (f *framer) colon() error {
	c, ok := f.peek()
	if !ok {
		return errEnd
	}
	if c != ':' {
		return f.unexpected(c, "a colon")
	}
	f.pos++
	return nil
}

// skip passes over one value of any kind.
func (f *framer) skip() error {
	f.stack = f.stack[:0]
	for {
		c, ok := f.peek()
		if !ok {
			return errEnd
		}
		var err error
		switch c {
		case '{', '[':
			if len(f.stack) >= f.depth {
				f.deep = true
				err = f.loose()
				break
			}
			f.pos++
			f.stack = append(f.stack, c)
			next, ok := f.peek()
			if !ok {
				return errEnd
			}
			if next == c+2 { // { and }, [ and ] lie two apart in ASCII
				break
			}
			if c == '{' {
				if err := f.key(); err != nil {
					return err
				}
			}
			continue
		case '"':
			err = f.str()
		default:
			err = f.literal(c)
		}
		if err != nil {
			return err
		}
		if done, err := f.after(); done || err != nil {
			return err
		}
	}
}

// after goes from the end of a value inside skip to the start of the next one;
// true when there is none.
func (f *framer) after() (done bool, err error) {
	for len(f.stack) > 0 {
		open := f.stack[len(f.stack)-1]
		c, ok := f.peek()
		switch {
		case !ok:
			return false, errEnd
		case c == ',':
			f.pos++
			if open == '{' {
				return false, f.key()
			}
			return false, nil
		case c == open+2:
			f.pos++
			f.stack = f.stack[:len(f.stack)-1]
		default:
			return false, f.unexpected(c, "a comma or "+string(open+2))
		}
	}
	return true, nil
}

// loose passes over an object or array by counting brackets only, so that any
// depth costs no memory.
func (f *framer) loose() error {
	for open := 0; ; {
		c, ok := f.peek()
		if !ok {
			return errEnd
		}
		switch c {
		case '"':
			if err := f.str(); err != nil {
				return err
			}
			continue
		case '{', '[':
			open++
		case '}', ']':
			open--
		}
		f.pos++
		if open == 0 {
			return nil
		}
	}
}
