package scan

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// member is one of the names at the top of a value that say what it is.
type member int

const (
	eventSource member = iota
	eventName
	eventTime
	awsRegion
	recipientAccountID
	userIdentity
	eventVersion
	cloudTrailEvent // of lookup-events
	detail          // of EventBridge
	detailType
	message // of SNS and of log events
	body    // of SQS
	members
)

var memberNames = map[string]member{
	"eventSource": eventSource, "eventName": eventName, "eventTime": eventTime, "awsRegion": awsRegion,
	"recipientAccountId": recipientAccountID, "userIdentity": userIdentity, "eventVersion": eventVersion,
	"CloudTrailEvent": cloudTrailEvent, "detail": detail, "detail-type": detailType,
	"message": message, "body": body,
}

// lowered are the same names as exporters write them, in lower case
// (cloudtrail reference 5.1, 5.2).
var lowered = func() map[string]member {
	m := make(map[string]member, len(memberNames))
	for name, id := range memberNames {
		m[strings.ToLower(name)] = id
	}
	return m
}()

const longestName = len("recipientAccountId")

// found are the members of one value: where each lies, relative to its start.
type found struct {
	at    [members]extent
	exact [members]bool
	twice [members]bool // named more than once, in whatever case
	count int           // of all members, known or not
}

type extent struct{ from, to int }

func (e extent) empty() bool { return e.to == 0 }

// note takes one member. As for encoding/json the last of several wins, and a
// name in its own spelling wins over one in another case.
func (m *found) note(name []byte, from, to int) {
	m.count++
	id, exact, ok := memberOf(name)
	if !ok {
		return
	}
	if !m.at[id].empty() {
		m.twice[id] = true
		if m.exact[id] && !exact {
			return
		}
	}
	m.at[id], m.exact[id] = extent{from, to}, exact
}

// memberOf reads a quoted name.
func memberOf(quoted []byte) (id member, exact, ok bool) {
	name := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name, _ = jsontext.AppendUnquote(nil, quoted)
	}
	if len(name) > longestName {
		return 0, false, false
	}
	if id, ok := memberNames[string(name)]; ok {
		return id, true, true
	}
	var lower [longestName]byte
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	id, ok = lowered[string(lower[:len(name)])]
	return id, false, ok
}

// text reads a member that is a string into scratch; "" when it is not one.
func (m *found) text(raw []byte, id member, scratch []byte) []byte {
	e := m.at[id]
	if e.empty() {
		return nil
	}
	return unquote(raw[e.from:e.to], scratch)
}

func unquote(quoted, scratch []byte) []byte {
	if len(quoted) < 2 || quoted[0] != '"' {
		return nil
	}
	if plain := quoted[1 : len(quoted)-1]; bytes.IndexByte(plain, '\\') < 0 {
		return plain
	}
	out, _ := jsontext.AppendUnquote(scratch[:0], quoted)
	return out
}

// object passes over the object that starts here and notes its members.
func (f *framer) object(m *found) error {
	*m = found{}
	f.pos++
	c, ok := f.peek()
	for ; ok && c != '}'; c, ok = f.peek() {
		name, value, err := f.member()
		if err != nil {
			return err
		}
		if err := f.skip(); err != nil {
			return err
		}
		if !f.over {
			m.note(f.buf[f.keep+name.from:f.keep+name.to], value, f.pos-f.keep)
		}
		if end, err := f.comma('}'); err != nil {
			return err
		} else if end {
			return nil
		}
	}
	if !ok {
		return errEnd
	}
	f.pos++
	return nil
}

// member passes over a name and its colon, up to the value. Both are given
// relative to keep.
func (f *framer) member() (name extent, value int, err error) {
	c, ok := f.peek()
	if !ok {
		return name, 0, errEnd
	}
	if c != '"' {
		return name, 0, f.unexpected(c, "a name")
	}
	name.from = f.pos - f.keep
	if err := f.str(); err != nil {
		return name, 0, err
	}
	name.to = f.pos - f.keep
	if err := f.colon(); err != nil {
		return name, 0, err
	}
	if _, ok := f.peek(); !ok {
		return name, 0, errEnd
	}
	return name, f.pos - f.keep, nil
}

// comma goes from the end of a member or element to the next; true when the
// object or array ends instead.
func (f *framer) comma(closing byte) (end bool, err error) {
	c, ok := f.peek()
	switch {
	case !ok:
		return false, errEnd
	case c == closing:
		f.pos++
		return true, nil
	case c != ',':
		return false, f.unexpected(c, "a comma or "+string(closing))
	}
	f.pos++
	if c, ok = f.peek(); !ok {
		return false, errEnd
	}
	if c == closing {
		return false, f.unexpected(c, "a value after the comma")
	}
	return false, nil
}
