package casefile_test

import (
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/loggen"
)

// kept is a builder that remembers the records it was given.
type kept struct {
	*casefile.Builder
	records [][]byte
}

func (k *kept) Record(_ int, raw []byte) error {
	k.records = append(k.records, raw)
	return nil
}

func company(t testing.TB, events int) [][]byte {
	t.Helper()
	k := kept{Builder: casefile.NewBuilder(nil)}
	if err := (loggen.Company{Users: events / 20, Groups: 20, Memberships: events / 5, Events: events}).Give(&k); err != nil {
		t.Fatal(err)
	}
	return k.records
}

// TestManyEventsAreTheSameCase: a case of many events, which are named and stored
// again on all processors, does not depend on their order, on repeats or on the
// way that they came.
func TestManyEventsAreTheSameCase(t *testing.T) {
	t.Parallel()
	records := company(t, 2500)
	inOrder := build(t, records...)
	if len(inOrder.Events) != len(records) || inOrder.Events[0].Actor.Kind == "" {
		t.Fatalf("%d events of %d, first actor %+v", len(inOrder.Events), len(records), inOrder.Events[0].Actor)
	}
	r := rand.New(rand.NewPCG(1, 2))
	mixed := append(append([][]byte{}, records...), records[:700]...)
	r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	shuffled := build(t, mixed...)
	if shuffled.Statistics.Duplicates != 700 {
		t.Errorf("%d duplicates", shuffled.Statistics.Duplicates)
	}
	repeats := 0
	for i := range shuffled.Events {
		repeats += shuffled.Events[i].Copies
		shuffled.Events[i].Copies = 0
	}
	if repeats != 700 {
		t.Errorf("%d copies", repeats)
	}
	if !reflect.DeepEqual(inOrder.Events, shuffled.Events) {
		t.Errorf("in another order and with repeats (-in order +mixed):\n%s", cmp.Diff(inOrder.Events, shuffled.Events))
	}

	b := casefile.NewBuilder(actor.Default())
	in := b.Input(casefile.Input{Path: "a"})
	for _, raw := range records {
		if err := b.Record(in, raw); err != nil {
			t.Fatal(err)
		}
	}
	again := casefile.NewBuilder(actor.Default())
	if err := again.Add(b.Gathered()); err != nil {
		t.Fatal(err)
	}
	if got := again.Build().Events; !reflect.DeepEqual(inOrder.Events, got) {
		t.Errorf("gathered and added (-in order +gathered):\n%s", cmp.Diff(inOrder.Events, got))
	}
}

// TestWhatDoesNotFitIsNotAdded: of many events the first that can't be read is
// named, and none is added.
func TestWhatDoesNotFitIsNotAdded(t *testing.T) {
	t.Parallel()
	var g casefile.Gathered
	g.Inputs = []casefile.Input{{Path: "a"}}
	for _, raw := range company(t, 3000) {
		g.Events = append(g.Events, casefile.GatheredEvent{Raw: raw})
	}
	g.Events[1500].Raw = []byte(`{"eventSource":"ec2.amazonaws.com","eventName":"RunInstances"}`)
	g.Events[2500].Input = 1
	b := casefile.NewBuilder(actor.Default())
	err := b.Add(g)
	const want = "adding gathered evidence: a record can't be read again: it is none of identities"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if c := b.Build(); len(c.Events) != 0 || len(c.Inputs) != 0 {
		t.Errorf("%d events and %d inputs were added", len(c.Events), len(c.Inputs))
	}
}

// BenchmarkCase makes a case of 50,000 events of a large company, from records to
// actors, and says what one of them costs.
func BenchmarkCase(b *testing.B) {
	records := company(b, 50_000)
	b.ReportAllocs()
	for b.Loop() {
		made := casefile.NewBuilder(actor.Default())
		in := made.Input(casefile.Input{Path: "a"})
		for _, raw := range records {
			if err := made.Record(in, raw); err != nil {
				b.Fatal(err)
			}
		}
		c := made.Build()
		if len(c.Events) != len(records) {
			b.Fatal(len(c.Events))
		}
		runtime.KeepAlive(c)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/event")
}
