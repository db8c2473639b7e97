package scim_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/scim"
)

func compare(path string, op scim.Operator, value any) scim.Compare {
	attr, sub, _ := strings.Cut(path, ".")
	return scim.Compare{Path: scim.AttrPath{Name: attr, Sub: sub}, Op: op, Value: value}
}

func present(name string) scim.Present {
	return scim.Present{Path: scim.AttrPath{Name: name}}
}

func TestParseFilterReadsTheExamplesOfTheRFC(t *testing.T) {
	t.Parallel()
	work := compare("type", scim.Equal, "work")
	for text, want := range map[string]scim.Filter{
		`userName eq "bjensen"`:      compare("userName", scim.Equal, "bjensen"),
		`name.familyName co "O'Mal"`: compare("name.familyName", scim.Contains, "O'Mal"),
		`userName sw "J"`:            compare("userName", scim.StartsWith, "J"),
		`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"`: scim.Compare{
			Path: scim.AttrPath{URN: scim.UserURN, Name: "userName"}, Op: scim.StartsWith, Value: "J"},
		`title pr`: present("title"),
		`meta.lastModified gt "2011-05-13T04:42:34Z"`:                             compare("meta.lastModified", scim.GreaterThan, "2011-05-13T04:42:34Z"),
		`meta.lastModified ge "2011-05-13T04:42:34Z"`:                             compare("meta.lastModified", scim.GreaterOrEqual, "2011-05-13T04:42:34Z"),
		`meta.lastModified lt "2011-05-13T04:42:34Z"`:                             compare("meta.lastModified", scim.LessThan, "2011-05-13T04:42:34Z"),
		`meta.lastModified le "2011-05-13T04:42:34Z"`:                             compare("meta.lastModified", scim.LessOrEqual, "2011-05-13T04:42:34Z"),
		`title pr and userType eq "Employee"`:                                     scim.And{present("title"), compare("userType", scim.Equal, "Employee")},
		`title pr or userType eq "Intern"`:                                        scim.Or{present("title"), compare("userType", scim.Equal, "Intern")},
		`schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`: compare("schemas", scim.Equal, scim.EnterpriseUserURN),
		`userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")`: scim.And{
			compare("userType", scim.Equal, "Employee"),
			scim.Or{compare("emails", scim.Contains, "example.com"), compare("emails.value", scim.Contains, "example.org")}},
		`userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")`: scim.And{
			compare("userType", scim.NotEqual, "Employee"),
			scim.Not{Filter: scim.Or{compare("emails", scim.Contains, "example.com"), compare("emails.value", scim.Contains, "example.org")}}},
		`userType eq "Employee" and (emails.type eq "work")`: scim.And{
			compare("userType", scim.Equal, "Employee"), compare("emails.type", scim.Equal, "work")},
		`userType eq "Employee" and emails[type eq "work" and value co "@example.com"]`: scim.And{
			compare("userType", scim.Equal, "Employee"),
			scim.ValuePath{Path: scim.AttrPath{Name: "emails"}, Filter: scim.And{work, compare("value", scim.Contains, "@example.com")}}},
		`emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]`: scim.Or{
			scim.ValuePath{Path: scim.AttrPath{Name: "emails"}, Filter: scim.And{work, compare("value", scim.Contains, "@example.com")}},
			scim.ValuePath{Path: scim.AttrPath{Name: "ims"}, Filter: scim.And{
				compare("type", scim.Equal, "xmpp"), compare("value", scim.Contains, "@foo.com")}}},
	} {
		got, err := scim.ParseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", text, diff)
		}
	}
}

func TestParseFilterReadsWhatClientsWrite(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ says, text, canonical string }{
		{"an operator with a capital", `userName Eq "x"`, `userName eq "x"`},
		{"everything in capitals", `TITLE PR AND NOT (X PR) OR Y EQ TRUE`, `TITLE pr and not (X pr) or Y eq true`},
		{"several blanks", `a  eq   "x"   and  b pr`, `a eq "x" and b pr`},
		{"blanks inside parentheses and brackets", `( a pr ) and b[ c pr ]`, `a pr and b[c pr]`},
		{"not without a blank", `not(a pr)`, `not (a pr)`},
		{"parentheses around everything", `((a pr))`, `a pr`},
		{"parentheses that change nothing", `(a pr and b pr) or c pr`, `a pr and b pr or c pr`},
		{"parentheses that change the meaning", `a pr and (b pr or c pr)`, `a pr and (b pr or c pr)`},
		{"parentheses that keep two ands apart", `a pr and (b pr and c pr)`, `a pr and (b pr and c pr)`},
		{"and binds tighter than or", `a pr or b pr and c pr or d pr`, `a pr or b pr and c pr or d pr`},
		{"a number", `a gt -1.5e+3`, `a gt -1.5e+3`},
		{"booleans and null", `a eq True and b eq false and c eq NULL`, `a eq true and b eq false and c eq null`},
		{"escapes in text", `a eq "\u0041\"\\\/\n"`, `a eq "A\"\\/\n"`},
		{"letters beyond ASCII", `a eq "Zoë 王"`, `a eq "Zoë 王"`},
		{"an attribute called not", `not eq "x"`, `not eq "x"`},
		{"an attribute called and", `and pr and or pr`, `and pr and or pr`},
		{"$ref", `members.$ref pr`, `members.$ref pr`},
		{"an extension with a colon", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "x"`,
			`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "x"`},
		{"an extension with a point", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager.value eq "x"`,
			`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "x"`},
		{"an extension of somebody else", `urn:example:2.0:Thing:size gt 1`, `urn:example:2.0:Thing:size gt 1`},
		{"not and grouping inside brackets", `emails[not (type eq "work") and (value co "a" or value co "b")]`,
			`emails[not (type eq "work") and (value co "a" or value co "b")]`},
	} {
		got, err := scim.ParseFilter(row.text)
		if err != nil {
			t.Errorf("%s: %s: %v", row.says, row.text, err)
			continue
		}
		if got.String() != row.canonical {
			t.Errorf("%s: %s\n got %s\nwant %s", row.says, row.text, got, row.canonical)
		}
	}
}

func TestParseFilterSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("(", scim.MaxFilterDepth+1) + "a pr" + strings.Repeat(")", scim.MaxFilterDepth+1)
	for _, row := range []struct {
		says, text string
		offset     int
		problem    string
	}{
		{"nothing", ``, 0, "an attribute name is wanted here, and the text ends"},
		{"no operator", `userName`, 8, "a blank and an operator are wanted here, and the text ends"},
		{"no such operator", `userName like "x"`, 9, `an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr) is wanted here, not "like \"x\""`},
		{"no value", `userName eq`, 11, `a blank and a value are wanted behind "eq", and the text ends`},
		{"no blank before the value", `userName eq"x"`, 11, `a blank and a value are wanted behind "eq", not "\"x\""`},
		{"text without quotation marks", `userName eq bjensen`, 12, `a value ("text", a number, true, false or null) is wanted here, not "bjensen"`},
		{"text without an end", `userName eq "bjen`, 12, "the text in quotation marks does not end"},
		{"an escape that JSON does not have", `userName eq "\x"`, 12, `"\"\\x\"" is not a JSON string`},
		{"a number that is none", `a eq 01`, 5, `a value ("text", a number, true, false or null) is wanted here, not "01"`},
		{"an attribute that begins with a digit", `1st pr`, 0, `"1st" is not an attribute name`},
		{"a sub-attribute too many", `a.b.c pr`, 2, `"b.c" is not the name of a sub-attribute`},
		{"a URN that is none", `1:a pr`, 0, `"1" is not the URN of a schema`},
		{"a parenthesis without an end", `(a pr`, 5, `")" is wanted here, and the text ends`},
		{"a parenthesis too many", `a pr)`, 4, `the expression should end here, not ")"`},
		{"a bracket without an end", `emails[type eq "work"`, 21, `"]" is wanted here, and the text ends`},
		{"brackets inside brackets", `a[b[c pr]]`, 3, "brackets inside brackets"},
		{"brackets behind a sub-attribute", `a.b[c pr]`, 1, `brackets follow an attribute, not the sub-attribute "b"`},
		{"and without a second term", `a pr and `, 9, "an attribute name is wanted here, and the text ends"},
		{"no blank behind and", `a pr and(b pr)`, 8, `a blank is wanted behind "and", not "(b pr)"`},
		{"a word behind the end", `a pr b pr`, 4, `the expression should end here, not " b pr"`},
		{"a blank in front", ` a pr`, 0, `an attribute name is wanted here, not " a pr"`},
		{"a terminal escape is shown, not obeyed", "a pr \x1b[31m", 4, `the expression should end here, not " \x1b[31m"`},
		{"bytes that are not UTF-8", "a eq \"\xff\"", 6, "the text is not UTF-8"},
		{"too deep", deep, scim.MaxFilterDepth, "parentheses and brackets lie more than 32 deep in each other"},
		{"too long", strings.Repeat("a", scim.MaxFilterLength+1), scim.MaxFilterLength, "the text is longer than 16384 bytes"},
	} {
		_, err := scim.ParseFilter(row.text)
		got, ok := errors.AsType[*scim.SyntaxError](err)
		if !ok {
			t.Errorf("%s: got %v, want a *SyntaxError", row.says, err)
			continue
		}
		want := &scim.SyntaxError{Type: scim.InvalidFilter, Offset: row.offset, Problem: row.problem}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", row.says, diff)
		}
		if e, ok := errors.AsType[*scim.Error](err); !ok || e.Status != 400 || e.Type != scim.InvalidFilter {
			t.Errorf("%s: the error holds the response %+v, want 400 invalidFilter", row.says, e)
		}
	}
}

// A filter is read again from what it prints, whatever it is.
func TestAPrintedFilterIsReadAsTheSameFilter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := anyFilter(3).Draw(t, "filter")
		got, err := scim.ParseFilter(want.String())
		if err != nil {
			t.Fatalf("%s: %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: (-want +got)\n%s", want, diff)
		}
	})
}

var (
	attrNames = rapid.StringMatching(`\$?[A-Za-z][A-Za-z0-9_$-]{0,8}`)
	urns      = rapid.SampledFrom([]string{"", "", "", scim.UserURN, scim.EnterpriseUserURN, strings.ToUpper(scim.GroupURN), "urn:example:2.0:Thing", "http://example.com/schema"})
	operators = rapid.SampledFrom([]scim.Operator{scim.Equal, scim.NotEqual, scim.Contains, scim.StartsWith, scim.EndsWith,
		scim.GreaterThan, scim.GreaterOrEqual, scim.LessThan, scim.LessOrEqual})
	literals = rapid.OneOf(
		rapid.Just(any(nil)), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.String(), func(s string) any { return strings.ToValidUTF8(s, "?") }),
		rapid.Map(rapid.StringMatching(`-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?`), func(s string) any { return json.Number(s) }),
	)
)

func anyAttrPath(withSub bool) *rapid.Generator[scim.AttrPath] {
	return rapid.Custom(func(t *rapid.T) scim.AttrPath {
		p := scim.AttrPath{URN: urns.Draw(t, "urn"), Name: attrNames.Draw(t, "name")}
		if withSub && rapid.Bool().Draw(t, "has sub") {
			p.Sub = attrNames.Draw(t, "sub")
		}
		return p
	})
}

func anyFilter(depth int) *rapid.Generator[scim.Filter] {
	return filterWith(depth, true)
}

func filterWith(depth int, brackets bool) *rapid.Generator[scim.Filter] {
	return rapid.Custom(func(t *rapid.T) scim.Filter {
		kind := rapid.IntRange(0, 5).Draw(t, "kind")
		if depth == 0 {
			kind %= 2
		}
		switch kind {
		case 0:
			return scim.Present{Path: anyAttrPath(true).Draw(t, "path")}
		case 1:
			return scim.Compare{Path: anyAttrPath(true).Draw(t, "path"), Op: operators.Draw(t, "op"), Value: literals.Draw(t, "value")}
		case 2:
			return scim.And(rapid.SliceOfN(filterWith(depth-1, brackets), 2, 3).Draw(t, "terms"))
		case 3:
			return scim.Or(rapid.SliceOfN(filterWith(depth-1, brackets), 2, 3).Draw(t, "terms"))
		case 4:
			return scim.Not{Filter: filterWith(depth-1, brackets).Draw(t, "inner")}
		}
		if !brackets {
			return scim.Present{Path: anyAttrPath(true).Draw(t, "path")}
		}
		return scim.ValuePath{Path: anyAttrPath(false).Draw(t, "path"), Filter: filterWith(depth-1, false).Draw(t, "inner")}
	})
}
