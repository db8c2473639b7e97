package intake

import (
	"errors"
	"fmt"
	"io"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

// finish notes what became of the file.
func (t *task) finish(kind string, fit fitness) {
	c := t.c
	pass := t.passes(kind, fit)
	if !pass {
		c.b.Recognised(t.listed(), kind)
	}
	if more := t.lost - maxLossesPerFile; more > 0 {
		c.losses.damage(casefile.Loss{Path: t.Path, Reason: "more of it could not be read than is listed", Lost: counted(more, "1 more place", "%d more places")})
	}
	if fit != whole {
		c.ground.missingUnless(t.Rel, kind)
		c.opts.Progress.Unreadable.Add(1)
	}
	if t.Info != nil {
		c.opts.Progress.Stored.Add(t.Info.Size())
	}
	c.opts.Progress.Read.Add(1)
	defer t.done()
	c.mu.Lock()
	defer c.mu.Unlock()
	if pass {
		c.b.Passed(casefile.Passed{Files: 1, Bytes: max(0, t.size), Records: t.counted})
		c.pass(t.Rel)
		return
	}
	c.files = append(c.files, outcome{rel: t.Rel, kind: kind, fit: fit, print: t.print})
}

// maxForeignBytes is the largest file that is hashed although nothing in it was
// recognised.
const maxForeignBytes = 64 << 20

// read reads one file: hashes it, recognises it and hands on what is in it.
func (t *task) read() (kind string, fit fitness) {
	r, err := t.Open()
	if err != nil {
		t.lose("it can't be opened: "+PlainError(err), "all of it")
		t.sumUp(nil, err)
		return kindUnreadable, useless
	}
	defer r.Close()
	c := &custody{ctx: t.ctx, r: r}
	content, err := t.d.unpack(c, t.c.opts.Limits.Stream, !t.c.opts.NoCustody || !t.log && t.c.attests(t.Rel))
	defer func() { content.close() }()
	sum := t.sumOf(&content)
	if err != nil {
		t.lose(err.Error(), "all of it")
		kind, fit = kindUnreadable, useless
	} else {
		kind, fit = t.recognise(content)
	}
	if t.ctx.Err() != nil {
		return kind, partial
	}
	sum(c, err)
	if c.sum == nil {
		return kind, fit
	}
	// What was not read yet is hashed too: all of the file is in custody.
	rest := io.Reader(c)
	if kind == kindForeign {
		rest = io.LimitReader(c, maxForeignBytes)
	}
	_, _ = io.Copy(io.Discard, rest)
	if c.err != nil {
		if t.lost == 0 {
			t.lose("reading it failed: "+PlainError(c.err), fmt.Sprintf("everything after byte %d", c.size))
		}
		return kind, max(fit, partial)
	}
	if n, err := c.Read(make([]byte, 1)); n == 0 && errors.Is(err, io.EOF) {
		t.print = fingerprint{size: c.size, sum: c.hex()}
		if !t.log {
			t.print.open = t.Open
		}
		if !t.c.opts.NoCustody {
			t.c.b.Sealed(t.listed(), c.size, t.print.sum)
		}
	}
	return kind, fit
}

// recognise looks at the content and reads it accordingly.
func (t *task) recognise(in content) (kind string, fit fitness) {
	what := sniff(in.head, in.all, t.Rel)
	if in.utf16 && what.form != formForeign {
		t.c.mu.Lock()
		t.c.decoded = append(t.c.decoded, t.Path)
		t.c.mu.Unlock()
	}
	switch what.form {
	case formEmpty:
		t.isEmpty()
		return kindEmpty, whole
	case formJournal:
		return kindJournal, whole
	case formStream:
		return t.stream(in)
	case formTable:
		kind := kindAthena
		if newTable(firstRow(in.head, what.comma)).lake {
			kind = kindLake
		}
		return t.csv(in, what.comma, kind)
	case formAthena:
		return t.athena(in)
	case formLake:
		return t.lake(in)
	case formForeign:
		t.c.losses.strange(t.Path, what.reason)
		return kindForeign, useless
	}
	return t.document(in, what.form)
}
