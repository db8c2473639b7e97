package engine

import (
	"strings"
	"time"
)

// day counts days since 1970, in UTC.
type day int64

func dayOf(t time.Time) day { return day(t.UTC().Unix() / 86400) }

func (d day) start() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d day) String() string { return d.start().Format(time.DateOnly) }

// forever is where a span without a beginning begins, and where one without an
// end ends.
const (
	never   = day(-1 << 40)
	forever = day(1 << 40)
)

// dayKey is the key, or the three, that say which day a partition is of.
type dayKey struct {
	single           Partition
	year, month, day Partition
	triple           bool
}

// dayKey returns the key of the day.
func (t *Table) dayKey() (dayKey, bool) {
	year, y := t.partition("year")
	month, m := t.partition("month")
	of, d := t.partition("day")
	if y && m && d {
		return dayKey{year: year, month: month, day: of, triple: true}, true
	}
	if y || m { // a year alone narrows nothing that we know how to say
		return dayKey{}, false
	}
	single, ok := t.partition(dayKeys...)
	return dayKey{single: single}, ok
}

// condition returns the SQL that is true for the partitions from first to last;
// "" when the key can't be compared.
func (k dayKey) condition(first, last day) string {
	if k.triple {
		cast := func(p Partition, width string) string {
			return "lpad(CAST(" + Identifier(p.Name) + " AS varchar), " + width + ", '0')"
		}
		return between(cast(k.year, "4")+" || "+cast(k.month, "2")+" || "+cast(k.day, "2"), first, last, written("20060102"))
	}
	name := Identifier(k.single.Name)
	switch kindOf(k.single.Type) {
	case date:
		return between(name, first, last, func(t time.Time) string { return "DATE " + literal(t.Format(time.DateOnly)) })
	case text:
		if k.single.Format == "" {
			// Whatever stands between the digits, and whatever follows the day.
			return between("substr(regexp_replace("+name+", '[^0-9]', ''), 1, 8)", first, last, written("20060102"))
		}
		if layout, ok := goLayout(k.single.Format); ok {
			return between(name, first, last, written(layout))
		}
	}
	return ""
}

func written(layout string) func(time.Time) string {
	return func(t time.Time) string { return literal(t.Format(layout)) }
}

// between compares an expression with the ends that there are: the first moment
// of first and the last hour of last, for keys of hours.
func between(expression string, first, last day, value func(time.Time) string) string {
	var both []string
	if first != never {
		both = append(both, expression+" >= "+value(first.start()))
	}
	if last != forever {
		both = append(both, expression+" <= "+value(last.start().Add(23*time.Hour)))
	}
	if len(both) == 0 {
		return "true"
	}
	return strings.Join(both, " AND ")
}

// goLayout turns a pattern of Java into a layout of Go. It knows the patterns that
// sort as their days do: year before month before day before hour.
func goLayout(pattern string) (string, bool) {
	order := []struct{ java, layout string }{{"yyyy", "2006"}, {"MM", "01"}, {"dd", "02"}, {"HH", "15"}}
	var out strings.Builder
	seen := 0
	for rest := pattern; rest != ""; {
		switch {
		case seen < len(order) && strings.HasPrefix(rest, order[seen].java):
			out.WriteString(order[seen].layout)
			rest = rest[len(order[seen].java):]
			seen++
		case strings.IndexByte("/-_. ", rest[0]) >= 0:
			out.WriteByte(rest[0])
			rest = rest[1:]
		default:
			return "", false
		}
	}
	return out.String(), seen >= 3
}
