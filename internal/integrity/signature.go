package integrity

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
)

// signatureValid reports whether one of the keys made the signature for this
// very digest: RSA with PKCS #1 v1.5 padding over SHA-256 (cloudtrail reference
// 4.4). A signature proves the digest by itself, wherever it was found.
func signatureValid(d Digest, keys []PublicKey, signature []byte) bool {
	sum := sha256.Sum256(d.stringToSign())
	for _, k := range keys {
		if k.key != nil && rsa.VerifyPKCS1v15(k.key, crypto.SHA256, sum[:], signature) == nil {
			return true
		}
	}
	return false
}

// pkcs1SHA256 is the fixed part before the hash in a PKCS #1 v1.5 signature
// with SHA-256 (RFC 8017, section 9.2, note 1).
var pkcs1SHA256 = []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

// madeBy reports whether the holder of the key made the signature, for whatever
// text. With a digest that it does not fit, this tells a digest that was changed
// from one whose key is merely not at hand. Everything here is public, so it
// need not run in constant time.
func madeBy(key *rsa.PublicKey, signature []byte) bool {
	size := key.Size()
	if len(signature) != size {
		return false
	}
	s := new(big.Int).SetBytes(signature)
	if s.Cmp(key.N) >= 0 {
		return false
	}
	padded := s.Exp(s, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, size))
	head := size - len(pkcs1SHA256) - sha256.Size
	return head >= 11 && padded[0] == 0 && padded[1] == 1 && padded[head-1] == 0 &&
		bytes.Count(padded[2:head-1], []byte{0xff}) == head-3 &&
		bytes.Equal(padded[head:head+len(pkcs1SHA256)], pkcs1SHA256)
}

// madeByAny is madeBy over all keys, unless there are absurdly many: CloudTrail
// has a few dozen a year over all Regions.
func (k Keys) madeByAny(signature []byte) bool {
	if k.count > 1000 {
		return false
	}
	for _, list := range k.byFingerprint {
		for _, key := range list {
			if key.key != nil && madeBy(key.key, signature) {
				return true
			}
		}
	}
	return false
}
