package cli_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/cli"
	"github.com/scimtrail/scimtrail/internal/loggen"
)

// gone takes the evidence out of an archive behind its back: whatever it still
// answers, it answers from memory.
func gone(t *testing.T, archive string) {
	t.Helper()
	db, err := sql.Open("sqlite", archive)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"events", "copies", "documents_kept", "document_pieces", "pieces", "coverage", "facts"} {
		if _, err := db.ExecContext(t.Context(), "DELETE FROM "+table); err != nil {
			t.Fatal(err)
		}
	}
}

func done(t *testing.T, args ...string) string {
	t.Helper()
	r := run(t.Context(), nil, args...)
	if r.Status != 0 || r.Err != "" {
		t.Fatalf("%q: status %d\n%s", args, r.Status, r.Err)
	}
	return r.Out
}

// TestAWarmArchiveAnswersFromMemory asks about somebody, and then about the group
// of each example.
func TestAWarmArchiveAnswersFromMemory(t *testing.T) {
	t.Parallel()
	for _, example := range []string{"removed-by-a-script", "two-writers", "name-taken", "healthy", "recreated"} {
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			folder, kept := "../../examples/"+example, filepath.Join(t.TempDir(), "case.db")
			done(t, "collect", "--from", folder, "--into", kept)
			done(t, "why", "user", "nobody@example.com", "--from", kept, "--warm")
			gone(t, kept)
			for _, format := range []string{"text", "json"} {
				want := done(t, "why", "group", group, "--from", folder, "--format", format)
				if got := done(t, "why", "group", group, "--from", kept, "--format", format); got != want {
					t.Errorf("from memory:\n%s", cmp.Diff(want, got))
				}
			}
		})
	}
}

// TestAWarmArchiveAnswersWhateverItIsAsked asks a company's archive about one group,
// and then, of what it remembers, about all groups and users, by name and by id, and
// about names that nothing bears; in every form.
func TestAWarmArchiveAnswersWhateverItIsAsked(t *testing.T) {
	t.Parallel()
	warm, cold := company(t), company(t)
	done(t, "why", "group", loggen.EmptyGroup, "--from", warm, "--warm")
	gone(t, warm)
	for i := range companyGroups {
		name := fmt.Sprintf("App-AWS-Team-%04d", i) // there is none of the first
		questions := [][]string{{"group", name}}
		if i < companyUsers {
			questions = append(questions, []string{"user", fmt.Sprintf("person.%05d@example.com", i)}, []string{"user", fmt.Sprintf("PERSON.%05d@Example.com", i)})
		}
		if i%10 == 0 {
			questions = append(questions, []string{"user", name}, []string{"group", "x" + name})
		}
		for _, q := range questions {
			for _, format := range []string{"text", "json"} {
				args := append(append([]string{"why"}, q...), "--format", format)
				want := anew(t, cold, args...)
				if got := done(t, append(args, "--from", warm)...); got != want {
					t.Errorf("%v from memory:\n%s", q, cmp.Diff(want, got))
				}
			}
		}
	}
	for _, flags := range [][]string{{"-o", filepath.Join(t.TempDir(), "answer.txt")}, {"-o", "-"}, {"--exit-code"}} {
		ask := func(from string) result {
			r := run(t.Context(), nil, append([]string{"why", "group", "App-AWS-Team-0007", "--from", from}, flags...)...)
			if flags[0] == "-o" && flags[1] != "-" {
				text, err := os.ReadFile(flags[1])
				if err != nil {
					t.Fatal(err)
				}
				r.Out += string(text)
			}
			return r
		}
		if diff := cmp.Diff(ask(cold), ask(warm)); diff != "" {
			t.Errorf("with %v from memory: %s", flags, diff)
		}
	}
	for columns, colour := range map[int]bool{40: true, 200: false} {
		ask := func(from string) string {
			var out bytes.Buffer
			std := cli.Streams{Out: &out, Err: io.Discard, Terminal: colour, Width: columns}
			if status := cli.Main(t.Context(), []string{"why", "group", "App-AWS-Team-0008", "--from", from}, std); status != 0 {
				t.Errorf("status %d", status)
			}
			return out.String()
		}
		if diff := cmp.Diff(ask(cold), ask(warm)); diff != "" {
			t.Errorf("on %d columns from memory: %s", columns, diff)
		}
	}
	// By another path it is the same archive.
	t.Run("through a link", func(t *testing.T) {
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(warm, link); err != nil {
			t.Skip(err)
		}
		want := anew(t, cold, "why", "group", "App-AWS-Team-0009")
		if got := done(t, "why", "group", "App-AWS-Team-0009", "--from", link); got != want {
			t.Error(cmp.Diff(want, got))
		}
	})
}

// TestAnAnswerFromMemoryIsNotWrittenOverEvidence, neither over the archive nor over
// what was read into it.
func TestAnAnswerFromMemoryIsNotWrittenOverEvidence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder, kept := filepath.Join(dir, "evidence"), filepath.Join(dir, "case.db")
	if err := os.CopyFS(folder, os.DirFS("../../examples/removed-by-a-script")); err != nil {
		t.Fatal(err)
	}
	done(t, "collect", "--from", folder, "--into", kept)
	done(t, "why", "group", group, "--from", kept, "--warm")
	inputs, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(inputs) == 0 {
		t.Fatal(inputs, err)
	}
	for _, file := range append(inputs[:1], kept) {
		before, _ := os.ReadFile(file)
		r := run(t.Context(), nil, "why", "group", group, "--from", kept, "-o", file)
		after, _ := os.ReadFile(file)
		if r.Status != 2 || !strings.Contains(r.Err, "is evidence") || !bytes.Equal(before, after) {
			t.Errorf("-o %s: status %d, %s", file, r.Status, r.Err)
		}
	}
}

// TestAQuestionWithOtherFlagsIsAnotherQuestion: what was prepared without them, or
// with others, does not answer it.
func TestAQuestionWithOtherFlagsIsAnotherQuestion(t *testing.T) {
	t.Parallel()
	warm, cold := company(t), company(t)
	done(t, "why", "group", loggen.EmptyGroup, "--from", warm, "--warm")
	done(t, "why", "group", loggen.EmptyGroup, "--from", warm, "--warm", "--since", "2024-12-01")
	for _, flags := range [][]string{
		{}, {"--since", "2024-12-01"}, {"--since", "2025-02-01"}, {"--until", "2025-02-01"}, {"--since", "2024-12-01", "--until", "2025-02-01"},
		{"--region", "us-east-2"}, {"--region", "eu-west-1"}, {"--account", "444455556666"}, {"--now", "2025-12-01"}, {"--now", "now"},
		{"--covers", "source=scim,account=444455556666,region=us-east-2,from=2025-01-01,to=2025-02-01"},
	} {
		for _, q := range [][]string{{"group", "App-AWS-Team-0001"}, {"user", "person.00003@example.com"}, {"user", "nobody"}, {"user", "person.00003@example.com", "--group", "App-AWS-Team-0001"}} {
			args := append([]string{"why"}, append(q, flags...)...)
			want := anew(t, cold, args...)
			if got := done(t, append(args, "--from", warm, "--warm=false")...); got != want && !slices.Contains(flags, "now") {
				t.Errorf("%v %v:\n%s", q, flags, cmp.Diff(want, got))
			}
		}
	}
}

// anew asks an archive that remembers nothing: a copy of one that was never asked.
func anew(t *testing.T, unasked string, args ...string) string {
	t.Helper()
	data, err := os.ReadFile(unasked)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "case.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return done(t, append(args, "--from", path, "--warm=false")...)
}

const companyGroups, companyUsers = 70, 40 // more than are on a sheet

// company is an archive of a company.
func company(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "case.db")
	a, err := archive.Open(t.Context(), path, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := a.Writer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := (loggen.Company{Users: companyUsers, Groups: companyGroups, Memberships: 150, Events: 400}).Give(w); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), a.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnArchiveThatHasChangedAnswersNothingFromMemory(t *testing.T) {
	t.Parallel()
	const first, other = "../../examples/two-writers", "../../examples/removed-by-a-script"
	kept := filepath.Join(t.TempDir(), "case.db")
	done(t, "collect", "--from", first, "--into", kept)
	done(t, "why", "user", "nobody@example.com", "--from", kept, "--warm")
	done(t, "collect", "--from", other, "--into", kept)
	for _, q := range [][]string{{"group", group}, {"user", "nobody@example.com"}, {"user", "somebody@example.com"}} {
		want := done(t, "why", q[0], q[1], "--from", first, "--from", other)
		if diff := cmp.Diff(want, done(t, "why", q[0], q[1], "--from", kept)); diff != "" {
			t.Errorf("after a change: %s", diff)
		}
	}
}

// TestWhoWaitsForAWarmArchive asks about one group, and looks whether another
// question is answered from memory then.
func TestWhoWaitsForAWarmArchive(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		slow, terminal bool
		flags          []string
		remembered     bool
	}{
		"nobody whose archive is read in no time": {},
		"who asked for it":                        {flags: []string{"--warm"}, remembered: true},
		"a script whose archive is large":         {slow: true, remembered: true},
		"not one that spares it":                  {slow: true, flags: []string{"--warm=false"}},
		"not one that narrows its question":       {slow: true, flags: []string{"--since", "2025-01-01"}},
		"a person who narrows theirs":             {slow: true, terminal: true, flags: []string{"--since", "2025-01-01"}, remembered: true},
		"who narrows it and asks for it":          {flags: []string{"--since", "2025-01-01", "--warm"}, remembered: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			warm := company(t)
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			var errs bytes.Buffer
			std := cli.Streams{Out: io.Discard, Err: &errs, Terminal: row.terminal, ErrTerminal: row.terminal, Now: func() time.Time {
				if row.slow {
					now = now.Add(40 * time.Second) // whatever is done between two looks at it
				}
				return now
			}}
			if status := cli.Main(t.Context(), append([]string{"why", "group", loggen.EmptyGroup, "--from", warm}, row.flags...), std); status != 0 {
				t.Fatalf("status %d: %s", status, errs.String())
			}
			if told := strings.Contains(errs.String(), "Remembered the answers about all"); told != (row.terminal && row.remembered) {
				t.Errorf("standard error has %q", errs.String())
			}
			ask := func(from string) string {
				return done(t, append([]string{"why", "user", "person.00002@example.com", "--from", from, "--warm=false"}, slices.DeleteFunc(slices.Clone(row.flags), func(f string) bool { return strings.HasPrefix(f, "--warm") })...)...)
			}
			gone(t, warm)
			if got := ask(warm) == ask(company(t)); got != row.remembered {
				t.Errorf("another question was answered from memory: %v", got)
			}
		})
	}
}

// TestWhoInsistsHasItDone, also when the answer to the question itself is remembered.
func TestWhoInsistsHasItDone(t *testing.T) {
	t.Parallel()
	warm, cold := company(t), company(t)
	first := done(t, "why", "group", loggen.EmptyGroup, "--from", warm, "--warm=false")
	if again := done(t, "why", "group", loggen.EmptyGroup, "--from", warm, "--warm"); again != first {
		t.Error(cmp.Diff(first, again))
	}
	gone(t, warm)
	if again := done(t, "why", "group", loggen.EmptyGroup, "--from", warm, "--warm"); again != first {
		t.Errorf("with nothing left to prepare it is not answered from memory: %s", cmp.Diff(first, again))
	}
	want := anew(t, cold, "why", "group", "App-AWS-Team-0004")
	if got := done(t, "why", "group", "App-AWS-Team-0004", "--from", warm); got != want {
		t.Errorf("another question was not prepared: %s", cmp.Diff(want, got))
	}
}

// TestAnInterruptedWarmingIsNoFailure: the answer is out by then.
func TestAnInterruptedWarmingIsNoFailure(t *testing.T) {
	t.Parallel()
	kept := filepath.Join(t.TempDir(), "case.db")
	done(t, "collect", "--from", removed, "--into", kept)
	ctx, cancel := context.WithCancel(t.Context())
	out := &cancelling{cancel: cancel}
	if status := runTo(ctx, out, "why", "group", group, "--from", kept, "--warm"); status != 0 {
		t.Errorf("status %d", status)
	}
	if want := done(t, "why", "group", group, "--from", removed); string(out.written) != want {
		t.Error(cmp.Diff(want, string(out.written)))
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
}

// TestAnAnswerOfThisMomentIsNotRemembered: what is claimed of the time to come is cut
// at the moment of asking, which another asker's is not.
func TestAnAnswerOfThisMomentIsNotRemembered(t *testing.T) {
	t.Parallel()
	kept := company(t)
	for _, day := range []int{1, 2} {
		for _, q := range [][]string{{"group", loggen.EmptyGroup}, {"user", "person.00002@example.com"}} {
			var out bytes.Buffer
			std := cli.Streams{Out: &out, Err: io.Discard, Now: func() time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }}
			args := append(append([]string{"why"}, q...), "--from", kept, "--warm", "--covers", "source=scim,account=111122223333,region=us-east-2,from=2025-11-01,to=2999-01-01")
			if status := cli.Main(t.Context(), args, std); status != 0 || !strings.Contains(out.String(), fmt.Sprintf("2026-01-%02d", day)) {
				t.Errorf("on day %d: status %d\n%s", day, status, out.String())
			}
		}
	}
}

// TestAnAnswerIsWrittenAtOnce, so that a reader that has enough after a line does not
// end the program before others are remembered.
func TestAnAnswerIsWrittenAtOnce(t *testing.T) {
	t.Parallel()
	kept := company(t)
	for _, from := range []string{"read", "remembered"} {
		for _, format := range []string{"text", "json"} {
			out := &counting{}
			if status := runTo(t.Context(), out, "why", "group", loggen.EmptyGroup, "--from", kept, "--format", format); status != 0 || out.writes != 1 {
				t.Errorf("%s, %s: status %d, written %d times", from, format, status, out.writes)
			}
		}
	}
}

// counting is an output that counts how often something is written to it.
type counting struct{ writes int }

func (w *counting) Write(p []byte) (int, error) {
	w.writes++
	return len(p), nil
}

// TestAnArchiveThatMayOnlyBeReadIsNotWarmed, and answers.
func TestAnArchiveThatMayOnlyBeReadIsNotWarmed(t *testing.T) {
	t.Parallel()
	kept := company(t)
	if os.Geteuid() != 0 {
		if err := os.Chmod(kept, 0o400); err != nil {
			t.Fatal(err)
		}
		done(t, "why", "group", loggen.EmptyGroup, "--from", kept, "--warm")
		return
	}
	// Root may write everything, so somebody else asks, from where they may go.
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, err1 := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(nobody.Gid, 10, 32)
	dir, err3 := os.MkdirTemp("", "read-only")
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := errors.Join(err1, err2, err3, os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{"scimtrail": self, "case.db": kept} {
		// A program of its own copies: what this one has open for writing, a child that
		// another test starts could hold, and then it can't be run.
		to := filepath.Join(dir, name)
		if out, err := exec.Command("cp", from, to).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if err := os.Chmod(to, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(filepath.Join(dir, "scimtrail"))
	cmd.Args = []string{"scimtrail", "why", "group", loggen.EmptyGroup, "--from", "case.db", "--warm"} // TestMain
	cmd.Dir, cmd.Env = dir, []string{"HOME=/nonexistent"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), loggen.EmptyGroup) {
		t.Errorf("%v\n%s", err, out)
	}
}

// cancelling is an output that interrupts whoever has written the answer to it.
type cancelling struct {
	cancel  func()
	written []byte
}

func (w *cancelling) Write(p []byte) (int, error) {
	w.written = append(w.written, p...)
	w.cancel()
	return len(p), nil
}

func runTo(ctx context.Context, out io.Writer, args ...string) int {
	return cli.Main(ctx, args, cli.Streams{Out: out, Err: io.Discard})
}
