package kept

import (
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
