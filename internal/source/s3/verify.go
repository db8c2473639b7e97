package s3

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/intake"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/span"
)

// A digest is made for an hour of deliveries, and may list a file of the hour
// before; both belong to the proof of the first moment that is asked about.
const (
	digestWindow = time.Hour
	digestDelay  = time.Hour
)

// widened is what has to be read so that all that is asked about can be proven.
func widened(o intake.Only) intake.Only {
	if !o.Span.From.IsZero() {
		o.Span.From = o.Span.From.Add(-digestWindow - digestDelay)
	}
	return o
}

// sums are the hashes of the log files that were read, which package integrity
// compares with the digests.
type sums struct {
	mu sync.Mutex
	of map[string]sum // by key
}

type sum struct {
	hash [32]byte
	err  error
}

var _ integrity.Files = (*sums)(nil)

func (s *sums) add(key string, hash [32]byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of[key] = sum{hash, err}
}

// fail notes a file that is there and could not be read.
func (s *sums) fail(key string) {
	if s != nil {
		s.add(key, [32]byte{}, errors.New("the object could not be read"))
	}
}

// Paths yields the keys of the log files.
func (s *sums) Paths(context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key := range s.of {
			if !yield(key, nil) {
				return
			}
		}
	}
}

// SHA256 returns the hash of a log file's content, as it was when it was read.
func (s *sums) SHA256(_ context.Context, key string) ([32]byte, error) {
	one := s.of[key]
	return one.hash, one.err
}

// verify checks the log files that were read against their digests.
func (c *collection) verify(ctx context.Context) error {
	var trees []area
	for _, d := range digestTrees(c.areas) {
		trees = append(trees, area{tree: d})
	}
	c.s.o.Query.Progress.Doing("checking the digests in " + c.s.name())
	inv, err := c.digests(ctx, trees)
	if err != nil {
		return err
	}
	if len(inv.Digests)+len(inv.Damaged) == 0 {
		c.sink.Note(c.s.name() + ": there are no digests of the time that was read, so nothing is proven; log file validation may be off")
		return nil
	}
	if err := c.keys(ctx, &inv); err != nil {
		return err
	}
	if inv.Keys.Len() == 0 {
		c.reading.KeysMissing(inv.Digests)
	}
	report, err := integrity.Verify(ctx, inv, c.sums, integrity.Options{})
	if err != nil {
		return err
	}
	c.reading.Seal(report)
	return nil
}

// digestTrees are the folders of the digests of what was walked.
func digestTrees(areas []area) []tree {
	var out []tree
	for _, a := range areas {
		if a.flat {
			continue
		}
		base := digestBase(a.base)
		t := tree{base: base, within: base, place: a.place}
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// digestBase is where the digests of a tree of log files lie.
func digestBase(base string) string {
	w := locate(base)
	end := len(base) - len(folderLogs+"/"+w.region+"/")
	return base[:end] + folderDigests + "/" + w.region + "/"
}

// digests fetches the digests of the deliveries that were read, several at once.
func (c *collection) digests(ctx context.Context, trees []area) (integrity.Inventory, error) {
	var inv integrity.Inventory
	var mu sync.Mutex
	var group sync.WaitGroup
	var failed error
	when := c.only.Deliveries()
	work := make(chan object)
	for range c.s.o.Parallel {
		group.Go(func() {
			for o := range work {
				data, metadata, err := c.s.b.load(ctx, o, nil)
				mu.Lock()
				switch {
				case err == nil:
					err = inv.Take(o.key, data, metadata, func(d integrity.Digest) bool { return within(when, d) })
					if err != nil && failed == nil {
						failed = err
					}
				case ctx.Err() == nil:
					mu.Unlock()
					reason := c.fetch.judge(ctx, o, err)
					mu.Lock()
					inv.Unreadable = append(inv.Unreadable, integrity.Unusable{Path: o.key, Err: errors.New(reason)})
				}
				mu.Unlock()
			}
		})
	}
	err := c.s.walk(ctx, trees, &c.only, func(_ int, o object) error {
		if o.size > integrity.MaxDigestBytes {
			mu.Lock()
			defer mu.Unlock()
			inv.Damaged = append(inv.Damaged, integrity.Unusable{Path: o.key, Err: integrity.ErrTooLarge})
			return nil
		}
		select {
		case work <- o:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(work)
	group.Wait()
	if err == nil {
		err = failed
	}
	if err == nil {
		err = ctx.Err()
	}
	return inv, err
}

// within reports whether every log file that a digest lists was asked for. One that
// was not must not count as missing.
func within(when span.Span, d integrity.Digest) bool {
	return (when.From.IsZero() || !d.Start.Add(-digestDelay).Before(when.From)) && !d.End.After(when.To)
}

// keys fetches the public keys for the digests, of each Region.
func (c *collection) keys(ctx context.Context, inv *integrity.Inventory) error {
	if c.s.o.Keys == nil {
		return nil
	}
	times := map[string]span.Span{}
	var regions []string
	for _, d := range inv.Digests {
		t, known := times[d.Region]
		if !known {
			t = span.Span{From: d.Start, To: d.End}
			regions = append(regions, d.Region)
		}
		if d.Start.Before(t.From) {
			t.From = d.Start
		}
		if d.End.After(t.To) {
			t.To = d.End
		}
		times[d.Region] = t
	}
	slices.Sort(regions)
	for _, region := range regions {
		keys, err := c.s.o.Keys(ctx, region, times[region])
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			p := c.s.o.Explain(err, "fetching the public keys of "+region)
			c.sink.Unreadable(casefile.Loss{Path: c.s.name(), Reason: p.Error(), Lost: "the proof that the logs of " + region + " are complete and unchanged"})
			continue
		}
		inv.Keys.Add(keys)
	}
	return nil
}
