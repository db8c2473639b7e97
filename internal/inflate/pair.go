package inflate

import "io"

// Pair unpacks two files at once, each in a Stream of its own. The files need
// have nothing in common; a pair of similar length gains most. For one goroutine
// at a time.
type Pair struct {
	a, b Stream // side by side: the assembly finds both from one address
}

// NewPair returns a Pair whose Streams hold no files.
func NewPair() *Pair {
	p := new(Pair)
	for _, s := range p.Streams() {
		s.Reset(nil, 0)
		s.phase, s.err, s.told = done, io.EOF, true
	}
	return p
}

// Streams returns the two Streams. Reset one to give it a file, before the first
// Next or when Next has returned its error; their own Next is not to be used.
func (p *Pair) Streams() [2]*Stream { return [2]*Stream{&p.a, &p.b} }

// Next unpacks both files until one has a window, or an error and no window, and
// returns it with the Stream that it is from: as Stream.Next does. A Stream whose
// error was returned rests until it is Reset, and the other goes on alone. When
// both rest, Next returns no Stream and io.EOF.
func (p *Pair) Next() (s *Stream, window []byte, err error) {
	for {
		switch {
		case !p.a.told && !p.a.prepare():
			window, err = p.a.deliver()
			return &p.a, window, err
		case !p.b.told && !p.b.prepare():
			window, err = p.b.deliver()
			return &p.b, window, err
		case p.a.told && p.b.told:
			return nil, nil, io.EOF
		case p.a.told:
			p.b.stuck = p.b.run()
		case p.b.told:
			p.a.stuck = p.a.run()
		default:
			p.run()
		}
	}
}

// run runs the fast loop of both until a margin of one is used up or the next
// step of one is for careful.
func (p *Pair) run() {
	if !p.a.readyForAsm() || !p.b.readyForAsm() {
		p.a.stuck = p.a.runGo()
		p.b.stuck = p.b.runGo()
		return
	}
	switch pairAsm(p) {
	case 1:
		p.a.stuck = true
	case 2:
		p.b.stuck = true
	}
}
