package intake

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"github.com/scimtrail/scimtrail/internal/integrity"
)

// What Options.Content is told: a digest lists the SHA-256 of the uncompressed
// log (cloudtrail reference 4.3), and a source that can read its files only once
// takes it on the way.

// sumUp tells the hash of the file's content, or why there is none.
func (t *task) sumUp(sum hash.Hash, err error) {
	tell := t.c.opts.Content
	if tell == nil || !t.log || t.summed {
		return
	}
	t.summed = true
	if err != nil {
		tell(t.Rel, [32]byte{}, err)
		return
	}
	tell(t.Rel, [32]byte(sum.Sum(nil)), nil)
}

// damaged marks an error that only the content of a file can have.
func damaged(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", integrity.ErrDamaged, err)
}

// sumOf hashes what is read of a file's content from now on. The function that it
// returns hashes the rest and tells the sum; broken is why there is no content.
func (t *task) sumOf(in *content) func(c *custody, broken error) {
	if t.c.opts.Content == nil || !t.log {
		return func(*custody, error) {}
	}
	sum := sha256.New()
	source := in.Reader
	if source != nil {
		in.Reader = bufio.NewReaderSize(io.TeeReader(source, sum), headSize)
	}
	return func(c *custody, broken error) {
		if broken == nil {
			_, broken = io.Copy(sum, source)
		}
		if c.err != nil {
			t.sumUp(nil, c.err) // the file could not be read, whatever is in it
			return
		}
		t.sumUp(sum, damaged(broken))
	}
}
