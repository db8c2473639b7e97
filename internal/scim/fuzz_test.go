package scim_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	filter "github.com/scim2/filter-parser/v2"

	"github.com/scimtrail/scimtrail/internal/scim"
)

var filterSeeds = []string{
	`userName eq "bjensen"`, `title pr and userType eq "Employee"`, `emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp"]`,
	`userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")`,
	`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"`, `a eq -1.5e+3 or b eq null and c ne True`, `((a pr) and (b.c lt "x"))`,
	`id eq "g" and members eq "u"`, `a.$ref eq "\u00e9\n"`, `not(a pr)`, `userName eq`, `a[b[c pr]]`, `a pr)`,
}

// What is read is printed so that it is read as the same, and an error points
// into the text.
func FuzzParseFilter(f *testing.F) {
	for _, s := range filterSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := scim.ParseFilter(text)
		if err != nil {
			checkSyntaxError(t, err, scim.InvalidFilter, len(text))
			return
		}
		again, err := scim.ParseFilter(got.String())
		if err != nil {
			t.Fatalf("%q is printed as %q: %v", text, got, err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("%q is printed as %q (-first +second)\n%s", text, got, diff)
		}
		user := scim.NewObject(scim.Member{Name: "userName", Value: "bjensen"})
		if not := (scim.Not{Filter: got}); scim.UserType().Match(got, user) == scim.UserType().Match(not, user) {
			t.Fatalf("%q and its opposite both hold or both fail", text)
		}
		_ = scim.UserType().Check(got)
	})
}

func checkSyntaxError(t *testing.T, err error, kind scim.ErrorType, length int) {
	t.Helper()
	e, ok := errors.AsType[*scim.SyntaxError](err)
	if !ok || e.Type != kind || e.Offset < 0 || e.Offset > length {
		t.Fatalf("not an error in the text: %#v", err)
	}
	for _, r := range e.Error() {
		if r < ' ' {
			t.Fatalf("the error holds a control character: %q", e.Error())
		}
	}
}

// A second opinion, by people who had nothing to do with this package.
func FuzzParseFilterAgainstAnotherParser(f *testing.F) {
	for _, s := range filterSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, ours := scim.ParseFilter(text)
		if reason := differsOnPurpose(text); reason != "" {
			t.Skip(reason)
		}
		_, theirs := filter.ParseFilterNumber([]byte(text))
		if (ours == nil) != (theirs == nil) {
			t.Fatalf("%q\n  ours: %v\ntheirs: %v", text, ours, theirs)
		}
	})
}

func FuzzParsePathAgainstAnotherParser(f *testing.F) {
	for _, s := range pathSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, ours := scim.ParsePath(text)
		if reason := differsOnPurpose(text); reason != "" {
			t.Skip(reason)
		}
		_, theirs := filter.ParsePath([]byte(text))
		if (ours == nil) != (theirs == nil) {
			t.Fatalf("%q\n  ours: %v\ntheirs: %v", text, ours, theirs)
		}
	})
}

var (
	subThenBracket = regexp.MustCompile(`\.[$A-Za-z][$A-Za-z0-9_-]*\s*\[`)
	uriOfTheirs    = regexp.MustCompile(`^[A-Za-z0-9.:]*$`)
	word           = regexp.MustCompile(`[^ ()\[\]"]+`)
)

// differsOnPurpose names the places where filter-parser 2.2.0 and this package
// are known to differ, and who is right.
func differsOnPurpose(text string) string {
	outside := regexp.MustCompile(`"(\\.|[^"\\])*"?`).ReplaceAllString(text, `""`)
	switch {
	case !utf8.ValidString(text):
		return "we refuse text that is not UTF-8"
	case len(text) > scim.MaxFilterLength || strings.Count(outside, "(")+strings.Count(outside, "[") > scim.MaxFilterDepth:
		return "we bound length and depth"
	case strings.Contains(outside, "["):
		// Their brackets hold one comparison, or two joined by and or or (with no
		// blank needed between), or not around those: erratum 4690 read to the
		// letter, without grouping. Ours hold any combination of comparisons.
		inside := regexp.MustCompile(`\[[^\]]*`).FindAllString(outside, -1)
		for _, s := range inside {
			if strings.ContainsAny(s, "()") || len(regexp.MustCompile(`(?i)and|or|not`).FindAllString(s, -1)) > 0 {
				return "what may stand in brackets"
			}
		}
		if subThenBracket.MatchString(outside) {
			return "we refuse brackets behind a sub-attribute, which has no meaning"
		}
	}
	if regexp.MustCompile(`\\u[0-9A-Fa-f]*[a-f]`).MatchString(text) {
		return "they read no lower-case digits in \\u escapes, JSON does"
	}
	for _, w := range word.FindAllString(outside, -1) {
		if i := strings.LastIndexByte(w, ':'); i >= 0 && (!uriOfTheirs.MatchString(w[:i]) || strings.Contains(w, "::") || !isLetter(w[0])) {
			return "what a URN may be made of"
		}
		for _, urn := range []string{scim.UserURN, scim.GroupURN, scim.EnterpriseUserURN} {
			if strings.HasPrefix(strings.ToLower(w), strings.ToLower(urn)) {
				return "we know where the URNs of the RFC end"
			}
		}
		if strings.Contains(strings.TrimPrefix(w[strings.LastIndexAny(w, ":.")+1:], "$"), "$") || strings.Contains(w, "$.") || strings.Count(w, "$") > 1 {
			return "they read $ only in front of a name, RFC 7643 section 2.1 everywhere in it"
		}
	}
	return ""
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

var pathSeeds = []string{
	`members`, `name.familyName`, `addresses[type eq "work"]`, `members[value eq "2819c223-7f76-453a-919d-413861904646"].displayName`,
	`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`, `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager.value`,
	`urn:example:Thing:size`, `emails[not (type eq "work")].value`, `members[value eq "x"].`, `a b`, `a[b pr]]`, `A00:`,
}

func FuzzParsePath(f *testing.F) {
	for _, s := range pathSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := scim.ParsePath(text)
		if err != nil {
			checkSyntaxError(t, err, scim.InvalidPath, len(text))
			return
		}
		again, err := scim.ParsePath(got.String())
		if err != nil {
			t.Fatalf("%q is printed as %q: %v", text, got, err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("%q is printed as %q (-first +second)\n%s", text, got, diff)
		}
	})
}

// encoding/json and this package agree on what JSON is and what it says.
func FuzzDecodeObject(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":[1,{"b":null}],"c":"\ud83d\ude00\u0000"}`, ` { "a" : true , "A" : 1 } `, `{"a":1e5}`, `[]`, `{"a":}`, "{\"a\":\"\xff\"}", `{"\ud800":0}`, barbara} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := scim.DecodeObject(data, 30)
		if err != nil {
			checkSyntaxError(t, err, scim.InvalidSyntax, len(data))
			return
		}
		b, err := o.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		for from, into := range map[*[]byte]*any{&data: &want, &b: &got} {
			d := json.NewDecoder(bytes.NewReader(*from))
			d.UseNumber()
			if err := d.Decode(into); err != nil {
				t.Fatalf("%q was read and written as %q: %v", data, b, err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q was written as %q (-want +got)\n%s", data, b, diff)
		}
	})
}

// A patch leaves the resource that it was given as it was, and a resource that
// it makes can be patched with the same again without failing to be written.
func FuzzPatch(f *testing.F) {
	for _, s := range []string{
		`{"Operations":[{"op":"add","path":"emails","value":[{"value":"x","primary":true}]}]}`,
		`{"Operations":[{"op":"Replace","value":{"active":false}},{"op":"remove","path":"emails[type eq \"work\"]"}]}`,
		`{"Operations":[{"op":"add","path":"emails[type eq \"other\"].value","value":"x"}]}`,
		`{"Operations":[{"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"}]}`,
		`{"Operations":[{"op":"replace","path":"name","value":{"familyName":null,"givenName":"x"}}]}`,
		`{"Operations":[{"op":"replace","path":"schemas[value ew \"User\"]","value":"x"}]}`,
		`{"Operations":[{"op":"remove","path":"emails","value":[{"value":"bjensen@example.com"}]}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		body, err := scim.DecodeObject(data, 20)
		if err != nil {
			return
		}
		ops, err := scim.ParsePatch(body)
		if err != nil {
			if _, ok := errors.AsType[*scim.Error](err); !ok {
				t.Fatalf("no response: %#v", err)
			}
			return
		}
		user := object(t, barbara)
		was := written(t, user)
		after, changed, err := scim.UserType().Apply(user, ops)
		if now := written(t, user); now != was {
			t.Fatalf("the resource became %s", now)
		}
		if err != nil {
			if e, ok := errors.AsType[*scim.Error](err); !ok || e.Status != 400 || e.Type == "" {
				t.Fatalf("no response: %#v", err)
			}
			return
		}
		if now := written(t, after); !changed && now != was {
			t.Fatalf("changed is false, and it became %s", now)
		}
		if id := after.Text("id"); id != user.Text("id") {
			t.Fatalf("the id became %q", id)
		}
		if primaries(after) > 1 {
			t.Fatalf("several primary e-mails: %s", written(t, after))
		}
	})
}

func primaries(o *scim.Object) (n int) {
	v, _ := o.Get("emails")
	list, _ := v.([]any)
	for _, v := range list {
		if p, _ := v.(*scim.Object).Get("primary"); p == true {
			n++
		}
	}
	return n
}
