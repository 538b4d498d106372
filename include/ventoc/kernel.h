/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the header of a Linux kernel tells (Linux: Documentation/arch/x86/boot.rst). */
#ifndef VENTOC_KERNEL_H
#define VENTOC_KERNEL_H

#include <ventoc/types.h>

/* 64 or 32: what the kernel in file runs in, by xloadflags; 0: no kernel for x86, one without that
 * field (older than protocol 2.12), or not to be read. file: the file alone. */
unsigned vtc_kernel_bits(const struct vtc_reader *file);

#endif
