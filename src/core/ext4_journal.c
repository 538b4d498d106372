/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/ext4_journal.h>

#include <ventoc/mem.h>

#define MAGIC            0xc03b3998u
#define HEADER_BYTES     12u
#define TYPE_DESCRIPTOR  1u
#define TYPE_COMMIT      2u
#define TYPE_SUPER_V2    4u
#define TYPE_REVOKE      5u

#define INCOMPAT_REVOKE  0x1u
#define INCOMPAT_64BIT   0x2u
#define INCOMPAT_ASYNC   0x4u
#define INCOMPAT_CSUM_V2 0x8u
#define INCOMPAT_CSUM_V3 0x10u
#define INCOMPAT_KNOWN   0x1fu /* not 0x20, fast commits: they name blocks in a way of their own */

#define TAG_SAME_UUID    2u
#define TAG_LAST         8u
#define TAG_MAX_BYTES    16u
#define UUID_BYTES       16u
#define PIECES_MAX       64u /* of a journal made at once: one for each 32768 blocks, and then some */

static int read_journal(const struct vtc_ext4_journal *j, uint32_t block, uint32_t off, void *buf,
                        uint32_t bytes)
{
    return vtc_ext4_read(j->fs, &j->inode, (uint64_t)block * j->fs->block_bytes + off, buf, bytes);
}

static int count_piece(void *ctx, uint64_t block, uint32_t count)
{
    uint32_t *left = ctx;

    (void)block;
    (void)count;
    return (*left)-- ? VTC_OK : VTC_ENOTSUP;
}

int vtc_ext4_journal_open(struct vtc_ext4_journal *j, const struct vtc_ext4 *fs, uint32_t number)
{
    uint32_t incompat, pieces_left = PIECES_MAX;
    uint8_t super[48];
    const char *why;
    int rc;

    memset(j, 0, sizeof(*j));
    j->fs = fs;
    rc = vtc_ext4_inode_read(fs, number, &j->inode);
    if (!rc && !(j->inode.flags & VTC_EXT4_EXTENTS))
        rc = VTC_ENOTSUP; /* each read would walk the whole map */
    if (!rc)
        rc = vtc_ext4_map_walk(fs, &j->inode, count_piece, &pieces_left, &why);
    if (rc == VTC_EHOLE)
        rc = VTC_EFORMAT;
    if (!rc)
        rc = read_journal(j, 0, 0, super, sizeof(super));
    if (rc)
        return rc;
    if (vtc_be32(super) != MAGIC || vtc_be32(super + 12) != fs->block_bytes)
        return VTC_EFORMAT;
    incompat = vtc_be32(super + 40);
    if (vtc_be32(super + 4) != TYPE_SUPER_V2 || (incompat & ~INCOMPAT_KNOWN))
        return VTC_ENOTSUP;
    j->end = vtc_be32(super + 16);
    j->first = vtc_be32(super + 20);
    j->sequence = vtc_be32(super + 24);
    j->start = vtc_be32(super + 28);
    j->is_v3 = (incompat & INCOMPAT_CSUM_V3) != 0;
    j->is_wide = j->is_v3 || (incompat & INCOMPAT_64BIT);
    j->tag_bytes = j->is_v3 ? TAG_MAX_BYTES
                            : 8u + (j->is_wide ? 4u : 0u) + (incompat & INCOMPAT_CSUM_V2 ? 2u : 0u);
    j->tail_bytes = incompat & (INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3) ? 4 : 0;
    if (!j->first || j->first >= j->end ||
        (j->start && (j->start < j->first || j->start >= j->end)))
        return VTC_EFORMAT;
    return VTC_OK;
}

/* The tags of a descriptor block. *count: how many. Returns 1 when one is of `block`, or may be. */
static int read_tags(const struct vtc_ext4_journal *j, uint32_t at, uint64_t block, uint32_t *steps,
                     uint32_t *count)
{
    uint32_t off = HEADER_BYTES, room = j->fs->block_bytes - j->tail_bytes, flags = 0;
    uint8_t tag[TAG_MAX_BYTES];
    int found = 0;

    for (*count = 0; !(flags & TAG_LAST) && j->tag_bytes <= room - off; ++*count) {
        uint64_t number;
        int rc;

        if (!*steps)
            return 1;
        --*steps;
        rc = read_journal(j, at, off, tag, j->tag_bytes);
        if (rc)
            return rc;
        flags = tag[7]; /* the low byte of what is 32 bits wide in v3, else 16 */
        number = vtc_be32(tag);
        if (j->is_wide)
            number |= (uint64_t)vtc_be32(tag + 8) << 32;
        found |= number == block;
        off += j->tag_bytes;
        if (!(flags & TAG_SAME_UUID))
            off += UUID_BYTES;
        if (off > room)
            return VTC_EFORMAT;
    }
    return found;
}

int vtc_ext4_journal_has(const struct vtc_ext4_journal *j, uint64_t block, uint32_t *steps)
{
    uint32_t at = j->start, left = j->end - j->first, sequence = j->sequence, count;
    uint8_t header[HEADER_BYTES];
    int rc;

    if (!j->start)
        return 0;
    while (left) {
        if (!*steps)
            return 1;
        --*steps;
        rc = read_journal(j, at, 0, header, sizeof(header));
        if (rc)
            return rc;
        if (vtc_be32(header) != MAGIC || vtc_be32(header + 8) != sequence)
            return 0; /* the end of the log */
        count = 0;
        switch (vtc_be32(header + 4)) {
        case TYPE_DESCRIPTOR:
            rc = read_tags(j, at, block, steps, &count);
            if (rc)
                return rc;
            break;
        case TYPE_COMMIT:
            sequence++;
            break;
        case TYPE_REVOKE:
            break;
        default:
            return 0;
        }
        if (count >= left)
            return 0;
        left -= 1 + count;
        at = j->end - at > 1 + count ? at + 1 + count : j->first + (1 + count - (j->end - at));
    }
    return 0;
}
