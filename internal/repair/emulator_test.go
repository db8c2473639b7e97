package repair_test

import (
	"fmt"
	"testing"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/repair"
)

// TestFillingAnEmptyStoreInBadWeather: every membership is right, no call that had
// succeeded is made again, and a second plan is empty.
func TestFillingAnEmptyStoreInBadWeather(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name    string
		failing float64
	}{{"api", 0}, {"scim", 0}, {"api", 0.05}, {"scim", 0.05}} {
		t.Run(fmt.Sprintf("over %s with 30%% throttled and %.0f%% failing", way.name, way.failing*100), func(t *testing.T) {
			t.Parallel()
			fill(t, 400, 12, way.name, way.failing)
		})
	}
}

// fill brings a store from empty to all memberships and checks what was done.
func fill(t testing.TB, users, groups int, way string, failing float64) {
	s := newStand(t, users, groups)
	w, calls := s.world(t)
	if most := users/100 + groups/100 + groups + 2; calls > most {
		t.Errorf("the plan read AWS in %d calls, more than the %d pages that there are", calls, most)
	}
	p, err := repair.Make(w, s.spread(), repair.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	add, remove := p.Counts()
	if add != users+users/10 || remove != 0 || len(p.CannotAdd) > 0 {
		t.Fatalf("the plan adds %d and removes %d: %v", add, remove, p.CannotAdd)
	}
	target := s.api()
	if way == "scim" {
		target = s.scim(t)
	}
	before := len(s.Events())
	s.SetFaults(idcentertest.Faults{Throttled: 0.3, Failing: failing})
	out, err := repair.Apply(t.Context(), p, "sha256:1", target, journal(t, ""), options())
	s.SetFaults(idcentertest.Faults{})
	if err != nil {
		t.Fatal(err)
	}
	if out.Added != add || !out.Verified || len(out.Refused) > 0 {
		t.Errorf("outcome: %+v", out)
	}
	made, throttled := 0, 0
	for _, e := range s.Events()[before:] {
		switch {
		case e.Error == "ThrottlingException":
			throttled++
		case e.Error != "" || e.ReadOnly:
		default:
			made++
		}
	}
	want := add
	if way == "scim" {
		want = 0
		for _, g := range p.Groups {
			want += (len(g.Add) + 99) / 100
		}
	}
	if made != want {
		t.Errorf("%d changing calls succeeded, for %d that were needed", made, want)
	}
	if throttled == 0 {
		t.Error("nothing was throttled, so that nothing was tested")
	}
	w, _ = s.world(t)
	again, err := repair.Make(w, s.spread(), repair.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if !again.Empty() {
		t.Errorf("a second plan is not empty: %+v", again.Groups)
	}
}

// BenchmarkFill is 10,000 people in 500 groups with 30 % throttled, as docs/repair.md
// tells of it. Its waiting is taken out: it measures the work.
func BenchmarkFill(b *testing.B) {
	for _, way := range []string{"api", "scim"} {
		b.Run(way, func(b *testing.B) {
			for b.Loop() {
				fill(b, 10_000, 500, way, 0)
			}
		})
	}
}
