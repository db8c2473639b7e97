package integrity

import (
	"cmp"
	"strings"

	"github.com/scimtrail/scimtrail/internal/span"
)

// Kind says what a Finding is about. The texts are stable.
type Kind string

// Signs of tampering: a signed file is not what was signed, or is not there.
// Each may have a harmless reason (a broken download, an incomplete copy); the
// file is unfit as evidence all the same.
const (
	SignatureInvalid Kind = "signature-invalid" // a digest does not fit its signature
	DigestChanged    Kind = "digest-changed"    // a digest is not the one whose hash the next digest signed
	DigestMissing    Kind = "digest-missing"    // a digest that the next one names is absent from between others
	DigestDamaged    Kind = "digest-damaged"    // a file with a digest's name can't be read as one
	LogChanged       Kind = "log-changed"       // a log file does not have its signed hash
	LogMissing       Kind = "log-missing"       // a log file that a digest lists is absent
)

// Limits of what can be proven. None of them means that something is wrong.
const (
	Unsigned        Kind = "unsigned"         // a digest whose signature is not here: no metadata, no successor
	KeyMissing      Kind = "key-missing"      // no public key with the digest's fingerprint
	KeyUnusable     Kind = "key-unusable"     // the key is there but can't be loaded
	Algorithm       Kind = "algorithm"        // another algorithm than SHA256withRSA or SHA-256
	MetadataDiffers Kind = "metadata-differs" // a sidecar's signature is not the one that proves the digest
	DigestMoved     Kind = "digest-moved"     // a digest that lies elsewhere than it was signed for
	LogMoved        Kind = "log-moved"        // a log file that lies elsewhere than it was signed for
	LogsAbsent      Kind = "logs-absent"      // of all log files the digests of a trail list, none is here
	EarlierAbsent   Kind = "earlier-absent"   // the chain goes on before the oldest digest here
	ChainRestart    Kind = "chain-restart"    // a new chain: logging or validation had been off
	Gap             Kind = "gap"              // time between two linked digests that neither speaks for
	Backfill        Kind = "backfill"         // log files that an earlier digest had left out
	ExtraLog        Kind = "extra-log"        // a log file in a proven window that no digest lists
	Unreadable      Kind = "unreadable"       // a file that is there but could not be read to its end
)

// Tampering reports whether the kind means that a signed file was changed or
// removed, rather than that less can be proven.
func (k Kind) Tampering() bool {
	switch k {
	case SignatureInvalid, DigestChanged, DigestMissing, DigestDamaged, LogChanged, LogMissing:
		return true
	}
	return false
}

// Finding is one thing that Verify has to say. All texts but Message come from
// the evidence and may hold anything.
type Finding struct {
	Kind                   Kind
	Account, Region, Trail string // as the digest claims; empty when unknown
	Object                 string // S3 key of the digest or log file as signed; empty when unknown
	Path                   string // where the file is; empty when it is absent
	// Span is the window of delivery that is affected; the zero Span when unknown.
	Span span.Span
	// Message is a sentence for a reader: what is wrong and what to do. It quotes
	// nothing from the evidence but times and numbers.
	Message string
}

func compareFindings(a, b Finding) int {
	return cmp.Or(
		strings.Compare(a.Account, b.Account), strings.Compare(a.Region, b.Region), strings.Compare(a.Trail, b.Trail),
		a.Span.From.Compare(b.Span.From), a.Span.To.Compare(b.Span.To),
		strings.Compare(a.Object, b.Object), strings.Compare(a.Path, b.Path),
		strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Message, b.Message),
	)
}
