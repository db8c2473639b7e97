package inflate

import (
	"errors"
	"fmt"
)

// What can be wrong with a file. An *Error wraps one of these.
var (
	// ErrNotGzip: the file does not begin like gzip.
	ErrNotGzip = errors.New("it is no gzip data")
	// ErrHeader: a member's header is damaged or asks for what RFC 1952 does not define.
	ErrHeader = errors.New("the gzip header is damaged")
	// ErrTruncated: the file ends in the middle of a member.
	ErrTruncated = errors.New("the gzip data is cut short")
	// ErrCorrupt: the compressed data breaks the rules of RFC 1951.
	ErrCorrupt = errors.New("the gzip data is damaged")
	// ErrChecksum: a member was unpacked to its end and its CRC-32 or its size
	// does not fit.
	ErrChecksum = errors.New("the gzip data is damaged, its checksum does not fit")
	// ErrTooLong: the output reached the limit.
	ErrTooLong = errors.New("the content is longer than the limit")
	// ErrTrailing: all members are sound, and something else that is neither a
	// member nor zeros follows them. gzip(1) warns of it and keeps the output.
	ErrTrailing = errors.New("what follows the gzip data is something else")
)

// Error says what is wrong and where. Everything before the place was handed
// out.
type Error struct {
	Kind   error  // one of the errors above
	Detail string // what exactly, may be empty
	In     int    // offset in the compressed file
	Out    int64  // offset in the output
	Member int    // which member, from 1
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%v at byte %d (byte %d of the content", e.Kind, e.In, e.Out)
	if e.Member > 1 {
		s += fmt.Sprintf(", member %d", e.Member)
	}
	s += ")"
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

func (e *Error) Unwrap() error { return e.Kind }
