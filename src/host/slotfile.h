/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files in a boot slot of a stick. */
#ifndef VTC_HOST_SLOTFILE_H
#define VTC_HOST_SLOTFILE_H

#include <stddef.h>
#include <stdint.h>

#include <ventoc/record.h>

/* Read a whole file ("EFI/BOOT/grubx64.efi") of up to max_bytes. fd: the disk; slot: 0 or 1. *bytes, from
 * malloc(), is the caller's. Returns 0; -ENOENT when the slot has none; -EBADMSG when the slot is damaged;
 * -EFBIG; -ENOMEM. */
int vtc_slotfile_read(int fd, const struct vtc_record *record, unsigned slot, const char *name,
                      size_t max_bytes, uint8_t **bytes, size_t *count);

#endif
