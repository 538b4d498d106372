/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the module tells the resident int 13h handler. The struct lies at offset 0 of the handler's
 * segment; the assembly entry knows the first fields by the offsets below.
 */
#ifndef VTC_INT13_CONFIG_H
#define VTC_INT13_CONFIG_H

#define VTC_INT13_OLD_VECTOR 0
#define VTC_INT13_DRIVE      4
#define VTC_INT13_EMULATED   5
#define VTC_INT13_SHIFT      6
#define VTC_INT13_BUSY       7
#define VTC_INT13_NO_DRIVE   0xff

/* Where the assembly entry begins; the struct ends before it. */
#define VTC_INT13_ENTRY_OFF 128

#ifndef __ASSEMBLER__
#include <ventoc/types.h>

/* The specification packet of int 13h AH=4Bh (El Torito 1.0 section 4.1), 19 bytes. */
struct vtc_int13_packet {
    uint8_t packet_bytes; /* 0x13 */
    uint8_t media;        /* El Torito media type, bits 0-3 */
    uint8_t drive;
    uint8_t controller;
    uint32_t image_lba2048;
    uint16_t device;
    uint16_t cache_segment;
    uint16_t load_segment;
    uint16_t sector_count;
    uint8_t cylinders_low;
    uint8_t sectors_cylinders_high; /* bits 0-5 sectors, 6-7 cylinder bits 8-9 */
    uint8_t heads;                  /* highest head number */
} __attribute__((packed));

struct vtc_int13_config {
    uint32_t old_vector;    /* segment:offset of the BIOS's own handler */
    uint8_t drive;          /* the virtual CD, or VTC_INT13_NO_DRIVE */
    uint8_t emulated_drive; /* floppy 00h or hard disk 80h, or VTC_INT13_NO_DRIVE */
    uint8_t shift;          /* 1: the emulated disk is 80h, real hard disks move up by one */
    uint8_t busy;           /* 1 while the handler runs */
    uint8_t real_drive;     /* the stick, the BIOS's number */
    uint8_t chunk_sectors;  /* most 512-byte sectors in one read */
    uint32_t run_count;
    uint32_t table_address;    /* physical address of the runs */
    uint32_t sectors;          /* 512-byte sectors of the virtual disk */
    uint32_t emulated_lba512;  /* where the emulated disk begins in it */
    uint32_t emulated_sectors; /* its length */
    uint16_t cylinders;        /* the emulated disk's geometry */
    uint8_t heads, sectors_per_track;
    uint8_t floppy_type; /* AH=08h BL: 2 = 1.2 MB, 4 = 1.44 MB, 5/6 = 2.88 MB; 0 = hard disk */
    uint8_t last_status;
    uint32_t catalog_lba512; /* the boot catalog in the virtual CD */
    uint16_t index_off;      /* of the low index (u32 per window) in the segment */
    struct vtc_int13_packet packet;
};
#endif

#endif
