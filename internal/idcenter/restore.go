package idcenter

import (
	"iter"

	"github.com/scimtrail/scimtrail/internal/directory"
)

// Restore fills an empty Center with what a [Journal] stored: the last Change of
// every Kind and ID, deleted ones left out, in any order. It must come before
// the first call. It stops at the first error of the sequence, at a thing that
// can't be read, and at one that contradicts another (two users of one name, a
// membership of an unknown group); the Center is then of no use.
func (c *Center) Restore(changes iter.Seq2[Change, error]) error { panic("todo") }

// Changes ranges over the Center as it is, as the changes from which
// [Center.Restore] makes it again. Calls wait meanwhile.
func (c *Center) Changes() iter.Seq[Change] { panic("todo") }

// Snapshot returns the store as a complete listing of it would show it.
func (c *Center) Snapshot() directory.Snapshot { panic("todo") }
