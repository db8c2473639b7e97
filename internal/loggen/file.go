package loggen

import (
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// Identity is a record of one of the directory sources.
type Identity struct {
	ID, Source, Name string
}

// Contents is what one file, or a whole tree, holds.
type Contents struct {
	Records       int
	Bytes, Packed int64          // of JSON, and compressed
	Sources       map[string]int // records by event source
	Identity      []Identity     // in the order of the file; a whole tree's are not kept
	Identities    int            // how many those are
	Decoys        int            // records that only look as if
}

// add takes in the counts of one file.
func (c *Contents) add(f *Contents) {
	c.Records += f.Records
	c.Bytes += f.Bytes
	c.Packed += f.Packed
	c.Identities += f.Identities
	c.Decoys += f.Decoys
	if c.Sources == nil {
		c.Sources = map[string]int{}
	}
	for source, n := range f.Sources {
		c.Sources[source] += n
	}
}

// typicalRecord is the mean length of a record in bytes.
const typicalRecord = 1450

// burst is how many calls of a hundred are of the same kind and by the same caller
// as the one before.
const burst = 75

// Generate writes the file, compressed, and returns what is in it. It keeps one
// record in memory at a time, and fails only when w does.
func (f File) Generate(w io.Writer) (Contents, error) {
	packed := &counter{w: w}
	// The standard library's encoder cuts blocks of about 16,000 symbols, as zlib
	// does. Others cut smaller ones, which cost a decoder more.
	z, ok := f.plan.writers.Get().(*gzip.Writer)
	if ok {
		z.Reset(packed)
	} else {
		var err error
		if z, err = gzip.NewWriterLevel(packed, f.plan.opts.Level); err != nil {
			return Contents{}, err
		}
	}
	defer f.plan.writers.Put(z)
	c, err := f.write(z)
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return Contents{}, fmt.Errorf("writing %s: %w", f.Path, err)
	}
	c.Packed = packed.n
	return c, nil
}

// write writes the file's JSON.
func (f File) write(w io.Writer) (Contents, error) {
	p := f.plan
	s := &scribe{
		r: rand.New(rand.NewPCG(p.opts.Seed, uint64(f.Index)|bodyStream)), cast: p.cast, file: &f,
		callers: map[kindOfCaller][]*caller{},
	}
	c := Contents{Sources: map[string]int{}}
	out := &counter{w: w}
	if _, err := io.WriteString(out, `{"Records":[`); err != nil {
		return c, err
	}
	one := func(n int) bool { return n > 0 && s.r.IntN(n) == 0 }
	// Records run over the five minutes before the delivery, a little out of
	// order (cloudtrail reference 4.2).
	begin := f.Delivered.Add(-9 * time.Minute)
	var last *call
	for c.Records == 0 || out.n+typicalRecord/2 < f.target {
		s.b = s.b[:0]
		if c.Records > 0 {
			s.b = append(s.b, ',')
		}
		progress := float64(out.n) / float64(f.target)
		s.now = begin.Add(time.Duration(progress*300)*time.Second + time.Duration(s.r.IntN(20))*time.Second)
		clear(s.chosen[:])
		switch {
		case one(p.opts.IdentityShare):
			id := s.identity()
			c.Identity = append(c.Identity, id)
			c.Identities++
			c.Sources[id.Source]++
		case one(p.opts.DecoyShare):
			k := &p.decoys[s.r.IntN(len(p.decoys))]
			s.record(k)
			c.Decoys++
			c.Sources[k.source]++
		default:
			// Real calls come in bursts: a loop over pages or resources by one
			// caller. What gzip gains on a log comes from them.
			if last == nil || s.r.IntN(100) >= burst {
				last, s.again = p.draw(s.r, f.target), nil
			}
			s.record(last)
			s.again = s.caller
			c.Sources[last.source]++
		}
		c.Records++
		if _, err := out.Write(s.b); err != nil {
			return c, err
		}
	}
	_, err := io.WriteString(out, `]}`)
	c.Bytes = out.n
	return c, err
}

// draw takes a call by its weight. The largest answers are only in files that
// have room for them.
func (p *Plan) draw(r *rand.Rand, target int64) *call {
	for {
		n := r.IntN(p.weight)
		for i := range p.calls {
			k := &p.calls[i]
			if n -= k.weight; n < 0 {
				if k.large && target < 8*typicalRecord {
					break
				}
				return k
			}
		}
	}
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
