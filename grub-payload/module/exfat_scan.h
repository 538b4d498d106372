/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listing exFAT folders in small reads: GRUB's own driver takes 32 KiB of the stick for each. */
#ifndef VTC_EXFAT_SCAN_H
#define VTC_EXFAT_SCAN_H

#include <ventoc/exfat.h>
#include <ventoc/readahead.h>

#include "vtc.h"

struct vtc_exfat_scan {
    grub_disk_t disk; /* the whole disk, open */
    struct vtc_readahead ahead;
    grub_uint8_t *windows;    /* its buffer */
    struct vtc_reader reader; /* on top of it */
    struct vtc_exfat fs;
};

/* Begin with a partition ("hd0,msdos1"). Returns 1, or 0 when it is not exFAT or cannot be read:
 * then there is nothing to end. */
int vtc_exfat_scan_begin(struct vtc_exfat_scan *scan, const char *device_name);
void vtc_exfat_scan_end(struct vtc_exfat_scan *scan);

#endif
