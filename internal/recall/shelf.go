package recall

import (
	"context"
	"slices"
	"strconv"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/report"
)

// Shelf is where sheets are kept, for one state of the evidence, one program and
// one set of flags that narrow what is looked at.
type Shelf interface {
	// Get returns what is kept under a name, nil when nothing is.
	Get(ctx context.Context, name string) ([]byte, error)
	// Put keeps all of it or none; it reports whether it did.
	Put(ctx context.Context, sheets map[string][]byte) (bool, error)
}

// Names on a shelf. A front is put there first, sheets as they are written, and at
// last that it is whole.
const (
	front = "front"
	whole = "whole"
)

func rollName(kind string) string            { return "roll of " + kind + "s" }
func sheetName(kind string, n int) string    { return kind + "s " + strconv.Itoa(n) }
func aloneName(kind string, n, i int) string { return sheetName(kind, n) + " " + strconv.Itoa(i) }

const (
	// perSheet is how many groups, users or names are on a sheet: their answers are
	// much alike, so one compresses the other, and a question unpacks them all.
	perSheet = 32
	// longAnswer is from how many bytes on an answer has a place of its own: that of a
	// group of several hundred members.
	longAnswer = 256 << 10
)

// head is what the answers of a shelf have in common.
type head struct {
	Evidence     *report.Evidence
	AskedMatters bool // an answer about a user depends on the name that was asked by
	Group, User  *diagnose.Absence
}

// sheet is the answers about some of a roll, one place for each.
type sheet struct{ Places []place }

type place struct{ Entries []entry }

// entry is an answer to all questions by some names, without the name.
type entry struct {
	Forms []string // nil: whichever
	Alone int      // 0, or one more than the number of its own place
	Text  string   // of a diagnose.Answer, unless it is alone
}

func (e *entry) fits(asked string) bool { return e.Forms == nil || slices.Contains(e.Forms, asked) }

// Ask returns the answer to a question about one group or one user, nil when it is
// not on the shelf. It returns the *diagnose.AmbiguousError that the case would
// give; any other error says that the shelf could not be read.
func Ask(ctx context.Context, from Shelf, kind, asked string) (*Told, error) {
	var h head
	if ok, err := get(ctx, from, front, func(r *reader) { value(r, &h) }); !ok || h.Evidence == nil {
		return nil, err
	}
	all, err := getRoll(ctx, from, kind)
	if all == nil || err != nil {
		return nil, err
	}
	found, at, err := all.find(awsid.Bare(asked))
	switch {
	case err != nil:
		return nil, err
	case len(found) > 1:
		return nil, &diagnose.AmbiguousError{Kind: kind, Asked: asked, Bearers: found}
	case len(found) == 1:
	case !h.AskedMatters:
		x := h.Group
		if kind == kindUser {
			x = h.User
		}
		if x == nil || len(x.Findings) == 0 {
			return nil, errDamaged
		}
		return &Told{x.Answer(asked, all.names()), h.Evidence}, nil
	default:
		if at = all.atName(asked); at < 0 {
			return nil, nil
		}
	}
	a, err := answerAt(ctx, from, kind, at, asked)
	if a == nil || err != nil {
		return nil, err
	}
	return &Told{a, h.Evidence}, nil
}

// answerAt takes the answer from its sheet, nil when it is not there for that name.
func answerAt(ctx context.Context, from Shelf, kind string, at int, asked string) (*diagnose.Answer, error) {
	var s sheet
	n, i := at/perSheet, at%perSheet
	if ok, err := get(ctx, from, sheetName(kind, n), func(r *reader) { value(r, &s) }); !ok {
		return nil, err
	}
	if i >= len(s.Places) {
		return nil, errDamaged
	}
	for _, e := range s.Places[i].Entries {
		if !e.fits(asked) {
			continue
		}
		text := e.Text
		if e.Alone > 0 {
			if ok, err := get(ctx, from, aloneName(kind, n, e.Alone-1), func(r *reader) { text, r.text = r.text, "" }); !ok {
				return nil, err
			}
		}
		var a diagnose.Answer
		r := &reader{text: text}
		if value(r, &a); r.err == nil && len(a.Findings) == 0 {
			r.fail()
		}
		a.Question.Asked = asked
		return &a, r.err
	}
	return nil, nil
}

func getRoll(ctx context.Context, from Shelf, kind string) (*listed, error) {
	data, err := from.Get(ctx, rollName(kind))
	if data == nil || err != nil {
		return nil, err
	}
	text, err := expand(data)
	if err != nil {
		return nil, err
	}
	return readRoll(text)
}

// get lets read take what is kept under a name; it reports whether there is anything
// and it could be read.
func get(ctx context.Context, from Shelf, name string, read func(*reader)) (bool, error) {
	data, err := from.Get(ctx, name)
	if data == nil || err != nil {
		return false, err
	}
	text, err := expand(data)
	if err != nil {
		return false, err
	}
	r := &reader{text: text}
	read(r)
	return r.err == nil, r.err
}
