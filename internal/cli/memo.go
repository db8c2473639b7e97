package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/recall"
)

// memo is an archive that remembers answers for as long as its evidence stays the
// same: to questions that were asked, and, as a recall.Shelf, to those that may be.
// It is for one program and one set of flags that say what is looked at.
type memo struct {
	archive    *archive.Archive
	scope      string // of program and flags
	generation int64
}

// question is what why was asked; group is that of a question about a user.
type question struct{ kind, asked, group string }

// openMemo returns the memo for questions whose only evidence is one archive, nil
// where there is none: then they are answered from the evidence.
func (a *app) openMemo(ctx context.Context, e *evidence) *memo {
	if len(e.from) != 1 || !isArchive(e.from[0]) || e.now == "now" {
		return nil
	}
	scope, err := memoScope(e)
	if err != nil {
		return nil
	}
	kept, err := openArchive(ctx, e.from[0])
	if err != nil {
		return nil // whoever reads the evidence says why
	}
	generation, err := kept.Generation(ctx)
	if err != nil {
		_ = kept.Close()
		return nil
	}
	return &memo{archive: kept, scope: scope, generation: generation}
}

// memoScope is all that an answer depends on but the evidence and the question.
func memoScope(e *evidence) (string, error) {
	var own []byte
	if e.actors != "" {
		var err error
		if own, err = os.ReadFile(e.actors); err != nil {
			return "", err
		}
	}
	data, err := json.Marshal([]any{
		"scimtrail/answer/v3", program(),
		e.covers, e.since, e.until, e.region, e.account, e.now, own, e.maxRecord, e.maxFile, e.verify,
	})
	return string(data), err
}

// program tells this program from every other that might answer otherwise: its
// version, what it was built from, and the file itself, which differs between two
// builds of a source that was changed in between.
func program() string {
	text := Version
	if info, ok := debug.ReadBuildInfo(); ok {
		text += " " + info.GoVersion + " " + info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" || s.Key == "vcs.modified" {
				text += " " + s.Value
			}
		}
	}
	if path, err := os.Executable(); err == nil {
		if info, err := os.Stat(path); err == nil {
			text += fmt.Sprint(" ", info.Size(), " ", info.ModTime().UnixNano())
		}
	}
	return text
}

// key is what something is kept by: a hash of its name, the scope, and the
// generation, so that sheets of two states of the evidence are never mixed.
func (m *memo) key(name ...string) string {
	data, err := json.Marshal([]any{m.scope, m.generation, name})
	if err != nil {
		return "" // can't be: texts and a number
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (m *memo) ownKey(q question) string { return m.key("why", q.kind, q.asked, q.group) }

// Get implements recall.Shelf.
func (m *memo) Get(ctx context.Context, name string) ([]byte, error) {
	return m.archive.Answer(ctx, m.key("sheet", name))
}

// Put implements recall.Shelf. An archive that may only be read keeps nothing, and
// one that has changed meanwhile neither.
func (m *memo) Put(ctx context.Context, sheets map[string][]byte) (bool, error) {
	byKey := map[string][]byte{}
	for name, data := range sheets {
		byKey[m.key("sheet", name)] = data
	}
	return m.archive.PutAnswers(ctx, m.generation, byKey)
}

// recall returns what is remembered of the answer to a question, nil when nothing
// is. That a name has several bearers is remembered as well, and is an error.
func (m *memo) recall(ctx context.Context, q question) (*recall.Told, error) {
	if m == nil {
		return nil, nil
	}
	if data, err := m.archive.Answer(ctx, m.ownKey(q)); err == nil && data != nil {
		if told, err := recall.Unpack(data); err == nil {
			return &told, nil
		}
	}
	if q.group != "" {
		return nil, nil
	}
	told, err := recall.Ask(ctx, m, q.kind, q.asked)
	if ambiguous, ok := errors.AsType[*diagnose.AmbiguousError](err); ok {
		return nil, ambiguous
	}
	if err != nil {
		return nil, nil // the evidence answers
	}
	return told, nil
}

// remember keeps an answer. That it can't is no error of the answer's.
func (m *memo) remember(ctx context.Context, q question, told recall.Told) {
	if m != nil {
		_ = m.archive.PutAnswer(ctx, m.ownKey(q), m.generation, told.Pack())
	}
}

func (m *memo) close() {
	if m != nil {
		_ = m.archive.Close()
	}
}
