package inflate

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// The flags of a member's header: RFC 1952, section 2.3.1.
const (
	flagHeaderCRC = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
	flagsReserved = 0xe0
)

// headerSize is the fixed part of a header, trailerSize all of a trailer.
const (
	headerSize  = 10
	trailerSize = 8
)

// readHeader reads a member's header, or finds that there are no more members.
func (s *Stream) readHeader() {
	rest := s.src[s.pos:]
	if s.member > 0 && s.afterLast(rest) {
		return
	}
	s.member++
	if n := min(len(rest), 2); !bytes.Equal(rest[:n], []byte{0x1f, 0x8b}[:n]) {
		s.fail(ErrNotGzip, "")
		return
	}
	if len(rest) < headerSize {
		s.fail(ErrTruncated, "in the header")
		return
	}
	flags, n := rest[3], headerSize
	switch {
	case rest[2] != 8:
		s.fail(ErrHeader, "the method of compression is not deflate")
		return
	case flags&flagsReserved != 0:
		s.fail(ErrHeader, "reserved flags are set")
		return
	}
	ok := true
	if flags&flagExtra != 0 {
		if ok = len(rest) >= n+2; ok {
			n += 2 + int(binary.LittleEndian.Uint16(rest[n:]))
			ok = len(rest) >= n
		}
	}
	for _, flag := range []byte{flagName, flagComment} {
		if ok && flags&flag != 0 {
			length := bytes.IndexByte(rest[n:], 0)
			ok = length >= 0
			n += length + 1
		}
	}
	if ok && flags&flagHeaderCRC != 0 {
		if ok = len(rest) >= n+2; ok {
			if binary.LittleEndian.Uint16(rest[n:]) != uint16(crc32.ChecksumIEEE(rest[:n])) {
				s.fail(ErrHeader, "its checksum does not fit")
				return
			}
			n += 2
		}
	}
	if !ok {
		s.fail(ErrTruncated, "in the header")
		return
	}
	s.pos += n
	s.begins = s.base + int64(s.w)
	s.hist, s.summed, s.crc = s.w, s.w, 0
	s.phase = blockHeader
}

// afterLast ends the file if rest, which follows a member, is no other member:
// soundly if it is empty or zeros, as gzip(1) does.
func (s *Stream) afterLast(rest []byte) bool {
	if len(rest) >= 2 && rest[0] == 0x1f && rest[1] == 0x8b {
		return false
	}
	for _, c := range rest {
		if c != 0 {
			s.fail(ErrTrailing, "")
			return true
		}
	}
	s.phase, s.err = done, io.EOF
	return true
}

// readTrailer checks a member's checksum and size.
func (s *Stream) readTrailer() {
	s.align()
	if len(s.src)-s.pos < trailerSize {
		s.fail(ErrTruncated, "in the checksum")
		return
	}
	s.sum()
	crc := binary.LittleEndian.Uint32(s.src[s.pos:])
	size := binary.LittleEndian.Uint32(s.src[s.pos+4:])
	s.pos += trailerSize
	switch {
	case crc != s.crc:
		s.fail(ErrChecksum, "the CRC-32 is another one")
	case size != uint32(s.base+int64(s.w)-s.begins):
		s.fail(ErrChecksum, "the size is another one")
	default:
		s.phase = header
	}
}
