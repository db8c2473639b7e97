package idcenter

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"
)

// idSource draws ids. It may be used by many goroutines at once. err is the
// first failure of the source, after which ids are worthless.
type idSource struct {
	mu     sync.Mutex
	random io.Reader
	err    error

	store  string
	legacy bool
}

func (s *idSource) bytes(n int) []byte {
	b := make([]byte, n)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := io.ReadFull(s.random, b); err != nil && s.err == nil {
		s.err = fmt.Errorf("reading random bytes: %w", err)
	}
	return b
}

// failed returns the first failure of the source.
func (s *idSource) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// hex returns n lower-case hex digits, n being even.
func (s *idSource) hex(n int) string { return hex.EncodeToString(s.bytes(n / 2)) }

// uuid returns a random UUID (RFC 9562, version 4).
func (s *idSource) uuid() string {
	b := s.bytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return dashed(hex.EncodeToString(b))
}

// resource returns an id for a user, group or membership. All public samples
// of current ids fit one template, of which the dots are free (cloudtrail and
// identity-center-scim reference 4); old stores have their own digits and a
// UUID.
func (s *idSource) resource() string {
	if s.legacy {
		return strings.TrimPrefix(s.store, "d-") + "-" + s.uuid()
	}
	const template = ".4.8.4.8-.0.1-70..-....-............"
	id, digits := []byte(template), s.hex(32)
	for i := range id {
		if id[i] == '.' {
			id[i], digits = digits[0], digits[1:]
		}
	}
	return string(id)
}

// OldTenant returns a tenant id of the older shape for a Region, made of a UUID:
// the Region's prefix, as far as it is known, and the UUID (identity-center-scim
// reference 1).
func OldTenant(region, uuid string) string {
	prefix, known := tenantPrefixes[region]
	if !known {
		prefix = "x0x"
	}
	return prefix + uuid
}

var tenantPrefixes = map[string]string{
	"us-east-1": "f3v", "us-east-2": "Hw5", "us-west-2": "Nv8", "eu-west-1": "vdl", "eu-central-1": "kE3",
}

func dashed(h string) string {
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
