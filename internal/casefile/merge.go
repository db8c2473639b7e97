package casefile

import (
	"bytes"
	"cmp"
	"slices"
)

// distinct merges copies of the same event, marks superseded ones and sorts.
// Of several copies the fullest is kept, whichever came first. It leaves no
// events in the builder: twice as many would not fit.
func (b *Builder) distinct() (dated, undated []Event, duplicates int) {
	kept := merge(b.events, len(b.events), func(ev *held) string { return ev.key }, &duplicates)
	b.events, b.free = nil, nil
	kept = merge(kept, 0, func(ev *held) string { return ev.SharedID }, &duplicates)
	replaced := map[string]bool{}
	for _, ev := range kept {
		if ev.Addendum.Reason == "UPDATED_DATA" && ev.Addendum.OriginalEventID != "" {
			replaced[ev.Addendum.OriginalEventID] = true
		}
	}
	slices.SortFunc(kept, func(x, y *held) int {
		if at := x.Time.Compare(y.Time); at != 0 {
			return at
		}
		return cmp.Compare(x.key, y.key)
	})
	first := len(kept) // with a time; those without sort before them
	if at := slices.IndexFunc(kept, func(ev *held) bool { return !ev.Time.IsZero() }); at >= 0 {
		first = at
	}
	copied := func(list []*held) []Event {
		if len(list) == 0 {
			return nil
		}
		out := make([]Event, len(list))
		sideBySide(len(list), func(from, to int) {
			for i := from; i < to; i++ {
				ev, made := list[i], &out[i]
				made.Record, made.Key, made.Input, made.Copies = ev.Record, ev.key, ev.input, ev.copies
				made.Superseded = ev.ID != "" && replaced[ev.ID]
			}
		})
		return out
	}
	return copied(kept[first:]), copied(kept[:first]), duplicates
}

// merge returns the events without those that another one of the same key is a
// better copy of. An event without a key has no copies; about so many have one.
func merge(events []*held, keyed int, key func(*held) string, duplicates *int) []*held {
	at := make(map[string]int, keyed)
	kept := make([]*held, 0, len(events))
	for _, ev := range events {
		k := key(ev)
		if k == "" {
			kept = append(kept, ev)
			continue
		}
		i, seen := at[k]
		if !seen {
			at[k] = len(kept)
			kept = append(kept, ev)
			continue
		}
		*duplicates++
		best, other := kept[i], ev
		if fuller(other, best) {
			best, other = other, best
		}
		best.copies += other.copies + 1
		kept[i] = best
	}
	return kept
}

// fuller reports whether x is the better copy of an event than y: fewer
// unreadable fields, then more bytes; ties are broken by the bytes themselves
// and the path, never by order of arrival.
func fuller(x, y *held) bool {
	return cmp.Or(
		cmp.Compare(len(y.Problems), len(x.Problems)),
		cmp.Compare(len(x.Raw), len(y.Raw)),
		cmp.Compare(y.key, x.key),
		bytes.Compare(y.Raw, x.Raw),
		cmp.Compare(y.input, x.input)) > 0
}
