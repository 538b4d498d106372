/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot files to install: a directory with a manifest and gzip'ed images. */
#ifndef VTC_HOST_PAYLOAD_H
#define VTC_HOST_PAYLOAD_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include <ventoc/manifest.h>
#include <ventoc/types.h>

#include "host/error.h"

struct vtc_payload_image {
    uint8_t *bytes;
    size_t count;
};

/* Images are unpacked into memory once and checked there, so that what is written later is what
 * was checked, whatever happens to the files in between. */
struct vtc_payload {
    char dir[PATH_MAX];
    char text[VTC_MANIFEST_MAX_BYTES + 1]; /* the manifest */
    struct vtc_manifest manifest;          /* points into text */
    struct vtc_payload_image boot, core;   /* absent (NULL) for 4096-byte sectors */
    struct vtc_payload_image slot;
};

/*
 * Find and load a payload for sectors of sector_bytes (512 or 4096). dir: where it is, or NULL to
 * search: "payload" beside the executable, then PREFIX/share/ventoc. Sizes and SHA-256 sums of all
 * images are checked against the manifest. Free with vtc_payload_free() in any case.
 * Returns 0 or -errno with kind VTC_ERROR_PAYLOAD.
 */
int vtc_payload_load(const char *dir, uint32_t sector_bytes, struct vtc_payload *payload,
                     struct vtc_error *err);

/*
 * Unpack one image more that the manifest lists besides ("shimx64.efi", "mmx64.efi", ...), of at most
 * VTC_PAYLOAD_EXTRA_MAX_BYTES, with the same checks. image->bytes is the caller's to free, also on error.
 * Returns 0; -ENOENT when the manifest has none of that name; another -errno as vtc_payload_load().
 */
#define VTC_PAYLOAD_EXTRA_MAX_BYTES (4u * 1024 * 1024)
int vtc_payload_extra(const struct vtc_payload *payload, const char *name,
                      struct vtc_payload_image *image, struct vtc_error *err);

/*
 * Make the slot's file system fit into a slot of slot_bytes, a multiple of the sector size: its boot
 * sector gets that length (BPB_TotSec16 or 32, Microsoft FAT specification 1.03, section 3.1) when it
 * says a greater one. Returns 0; -ENOSPC (kind VTC_ERROR_PAYLOAD) when its content needs more, or when
 * so few clusters would be left that it were another kind of FAT; -EBADMSG.
 */
int vtc_payload_fit(struct vtc_payload *payload, uint64_t slot_bytes, struct vtc_error *err);

/* Read from an image in memory, which stays where it is, the caller's. */
struct vtc_reader vtc_payload_reader(const struct vtc_payload_image *image);

void vtc_payload_free(struct vtc_payload *payload);

#endif
