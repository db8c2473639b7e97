package kept

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// filler reads JSON that plain made straight into a value: a listing of a large
// store is tens of megabytes.
type filler struct {
	dec    *jsontext.Decoder
	fields map[reflect.Type]map[string]int // by name, of the structs met so far
}

// fill reads JSON that plain made into a pointer to a struct.
func fill(data []byte, into any) error {
	f := &filler{dec: decoder(data), fields: map[reflect.Type]map[string]int{}}
	return f.value(reflect.ValueOf(into).Elem(), "")
}

// decoder takes what encoding/json takes, which is what documents are written by.
func decoder(data []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// What stands where something else belongs, for people.
var kinds = map[jsontext.Kind]string{'n': "null", 'f': "false", 't': "true", '"': "text", '0': "a number", '{': "an object", '[': "a list"}

func (f *filler) value(v reflect.Value, where string) error {
	kind := f.dec.PeekKind()
	wrong := func() error { return fmt.Errorf("%s: %s where a %s belongs", where, kinds[kind], v.Kind()) }
	want, known := f.kind(v)
	if !known {
		return wrong()
	}
	if kind != want && (want != 't' || kind != 'f') && kinds[kind] != "" {
		return wrong()
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		return f.value(v.Elem(), where)
	}
	token, err := f.dec.ReadToken()
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	if v.Type() == timeType {
		t, err := time.Parse(time.RFC3339Nano, token.String())
		if err != nil {
			return fmt.Errorf("%s: not a time", where)
		}
		v.Set(reflect.ValueOf(t))
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		return f.structure(v, where)
	case reflect.Slice:
		return f.list(v, where)
	case reflect.Map:
		return f.table(v, where)
	case reflect.String:
		v.SetString(token.String())
	case reflect.Bool:
		v.SetBool(token.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(token.String(), 10, 64)
		if err != nil || v.OverflowInt(n) {
			return wrong()
		}
		v.SetInt(n)
	case reflect.Float32, reflect.Float64:
		n, err := strconv.ParseFloat(token.String(), 64)
		if err != nil {
			return wrong()
		}
		v.SetFloat(n)
	}
	return nil
}

// kind is what a value begins with; known is false for a type that is not kept.
func (f *filler) kind(v reflect.Value) (want jsontext.Kind, known bool) {
	if v.Type() == timeType {
		return '"', true
	}
	switch v.Kind() {
	case reflect.Struct:
		return '{', true
	case reflect.Map:
		return '{', v.Type().Key().Kind() == reflect.String
	case reflect.Slice:
		return '[', true
	case reflect.Pointer:
		return f.dec.PeekKind(), true // judged by what it points to
	case reflect.String:
		return '"', true
	case reflect.Bool:
		return 't', true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
		return '0', true
	}
	return 0, false
}

func (f *filler) structure(v reflect.Value, where string) error {
	fields := f.fields[v.Type()]
	if fields == nil {
		fields = map[string]int{}
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				fields[field.Name] = i
			}
		}
		f.fields[v.Type()] = fields
	}
	return f.members(where, func(name string) error {
		i, known := fields[name]
		if !known {
			return fmt.Errorf("%s.%.60s is not known to this version", where, name)
		}
		return f.value(v.Field(i), where+"."+name)
	})
}

func (f *filler) list(v reflect.Value, where string) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for i := 0; f.dec.PeekKind() != ']'; i++ {
		v.Grow(1)
		v.SetLen(i + 1)
		if err := f.value(v.Index(i), where); err != nil {
			return err
		}
	}
	_, err := f.dec.ReadToken()
	return err
}

func (f *filler) table(v reflect.Value, where string) error {
	v.Set(reflect.MakeMap(v.Type()))
	return f.members(where, func(name string) error {
		element := reflect.New(v.Type().Elem()).Elem()
		if err := f.value(element, where+"."+name); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), element)
		return nil
	})
}

// members lets read take the value of each member of the object that was begun.
func (f *filler) members(where string, read func(name string) error) error {
	for f.dec.PeekKind() != '}' {
		name, err := f.dec.ReadToken()
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if err := read(name.String()); err != nil {
			return err
		}
	}
	_, err := f.dec.ReadToken()
	return err
}
