//go:build !purego

#include "textflag.h"

// EVERYWHERE fills the register Y with one byte, given eight times over.
#define EVERYWHERE(byte8, X, Y) \
	MOVQ         $byte8, AX; \
	MOVQ         AX, X;      \
	VPBROADCASTQ X, Y

// HITS leaves in R the 32 answers for the bytes at off(SI).
#define HITS(off, R) \
	VMOVDQU   off(SI), Y5; \
	VPSUBB    Y0, Y5, Y6;  \ // how far above [
	VPMINUB   Y1, Y6, Y7;  \
	VPCMPEQB  Y6, Y7, Y6;  \ // 0 to 2: [ \ ]
	VPMINUB   Y2, Y5, Y7;  \
	VPCMPEQB  Y5, Y7, Y7;  \ // at most 0x1f
	VPOR      Y3, Y5, Y5;  \ // in lower case
	VPCMPEQB  Y4, Y5, Y5;  \ // v
	VPOR      Y5, Y6, Y6;  \
	VPOR      Y6, Y7, Y7;  \
	VPMOVMSKB Y7, R

// func markAVX2(dst *uint64, src *byte, n int)
// It reads 64 bytes and writes 8 for each of n blocks, n being at least 1.
TEXT ·markAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	EVERYWHERE(0x5b5b5b5b5b5b5b5b, X0, Y0) // [
	EVERYWHERE(0x0202020202020202, X1, Y1)
	EVERYWHERE(0x1f1f1f1f1f1f1f1f, X2, Y2) // the last control character
	EVERYWHERE(0x2020202020202020, X3, Y3) // what makes a letter small
	EVERYWHERE(0x7676767676767676, X4, Y4) // v

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
