/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes as people write them. */
#ifndef VTC_CLI_SIZE_H
#define VTC_CLI_SIZE_H

#include <stdint.h>

/* A number with a unit: K M G T, each 1024 times the one before, also as KiB ...; unit_bytes
 * without one. Returns 0 when text is not such a number. */
int vtc_size_parse(const char *text, uint64_t unit_bytes, uint64_t *bytes);

#endif
