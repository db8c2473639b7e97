package scan

import (
	"errors"
	"io"
)

// Logs reads log files: as Records does, and much faster where they are laid out
// as CloudTrail does it. What it passes over without a look is counted as a
// record by its source; of those the profile tells no account.
type Logs struct {
	sieve *Sieve
	buf   []byte
}

// NewLogs returns the memory to read one log after another with.
func NewLogs() *Logs { return &Logs{sieve: NewSieve()} }

// windowSize is how much is read at once.
const windowSize = 128 << 10

// Read reads r and calls yield as Records does. The profile is valid until the
// next call.
func (l *Logs) Read(r io.Reader, limits Limits, yield func(Record) error) (Profile, error) {
	s := l.sieve
	s.Reset(limits, yield)
	r = Capped(r, s.in.limits.Stream)
	if l.buf == nil {
		l.buf = make([]byte, History+windowSize)
	}
	buf, have := l.buf, 0
	for {
		if have > History {
			have = copy(buf, buf[have-History:have])
		}
		n, err := fill(r, buf[have:])
		have += n
		broken := err != nil && err != io.EOF
		told := s.Window(buf[:have], n, err == io.EOF)
		switch {
		case told == nil && broken:
			s.Broken()
		case errors.Is(told, ErrUnlike):
		case told != nil || err == io.EOF:
			return s.Profile(), told
		default:
			continue
		}
		if err != nil {
			r = &spent{err}
		}
		err = s.Rest(io.MultiReader(&piece{s.Held()}, r))
		return s.Profile(), err
	}
}

// fill reads until buf is full or r has no more.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for idle := 0; n < len(buf) && err == nil; idle++ {
		var got int
		if got, err = r.Read(buf[n:]); got > 0 {
			n += got
			idle = 0
		} else if idle > 100 {
			err = io.ErrNoProgress
		}
	}
	return n, err
}

// spent is a reader that has ended.
type spent struct{ err error }

func (s *spent) Read([]byte) (int, error) { return 0, s.err }

// piece reads what a Sieve holds.
type piece struct{ rest []byte }

func (p *piece) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
