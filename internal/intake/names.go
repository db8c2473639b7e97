package intake

import (
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

// product stands in the name of every log file.
const product = "_CloudTrail_"

// NameOf reads the name that CloudTrail gives a log file: account, Region and the
// minute of delivery (cloudtrail reference 4.1), as in
// 111122223333_CloudTrail_us-east-2_20251002T0905Z_Abcdefghijklmnop.json.gz.
func NameOf(rel string) (at casefile.Place, delivered time.Time, ok bool) {
	const stamp = "20060102T1504Z"
	rest := rel[strings.LastIndexByte(rel, '/')+1:]
	if len(rest) < 12+len(product) || !made(rest[:12], digit) || rest[12:12+len(product)] != product {
		return casefile.Place{}, time.Time{}, false
	}
	at.Account, rest = rest[:12], rest[12+len(product):]
	at.Region, rest, ok = strings.Cut(rest, "_")
	if !ok || len(at.Region) == 0 || len(at.Region) > 40 || !made(at.Region, regional) || len(rest) <= len(stamp) {
		return casefile.Place{}, time.Time{}, false
	}
	delivered, err := time.Parse(stamp, rest[:len(stamp)])
	rest = strings.TrimPrefix(rest[len(stamp):], "_")
	rest = strings.TrimSuffix(strings.TrimSuffix(rest, ".gz"), ".zst")
	random, ok := strings.CutSuffix(rest, ".json")
	if err != nil || !ok || random == "" || !made(random, random62) {
		return casefile.Place{}, time.Time{}, false
	}
	return at, delivered, true
}

// made reports whether all of s is of a kind.
func made(s string, of func(byte) bool) bool {
	for i := range len(s) {
		if !of(s[i]) {
			return false
		}
	}
	return true
}

func digit(c byte) bool    { return '0' <= c && c <= '9' }
func regional(c byte) bool { return digit(c) || 'a' <= c && c <= 'z' || c == '-' }
func random62(c byte) bool { return digit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// Only says what is asked about. Log files whose names in S3 show that they can
// hold nothing of it are not opened. The zero Only is everything.
type Only struct {
	Account, Region string // "": any
	// Span is when the events happened; the zero Span is any time.
	Span span.Span
}

// CloudTrail names a file by the minute of its delivery, mostly some minutes after
// the events (cloudtrail reference 4.2).
const (
	// late is how long after the end of what is asked about files are still
	// opened. Where a bucket refuses, CloudTrail tries again for 30 days; what is
	// delivered later than late is not looked for, and a note says so.
	late = 24 * time.Hour
	// early is for clocks that differ: no event is delivered before it happens.
	early = time.Hour
)

// reason is why a log file is not opened.
type reason int

const (
	wanted    reason = iota
	elsewhere        // of another account or Region
	before           // delivered before what is asked about
	after            // delivered more than late after it
)

// Wants reports whether a file of that name can hold something of what is asked
// about: all do but log files whose names show that they can't.
func (o *Only) Wants(name string) bool {
	e := Entry{Rel: name}
	e.name()
	return o.judge(&e) == wanted
}

// Deliveries returns when the log files were delivered that are opened for what
// is asked about; a zero From is from the beginning.
func (o *Only) Deliveries() span.Span {
	out := o.Span
	if !out.From.IsZero() {
		out.From = out.From.Add(-early)
	}
	if !out.To.IsZero() {
		out.To = out.To.Add(late)
	}
	return out
}

// judge looks at a file's name.
func (o *Only) judge(e *Entry) reason {
	at, delivered := e.at, e.delivered
	switch {
	case !e.log || *o == (Only{}):
		return wanted
	case o.Account != "" && o.Account != at.Account, o.Region != "" && o.Region != at.Region:
		return elsewhere
	case o.Span == (span.Span{}):
		return wanted
	case delivered.Before(o.Span.From.Add(-early)):
		return before
	case delivered.After(o.Span.To.Add(late)):
		return after
	}
	return wanted
}

// clip takes off ground what was not looked at because files were not opened:
// false when nothing is left.
func (o *Only) clip(c *casefile.Cover) bool {
	if o.Account != "" && c.Account != "" && c.Account != o.Account || o.Region != "" && c.Region != "" && c.Region != o.Region {
		return false
	}
	if o.Span != (span.Span{}) {
		c.Span = c.Span.Intersect(o.Span)
	}
	return !c.Span.Empty()
}
