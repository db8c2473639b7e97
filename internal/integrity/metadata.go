package integrity

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Suffixes of the sidecar that keeps the S3 metadata of a digest: the digest's
// file name with one of these at its end.
const (
	MetadataSuffix   = ".metadata.json"
	HeadObjectSuffix = ".head-object.json"
)

const maxMetadataBytes = 1 << 20

// ErrNotMetadata is wrapped by every error of ParseMetadata.
var ErrNotMetadata = errors.New("not the metadata of a CloudTrail digest")

// Metadata is what S3 keeps beside a digest (cloudtrail reference 4.3).
type Metadata struct {
	Signature []byte
	Algorithm string    // SHA256withRSA
	Backfill  time.Time // when a backfill digest was made; zero for others
}

// ParseMetadata parses a sidecar: flat, with or without x-amz-meta- before each
// name, or as aws s3api head-object prints it, with the names under "Metadata".
// Case of names does not matter. Errors wrap ErrNotMetadata.
func ParseMetadata(data []byte) (Metadata, error) {
	m, err := parseMetadata(data)
	if err != nil {
		return Metadata{}, fmt.Errorf("%w: %w", ErrNotMetadata, err)
	}
	return m, nil
}

func parseMetadata(data []byte) (Metadata, error) {
	if len(data) > maxMetadataBytes {
		return Metadata{}, fmt.Errorf("it is larger than %d MB", maxMetadataBytes>>20)
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return Metadata{}, err
	}
	fields := texts(top)
	for _, name := range slices.Sorted(maps.Keys(top)) {
		if !strings.EqualFold(name, "Metadata") {
			continue
		}
		var inner map[string]json.RawMessage
		if err := json.Unmarshal(top[name], &inner); err != nil {
			return Metadata{}, errors.New("Metadata is not an object")
		}
		fields = texts(inner)
	}
	signature, ok := fields["signature"]
	if !ok {
		return Metadata{}, errors.New("it has no signature")
	}
	sig, err := hex.DecodeString(signature)
	if err != nil || len(sig) == 0 || len(sig) > maxSignatureBytes {
		return Metadata{}, errors.New("its signature is not one in hexadecimal")
	}
	m := Metadata{Signature: sig, Algorithm: fields["signature-algorithm"]}
	if t, err := time.Parse(time.RFC3339, fields["backfill-generation-timestamp"]); err == nil {
		m.Backfill = t.UTC()
	}
	return m, nil
}

// texts keeps the members that are texts, under their plain lower-case names.
func texts(members map[string]json.RawMessage) map[string]string {
	out := make(map[string]string, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		var text string
		if json.Unmarshal(members[name], &text) == nil {
			out[strings.TrimPrefix(strings.ToLower(name), "x-amz-meta-")] = text
		}
	}
	return out
}
