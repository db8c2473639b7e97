package recall

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/scimtrail/scimtrail/internal/diagnose"
)

// Values are written as they are, field after field: neither names nor types. Both
// sides are one build of the program, which the key of a shelf sees to. Texts keep
// bytes that are no UTF-8, and nil is told from empty, which JSON and gob would not
// do.

var (
	timeType  = reflect.TypeFor[time.Time]()
	causeType = reflect.TypeFor[*diagnose.Cause]()
)

var errDamaged = errors.New("what is remembered is damaged")

// appendValue appends what v points to. It panics on a type that can't be kept; a
// test keeps all that are.
func appendValue[T any](b []byte, v *T) []byte { return write(b, reflect.ValueOf(v).Elem()) }

func write(b []byte, v reflect.Value) []byte {
	switch v.Type() {
	case timeType:
		return appendTime(b, v.Interface().(time.Time))
	case causeType:
		return appendText(b, v.Interface().(*diagnose.Cause).Slug)
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Field(i)
			if !f.CanInterface() {
				panic("recall: " + v.Type().String() + " has a field that can't be kept")
			}
			b = write(b, f)
		}
	case reflect.Slice:
		if v.IsNil() {
			return binary.AppendUvarint(b, 0)
		}
		b = binary.AppendUvarint(b, uint64(v.Len())+1)
		for i := range v.Len() {
			b = write(b, v.Index(i))
		}
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, 0)
		}
		b = write(append(b, 1), v.Elem())
	case reflect.String:
		b = appendText(b, v.String())
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		b = append(b, 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		b = binary.AppendVarint(b, v.Int())
	default:
		panic("recall: a " + v.Kind().String() + " can't be kept")
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendTime writes whether there is a time, and its seconds, nanoseconds and the
// seconds that its place is east of UTC.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	_, east := t.Zone()
	b = binary.AppendVarint(append(b, 1), t.Unix())
	b = binary.AppendUvarint(b, uint64(t.Nanosecond()))
	return binary.AppendVarint(b, int64(east))
}

// reader reads what was written; after an error all it reads is zero. Texts are
// pieces of what it reads from.
type reader struct {
	text string
	err  error
}

// value reads into what v points to.
func value[T any](r *reader, v *T) { r.read(reflect.ValueOf(v).Elem()) }

func (r *reader) read(v reflect.Value) {
	switch v.Type() {
	case timeType:
		v.Set(reflect.ValueOf(r.time()))
		return
	case causeType:
		cause := causes()[r.string()]
		if cause == nil {
			r.fail()
			return
		}
		v.Set(reflect.ValueOf(cause))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			r.read(v.Field(i))
		}
	case reflect.Slice:
		n := r.count()
		if n == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 0, min(n-1, 1024))) // what is damaged may announce any number
		for i := range n - 1 {
			v.Grow(1)
			v.SetLen(i + 1)
			if r.read(v.Index(i)); r.err != nil {
				return
			}
		}
	case reflect.Pointer:
		if r.byte() == 1 {
			v.Set(reflect.New(v.Type().Elem()))
			r.read(v.Elem())
		}
	case reflect.String:
		v.SetString(r.string())
	case reflect.Bool:
		v.SetBool(r.byte() == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n := r.int()
		if v.OverflowInt(n) {
			r.fail()
			return
		}
		v.SetInt(n)
	default:
		panic(fmt.Sprintf("recall: a %s can't be kept", v.Kind()))
	}
}

func (r *reader) fail() { r.text, r.err = "", errDamaged }

func (r *reader) byte() byte {
	if r.text == "" {
		r.fail()
		return 0
	}
	b := r.text[0]
	r.text = r.text[1:]
	return b
}

func (r *reader) uint() uint64 {
	var n uint64
	for shift := uint(0); shift < 64; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	r.fail()
	return 0
}

// int undoes the zigzag of encoding/binary.
func (r *reader) int() int64 {
	n := r.uint()
	return int64(n>>1) ^ -int64(n&1)
}

// count reads how many follow, each of which takes a byte at least.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.text))+1 {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) string() string {
	n := r.uint()
	if n > uint64(len(r.text)) {
		r.fail()
		return ""
	}
	s := r.text[:n]
	r.text = r.text[n:]
	return s
}

func (r *reader) time() time.Time {
	if r.byte() == 0 {
		return time.Time{}
	}
	seconds, nanoseconds, east := r.int(), r.uint(), r.int()
	if r.err != nil || nanoseconds >= 1e9 || east < math.MinInt32 || east > math.MaxInt32 {
		r.fail()
		return time.Time{}
	}
	t := time.Unix(seconds, int64(nanoseconds))
	if east == 0 {
		return t.UTC()
	}
	return t.In(time.FixedZone("", int(east)))
}
