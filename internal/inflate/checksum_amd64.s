//go:build !purego

#include "textflag.h"

// x^(1024+32) and x^(1024-32) modulo the polynomial of CRC-32 (IEEE 802.3), bits
// reversed: what bytes are multiplied by to stand 128 bytes later. (Gopal et al.,
// Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction.)
DATA fold128<>+0(SB)/8, $0x1e88ef372
DATA fold128<>+8(SB)/8, $0x14a7fe880
DATA fold128<>+16(SB)/8, $0x1e88ef372
DATA fold128<>+24(SB)/8, $0x14a7fe880
GLOBL fold128<>(SB), RODATA, $32

// FOLD moves the 32 bytes of Y forward by 128 and adds what is there.
#define FOLD(Y, T, at) \
	VPCLMULQDQ $0x00, Y4, Y, T; \ // lower halves
	VPCLMULQDQ $0x11, Y4, Y, Y; \ // upper halves
	VPXOR      T, Y, Y;         \
	VPXOR      at(SI), Y, Y

// func fold(state *[128]byte, p []byte, remainder uint32)
// len(p) is at least 128. What does not fill 128 bytes is left out.
TEXT ·fold(SB), NOSPLIT, $0-36
	MOVQ    state+0(FP), DI
	MOVQ    p_base+8(FP), SI
	MOVQ    p_len+16(FP), CX
	VMOVDQU fold128<>(SB), Y4
	MOVL    remainder+32(FP), AX
	VMOVD   AX, X0               // it stands before the first four bytes
	VPXOR   (SI), Y0, Y0
	VMOVDQU 32(SI), Y1
	VMOVDQU 64(SI), Y2
	VMOVDQU 96(SI), Y3
	JMP     next

loop:
	FOLD(Y0, Y5, 0)
	FOLD(Y1, Y6, 32)
	FOLD(Y2, Y7, 64)
	FOLD(Y3, Y8, 96)

next:
	ADDQ    $128, SI
	SUBQ    $128, CX
	CMPQ    CX, $128
	JAE     loop
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, 64(DI)
	VMOVDQU Y3, 96(DI)
	VZEROUPPER
	RET

// func extended() (ecx uint32)
// CPUID, leaf 7: the third word of the extended features.
TEXT ·extended(SB), NOSPLIT, $0-4
	MOVL $7, AX
	XORL CX, CX
	CPUID
	MOVL CX, ecx+0(FP)
	RET
