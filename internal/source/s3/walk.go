package s3

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/intake"
)

// area is what is walked: a tree, or a folder that belongs to none.
type area struct {
	tree
	flat bool // only what lies in the folder itself

	done  string    // the key up to which it was read before
	since time.Time // what was written from then on may be new even so; zero when that is not known
	late  bool      // something of that kind was read
}

// dayForm is the folder of a day in a tree.
const dayForm = "2006/01/02"

// listers is how many areas are listed at once. S3 takes thousands of listings a
// second; few are needed to be ahead of the downloads.
const listers = 8

// listing is the pages of one area, in order.
type listing struct {
	pages chan []object
	err   error // once pages is closed
}

// walk lists the objects of all areas that are asked for and calls yield with
// each, area by area, in the order of their keys. Its error is that of a listing,
// of yield or of ctx.
func (s *Source) walk(ctx context.Context, areas []area, only *intake.Only, yield func(i int, o object) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	lists := make([]listing, len(areas))
	for i := range lists {
		lists[i].pages = make(chan []object, 1)
	}
	go func() {
		free := make(chan struct{}, listers)
		for i := range areas {
			select {
			case free <- struct{}{}:
			case <-ctx.Done():
				for j := i; j < len(areas); j++ {
					lists[j].err = ctx.Err()
					close(lists[j].pages)
				}
				return
			}
			go func() {
				lists[i].err = s.listArea(ctx, &areas[i], only, lists[i].pages)
				close(lists[i].pages)
				<-free
			}()
		}
	}()
	for i := range lists {
		for objects := range lists[i].pages {
			for _, o := range objects {
				if err := yield(i, o); err != nil {
					return err
				}
			}
		}
		if lists[i].err != nil {
			return lists[i].err
		}
	}
	return nil
}

// listArea sends what is asked for of an area. Keys are in the order of their
// days, so that listing begins at the first and ends after the last.
func (s *Source) listArea(ctx context.Context, a *area, only *intake.Only, to chan<- []object) error {
	after, end, delimiter := a.begins(), "", ""
	if a.flat {
		delimiter = "/"
	} else {
		when := only.Deliveries()
		if !when.From.IsZero() {
			after = max(after, a.base+when.From.UTC().Format(dayForm))
		}
		end = a.base + when.To.UTC().Format(dayForm) + "0" // follows the slash in ASCII
	}
	for token := ""; ; {
		p, err := s.b.list(ctx, a.within, delimiter, after, token)
		if err != nil {
			return s.problem(ctx, err, "listing "+s.shown(a.within))
		}
		past := end != "" && len(p.objects) > 0 && p.objects[len(p.objects)-1].key > end
		p.objects = slices.DeleteFunc(p.objects, func(o object) bool {
			return end != "" && o.key > end || o.key <= after || a.passed(o) || !s.reads(a, o, only)
		})
		if len(p.objects) > 0 {
			select {
			case to <- p.objects:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if token = p.next; token == "" || past {
			return nil
		}
	}
}

// Endings of what may be evidence outside of a trail's folders, where anything may
// lie and every object costs a request.
var evidenceForms = []string{".json", ".jsonl", ".ndjson", ".csv", ".gz", ".zst", ".log", ".txt"}

// reads reports whether an object is fetched.
func (s *Source) reads(a *area, o object, only *intake.Only) bool {
	if strings.HasSuffix(o.key, "/") || o.size == 0 && a.flat || !only.Wants(o.key) {
		return false
	}
	return !a.flat || slices.Contains(evidenceForms, strings.ToLower(path.Ext(o.key)))
}
