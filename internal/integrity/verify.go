package integrity

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/scimtrail/scimtrail/internal/span"
)

// Inventory is what there is to verify with. Gather fills one from a folder.
type Inventory struct {
	Digests  []Digest // each with its Path
	Keys     Keys
	Metadata map[string]Metadata // by Digest.Path
	// Damaged are files that are digests by their name and can't be one by what is
	// in them: a sign of tampering.
	Damaged []Unusable
	// Unreadable are files that matter and could not be read or parsed: digests
	// that can't be opened, key files and sidecars that are none.
	Unreadable []Unusable

	listed int // log files over all digests
}

// Unusable is a file that could not be used, and why.
type Unusable struct {
	Path string
	Err  error
}

// Files is where the log files are: a folder, a bucket, or a scanner that
// hashed the files while it read them.
type Files interface {
	// Paths yields every file there, in any order, each once; it stops after an
	// error. Paths have slashes; below some prefix they resemble S3 keys or are
	// mere names.
	Paths(ctx context.Context) iter.Seq2[string, error]
	// SHA256 returns the hash of the file's uncompressed bytes. It may be called
	// from several goroutines. An error that wraps ErrDamaged or
	// ErrTooLarge means that the bytes are there and can't be what CloudTrail wrote;
	// any other error means that nobody can tell.
	SHA256(ctx context.Context, path string) ([32]byte, error)
}

// Options change how Verify works. The zero Options is fine.
type Options struct {
	// Bucket is where the files were read from, when that is known; a digest that
	// was signed for another bucket is then a moved one.
	Bucket string
	// Workers is how many files are hashed at once; 0 means one for each processor.
	Workers int
	// MaxFindings bounds Report.Findings; 0 means 10,000.
	MaxFindings int
}

// Verify checks the digests against their signatures and each other, and the
// log files against the digests that proved valid. Its error is one of ctx or of
// files.Paths; whatever is wrong with a file is a Finding. Time is linear in the
// number of digests and log files, and each log file that a valid digest lists
// is hashed once.
//
// It differs from aws cloudtrail validate-logs in this: it also compares each
// digest with the hash that its successor signed, takes the signature of an
// older digest from its successor, and never calls a file missing only because
// the copy at hand begins later than the trail.
func Verify(ctx context.Context, inv Inventory, files Files, opts Options) (Report, error) {
	if opts.Workers <= 0 {
		opts.Workers = runtime.GOMAXPROCS(0)
	}
	if opts.MaxFindings <= 0 {
		opts.MaxFindings = 10_000
	}
	v := &verifier{inv: inv, opts: opts, report: Report{Kinds: make(map[Kind]int)}, keyless: make(map[keyUse]*keyless)}
	v.index()
	if err := inParallel(ctx, opts.Workers, v.digests, v.authenticate); err != nil {
		return Report{}, err
	}
	v.indexAuthentic()
	v.judgeDamaged()
	for _, d := range v.digests {
		v.judge(d)
	}
	v.judgeKeys()
	chains := v.chains()
	for _, c := range chains {
		v.walk(c)
	}
	logs, err := v.findLogs(ctx, files, chains)
	if err != nil {
		return Report{}, err
	}
	for _, c := range chains {
		v.judgeLogs(c, logs)
	}
	v.conclude(chains, logs)
	slices.SortFunc(v.report.Findings, compareFindings)
	if len(v.report.Findings) > opts.MaxFindings {
		v.report.Findings = v.report.Findings[:opts.MaxFindings]
	}
	return v.report, nil
}

// location is where a digest says it belongs.
type location struct{ bucket, object string }

// digest is one digest in the course of a verification.
type digest struct {
	Digest
	paths     []string // of identical copies
	authentic bool     // a signature by a known key fits it
	doubted   bool     // a signature from its metadata does not fit it
	unproven  bool     // authentic, yet its window can't count
}

// standing orders digests that claim the same location, the best one first.
func (d *digest) standing() int {
	switch {
	case d.authentic && !d.unproven:
		return 0
	case d.authentic:
		return 1
	}
	return 2
}

func (d *digest) location() location { return location{d.Bucket, d.Object} }

type verifier struct {
	inv    Inventory
	opts   Options
	report Report

	keyless map[keyUse]*keyless

	digests    []*digest
	byLocation map[location][]*digest
	byName     map[string][]*digest // by the name of the file on disk
	unusable   map[string]bool      // by the name of the file on disk
	// The digests that name another one as their previous, by where that one
	// belongs: first any (at most maxSuccessors), then, once that is known, the
	// authentic ones, also by the name of the other's file. Nobody can flood the
	// latter.
	successors map[location][]*digest
	named      map[location][]*digest
	namedFile  map[string][]*digest
}

// Honest evidence has one of each; more only costs time.
const (
	maxVersions   = 8  // differing files that claim one location or have one name
	maxSuccessors = 64 // digests that name one digest as their previous
)

func (v *verifier) index() {
	v.byLocation = make(map[location][]*digest)
	v.byName = make(map[string][]*digest)
	v.successors = make(map[location][]*digest)
	v.named = make(map[location][]*digest)
	v.namedFile = make(map[string][]*digest)
	v.unusable = make(map[string]bool)
	for _, in := range v.inv.Digests {
		d := v.entry(in)
		d.paths = append(d.paths, in.Path)
		name := baseName(in.Path)
		if list := v.byName[name]; !slices.Contains(list, d) && len(list) < maxVersions {
			v.byName[name] = append(list, d)
		}
	}
	for _, d := range v.digests {
		slices.Sort(d.paths)
		if d.Previous != nil {
			at := location{d.Previous.Bucket, d.Previous.Object}
			if list := v.successors[at]; len(list) < maxSuccessors {
				v.successors[at] = append(list, d)
			}
		}
	}
	for _, file := range slices.Concat(v.inv.Damaged, v.inv.Unreadable) {
		v.unusable[baseName(file.Path)] = true
	}
}

// entry returns the digest with the same content, or a new one.
func (v *verifier) entry(in Digest) *digest {
	at := location{in.Bucket, in.Object}
	for _, d := range v.byLocation[at] {
		if d.SHA256 == in.SHA256 {
			return d
		}
	}
	d := &digest{Digest: in}
	v.digests = append(v.digests, d)
	if list := v.byLocation[at]; len(list) < maxVersions {
		v.byLocation[at] = append(list, d)
	}
	return d
}

// metadata yields the sidecars of all copies of the digest.
func (v *verifier) metadata(d *digest) iter.Seq[Metadata] {
	return func(yield func(Metadata) bool) {
		for _, p := range d.paths {
			if m, ok := v.inv.Metadata[p]; ok && !yield(m) {
				return
			}
		}
	}
}

// authenticate finds out whether any signature at hand fits the digest. Where
// the signature comes from does not matter: only AWS can have made it.
func (v *verifier) authenticate(d *digest) {
	if d.Algorithm != signatureAlgorithm {
		return
	}
	keys := v.inv.Keys.lookup(d.Fingerprint)
	for m := range v.metadata(d) {
		if signatureValid(d.Digest, keys, m.Signature) {
			d.authentic = true
		} else {
			d.doubted = true
		}
	}
	for _, s := range v.successors[d.location()] {
		if d.authentic {
			return
		}
		d.authentic = signatureValid(d.Digest, keys, s.Previous.Signature)
	}
}

// indexAuthentic makes the links of authentic digests known.
func (v *verifier) indexAuthentic() {
	for _, d := range v.digests {
		if d.authentic && d.Previous != nil {
			at := location{d.Previous.Bucket, d.Previous.Object}
			v.named[at] = append(v.named[at], d)
			name := baseName(at.object)
			v.namedFile[name] = append(v.namedFile[name], d)
		}
	}
}

func (v *verifier) add(f Finding) {
	v.report.Kinds[f.Kind]++
	// Twice the bound is kept until they are sorted; then the earliest stay.
	if len(v.report.Findings) >= 2*v.opts.MaxFindings {
		slices.SortFunc(v.report.Findings, compareFindings)
		v.report.Findings = slices.Delete(v.report.Findings, v.opts.MaxFindings, len(v.report.Findings))
	}
	v.report.Findings = append(v.report.Findings, f)
}

func (v *verifier) addDigest(kind Kind, d *digest, message string) {
	v.add(Finding{
		Kind: kind, Account: d.Account, Region: d.Region, Trail: d.Trail,
		Object: d.Object, Path: d.paths[0], Span: d.window(), Message: message,
	})
}

// conclude computes what is proven.
func (v *verifier) conclude(chains []*chain, logs *logIndex) {
	type proof struct {
		chain *chain
		set   span.Set
	}
	var proofs []proof
	for _, c := range chains {
		var windows []span.Span
		any := false
		for _, d := range c.digests {
			any = any || d.authentic
			if d.authentic && !d.unproven {
				windows = append(windows, d.window())
			}
		}
		if any {
			proofs = append(proofs, proof{c, minus(span.SetOf(windows...), span.SetOf(c.cut...))})
		}
	}
	for _, p := range proofs {
		extra := v.judgeExtra(p.chain, p.set, logs)
		v.report.Chains = append(v.report.Chains, Chain{
			Account: p.chain.account, Region: p.chain.region, Trail: p.chain.trail, Home: p.chain.home,
			Proven: minus(p.set, span.SetOf(extra...)),
		})
	}
}

// minus returns what of a is not in b; cuts of no length are ignored.
func minus(a, b span.Set) span.Set {
	var left []span.Span
	for _, s := range a.Spans() {
		left = append(left, b.Gaps(s)...)
	}
	return span.SetOf(left...)
}

// inParallel does something for every item, on several goroutines; do must not
// touch what another item's do touches. Its error is that of ctx.
func inParallel[T any](ctx context.Context, workers int, items []T, do func(T)) error {
	var group sync.WaitGroup
	var next atomic.Int64
	for range min(workers, len(items)) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(items) {
					return
				}
				do(items[i])
			}
		})
	}
	group.Wait()
	return ctx.Err()
}
