package integrity

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/span"
)

// judgeDamaged reports files that bear a digest's name and are none.
func (v *verifier) judgeDamaged() {
	for _, file := range v.inv.Damaged {
		f := Finding{
			Kind: DigestDamaged, Path: file.Path,
			Message: "This file has the name of a digest but can't be read as one: it was changed or cut off. Fetch it from the bucket again.",
		}
		if p, ok := parseDigestKey(file.Path); ok {
			f.Account, f.Region, f.Trail = p.account, p.region, p.trail
		}
		v.add(f)
		v.report.Digests.Invalid++
	}
	for _, file := range v.inv.Unreadable {
		v.add(Finding{Kind: Unreadable, Path: file.Path, Message: whyUnreadable(file.Err)})
	}
}

// whyUnreadable explains an error without quoting what may be evidence in it.
func whyUnreadable(err error) string {
	switch {
	case errors.Is(err, ErrNotKeys):
		return "This file looks like a list of public keys but can't be read as one, so none of its keys was used."
	case errors.Is(err, ErrNotMetadata):
		return "This file has the name of a digest's metadata but has no signature in it."
	case errors.Is(err, ErrTooLarge):
		return "This file is larger than any file that CloudTrail writes and was not read to its end."
	case errors.Is(err, fs.ErrPermission):
		return "This file may not be read: permission denied."
	}
	return "This file could not be read."
}

// judge says what is wrong with one digest, apart from its place in the chain.
func (v *verifier) judge(d *digest) {
	if v.contradicted(d) {
		d.unproven = true
		v.addDigest(DigestChanged, d, "This digest is not the file whose hash the next digest signed: it was changed or replaced.")
		v.report.Digests.Invalid++
		return
	}
	if !d.authentic {
		kind, message := v.whyNotAuthentic(d)
		v.addDigest(kind, d, message)
		if kind.Tampering() {
			v.report.Digests.Invalid++
		} else {
			v.report.Digests.Unchecked++
		}
		return
	}
	v.compareMetadata(d)
	switch {
	case v.moved(d):
		d.unproven = true
		v.addDigest(DigestMoved, d, "This digest is genuine but lies elsewhere than CloudTrail put it. Put it back in its place to have its window proven.")
		v.report.Digests.Invalid++
	case v.linkedByOtherHash(d):
		d.unproven = true
		v.addDigest(Algorithm, d, "The next digest records this digest's hash by another algorithm than SHA-256, so the link between them can't be checked.")
		v.report.Digests.Unchecked++
	default:
		v.report.Digests.Valid++
	}
}

// contradicted reports whether an authentic digest signed another hash for the
// file that lies where this one is, or claims to be.
func (v *verifier) contradicted(d *digest) bool {
	for s := range v.naming(d) {
		if s.authentic && s != d && s.Previous.Algorithm == hashAlgorithm && string(s.Previous.Hash) != string(d.SHA256[:]) {
			return true
		}
	}
	return false
}

// naming yields the digests that name this one as their previous. A digest that
// no signature fits may lie about its place, so for it the name of its file
// counts too.
func (v *verifier) naming(d *digest) iter.Seq[*digest] {
	return func(yield func(*digest) bool) {
		for _, s := range v.successors[d.location()] {
			if !yield(s) {
				return
			}
		}
		if d.authentic {
			return
		}
		for _, p := range d.paths {
			for _, s := range v.successorsByName[baseName(p)] {
				if !yield(s) {
					return
				}
			}
		}
	}
}

func (v *verifier) linkedByOtherHash(d *digest) bool {
	for _, s := range v.successors[d.location()] {
		if s.authentic && s.Previous.Algorithm != hashAlgorithm {
			return true
		}
	}
	return false
}

// whyNotAuthentic finds the reason why no signature fits. Only what can be
// trusted counts against the digest: its own metadata, and the signature that an
// authentic successor records.
func (v *verifier) whyNotAuthentic(d *digest) (Kind, string) {
	var against [][]byte
	algorithm := d.Algorithm
	for m := range v.metadata(d) {
		against = append(against, m.Signature)
		algorithm = cmp.Or(m.Algorithm, algorithm)
	}
	for s := range v.naming(d) {
		if s.authentic && len(s.Previous.Signature) > 0 {
			against = append(against, s.Previous.Signature)
		}
	}
	keys := v.inv.Keys.lookup(d.Fingerprint)
	usable := slices.ContainsFunc(keys, func(k PublicKey) bool { return k.key != nil })
	switch {
	case d.Algorithm != algorithm:
		return SignatureInvalid, "This digest names another signature algorithm than its metadata: it was changed."
	case d.Algorithm != signatureAlgorithm:
		return Algorithm, "This digest names another signature algorithm than SHA256withRSA, so it can't be checked."
	case len(keys) == 0 && slices.ContainsFunc(against, v.inv.Keys.madeByAny):
		return SignatureInvalid, "The signature of this digest was made with a known key, but the digest names another one: it was changed."
	case len(keys) == 0:
		return KeyMissing, fmt.Sprintf("The public key of this digest is not here. Fetch it: aws cloudtrail list-public-keys --region %s --start-time %s --end-time %s",
			d.Region, stamp(d.Start), stamp(d.End))
	case !usable:
		return KeyUnusable, fmt.Sprintf("The public key of this digest can't be used: %s.", keys[0].err)
	case len(against) == 0:
		return Unsigned, "No signature of this digest that can be relied on is here. It is in the S3 metadata of the digest (aws s3api head-object) and in the digest that follows it."
	}
	return SignatureInvalid, "The signature does not fit this digest: the digest or its metadata was changed."
}

// compareMetadata notes a sidecar that does not prove what another signature proves.
func (v *verifier) compareMetadata(d *digest) {
	for m := range v.metadata(d) {
		if !signatureValid(d.Digest, v.inv.Keys.lookup(d.Fingerprint), m.Signature) {
			v.addDigest(MetadataDiffers, d, "The digest is proven by the one after it, but the signature in its metadata file does not fit it. The metadata belongs to another file or was changed.")
			return
		}
	}
}

// moved reports whether no copy of the digest lies where it was signed for.
func (v *verifier) moved(d *digest) bool {
	if v.opts.Bucket != "" && d.Bucket != v.opts.Bucket {
		return true
	}
	for _, p := range d.paths {
		if fitOf(p, d.Object) != fitMoved {
			return false
		}
	}
	return true
}

// walk compares each authentic digest of a chain with the one before it.
func (v *verifier) walk(c *chain) {
	for i, d := range c.digests {
		if !d.authentic {
			continue
		}
		var older *digest
		if i > 0 {
			older = c.digests[i-1]
		}
		v.walkOne(c, older, d)
	}
	for _, d := range c.backfills {
		if !d.authentic || d.unproven {
			c.cut = append(c.cut, d.window())
			continue
		}
		v.addDigest(Backfill, d, fmt.Sprintf("This digest was made afterwards and lists %d log files that earlier digests had left out.", len(d.LogFiles)))
	}
}

func (v *verifier) walkOne(c *chain, older, d *digest) {
	between := d.window()
	if older != nil {
		between = span.Of(older.End, d.Start)
	}
	switch {
	case d.Previous == nil && older == nil:
		// The beginning of logging with validation: nothing came before.
	case d.Previous == nil:
		v.addBetween(ChainRestart, d, between, fmt.Sprintf(
			"A new chain of digests begins: logging or log file validation had been off or was set up anew. Nothing is proven for deliveries between %s and %s.",
			stamp(between.From), stamp(between.To)))
	case older != nil && older.location() == location{d.Previous.Bucket, d.Previous.Object}:
		if !older.End.Equal(d.Start) {
			v.addBetween(Gap, d, between, fmt.Sprintf(
				"This digest does not begin where the one before it ends: nothing is proven for deliveries between %s and %s.",
				stamp(between.From), stamp(between.To)))
		}
	case v.present(d.Previous):
		// It is here, out of order or unusable, and has its own finding if so.
	case older == nil:
		v.addBetween(EarlierAbsent, d, span.Span{From: d.Start, To: d.Start}, fmt.Sprintf(
			"The digest before this one is not here: nothing is proven for deliveries before %s. That is normal where a copy begins.", stamp(d.Start)))
	default:
		v.add(Finding{
			Kind: DigestMissing, Account: c.account, Region: c.region, Trail: c.trail, Object: d.Previous.Object, Span: between,
			Message: fmt.Sprintf("A digest is missing: it was signed as the one before the digest that begins at %s. It was deleted or not copied.", stamp(d.Start)),
		})
		v.report.Digests.Invalid++
	}
}

func (v *verifier) addBetween(kind Kind, d *digest, between span.Span, message string) {
	v.add(Finding{
		Kind: kind, Account: d.Account, Region: d.Region, Trail: d.Trail,
		Object: d.Object, Path: d.paths[0], Span: between, Message: message,
	})
}

// present reports whether the linked digest is here in some form: at its
// location, or as a file of its name that no longer is what it was.
func (v *verifier) present(link *Link) bool {
	if len(v.byLocation[location{link.Bucket, link.Object}]) > 0 {
		return true
	}
	name := baseName(link.Object)
	if v.damaged[name] {
		return true
	}
	for _, d := range v.byName[name] {
		if !d.authentic {
			return true
		}
	}
	return false
}

// stamp writes a time the way CloudTrail does.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
