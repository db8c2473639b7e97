package integrity

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Signer writes a chain of digests the way CloudTrail does, with a key of one's
// own: for the emulator, for examples and for tests. Its output is the same for
// the same key and input. It is not safe for concurrent use.
type Signer struct {
	// Prefix stands before AWSLogs in every key, without a slash at its end.
	Prefix string
	// Organization is the o-... id in the keys of an organization trail.
	Organization string

	key                            *rsa.PrivateKey
	account, region, trail, bucket string
	last                           *SignedDigest
}

// NewSigner returns a Signer for the deliveries of one trail from one account
// and Region, which is also the trail's home Region, into a bucket.
func NewSigner(key *rsa.PrivateKey, account, region, trail, bucket string) *Signer {
	return &Signer{key: key, account: account, region: region, trail: trail, bucket: bucket}
}

// SignedLog is a log file to be listed in a digest.
type SignedLog struct {
	Object         string // its key in the Signer's bucket
	SHA256         [32]byte
	Newest, Oldest time.Time // events in the file
}

// LogOf returns the entry for a log file with the given uncompressed content.
func LogOf(object string, data []byte, oldest, newest time.Time) SignedLog {
	return SignedLog{Object: object, SHA256: sha256.Sum256(data), Oldest: oldest, Newest: newest}
}

// SignedDigest is a digest and what S3 keeps beside it.
type SignedDigest struct {
	Object    string
	JSON      []byte // the digest uncompressed; Gzip is what lies in the bucket
	Signature string // in hexadecimal
	Backfill  time.Time
}

// LogKey returns the key of a log file that CloudTrail delivers at the given
// time; random is the part that makes it unique, 16 letters and digits.
func (s *Signer) LogKey(delivered time.Time, random string) string {
	t := delivered.UTC()
	return fmt.Sprintf("%sCloudTrail/%s/%s/%s_CloudTrail_%s_%s_%s.json.gz", s.tree(), s.region, t.Format("2006/01/02"),
		s.account, s.region, t.Format("20060102T1504Z"), random)
}

func (s *Signer) tree() string {
	tree := "AWSLogs/"
	if s.Prefix != "" {
		tree = s.Prefix + "/" + tree
	}
	if s.Organization != "" {
		tree += s.Organization + "/"
	}
	return tree + s.account + "/"
}

func (s *Signer) digestKey(end time.Time, backfill bool) string {
	suffix := ""
	if backfill {
		suffix = "_backfill"
	}
	t := end.UTC()
	return fmt.Sprintf("%sCloudTrail-Digest/%s/%s/%s_CloudTrail-Digest_%s_%s_%s_%s%s.json.gz", s.tree(), s.region, t.Format("2006/01/02"),
		s.account, s.region, s.trail, s.region, t.Format("20060102T150405Z"), suffix)
}

// Sign returns the next digest of the chain: the log files that were delivered
// between start and end. Its error is one of the key.
func (s *Signer) Sign(start, end time.Time, logs ...SignedLog) (SignedDigest, error) {
	d, err := s.sign(s.digestKey(end, false), start, end, s.last, logs)
	if err != nil {
		return SignedDigest{}, err
	}
	s.last = &d
	return d, nil
}

// SignBackfill returns a digest outside the chain, made at the given time, for
// log files that the digest of that window left out.
func (s *Signer) SignBackfill(made, start, end time.Time, logs ...SignedLog) (SignedDigest, error) {
	d, err := s.sign(s.digestKey(end, true), start, end, nil, logs)
	d.Backfill = made.UTC()
	return d, err
}

// Restart makes the next digest a starting one, as after logging was off.
func (s *Signer) Restart() { s.last = nil }

// written has the fields of a digest in the order in which CloudTrail writes
// them.
type written struct {
	Account           string       `json:"awsAccountId"`
	Start             string       `json:"digestStartTime"`
	End               string       `json:"digestEndTime"`
	Bucket            string       `json:"digestS3Bucket"`
	Object            string       `json:"digestS3Object"`
	Fingerprint       string       `json:"digestPublicKeyFingerprint"`
	Algorithm         string       `json:"digestSignatureAlgorithm"`
	NewestEvent       *string      `json:"newestEventTime"`
	OldestEvent       *string      `json:"oldestEventTime"`
	PreviousBucket    *string      `json:"previousDigestS3Bucket"`
	PreviousObject    *string      `json:"previousDigestS3Object"`
	PreviousHash      *string      `json:"previousDigestHashValue"`
	PreviousAlgorithm *string      `json:"previousDigestHashAlgorithm"`
	PreviousSignature *string      `json:"previousDigestSignature"`
	LogFiles          []writtenLog `json:"logFiles"`
}

type writtenLog struct {
	Bucket      string  `json:"s3Bucket"`
	Object      string  `json:"s3Object"`
	Hash        string  `json:"hashValue"`
	Algorithm   string  `json:"hashAlgorithm"`
	NewestEvent *string `json:"newestEventTime"`
	OldestEvent *string `json:"oldestEventTime"`
}

func (s *Signer) sign(object string, start, end time.Time, previous *SignedDigest, logs []SignedLog) (SignedDigest, error) {
	w := written{
		Account: s.account, Start: stamp(start), End: stamp(end), Bucket: s.bucket, Object: object,
		Fingerprint: s.Fingerprint(), Algorithm: signatureAlgorithm, LogFiles: make([]writtenLog, 0, len(logs)),
	}
	if previous != nil {
		sum := sha256.Sum256(previous.JSON)
		w.PreviousBucket, w.PreviousObject = new(s.bucket), new(previous.Object)
		w.PreviousHash, w.PreviousAlgorithm = new(hex.EncodeToString(sum[:])), new(hashAlgorithm)
		w.PreviousSignature = new(previous.Signature)
	}
	var newest, oldest time.Time
	for _, l := range logs {
		w.LogFiles = append(w.LogFiles, writtenLog{
			Bucket: s.bucket, Object: l.Object, Hash: hex.EncodeToString(l.SHA256[:]), Algorithm: hashAlgorithm,
			NewestEvent: optionalStamp(l.Newest), OldestEvent: optionalStamp(l.Oldest),
		})
		if l.Newest.After(newest) {
			newest = l.Newest
		}
		if oldest.IsZero() || !l.Oldest.IsZero() && l.Oldest.Before(oldest) {
			oldest = l.Oldest
		}
	}
	w.NewestEvent, w.OldestEvent = optionalStamp(newest), optionalStamp(oldest)
	data, err := json.Marshal(w)
	if err != nil {
		return SignedDigest{}, fmt.Errorf("writing a digest: %w", err)
	}
	d, err := ParseDigest(data)
	if err != nil {
		return SignedDigest{}, fmt.Errorf("writing a digest: %w", err)
	}
	sum := sha256.Sum256(d.stringToSign())
	signature, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, sum[:])
	if err != nil {
		return SignedDigest{}, fmt.Errorf("signing a digest: %w", err)
	}
	return SignedDigest{Object: object, JSON: data, Signature: hex.EncodeToString(signature)}, nil
}

func optionalStamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(stamp(t))
}

// Gzip returns the digest as it lies in the bucket.
func (d SignedDigest) Gzip() []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(d.JSON) // a bytes.Buffer does not fail
	_ = z.Close()
	return out.Bytes()
}

// Metadata returns the object's user metadata, without x-amz-meta- before the names.
func (d SignedDigest) Metadata() map[string]string {
	m := map[string]string{"signature": d.Signature, "signature-algorithm": signatureAlgorithm}
	if !d.Backfill.IsZero() {
		m["backfill-generation-timestamp"] = stamp(d.Backfill)
	}
	return m
}

// HeadObject returns what aws s3api head-object prints of the digest's metadata:
// the content of a sidecar.
func (d SignedDigest) HeadObject() []byte {
	data, _ := json.MarshalIndent(map[string]any{"Metadata": d.Metadata()}, "", "    ") // texts only: can't fail
	return append(data, '\n')
}

// Fingerprint names the Signer's key. How CloudTrail computes its own is not
// documented; this one has the same form.
func (s *Signer) Fingerprint() string {
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(&s.key.PublicKey))
	return hex.EncodeToString(sum[:16])
}

// PublicKeys returns the Signer's key as aws cloudtrail list-public-keys prints
// it, valid in the given time.
func (s *Signer) PublicKeys(from, to time.Time) []byte {
	data, _ := json.MarshalIndent(map[string]any{"PublicKeyList": []map[string]any{{ // texts only: can't fail
		"Value":             base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(&s.key.PublicKey)),
		"ValidityStartTime": stamp(from),
		"ValidityEndTime":   stamp(to),
		"Fingerprint":       s.Fingerprint(),
	}}}, "", "    ")
	return append(data, '\n')
}
