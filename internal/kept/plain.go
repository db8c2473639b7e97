package kept

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// The types of directory and upstream carry json tags for what services print;
// some fields are none of that ("-") and must be kept all the same. So values
// are turned into maps by their Go names and back, whatever their tags.

var timeType = reflect.TypeFor[time.Time]()

// plain turns a pointer to a struct into maps, lists and scalars for
// encoding/json.
func plain(from any) any { return plainValue(reflect.ValueOf(from).Elem()) }

func plainValue(v reflect.Value) any {
	if v.Type() == timeType {
		return v.Interface().(time.Time).UTC().Format(time.RFC3339Nano)
	}
	switch v.Kind() {
	case reflect.Struct:
		out := map[string]any{}
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).IsExported() && worthKeeping(f) {
				out[v.Type().Field(i).Name] = plainValue(f)
			}
		}
		return out
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = plainValue(v.Index(i))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, key := range v.MapKeys() {
			out[key.String()] = plainValue(v.MapIndex(key))
		}
		return out
	case reflect.Pointer:
		return plainValue(v.Elem())
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Float32, reflect.Float64:
		return v.Float()
	}
	panic("kept: a field of kind " + v.Kind().String()) // no type that is kept has one; a test walks them
}

// worthKeeping leaves zero values out, but not an empty list that is not nil:
// it can mean "listed, and nothing there".
func worthKeeping(v reflect.Value) bool {
	if v.Kind() == reflect.Slice || v.Kind() == reflect.Map {
		return !v.IsNil()
	}
	return !v.IsZero()
}

// fill reads JSON that plain made into a pointer to a struct.
func fill(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return err
	}
	return fillValue(reflect.ValueOf(into).Elem(), value, "")
}

func fillValue(v reflect.Value, value any, where string) error {
	wrong := func() error { return fmt.Errorf("%s: %T where a %s belongs", where, value, v.Kind()) }
	if v.Type() == timeType {
		text, _ := value.(string)
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return fmt.Errorf("%s: not a time", where)
		}
		v.Set(reflect.ValueOf(t))
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		fields, ok := value.(map[string]any)
		if !ok {
			return wrong()
		}
		for name, field := range fields {
			f, known := v.Type().FieldByName(name)
			if !known || !f.IsExported() {
				return fmt.Errorf("%s.%.60s is not known to this version", where, name)
			}
			if err := fillValue(v.FieldByIndex(f.Index), field, where+"."+name); err != nil {
				return err
			}
		}
	case reflect.Slice:
		list, ok := value.([]any)
		if !ok {
			return wrong()
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i, element := range list {
			if err := fillValue(v.Index(i), element, where); err != nil {
				return err
			}
		}
	case reflect.Map:
		fields, ok := value.(map[string]any)
		if !ok || v.Type().Key().Kind() != reflect.String {
			return wrong()
		}
		v.Set(reflect.MakeMapWithSize(v.Type(), len(fields)))
		for name, field := range fields {
			element := reflect.New(v.Type().Elem()).Elem()
			if err := fillValue(element, field, where+"."+name); err != nil {
				return err
			}
			v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), element)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fillValue(v.Elem(), value, where)
	case reflect.String:
		text, ok := value.(string)
		if !ok {
			return wrong()
		}
		v.SetString(text)
	case reflect.Bool:
		truth, ok := value.(bool)
		if !ok {
			return wrong()
		}
		v.SetBool(truth)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		number, _ := value.(json.Number)
		n, err := number.Int64()
		if err != nil || v.OverflowInt(n) {
			return wrong()
		}
		v.SetInt(n)
	case reflect.Float32, reflect.Float64:
		number, _ := value.(json.Number)
		n, err := number.Float64()
		if err != nil {
			return wrong()
		}
		v.SetFloat(n)
	default:
		return wrong()
	}
	return nil
}
