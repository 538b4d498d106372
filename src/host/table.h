/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables: libfdisk writes them into scratch files, and reads them from targets. */
#ifndef VTC_HOST_TABLE_H
#define VTC_HOST_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "host/error.h"

struct vtc_table_spec {
    int gpt;
    uint32_t sector_bytes;
    uint64_t disk_bytes;
    uint64_t data_off, data_bytes;
    uint64_t slot_off, slot_bytes; /* the live slot */
    const char *label;             /* names the data partition of a GPT */
};

/* The sectors a table occupies. head begins at byte 0 of the disk. tail is the backup of a GPT;
 * tail_bytes is 0 for an MBR. In tail the partition entries come first, the header is the last
 * sector. Memory belongs to the caller: vtc_table_free(). */
struct vtc_table_sectors {
    uint8_t *head, *tail;
    size_t head_bytes, tail_bytes;
    uint64_t tail_off;
};

/* Bytes at the end of a disk that its GPT needs: backup entries and header. */
uint64_t vtc_table_tail_bytes(uint32_t sector_bytes);

/*
 * A new table: entry 1 the data partition, entry 2 the live slot. MBR: types 07 and EF. GPT: both
 * Microsoft basic data, entry 2 named "ventoc" with attribute bit 63 (no drive letter), UEFI 2.10
 * section 5.3. Returns 0 or -errno.
 */
int vtc_table_build(const struct vtc_table_spec *spec, struct vtc_table_sectors *out,
                    struct vtc_error *err);

/*
 * Can what is at the beginning of a disk be changed by the functions below? A GPT (UEFI 2.10 section
 * 5.3) must have 128 entries of 128 bytes, right behind its header: where more of them lie there are
 * BIOS cores. A copy that is damaged is passed over, an MBR is as usual. Returns 0; -EOPNOTSUPP (kind
 * VTC_ERROR_REFUSED); -errno.
 */
int vtc_table_is_usual(int fd, const char *name, uint64_t disk_bytes, uint32_t sector_bytes,
                       struct vtc_error *err);

/* The table of a disk with entry 2 moved to slot_off, everything else kept. adopt: entry 2 gets the
 * type, name and attribute of vtc_table_build() as well; its GUID stays. fd: the disk, read only.
 * name: for messages. Returns 0 or -errno. */
int vtc_table_move_slot(int fd, const char *name, uint64_t disk_bytes, uint32_t sector_bytes,
                        uint64_t slot_off, uint64_t slot_bytes, int adopt,
                        struct vtc_table_sectors *out, struct vtc_error *err);

struct vtc_table_added {
    uint64_t slot_off, slot_bytes;
    unsigned shorten; /* number of the entry that gets shorter, 0: none */
    uint64_t shorten_bytes;
};

/* The table of a disk with an entry 2 added, as vtc_table_build() would make it, and one other entry
 * made shorter; all else is kept. As vtc_table_move_slot(). */
int vtc_table_add_slot(int fd, const char *name, uint64_t disk_bytes, uint32_t sector_bytes,
                       const struct vtc_table_added *added, struct vtc_table_sectors *out,
                       struct vtc_error *err);

void vtc_table_free(struct vtc_table_sectors *sectors);

struct vtc_table_part {
    unsigned number; /* of the entry, from 1 on */
    uint64_t off, bytes;
    int is_container; /* an extended partition */
};

/* All entries that are in use, logical partitions too. Returns how many, at most max; -errno. */
int vtc_table_list(int fd, const char *name, uint32_t sector_bytes, struct vtc_table_part *parts,
                   size_t max, struct vtc_error *err);

struct vtc_table_entry {
    int used;
    uint64_t off, bytes;
    int is_boot_type; /* MBR: EF; GPT: Microsoft basic data or an EFI system partition */
};

struct vtc_table_facts {
    int gpt;
    struct vtc_table_entry entry[2]; /* the first two */
};

/* Read entries 1 and 2 of the table on fd. Returns 0; -ENOENT when there is no MBR or GPT;
 * -errno. */
int vtc_table_read(int fd, const char *name, uint32_t sector_bytes, struct vtc_table_facts *out,
                   struct vtc_error *err);

#endif
