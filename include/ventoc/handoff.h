/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the boot menu tells the Linux it starts: which stick, and which of its bytes are the image.
 * The blob lies in the initramfs as /ventoc/conf; grub-payload/linux reads it.
 */
#ifndef VENTOC_HANDOFF_H
#define VENTOC_HANDOFF_H

#include <ventoc/extents.h>
#include <ventoc/record.h>

#define VTC_HANDOFF_FORMAT      1u
#define VTC_HANDOFF_MAPS_MAX    8u
#define VTC_HANDOFF_EXTENTS_MAX (1u << 20) /* of all maps together */
#define VTC_HANDOFF_NAME_BYTES  32u        /* of a map's name, with the NUL */
#define VTC_HANDOFF_PROBE_BYTES 2048u

/* flags of the whole */
#define VTC_HANDOFF_DATA_WRITABLE 1u /* offer the data partition read-write */
#define VTC_HANDOFF_PERSISTENCE   2u /* a map is the family's writable layer */
#define VTC_HANDOFF_FLAGS         3u /* all that are known */

/* flags of a map */
#define VTC_HANDOFF_MAP_WRITABLE    1u
#define VTC_HANDOFF_MAP_MEDIUM      2u /* the live medium: the ISO or disk image itself */
#define VTC_HANDOFF_MAP_PERSISTENCE 4u
#define VTC_HANDOFF_MAP_FLAGS       7u

/* One block device for the guest: pieces of the stick in file order. */
struct vtc_handoff_map {
    /* /dev/mapper/NAME: "ventoc", "ventoc-persistence". ASCII letters, digits, "-", "_", ".", not
     * "." or ".."; no two maps have the same. */
    char name[VTC_HANDOFF_NAME_BYTES];
    uint32_t flags;
    uint64_t bytes;     /* of the device: of all its pieces together, a multiple of 512 */
    uint64_t probe_off; /* bytes from the start of the map: 32768 for an ISO, 0 else */
    uint32_t probe_crc; /* CRC-32 of VTC_HANDOFF_PROBE_BYTES there: the right file, right stick */
    const struct vtc_extent *extent; /* caller's; gapless from 0, all multiples of 512 bytes */
    uint32_t extent_count;
};

struct vtc_handoff {
    uint8_t stick_uuid[16]; /* of the stick record */
    uint32_t flags;
    uint32_t sector_bytes;         /* logical, of the stick: 512 or 4096 */
    uint64_t disk_bytes;           /* as the boot menu saw the disk; 0 unknown */
    uint64_t data_off, data_bytes; /* multiples of 512 */
    uint32_t map_count;
    struct vtc_handoff_map map[VTC_HANDOFF_MAPS_MAX];
};

/*
 * The blob, little-endian: 0 magic "VENTOCH\n", 8 u32 format, 12 u32 bytes of the whole,
 * 16 stick UUID (16 bytes), 32 u32 flags, 36 u32 sector bytes, 40 u64 disk bytes, 48 u64 data
 * offset, 56 u64 data bytes, 64 u32 count of maps, 68 u32 count of all extents; from 72 on, 64 bytes
 * for each map: 0 name (32 bytes, NUL-padded), 32 u32 flags, 36 u32 probe CRC, 40 u64 bytes,
 * 48 u64 probe offset, 56 u32 count of its extents, 60 u32 zero; then for each extent, map after
 * map: u64 offset on the disk, u64 bytes; then u32 CRC-32 of all before it.
 */

/* Bytes vtc_handoff_encode() needs; 0 when h has too many maps or extents. */
uint32_t vtc_handoff_bytes(const struct vtc_handoff *h);

/* Serialise. Returns 0, VTC_ENOSPC, VTC_EINVAL: h breaks a rule above, or a piece leaves the
 * disk. */
int vtc_handoff_encode(const struct vtc_handoff *h, void *buf, uint32_t capacity_bytes);

/* Parse; trusts nothing: what it returns keeps every rule above. bytes: of the blob, exactly. The
 * extents go to storage[0..capacity), the maps point there. Returns 0, VTC_ENOENT (no magic),
 * VTC_ENOTSUP (newer format, sound by its sum), VTC_ENOSPC, VTC_EFORMAT. */
int vtc_handoff_decode(const void *buf, uint32_t bytes, struct vtc_handoff *h,
                       struct vtc_extent *storage, uint32_t capacity);

/* ---- the archives that carry it ---- */

/*
 * Write an archive that stands between /init and the kernel (newc, Linux buffer-format.rst). It goes
 * behind an initrd. The original /init, file or symbolic link, is untouched and stays reachable as
 * VTC_HANDOFF_SAVED_PREFIX and the number (in "/", so that a relative link still leads to the same
 * place); /init leads to /ventoc/init64 or /ventoc/init32, and where a kernel that cannot run that
 * one looks for another (/etc/init, when the initrd has /etc) to the other; an /etc/init of the
 * initrd's own is kept as VTC_HANDOFF_SAVED_ETC_PREFIX and the number. No entry is a directory but our
 * own: one in place of a link (/bin of a merged /usr) would remove the link.
 * number: a different one for every initrd, below VTC_HANDOFF_SAVED_MAX, since several may be
 * unpacked in one boot. init_bits: 64 or 32, what the kernels of this initrd are (0 unknown: 64).
 * VTC_HANDOFF_SWAP_BYTES_MAX is always enough. *bytes: its length, a multiple of 4. Returns 0,
 * VTC_EINVAL or VTC_ENOSPC.
 */
int vtc_handoff_swap_archive(void *buf, uint32_t capacity_bytes, unsigned number,
                             unsigned init_bits, uint32_t *bytes);

#define VTC_HANDOFF_SWAP_BYTES_MAX 2048u

/* "/.ventoc-init-N": where archive number N keeps what /init was when it was unpacked; missing when
 * there was none. Behind two archives of one boot, one of the names may be a symbolic link into
 * /ventoc: not the original. */
#define VTC_HANDOFF_SAVED_PREFIX     "/.ventoc-init-"
#define VTC_HANDOFF_SAVED_ETC_PREFIX "/.ventoc-etc-" /* the same of /etc/init */
#define VTC_HANDOFF_SAVED_MAX        48u

/* Write an archive with /ventoc/init64, /ventoc/init32 and /ventoc/conf; it may stand in front of or
 * behind the other. A program of 0 bytes is left out. The contents and VTC_HANDOFF_BODY_BYTES are
 * always enough. *bytes: its length, a multiple of 512. Returns 0 or VTC_ENOSPC. */
int vtc_handoff_body_archive(void *buf, uint32_t capacity_bytes, const void *init64,
                             uint32_t init64_bytes, const void *init32, uint32_t init32_bytes,
                             const void *conf, uint32_t conf_bytes, uint32_t *bytes);

#define VTC_HANDOFF_BODY_BYTES 1536u

/* Bytes of an lz4 legacy frame that holds data uncompressed (literals only): kernels before 5.11
 * read zeros behind an lz4 archive as a block, so what follows one must be lz4 itself, without a
 * gap, and end with the file. data_bytes: at most VTC_HANDOFF_LZ4_DATA_MAX, else 0 is returned. */
uint32_t vtc_handoff_lz4_bytes(uint32_t data_bytes);

#define VTC_HANDOFF_LZ4_DATA_MAX (1u << 30)

/* Wrap data so. out: vtc_handoff_lz4_bytes() bytes, not 0; data and out do not overlap. */
void vtc_handoff_lz4_wrap(const void *data, uint32_t data_bytes, void *out);

#endif
