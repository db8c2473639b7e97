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
		if kind == KeyMissing || kind == KeyUnusable {
			v.lacksKey(kind, d)
		} else {
			v.addDigest(kind, d, message)
		}
		if kind.Tampering() {
			v.report.Digests.Invalid++
		} else {
			v.report.Digests.Unchecked++
		}
		return
	}
	if d.doubted {
		v.addDigest(MetadataDiffers, d, "This digest is genuine, but the signature in its metadata file does not fit it: the metadata belongs to another file or was changed.")
	}
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
		if s != d && s.Previous.Algorithm == hashAlgorithm && string(s.Previous.Hash) != string(d.SHA256[:]) {
			return true
		}
	}
	return false
}

// naming yields the authentic digests that name this one as their previous. A
// digest that no signature fits may lie about its place, so for it the name of
// its file counts too.
func (v *verifier) naming(d *digest) iter.Seq[*digest] {
	return func(yield func(*digest) bool) {
		for _, s := range v.named[d.location()] {
			if !yield(s) {
				return
			}
		}
		if d.authentic {
			return
		}
		for _, p := range d.paths {
			for _, s := range v.namedFile[baseName(p)] {
				if !yield(s) {
					return
				}
			}
		}
	}
}

func (v *verifier) linkedByOtherHash(d *digest) bool {
	for s := range v.naming(d) {
		if s.Previous.Algorithm != hashAlgorithm {
			return true
		}
	}
	return false
}

// whyNotAuthentic finds the reason why no signature fits. Only what can be
// trusted counts against the digest: its own metadata, and the signature that an
// authentic successor records. The message for a key is made by judgeKeys.
func (v *verifier) whyNotAuthentic(d *digest) (Kind, string) {
	var against [][]byte
	algorithm := d.Algorithm
	for m := range v.metadata(d) {
		against = append(against, m.Signature)
		algorithm = cmp.Or(m.Algorithm, algorithm)
	}
	for s := range v.naming(d) {
		if len(s.Previous.Signature) > 0 {
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
		return KeyMissing, ""
	case !usable:
		return KeyUnusable, ""
	case len(against) == 0:
		return Unsigned, "No signature of this digest that can be relied on is here. It is in the S3 metadata of the digest (aws s3api head-object) and in the digest that follows it."
	}
	return SignatureInvalid, "The signature does not fit this digest: the digest or its metadata was changed."
}

// keyless is the digests of one trail that lack one key.
type keyless struct {
	kind  Kind
	first *digest
	span  span.Span
	count int
}

type keyUse struct {
	trailID
	fingerprint string
}

// lacksKey notes a digest that lacks its key. A key signs for weeks, so there
// is one finding for all of them.
func (v *verifier) lacksKey(kind Kind, d *digest) {
	use := keyUse{d.trail(), d.Fingerprint}
	k := v.keyless[use]
	if k == nil {
		k = &keyless{kind: kind, first: d, span: d.window()}
		v.keyless[use] = k
	}
	k.count++
	if byTime(d, k.first) < 0 {
		k.first = d
	}
	if d.Start.Before(k.span.From) {
		k.span.From = d.Start
	}
	if d.End.After(k.span.To) {
		k.span.To = d.End
	}
}

// judgeKeys reports the keys that are not here or are of no use.
func (v *verifier) judgeKeys() {
	for use, k := range v.keyless {
		message := fmt.Sprintf("The public key of %s is not here. Fetch it: aws cloudtrail list-public-keys --region %s --start-time %s --end-time %s",
			plural(k.count, "digest"), use.region, stamp(k.span.From), stamp(k.span.To))
		if k.kind == KeyUnusable {
			message = fmt.Sprintf("The public key of %s can't be used: %s.", plural(k.count, "digest"), v.inv.Keys.lookup(use.fingerprint)[0].err)
		}
		v.addBetween(k.kind, k.first, k.span, message)
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
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

// stamp writes a time the way CloudTrail does.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
