package recall

import (
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/report"
)

// The kinds of questions, as in diagnose.Question.
const (
	kindGroup = "group"
	kindUser  = "user"
)

// Told is an answer with all else that a report of it is made of.
type Told struct {
	Answer   *diagnose.Answer
	Evidence *report.Evidence
}

// Pack returns an answer as bytes for Unpack.
func (t Told) Pack() []byte { return squeeze(appendValue(nil, &t)) }

// Unpack reads what Pack wrote; it returns an error when it is not that.
func Unpack(data []byte) (Told, error) {
	text, err := expand(data)
	if err != nil {
		return Told{}, err
	}
	var t Told
	r := &reader{text: text}
	value(r, &t)
	if r.err == nil && (t.Answer == nil || t.Evidence == nil || len(t.Answer.Findings) == 0) {
		r.fail()
	}
	return t, r.err
}

// maxText bounds what is unpacked, since an archive may come from a stranger.
const maxText = 256 << 20

var (
	squeezer = sync.OnceValues(func() (*zstd.Encoder, error) { return zstd.NewWriter(nil) })
	expander = sync.OnceValues(func() (*zstd.Decoder, error) {
		return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxText))
	})
)

// squeeze compresses a text. It may be called by several at a time.
func squeeze(b []byte) []byte {
	enc, err := squeezer()
	if err != nil {
		panic("recall: " + err.Error()) // it is given no option that can be wrong
	}
	return enc.EncodeAll(b, nil)
}

func expand(data []byte) (string, error) {
	dec, err := expander()
	if err != nil {
		return "", err
	}
	text, err := dec.DecodeAll(data, nil)
	if err != nil {
		return "", errDamaged
	}
	return string(text), nil
}
