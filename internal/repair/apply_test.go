package repair_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/repair"
)

// fakeStore is the world of a snapshot, as a target.
func fakeStore(s directory.Snapshot, most int) *store {
	out := &store{most: most, members: map[string]map[string]bool{}, unknown: map[string]bool{}}
	for _, g := range s.Groups {
		out.members[g.ID] = map[string]bool{}
	}
	for _, m := range s.Memberships {
		out.members[m.Group][m.User] = true
	}
	return out
}

// planned is a store and a plan for it: Admins shall have 2 to 9 in place of 0 and 1.
func planned(t testing.TB, most int) (*store, *repair.Plan) {
	t.Helper()
	s := snapshot(12, map[string][]int{"Admins": {0, 1}, "Readers": {5}})
	w, err := repair.NewWorld([]directory.Snapshot{s}, "")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for n := 2; n < 10; n++ {
		names = append(names, name(n))
	}
	p, err := repair.Make(w, []repair.Wanted{wanted("Admins", names...), wanted("Readers", name(5), name(6))}, repair.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return fakeStore(s, most), p
}

func all() repair.ApplyOptions {
	o := options()
	o.Limit = 100
	return o
}

// TestInterruptedAtAnyMomentAPlanIsDoneOnce: whatever befalls the calls and the
// process, run after run, in the end every membership is right, and none was made
// or removed twice.
func TestInterruptedAtAnyMomentAPlanIsDoneOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int{1, 3, 100}).Draw(t, "members a call")
		s, p := planned(noLog{}, most)
		luck := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "luck"), 0)) // drawn under the store's lock
		kinds := []trouble{"", "", throttled, lost, failed, killed, killedOff}
		s.trouble = func(int) trouble { return kinds[luck.IntN(len(kinds))] }
		n++
		file := filepath.Join(dir, fmt.Sprint("journal-", n))
		for run := 0; ; run++ {
			if run == 40 {
				s.trouble = nil // it can't rain for ever
			}
			out, err := applyOrDie(t.Context(), s, p, file)
			if rapid.Bool().Draw(t, "torn") && err != nil {
				tear(t, file)
			}
			if err == nil {
				if !out.Verified {
					t.Fatalf("not verified: %+v", out)
				}
				break
			}
			if run > 45 {
				t.Fatalf("it does not end: %v", err)
			}
		}
		want := map[string]map[string]bool{group(0): {}, group(1): {user(5): true, user(6): true}}
		for n := 2; n < 10; n++ {
			want[group(0)][user(n)] = true
		}
		if diff := cmp.Diff(want, s.members); diff != "" {
			t.Fatal(diff)
		}
		for what, times := range s.done {
			if times != 1 {
				t.Errorf("%s was done %d times", what, times)
			}
		}
	})
}

// noLog is a testing.TB for helpers that can't fail here.
type noLog struct{ testing.TB }

func (noLog) Helper()           {}
func (noLog) Fatal(args ...any) { panic(args) }

// applyOrDie applies a plan; a process that is killed leaves the journal as it is.
func applyOrDie(ctx context.Context, s *store, p *repair.Plan, file string) (*repair.Outcome, error) {
	j, err := repair.OpenJournal(file, nil)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	s.die = func() { _ = j.Close() }
	return repair.Apply(ctx, p, "sha256:1", s, j, all())
}

// tear leaves half a line at the journal's end, as a power cut may.
func tear(t *rapid.T, file string) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if _, err := f.WriteString(`{"kind":"intent","time":"2026-11-`); err != nil {
		t.Fatal(err)
	}
}

// TestAnIntentWithoutAResultIsLookedUp: what kill -9 leaves behind, written by hand.
func TestAnIntentWithoutAResultIsLookedUp(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		made bool // the call had arrived
	}{{"it had been made", true}, {"it had not", false}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, p := planned(t, 100)
			file := filepath.Join(t.TempDir(), "journal")
			text := `{"kind":"begin","time":"2026-11-24T12:00:00Z","schema":"scimtrail/journal/v1","plan":"sha256:1","identityStore":"d-9a67000001","reason":"x"}
{"kind":"intent","time":"2026-11-24T12:00:01Z","step":1,"op":"add","group":"` + group(1) + `","groupName":"Readers","users":[{"id":"` + user(6) + `","name":"` + name(6) + `"}]}
{"kind":"inte`
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if row.made {
				s.members[group(1)][user(6)] = true
			}
			out, err := repair.Apply(t.Context(), p, "sha256:1", s, journal(t, file), all())
			if err != nil {
				t.Fatal(err)
			}
			want := 1
			if row.made {
				want = 0
			}
			if got := s.done["add "+group(1)+" "+user(6)]; got != want {
				t.Errorf("added %d times, want %d", got, want)
			}
			if !out.Resumed || out.Settled != 1 || out.Added != 9 || out.Removed != 2 || !out.Verified {
				t.Errorf("outcome %+v", out)
			}
		})
	}
}

func TestTheWorldMovedSoNothingIsChanged(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		move func(*store)
		want string
	}{
		{"somebody joined", func(s *store) { s.members[group(0)][user(11)] = true }, "user " + user(11) + " is in Admins now"},
		{"somebody left", func(s *store) { delete(s.members[group(0)], user(0)) }, name(0) + " is no longer in Admins"},
		{"somebody else did a part of it", func(s *store) { s.members[group(0)][user(2)] = true }, name(2) + " is in Admins now"},
		{"a group is gone", func(s *store) { delete(s.members, group(1)) }, "group Readers is gone"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, p := planned(t, 1)
			row.move(s)
			_, err := repair.Apply(t.Context(), p, "sha256:1", s, journal(t, ""), all())
			if _, ok := errors.AsType[*repair.Moved](err); !ok || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want %q", err, row.want)
			}
			if s.calls != 0 {
				t.Errorf("%d calls changed something", s.calls)
			}
		})
	}
}

func TestOneWhoIsGoneDoesNotKeepTheOthersOut(t *testing.T) {
	t.Parallel()
	for _, most := range []int{1, 100} {
		s, p := planned(t, most)
		s.unknown[user(4)] = true
		out, err := repair.Apply(t.Context(), p, "sha256:1", s, journal(t, ""), all())
		if err != nil {
			t.Fatal(err)
		}
		if out.Added != 8 || len(out.Refused) != 1 || out.Refused[0].User.Name != name(4) || !out.Verified {
			t.Errorf("%d a call: %+v", most, out)
		}
		if most == 100 && s.calls > 2+1+6 {
			t.Errorf("finding one of 8 took %d calls", s.calls)
		}
	}
}

func TestGuardsOfApply(t *testing.T) {
	t.Parallel()
	s, p := planned(t, 1)
	dir := t.TempDir()
	try := func(change func(*repair.ApplyOptions)) error {
		o := all()
		change(&o)
		j, err := repair.OpenJournal(filepath.Join(dir, "journal"), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		_, err = repair.Apply(t.Context(), p, "sha256:1", s, j, o)
		return err
	}
	if err := try(func(o *repair.ApplyOptions) { o.Reason = " " }); !errors.Is(err, repair.ErrNoReason) {
		t.Errorf("without a reason: %v", err)
	}
	if err := try(func(o *repair.ApplyOptions) { o.Limit = repair.DefaultLimit }); err == nil || !strings.Contains(err.Error(), "2 of 2 members from Admins") {
		t.Errorf("too many removals: %v", err)
	}
	p.Groups[0].Fingerprint = "sha256:0"
	if err := try(func(*repair.ApplyOptions) {}); err == nil || !strings.Contains(err.Error(), "the file was changed") {
		t.Errorf("a changed plan: %v", err)
	}
	if s.calls != 0 {
		t.Errorf("%d calls changed something", s.calls)
	}
}

func TestTwoAtOnceAreKeptApart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "journal")
	first := journal(t, file)
	if _, err := repair.OpenJournal(file, nil); !errors.Is(err, repair.ErrLocked) {
		t.Errorf("a second one: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := repair.OpenJournal(file, nil)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAPlanThatWasDoneIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	s, p := planned(t, 1)
	file := filepath.Join(t.TempDir(), "journal")
	for run := range 2 {
		j, err := repair.OpenJournal(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := repair.Apply(t.Context(), p, "sha256:1", s, j, all())
		if err != nil || out.Added != 9 || out.Before.IsZero() != (run == 0) {
			t.Errorf("run %d: %+v, %v", run, out, err)
		}
		if _, err := repair.Apply(t.Context(), p, "sha256:2", s, j, all()); !errors.Is(err, repair.ErrOtherJournal) {
			t.Errorf("another plan with this journal: %v", err)
		}
		_ = j.Close()
	}
	if s.calls != 11 {
		t.Errorf("%d calls", s.calls)
	}
}

func TestUndoTakesBackWhatWasDone(t *testing.T) {
	t.Parallel()
	s, p := planned(t, 100)
	file := filepath.Join(t.TempDir(), "journal")
	j := journal(t, file)
	if _, err := repair.Apply(t.Context(), p, "sha256:1", s, j, all()); err != nil {
		t.Fatal(err)
	}
	delete(s.members[group(0)], user(2)) // somebody was quicker
	s.members[group(0)][user(11)] = true // and somebody else came; he stays
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	back, err := repair.ReadJournal(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	undo, err := repair.Undo(t.Context(), back, file, s, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := undo.Guard(repair.DefaultLimit); err == nil {
		t.Error("taking back is not guarded")
	}
	if _, err := repair.Apply(t.Context(), undo, undo.ID(), s, journal(t, ""), all()); err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]bool{group(0): {user(0): true, user(1): true, user(11): true}, group(1): {user(5): true}}
	if diff := cmp.Diff(want, s.members); diff != "" {
		t.Error(diff)
	}
	again, err := repair.Undo(t.Context(), back, file, s, now)
	if err != nil || !again.Empty() {
		t.Errorf("taking back twice: %+v, %v", again, err)
	}
}

func TestAnInterruptStopsAndIsResumed(t *testing.T) {
	t.Parallel()
	for _, moment := range []trouble{lost, cutOff} {
		t.Run(string(moment), func(t *testing.T) {
			t.Parallel()
			s, p := planned(t, 1)
			file := filepath.Join(t.TempDir(), "journal")
			ctx, cancel := context.WithCancel(t.Context())
			s.trouble = func(n int) trouble {
				if n == 4 {
					cancel()
					return moment
				}
				return ""
			}
			j, err := repair.OpenJournal(file, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := repair.Apply(ctx, p, "sha256:1", s, j, all()); !errors.Is(err, context.Canceled) {
				t.Fatalf("error %v", err)
			}
			_ = j.Close()
			out, err := repair.Apply(t.Context(), p, "sha256:1", s, journal(t, file), all())
			if err != nil || out.Added != 9 || out.Removed != 2 || !out.Verified {
				t.Errorf("%+v, %v", out, err)
			}
			for what, times := range s.done {
				if times != 1 {
					t.Errorf("%s was done %d times", what, times)
				}
			}
		})
	}
}

func TestAnErrorThatIsNotAboutOnePersonStops(t *testing.T) {
	t.Parallel()
	s, p := planned(t, 1)
	_, err := repair.Apply(t.Context(), p, "sha256:1", denied{s}, journal(t, ""), all())
	if problem, ok := errors.AsType[*live.Problem](err); !ok || problem.Kind != live.Denied {
		t.Errorf("error %v", err)
	}
}

type denied struct{ *store }

func (denied) Add(context.Context, string, []string) error {
	return &live.Problem{Kind: live.Denied, Doing: "adding", Reason: "access is denied", Permission: "identitystore:CreateGroupMembership"}
}

// FuzzPlanFile: whatever is taken for a plan agrees with itself, and is written as it
// was read.
func FuzzPlanFile(f *testing.F) {
	_, p := planned(noLog{}, 1)
	file := filepath.Join(f.TempDir(), "plan")
	if err := p.Save(file); err != nil {
		f.Fatal(err)
	}
	seed, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(bytes.Replace(seed, []byte(user(2)), []byte(user(0)), 1))
	f.Add([]byte(`{"schema":"scimtrail/plan/v2"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, _, err := repair.Load(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, g := range p.Groups {
			if g.Fingerprint != repair.Fingerprint(g.Members) || len(g.Remove) > len(g.Members) || repair.ControlTower(g.Name) && !g.Named {
				t.Errorf("taken for a plan: %+v", g)
			}
		}
		file := filepath.Join(t.TempDir(), "plan")
		if err := p.Save(file); err != nil {
			t.Fatal(err)
		}
		again, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if q, _, err := repair.Load(bytes.NewReader(again)); err != nil || q.ID() != p.ID() {
			t.Errorf("written and read again it is another: %v", err)
		}
	})
}

// FuzzJournal: a journal that can be opened has its last lines cut off at most, and
// can be opened again with the same sense.
func FuzzJournal(f *testing.F) {
	s, p := planned(noLog{}, 3)
	file := filepath.Join(f.TempDir(), "journal")
	j, err := repair.OpenJournal(file, nil)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := repair.Apply(context.Background(), p, "sha256:1", s, j, all()); err != nil {
		f.Fatal(err)
	}
	_ = j.Close()
	seed, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:len(seed)/2])
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := filepath.Join(t.TempDir(), "journal")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := repair.OpenJournal(file, nil)
		after, readErr := os.ReadFile(file)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if err != nil {
			if !bytes.Equal(data, after) {
				t.Errorf("a file that is no journal was changed")
			}
			return
		}
		tally := j.Tally()
		_ = j.Close()
		if !bytes.HasPrefix(data, after) || bytes.Contains(data[len(after):], []byte("\n")) {
			t.Errorf("more than a torn last line was cut off")
		}
		again, err := repair.OpenJournal(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if diff := cmp.Diff(tally, again.Tally()); diff != "" {
			t.Error(diff)
		}
	})
}
