package inflate

// HasAssembly says that Streams use the assembly here.
var HasAssembly = useAsm

// GoOnly makes s use the portable loop only.
func (s *Stream) GoOnly() *Stream {
	s.goOnly = true
	return s
}

// BufferSize is the size of a Stream's buffer.
const BufferSize = bufferSize + slack

// SetBuffer makes s use a buffer of BufferSize bytes of the caller's.
func (s *Stream) SetBuffer(b []byte) {
	s.buf = b[:BufferSize:BufferSize]
	s.outEnd = bufferSize
}

// TableFits builds both tables for the given code lengths and returns whether
// they are valid codes that fit.
func TableFits(lit, dist []uint8) bool {
	var b builder
	var e engine
	n := copy(b.lens[:], lit)
	copy(b.lens[n:], dist)
	return b.tables(&e, n, len(dist), false)
}

// UpdateChecksum is what a Stream sums its output with.
func UpdateChecksum(crc uint32, p []byte) uint32 { return updateChecksum(crc, p, new([128]byte)) }
