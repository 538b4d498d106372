/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One copy of a GPT, byte by byte: is it sound, and how the other copy follows from it. */
#ifndef VTC_HOST_GPTCOPY_H
#define VTC_HOST_GPTCOPY_H

#include <ventoc/types.h>

enum vtc_gptcopy_state {
    VTC_GPTCOPY_GOOD,
    VTC_GPTCOPY_MISSING,     /* no signature */
    VTC_GPTCOPY_BAD_HEADER,  /* its CRC, its own place or a field is wrong */
    VTC_GPTCOPY_BAD_ENTRIES, /* the CRC of the entries is wrong */
    VTC_GPTCOPY_UNREADABLE,
};

/* In words: "is missing", "has a wrong header checksum" ... */
const char *vtc_gptcopy_state_words(enum vtc_gptcopy_state state);

struct vtc_gptcopy {
    enum vtc_gptcopy_state state;
    uint32_t sector_bytes;
    uint8_t header[512];
    uint8_t *entries; /* NULL unless they could be read; from malloc() */
    uint32_t entry_bytes, entry_count, entries_bytes;
    uint64_t lba, alternate_lba, entries_lba, first_usable_lba, last_usable_lba;
};

/* Read the copy whose header is at LBA lba. UEFI 2.10, tables 5-5 and 5-6. What is found is in
 * copy->state. Free with vtc_gptcopy_free() in any case. Returns 0 or -ENOMEM. */
int vtc_gptcopy_read(const struct vtc_reader *disk, uint32_t sector_bytes, uint64_t lba,
                     struct vtc_gptcopy *copy);
void vtc_gptcopy_free(struct vtc_gptcopy *copy);

/* Do two good copies say the same, but for their own places? */
int vtc_gptcopy_agree(const struct vtc_gptcopy *a, const struct vtc_gptcopy *b);

/* Where entry index (from 0) of a good copy lies on the disk, in bytes. Returns 1, or 0 when it is
 * not in use or its last sector comes before its first. */
int vtc_gptcopy_entry(const struct vtc_gptcopy *copy, uint32_t index, uint64_t *off,
                      uint64_t *bytes);

/* Put the CRCs of a copy right after entries were changed. */
void vtc_gptcopy_seal(struct vtc_gptcopy *copy);

/*
 * The same table for another place: header at lba, entries at entries_lba. header_out: sector_bytes
 * bytes. The entries are those of copy.
 */
void vtc_gptcopy_at(const struct vtc_gptcopy *copy, uint64_t lba, uint64_t alternate_lba,
                    uint64_t entries_lba, uint8_t *header_out);

#endif
