/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only outside functions the core may call; libc, GRUB and the init all provide them. */
#ifndef VENTOC_MEM_H
#define VENTOC_MEM_H

#include <ventoc/types.h>

void *memcpy(void *dst, const void *src, size_t bytes);
void *memmove(void *dst, const void *src, size_t bytes);
void *memset(void *dst, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

#endif
