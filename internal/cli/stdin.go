package cli

import (
	"context"
	"io"
)

// patient reads until its context ends. Standard input may say nothing for ever,
// and a Read that waits can't be called off: it is left behind, with its buffer.
type patient struct {
	ctx  context.Context
	r    io.Reader
	buf  []byte
	done chan read
}

type read struct {
	n   int
	err error
}

func newPatient(ctx context.Context, r io.Reader) *patient {
	return &patient{ctx: ctx, r: r, buf: make([]byte, 256<<10), done: make(chan read, 1)}
}

// Read returns the error of the context once that has ended.
func (p *patient) Read(to []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	buf := p.buf[:min(len(to), len(p.buf))]
	go func() {
		n, err := p.r.Read(buf)
		p.done <- read{n, err}
	}()
	select {
	case got := <-p.done:
		return copy(to, buf[:got.n]), got.err
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	}
}
