package cloudtrail

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// The layouts in which times stand in records and in what people export:
// eventTime itself, STS creation dates in basic form, Lake and Athena
// timestamps, and Java's human form inside requestParameters and
// responseElements (cloudtrail reference 1.4, 1.6, 5.1). None of the last two
// names a zone; both are UTC.
var layouts = []string{
	time.RFC3339Nano,
	"20060102T150405Z",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02 15:04:05.999999999 MST",
	"2006-01-02 15:04:05.999999999Z07:00",
	"Jan 2, 2006 3:04:05 PM",
	"Jan 2, 2006, 3:04:05 PM",
}

// ParseTime reads a time in any of the forms that records and their exports
// use, epoch seconds and milliseconds included, and returns it in UTC.
func ParseTime(s string) (time.Time, error) {
	// Newer Java runtimes put a narrow no-break space before AM and PM.
	if strings.Contains(s, "\u202f") || strings.Contains(s, "\u00a0") {
		s = strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(s)
	}
	s = strings.TrimSpace(s)
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Year() < 1 || t.Year() > 9999 {
				break
			}
			return t.UTC(), nil
		}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f >= 0 && f < 1e15 {
		if f >= 1e11 { // milliseconds: as seconds this would lie beyond the year 5138
			f /= 1000
		}
		whole, part := math.Modf(f)
		return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time", s)
}
