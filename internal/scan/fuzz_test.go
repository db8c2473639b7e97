package scan_test

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scan"
)

// FuzzRecords compares with encoding/json: what that finds in a stream of
// documents, records and arrays, Records finds too, and nothing else.
func FuzzRecords(f *testing.F) {
	patch, run := record("patch", scim, "PatchGroup"), record("run", ec2, "RunInstances")
	f.Add([]byte(`{"Records":[` + patch + `,` + run + `]}`))
	f.Add([]byte(patch + "\n" + run + "\n" + patch))
	f.Add([]byte(`[` + patch + `,[` + run + `,` + patch + `]]`))
	f.Add([]byte(`{"Records":[` + patch + `,{"a" 1},` + patch + `]}`))
	f.Add([]byte(`{"x":{"y":[1,-2.5e3,true,null,"\ud800\"\\"]},"eventSource":"sso.amazonaws.com","eventName":"AssociateDirectory"}`))
	f.Add([]byte("\xef\xbb\xbf" + `{"eventName":"CreateBearerToken"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var got []string
		p, err := scan.Records(bytes.NewReader(data), scan.Limits{Depth: 1 << 14}, func(r scan.Record) error {
			if !bytes.Contains(data, r.Raw) && r.Shape == scan.ShapeRecord {
				t.Errorf("%q does not stand in the stream", r.Raw)
			}
			got = append(got, string(r.Raw))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if p.Yielded < len(got) || p.Records < p.Yielded {
			t.Errorf("yielded %d, counted %d of %d", len(got), p.Yielded, p.Records)
		}
		want, comparable := reference(data)
		if !comparable {
			return
		}
		if p.Damages > 0 {
			t.Errorf("damage in valid JSON: %+v", p.Damage)
		}
		if !slices.Equal(want, got) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	})
}

// reference reads a stream with encoding/json; false when it is not one that
// the simple model knows.
func reference(data []byte) (records []string, ok bool) {
	if bytes.Contains(data, []byte("\ufeff")) {
		return nil, false // encoding/json takes none
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	for {
		var doc json.RawMessage
		if err := dec.Decode(&doc); err == io.EOF {
			return records, true
		} else if err != nil {
			return nil, false
		}
		if !referenceValue(doc, 0, &records) {
			return nil, false
		}
	}
}

func referenceValue(raw json.RawMessage, depth int, out *[]string) bool {
	switch raw[0] {
	case '[':
		if depth == 3 {
			return true
		}
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return false
		}
		for _, e := range list {
			if !referenceValue(e, depth+1, out) {
				return false
			}
		}
		return true
	case '"':
		return false // texts are opened: not in this model
	case '{':
		return referenceObject(raw, depth, out)
	}
	return true
}

func referenceObject(raw json.RawMessage, depth int, out *[]string) bool {
	var top map[string]json.RawMessage
	if json.Unmarshal(raw, &top) != nil {
		return false
	}
	keys := map[string]bool{}
	for key, value := range top {
		lower := strings.ToLower(key)
		if keys[lower] || bytes.Count(raw, []byte(`"event`)) > 8 {
			return false // several spellings of one name
		}
		keys[lower] = true
		switch lower {
		case "events", "logevents", "messages", "rows", "queryresultrows", "resultset", "cloudtrailevent", "detail", "message", "body":
			return false
		case "records":
			if _, record := top["eventSource"]; record || key != "Records" || value[0] != '[' {
				return false
			}
			var list []json.RawMessage
			if json.Unmarshal(value, &list) != nil {
				return false
			}
			for _, e := range list {
				if e[0] == '"' || e[0] == '{' && bytes.Contains(e, []byte(`"Records"`)) {
					return false
				}
				if e[0] == '{' && !referenceObject(e, depth+1, out) {
					return false
				}
			}
			return true
		}
	}
	if twice(raw) {
		return false
	}
	source, name := referenceText(top, "eventsource"), referenceText(top, "eventname")
	if !keys["eventsource"] && !keys["eventname"] || strings.HasPrefix(source, "aws:") {
		return true
	}
	if cloudtrail.Concerns(source, name) {
		*out = append(*out, string(raw))
	}
	return true
}

func referenceText(top map[string]json.RawMessage, lower string) (s string) {
	for key, value := range top {
		if strings.ToLower(key) == lower {
			_ = json.Unmarshal(value, &s)
		}
	}
	return s
}

// twice reports whether an object may name a member twice, which maps hide.
func twice(raw json.RawMessage) bool {
	dec := json.NewDecoder(bytes.NewReader(raw))
	seen := map[string]bool{}
	_, _ = dec.Token()
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return true
		}
		lower := strings.ToLower(name.(string))
		if seen[lower] {
			return true
		}
		seen[lower] = true
		var skip json.RawMessage
		if dec.Decode(&skip) != nil {
			return true
		}
	}
	return false
}
