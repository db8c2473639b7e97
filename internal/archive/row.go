package archive

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// digest is the first half of a SHA-256: enough that no two things of an archive
// share one by chance, and half the index.
type digest [16]byte

func digestOf(parts ...[]byte) digest {
	h := sha256.New()
	for i, p := range parts {
		if i > 0 {
			h.Write([]byte{0})
		}
		h.Write(p)
	}
	return digest(h.Sum(nil)[:16])
}

// The columns of an event that hold words.
const (
	wordSource = iota
	wordName
	wordAccount
	wordRegion
	wordStore
	wordGroup
	wordUser
	wordCaller
	wordError
	wordColumns
)

// row is an event on its way into the archive.
type row struct {
	input int // index of the writer
	hash  digest
	id    []byte // nil when it has none
	time  int64
	timed bool
	reads bool
	words [wordColumns]string // "" is none
	raw   []byte              // compressed
}

func newRow(input int, rec *cloudtrail.Record, raw []byte) row {
	s := &rec.Subject
	return row{
		input: input, hash: digestOf(raw), id: eventID(rec.ID),
		time: rec.Time.Unix(), timed: !rec.Time.IsZero(), reads: rec.ReadOnly,
		words: [wordColumns]string{
			wordSource: word(rec.Source), wordName: word(rec.Name), wordAccount: word(rec.Account), wordRegion: word(rec.Region),
			wordStore: word(s.Store), wordGroup: word(s.Group), wordUser: word(s.User),
			wordCaller: word(cmp.Or(rec.Identity.ARN, rec.Identity.PrincipalID, rec.Identity.AccessKey, rec.UserAgent)),
			wordError:  word(cmp.Or(rec.ErrorCode, rec.ErrorMessage)),
		},
	}
}

// eventID packs a UUID into its 16 bytes; anything else is hashed.
func eventID(id string) []byte {
	if id == "" {
		return nil
	}
	if len(id) == 36 && id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-' {
		if b, err := hex.DecodeString(strings.ReplaceAll(id, "-", "")); err == nil && len(b) == 16 {
			return b
		}
	}
	sum := digestOf([]byte(id))
	return sum[:]
}

// maxWord bounds a word: an index entry of PostgreSQL holds 2,704 bytes at most.
const maxWord = 1000

// word makes a string from the evidence fit for a column of text in any engine:
// valid UTF-8, no zero byte, bounded. It is for looking records up; what a record
// says stands in its raw bytes.
func word(s string) string {
	if len(s) > maxWord {
		s = s[:maxWord]
		for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) && len(s) > maxWord-utf8.UTFMax {
			s = s[:len(s)-1]
		}
	}
	return text(s)
}

// text is word without the bound.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
