/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A boot slot: read it, and compare what is in it with the manifest that it holds. */
#ifndef VTC_HOST_SLOT_H
#define VTC_HOST_SLOT_H

#include <ventoc/fat.h>
#include <ventoc/manifest.h>

#include "host/fdio.h"

struct vtc_slot {
    struct vtc_fdio_region region;
    struct vtc_reader reader;
    struct vtc_fat fat;
    char *text; /* of the manifest, from malloc(); NULL: not read */
    struct vtc_manifest manifest;
};

/* Open the FAT volume in [off, off+bytes) of fd, which the caller keeps open. slot stays where it is,
 * and is closed in any case. Returns 0, or -EBADMSG when there is no such volume. */
int vtc_slot_open(struct vtc_slot *slot, int fd, uint64_t off, uint64_t bytes);
void vtc_slot_close(struct vtc_slot *slot);

/* Read text and manifest. Returns 0; -ENOENT: there is none; -EBADMSG: it is damaged, names no file, or
 * more bytes than the slot has; -ENOMEM. */
int vtc_slot_read_manifest(struct vtc_slot *slot);

/* Compare a file (VTC_MANIFEST_FILE) by length and SHA-256. Returns 0; -ENOENT: it is missing or has
 * another length; -EIO: it cannot be read; -EBADMSG: it is damaged; -ENOMEM. */
int vtc_slot_check_file(const struct vtc_slot *slot, const struct vtc_manifest_entry *entry);

/*
 * Compare the BIOS core at lba512 of fd with its entry in the manifest. Its block list
 * (vtc_bootcode_patch_core()) is taken for what it was before it was filled in, and has to lead to
 * the core itself. Returns 0; -EINVAL: the manifest's length is no core's; -EBADMSG: it is damaged;
 * another -errno: it cannot be read, or no memory.
 */
int vtc_slot_check_core(int fd, uint32_t lba512, const struct vtc_manifest_entry *entry);

#endif
