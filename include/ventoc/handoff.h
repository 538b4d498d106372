/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the boot menu tells the Linux it starts: which stick, and which of its bytes are the image.
 * The blob lies in the initramfs as /ventoc/conf; grub-payload/linux reads it.
 */
#ifndef VENTOC_HANDOFF_H
#define VENTOC_HANDOFF_H

#include <ventoc/extents.h>
#include <ventoc/record.h>

#define VTC_HANDOFF_FORMAT   1u
#define VTC_HANDOFF_MAPS_MAX 8u

/* flags of the whole */
#define VTC_HANDOFF_DATA_WRITABLE 1u /* offer the data partition read-write */
#define VTC_HANDOFF_PERSISTENCE   2u /* a map is the family's writable layer */

/* flags of a map */
#define VTC_HANDOFF_MAP_WRITABLE    1u
#define VTC_HANDOFF_MAP_MEDIUM      2u /* the live medium: the ISO or disk image itself */
#define VTC_HANDOFF_MAP_PERSISTENCE 4u

/* One block device for the guest: pieces of the stick in file order. */
struct vtc_handoff_map {
    char name[32]; /* /dev/mapper/NAME: "ventoc", "ventoc-persistence" */
    uint32_t flags;
    uint64_t bytes;     /* of the device, a multiple of 512 */
    uint64_t probe_off; /* bytes from the start of the map: 32768 for an ISO, 0 else */
    uint32_t probe_crc; /* CRC-32 of the 2048 bytes there: the right file on the right stick */
    const struct vtc_extent *extent; /* caller's; 512-byte aligned */
    uint32_t extent_count;
};

struct vtc_handoff {
    uint8_t stick_uuid[16]; /* of the stick record */
    uint32_t flags;
    uint32_t sector_bytes; /* logical, of the stick */
    uint64_t disk_bytes;   /* as the boot menu saw the disk; 0 unknown */
    uint64_t data_off, data_bytes;
    uint32_t map_count;
    struct vtc_handoff_map map[VTC_HANDOFF_MAPS_MAX];
};

/* Bytes vtc_handoff_encode() needs. */
uint32_t vtc_handoff_bytes(const struct vtc_handoff *h);

/* Serialise, little-endian, CRC-32 at the end. Returns 0, VTC_ENOSPC, VTC_EINVAL. */
int vtc_handoff_encode(const struct vtc_handoff *h, void *buf, uint32_t capacity_bytes);

/* Parse; trusts nothing. The extents go to storage[0..capacity). Returns 0, VTC_ENOENT (no magic),
 * VTC_ENOTSUP (newer format), VTC_ENOSPC, VTC_EFORMAT. */
int vtc_handoff_decode(const void *buf, uint32_t bytes, struct vtc_handoff *h,
                       struct vtc_extent *storage, uint32_t capacity);

/* ---- the archives that carry it ---- */

/* An archive that stands between /init and the kernel (newc, Linux buffer-format.rst): the original
 * stays reachable as VTC_HANDOFF_SAVED_PREFIX and the number, /init leads to /ventoc/init64 or
 * /ventoc/init32, and where a kernel that cannot run that one looks next (/etc/init) to the other.
 * number: a different one for every initrd, below VTC_HANDOFF_SAVED_MAX, since several may be
 * unpacked in one boot. init_bits: 64 or 32, what the kernels of this initrd are (0 unknown: 64).
 * *bytes: its length, a multiple of 4. Returns 0, VTC_EINVAL or VTC_ENOSPC. */
int vtc_handoff_swap_archive(void *buf, uint32_t capacity_bytes, unsigned number,
                             unsigned init_bits, uint32_t *bytes);

/* "/.ventoc-init-N": where archive number N keeps what /init was when it was unpacked. Behind two
 * archives of one boot, one of the names is a symbolic link into /ventoc: not the original. */
#define VTC_HANDOFF_SAVED_PREFIX "/.ventoc-init-"
#define VTC_HANDOFF_SAVED_MAX    48u

/* An archive with /ventoc/init64, /ventoc/init32 and /ventoc/conf. Length a multiple of 512.
 * Returns 0 or VTC_ENOSPC. */
int vtc_handoff_body_archive(void *buf, uint32_t capacity_bytes, const void *init64,
                             uint32_t init64_bytes, const void *init32, uint32_t init32_bytes,
                             const void *conf, uint32_t conf_bytes, uint32_t *bytes);

/* Bytes of an lz4 legacy frame that holds data uncompressed (literals only): kernels before 5.11
 * read past zeros behind an lz4 archive as a block, so what follows one must be lz4 itself, without
 * a gap. */
uint32_t vtc_handoff_lz4_bytes(uint32_t data_bytes);

/* Wrap data so. out: vtc_handoff_lz4_bytes() bytes; data and out do not overlap. */
void vtc_handoff_lz4_wrap(const void *data, uint32_t data_bytes, void *out);

#endif
