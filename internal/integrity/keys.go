package integrity

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

const (
	maxKeyFileBytes = 16 << 20
	maxKeys         = 10_000
	// maxKeysPerFingerprint bounds the work for one digest: one key is normal.
	maxKeysPerFingerprint = 4
	minKeyBits            = 2048 // what CloudTrail uses
	maxKeyBits            = 8192
	maxSignatureBytes     = maxKeyBits / 8
)

// ErrNotKeys is wrapped by every error of ParsePublicKeys.
var ErrNotKeys = errors.New("not the output of aws cloudtrail list-public-keys")

// PublicKey is one of the keys CloudTrail signs digests with. A key belongs to
// one Region; neither the key nor the list says which.
type PublicKey struct {
	Fingerprint string
	// From and To are the time in which CloudTrail signs with the key. They are
	// told to the reader only: a list that was fetched for the right time is what
	// AWS relies on, and validity of successive keys overlaps.
	From, To time.Time

	key *rsa.PublicKey
	err error // why key is nil
}

// Keys is a set of public keys. The zero Keys is empty and ready to use. It is
// not safe for use while Add runs.
type Keys struct {
	byFingerprint map[string][]PublicKey
	count         int
}

// Len returns the number of keys.
func (k Keys) Len() int { return k.count }

// Add puts the keys of others into k, for instance those of another Region.
func (k *Keys) Add(others Keys) {
	for _, list := range others.byFingerprint {
		for _, key := range list {
			k.add(key)
		}
	}
}

func (k *Keys) add(key PublicKey) {
	if k.byFingerprint == nil {
		k.byFingerprint = make(map[string][]PublicKey)
	}
	same := k.byFingerprint[key.Fingerprint]
	for i, have := range same {
		if have.key != nil && key.key != nil && have.key.Equal(key.key) {
			return
		}
		if have.key == nil && key.key != nil {
			same[i] = key
			return
		}
	}
	if len(same) >= maxKeysPerFingerprint || k.count >= maxKeys || len(same) > 0 && key.key == nil {
		return
	}
	k.byFingerprint[key.Fingerprint] = append(same, key)
	k.count++
}

func (k Keys) lookup(fingerprint string) []PublicKey { return k.byFingerprint[fingerprint] }

// IsPublicKeys reports whether the beginning of a file looks like the output of
// aws cloudtrail list-public-keys.
func IsPublicKeys(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n\ufeff")
	return len(head) > 0 && head[0] == '{' && bytes.Contains(head, []byte(`"PublicKeyList"`))
}

// ParsePublicKeys parses the output of aws cloudtrail list-public-keys
// (cloudtrail reference 4.4). A single key that can't be loaded does not spoil
// the rest: the digests that need it get a finding. Errors wrap ErrNotKeys.
func ParsePublicKeys(data []byte) (Keys, error) {
	if len(data) > maxKeyFileBytes {
		return Keys{}, fmt.Errorf("%w: it is larger than %d MB", ErrNotKeys, maxKeyFileBytes>>20)
	}
	var list struct {
		PublicKeyList []struct {
			Value                              string
			Fingerprint                        string
			ValidityStartTime, ValidityEndTime json.RawMessage
		}
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return Keys{}, fmt.Errorf("%w: %w", ErrNotKeys, err)
	}
	if list.PublicKeyList == nil {
		return Keys{}, fmt.Errorf("%w: PublicKeyList is missing", ErrNotKeys)
	}
	if len(list.PublicKeyList) > maxKeys {
		return Keys{}, fmt.Errorf("%w: it has more than %d keys", ErrNotKeys, maxKeys)
	}
	var keys Keys
	for i, item := range list.PublicKeyList {
		if err := checkText(fmt.Sprintf("PublicKeyList[%d].Fingerprint", i), item.Fingerprint); err != nil {
			return Keys{}, fmt.Errorf("%w: %w", ErrNotKeys, err)
		}
		key := PublicKey{Fingerprint: item.Fingerprint}
		key.From, key.To = looseTime(item.ValidityStartTime), looseTime(item.ValidityEndTime)
		key.key, key.err = loadKey(item.Value)
		keys.add(key)
	}
	return keys, nil
}

// loadKey takes the PKCS #1 form that CloudTrail sends, and the PKIX form of a
// sample value in AWS's documentation.
func loadKey(value string) (*rsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return nil, errors.New("its value is not base64")
	}
	key, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		pkix, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			return nil, errors.New("its value is not an RSA public key")
		}
		var ok bool
		if key, ok = pkix.(*rsa.PublicKey); !ok {
			return nil, errors.New("it is not an RSA key")
		}
	}
	if bits := key.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
		return nil, fmt.Errorf("it has %d bits; CloudTrail's keys have %d", bits, minKeyBits)
	}
	if key.E < 3 || key.E%2 == 0 {
		return nil, errors.New("its exponent is not one of an RSA key")
	}
	return key, nil
}

// looseTime reads the two forms the AWS CLI prints a time in: seconds since
// 1970, or ISO 8601. Anything else is an unknown time.
func looseTime(raw json.RawMessage) time.Time {
	var seconds float64
	if json.Unmarshal(raw, &seconds) == nil {
		if seconds > 0 && seconds < 253402300800 { // 10000-01-01
			whole, part := math.Modf(seconds)
			return time.Unix(int64(whole), int64(part*1e9)).UTC()
		}
		return time.Time{}
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
