/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/gptcopy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/bytes.h>
#include <ventoc/crc32.h>

enum {
    AT_BYTES = 12,
    AT_CRC = 16,
    AT_LBA = 24,
    AT_ALTERNATE = 32,
    AT_FIRST_USABLE = 40,
    AT_LAST_USABLE = 48,
    AT_GUID = 56,
    AT_ENTRIES = 72,
    AT_ENTRY_COUNT = 80,
    AT_ENTRY_BYTES = 84,
    AT_ENTRIES_CRC = 88,
    HEADER_MIN = 92,
};

#define ENTRIES_MAX_BYTES (1024u * 1024)

const char *vtc_gptcopy_state_words(enum vtc_gptcopy_state state)
{
    static const char *const words[] = {"is good", "is missing", "has a damaged header",
                                        "has damaged entries", "cannot be read"};

    return words[state];
}

static uint32_t header_crc(const uint8_t *header)
{
    uint8_t copy[512];
    uint32_t bytes = vtc_le32(header + AT_BYTES);

    memcpy(copy, header, sizeof(copy));
    vtc_put_le32(copy + AT_CRC, 0);
    return vtc_crc32(0, copy, bytes);
}

static int header_is_sound(const struct vtc_gptcopy *copy)
{
    const uint8_t *h = copy->header;
    uint32_t bytes = vtc_le32(h + AT_BYTES);

    return bytes >= HEADER_MIN && bytes <= sizeof(copy->header) &&
           vtc_le32(h + AT_CRC) == header_crc(h) && vtc_le64(h + AT_LBA) == copy->lba &&
           copy->entry_bytes >= 128 && copy->entry_bytes <= 4096 &&
           (copy->entry_bytes & (copy->entry_bytes - 1)) == 0 && copy->entry_count >= 2 &&
           copy->entry_count <= ENTRIES_MAX_BYTES / copy->entry_bytes;
}

static int read_entries(const struct vtc_reader *disk, struct vtc_gptcopy *copy)
{
    copy->entries_bytes = copy->entry_count * copy->entry_bytes;
    copy->entries = malloc(copy->entries_bytes);
    if (!copy->entries)
        return -ENOMEM;
    if (copy->entries_lba > disk->bytes / copy->sector_bytes ||
        vtc_reader_read(disk, copy->entries_lba * copy->sector_bytes, copy->entries,
                        copy->entries_bytes))
        copy->state = VTC_GPTCOPY_UNREADABLE;
    else if (vtc_crc32(0, copy->entries, copy->entries_bytes) !=
             vtc_le32(copy->header + AT_ENTRIES_CRC))
        copy->state = VTC_GPTCOPY_BAD_ENTRIES;
    return 0;
}

int vtc_gptcopy_read(const struct vtc_reader *disk, uint32_t sector_bytes, uint64_t lba,
                     struct vtc_gptcopy *copy)
{
    const uint8_t *h = copy->header;

    memset(copy, 0, sizeof(*copy));
    copy->sector_bytes = sector_bytes;
    copy->lba = lba;
    if (lba > disk->bytes / sector_bytes ||
        vtc_reader_read(disk, lba * sector_bytes, copy->header, sizeof(copy->header))) {
        copy->state = VTC_GPTCOPY_UNREADABLE;
        return 0;
    }
    if (memcmp(h, "EFI PART", 8) != 0) {
        copy->state = VTC_GPTCOPY_MISSING;
        return 0;
    }
    copy->alternate_lba = vtc_le64(h + AT_ALTERNATE);
    copy->first_usable_lba = vtc_le64(h + AT_FIRST_USABLE);
    copy->last_usable_lba = vtc_le64(h + AT_LAST_USABLE);
    copy->entries_lba = vtc_le64(h + AT_ENTRIES);
    copy->entry_count = vtc_le32(h + AT_ENTRY_COUNT);
    copy->entry_bytes = vtc_le32(h + AT_ENTRY_BYTES);
    if (!header_is_sound(copy)) {
        copy->state = VTC_GPTCOPY_BAD_HEADER;
        return 0;
    }
    return read_entries(disk, copy);
}

void vtc_gptcopy_free(struct vtc_gptcopy *copy)
{
    free(copy->entries);
    copy->entries = NULL;
}

int vtc_gptcopy_agree(const struct vtc_gptcopy *a, const struct vtc_gptcopy *b)
{
    return memcmp(a->header + AT_GUID, b->header + AT_GUID, 16) == 0 &&
           a->first_usable_lba == b->first_usable_lba && a->last_usable_lba == b->last_usable_lba &&
           a->entries_bytes == b->entries_bytes && a->entry_bytes == b->entry_bytes &&
           memcmp(a->entries, b->entries, a->entries_bytes) == 0;
}

int vtc_gptcopy_entry(const struct vtc_gptcopy *copy, uint32_t index, uint64_t *off,
                      uint64_t *bytes)
{
    static const uint8_t unused[16];
    const uint8_t *entry = copy->entries + (size_t)index * copy->entry_bytes;
    uint64_t first, last, limit = UINT64_MAX / copy->sector_bytes;

    if (index >= copy->entry_count || memcmp(entry, unused, sizeof(unused)) == 0)
        return 0;
    first = vtc_le64(entry + 32);
    last = vtc_le64(entry + 40);
    if (last < first || last >= limit)
        return 0;
    *off = first * copy->sector_bytes;
    *bytes = (last - first + 1) * copy->sector_bytes;
    return 1;
}

void vtc_gptcopy_seal(struct vtc_gptcopy *copy)
{
    vtc_put_le32(copy->header + AT_ENTRIES_CRC, vtc_crc32(0, copy->entries, copy->entries_bytes));
    vtc_put_le32(copy->header + AT_CRC, header_crc(copy->header));
}

void vtc_gptcopy_at(const struct vtc_gptcopy *copy, uint64_t lba, uint64_t alternate_lba,
                    uint64_t entries_lba, uint8_t *header_out)
{
    memset(header_out, 0, copy->sector_bytes);
    memcpy(header_out, copy->header, vtc_le32(copy->header + AT_BYTES));
    vtc_put_le64(header_out + AT_LBA, lba);
    vtc_put_le64(header_out + AT_ALTERNATE, alternate_lba);
    vtc_put_le64(header_out + AT_ENTRIES, entries_lba);
    vtc_put_le32(header_out + AT_CRC, header_crc(header_out));
}
