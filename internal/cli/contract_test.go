package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The JSON contract, as other people's scripts rely on it: every field with its
// type, a ? where it may be absent. A field that is not here is a breach too: it
// has to be written down before it is shipped.
type (
	object map[string]any // name or name? to shape
	list   struct{ of any }
	oneOf  []string
	shape  string
)

const (
	text    shape = "text"    // never empty: what is not known is absent
	stamp   shape = "stamp"   // RFC 3339 in UTC
	number  shape = "number"  // whole, not negative
	amount  shape = "amount"  // not negative
	boolean shape = "boolean" //
	words   shape = "words"   // an object of names to texts
)

var (
	entity = object{"id": text, "name?": text}
	actor  = object{"kind": oneOf{"idp", "person", "automation", "connector", "aws", "unknown"}, "name?": text, "client?": text, "basis?": text}
	origin = object{
		"via":   oneOf{"scim", "api", "console", "cascade", "sync", "unknown"},
		"known": oneOf{"recorded", "inferred", "declared", "unexplained", "predates"},
		"actor": actor, "events": list{text}, "note?": text,
	}
	membership = object{
		"group": entity, "user": entity, "membershipId?": text, "present?": boolean, "asOf?": stamp,
		"spans": list{object{"from?": stamp, "to?": stamp, "began?": origin, "ended?": origin}},
	}
	cover = object{
		"account?": text, "region?": text, "eventSource": text, "from": stamp, "to": stamp, "channel": text,
		"complete": oneOf{"proven", "claimed", "unknown"},
	}
	statistics = object{
		"inputs": number, "bytes": number, "records": number, "identityEvents": number, "reads": number, "duplicates": number,
		"superseded": number, "undated": number, "snapshots": number, "first?": stamp, "last?": stamp,
		"unreadable": list{object{"path": text, "reason": text, "lost?": text}},
	}
	status5 = oneOf{"established", "supported", "possible", "refuted", "undetermined"}
	cell    = oneOf{"yes", "no", "unknown"}
	event   = object{
		"time?": stamp, "id": text, "account?": text, "region?": text, "source?": text, "name?": text, "actor": actor,
		"group?": entity, "user?": entity, "effect": text, "unread?": list{object{"field": text, "reason": text}}, "error?": object{"code?": text, "message?": text, "meaning?": text}, "readOnly": boolean,
	}

	question = object{"kind": oneOf{"group", "user"}, "asked": text, "id?": text, "name?": text, "group?": entity}
	verdict  = object{"status": oneOf{"established", "supported", "possible", "undetermined", "healthy"}, "cause": text, "summary": text}
	fix      = object{"text": text, "command?": text, "who": oneOf{"aws", "idp", "governance"}}
	cause    = object{
		"id": text, "title": text, "status": status5, "because": list{object{"text": text, "events": list{text}}},
		"needs": list{object{"text": text, "command?": text}}, "fix": list{fix}, "unexamined?": boolean,
	}
	matrix = object{
		"provider": oneOf{"okta", "entra"}, "group": text, "people": number, "whole": boolean,
		"rows": list{object{"inProviderGroup": cell, "assigned": cell, "provisioned": cell, "pushed": cell, "inAws": cell, "people": number, "names": list{text}}},
	}
	hopID = oneOf{"governance", "person", "group", "app", "assignment", "provisioning", "push", "delivery", "membership", "grant"}

	contracts = map[string]object{
		"why": {
			"schema":   oneOf{"scimtrail/why/v1"},
			"question": question, "verdict": verdict, "causes": list{cause}, "matrix?": matrix,
			"memberships": list{membership}, "near?": list{text}, "asOf?": stamp, "coverage": list{cover}, "notes?": list{text}, "statistics": statistics,
		},
		"trace": {
			"schema":   oneOf{"scimtrail/trace/v1"},
			"question": question, "verdict": verdict, "summary": text, "whole": boolean, "next?": text, "check?": text,
			"brokenAt?": hopID,
			"hops": list{object{
				"id": hopID, "title": text, "where": text, "state": oneOf{"OK", "BROKEN", "UNKNOWN", "SKIPPED"}, "reason": text,
				"because": list{object{"text": text, "events": list{text}}}, "cause?": text, "fix?": list{fix},
			}},
			"causes": list{cause}, "matrix?": matrix, "failed?": list{text}, "coverage": list{cover},
		},
		"collect": {
			"schema": oneOf{"scimtrail/collect/v1"}, "into": text, "sources": list{text},
			"kept":     object{"events": number, "new?": number, "snapshots": number, "users": number, "groups": number, "memberships": number, "upstream": number},
			"coverage": list{cover}, "coverageInAll?": list{cover}, "unreadable": list{object{"path": text, "reason": text, "lost?": text}},
			"notes": list{text}, "interrupted?": boolean, "failed?": list{text},
		},
		"collect-plan": {
			"schema": oneOf{"scimtrail/collect-plan/v1"},
			"sources": list{object{
				"source": text, "what": list{text}, "calls?": number, "bytes?": number, "seconds": amount, "costUSD": amount,
				"permissions": list{object{"action": text, "resource?": text, "why": text, "iam": boolean}}, "notes?": list{text},
			}},
			"iamPolicy?": object{"Version": text, "Statement": list{object{"Effect": text, "Action": list{text}, "Resource": text}}},
		},
		"ledger": {
			"schema": oneOf{"scimtrail/ledger/v1"}, "memberships": list{membership}, "unresolved?": list{text}, "coverage": list{cover}, "statistics": statistics,
		},
		"events": {"schema": oneOf{"scimtrail/events/v1"}, "events": list{event}},
		"event":  event,
		"explain": {
			"schema": oneOf{"scimtrail/explain/v1"}, "code?": text, "message?": text, "meaning?": text, "attribute?": text, "cause?": text,
			"fix": list{text}, "docs?": text, "entry?": text, "basis?": text, "byClient?": words, "causes?": list{text}, "known": boolean,
		},
	}
)

// contract checks every JSON document of a file.
func contract(ts *testscript.TestScript, _ bool, args []string) {
	want, ok := contracts[args[0]]
	if !ok {
		ts.Fatalf("no contract %s", args[0])
	}
	breaches, documents := breachesOf(want, ts.ReadFile(args[1]))
	if documents == 0 {
		ts.Fatalf("%s holds no document", args[1])
	}
	if len(breaches) > 0 {
		ts.Fatalf("%s breaks the contract of %s:\n%s", args[1], args[0], strings.Join(breaches, "\n"))
	}
}

func breachesOf(want object, data string) (breaches []string, documents int) {
	dec := json.NewDecoder(strings.NewReader(data))
	dec.UseNumber()
	for {
		var doc any
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return breaches, documents
		}
		if err != nil {
			return append(breaches, err.Error()), documents
		}
		documents++
		hold(&breaches, "", want, doc)
	}
}

func hold(breaches *[]string, at string, want, got any) {
	breach := func(format string, args ...any) {
		*breaches = append(*breaches, strings.TrimPrefix(at, ".")+": "+fmt.Sprintf(format, args...))
	}
	switch want := want.(type) {
	case object:
		fields, ok := got.(map[string]any)
		if !ok {
			breach("%T, want an object", got)
			return
		}
		known := map[string]bool{}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			bare, optional := strings.CutSuffix(name, "?")
			known[bare] = true
			value, there := fields[bare]
			switch {
			case there:
				hold(breaches, at+"."+bare, want[name], value)
			case !optional:
				breach("%s is absent", bare)
			}
		}
		for name := range fields {
			if !known[name] {
				breach("%s is not in the contract", name)
			}
		}
	case list:
		items, ok := got.([]any)
		if !ok {
			breach("%T, want a list, which is there even when empty", got)
			return
		}
		for i, item := range items {
			hold(breaches, fmt.Sprintf("%s[%d]", at, i), want.of, item)
		}
	case oneOf:
		if s, ok := got.(string); !ok || !slices.Contains(want, s) {
			breach("%v, want one of %v", got, []string(want))
		}
	case shape:
		if problem := misshapen(want, got); problem != "" {
			breach("%s", problem)
		}
	}
}

func misshapen(want shape, got any) string {
	switch want {
	case boolean:
		if _, ok := got.(bool); !ok {
			return fmt.Sprintf("%T, want true or false", got)
		}
		return ""
	case number:
		n, ok := got.(json.Number)
		if i, err := n.Int64(); !ok || err != nil || i < 0 {
			return fmt.Sprintf("%v, want a whole number", got)
		}
		return ""
	case amount:
		n, ok := got.(json.Number)
		if f, err := n.Float64(); !ok || err != nil || f < 0 {
			return fmt.Sprintf("%v, want an amount", got)
		}
		return ""
	case words:
		if _, ok := got.(map[string]any); !ok {
			return fmt.Sprintf("%T, want an object", got)
		}
		return ""
	}
	s, ok := got.(string)
	if !ok || s == "" {
		return fmt.Sprintf("%#v, want text; what is not known is absent", got)
	}
	if want == stamp {
		if _, err := time.Parse(time.RFC3339, s); err != nil || !strings.HasSuffix(s, "Z") {
			return s + ", want RFC 3339 in UTC"
		}
	}
	return ""
}

// TestTheCheckerFindsBreaches keeps the checker itself from passing everything.
func TestTheCheckerFindsBreaches(t *testing.T) {
	t.Parallel()
	const good = `{"time":"2025-10-02T09:00:00Z","id":"e","source":"s","name":"n","actor":{"kind":"idp"},"effect":"none","readOnly":false}`
	if breaches, n := breachesOf(contracts["event"], good+"\n"+good); len(breaches) > 0 || n != 2 {
		t.Errorf("%d good documents break it: %v", n, breaches)
	}
	for name, change := range map[string][2]string{
		"a field renamed":      {`"id"`, `"eventId"`},
		"an empty text":        {`"id":"e"`, `"id":""`},
		"null":                 {`"id":"e"`, `"id":null`},
		"another zone":         {`09:00:00Z`, `09:00:00+02:00`},
		"a word out of range":  {`"idp"`, `"robot"`},
		"a boolean in quotes":  {`false`, `"false"`},
		"a field more":         {`"id"`, `"extra":1,"id"`},
		"an object as a text":  {`{"kind":"idp"}`, `"idp"`},
		"a document cut short": {`"readOnly":false}`, `"readOnly":false`},
	} {
		if breaches, _ := breachesOf(contracts["event"], strings.Replace(good, change[0], change[1], 1)); len(breaches) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}
