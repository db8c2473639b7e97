package scan

import (
	"errors"
	"io"
)

// stretch is what was seen since the last element that is done.
type stretch struct {
	sources, names int
	suspect        bool
	source         *verdict
	beside         int64 // where the event's name stands if it follows the source
	at             [len(momentForm)]byte
	region         [maxRegion]byte
	regionSize     int
}

const maxRegion = 40

// cleared stands in for beside once source and name were judged together.
const cleared = -1

// clear forgets what was seen; source and beside count only with sources.
func (one *stretch) clear() {
	one.sources, one.names, one.suspect, one.at[0], one.regionSize = 0, 0, false, 0, 0
}

// close ends the stretch before data[to].
func (s *Sieve) close(data []byte, base int64, to int) error {
	one := &s.stretch
	if one.sources == 1 && one.names == 1 && !one.suspect && !s.first && (!one.source.concerns || one.beside == cleared) {
		s.held = s.held[:0]
		s.st.extent.Values++
		s.passed++
		s.in.passOver(one.source, one.at[:], one.region[:one.regionSize])
		one.clear()
		return nil
	}
	one.clear()
	s.first = false
	var err error
	if s.safe >= base {
		err = s.read(data[s.safe-base : to])
	} else {
		s.hold(data, base, base+int64(to))
		err = s.read(s.held[s.safe-s.heldAt:])
	}
	if err == nil {
		s.held = s.held[:0]
	}
	return err
}

// read reads the elements of a stretch exactly. Nothing of it is passed on unless
// all of it is sound.
func (s *Sieve) read(text []byte) error {
	f := &s.framer
	s.st.f = f
	again := func() {
		*f = framer{buf: text, base: s.safe, err: io.EOF, limit: s.in.limits.Record, depth: s.in.limits.Depth, drop: func() {}, stack: f.stack}
		f.hold()
		s.st.value = Value{Within: "Records", Offset: s.safe}
	}
	if again(); text[0] == '{' && f.object(&s.st.value.members) == nil {
		end := f.pos
		if _, more := f.peek(); !more {
			f.pos = end
			return halted(s.st.finish())
		}
	}
	for again(); ; f.pos++ {
		if _, ok := f.peek(); !ok || f.skip() != nil {
			return ErrUnlike
		}
		if c, ok := f.peek(); !ok {
			break
		} else if c != ',' {
			return ErrUnlike
		}
	}
	for again(); ; f.pos++ {
		c, _ := f.peek()
		if err := s.st.single(c, "Records"); err != nil {
			return halted(err)
		}
		if _, more := f.peek(); !more {
			return nil
		}
	}
}

// halted returns the error of yield inside err. Any other is of content that was
// found sound before.
func halted(err error) error {
	if halt, ok := errors.AsType[*stop](err); ok {
		return halt.err
	}
	if err != nil {
		return ErrUnlike
	}
	return nil
}
