/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The real-mode edge of the int 13h handler: decide whether a call is ours, switch to our own
 * stack, call the C part. Everything runs at CS = our segment, offset 0 = struct vtc_int13_config.
 */
#include "config.h"

#define STACK_BYTES 3072

    .code16

/*
 * vtc_int13_entry: the interrupt vector points here.
 * IN:  DL drive, AH function, the rest by function; CS our segment; stack: IP CS FLAGS
 * OUT: ours: registers and CF as the C handler sets them; not ours: jumps to the BIOS's handler
 *      with every register and flag untouched
 */
    .section .text.entry, "ax"
    .globl vtc_int13_entry
vtc_int13_entry:
    pushfw
    cmpb $VTC_INT13_NO_DRIVE, %dl   /* stands for "none" in the fields below */
    je not_ours
    cmpb %dl, %cs:VTC_INT13_DRIVE
    je ours
    cmpb %dl, %cs:VTC_INT13_EMULATED
    je ours
    cmpb $0, %cs:VTC_INT13_SHIFT
    je not_ours
    testb $0x80, %dl
    jnz ours                        /* a real hard disk, whose number moved up */
not_ours:
    popfw
    ljmpw *%cs:VTC_INT13_OLD_VECTOR

ours:
    cmpb $0, %cs:VTC_INT13_BUSY     /* one stack: a call inside a call is turned away */
    jne busy
    movb $1, %cs:VTC_INT13_BUSY
    movl %eax, %cs:caller_eax
    movl %esp, %cs:caller_esp
    movw %ss, %cs:caller_ss
    movw %cs, %ax
    movw %ax, %ss
    movl $stack_top, %esp
    movl %cs:caller_eax, %eax
    pushw %ds
    pushw %es
    pushw %fs
    pushw %gs
    pushal                          /* with the segments: struct vtc_int13_regs */
    movw %cs, %ax
    movw %ax, %ds
    movw %ax, %es
    cld
    sti
    movl %esp, %eax                 /* first argument (regparm) */
    calll vtc_int13_handle          /* returns EAX: 0 = CF clear, 1 = CF set */
    cli
    movb %al, result_carry
    popal
    popw %gs
    popw %fs
    popw %es
    popw %ds
    movl %eax, %cs:caller_eax
    movw %cs:caller_ss, %ss
    movl %cs:caller_esp, %esp
    movb %cs:result_carry, %al
    pushw %bp
    movw %sp, %bp
    andb $0xfe, 8(%bp)              /* BP, our FLAGS, IP, CS, then the caller's FLAGS */
    orb %al, 8(%bp)
    popw %bp
    movl %cs:caller_eax, %eax
    movb $0, %cs:VTC_INT13_BUSY
    popfw
    iretw

busy:
    popfw
    movb $0xaa, %ah                 /* drive not ready */
    pushw %bp
    movw %sp, %bp
    orb $1, 6(%bp)
    popw %bp
    iretw

/*
 * vtc_int13_call_bios: call the BIOS's int 13h handler from C.
 * IN:  EAX = struct vtc_int13_regs * (in our segment)
 * OUT: the struct holds the registers after the call; EAX = 1 when CF was set, else 0
 */
    .section .text, "ax"
    .globl vtc_int13_call_bios
vtc_int13_call_bios:
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    pushl %eax
    movl %eax, %ebp
    pushw 38(%ebp)                  /* DS, loaded last */
    movw 36(%ebp), %es
    movl 0(%ebp), %edi
    movl 4(%ebp), %esi
    movl 16(%ebp), %ebx
    movl 20(%ebp), %edx
    movl 24(%ebp), %ecx
    movl 28(%ebp), %eax
    movl 8(%ebp), %ebp
    popw %ds
    pushfw
    lcallw *%cs:VTC_INT13_OLD_VECTOR
    pushfw
    pushw %ds
    pushl %ebp
    movw %cs, %bp
    movw %bp, %ds
    movzwl %sp, %ebp
    movl 8(%ebp), %ebp              /* the struct: below it EBP, DS, FLAGS */
    movl %eax, 28(%ebp)
    movl %ecx, 24(%ebp)
    movl %edx, 20(%ebp)
    movl %ebx, 16(%ebp)
    movl %esi, 4(%ebp)
    movl %edi, 0(%ebp)
    movw %es, 36(%ebp)
    popl 8(%ebp)
    popw 38(%ebp)
    popw %cx
    popl %eax
    movzwl %cx, %eax
    andl $1, %eax
    movw %cs, %cx
    movw %cx, %es
    cld
    sti
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    retl

/*
 * vtc_int13_copy_high: copy between physical addresses with int 15h AH=87h.
 * IN:  EAX = offset of the 48-byte descriptor table in our segment, EDX = 16-bit words
 * OUT: EAX = 0, or 1 when the BIOS reports an error
 */
    .globl vtc_int13_copy_high
vtc_int13_copy_high:
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    pushw %ds
    pushw %es
    movl %eax, %esi
    movl %edx, %ecx
    movb $0x87, %ah
    clc
    int $0x15
    popw %es
    popw %ds
    movl $0, %eax
    adcl $0, %eax
    cld
    sti
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    retl

    .section .bss, "aw", @nobits
    .balign 4
caller_eax:
    .space 4
caller_esp:
    .space 4
caller_ss:
    .space 2
result_carry:
    .space 1
    .balign 16
    .space STACK_BYTES
stack_top:
    .section .note.GNU-stack, "", @progbits
