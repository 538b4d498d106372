/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-8, strictly (RFC 3629). */
#ifndef VTC_HOST_UTF8_H
#define VTC_HOST_UTF8_H

#include <stdint.h>

/* Decode the sequence at p, which a NUL ends. Returns its length in bytes, 0 when it is not valid:
 * a bad or missing continuation, an overlong form, a surrogate, beyond U+10FFFF. */
unsigned vtc_utf8_decode(const unsigned char *p, uint32_t *code);

#endif
