/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpio archives in the newc format, the only one an initramfs may have (Linux:
 * Documentation/driver-api/early-userspace/buffer-format.rst). */
#ifndef VENTOC_CPIO_H
#define VENTOC_CPIO_H

#include <ventoc/types.h>

#define VTC_CPIO_HEADER_BYTES   110u
#define VTC_CPIO_NAME_BYTES_MAX 4096u /* with the NUL: the kernel's PATH_MAX */

/* File types, or'ed with the permissions in mode. */
#define VTC_CPIO_DIRECTORY 0040000u
#define VTC_CPIO_REGULAR   0100000u
#define VTC_CPIO_SYMLINK   0120000u
#define VTC_CPIO_SOCKET    0140000u

/* ---- writing ---- */

struct vtc_cpio_entry {
    const char *name;    /* without a slash in front */
    const void *data;    /* content of a file, target of a symbolic link without NUL */
    uint32_t data_bytes; /* may be 0 */
    uint32_t mode;
    uint32_t ino, dev_major, dev_minor; /* what ties hard links together */
    uint32_t link_count;                /* 0 counts as 1 */
};

/* An archive being written into a buffer of the caller's. Owner and time of all entries are 0. */
struct vtc_cpio {
    uint8_t *buf;
    uint32_t capacity_bytes, bytes; /* bytes: written so far */
    int rc;                         /* of the first add that failed */
};

void vtc_cpio_init(struct vtc_cpio *cpio, void *buf, uint32_t capacity_bytes);

/* Append an entry. A failure (VTC_ENOSPC; VTC_EINVAL: the name is empty or too long) stays in
 * cpio->rc, and later calls do nothing: it is asked for once, by vtc_cpio_finish(). */
void vtc_cpio_add(struct vtc_cpio *cpio, const struct vtc_cpio_entry *entry);

/* Append the trailer and zeros up to a multiple of unit_bytes (a power of two, at least 4; what
 * follows an archive must begin at a multiple of 4). cpio->bytes is then the length of the archive.
 * Returns 0 or the first error. */
int vtc_cpio_finish(struct vtc_cpio *cpio, uint32_t unit_bytes);

/* ---- reading ---- */

struct vtc_cpio_header {
    uint32_t mode, data_bytes;
    uint32_t name_bytes; /* with the NUL, 1 to VTC_CPIO_NAME_BYTES_MAX */
    uint32_t data_off;   /* bytes from the header to the content */
};

/* The fields of the header at p[0..VTC_CPIO_HEADER_BYTES). Returns 0, or VTC_EFORMAT: no newc
 * magic, a field that is not hexadecimal, or a name the kernel would not take. */
int vtc_cpio_parse(const uint8_t *p, struct vtc_cpio_header *header);

#endif
