/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The linked int 13h handler (int13/), carried by the module until it is copied to low memory. */
    .section .rodata, "a"
    .balign 16
    .globl vtc_int13_blob
vtc_int13_blob:
    .incbin "int13.bin"
    .globl vtc_int13_blob_end
vtc_int13_blob_end:
    .section .note.GNU-stack, "", @progbits
