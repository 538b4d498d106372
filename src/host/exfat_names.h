/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exFAT file names and the directory entry sets that hold them. */
#ifndef VTC_HOST_EXFAT_NAMES_H
#define VTC_HOST_EXFAT_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "host/error.h"

#define VTC_EXFAT_ENTRY_BYTES   32u
#define VTC_EXFAT_ENTRY_FILE    0x85u /* section 7.4 */
#define VTC_EXFAT_ENTRY_STREAM  0xc0u /* section 7.6 */
#define VTC_EXFAT_ENTRY_NAME    0xc1u /* section 7.7 */
#define VTC_EXFAT_IN_USE        0x80u /* of an entry's type, section 6.2.1.4 */
#define VTC_EXFAT_NAME_UNITS    255u
#define VTC_EXFAT_SET_BYTES_MAX (19u * VTC_EXFAT_ENTRY_BYTES)

/* Offsets from the beginning of an entry set. */
#define VTC_EXFAT_SET_CHECKSUM        2u  /* section 7.4.2 */
#define VTC_EXFAT_SET_ATTRIBUTES      4u  /* section 7.4.4 */
#define VTC_EXFAT_SET_FLAGS           33u /* GeneralSecondaryFlags, section 7.6.2 */
#define VTC_EXFAT_SET_NAME_UNITS      35u
#define VTC_EXFAT_SET_NAME_HASH       36u
#define VTC_EXFAT_SET_VALID           40u /* ValidDataLength, section 7.6.5 */
#define VTC_EXFAT_SET_CLUSTER         52u
#define VTC_EXFAT_SET_LENGTH          56u /* DataLength, section 7.6.7 */

#define VTC_EXFAT_ATTRIBUTE_DIRECTORY 0x10u
#define VTC_EXFAT_ATTRIBUTE_ARCHIVE   0x20u
#define VTC_EXFAT_ALLOCATED           0x01u /* AllocationPossible */
#define VTC_EXFAT_NO_FAT_CHAIN        0x02u

struct vtc_exfat_name {
    uint16_t unit[VTC_EXFAT_NAME_UNITS]; /* UTF-16 */
    uint8_t count;
};

/* What a new entry set says of its file. */
struct vtc_exfat_set {
    uint16_t attributes;
    uint8_t flags;
    uint32_t first_cluster;
    uint64_t bytes; /* DataLength, and ValidDataLength */
    time_t time;    /* of creation, change and access, UTC */
};

/* The component text[0..bytes) of a path (UTF-8) as a name. Returns 0, or -EINVAL (kind
 * VTC_ERROR_USAGE) when exFAT cannot hold it (section 7.7.3) or Windows could not open it (a dot
 * or a blank at its end). */
int vtc_exfat_name_make(const char *text, size_t bytes, struct vtc_exfat_name *name,
                        struct vtc_error *err);

/* Equal by the volume's up-case table? set: an entry set of at least its SecondaryCount entries
 * that vtc_exfat_set_check() accepted. */
int vtc_exfat_name_is(const struct vtc_exfat_name *name, const uint8_t *set,
                      const uint16_t *upcase);

/* Is what begins at set, a file entry, a whole and sound set within bytes? Checks the number and
 * types of its entries, the name's length and the checksum. Returns its length in bytes or 0. */
uint32_t vtc_exfat_set_check(const uint8_t *set, size_t bytes);

/* Write a set; returns its length in bytes. out: VTC_EXFAT_SET_BYTES_MAX bytes. */
uint32_t vtc_exfat_set_make(const struct vtc_exfat_name *name, const struct vtc_exfat_set *fields,
                            const uint16_t *upcase, uint8_t *out);

/* Bytes the set of a name takes. */
uint32_t vtc_exfat_set_bytes(const struct vtc_exfat_name *name);

/* Fill in SetChecksum (section 6.3.3) of a set of that many bytes. */
void vtc_exfat_set_seal(uint8_t *set, uint32_t bytes);

#endif
