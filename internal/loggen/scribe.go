package loggen

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// scribe writes the records of one file.
type scribe struct {
	b    []byte // the record that is being written
	r    *rand.Rand
	cast *cast
	file *File

	now     time.Time // of the record
	callers map[kindOfCaller][]*caller
	caller  *caller // of the record; nil when a service calls
	again   *caller // to take once more
	service string  // of the record: ec2
	// chosen are the names from the cast that the record has used: a bucket that
	// is named twice in a record is the same bucket.
	chosen [kinds]string
}

// fill writes what stands in a template's place.
type fill func(*scribe, [2]int)

// fills are the places that a template can have. Those of a pool give the same
// name throughout a record.
var fills = map[string]fill{
	"account":  func(s *scribe, _ [2]int) { s.b = append(s.b, s.file.Account...) },
	"region":   func(s *scribe, _ [2]int) { s.b = append(s.b, s.file.Region...) },
	"service":  func(s *scribe, _ [2]int) { s.b = append(s.b, s.service...) },
	"rolename": func(s *scribe, _ [2]int) { s.b = append(s.b, s.caller.role...) },
	"uuid":     func(s *scribe, _ [2]int) { s.uuid() },
	"hex":      func(s *scribe, a [2]int) { s.random(a[0], "0123456789abcdef") },
	"HEX":      func(s *scribe, a [2]int) { s.random(a[0], "0123456789ABCDEF") },
	"base32":   func(s *scribe, a [2]int) { s.random(a[0], base32) },
	"base64":   func(s *scribe, a [2]int) { s.random(a[0], base64) },
	"number":   func(s *scribe, a [2]int) { s.number(a[0] + s.r.IntN(a[1]-a[0]+1)) },
	"time":     func(s *scribe, _ [2]int) { s.stamp(s.now) },
	"earlier":  func(s *scribe, a [2]int) { s.stamp(s.now.Add(-time.Duration(s.r.IntN(a[0])) * time.Second)) },
	"javatime": func(s *scribe, a [2]int) {
		s.b = s.now.Add(time.Duration(a[0])*time.Second).AppendFormat(s.b, "Jan 2, 2006, 3:04:05 PM")
	},
	"day":     func(s *scribe, _ [2]int) { s.b = s.now.AppendFormat(s.b, "2006/01/02") },
	"private": func(s *scribe, _ [2]int) { s.address("10.", 4) },

	"bucket":   pooled(buckets),
	"key":      pooled(keys),
	"table":    pooled(tables),
	"function": pooled(functions),
	"role":     pooled(roles),
	"queue":    pooled(queues),
	"cluster":  pooled(clusters),
	"secret":   pooled(secrets),
	"instance": pooled(instances),
	"subnet":   pooled(subnets),
	"vpc":      pooled(vpcs),
	"security": pooled(securityGroups),
	"image":    pooled(images),
	"team":     pooled(teams),
}

func pooled(kind int) fill {
	return func(s *scribe, _ [2]int) {
		if s.chosen[kind] == "" {
			s.chosen[kind] = s.pick(s.cast.names[kind])
		}
		s.b = append(s.b, s.chosen[kind]...)
	}
}

const (
	base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

// pick takes one of a list, the first ones more often than the last ones.
func (s *scribe) pick(list []string) string { return list[s.skewed(len(list))] }

// skewed is a number below n, small ones more often than large ones.
func (s *scribe) skewed(n int) int { return min(s.r.IntN(n), s.r.IntN(n), s.r.IntN(n)) }

// random appends n characters of an alphabet of 16, 32 or 64.
func (s *scribe) random(n int, alphabet string) {
	var bits uint64
	left := 0
	for range n {
		if left == 0 {
			bits, left = s.r.Uint64(), 10
		}
		s.b = append(s.b, alphabet[bits&uint64(len(alphabet)-1)])
		bits >>= 6
		left--
	}
}

// uuid appends a random UUID (version 4).
func (s *scribe) uuid() {
	const hex = "0123456789abcdef"
	a, b := s.r.Uint64(), s.r.Uint64()
	a = a&^0xf000 | 0x4000
	b = b&^(3<<62) | 2<<62
	for i := range 32 {
		v := a
		if i >= 16 {
			v = b
		}
		switch i {
		case 8, 12, 16, 20:
			s.b = append(s.b, '-')
		}
		s.b = append(s.b, hex[v>>(60-4*(i&15))&15])
	}
}

// id is a random UUID as a string.
func (s *scribe) id() string {
	start := len(s.b)
	s.uuid()
	id := string(s.b[start:])
	s.b = s.b[:start]
	return id
}

func (s *scribe) number(n int) { s.b = strconv.AppendInt(s.b, int64(n), 10) }

func (s *scribe) stamp(t time.Time) { s.b = t.AppendFormat(s.b, "2006-01-02T15:04:05Z") }

// address appends an address in a network of which start is the first part;
// parts is how many numbers it has in all.
func (s *scribe) address(start string, parts int) {
	s.b = append(s.b, start...)
	have := 0
	for i := range start {
		if start[i] == '.' {
			have++
		}
	}
	for i := have; i < parts; i++ {
		if i > have {
			s.b = append(s.b, '.')
		}
		s.number(1 + s.r.IntN(254))
	}
}

// text appends what f writes to nothing and returns it.
func (s *scribe) text(f func()) string {
	start := len(s.b)
	f()
	out := string(s.b[start:])
	s.b = s.b[:start]
	return out
}
