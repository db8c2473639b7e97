package scan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// Shape says what a record was wrapped in.
type Shape string

// The shapes. What lookup-events prints is a choice of one account's events in
// one Region; EventBridge passes on what a rule lets through.
const (
	ShapeLog         Shape = "log"           // an element of Records
	ShapeRecord      Shape = "record"        // a bare record: alone, on a line, in an array
	ShapeText        Shape = "text"          // JSON text of a record in a JSON string
	ShapeLookup      Shape = "lookup-events" // CloudTrailEvent of lookup-events
	ShapeSummary     Shape = "summary"       // an event of lookup-events without its CloudTrailEvent
	ShapeEventBridge Shape = "eventbridge"   // detail of an EventBridge envelope
	ShapeMessage     Shape = "message"       // in a message of SNS or SQS or an event of CloudWatch Logs
)

// Record is one record that concerns identities.
type Record struct {
	Raw    []byte // a copy: the record's JSON text as it stood in the stream or in the text that wrapped it
	Shape  Shape
	Offset int64 // of the value that it stood in
}

// Records reads r and calls yield for every record that concerns identities, in
// the order of the stream. It returns an error only when yield did; what is
// wrong with the stream is in the profile.
func Records(r io.Reader, limits Limits, yield func(Record) error) (Profile, error) {
	in := newReading(limits, yield)
	extent, err := Values(r, in.limits, in.value)
	return in.profile(extent), err
}

// reading takes the values of one stream and passes on the records among them
// that concern identities.
type reading struct {
	*tally
	limits Limits
	yield  func(Record) error
	inner  []Damage // records inside other values that can't be read
}

func newReading(limits Limits, yield func(Record) error) *reading {
	return &reading{tally: newTally(), limits: limits.OrDefaults(), yield: yield}
}

func (in *reading) value(v *Value) error {
	raw, members, shape, err := peel(v, in.limits.Depth)
	switch {
	case err != nil:
		in.broken++
		if len(in.inner) < maxDamage {
			in.inner = append(in.inner, Damage{Offset: v.Offset, Reason: "the record inside a value can't be read: " + err.Error(), Lost: "the value at byte " + fmt.Sprint(v.Offset)})
		}
		return nil
	case shape == "":
		in.other++
		return nil
	}
	if !in.record(raw, members, shape) {
		return nil
	}
	return in.yield(Record{Raw: bytes.Clone(raw), Shape: shape, Offset: v.Offset})
}

// profile sums up, together with what the stream itself showed.
func (in *reading) profile(extent Extent) Profile {
	extent.Damages += in.broken
	extent.Damage = append(extent.Damage, in.inner...)
	extent.Damage = extent.Damage[:min(len(extent.Damage), maxDamage)]
	return in.tally.profile(extent)
}

const maxLayers = 4 // of wrapping, as EventBridge to SNS to SQS

// peel finds the record in a value. The shape is "" when there is none; the
// error says that there should be one and that it is damaged.
func peel(v *Value, depth int) (raw []byte, members *found, shape Shape, err error) {
	raw, members = v.Raw, &v.members
	switch v.Within {
	case "", "[]":
		shape = ShapeRecord
	case "Records":
		shape = ShapeLog
	case "Events":
		shape = ShapeSummary
	case "Rows", "QueryResultRows":
		return nil, nil, "", nil // tables: package intake reads them with Values
	default:
		shape = ShapeMessage
	}
	for range 2*maxLayers + 1 { // a text and an object each
		switch {
		case raw[0] == '"':
			text := bytes.TrimSpace(unquote(raw, nil))
			if len(text) == 0 || text[0] != '{' && text[0] != '"' {
				return nil, nil, "", nil
			}
			raw = text
			if shape == ShapeRecord {
				shape = ShapeText
			}
		case raw[0] != '{':
			return nil, nil, "", nil
		case members.isRecord(raw) && !members.opens(raw, cloudTrailEvent):
			return raw, members, shape, nil
		default:
			var inner member
			if inner, shape = members.wrapped(raw); shape == "" {
				return nil, nil, "", nil
			}
			raw = raw[members.at[inner].from:members.at[inner].to]
		}
		if raw[0] == '{' {
			f := frameBytes(raw, depth)
			f.hold()
			members = new(found)
			if err := f.object(members); err != nil {
				return nil, nil, "", err
			}
			if f.deep {
				return nil, nil, "", fmt.Errorf("it nests deeper than %d levels", depth)
			}
			raw = f.kept()
			if _, ok := f.peek(); ok {
				return nil, nil, "", errors.New("more follows behind it")
			}
		}
	}
	return nil, nil, "", nil
}

// wrapped returns the member that holds a record, if one may.
func (m *found) wrapped(raw []byte) (member, Shape) {
	switch {
	case m.opens(raw, cloudTrailEvent):
		return cloudTrailEvent, ShapeLookup
	case m.opens(raw, detail) && !m.at[detailType].empty():
		return detail, ShapeEventBridge
	case m.opens(raw, message):
		return message, ShapeMessage
	case m.opens(raw, body):
		return body, ShapeMessage
	}
	return 0, ""
}

// opens reports whether a member is there and is a text or an object.
func (m *found) opens(raw []byte, id member) bool {
	at := m.at[id]
	return !at.empty() && (raw[at.from] == '"' || raw[at.from] == '{')
}

// Profile is what one stream was seen to hold.
type Profile struct {
	Extent
	Records int // CloudTrail records of any service
	Yielded int // of these, the ones that concern identities
	Other   int // values that are no records
	Shapes  map[Shape]int
	Sources []string  // event sources, sorted, at most 32
	More    bool      // there were more sources
	Places  []Place   // sorted by account and Region
	Crowded bool      // there were more places than are counted
	Latest  time.Time // of the records; zero when no time could be read
}

// String sums the profile up for a message.
func (p *Profile) String() string {
	s := fmt.Sprintf("%d records", p.Records)
	if p.Records == 1 {
		s = "1 record"
	}
	if !p.Latest.IsZero() {
		s += ", the latest of " + p.Latest.Format(time.RFC3339)
	}
	return s
}

// sortedInto returns the keys of a set in order, in the memory of into.
func sortedInto(into []string, set map[string]bool) []string {
	into = slices.AppendSeq(into[:0], maps.Keys(set))
	slices.Sort(into)
	return into
}
