package intake_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/intake"
)

func TestRowsOfPresto(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"a row", `{type=AssumedRole, principalid=AROAEXAMPLE:ana, invokedby=null}`, `{"type":"AssumedRole","principalid":"AROAEXAMPLE:ana","invokedby":null}`},
		{"a row in a row", `{sessioncontext={attributes={mfaauthenticated=false, creationdate=2025-10-02T08:00:00Z}, sourceidentity=null}, x=1}`, `{"sessioncontext":{"attributes":{"mfaauthenticated":"false","creationdate":"2025-10-02T08:00:00Z"},"sourceidentity":null},"x":"1"}`},
		{"a list of rows", `[{arn=d-9a67000001, accountid=111122223333, type=IdentityStoreId}, {arn=x, accountid=y, type=z}]`, `[{"arn":"d-9a67000001","accountid":"111122223333","type":"IdentityStoreId"},{"arn":"x","accountid":"y","type":"z"}]`},
		{"a map with JSON text in it", `{groupId=abc, memberId={"userId":"d, e=f}"}, httpBody={"operations":[{"op":"ADD"}]}}`, `{"groupId":"abc","memberId":{"userId":"d, e=f}"},"httpBody":{"operations":[{"op":"ADD"}]}}`},
		{"JSON", ` {"a":[1,{"b":null}]} `, `{"a":[1,{"b":null}]}`},
		{"a value with commas", `{username=Doe, Jane (Ops), type=x}`, `{"username":"Doe, Jane (Ops)","type":"x"}`},
		{"a value with brackets", `{useragent=[aws-cli/2.1 {x}], type=x}`, `{"useragent":["aws-cli/2.1 {x}"],"type":"x"}`},
		{"a value with an equals sign", `{path=members[value eq "a=b"], op=REMOVE}`, `{"path":"members[value eq \"a=b\"]","op":"REMOVE"}`},
		{"an empty row", `{}`, `{}`},
		{"an empty value", `{a=, b=}`, `{"a":"","b":""}`},
		{"an empty list", `[]`, `[]`},
		{"null", `null`, `null`},
		{"plain text", `abc, d=e`, `"abc, d=e"`},
		{"a row that is not closed", `{a=b`, `"{a=b"`},
		{"a text that begins like a row", `{not a row}`, `"{not a row}"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := string(intake.AppendNested(nil, tt.in)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// presto prints a value as Presto does.
func presto(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, name+"="+presto(v[name]))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case []any:
		var elements []string
		for _, e := range v {
			elements = append(elements, presto(e))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	case nil:
		return "null"
	}
	return fmt.Sprint(v)
}

func TestWhatPrestoPrintsIsReadBack(t *testing.T) {
	t.Parallel()
	name := rapid.StringMatching(`[a-z]{1,12}`)
	plain := rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9:/@.+_-]{1,20}( [a-z]{1,5}(, [A-Z][a-z]*)?)?`).Filter(func(s string) bool { return s != "null" }).AsAny(), rapid.Just(any(nil)))
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		if depth == 0 {
			return plain
		}
		inner := rapid.Deferred(func() *rapid.Generator[any] { return value(depth - 1) })
		row := rapid.Custom(func(t *rapid.T) any { return rapid.MapOfN(name, inner, 1, 5).Draw(t, "row") })
		// In a list ", " always separates, so its plain values have none.
		rows := rapid.Custom(func(t *rapid.T) any { return []any{row.Draw(t, "element"), row.Draw(t, "element")} })
		return rapid.OneOf(plain, row, rows)
	}
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOfN(name, value(3), 1, 5).Draw(t, "row")
		text := presto(want)
		var got map[string]any
		if err := json.Unmarshal(intake.AppendNested(nil, text), &got); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
	})
}

// FuzzRow: whatever stands in a column, JSON comes of it.
func FuzzRow(f *testing.F) {
	f.Add(`{type=AssumedRole, sessioncontext={attributes={a=b}}, x=[1, 2]}`)
	f.Add(`{a={"b":{"c":[1]}}, d=null}`)
	f.Add(strings.Repeat("{a=", 100))
	f.Add(`[{a=b}, {c=d]`)
	f.Fuzz(func(t *testing.T, text string) {
		out := intake.AppendNested([]byte("1,"), text)
		if !strings.HasPrefix(string(out), "1,") || !json.Valid(out[2:]) {
			t.Errorf("%q becomes %q", text, out)
		}
	})
}
