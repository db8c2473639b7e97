package idcenter_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// TestOrderIsASortedMap holds the map that listings walk beside a plain one,
// with enough keys that its runs split and join.
func TestOrderIsASortedMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var o idcenter.Order
		model := map[string]int{}
		key := func(n int) string { return strconv.Itoa(1000000 + n*7919%5000) }
		for range rapid.IntRange(1, 12).Draw(t, "batches") {
			from := rapid.IntRange(0, 5000).Draw(t, "from")
			n := rapid.IntRange(1, 900).Draw(t, "count")
			put := rapid.Bool().Draw(t, "put")
			for i := from; i < from+n; i++ {
				if put {
					o.Put(key(i), i)
					model[key(i)] = i
				} else {
					_, had := model[key(i)]
					if o.Delete(key(i)) != had {
						t.Fatalf("deleting %s: had %v", key(i), had)
					}
					delete(model, key(i))
				}
			}
		}
		keys := slices.Sorted(maps.Keys(model))
		after := rapid.SampledFrom(append([]string{"", "0", "2"}, keys...)).Draw(t, "after")
		var got, want []string
		for k, v := range o.After(after) {
			if model[k] != v {
				t.Fatalf("%s is %d, want %d", k, v, model[k])
			}
			got = append(got, k)
		}
		for _, k := range keys {
			if k > after {
				want = append(want, k)
			}
		}
		if !slices.Equal(got, want) || o.Len() != len(model) {
			t.Fatalf("behind %q: %d keys of %d, want %d of %d", after, len(got), o.Len(), len(want), len(model))
		}
		for _, k := range keys {
			if v, ok := o.Get(k); !ok || v != model[k] {
				t.Fatalf("Get(%s) is %d, %v", k, v, ok)
			}
		}
	})
}

// TestNamesFoldAsEqualFoldDoes: two names are taken for the same exactly when
// they differ in nothing but case.
func TestNamesFoldAsEqualFoldDoes(t *testing.T) {
	t.Parallel()
	letters := []string{"a", "A", "k", "K", "\u212a", "s", "S", "\u017f", "ß", "ẞ", "é", "É", "σ", "ς", "Σ", "1", "@"}
	rapid.Check(t, func(t *rapid.T) {
		word := func(name string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(letters), 0, 3).Draw(t, name), "")
		}
		a, b := word("a"), word("b")
		if same := idcenter.Fold(a) == idcenter.Fold(b); same != strings.EqualFold(a, b) {
			t.Fatalf("%q and %q: %v", a, b, same)
		}
	})
}
