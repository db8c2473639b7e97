//go:build unix

package file

import (
	"io"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/scimtrail/scimtrail/internal/intake"
)

// reads says that files can be read from an open folder on this system.
const reads = true

// Read appends the file of that name to b, up to its capacity at first and then
// up to limit bytes and some. It follows no link. size is what the file was
// listed with: no more is asked for once that is read.
func (d *openDir) Read(name string, b []byte, size, limit int) ([]byte, error) {
	fd, err := retry(func() (int, error) {
		return unix.Openat(int(d.file.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	})
	if err != nil {
		return b, &intake.OpenError{Err: err}
	}
	defer unix.Close(fd)
	for len(b) <= limit {
		b = slices.Grow(b, 1)
		n, err := retry(func() (int, error) { return unix.Read(fd, b[len(b):cap(b)]) })
		if err != nil {
			return b, err
		}
		b = b[:len(b)+n]
		if n == 0 || len(b) == size && len(b) < cap(b) {
			return b, nil
		}
	}
	return b, io.ErrShortBuffer
}

func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}
