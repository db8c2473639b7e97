package manifest_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/manifest"
	"github.com/scimtrail/scimtrail/internal/span"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func cover(source, channel string, complete casefile.Completeness, from, to string) casefile.Cover {
	return casefile.Cover{Account: "111122223333", Region: "us-east-2", Source: source, Channel: channel, Complete: complete, Span: span.Of(at(from), at(to))}
}

func TestParse(t *testing.T) {
	t.Parallel()
	const list = `{"schema":"scimtrail/evidence/v1","entries":[
		{"path":"./scim.json","query":"aws cloudtrail lookup-events ...","account":"111122223333","region":"us-east-2","sources":["scim"],
		 "from":"2025-09-01","to":"2025-09-30","channel":"lookup-events","collected":"2025-11-14T10:00:00+01:00"},
		{"path":"groups.json","identityStore":"d-9a67000001","kind":"list-groups","whole":true}]}`
	m, err := manifest.Parse([]byte(list))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Entries) != 2 || m.Entries[0].Path != "scim.json" || !m.Entries[0].Collected.Equal(at("2025-11-14T09:00:00Z")) || !*m.Entries[1].Whole {
		t.Errorf("got %+v", m.Entries)
	}
	want := []casefile.Cover{cover(awsid.SourceSCIM, "lookup-events", casefile.Claimed, "2025-09-01T00:00:00Z", "2025-09-30T23:59:59Z")}
	if diff := cmp.Diff(want, m.Entries[0].Covers()); diff != "" {
		t.Errorf("covers (-want +got):\n%s", diff)
	}
	if got := m.Entries[1].Covers(); got != nil {
		t.Errorf("an entry without sources covers %v", got)
	}
	flat, err := manifest.Parse([]byte(`{"schema":"scimtrail/evidence/v1","account":"111122223333","region":"us-east-2","sources":"*","from":"2025-09-01T00:00:00Z","to":"2025-09-30T00:00:00Z","complete":"unknown"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := flat.Entries[0].Covers(); len(got) != len(casefile.ManagementSources) || got[0].Complete != casefile.Unknown || got[0].Channel != "manifest" {
		t.Errorf("a flat manifest covers %v", got)
	}
}

func TestNothingIsCoveredThatCameAfterTheCollecting(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ to, collected, want string }{
		"to lies after it":                          {`"2027-01-01"`, `"2025-11-14T16:00:00Z"`, "2025-11-14T16:00:00Z"},
		"the day of the collecting":                 {`"2025-11-14"`, `"2025-11-14T16:00:00Z"`, "2025-11-14T16:00:00Z"},
		"a day, and the collecting is a day":        {`"2025-11-14"`, `"2025-11-14"`, "2025-11-14T23:59:59Z"},
		"to lies before it":                         {`"2025-11-01T08:00:00Z"`, `"2025-11-14T16:00:00Z"`, "2025-11-01T08:00:00Z"},
		"from lies after it, so nothing is covered": {`"2027-01-01"`, `"2025-01-01T00:00:00Z"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := manifest.Parse([]byte(`{"schema":"scimtrail/evidence/v1","account":"111122223333","region":"us-east-2","sources":"scim","from":"2025-09-01","to":` + c.to + `,"collected":` + c.collected + `}`))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, cover := range m.Entries[0].Covers() {
				got += cover.Span.To.Format(time.RFC3339)
			}
			if got != c.want {
				t.Errorf("covered until %q, want %q", got, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ in, says string }{
		"a name that is not known":       {`{"schema":"scimtrail/evidence/v1","entries":[{"acount":"111122223333"}]}`, "acount"},
		"another schema":                 {`{"schema":"other","entries":[]}`, "schema"},
		"no schema":                      {`{"entries":[]}`, "schema"},
		"proof":                          {`{"schema":"scimtrail/evidence/v1","complete":"proven"}`, "only signed digests"},
		"a path that leaves the folder":  {`{"schema":"scimtrail/evidence/v1","path":"a/../../b"}`, "below the manifest"},
		"an absolute path":               {`{"schema":"scimtrail/evidence/v1","path":"/etc/passwd"}`, "below the manifest"},
		"sources without a place":        {`{"schema":"scimtrail/evidence/v1","sources":"*"}`, "account, from, region, to"},
		"an end before its beginning":    {`{"schema":"scimtrail/evidence/v1","sources":"*","account":"111122223333","region":"us-east-2","from":"2025-09-02","to":"2025-09-01"}`, "before"},
		"an account that is none":        {`{"schema":"scimtrail/evidence/v1","account":"1"}`, "12 digits"},
		"a time that is none":            {`{"schema":"scimtrail/evidence/v1","collected":"yesterday"}`, "neither a time"},
		"an event source that is none":   {`{"schema":"scimtrail/evidence/v1","sources":["skim"],"account":"111122223333","region":"us-east-2","from":"2025-09-01","to":"2025-09-02"}`, "skim"},
		"a second document":              {`{"schema":"scimtrail/evidence/v1"}{}`, ""},
		"an array":                       {`[]`, ""},
		"a group that is a name":         {`{"schema":"scimtrail/evidence/v1","group":"admins"}`, "id of a group"},
		"a store that is none":           {`{"schema":"scimtrail/evidence/v1","identityStore":"store"}`, "d-9a67000001"},
		"a hash that is none":            {`{"schema":"scimtrail/evidence/v1","path":"a","bytes":1,"sha256":"12"}`, "64 digits"},
		"a hash of nobody knows what":    {`{"schema":"scimtrail/evidence/v1","bytes":1,"sha256":"` + strings.Repeat("0", 64) + `"}`, "no path"},
		"a hash of unknown length":       {`{"schema":"scimtrail/evidence/v1","path":"a","sha256":"` + strings.Repeat("0", 64) + `"}`, "no bytes"},
		"fewer than no bytes":            {`{"schema":"scimtrail/evidence/v1","path":"a","bytes":-1}`, "bytes"},
		"more notes than are read":       {`{"schema":"scimtrail/evidence/v1","entries":[],"notes":[""` + strings.Repeat(`,""`, 10_000) + `]}`, "notes or losses"},
		"a pattern with an open bracket": {`{"schema":"scimtrail/evidence/v1","path":"a["}`, "pattern"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := manifest.Parse([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want an error that says %q", err, tt.says)
			}
		})
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path, file string
		want       bool
	}{
		{"", "any/file.json", true},
		{"a.json", "a.json", true},
		{"a.json", "b/a.json", false},
		{"logs", "logs/x/y.json", true},
		{"logs", "logs2/y.json", false},
		{"*.json", "a.json", true},
		{"*.json", "b/a.json", false},
		{"b/*.json", "b/a.json", true},
	} {
		e := manifest.Entry{Path: tt.path}
		if got := e.Matches(tt.file); got != tt.want {
			t.Errorf("%q describes %q: %v", tt.path, tt.file, got)
		}
	}
}

func TestParseCovers(t *testing.T) {
	t.Parallel()
	got, err := manifest.ParseCovers("source=scim, source=console,account=111122223333,region=us-east-2,from=2025-09-01,to=2025-11-14T10:00:00Z")
	want := []casefile.Cover{
		cover(awsid.SourceSCIM, "stated", casefile.Claimed, "2025-09-01T00:00:00Z", "2025-11-14T10:00:00Z"),
		cover(awsid.SourceConsole, "stated", casefile.Claimed, "2025-09-01T00:00:00Z", "2025-11-14T10:00:00Z"),
	}
	if diff := cmp.Diff(want, got, cmpopts.SortSlices(func(a, b casefile.Cover) bool { return a.Source < b.Source })); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for in, says := range map[string]string{
		"": "NAME=VALUE",
		"source=scim,account=111122223333,region=us-east-2,from=2025-09-01":                                   "not to",
		"source=skim,account=111122223333,region=us-east-2,from=2025-09-01,to=2025-09-02":                     "skim",
		"account=111122223333,region=us-east-2,from=2025-09-01,to=2025-09-02":                                 "source is missing",
		"source=all,account=1,region=us-east-2,from=2025-09-01,to=2025-09-02":                                 "12 digits",
		"source=all,account=111122223333,account=444455556666,region=us-east-2,from=2025-09-01,to=2025-09-02": "twice",
		"source=all,account=111122223333,region=us-east-2,from=2025-09-01,to=2025-09-02,complete=proven":      "not one of",
		"source=all,account=111122223333,region=us-east-2,from=2025-09-03,to=2025-09-02":                      "before",
		"source=all,account=111122223333,region=us-east-2,from=last week,to=2025-09-02":                       "neither a time",
		"source=all,account=111122223333,region=Ohio,from=2025-09-01,to=2025-09-02":                           "us-east-2",
	} {
		if _, err := manifest.ParseCovers(in); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want an error that says %q", in, err, says)
		}
	}
}

// FuzzParse: what was accepted and is written reads as the same manifest.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"schema":"scimtrail/evidence/v1","entries":[{"path":"a/*.json","account":"111122223333","region":"us-east-2","sources":["scim"],"from":"2025-09-01","to":"2025-09-30","whole":true}]}`))
	f.Add([]byte(`{"schema":"scimtrail/evidence/v1","sources":"*","account":"111122223333","region":"us-east-2","from":"2025-09-01T00:00:00.5+02:00","to":"2025-09-30"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.Parse(data)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := m.Write(&out); err != nil {
			t.Fatal(err)
		}
		again, err := manifest.Parse(out.Bytes())
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, &out)
		}
		for i := range m.Entries {
			for _, c := range m.Entries[i].Covers() {
				if c.Complete > casefile.Claimed || c.Span.Empty() {
					t.Errorf("it covers %+v", c)
				}
			}
			if a, b := m.Entries[i].Covers(), again.Entries[i].Covers(); !cmp.Equal(a, b) {
				t.Errorf("covers differ:\n%s", cmp.Diff(a, b))
			}
		}
	})
}

// TestWhatACollectionHadToSayComesBack, however much it is, in bounds.
func TestWhatACollectionHadToSayComesBack(t *testing.T) {
	t.Parallel()
	said := manifest.Manifest{Notes: []string{"The store was asked twice.", strings.Repeat("\u00e9", 1<<20)},
		Losses: []casefile.Loss{{Path: "lookup://us-east-2", Reason: "a page did not come", Lost: "one hour"}}}
	for range 5000 {
		said.Losses = append(said.Losses, casefile.Loss{Path: "a", Reason: "b"})
	}
	var written bytes.Buffer
	if err := said.Write(&written); err != nil {
		t.Fatal(err)
	}
	long, err := json.Marshal(map[string]any{"schema": manifest.Schema, "entries": []any{}, "notes": said.Notes, "losses": said.Losses})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"as we write it": written.Bytes(), "as a stranger does": long} {
		m, err := manifest.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if m.Notes[0] != said.Notes[0] || len(m.Notes[1]) > 3000 || m.Losses[0] != said.Losses[0] || len(m.Losses) > 1000 || !strings.Contains(m.Losses[len(m.Losses)-1].Lost, "more losses") {
			t.Errorf("%s: %d notes, the second of %d bytes, %d losses", name, len(m.Notes), len(m.Notes[1]), len(m.Losses))
		}
	}
}
