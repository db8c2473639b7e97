package file_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/scan"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

func TestDamageIsNamedAndStopsNothing(t *testing.T) {
	t.Parallel()
	cut := zipped(log(add, patch) + strings.Repeat(" ", 100))
	broken := []byte(zipped(log(add) + strings.Repeat(" ", 1000)))
	broken[len(broken)-6] ^= 1 // in the checksum
	for _, tt := range []struct {
		name, data string
		want       []string
		reason     string
	}{
		{"a gzip that is cut in its checksum", cut[:len(cut)-3], []string{"add", "patch"}, "the gzip data is cut short"},
		{"a gzip whose checksum does not fit", string(broken), []string{"add"}, "checksum does not fit"},
		{"a gzip with something behind it", zipped(log(add)) + "trailing rubbish", []string{"add"}, "what follows the first gzip data is something else"},
		{"no gzip but its first bytes", "\x1f\x8bxxxxxxxxxxxxxx", nil, "begins like gzip"},
		{"a zstd that is cut", zstandard(log(add, patch))[:60], nil, "zstd data"},
		{"a log that stops", log(add, patch)[:len(add)+50], []string{"add"}, "ends in the middle"},
		{"noise before the records", "fetching page 1 ...\n" + add + "\n", []string{"add"}, "not JSON"},
		{"a record that no decoder takes", log(`{"eventSource":"`+scim+`","eventName":"PatchGroup","x":01}`, add), []string{"add"}, "can't be decoded"},
		{"a CSV with an open quote", athenaCSV() + `"x` + strings.Repeat("y", 3<<20), []string{"add"}, "a row is larger than"},
		{"a row whose record is no JSON", "eventjson\n\"{\"\n\"" + strings.ReplaceAll(add, `"`, `""`) + "\"\n", []string{"add"}, "not JSON"},
		{"compressed again and again", zipped(zipped(zipped(zipped(log(add))))), nil, "more than 3 times"},
		{"a digest that is none", `{"digestStartTime":"x"}`, nil, "digest"},
		{"keys that are none", `{"PublicKeyList":7}`, nil, "list-public-keys"},
		{"a document that is too large", `{"a":"` + strings.Repeat("y", 3<<20) + `"}`, nil, "larger than 2 MB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := collect(t, folder(map[string]string{"evidence": tt.data, "good.json": log(event("good", scim, "PatchGroup", "2025-10-02T09:00:00Z"))}),
				file.Options{Limits: scan.Limits{Record: 1 << 20}, Document: 2 << 20})
			if diff := cmp.Diff(append(tt.want[:len(tt.want):len(tt.want)], "good"), sorted(ids(c))); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if got := strings.Join(lost(c), "\n"); !strings.Contains(got, tt.reason) || !strings.Contains(got, "evidence: ") {
				t.Errorf("losses %q do not say %q", got, tt.reason)
			}
		})
	}
}

// sorted puts the event of the good file last.
func sorted(ids []string) (out []string) {
	for _, id := range ids {
		if id != "good" {
			out = append(out, id)
		}
	}
	return append(out, "good")
}

func TestABombIsReadToItsLimit(t *testing.T) {
	t.Parallel()
	bomb := zipped(log(add) + strings.Repeat(" ", 8<<20))
	c := collect(t, folder(map[string]string{"bomb": bomb}), file.Options{Limits: scan.Limits{Stream: 1 << 20}})
	if got := strings.Join(lost(c), "\n"); !strings.Contains(got, "too long: only its first 1 MB are read") || len(ids(c)) != 1 {
		t.Errorf("losses %q, events %v", got, ids(c))
	}
	if in := c.Inputs[0]; in.Size != int64(len(bomb)) || in.SHA256 == "" {
		t.Errorf("all of the file belongs into custody: %+v", in)
	}
}

func TestAnyCutOfAFileLosesOnlyItsTail(t *testing.T) {
	t.Parallel()
	var records []string
	for i := range 12 {
		records = append(records, event(fmt.Sprintf("e%02d", i), scim, "PatchGroup", "2025-10-02T09:00:00Z"))
	}
	for name, whole := range map[string]string{"gzip": zipped(log(records...)), "zstd": zstandard(log(records...)), "plain": log(records...)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			most := 0
			for cut := 1; cut < len(whole); cut += 1 + len(whole)/400 {
				c := collect(t, folder(map[string]string{"evidence": whole[:cut]}), file.Options{Workers: 1})
				got := ids(c)
				for i, id := range got {
					if id != fmt.Sprintf("e%02d", i) {
						t.Fatalf("cut at %d: %v is not a beginning of the whole", cut, got)
					}
				}
				if len(got) < most {
					t.Fatalf("cut at %d gives %d events, a shorter file gave %d", cut, len(got), most)
				}
				most = len(got)
				if len(c.Unreadable) == 0 {
					t.Fatalf("cut at %d: nothing is said to be lost", cut)
				}
			}
			if most == 0 && name != "zstd" {
				t.Error("no cut gave any event: the test shows nothing")
			}
		})
	}
}

func TestThousandsOfForeignFilesAreToldInAFewLines(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range 3000 {
		files[fmt.Sprintf("notes/%04d.txt", i)] = "words"
	}
	c := collect(t, folder(files), file.Options{})
	if len(c.Unreadable) != 21 {
		t.Fatalf("%d losses, want 20 and one for the rest", len(c.Unreadable))
	}
	rest := 0
	for _, l := range c.Unreadable {
		if l.Lost == "2980 more files" {
			rest++
		}
	}
	if rest != 1 || len(c.Inputs) != 3000 {
		t.Errorf("losses %v, %d inputs", c.Unreadable, len(c.Inputs))
	}
}

func TestInterruption(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	b := casefile.NewBuilder(&actor.Catalogue{})
	endless := readerFunc(func(p []byte) (int, error) {
		cancel() // once the reading has begun
		return copy(p, add+"\n"), nil
	})
	err := file.New("-", file.Options{Stdin: endless}).Collect(ctx, b)
	c := b.Build()
	if !errors.Is(err, context.Canceled) || len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "interrupted") {
		t.Errorf("got %v, notes %v", err, c.Notes)
	}
	for _, cover := range c.Coverage {
		if cover.Complete != casefile.Unknown {
			t.Errorf("it claims %+v", cover)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestStandardInputTakesAnyFormat(t *testing.T) {
	t.Parallel()
	for name, f := range formats() {
		b := casefile.NewBuilder(&actor.Catalogue{})
		if err := file.New("-", file.Options{Stdin: strings.NewReader(zipped(f.data))}).Collect(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		c := b.Build()
		if diff := cmp.Diff([]string{"add"}, ids(c)); diff != "" || c.Inputs[0].Path != "-" || !c.Inputs[0].Time.IsZero() {
			t.Errorf("%s: %+v (-want +got):\n%s", name, c.Inputs[0], diff)
		}
	}
}

func TestFilesOnDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, data string) string {
		t.Helper()
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		return p
	}
	one := write("case/scim.json", `{"Events":[]}`)
	write("case/other.json", log(add))
	write("case/scimtrail-evidence.json", `{"schema":"scimtrail/evidence/v1","entries":[{"path":"scim.json",`+scope+`},{"path":"gone.json",`+scope+`}]}`)
	secret := write("outside.json", log(patch))
	for link, target := range map[string]string{"outside.json": secret, "inside.json": "other.json", "nowhere": "nowhere-at-all", "loop": "."} {
		if err := os.Symlink(target, filepath.Join(dir, "case", link)); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
	read := func(name string) *casefile.Case {
		t.Helper()
		b := casefile.NewBuilder(&actor.Catalogue{})
		if err := file.New(name, file.Options{}).Collect(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		return b.Build()
	}

	c := read(filepath.Join(dir, "case"))
	if diff := cmp.Diff([]string{"add"}, ids(c)); diff != "" {
		t.Errorf("a folder: events (-want +got):\n%s", diff)
	}
	if got := strings.Join(lost(c), "\n"); len(c.Unreadable) != 3 || !strings.Contains(got, "case/nowhere: it is a link") || !strings.Contains(got, "case/outside.json: it is a link") || !strings.Contains(got, `"gone.json", and there is no such evidence`) {
		t.Errorf("a folder: losses %s", got)
	}
	if p := c.Inputs[0].Path; p != filepath.ToSlash(filepath.Join(dir, "case", "other.json")) {
		t.Errorf("the first input is %s", p)
	}

	c = read(one)
	if len(c.Inputs) != 2 || len(c.Unreadable) != 0 || len(c.Coverage) != 1 {
		t.Errorf("a file beside a manifest: inputs %+v, losses %v, coverage %v", c.Inputs, lost(c), ground(c))
	}

	b := casefile.NewBuilder(&actor.Catalogue{})
	if err := file.New(filepath.Join(dir, "none"), file.Options{}).Collect(t.Context(), b); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a path that is not there: %v", err)
	}
}

func TestReadErrorsAreNamed(t *testing.T) {
	t.Parallel()
	n := 0
	r := readerFunc(func(p []byte) (int, error) {
		if n++; n > 1 {
			return 0, errors.New("input/output error")
		}
		return copy(p, add+"\n"), nil
	})
	b := casefile.NewBuilder(&actor.Catalogue{})
	if err := file.New("-", file.Options{Stdin: r}).Collect(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	c := b.Build()
	if got := strings.Join(lost(c), "\n"); len(ids(c)) != 1 || !strings.Contains(got, "input/output error") || c.Inputs[0].SHA256 != "" {
		t.Errorf("events %v, losses %q, input %+v", ids(c), got, c.Inputs[0])
	}
}

// FuzzCollect: no file stops the reading of the one beside it, compression
// changes nothing of what is found, and nothing read is claimed as proven.
func FuzzCollect(f *testing.F) {
	for _, form := range formats() {
		f.Add([]byte(form.data))
	}
	f.Add([]byte(`{"schema":"scimtrail/evidence/v1","path":"evidence",` + scope + `}`))
	f.Add([]byte(`{"Users":[{"UserId":"` + user + `","UserName":"ana"}]}`))
	f.Add([]byte("\xff\xfe{\x00}\x00"))
	f.Add([]byte("user,group\nana,admins\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) || bytes.HasPrefix(data, []byte{0x28, 0xb5}) {
			t.Skip("compressed by itself")
		}
		good := log(event("good", scim, "PatchGroup", "2025-10-02T09:00:00Z"))
		opts := file.Options{Workers: 1, Limits: scan.Limits{Record: 1 << 20, Stream: 1 << 24}}
		plain := collect(t, folder(map[string]string{"evidence": string(data), "good.json": good}), opts)
		packed := collect(t, folder(map[string]string{"evidence": zipped(string(data)), "good.json": good}), opts)
		if diff := cmp.Diff(ids(plain), ids(packed)); diff != "" {
			t.Errorf("plain and packed differ:\n%s", diff)
		}
		if plain.Inputs[0].Kind != packed.Inputs[0].Kind {
			t.Errorf("plain is %s, packed is %s", plain.Inputs[0].Kind, packed.Inputs[0].Kind)
		}
		if !strings.Contains(strings.Join(ids(plain), " "), "good") {
			t.Error("the file beside it was not read")
		}
		for _, c := range plain.Coverage {
			if c.Complete == casefile.Proven || c.Span.Empty() {
				t.Errorf("it covers %+v", c)
			}
		}
	})
}
