// Package inflate unpacks gzip files that are whole in memory, a window at a
// time, at the speed that searching logs asks for: decompression is nearly all
// the time that reading a log tree costs.
//
// A Stream unpacks one file after another in the same constant memory and hands
// out the output in windows that lie in its own buffer, with what came before
// still readable in front. A Pair unpacks two files at once, interleaved in one
// core's stream of instructions: decoding is a serial chain of table look-ups,
// and a core has room for two of them.
//
// It is no general replacement of compress/gzip: it reads no io.Reader, it
// writes nothing, and it knows no preset dictionaries. Whether what comes out is
// a log is not its business.
//
// Formats: RFC 1952 (gzip) and RFC 1951 (deflate). Where these leave room it
// accepts what compress/flate accepts; what follows the last member is treated
// as gzip(1) treats it (ErrTrailing).
//
// # How it decodes
//
// Each look-up of a litlen table (table.go) yields up to two literals, or at
// most one literal and a length, and leaves nothing undecided: what a step does
// is "write two bytes, advance by 0 to 2, copy length bytes from a distance,
// advance by the length", where the length of a pure literal is 0. So a step
// needs no branch that a predictor could miss, and two streams can run side by
// side. The steps are written twice: in Go (portable.go), and for amd64 with
// AVX2 and BMI2 in assembly (fast_amd64.s), which only runs while wide margins
// hold and leaves everything unusual to the Go path. The build tag purego turns
// the assembly off.
//
// Measured with testdata/timing, checksum included, as CPU time in units of what
// libdeflate 1.14 takes (AMD Zen 3, a generated log that zlib compresses to an
// eleventh, medians): a Pair 0.82, a Stream 0.92, a Stream without assembly 1.32.
// Tables of 10 index bits were better than of 9 or 11.
package inflate
