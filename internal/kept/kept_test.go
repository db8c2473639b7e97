package kept_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/kept"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// stuff gives every field of a value something to keep, so that a field of a
// kind that can't be kept, or one that is forgotten, fails the test.
func stuff(v reflect.Value, n *int) {
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2025, 11, 14, 12, 0, *n%60, *n, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				stuff(v.Field(i), n)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		stuff(v.Index(0), n)
		stuff(v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		element := reflect.New(v.Type().Elem()).Elem()
		stuff(element, n)
		v.SetMapIndex(reflect.ValueOf("key").Convert(v.Type().Key()), element)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		stuff(v.Elem(), n)
	case reflect.String:
		v.SetString("<text> \x1b[1m " + strings.Repeat("x", *n%7))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(*n) / 4)
	default:
		v.SetInt(int64(*n))
	}
}

func TestWhatIsKeptComesBackAsItWas(t *testing.T) {
	t.Parallel()
	var snapshot directory.Snapshot
	var state upstream.State
	n := 0
	stuff(reflect.ValueOf(&snapshot).Elem(), &n)
	stuff(reflect.ValueOf(&state).Elem(), &n)
	snapshot.Input = 0
	for name, doc := range map[string]kept.Document{
		"a snapshot": {Snapshot: &snapshot, Source: "identitystore://us-east-2"},
		"a state":    {Upstream: &state, Taken: 12, Source: "okta://example"},
		"a listing of nothing is not a listing that is missing": {Snapshot: &directory.Snapshot{Users: []directory.User{}, AllUsers: true}},
	} {
		var b bytes.Buffer
		if err := doc.Write(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := kept.Read(b.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(doc, got); diff != "" {
			t.Errorf("%s came back changed (-written +read):\n%s", name, diff)
		}
	}
}

func TestADocumentOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ text, want string }{
		"a field that is not known":  {`{"schema":"scimtrail/kept/v1","snapshot":{"Partial":true}}`, "Partial is not known to this version"},
		"another schema":             {`{"schema":"scimtrail/kept/v2","snapshot":{}}`, "another version wrote it"},
		"nothing":                    {`{"schema":"scimtrail/kept/v1"}`, "holds nothing"},
		"a value of the wrong shape": {`{"schema":"scimtrail/kept/v1","snapshot":{"Users":"all"}}`, "where a slice belongs"},
		"cut short":                  {`{"schema":"scimtrail/kept/v1","snap`, "reading what was kept"},
	} {
		if _, err := kept.Read([]byte(row.text)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: the error is %v, which does not say %q", name, err, row.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"schema":"scimtrail/kept/v1","snapshot":{"Store":"d-9a67000001","Users":[{"ID":"u"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := kept.Read(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := doc.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := kept.Read(b.Bytes())
		if err != nil {
			t.Fatalf("what was read can't be read again: %v", err)
		}
		if diff := cmp.Diff(doc, again); diff != "" {
			t.Error(diff)
		}
	})
}

// BenchmarkRead reads the listing of a company of 20,000 with 100,000 memberships.
func BenchmarkRead(b *testing.B) {
	s := directory.Snapshot{Store: "d-9a67000001", AllUsers: true, AllGroups: true}
	at := time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)
	for i := range 20_000 {
		name := fmt.Sprintf("person.%05d@example.com", i)
		s.Users = append(s.Users, directory.User{ID: fmt.Sprintf("a4f8c478-2001-70b2-2222-%012d", i), UserName: name, Email: name, Status: "ENABLED", Audit: directory.Audit{CreatedAt: at, UpdatedAt: at}})
	}
	for i := range 100_000 {
		s.Memberships = append(s.Memberships, directory.Membership{ID: fmt.Sprintf("a4f8c478-2001-70b2-3333-%012d", i), Group: fmt.Sprintf("a4f8c478-2001-70b2-1111-%012d", i%2000),
			User: s.Users[i%20_000].ID, Audit: directory.Audit{CreatedAt: at, UpdatedAt: at}})
	}
	var text bytes.Buffer
	if err := (kept.Document{Snapshot: &s}).Write(&text); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := kept.Read(text.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}
