package intake

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/scimtrail/scimtrail/internal/inflate"
	"github.com/scimtrail/scimtrail/internal/scan"
)

// headSize is how much of the content is looked at to recognise it.
const headSize = 64 << 10

// maxLayers is how often a file may be compressed over again.
const maxLayers = 3

// maxWindow is the largest window of zstd that is taken; the zstd program takes
// no larger one either unless it is told to.
const maxWindow = 128 << 20

// custody reads the bytes of a file as they are stored, and counts and hashes
// them on the way.
type custody struct {
	ctx  context.Context
	r    io.Reader
	sum  hash.Hash // nil: not hashed
	size int64
	err  error
}

func (c *custody) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	if c.sum != nil {
		c.sum.Write(p[:n])
	}
	c.size += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

func (c *custody) hex() string { return hex.EncodeToString(c.sum.Sum(nil)) }

// content is a file's content, unpacked.
type content struct {
	*bufio.Reader
	head  []byte // its beginning, which Reader still has
	all   bool   // head is all of it
	utf16 bool
	close func()
}

// unpack goes through compression and encodings, by the first bytes of each
// layer and never by a name, and hashes what is stored when it is to. The error says what is broken.
func (d *desk) unpack(c *custody, limit int64, hashed bool) (content, error) {
	if hashed {
		d.sum.Reset()
		c.sum = d.sum
	}
	d.stored.Reset(c)
	r := d.stored
	var closers []func()
	out := content{close: func() {
		for _, f := range closers {
			f()
		}
	}}
	for layer := 0; ; layer++ {
		magic, _ := r.Peek(4)
		var inner io.Reader
		switch {
		case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
			zr := d.gzip
			var err error
			if layer > 0 || zr == nil {
				zr = new(gzip.Reader)
			}
			if err = zr.Reset(r); err != nil {
				return out, fmt.Errorf("it begins like gzip and is none: %w", err)
			}
			if layer == 0 {
				d.gzip = zr
			}
			inner = &named{r: zr, what: "gzip"}
		case isZstd(magic):
			zr, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
			if err != nil {
				return out, fmt.Errorf("it begins like zstd and is none: %w", err)
			}
			closers = append(closers, zr.Close)
			inner = &named{r: zr, what: "zstd"}
		}
		if inner == nil {
			break
		}
		if layer == maxLayers {
			return out, fmt.Errorf("it is compressed more than %d times over", maxLayers)
		}
		r = d.content
		if layer > 0 {
			r = bufio.NewReaderSize(nil, headSize)
		}
		r.Reset(scan.Capped(inner, limit))
	}
	head, err := r.Peek(headSize)
	if order, mark, ok := utf16Order(head); ok {
		decoder := unicode.UTF16(order, mark).NewDecoder()
		r = bufio.NewReaderSize(transform.NewReader(r, decoder), headSize)
		out.utf16 = true
		head, err = r.Peek(headSize)
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		_, _ = r.Discard(3)
		head, err = r.Peek(headSize)
	}
	out.Reader, out.head, out.all = r, head, errors.Is(err, io.EOF)
	if len(head) == 0 && err != nil && !out.all {
		return out, err
	}
	return out, nil
}

// isZstd knows a frame and a skippable frame (RFC 8878, sections 3.1.1, 3.1.2).
func isZstd(magic []byte) bool {
	return bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		len(magic) == 4 && magic[0]&0xf0 == 0x50 && magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18
}

// utf16Order recognises UTF-16 by its mark, or by the zero bytes that ASCII has
// in it.
func utf16Order(head []byte) (unicode.Endianness, unicode.BOMPolicy, bool) {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return unicode.LittleEndian, unicode.UseBOM, true
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return unicode.BigEndian, unicode.UseBOM, true
	case len(head) < 4:
		return unicode.LittleEndian, unicode.UseBOM, false
	case head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return unicode.LittleEndian, unicode.IgnoreBOM, true
	case head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return unicode.BigEndian, unicode.IgnoreBOM, true
	}
	return unicode.LittleEndian, unicode.UseBOM, false
}

// inPlainWords says what is wrong with a gzip file that package inflate read.
func inPlainWords(err error, limit int64) error {
	if errors.Is(err, inflate.ErrTooLong) {
		return scan.TooLong(limit)
	}
	return err
}

// named says in plain words what is wrong with compressed data.
type named struct {
	r    io.Reader
	what string
}

func (n *named) Read(p []byte) (int, error) {
	got, err := n.r.Read(p)
	if err == nil || err == io.EOF {
		return got, err
	}
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the %s data is cut short: %w", n.what, err)
	case errors.Is(err, gzip.ErrChecksum):
		err = fmt.Errorf("the gzip data is damaged, its checksum does not fit: %w", err)
	case errors.Is(err, gzip.ErrHeader):
		err = fmt.Errorf("what follows the first gzip data is something else: %w", err)
	case corrupt || n.what == "zstd":
		err = fmt.Errorf("the %s data is damaged: %w", n.what, err)
	}
	return got, err
}
