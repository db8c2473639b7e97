package scan

import (
	"errors"
	"fmt"
	"io"
)

// Limits bound what one stream may cost. A zero field takes its default.
type Limits struct {
	// Record is the size of the largest record that is read, in bytes; 16 MB by
	// default. CloudTrail's own are below 1 MB (cloudtrail reference 1.3).
	Record int
	// Stream is how much of a stream is read, in bytes after decompression; 8 GB
	// by default.
	Stream int64
	// Depth is how deep JSON may nest inside a record; 200 by default.
	Depth int
}

// OrDefaults returns the limits with no field zero.
func (l Limits) OrDefaults() Limits {
	if l.Record <= 0 {
		l.Record = 16 << 20
	}
	if l.Stream <= 0 {
		l.Stream = 8 << 30
	}
	if l.Depth <= 0 {
		l.Depth = 200
	}
	return l
}

// ErrTooLong is the error of a stream that is longer than Limits.Stream.
var ErrTooLong = errors.New("too long")

// capped reads at most left bytes and then fails, unless the stream ends there.
type capped struct {
	r     io.Reader
	left  int64
	limit int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		var one [1]byte
		if n, err := io.ReadFull(c.r, one[:]); n == 0 {
			return 0, err
		}
		return 0, TooLong(c.limit)
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// TooLong returns the error of a stream that is longer than limit bytes; it wraps
// ErrTooLong.
func TooLong(limit int64) error {
	return fmt.Errorf("the content is %w: only its first %s are read", ErrTooLong, bytesText(limit))
}

// Capped returns r, which fails with an error that wraps ErrTooLong where it is
// longer than limit bytes.
func Capped(r io.Reader, limit int64) io.Reader { return &capped{r: r, left: limit, limit: limit} }

// bytesText prints a size in the largest unit that shows it exactly, else in
// bytes.
func bytesText(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "KB"}} {
		if n >= unit.size && n%unit.size == 0 {
			return fmt.Sprintf("%d %s", n/unit.size, unit.name)
		}
	}
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
