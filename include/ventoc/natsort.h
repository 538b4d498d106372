/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Order of names in the menu: as a person counts, case ignored (ASCII). */
#ifndef VENTOC_NATSORT_H
#define VENTOC_NATSORT_H

#include <ventoc/types.h>

/* Compare two NUL-terminated UTF-8 names: runs of digits by value, letters ignoring ASCII case,
 * ties broken bytewise so that the order is total. Returns <0, 0, >0. */
int vtc_natsort_compare(const char *a, const char *b);

#endif
