/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the header of a Linux kernel tells (Linux: Documentation/arch/x86/boot.rst). */
#ifndef VENTOC_KERNEL_H
#define VENTOC_KERNEL_H

#include <ventoc/types.h>

/* 64 or 32: what the kernel in file runs in, by xloadflags; 0: no kernel for x86, one without that
 * field (older than protocol 2.12), or not to be read. file: the file alone. */
unsigned vtc_kernel_bits(const struct vtc_reader *file);

/* Does a kernel, loaded whole, lie in the memory that its own header asks for? file: all of it, bytes
 * long; what is read into that memory is everything behind the setup sectors, a signature's table as
 * well, which no signature covers. Returns 0; VTC_ENOENT: no kernel for x86 that starts by the EFI
 * handover protocol (boot protocol 2.11); VTC_EFORMAT: it does not, or its entry lies outside. */
int vtc_kernel_fits(const uint8_t *file, size_t bytes);

#endif
