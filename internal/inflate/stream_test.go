package inflate_test

import (
	"bytes"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/scimtrail/scimtrail/internal/inflate"
)

// bitWriter writes deflate data by hand, the first bit lowest.
type bitWriter struct {
	out []byte
	n   int
}

// bits appends the n lowest bits of v.
func (w *bitWriter) bits(v, n int) *bitWriter {
	for i := range n {
		if w.n%8 == 0 {
			w.out = append(w.out, 0)
		}
		w.out[w.n/8] |= byte(v>>i&1) << (w.n % 8)
		w.n++
	}
	return w
}

// code appends a Huffman code, of which the first bit is the highest.
func (w *bitWriter) code(digits string) *bitWriter {
	for _, d := range digits {
		w.bits(int(d-'0'), 1)
	}
	return w
}

// fixed begins a fixed block, dynamic one with these numbers of codes.
func fixedBlock(last int) *bitWriter { return new(bitWriter).bits(last, 1).bits(1, 2) }

func dynamicBlock(lits, dists, codes int) *bitWriter {
	return new(bitWriter).bits(1, 1).bits(2, 2).bits(lits-257, 5).bits(dists-1, 5).bits(codes-4, 4)
}

// The codes of the fixed block that the tests use: RFC 1951, section 3.2.6.
const (
	fixedA      = "10010001" // 'a'
	fixedEnd    = "0000000"
	fixedLen3   = "0000001"
	fixedLen258 = "11000101"
	fixed286    = "11000110"
)

func TestBlocksByHand(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		raw    []byte
		want   string
		detail string // of the damage
		kind   error
	}{
		"an empty stored block":                   {raw: []byte{1, 0, 0, 0xff, 0xff}},
		"a stored block":                          {raw: []byte{1, 2, 0, 0xfd, 0xff, 'h', 'i'}, want: "hi"},
		"two stored blocks":                       {raw: []byte{0, 1, 0, 0xfe, 0xff, 'h', 1, 1, 0, 0xfe, 0xff, 'i'}, want: "hi"},
		"a stored block whose length is denied":   {raw: []byte{1, 2, 0, 0xff, 0xff, 'h', 'i'}, kind: inflate.ErrCorrupt, detail: "a code that stands for nothing"},
		"a block of the reserved type":            {raw: []byte{7, 0, 0, 0, 0, 0, 0, 0, 0}, kind: inflate.ErrCorrupt, detail: "a code that stands for nothing"},
		"a fixed block without a match":           {raw: fixedBlock(1).code(fixedA + fixedA + fixedEnd).out, want: "aa"},
		"a fixed block with the shortest match":   {raw: fixedBlock(1).code(fixedA + fixedLen3 + "00000" + fixedEnd).out, want: "aaaa"},
		"a fixed block with the longest match":    {raw: fixedBlock(1).code(fixedA + fixedLen258 + "00000" + fixedEnd).out, want: strings.Repeat("a", 259)},
		"a distance of 2 after one byte":          {raw: fixedBlock(1).code(fixedA + fixedLen3 + "00001" + fixedEnd).out, want: "a", kind: inflate.ErrCorrupt, detail: "a distance that reaches before the beginning"},
		"a match at the very beginning":           {raw: fixedBlock(1).code(fixedLen3 + "00000" + fixedEnd).out, kind: inflate.ErrCorrupt, detail: "a distance that reaches before the beginning"},
		"length symbol 286":                       {raw: fixedBlock(1).code(fixedA + fixed286 + "00000" + fixedEnd).out, want: "a", kind: inflate.ErrCorrupt, detail: "a code that stands for nothing"},
		"distance symbol 30":                      {raw: fixedBlock(1).code(fixedA + fixedLen3 + "11110" + fixedEnd).out, want: "a", kind: inflate.ErrCorrupt, detail: "a distance code that stands for nothing"},
		"287 literal codes":                       {raw: append(dynamicBlock(287, 1, 4).out, make([]byte, 20)...), kind: inflate.ErrCorrupt, detail: "a code that stands for nothing"},
		"31 distance codes":                       {raw: append(dynamicBlock(257, 31, 4).out, make([]byte, 20)...), kind: inflate.ErrCorrupt, detail: "a code that stands for nothing"},
		"no code length codes":                    {raw: append(dynamicBlock(257, 1, 4).out, make([]byte, 20)...), kind: inflate.ErrCorrupt, detail: "a code that stands for nothing"},
		"an over-full code of code lengths":       {raw: dynamicBlock(257, 1, 4).bits(1, 3).bits(1, 3).bits(1, 3).bits(0, 3).bits(0, 200).out, kind: inflate.ErrCorrupt, detail: "a code that stands for nothing"},
		"a code of code lengths with a gap":       {raw: dynamicBlock(257, 1, 4).bits(2, 3).bits(2, 3).bits(2, 3).bits(0, 3).bits(0, 200).out, kind: inflate.ErrCorrupt, detail: "a code that stands for nothing"},
		"a first code length that repeats":        {raw: dynamicBlock(257, 1, 4).bits(1, 3).bits(1, 3).bits(0, 6).bits(0, 200).out, kind: inflate.ErrCorrupt, detail: "a code that stands for nothing"},
		"code lengths beyond their number":        {raw: dynamicBlock(257, 1, 4).bits(0, 3).bits(1, 3).bits(1, 3).bits(0, 3).bits(-1, 200).out, kind: inflate.ErrCorrupt, detail: "a code that stands for nothing"},
		"a dynamic block of nothing but its end":  {raw: onlyEnd(), want: ""},
		"a match where there is no distance code": {raw: noDistances(), kind: inflate.ErrCorrupt, detail: "a distance code that stands for nothing", want: "a"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := wrapped(tt.raw, []byte(tt.want))
			out, err := newJudges().agree(t, src)
			sameBytes(t, []byte(tt.want), out, "output")
			e := fault(t, err)
			switch {
			case tt.kind == nil && err != nil:
				t.Fatal(err)
			case tt.kind != nil && (e == nil || e.Kind != tt.kind || e.Detail != tt.detail || e.Out != int64(len(tt.want))):
				t.Fatalf("got %+v, want %v: %s after %d bytes", e, tt.kind, tt.detail, len(tt.want))
			}
			rawAgainstStandard(t, tt.raw, out, err)
		})
	}
}

// onlyEnd is a dynamic block with one code, of one bit, which is its end.
func onlyEnd() []byte {
	// Code lengths: 18 and 1 have codes of one bit: 1 is 0 and 18 is 1.
	w := dynamicBlock(257, 1, 18).bits(0, 3).bits(0, 3).bits(1, 3) // 16, 17, 18
	w.bits(0, 3*14).bits(1, 3)                                     // 0 8 7 9 6 10 5 11 4 12 3 13 2 14 and 1
	w.code("1").bits(127, 7).code("1").bits(118-11, 7)             // 138 and 118 zeros
	w.code("0").code("0")                                          // 256 and the distance have one bit
	return w.code("0").out
}

// noDistances is a dynamic block with 'a', 256 and 257, and without distances.
func noDistances() []byte {
	// Code lengths: 0 is 10, 1 is 0, 2 is 110, 18 is 111.
	w := dynamicBlock(258, 1, 18).bits(0, 6).bits(3, 3) // 16, 17, 18
	w.bits(2, 3).bits(0, 3*11).bits(3, 3).bits(0, 3)    // 0, then 8 to 13 and others, 2, 14
	w.bits(1, 3)                                        // 1
	// In this order 2 comes thirteenth: 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1.
	w.code("111").bits(97-11, 7).code("0")                               // 97 zeros, 'a' has one bit
	w.code("111").bits(127, 7).code("111").bits(20-11, 7).code("110110") // 158 zeros, 256 and 257 have two
	w.code("10")                                                         // no distance
	return w.code("0"+"11"+"0"+"10").bits(0, 40).out
}

func TestHeadersAndTrailers(t *testing.T) {
	t.Parallel()
	body := fixedBlock(1).code(fixedA + fixedEnd).out
	member := wrapped(body, []byte("a"))
	with := func(flags byte, fields string, broken bool) []byte {
		h := append([]byte{0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3}, fields...)
		if flags&2 != 0 {
			sum := crc32.ChecksumIEEE(h)
			if broken {
				sum++
			}
			h = append(h, byte(sum), byte(sum>>8))
		}
		return append(h, member[10:]...)
	}
	change := func(at int, v byte) []byte {
		b := bytes.Clone(member)
		if at < 0 {
			at += len(b)
		}
		b[at] ^= v
		return b
	}
	twice := append(bytes.Clone(member), member...)
	n := len(member)
	tests := map[string]struct {
		src  []byte
		want string
		err  *inflate.Error
	}{
		"no optional field":                     {src: member, want: "a"},
		"an extra field":                        {src: with(4, "\x03\x00xyz", false), want: "a"},
		"a name":                                {src: with(8, "log.json\x00", false), want: "a"},
		"a comment":                             {src: with(16, "what\x00", false), want: "a"},
		"a header checksum":                     {src: with(2, "", false), want: "a"},
		"all of them and the text flag":         {src: with(31, "\x01\x00xn\x00c\x00", false), want: "a"},
		"a wrong header checksum":               {src: with(2, "", true), err: &inflate.Error{Kind: inflate.ErrHeader, Detail: "its checksum does not fit", Member: 1}},
		"a reserved flag":                       {src: with(32, "", false), err: &inflate.Error{Kind: inflate.ErrHeader, Detail: "reserved flags are set", Member: 1}},
		"another method":                        {src: change(2, 1), err: &inflate.Error{Kind: inflate.ErrHeader, Detail: "the method of compression is not deflate", Member: 1}},
		"a name without end":                    {src: []byte{0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0, 'x'}, err: &inflate.Error{Kind: inflate.ErrTruncated, Detail: "in the header", Member: 1}},
		"an extra field without end":            {src: []byte{0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0, 9, 9, 1}, err: &inflate.Error{Kind: inflate.ErrTruncated, Detail: "in the header", Member: 1}},
		"something else":                        {src: []byte(`{"Records":[]}`), err: &inflate.Error{Kind: inflate.ErrNotGzip, Member: 1}},
		"nothing":                               {src: nil, err: &inflate.Error{Kind: inflate.ErrTruncated, Detail: "in the header", Member: 1}},
		"a wrong CRC":                           {src: change(-5, 1), want: "a", err: &inflate.Error{Kind: inflate.ErrChecksum, Detail: "the CRC-32 is another one", In: n, Out: 1, Member: 1}},
		"a wrong size":                          {src: change(-1, 1), want: "a", err: &inflate.Error{Kind: inflate.ErrChecksum, Detail: "the size is another one", In: n, Out: 1, Member: 1}},
		"a checksum cut short":                  {src: member[:n-1], want: "a", err: &inflate.Error{Kind: inflate.ErrTruncated, Detail: "in the checksum", In: n - 8, Out: 1, Member: 1}},
		"two members":                           {src: twice, want: "aa"},
		"zeros at the end":                      {src: append(bytes.Clone(member), 0, 0, 0), want: "a"},
		"something else at the end":             {src: append(bytes.Clone(member), 0, 0, 'x'), want: "a", err: &inflate.Error{Kind: inflate.ErrTrailing, In: n, Out: 1, Member: 1}},
		"a second member cut short":             {src: twice[:n+5], want: "a", err: &inflate.Error{Kind: inflate.ErrTruncated, Detail: "in the header", In: n, Out: 1, Member: 2}},
		"a second member that reaches back":     {src: append(bytes.Clone(member), wrapped(fixedBlock(1).code(fixedLen3+"00000"+fixedEnd).out, nil)...), want: "a", err: &inflate.Error{Kind: inflate.ErrCorrupt, Detail: "a distance that reaches before the beginning", In: n + 12, Out: 1, Member: 2}},
		"a second member with another checksum": {src: append(bytes.Clone(member), change(-5, 1)...), want: "aa", err: &inflate.Error{Kind: inflate.ErrChecksum, Detail: "the CRC-32 is another one", In: 2 * n, Out: 2, Member: 2}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := newJudges().agree(t, tt.src)
			sameBytes(t, []byte(tt.want), out, "output")
			if e := fault(t, err); (e == nil) != (tt.err == nil) || e != nil && *e != *tt.err {
				t.Fatalf("got %+v, want %+v", e, tt.err)
			}
			againstStandard(t, tt.src, out, err)
		})
	}
}

func TestMembersOfAnyLengthFollowEachOther(t *testing.T) {
	t.Parallel()
	var src, want []byte
	for i, size := range []int{1, 50, 70, 3000, 200_000, 0, 400, 131_072, 9} {
		text := corpusLog(uint64(i), size)
		src, want = append(src, gzipped(text, 1+i)...), append(want, text...)
	}
	out, err := newJudges().agree(t, src)
	if err != nil {
		t.Fatal(err)
	}
	sameBytes(t, want, out, "members")
}

func TestNoMoreThanTheLimitIsHandedOut(t *testing.T) {
	t.Parallel()
	text := corpusLog(4, 400_000)
	size := int64(len(text))
	src := gzipped(text, 6)
	for _, limit := range []int64{1, 2, 63, 64, 1000, 163_839, 163_840, 163_841, 300_000, size - 1, size, size + 1} {
		for _, s := range []*inflate.Stream{inflate.NewStream(), inflate.NewStream().GoOnly()} {
			out, err := unpack(t, s, src, limit)
			sameBytes(t, text[:min(limit, size)], out, "output up to the limit")
			e := fault(t, err)
			if limit >= size && err != nil || limit < size && (e == nil || e.Kind != inflate.ErrTooLong || e.Out != limit) {
				t.Fatalf("limit %d of %d: %v", limit, size, err)
			}
		}
	}
}

func TestABombCostsNoMemory(t *testing.T) {
	src := gzipped(make([]byte, 32<<20), 9)
	s := inflate.NewStream()
	unpackQuietly(s, src)
	if n := testing.AllocsPerRun(1, func() { unpackQuietly(s, src) }); n > 0 {
		t.Errorf("%v allocations to unpack 32 MB", n)
	}
}

func unpackQuietly(s *inflate.Stream, src []byte) (n int) {
	s.Reset(src, 0)
	for {
		window, err := s.Next()
		if err != nil {
			return n
		}
		n += len(window)
	}
}

func TestReuseCostsNoMemory(t *testing.T) {
	x, y := gzipped(corpusLog(1, 300_000), 6), gzipped(corpusLog(2, 2_000), 9)
	p := inflate.NewPair()
	files := [][]byte{x, y, y, x, y}
	drainPair(t, p, files)
	if n := testing.AllocsPerRun(3, func() { drainPair(t, p, files) }); n > 0 {
		t.Errorf("%v allocations to unpack five files", n)
	}
}

func TestAStreamIsAReader(t *testing.T) {
	t.Parallel()
	text := corpusLog(6, 300_000)
	s := inflate.NewStream()
	s.Reset(gzipped(text, 6), 0)
	if err := iotest.TestReader(s, text); err != nil {
		t.Error(err)
	}
}

func TestAStreamWithoutAFileIsAtItsEnd(t *testing.T) {
	t.Parallel()
	if window, err := inflate.NewStream().Next(); window != nil || err != io.EOF {
		t.Errorf("Next of a new Stream: %d bytes, %v", len(window), err)
	}
	if s, window, err := inflate.NewPair().Next(); s != nil || window != nil || err != io.EOF {
		t.Errorf("Next of a new Pair: %v, %d bytes, %v", s, len(window), err)
	}
}

func TestAnErrorSaysWhatAndWhere(t *testing.T) {
	t.Parallel()
	err := &inflate.Error{Kind: inflate.ErrCorrupt, Detail: "why", In: 12, Out: 345, Member: 2}
	if got, want := err.Error(), "the gzip data is damaged at byte 12 (byte 345 of the content, member 2): why"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
