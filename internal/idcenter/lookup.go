package idcenter

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// mostEvents is a page of LookupEvents.
const mostEvents = 50

// LookupEvents answers the CloudTrail operation of that name (cloudtrail
// reference 3): request and response are JSON bodies. now is the present;
// events younger than delay are not yet visible, and those older than 90 days
// no more. The error is an [*Error] with status 400, or one of Fetch.
func (l *Log) LookupEvents(request []byte, now time.Time, delay time.Duration) ([]byte, error) {
	q, refused := readLookup(request)
	if refused != nil {
		return nil, refused
	}
	found, next := l.find(q, now, delay)
	b := append(make([]byte, 0, 1500*(len(found)+1)), `{"Events":[`...)
	for i, p := range found {
		record, err := l.record(p.place, p.event)
		if err != nil {
			return nil, internal(err)
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendEvent(b, p.event, record)
	}
	b = append(b, ']')
	if next >= 0 {
		b = append(b, `,"NextToken":"`...)
		b = base64.URLEncoding.AppendEncode(b, []byte(q.bound+strconv.Itoa(next)))
		b = append(b, '"')
	}
	return append(b, '}'), nil
}

// appendEvent appends an event as LookupEvents shows it: the record is a text
// inside.
func appendEvent(b []byte, e Event, record []byte) []byte {
	b = appendMember(b, `{"EventId":`, e.ID)
	b = appendMember(b, `,"EventName":`, e.Name)
	b = appendMember(b, `,"ReadOnly":`, readOnlyText(e.ReadOnly))
	if e.AccessKey != "" {
		b = appendMember(b, `,"AccessKeyId":`, e.AccessKey)
	}
	b = append(b, `,"EventTime":`...)
	b = strconv.AppendInt(b, e.Time.Unix(), 10)
	b = appendMember(b, `.0,"EventSource":`, e.Source)
	if e.Username != "" {
		b = appendMember(b, `,"Username":`, e.Username)
	}
	b = appendMember(b, `,"Resources":[],"CloudTrailEvent":`, record)
	return append(b, '}')
}

func appendMember[T string | []byte](b []byte, name string, value T) []byte {
	// The error only says that the value held invalid UTF-8, which is replaced.
	b, _ = jsontext.AppendQuote(append(b, name...), value)
	return b
}

// placed is an event and where it is.
type placed struct {
	place int
	event Event
}

// lookup is a request of LookupEvents.
type lookup struct {
	term     *term
	from, to int64 // seconds, both inclusive
	max      int
	before   int    // place of the last event of the page before; -1 on the first
	bound    string // what a token begins with: the other parameters
	none     bool   // insight events are asked for, of which there are none
}

// find returns a page, newest first, and the place behind which the next goes
// on, or -1.
func (l *Log) find(q lookup, now time.Time, delay time.Duration) (page []placed, next int) {
	from := max(q.from, now.Add(-retention).Unix())
	to := min(q.to, now.Add(-delay).Unix())
	if q.none {
		return nil, -1
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	places := func(i int) int { return i }
	n := len(l.events)
	if q.term != nil {
		list := l.placesOf(*q.term)
		n = len(list)
		places = func(i int) int { return int(list[i]) }
	}
	// Places and the times under which they are listed rise together.
	end := search(n, func(i int) bool {
		p := places(i)
		return l.listed[p] > to || q.before >= 0 && p >= q.before
	})
	for i := end - 1; i >= 0; i-- {
		p := places(i)
		if l.listed[p] < from {
			break
		}
		if len(page) == q.max {
			return page, places(i + 1)
		}
		page = append(page, placed{p, l.events[p]})
	}
	return page, -1
}

// placesOf returns where the events are that have the attribute, in order.
func (l *Log) placesOf(t term) []int32 {
	if t.attribute != "EventId" {
		return l.by[t]
	}
	if place, ok := l.byID[t.value]; ok {
		return []int32{place}
	}
	return nil
}

func search(n int, f func(int) bool) int {
	i, j := 0, n
	for i < j {
		h := int(uint(i+j) >> 1)
		if !f(h) {
			i = h + 1
		} else {
			j = h
		}
	}
	return i
}

func lookupError(name, message string) *Error {
	return &Error{Status: 400, Name: name, Detail: message}
}

var lookupKeys = []string{"EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"}

func readLookup(request []byte) (lookup, *Error) {
	q := lookup{to: math.MaxInt64, from: math.MinInt64, max: mostEvents, before: -1}
	in, err := scim.DecodeObject(request, maxDepth)
	if err != nil {
		return q, lookupError("SerializationException", "The body is not a JSON object.")
	}
	if refused := q.readTerm(in); refused != nil {
		return q, refused
	}
	var ok bool
	if q.from, ok = bound(in, "StartTime", q.from, math.Ceil); !ok {
		return q, lookupError("SerializationException", "StartTime must be a number of seconds.")
	}
	if q.to, ok = bound(in, "EndTime", q.to, math.Floor); !ok {
		return q, lookupError("SerializationException", "EndTime must be a number of seconds.")
	}
	if has(in, "StartTime") && has(in, "EndTime") && q.from > q.to {
		return q, lookupError("InvalidTimeRangeException", "The start time must not be after the end time.")
	}
	if v, _ := in.Get("MaxResults"); v != nil {
		n, isNumber := v.(json.Number)
		most, err := strconv.Atoi(string(n))
		if !isNumber || err != nil || most < 1 || most > mostEvents {
			return q, lookupError("InvalidMaxResultsException", "MaxResults must be from 1 to 50.")
		}
		q.max = most
	}
	switch v, _ := in.Get("EventCategory"); v {
	case nil:
	case "insight":
		q.none = true
	default:
		return q, lookupError("InvalidEventCategoryException", "The event category must be insight, or be left out.")
	}
	q.bind(in)
	return q, q.readToken(in)
}

func (q *lookup) readTerm(in *scim.Object) *Error {
	v, _ := in.Get("LookupAttributes")
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		return lookupError("SerializationException", "LookupAttributes must be a list.")
	}
	if len(list) == 0 {
		return nil
	}
	o, ok := list[0].(*scim.Object)
	if !ok || len(list) > 1 {
		return lookupError("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
	}
	t := term{o.Text("AttributeKey"), o.Text("AttributeValue")}
	if !slices.Contains(lookupKeys, t.attribute) {
		return lookupError("InvalidLookupAttributesException", "The attribute key "+clip(t.attribute)+" is not one that can be looked up.")
	}
	if n := valueLength(t.value); n < 1 || n > 2000 {
		return lookupError("InvalidLookupAttributesException", "The attribute value must have 1 to 2000 characters.")
	}
	q.term = &t
	return nil
}

// valueLength counts characters as LookupEvents does: some count twice
// (cloudtrail reference 3.2).
func valueLength(s string) int {
	n := utf8.RuneCountInString(s)
	for _, double := range []string{"_", " ", ",", "\n"} {
		n += strings.Count(s, double)
	}
	return n
}

// bound reads a time in seconds, rounded to whole ones as events have them.
func bound(in *scim.Object, name string, otherwise int64, round func(float64) float64) (int64, bool) {
	v, _ := in.Get(name)
	if v == nil {
		return otherwise, true
	}
	n, ok := v.(json.Number)
	f, err := n.Float64()
	if !ok || err != nil || math.Abs(f) > 1e12 {
		return 0, false
	}
	return int64(round(f)), true
}

// bind makes what a token is bound to: all parameters but itself.
func (q *lookup) bind(in *scim.Object) {
	others := in.Clone()
	others.Delete("NextToken")
	others.Order("LookupAttributes", "StartTime", "EndTime", "EventCategory", "MaxResults")
	q.bound = walkOf("LookupEvents", string(encode(others)))
}

func (q *lookup) readToken(in *scim.Object) *Error {
	v, _ := in.Get("NextToken")
	if v == nil {
		return nil
	}
	invalidToken := lookupError("InvalidNextTokenException", "The token is not valid, or does not belong to this request.")
	b, err := base64.URLEncoding.DecodeString(textOf(v))
	place, ok := strings.CutPrefix(string(b), q.bound)
	if err != nil || !ok {
		return invalidToken
	}
	if q.before, err = strconv.Atoi(place); err != nil || q.before < 0 {
		return invalidToken
	}
	return nil
}
