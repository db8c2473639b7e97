package integrity

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/span"
)

// Limits of one digest. A real one lists a few dozen log files.
const (
	// MaxDigestBytes is the largest digest ParseDigest takes, uncompressed.
	MaxDigestBytes = 64 << 20
	// MaxLogFiles is the largest number of log files one digest may list.
	MaxLogFiles = 500_000
	// maxNameBytes bounds an S3 key (1024 by S3's rules), a bucket name and the
	// other short texts of a digest.
	maxNameBytes = 1024
)

// The only algorithms there are (cloudtrail reference 4.3).
const (
	signatureAlgorithm = "SHA256withRSA"
	hashAlgorithm      = "SHA-256"
)

// ErrNotDigest is wrapped by every error of ParseDigest.
var ErrNotDigest = errors.New("not a usable CloudTrail digest")

// Digest is one digest file as it was parsed; nothing in it has been verified.
// The zero Digest is of no use: get one from ParseDigest.
type Digest struct {
	// Path is where the file was found, in the terms of whoever found it (a path
	// in a folder, a key in a bucket). ParseDigest leaves it empty.
	Path string

	Account, Region string // from the signed S3 key, not from awsAccountId: an organization trail has one key per member account
	Trail, Home     string // the trail's name and home Region, from the name in the signed key; empty when it has another form
	Bucket, Object  string // where CloudTrail put the digest
	Start, End      time.Time

	Fingerprint string // selects the public key
	Algorithm   string // SHA256withRSA, else the digest can't be verified

	NewestEvent, OldestEvent time.Time // zero when the window had no event

	Previous *Link // nil in a starting digest
	LogFiles []LogFile
	Backfill bool // lists log files that an earlier digest left out

	SHA256 [32]byte // of the uncompressed digest file

	endText           string  // digestEndTime exactly as written: part of what is signed
	previousSignature *string // as written; nil when null
}

// Link names the digest before this one, as this one's signature covers it.
type Link struct {
	Bucket, Object string
	Hash           []byte // SHA-256 of the uncompressed previous digest
	Algorithm      string // SHA-256, else Hash can't be compared
	Signature      []byte // of the previous digest; empty when none is recorded
}

// LogFile is one log file a digest lists.
type LogFile struct {
	Bucket, Object string
	Hash           []byte // SHA-256 of the uncompressed log file
	Algorithm      string // SHA-256, else Hash can't be compared
}

// window returns the span of delivery the digest speaks for.
func (d Digest) window() span.Span { return span.Span{From: d.Start, To: d.End} }

// IsDigest reports whether the beginning of an uncompressed file looks like a
// digest. It takes a few hundred bytes or more; a digest whose log list comes
// first may need more than that.
func IsDigest(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n\ufeff")
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	for _, field := range []string{`"digestStartTime"`, `"digestEndTime"`, `"digestS3Object"`, `"digestPublicKeyFingerprint"`} {
		if bytes.Contains(head, []byte(field)) {
			return true
		}
	}
	return false
}

// digestJSON is the file's own form (cloudtrail reference 4.3). Raw fields must
// be present even when they are null, as the AWS CLI demands.
type digestJSON struct {
	Account           string          `json:"awsAccountId"`
	Start             string          `json:"digestStartTime"`
	End               string          `json:"digestEndTime"`
	Bucket            string          `json:"digestS3Bucket"`
	Object            string          `json:"digestS3Object"`
	Fingerprint       string          `json:"digestPublicKeyFingerprint"`
	Algorithm         string          `json:"digestSignatureAlgorithm"`
	NewestEvent       *string         `json:"newestEventTime"`
	OldestEvent       *string         `json:"oldestEventTime"`
	PreviousBucket    *string         `json:"previousDigestS3Bucket"`
	PreviousObject    *string         `json:"previousDigestS3Object"`
	PreviousHash      *string         `json:"previousDigestHashValue"`
	PreviousAlgorithm *string         `json:"previousDigestHashAlgorithm"`
	PreviousSignature json.RawMessage `json:"previousDigestSignature"`
	LogFiles          []logFileJSON   `json:"logFiles"`
}

type logFileJSON struct {
	Bucket    string `json:"s3Bucket"`
	Object    string `json:"s3Object"`
	Hash      string `json:"hashValue"`
	Algorithm string `json:"hashAlgorithm"`
}

// ParseDigest parses an uncompressed digest file. It checks the form only; the
// returned Digest is what the file claims. Its errors wrap ErrNotDigest and name
// the field that is missing or malformed.
func ParseDigest(data []byte) (Digest, error) {
	d, err := parseDigest(data)
	if err != nil {
		return Digest{}, fmt.Errorf("%w: %w", ErrNotDigest, err)
	}
	return d, nil
}

func parseDigest(data []byte) (Digest, error) {
	if len(data) > MaxDigestBytes {
		return Digest{}, fmt.Errorf("it is larger than %d MB", MaxDigestBytes>>20)
	}
	var j digestJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return Digest{}, fmt.Errorf("its JSON can't be read: %w", err)
	}
	d := Digest{
		Bucket: j.Bucket, Object: j.Object,
		Fingerprint: j.Fingerprint, Algorithm: j.Algorithm,
		SHA256: sha256.Sum256(data), endText: j.End,
	}
	for _, text := range []struct{ field, value string }{
		{"digestS3Bucket", j.Bucket}, {"digestS3Object", j.Object},
		{"digestPublicKeyFingerprint", j.Fingerprint}, {"digestEndTime", j.End},
	} {
		if err := checkText(text.field, text.value); err != nil {
			return Digest{}, err
		}
	}
	if j.PreviousSignature == nil {
		return Digest{}, errors.New("previousDigestSignature is missing; a starting digest has it as null")
	}
	if err := json.Unmarshal(j.PreviousSignature, &d.previousSignature); err != nil {
		return Digest{}, errors.New("previousDigestSignature is neither text nor null")
	}
	place, ok := parseDigestKey(j.Object)
	if !ok {
		return Digest{}, errors.New("digestS3Object has no account and Region in it (.../<account>/CloudTrail-Digest/<region>/...)")
	}
	d.Account, d.Region, d.Trail, d.Home, d.Backfill = place.account, place.region, place.trail, place.home, place.backfill

	var err error
	if d.Start, err = parseTime("digestStartTime", j.Start); err != nil {
		return Digest{}, err
	}
	if d.End, err = parseTime("digestEndTime", j.End); err != nil {
		return Digest{}, err
	}
	if d.End.Before(d.Start) {
		return Digest{}, errors.New("digestEndTime lies before digestStartTime")
	}
	if d.NewestEvent, err = parseOptionalTime("newestEventTime", j.NewestEvent); err != nil {
		return Digest{}, err
	}
	if d.OldestEvent, err = parseOptionalTime("oldestEventTime", j.OldestEvent); err != nil {
		return Digest{}, err
	}
	if d.Previous, err = parseLink(j, d.previousSignature); err != nil {
		return Digest{}, err
	}
	if d.LogFiles, err = parseLogFiles(j.LogFiles); err != nil {
		return Digest{}, err
	}
	return d, nil
}

func parseLink(j digestJSON, signature *string) (*Link, error) {
	var sig []byte
	if signature != nil {
		var err error
		if sig, err = hex.DecodeString(*signature); err != nil || len(sig) > maxSignatureBytes {
			return nil, errors.New("previousDigestSignature is not a signature in hexadecimal")
		}
	}
	if j.PreviousObject == nil || j.PreviousBucket == nil {
		return nil, nil // the chain starts here, as the AWS CLI sees it
	}
	link := &Link{Bucket: *j.PreviousBucket, Object: *j.PreviousObject, Signature: sig}
	if err := checkText("previousDigestS3Bucket", link.Bucket); err != nil {
		return nil, err
	}
	if err := checkText("previousDigestS3Object", link.Object); err != nil {
		return nil, err
	}
	if j.PreviousAlgorithm != nil {
		link.Algorithm = *j.PreviousAlgorithm
	}
	if j.PreviousHash != nil {
		hash, err := parseHash("previousDigestHashValue", *j.PreviousHash, link.Algorithm)
		if err != nil {
			return nil, err
		}
		link.Hash = hash
	}
	return link, nil
}

func parseLogFiles(list []logFileJSON) ([]LogFile, error) {
	if len(list) > MaxLogFiles {
		return nil, fmt.Errorf("it lists more than %d log files", MaxLogFiles)
	}
	files := make([]LogFile, 0, len(list))
	bucket, algorithm := "", "" // usually the same in every entry: keep one copy
	for i, l := range list {
		if l.Bucket != bucket {
			bucket = l.Bucket
		}
		if l.Algorithm != algorithm {
			algorithm = l.Algorithm
		}
		if err := checkText(fmt.Sprintf("logFiles[%d].s3Object", i), l.Object); err != nil {
			return nil, err
		}
		hash, err := parseHash(fmt.Sprintf("logFiles[%d].hashValue", i), l.Hash, l.Algorithm)
		if err != nil {
			return nil, err
		}
		files = append(files, LogFile{Bucket: bucket, Object: l.Object, Hash: hash, Algorithm: algorithm})
	}
	return files, nil
}

func parseHash(field, text, algorithm string) ([]byte, error) {
	hash, err := hex.DecodeString(text)
	if err != nil || len(hash) > 128 || algorithm == hashAlgorithm && len(hash) != sha256.Size {
		return nil, fmt.Errorf("%s is not a hash in hexadecimal", field)
	}
	return hash, nil
}

// checkText refuses what could not be part of a real digest, above all a line
// feed, which would let one field run over into the next in the signed text.
func checkText(field, text string) error {
	switch {
	case text == "":
		return fmt.Errorf("%s is missing", field)
	case len(text) > maxNameBytes:
		return fmt.Errorf("%s is longer than %d bytes", field, maxNameBytes)
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("%s has control characters in it", field)
	}
	return nil
}

func parseTime(field, text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is not a time such as 2025-11-14T10:00:00Z", field)
	}
	return t.UTC(), nil
}

func parseOptionalTime(field string, text *string) (time.Time, error) {
	if text == nil {
		return time.Time{}, nil
	}
	return parseTime(field, *text)
}

// stringToSign is what CloudTrail signs (cloudtrail reference 4.4). The word
// null for a starting digest is not in AWS's text; the AWS CLI writes it.
func (d Digest) stringToSign() []byte {
	previous := "null"
	if d.previousSignature != nil {
		previous = *d.previousSignature
	}
	return []byte(d.endText + "\n" + d.Bucket + "/" + d.Object + "\n" + hex.EncodeToString(d.SHA256[:]) + "\n" + previous)
}
