package cloudtrail_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/story"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// agree fails the test unless Decode reads data as the oracle does, to the last
// word of its errors, and nothing that it returned changes with what it reads
// next.
func agree(t *testing.T, data []byte) {
	t.Helper()
	want, wantErr := cloudtrail.OracleDecode(bytes.Clone(data))
	got, gotErr := cloudtrail.Decode(data)
	other := bytes.ToUpper(data[:min(len(data), 4000)])
	_, _ = cloudtrail.Decode(other) // in the same memory
	if (wantErr == nil) != (gotErr == nil) || wantErr != nil && wantErr.Error() != gotErr.Error() {
		t.Fatalf("%.2000q\nerror %v\nwant  %v", data, gotErr, wantErr)
	}
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("%.2000q\n(-oracle +Decode):\n%s", data, cmp.Diff(want, got))
	}
}

// TestDecodeReadsWhatTheOracleReads takes records of everything that the
// repository holds, as they are and spoilt in the ways in which exporters and
// strangers spoil them.
func TestDecodeReadsWhatTheOracleReads(t *testing.T) {
	t.Parallel()
	records := everyRecord(t)
	t.Logf("%d records", len(records))
	for i, raw := range records {
		agree(t, raw)
		agree(t, spoil(rand.New(rand.NewPCG(uint64(i), 1)), raw))
	}
}

func FuzzDecodeAgainstOracle(f *testing.F) {
	for i, raw := range everyRecord(f) {
		if i%50 == 0 {
			f.Add(raw, uint64(0))
			f.Add(raw, uint64(i))
		}
	}
	for _, text := range []string{
		``, ` `, `{`, `[]`, `null`, `"x"`, `{"eventSource":"x"} {}`, `{"eventSource":"x"}]`, `{"eventSource":1e5,"eventName":-0.0e+7}`, `{"eventName":01}`,
		`"{\"eventSource\":\"identitystore.amazonaws.com\",\"eventName\":\"X\"}"`, `"{\"eventSource\":\"x\"}`, `{"EVENTSOURCE":"a","eventsource":"b","Eventsource":"c"}`,
		"{\"event\u017fource\":\"kelvin and the long s\",\"eventName\":\"x\"}", `{"\u0065ventSource":"escaped","to\u212aen":1,"eventSource":null}`,
		`{"eventSource":"\ud83d\ude00\ud83d\ud83d\u0041\udfff","eventName":"\"\\\/\b\f\n\r\t"}`, "{\"eventSource\":\"\xff\xc3\x28\",\"eventName\":\"\xf0\x9f\x98\"}",
		`{"eventSource":"sso.amazonaws.com","eventName":"x","resources":"[{\"ARN\":\"d-9a67000001\"}]","requestParameters":"[1]"}`,
		strings.Repeat(`[`, 10001) + strings.Repeat(`]`, 10001), `{"eventSource":` + strings.Repeat(`[`, 9999) + strings.Repeat(`]`, 9999) + `}`,
	} {
		f.Add([]byte(text), uint64(0))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		agree(t, data)
		if seed != 0 && json.Valid(data) {
			agree(t, spoil(rand.New(rand.NewPCG(seed, 1)), data))
		}
	})
}

// everyRecord gathers records from testdata, the examples, the corpus of causes
// and the generator.
func everyRecord(t testing.TB) [][]byte {
	t.Helper()
	var out taken
	for _, root := range []string{"testdata", "../../examples", "../source/file/testdata", "../scan/testdata", "../actor/testdata"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
				return nil //nolint:nilerr // a folder that is not there has no records
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			out.harvest(data)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	stories, err := filepath.Glob("../diagnose/testdata/corpus/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, path := range stories {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := story.Parse(text)
		if err != nil {
			continue // the corpus has its own test
		}
		from := len(out.records)
		_ = s.Give(&out)
		// A story repeats the same calls: a few are enough.
		out.records = out.records[:min(len(out.records), from+10)]
	}
	if err := (loggen.Company{Users: 60, Groups: 20, Memberships: 100, Events: 500}).Give(&out); err != nil {
		t.Fatal(err)
	}
	return out.records
}

// taken is a sink that keeps nothing but records.
type taken struct {
	nothing
	records [][]byte
}

func (s *taken) Record(_ int, raw []byte) error {
	s.records = append(s.records, bytes.Clone(raw))
	return nil
}

// harvest takes every object in data that names an event, and those that stand
// in CloudTrailEvent as text.
func (s *taken) harvest(data []byte) {
	var list []json.RawMessage
	var members map[string]json.RawMessage
	var text string
	switch {
	case json.Unmarshal(data, &members) == nil:
		if members["eventName"] != nil {
			s.records = append(s.records, data)
		}
		for _, v := range members {
			s.harvest(v)
		}
	case json.Unmarshal(data, &list) == nil:
		for _, v := range list {
			s.harvest(v)
		}
	case json.Unmarshal(data, &text) == nil && strings.HasPrefix(text, "{"):
		s.harvest([]byte(text))
	}
}

type nothing struct{}

func (nothing) Input(casefile.Input) int          { return 0 }
func (nothing) Recognised(int, string)            {}
func (nothing) Sealed(int, int64, string)         {}
func (nothing) Records(int, int)                  {}
func (nothing) Passed(casefile.Passed)            {}
func (nothing) Snapshot(directory.Snapshot)       {}
func (nothing) Upstream(int, upstream.State, int) {}
func (nothing) Cover(...casefile.Cover)           {}
func (nothing) Home(casefile.Home)                {}
func (nothing) Seal(casefile.Seal)                {}
func (nothing) Unreadable(casefile.Loss)          {}
func (nothing) Note(string)                       {}
