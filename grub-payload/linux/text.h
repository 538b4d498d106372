/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of text put together without printf, which would be half of the program. */
#ifndef VTC_LINUX_TEXT_H
#define VTC_LINUX_TEXT_H

#include <ventoc/types.h>

#define VTC_TEXT_BYTES 512u

struct vtc_text {
    char s[VTC_TEXT_BYTES]; /* always NUL-terminated; what does not fit is cut off */
    uint32_t n;
};

void vtc_text_start(struct vtc_text *t);
void vtc_text_add(struct vtc_text *t, const char *s);
void vtc_text_dec(struct vtc_text *t, uint64_t v);
void vtc_text_hex(struct vtc_text *t, const uint8_t *bytes, uint32_t count);

/* The pieces up to a NULL as one text. */
void vtc_text_make(struct vtc_text *t, ...);

/* A decimal number at *p, not above UINT64_MAX; *p moves behind it. 0 when there is none. */
uint64_t vtc_text_number(const char **p);

/* s begins with prefix. */
int vtc_text_starts(const char *s, const char *prefix);

#endif
