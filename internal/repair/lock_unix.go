//go:build unix

package repair

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lock takes the file for this process; another one that has it is ErrLocked. The
// system lets go of it when the process ends, however it ends.
func lock(f *os.File) (unlock func() error, err error) {
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK), errors.Is(err, unix.EINTR):
		return nil, ErrLocked
	case err != nil:
		return nil, err
	}
	return func() error { return unix.Flock(int(f.Fd()), unix.LOCK_UN) }, nil
}
