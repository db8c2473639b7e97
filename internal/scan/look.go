package scan

import (
	"bytes"
	"encoding/binary"
)

// maxEffort is how much farther than the content is long the brackets of a file
// may make a Sieve look back in all, lest text of brackets alone take ages.
const maxEffort = 1 << 20

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
				structure, known, back := bracket(data, i)
				s.effort += int64(back)
				switch {
				case !known, s.effort > maxEffort+base+int64(i):
					return ErrUnlike
				case !structure:
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
