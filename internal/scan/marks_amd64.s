//go:build !purego

#include "textflag.h"

// Bytes that fill a register each, given eight times over.
DATA every<>+0(SB)/8, $0x5b5b5b5b5b5b5b5b // [
DATA every<>+8(SB)/8, $0x0202020202020202
DATA every<>+16(SB)/8, $0x1f1f1f1f1f1f1f1f // the last control character
DATA every<>+24(SB)/8, $0x2020202020202020 // what makes a letter small
DATA every<>+32(SB)/8, $0x7676767676767676 // v
GLOBL every<>(SB), RODATA|NOPTR, $40

// follows has what may stand four bytes behind a v, at the place of its low half:
// " s v n, those letters in either case.
DATA follows<>+0(SB)/8, $0x0076000073220000
DATA follows<>+8(SB)/8, $0x006e000000000000
GLOBL follows<>(SB), RODATA|NOPTR, $16

// HITS leaves in R the 32 answers for the bytes at off(SI).
#define HITS(off, R) \
	VMOVDQU   off(SI), Y5;     \
	VPOR      4+off(SI), Y3, Y9; \ // four bytes behind, in lower case
	VPSHUFB   Y9, Y8, Y10;     \ // what these would have to be
	VPCMPEQB  Y9, Y10, Y9;     \ // and are
	VPSUBB    Y0, Y5, Y6;      \ // how far above [
	VPMINUB   Y1, Y6, Y7;      \
	VPCMPEQB  Y6, Y7, Y6;      \ // 0 to 2: [ \ ]
	VPMINUB   Y2, Y5, Y7;      \
	VPCMPEQB  Y5, Y7, Y7;      \ // at most 0x1f
	VPOR      Y3, Y5, Y5;      \
	VPCMPEQB  Y4, Y5, Y5;      \ // v
	VPAND     Y9, Y5, Y5;      \
	VPOR      Y5, Y6, Y6;      \
	VPOR      Y6, Y7, Y7;      \
	VPMOVMSKB Y7, R

// func markAVX2(dst *uint64, src *byte, n int)
// It reads 64 bytes, and 4 behind them, and writes 8 for each of n blocks, n
// being at least 1.
TEXT ·markAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	VPBROADCASTQ every<>+0(SB), Y0
	VPBROADCASTQ every<>+8(SB), Y1
	VPBROADCASTQ every<>+16(SB), Y2
	VPBROADCASTQ every<>+24(SB), Y3
	VPBROADCASTQ every<>+32(SB), Y4
	VBROADCASTI128 follows<>(SB), Y8

block:
	HITS(0, AX)
	HITS(32, DX)
	SHLQ $32, DX
	ORQ  DX, AX
	MOVQ AX, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  block
	VZEROUPPER
	RET
