package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/report"
)

// memo is an archive that remembers the answer to one question, byte for byte,
// for as long as its evidence stays the same.
type memo struct {
	archive    *archive.Archive
	key        string
	generation int64
}

// remembered is an answer with what the exit status depends on.
type remembered struct {
	attention, unread bool
	output            []byte
}

// maxRemembered bounds an output that is unpacked, since an archive may come from
// a stranger.
const maxRemembered = 256 << 20

// The outputs are kept compressed: what they say of the evidence is long and much
// alike.
var (
	squeezer = sync.OnceValues(func() (*zstd.Encoder, error) { return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)) })
	expander = sync.OnceValues(func() (*zstd.Decoder, error) {
		return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxRemembered))
	})
)

// pack writes an answer as it is kept: a byte of flags, and the output compressed.
// It returns nil when that can't be done.
func (r remembered) pack() []byte {
	enc, err := squeezer()
	if err != nil {
		return nil
	}
	flags := byte(0)
	if r.attention {
		flags |= 1
	}
	if r.unread {
		flags |= 2
	}
	return enc.EncodeAll(r.output, []byte{flags})
}

// unpack reads what pack wrote, nil when it is not that.
func unpack(data []byte) *remembered {
	dec, err := expander()
	if err != nil || len(data) == 0 || data[0] > 3 {
		return nil
	}
	output, err := dec.DecodeAll(data[1:], nil)
	if err != nil {
		return nil
	}
	return &remembered{attention: data[0]&1 != 0, unread: data[0]&2 != 0, output: output}
}

// openMemo returns the memo for a question whose only evidence is one archive, nil
// where there is none: then the question is answered from the evidence. asked is
// the question in words and flags of the command itself.
func (a *app) openMemo(ctx context.Context, e *evidence, o *output, asked ...string) *memo {
	if len(e.from) != 1 || !isArchive(e.from[0]) || e.now == "now" || o.file != "" && o.file != "-" {
		return nil
	}
	key, err := a.memoKey(e, o, asked)
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
	return &memo{archive: kept, key: key, generation: generation}
}

// memoKey is a hash of all that an answer depends on but the evidence.
func (a *app) memoKey(e *evidence, o *output, asked []string) (string, error) {
	var own []byte
	if e.actors != "" {
		var err error
		if own, err = os.ReadFile(e.actors); err != nil {
			return "", err
		}
	}
	data, err := json.Marshal([]any{
		"scimtrail/answer/v2", program(), asked, o.format, a.style(),
		e.from, e.covers, e.since, e.until, e.region, e.account, e.now, own, e.maxRecord, e.maxFile, e.verify,
	})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
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

// answer returns what is remembered, nil when nothing is.
func (m *memo) answer(ctx context.Context) *remembered {
	if m == nil {
		return nil
	}
	data, err := m.archive.Answer(ctx, m.key)
	if err != nil {
		return nil
	}
	return unpack(data)
}

// remember keeps an answer. That it can't is no error of the answer's.
func (m *memo) remember(ctx context.Context, r remembered) {
	if m == nil {
		return
	}
	if data := r.pack(); data != nil {
		_ = m.archive.PutAnswer(ctx, m.key, m.generation, data)
	}
}

func (m *memo) close() {
	if m != nil {
		_ = m.archive.Close()
	}
}

// write writes an answer as app.write does, and remembers it.
func (m *memo) write(ctx context.Context, a *app, o *output, render func(io.Writer, report.Style) error) error {
	if m == nil || a.cut {
		return a.write(o, render)
	}
	return a.write(o, func(w io.Writer, style report.Style) error {
		var b bytes.Buffer
		if err := render(&b, style); err != nil {
			return err
		}
		m.remember(ctx, remembered{a.attention, a.unread, b.Bytes()})
		_, err := w.Write(b.Bytes())
		return err
	})
}
