package scim_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// object decodes JSON that a test is sure of.
func object(t testing.TB, text string) *scim.Object {
	t.Helper()
	o, err := scim.DecodeObject([]byte(text), 20)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return o
}

// written is the JSON of an object.
func written(t testing.TB, o *scim.Object) string {
	t.Helper()
	b, err := o.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAnObjectIsWrittenAsItWasRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`,
		`{"b":1,"a":[],"C":{},"d":null,"e":[1,[2,{"f":true}]],"g":false}`,
		`{"n":[0,-1,1.50,1e400,123456789012345678901234567890]}`,
		`{"userName":"zoë \"z\" \\ 王 😀"}`,
	} {
		if got := written(t, object(t, text)); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
}

func TestMembersAreFoundRegardlessOfCaseAndKeepTheirSpelling(t *testing.T) {
	t.Parallel()
	o := object(t, `{"UserName":"a","nickName":null,"active":true}`)
	if v, ok := o.Get("username"); !ok || v != "a" {
		t.Errorf("username: %v, %v", v, ok)
	}
	if v, ok := o.Get("NICKNAME"); !ok || v != nil {
		t.Errorf("a null is there and is nil: %v, %v", v, ok)
	}
	if v, ok := o.Get("title"); ok {
		t.Errorf("title is absent, got %v", v)
	}
	if _, ok := o.Get("nic\u212aName"); ok {
		t.Error("the Kelvin sign passes for a k in a name")
	}
	o.Set("USERNAME", "b")
	o.Set("title", "Guide")
	o.Delete("NickName")
	o.Order("active", "absent", "title")
	if got, want := written(t, o), `{"active":true,"title":"Guide","UserName":"b"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestACloneSharesNothing(t *testing.T) {
	t.Parallel()
	o := object(t, `{"emails":[{"value":"a"}]}`)
	emails, _ := o.Clone().Get("emails")
	emails.([]any)[0].(*scim.Object).Set("value", "b")
	if got, want := written(t, o), `{"emails":[{"value":"a"}]}`; got != want {
		t.Errorf("the original became %s", got)
	}
}

func TestDecodeObjectSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	var wide strings.Builder
	for i := range scim.MaxMembers + 1 {
		fmt.Fprintf(&wide, `,"a%d":0`, i)
	}
	for _, row := range []struct {
		says, text string
		offset     int
		problem    string
	}{
		{"nothing", ``, 0, "the body is empty"},
		{"blanks", " \n", 0, "the body is empty"},
		{"no JSON", `{"a":}`, 5, "invalid character '}' looking for beginning of value"},
		{"half of it", `{"a":1`, 5, "unexpected end of JSON input"},
		{"a second value", `{} {}`, 3, "invalid character '{' after top-level value"},
		{"a list", ` []`, 1, "a JSON object is wanted here"},
		{"a name twice", `{"a":1,"b":2,"a":3}`, 13, `the name "a" occurs twice`},
		{"a name twice in different case", `{"userName":1,"username":2}`, 14, `the name "username" occurs twice`},
		{"a name twice in a wide object", `{"a":0` + strings.Repeat(" ", 3) + wideObject(40) + `,"X39":1}`, 0, `the name "X39" occurs twice`},
		{"a name twice, deep inside", `{"a":[{"b":1,"B":2}]}`, 13, `the name "B" occurs twice`},
		{"too deep", `{"a":[[[[]]]]}`, 8, "objects and arrays lie too deep in each other"},
		{"too wide", `{"x":0` + wide.String() + `}`, 0, "an object has more than 1000 members"},
		{"not UTF-8", "{\"a\":\"\xff\"}", 6, "the text is not UTF-8"},
	} {
		_, err := scim.DecodeObject([]byte(row.text), 4)
		got, ok := errors.AsType[*scim.SyntaxError](err)
		if !ok {
			t.Errorf("%s: got %v, want a *SyntaxError", row.says, err)
			continue
		}
		if row.offset == 0 {
			row.offset = got.Offset // not worth counting in the long ones
		}
		want := &scim.SyntaxError{Type: scim.InvalidSyntax, Offset: row.offset, Problem: row.problem}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", row.says, diff)
		}
	}
}

func wideObject(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"x%d":0`, i)
	}
	return b.String()
}

func TestValuesThatAreNoJSONAreAnError(t *testing.T) {
	t.Parallel()
	if b, err := scim.NewObject(scim.Member{Name: "a", Value: []any{3.5}}).AppendJSON(nil); err == nil {
		t.Errorf("a float64 was written as %s", b)
	}
}

// What an object writes is the JSON that encoding/json reads, for any text.
func TestTextIsWrittenAsEncodingJSONReadsIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		b, err := scim.NewObject(scim.Member{Name: "a", Value: text}).AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if want := string(bytes.ToValidUTF8([]byte(text), nil)); strings.ReplaceAll(got["a"], "\uFFFD", "") != strings.ReplaceAll(want, "\uFFFD", "") {
			t.Fatalf("got %q, want %q", got["a"], want)
		}
	})
}

func TestOrderMovesOnlyWhatItNames(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,2}`), 0, 8, rapid.ID).Draw(t, "names")
		front := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,2}`), 0, 8, rapid.ID).Draw(t, "front")
		o := scim.NewObject()
		for _, name := range names {
			o.Set(name, true)
		}
		var want, got []string
		for _, name := range front {
			if slices.Contains(names, name) {
				want = append(want, name)
			}
		}
		for _, name := range names {
			if !slices.Contains(front, name) {
				want = append(want, name)
			}
		}
		for name := range o.Order(front...).All() {
			got = append(got, name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
}
