package upstream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrUnrecognised is wrapped by the error of Parse for content that comes from
// none of the known origins.
var ErrUnrecognised = errors.New("nothing of an identity provider or a governance product")

// KindMixed is the kind of a file with entries of several kinds. The other kinds
// stand beside what recognises them.
const KindMixed = "upstream-several-kinds"

const (
	// patience is how many values at the beginning may be foreign before the
	// rest is left unread.
	patience = 16
	// maxResume bounds how often reading goes on at the next line after damage.
	maxResume = 100
)

// Parse reads what Okta, Entra ID or SailPoint printed (a single object, an array
// as their lists are, JSON lines, several outputs one after another, Microsoft
// Graph's {"value": [...]}), or a table of desired memberships in CSV. It
// returns the state, its kind, the number of entries taken, and an error that
// wraps ErrUnrecognised when no entry is known.
//
// A damaged line costs itself; what cannot be read is told in State.Problems.
//
// Okta's answer to "members of a group" names no group, so it counts as users
// only. {"groupId": "00g...", "users": [...]}, which names it, is read as that
// group's whole membership.
func Parse(data []byte) (State, string, int, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if first := bytes.TrimLeft(data, " \t\r\n"); len(first) > 0 && first[0] != '{' && first[0] != '[' {
		return parseDesired(data)
	}
	p := parser{kinds: map[string]bool{}, problems: map[string]bool{}}
	err := p.read(data)
	if p.taken == 0 {
		if err != nil {
			return State{}, "", 0, fmt.Errorf("%w: %w", ErrUnrecognised, err)
		}
		return State{}, "", 0, ErrUnrecognised
	}
	p.state.Problems = slices.Collect(maps.Keys(p.problems))
	kind := KindMixed
	if len(p.kinds) == 1 {
		kind = slices.Collect(maps.Keys(p.kinds))[0]
	}
	return Merge(p.state), kind, p.taken, nil
}

type parser struct {
	state    State
	kinds    map[string]bool
	problems map[string]bool
	taken    int
	foreign  int
}

func (p *parser) problem(format string, args ...any) {
	if len(p.problems) < maxProblems {
		p.problems[fmt.Sprintf(format, args...)] = true
	}
}

// lost reports whether enough was seen to say that this is something else.
func (p *parser) lost() bool { return p.taken == 0 && p.foreign >= patience }

// read reads all values, and after damage goes on with the line below the one
// on which the damaged value begins. It returns the first damage.
func (p *parser) read(data []byte) error {
	var first error
	budget := 2 * len(data) // bytes that may be read in vain: damage must not cost the square of the size
	for range maxResume {
		start, end, err := p.values(data)
		if err == nil || p.lost() {
			return first
		}
		if first == nil {
			first = err
		}
		p.problem("damaged or cut short: %v", err)
		next := bytes.IndexByte(data[start:], '\n')
		if next < 0 {
			return first
		}
		if budget -= end - start; budget < 0 {
			break
		}
		data = data[start+next+1:]
	}
	p.problem("given up after damage in many places")
	return first
}

// values reads values up to the end, or to damage: it returns where the damaged
// value begins and where it was found to be damaged.
func (p *parser) values(data []byte) (start, end int, err error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(data), decoding)
	for !p.lost() {
		kind := dec.PeekKind()
		start := min(int(dec.InputOffset()), len(data))
		start = len(data) - len(bytes.TrimLeft(data[start:], " \t\r\n,"))
		var err error
		switch kind {
		case '{':
			var raw jsontext.Value
			if raw, err = dec.ReadValue(); err == nil {
				p.object(raw, true)
			}
		case '[', ']':
			_, err = dec.ReadToken()
			if err == nil && dec.StackDepth() > 1 {
				err = errNested
			}
		default:
			if _, err = dec.ReadToken(); err == io.EOF {
				return 0, 0, nil
			}
			p.foreign++
		}
		if err != nil {
			end := int(dec.InputOffset())
			if bad, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
				end, err = int(bad.ByteOffset), bad.Err
			}
			return start, max(start, min(end, len(data))), err
		}
	}
	return 0, 0, nil
}

var errNested = errors.New("arrays within arrays")

// object takes one entry, or the entries that it wraps.
func (p *parser) object(raw jsontext.Value, outer bool) {
	s := shapeOf(raw)
	if outer && s["value"] == '[' && len(s) <= 8 {
		p.wrapped(raw)
		return
	}
	for _, f := range forms {
		if !f.fits(s, raw) {
			continue
		}
		n := f.take(&p.state, raw)
		if n == 0 {
			p.problem("an entry that looks like %s lacks its id or its time", f.kind)
			break
		}
		p.taken += n
		p.kinds[f.kind] = true
		return
	}
	p.foreign++
	if p.taken > 0 {
		p.problem("entries of no known kind were left out")
	}
}

// wrapped takes the entries of a Microsoft Graph answer.
func (p *parser) wrapped(raw jsontext.Value) {
	var page struct {
		Value []jsontext.Value `json:"value"`
		Next  string           `json:"@odata.nextLink"`
	}
	if json.Unmarshal(raw, &page, decoding) != nil {
		p.foreign++
		return
	}
	before := p.taken
	for _, v := range page.Value {
		if p.lost() {
			return
		}
		if v.Kind() == '{' {
			p.object(v, false)
		} else {
			p.foreign++
		}
	}
	if page.Next != "" && p.taken > before {
		p.problem("an answer of Microsoft Graph names a further page; whether it is here is not known")
	}
}

// shape is the members of an object: the kind of each value by name. It tells
// what an entry is without decoding it.
type shape map[string]jsontext.Kind

func shapeOf(raw jsontext.Value) shape {
	s := shape{}
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), decoding)
	if _, err := dec.ReadToken(); err != nil {
		return s
	}
	for dec.PeekKind() == '"' && len(s) < 200 {
		name, err := dec.ReadToken()
		if err != nil {
			return s
		}
		key := name.String()
		s[key] = dec.PeekKind()
		if dec.SkipValue() != nil {
			return s
		}
	}
	return s
}

// has reports whether all names are there, whatever their values.
func (s shape) has(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return s[name] == 0 })
}

// any reports whether one of the names is there.
func (s shape) any(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return s[name] != 0 })
}
