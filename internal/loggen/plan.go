package loggen

import (
	"iter"
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// Plan is a tree that is not written yet.
type Plan struct {
	opts   Options
	cast   *cast
	calls  []call
	decoys []call
	weight int     // of all calls
	sizes  float64 // sum of the sizes of all files, before they are fitted to Options.Bytes

	writers sync.Pool // *gzip.Writer: each has most of a megabyte
}

// New plans a tree. It fails when the options make no sense.
func New(o Options) (*Plan, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	p := &Plan{opts: o}
	if p.cast, err = newCast(o.Seed); err != nil {
		return nil, err
	}
	if p.calls, err = compileCalls(everyday); err != nil {
		return nil, err
	}
	if p.decoys, err = compileCalls(decoys); err != nil {
		return nil, err
	}
	for i := range p.calls {
		p.weight += p.calls[i].weight
	}
	for i := range o.Files {
		p.sizes += sizeOf(i)
	}
	return p, nil
}

// Options returns the options with their defaults filled in.
func (p *Plan) Options() Options { return p.opts }

// File is one log file of a plan.
type File struct {
	Path      string // from the root of the tree, with / between parts
	Account   string
	Region    string
	Delivered time.Time
	Index     int

	plan   *Plan
	target int64 // bytes of JSON
}

// Files returns the files of the tree, in the order of their deliveries to each
// account and Region in turn. A path comes once.
func (p *Plan) Files() iter.Seq[File] {
	return func(yield func(File) bool) {
		for i := range p.opts.Files {
			if !yield(p.file(i)) {
				return
			}
		}
	}
}

func (p *Plan) file(i int) File {
	o := &p.opts
	places := len(o.Accounts) * len(o.Regions)
	place, turn := i%places, i/places
	turns := (o.Files + places - 1) / places
	// Deliveries are spread evenly, and no two places have theirs at once.
	period := time.Duration(o.Days) * 24 * time.Hour
	at := time.Duration((float64(turn) + float64(place+1)/float64(places+1)) / float64(turns) * float64(period))
	f := File{
		Account: o.Accounts[place%len(o.Accounts)], Region: o.Regions[place/len(o.Accounts)],
		Delivered: o.From.Add(at).UTC().Truncate(time.Minute), Index: i,
		plan: p, target: int64(float64(o.Bytes) * sizeOf(i) / p.sizes),
	}
	f.Path = f.path()
	return f
}

// sizeOf is how large a file is against the others: 0.6 to 1.4. The golden ratio
// spreads the sizes evenly, however many files there are.
func sizeOf(i int) float64 {
	_, part := math.Modf(float64(i) * math.Phi)
	return 0.6 + 0.8*part
}

// path is the key of a log file in its bucket (cloudtrail reference 4.1).
func (f *File) path() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	r := rand.New(rand.NewPCG(f.plan.opts.Seed, uint64(f.Index)^nameStream))
	unique := make([]byte, 16)
	for i := range unique {
		unique[i] = alphabet[r.IntN(len(alphabet))]
	}
	key := "AWSLogs/"
	if org := f.plan.opts.Organization; org != "" {
		key += org + "/"
	}
	return key + f.Account + "/CloudTrail/" + f.Region + f.Delivered.Format("/2006/01/02/") +
		f.Account + "_CloudTrail_" + f.Region + "_" + f.Delivered.Format("20060102T1504Z") + "_" + string(unique) + ".json.gz"
}

// Streams of random numbers: each file has one for its name and one for what is
// in it, so that either can be had without the other.
const (
	castStream = 1 << 60
	nameStream = 1 << 61
	bodyStream = 1 << 62
)
