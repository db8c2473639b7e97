package idcenter

import (
	"cmp"
	"iter"
	"slices"
	"sort"
)

// order is a map whose keys can be walked in order from any key on. It holds
// them in sorted runs of bounded length, so that to insert, find, delete or walk
// on costs what a run and a binary search among the runs cost, however many keys
// there are. The zero order is empty.
type order[V any] struct {
	runs [][]entry[V] // each sorted and not empty; all of one before all of the next
	size int
}

type entry[V any] struct {
	key   string
	value V
}

// longestRun is where a run is split, as a balance between moving entries
// within a run and moving runs.
const longestRun = 256

// Len returns the number of keys.
func (o *order[V]) Len() int { return o.size }

// place returns the run that holds key or would hold it, and the place in it.
func (o *order[V]) place(key string) (run, at int, found bool) {
	run = sort.Search(len(o.runs), func(i int) bool { return o.runs[i][0].key > key }) - 1
	if run < 0 {
		return 0, 0, false
	}
	at, found = slices.BinarySearchFunc(o.runs[run], key, func(e entry[V], k string) int { return cmp.Compare(e.key, k) })
	return run, at, found
}

// Get returns the value under key.
func (o *order[V]) Get(key string) (v V, ok bool) {
	if run, at, found := o.place(key); found {
		return o.runs[run][at].value, true
	}
	return v, false
}

// Put sets the value under key.
func (o *order[V]) Put(key string, v V) {
	run, at, found := o.place(key)
	if found {
		o.runs[run][at].value = v
		return
	}
	o.size++
	if len(o.runs) == 0 {
		o.runs = append(o.runs, []entry[V]{{key, v}})
		return
	}
	r := slices.Insert(o.runs[run], at, entry[V]{key, v})
	if len(r) > longestRun {
		half := len(r) / 2
		o.runs = slices.Insert(o.runs, run+1, slices.Clone(r[half:]))
		clear(r[half:])
		r = r[:half]
	}
	o.runs[run] = r
}

// Delete takes a key away and reports whether it was there.
func (o *order[V]) Delete(key string) bool {
	run, at, found := o.place(key)
	if !found {
		return false
	}
	o.size--
	r := slices.Delete(o.runs[run], at, at+1)
	o.runs[run] = r
	if len(r) == 0 {
		o.runs = slices.Delete(o.runs, run, run+1)
		return true
	}
	// Runs stay long enough that walking a page visits few of them.
	o.join(run)
	if run > 0 {
		o.join(run - 1)
	}
	return true
}

// join makes one of two neighbouring runs that are both short.
func (o *order[V]) join(run int) {
	next := run + 1
	if next < len(o.runs) && len(o.runs[run])+len(o.runs[next]) <= longestRun/2 {
		o.runs[run] = append(o.runs[run], o.runs[next]...)
		o.runs = slices.Delete(o.runs, next, next+1)
	}
}

// After walks the keys behind key in order; "" is before all of them.
func (o *order[V]) After(key string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		run, at, found := 0, 0, false
		if key != "" {
			if run, at, found = o.place(key); found {
				at++
			}
		}
		for ; run < len(o.runs); run, at = run+1, 0 {
			for _, e := range o.runs[run][at:] {
				if !yield(e.key, e.value) {
					return
				}
			}
		}
	}
}
