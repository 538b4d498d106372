/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a payload's slot image, taken out, exchanged and put in again. */
#ifndef VTC_HOST_SLOTIMAGE_H
#define VTC_HOST_SLOTIMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "host/payload.h"

#define VTC_SLOTIMAGE_FILES_MAX 64u
#define VTC_SLOTIMAGE_PACKAGE   "mtools"

struct vtc_slotimage_file {
    char name[128]; /* "EFI/BOOT/BOOTX64.EFI" */
    uint8_t *bytes; /* from malloc() */
    size_t count;
};

/* All files but ventoc/manifest, which vtc_slotimage_write() makes. */
struct vtc_slotimage {
    struct vtc_slotimage_file file[VTC_SLOTIMAGE_FILES_MAX];
    size_t count;
};

/* Read the files that the payload's manifest lists out of its slot image; their sums are checked. Free
 * slot with vtc_slotimage_free() in any case. Returns 0 or -errno (kind VTC_ERROR_PAYLOAD). */
int vtc_slotimage_read(const struct vtc_payload *payload, struct vtc_slotimage *slot,
                       struct vtc_error *err);

/* The file of that name, or NULL. */
struct vtc_slotimage_file *vtc_slotimage_find(struct vtc_slotimage *slot, const char *name);

/* Add a file; bytes, from malloc(), are slot's from now on, also on failure. Returns 0, -ENOMEM (bytes is
 * NULL), or -ENOSPC. */
int vtc_slotimage_add(struct vtc_slotimage *slot, const char *name, uint8_t *bytes, size_t count);

/*
 * Replace the payload's slot image by one with these files and a manifest of them. The file system is of
 * the same form, the files lie one behind the other in the order of their names, the image ends behind the
 * last used cluster: the same files give the same bytes. By mtools, in a temporary file in memory. The
 * payload is as it was on failure. Returns 0; -ENOSPC (kind VTC_ERROR_PAYLOAD) when it does not fit; -errno.
 */
int vtc_slotimage_write(struct vtc_slotimage *slot, struct vtc_payload *payload,
                        struct vtc_error *err);

void vtc_slotimage_free(struct vtc_slotimage *slot);

#endif
