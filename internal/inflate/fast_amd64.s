//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// The fast loops of engine.run and Pair.run. What a step does, and the layout of
// the entries, is in table.go; this is runGo of portable.go without a branch
// that depends on whether a step copies.
//
// Safety: a step reads 8 bytes at in and writes at most slack bytes at out. It
// begins only while in < inStop and out < outStop, which keep that much free.
// Table indices are masked to the table's size; links come from buildTable, which
// checks that second tables lie inside. A match is copied only from histStart on.
// A step that is not for us changes nothing but the bits read ahead, and the Go
// code does it, or reports what is wrong with it.

// BX is the engine (of a Pair: its first Stream; the second is Stream__size behind).
// Of each stream bits, nb, in and out are in registers. Scratch:
// AX litlen entry, DX bits behind it, DI distance entry, SI length, CX and BP.

// LOAD puts a stream's state into registers.
#define LOAD(bits, nb, in, out, off) \
	MOVQ (off+engine_src)(BX), CX;      \ // src
	MOVQ (off+engine_inEnd)(BX), AX;    \
	ADDQ CX, AX;                        \
	MOVQ AX, (off+engine_inStop)(BX);   \ // inStop = &src[inEnd]
	MOVQ (off+engine_pos)(BX), in;      \
	ADDQ CX, in;                        \ // in = &src[pos]
	MOVQ (off+engine_buf)(BX), CX;      \ // buf
	MOVQ (off+engine_outEnd)(BX), AX;   \
	ADDQ CX, AX;                        \
	MOVQ AX, (off+engine_outStop)(BX);  \ // outStop = &buf[outEnd]
	MOVQ (off+engine_hist)(BX), AX;     \
	ADDQ CX, AX;                        \
	MOVQ AX, (off+engine_histStart)(BX); \ // histStart = &buf[hist]
	MOVQ (off+engine_w)(BX), out;       \
	ADDQ CX, out;                       \ // out = &buf[w]
	MOVQ (off+engine_bits)(BX), bits;   \
	MOVQ (off+engine_nb)(BX), nb

// SAVE puts them back.
#define SAVE(bits, nb, in, out, off) \
	SUBQ (off+engine_src)(BX), in;    \
	MOVQ in, (off+engine_pos)(BX);    \
	SUBQ (off+engine_buf)(BX), out;   \
	MOVQ out, (off+engine_w)(BX);     \
	MOVQ bits, (off+engine_bits)(BX); \
	ANDL $63, nb;                     \ // only the low byte was kept right
	MOVQ nb, (off+engine_nb)(BX)

// REFILL reads ahead: nb is 56 to 63 then.
#define REFILL(bits, nb, in) \
	MOVQ   (in), CX;                      \ // the next 8 bytes
	SHLXQ  nb, CX, CX;                    \ // behind the nb bits that are there
	ORQ    CX, bits;                      \
	ADDQ   $7, in;                        \ // in += 7 - nb/8: the whole bytes that fit
	MOVBLZX nb, CX;                       \
	SHRL   $3, CX;                        \
	SUBQ   CX, in;                        \
	ORL    $56, nb

// STEP does one step, unless the stream's margin is used up: one entry if it is
// only literals, and then one entry of any kind.
#define STEP(bits, nb, in, out, off, entry, odd, distance, oddDistance, near, far, end, margin, stuck) \
	CMPQ   in, (off+engine_inStop)(BX);   \
	JAE    margin;                        \
	CMPQ   out, (off+engine_outStop)(BX); \
	JAE    margin;                        \
	REFILL(bits, nb, in);                 \
	MOVL   bits, CX;                      \
	ANDL   $const_litMask, CX;            \
	MOVL   (off+engine_lit)(BX)(CX*4), AX; \ // AX = first entry
	SHRXQ  AX, bits, DI;                  \ // DI = the bits behind it
	MOVL   DI, CX;                        \
	ANDL   $const_litMask, CX;            \
	MOVL   (off+engine_lit)(BX)(CX*4), DX; \ // DX = second entry, if the first is only literals
	XORL   SI, SI;                        \
	TESTL  $const_onlyLiterals, AX;       \
	CMOVQNE DI, bits;                     \
	CMOVLEQ AX, DX;                       \ // else the first is the second,
	CMOVLEQ SI, AX;                       \ // and there is none before it
	RORXL  $16, AX, CX;                   \
	MOVW   CX, (out);                     \ // both literals
	RORXL  $const_countShift, AX, CX;     \
	ANDL   $3, CX;                        \
	ADDQ   CX, out;                       \ // of which so many count
	SUBL   AX, nb;                        \ // only the low byte of nb is kept right
	MOVL   DX, AX;                        \
	TESTL  $const_special, AX;            \
	JNZ    odd;                           \
entry:                                    \
	SHRXQ  AX, bits, DI;                  \ // DI = the bits behind it
	BZHIQ  AX, bits, SI;                  \ // its own bits,
	MOVBLZX AH, CX;                       \
	SHRXQ  CX, SI, SI;                    \ // without the codes: the extra bits
	MOVL   AX, CX;                        \
	SHRL   $24, CX;                       \ // base of the length, less 3
	LEAQ   3(SI)(CX*1), SI;               \ // SI = length
	MOVL   DI, DX;                        \
	ANDL   $const_distMask, DX;           \
	MOVL   (off+engine_dist)(BX)(DX*4), DX; \ // DX = distance entry
	XORL   CX, CX;                        \
	TESTL  $const_onlyLiterals, AX;       \
	CMOVQNE CX, SI;                       \ // only literals: length 0,
	CMOVLNE (off+engine_noDist)(BX), DX;  \ // and a distance that consumes nothing
	TESTL  $const_distSpecial, DX;        \
	JNZ    oddDistance;                   \
distance:                                 \
	BZHIQ  DX, DI, CX;                    \ // its own bits,
	MOVBLZX DH, BP;                       \
	SHRXQ  BP, CX, CX;                    \ // without the code: the extra bits
	MOVL   DX, BP;                        \
	SHRL   $16, BP;                       \ // base of the distance
	ADDQ   BP, CX;                        \ // CX = distance
	RORXL  $16, AX, BP;                   \
	MOVW   BP, (out);                     \ // the literals of the second entry
	RORXL  $const_countShift, AX, BP;     \
	ANDL   $3, BP;                        \
	ADDQ   out, BP;                       \ // BP = out behind those that count
	CMPQ   CX, $32;                       \
	JB     near;                          \
	SUBQ   BP, CX;                        \
	NEGQ   CX;                            \ // CX = where the match lies
	CMPQ   CX, (off+engine_histStart)(BX); \
	JB     stuck;                         \
	VMOVDQU (CX), Y0;                     \ // 64 bytes, whatever the length
	VMOVDQU Y0, (BP);                     \
	VMOVDQU 32(CX), Y1;                   \
	VMOVDQU Y1, 32(BP);                   \
	CMPQ   SI, $64;                       \
	JA     far;                           \
	LEAQ   (BP)(SI*1), out;               \ // out behind the match
end:                                      \
	SHRXQ  DX, DI, bits;                  \ // consume both entries
	SUBL   AX, nb;                        \
	SUBL   DX, nb

// ODD holds what a step seldom needs.
#define ODD(bits, nb, in, out, off, entry, odd, distance, oddDistance, near, far, end, margin, stuck, grow, nearLoop, farLoop) \
odd:                                      \ // AX is special
	MOVL   AX, CX;                        \
	ANDL   $const_kindMask, CX;           \
	CMPL   CX, $const_kindLink;           \
	JNE    stuck;                         \ // end of block, or an error
	CMPQ   in, (off+engine_inStop)(BX);   \
	JAE    margin;                        \
	REFILL(bits, nb, in);                 \ // long codes take up to 48 bits
	SHRXQ  AX, bits, DX;                  \ // the bits behind the first index
	MOVL   AX, CX;                        \
	SHRL   $8, CX;                        \
	ANDL   $15, CX;                       \
	BZHIQ  CX, DX, DX;                    \ // the second index
	SHRL   $16, AX;                       \ // where its table starts
	ADDQ   DX, AX;                        \
	MOVL   (off+engine_lit)(BX)(AX*4), AX; \
	TESTL  $const_special, AX;            \
	JZ     entry;                         \
	JMP    stuck;                         \
oddDistance:                              \ // DX is special
	MOVL   DX, CX;                        \
	ANDL   $const_distLink, CX;           \
	CMPL   CX, $const_distLink;           \
	JNE    stuck;                         \ // an error
	SHRXQ  DX, DI, BP;                    \ // the bits behind the first index
	MOVL   DX, CX;                        \
	SHRL   $8, CX;                        \
	ANDL   $15, CX;                       \
	BZHIQ  CX, BP, BP;                    \ // the second index
	SHRL   $16, DX;                       \ // where its table starts
	ADDQ   BP, DX;                        \
	MOVL   (off+engine_dist)(BX)(DX*4), DX; \
	TESTL  $const_distSpecial, DX;        \
	JZ     distance;                      \
	JMP    stuck;                         \
near:                                     \ // distance CX < 32: the match may overlap its copy
	SUBQ   BP, CX;                        \
	NEGQ   CX;                            \ // CX = where the match lies
	CMPQ   CX, (off+engine_histStart)(BX); \
	JB     stuck;                         \
	LEAQ   (BP)(SI*1), out;               \ // out behind the match
grow:                                     \
	VMOVDQU (CX), Y0;                     \
	VMOVDQU Y0, (BP);                     \ // as many bytes are right as lie between CX and BP
	MOVQ   BP, SI;                        \
	SUBQ   CX, SI;                        \
	ADDQ   SI, BP;                        \ // behind these; the text repeats from CX on,
	CMPQ   BP, out;                       \ // now twice as far away
	JAE    end;                           \
	CMPQ   SI, $16;                       \
	JB     grow;                          \
nearLoop:                                 \ // and now 32 bytes or more
	VMOVDQU (CX), Y0;                     \
	VMOVDQU Y0, (BP);                     \
	ADDQ   $32, CX;                       \
	ADDQ   $32, BP;                       \
	CMPQ   BP, out;                       \
	JB     nearLoop;                      \
	JMP    end;                           \
far:                                      \ // length SI > 64, the first 64 are done
	LEAQ   -64(BP)(SI*1), out;            \ // where BP is when all is done, or beyond
farLoop:                                  \
	VMOVDQU 64(CX), Y0;                   \
	VMOVDQU Y0, 64(BP);                   \
	VMOVDQU 96(CX), Y1;                   \
	VMOVDQU Y1, 96(BP);                   \
	ADDQ   $64, CX;                       \
	ADDQ   $64, BP;                       \
	CMPQ   BP, out;                       \
	JB     farLoop;                       \
	ADDQ   $64, out;                      \
	JMP    end

// func runAsm(e *engine) (stuck bool)
TEXT ·runAsm(SB), NOSPLIT, $8-9
	MOVQ e+0(FP), BX
	LOAD(R8, R9, R10, R11, 0)
	PCALIGN $32
loop:
	STEP(R8, R9, R10, R11, 0, entry, odd, distance, oddDistance, near, far, end, margin, stuck)
	JMP  loop
	ODD(R8, R9, R10, R11, 0, entry, odd, distance, oddDistance, near, far, end, margin, stuck, grow, nearLoop, farLoop)
stuck:
	MOVB $1, stuck+8(FP)
	JMP  save
margin:
	MOVB $0, stuck+8(FP)
save:
	SAVE(R8, R9, R10, R11, 0)
	VZEROUPPER
	RET

// func pairAsm(p *Pair) (stuck uint8)
// stuck is 0: a margin is used up; 1: the first stream is stuck; 2: the second.
TEXT ·pairAsm(SB), NOSPLIT, $8-9
	MOVQ p+0(FP), BX
	LOAD(R8, R9, R10, R11, 0)
	LOAD(R12, R13, R14, R15, Stream__size)
	PCALIGN $32
loop:
	STEP(R8, R9, R10, R11, 0, entry1, odd1, distance1, oddDistance1, near1, far1, end1, margin, stuck1)
	STEP(R12, R13, R14, R15, Stream__size, entry2, odd2, distance2, oddDistance2, near2, far2, end2, margin, stuck2)
	JMP  loop
	ODD(R8, R9, R10, R11, 0, entry1, odd1, distance1, oddDistance1, near1, far1, end1, margin, stuck1, grow1, nearLoop1, farLoop1)
	ODD(R12, R13, R14, R15, Stream__size, entry2, odd2, distance2, oddDistance2, near2, far2, end2, margin, stuck2, grow2, nearLoop2, farLoop2)
stuck1:
	MOVB $1, stuck+8(FP)
	JMP  save
stuck2:
	MOVB $2, stuck+8(FP)
	JMP  save
margin:
	MOVB $0, stuck+8(FP)
save:
	SAVE(R8, R9, R10, R11, 0)
	SAVE(R12, R13, R14, R15, Stream__size)
	VZEROUPPER
	RET
