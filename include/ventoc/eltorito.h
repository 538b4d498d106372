/* SPDX-License-Identifier: GPL-3.0-or-later */
/* El Torito 1.0: the boot catalog of a CD image. */
#ifndef VENTOC_ELTORITO_H
#define VENTOC_ELTORITO_H

#include <ventoc/types.h>

#define VTC_ELTORITO_MAX_ENTRIES 32u

enum vtc_eltorito_platform { /* El Torito 1.0 figure 2; 0xEF from UEFI 2.10 section 13.3.2.1 */
                             VTC_ELTORITO_X86 = 0x00,
                             VTC_ELTORITO_PPC = 0x01,
                             VTC_ELTORITO_MAC = 0x02,
                             VTC_ELTORITO_EFI = 0xef,
};

enum vtc_eltorito_media { /* low nibble of the media type, figure 3 */
                          VTC_ELTORITO_NO_EMULATION = 0,
                          VTC_ELTORITO_FLOPPY_1200K = 1,
                          VTC_ELTORITO_FLOPPY_1440K = 2,
                          VTC_ELTORITO_FLOPPY_2880K = 3,
                          VTC_ELTORITO_HARD_DISK = 4,
};

struct vtc_eltorito_entry {
    uint8_t platform;      /* of the validation entry or section header */
    uint8_t bootable;      /* 0x88 seen */
    uint8_t media;         /* enum vtc_eltorito_media */
    uint8_t system_type;   /* partition type byte, hard-disk emulation */
    uint16_t load_segment; /* 0 means 0x7c0 */
    uint16_t sector_count; /* 512-byte sectors to load */
    uint32_t load_lba2048; /* "load RBA" */
    uint64_t image_bytes;  /* best known size, never beyond the image: floppy by media type; hard
                              disk by its partition table; EFI: the larger of sector_count and what
                              the FAT volume says, 1 or 0 sectors mean "to the end of the volume"
                              (UEFI 13.3.2.1) */
    uint64_t record_off;   /* byte offset of this entry in the image */
};

struct vtc_eltorito {
    uint32_t count;
    struct vtc_eltorito_entry entry[VTC_ELTORITO_MAX_ENTRIES]; /* 0 is the default entry, if kept */
};

/* Parse the catalog: validation entry with checksum (figure 2), default entry, section headers
 * 0x90/0x91 and their entries, extension records 0x44 skipped.
 * iso: the image; catalog_lba2048: from the boot record (vtc_iso9660.boot_catalog_lba2048).
 * Entries whose load address lies outside the image are dropped. Returns 0, VTC_EFORMAT, ... */
int vtc_eltorito_read(const struct vtc_reader *iso, uint32_t catalog_lba2048,
                      struct vtc_eltorito *out);

/* First bootable entry for a platform, NULL when there is none. */
const struct vtc_eltorito_entry *vtc_eltorito_find(const struct vtc_eltorito *et, uint8_t platform);

#endif
