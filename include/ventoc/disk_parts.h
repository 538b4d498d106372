/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The partitions of a disk: MBR (UEFI 2.10, 5.2.1), its logical drives, and GPT (5.3). */
#ifndef VENTOC_DISK_PARTS_H
#define VENTOC_DISK_PARTS_H

#include <ventoc/types.h>

#define VTC_MBR_PROTECTIVE 0xeeu /* 5.2.3 */
#define VTC_MBR_ESP        0xefu /* 5.2.2 */

struct vtc_disk_part {
    uint32_t number; /* as Linux and GRUB count: 1 to 4, logical drives from 5; GPT: its entry */
    uint64_t off, bytes; /* of the disk; may reach beyond its end */
    int is_gpt;
    uint8_t mbr_type;     /* without GPT */
    uint8_t gpt_type[16]; /* GUID as it stands on the disk */
};

/* A visitor. Nonzero stops the walk and is passed on. */
typedef int (*vtc_disk_part_visit)(void *ctx, const struct vtc_disk_part *part);

struct vtc_gpt {
    const struct vtc_reader *disk;
    uint32_t sector_shift; /* 9 or 12 */
    uint32_t entry_count, entry_bytes;
    uint64_t entries_off; /* bytes */
    uint64_t last_lba;    /* of the disk: where the backup header is */
};

/* Is sector (512 bytes, LBA 0) an MBR whose four entries can be a table, and not the middle of boot
 * code? Says nothing of its 0x55AA. */
int vtc_mbr_ok(const uint8_t *sector);

/* Visit what the four entries of an MBR name, extended partitions and a protective one among it. */
int vtc_mbr_walk(const uint8_t *sector, vtc_disk_part_visit visit, void *ctx);

/* Table 5-5, the primary header, with sectors of 512 or 4096 bytes. Keeps a pointer to disk.
 * Returns 0; VTC_ENOENT: no signature; VTC_EFORMAT: a header that contradicts itself or its CRC;
 * the reader's error. */
int vtc_gpt_open(struct vtc_gpt *gpt, const struct vtc_reader *disk);

/* Visit the entries that are in use (table 5-6) and lie inside the disk. Returns 0, what visit()
 * returned, VTC_EFORMAT, ... */
int vtc_gpt_walk(const struct vtc_gpt *gpt, vtc_disk_part_visit visit, void *ctx);

/* Visit the partitions of a disk that can hold a file system: those of its GPT when the MBR is
 * protective, else the MBR's own and its logical drives (at most 64). disk: sectors of 512 bytes,
 * but for a GPT. Returns 0, what visit() returned, VTC_ENOENT: no partition table; VTC_EFORMAT, ... */
int vtc_disk_parts_walk(const struct vtc_reader *disk, vtc_disk_part_visit visit, void *ctx);

#endif
