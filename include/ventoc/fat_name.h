/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in FAT directories (Microsoft FAT specification 1.03, sections 6.1 and 7). */
#ifndef VENTOC_FAT_NAME_H
#define VENTOC_FAT_NAME_H

#include <ventoc/types.h>

#define VTC_FAT_NAME_UNITS   13u /* UTF-16 units per long name entry, section 7 */
#define VTC_FAT_NAME_ENTRIES 20u

/* A long name on its way in: its entries come last first (section 7). */
struct vtc_fat_name {
    uint16_t unit[VTC_FAT_NAME_ENTRIES * VTC_FAT_NAME_UNITS];
    uint32_t unit_count; /* 0: none */
    uint8_t checksum;
    uint8_t expect; /* ordinal of the next entry; 0 when the name is complete */
};

/* Take the next long name entry e (32 bytes); a part that does not fit forgets the name. Begin with
 * unit_count = 0. */
void vtc_fat_name_add(struct vtc_fat_name *l, const uint8_t *e);

/* The long name as UTF-8, a lone surrogate as U+FFFD. Returns nonzero when it belongs to the short
 * entry e and is usable: not ".", "..", nor with a slash in it. */
int vtc_fat_name_long(const struct vtc_fat_name *l, const uint8_t *e, char name[256 * 3]);

/* "NAME.EXT" of a short entry; byte 12 says which part Windows shows in lower case. Bytes above 0x7e,
 * controls and slashes are shown as "_". */
void vtc_fat_name_short(const uint8_t *e, char name[13]);

/* Is name the path component [want, want+n)? ASCII case is ignored. */
int vtc_fat_name_same(const char *name, const char *want, uint32_t n);

#endif
