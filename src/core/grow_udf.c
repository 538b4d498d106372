/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The UDF side of growing a file (ECMA-167, section numbers from it): its entry gets new allocation
 * descriptors, and the partition, which ends where the mastered image does, gets longer.
 */
#include <ventoc/grow_file.h>

#include <ventoc/bytes.h>
#include <ventoc/mem.h>

#define SECTOR            VTC_GROW_SECTOR_BYTES
#define TAG_BYTES         16u
#define SEQUENCE_MAX      64u                   /* sectors */
#define PIECE_MAX_BYTES   ((1u << 30) - SECTOR) /* an allocation descriptor's, whole sectors */
#define SECTION_MAX_BYTES (1u << 31)            /* of a file that only the UDF tree shows */

/* ---- descriptors --------------------------------------------------------------------------- */

/* CRC of ITU-T V.41 as in 3/7.2.6: polynomial 0x1021, from the highest bit on, beginning with 0. */
static uint16_t crc16(const uint8_t *p, uint32_t bytes)
{
    uint32_t crc = 0, bit;

    while (bytes--) {
        crc ^= (uint32_t)*p++ << 8;
        for (bit = 0; bit < 8; bit++)
            crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
    }
    return (uint16_t)crc;
}

/* The descriptor in the sector at off. Returns 0, VTC_ENOENT when it has no tag, VTC_EFORMAT, ... */
static int load(const struct vtc_grow_plan *p, uint64_t off, uint8_t *d)
{
    uint32_t covered;
    int rc = vtc_reader_read(&p->reader, off, d, SECTOR);

    if (rc)
        return rc;
    if (!vtc_udf_tag_id(d))
        return VTC_ENOENT;
    covered = vtc_le16(d + 10);
    if (covered > SECTOR - TAG_BYTES || crc16(d + TAG_BYTES, covered) != vtc_le16(d + 8))
        return VTC_EFORMAT;
    return VTC_OK;
}

/* Put it back with a new CRC over as many bytes as its tag says, and a new checksum. */
static int store(struct vtc_grow_plan *p, uint64_t off, uint8_t *d)
{
    uint8_t sum = 0;
    unsigned i;

    vtc_put_le16(d + 8, crc16(d + TAG_BYTES, vtc_le16(d + 10)));
    for (i = 0; i < TAG_BYTES; i++)
        sum = (uint8_t)(sum + (i == 4 ? 0 : d[i]));
    d[4] = sum;
    return vtc_grow_plan_write(p, off, d, SECTOR);
}

/* ---- the file's old pieces ----------------------------------------------------------------- */

/* Take a piece of a file that only this tree shows; pieces in a row make one section. */
static int take_piece(struct vtc_grow_file *f, const struct vtc_udf_piece *piece)
{
    struct vtc_grow_section *last = f->count ? &f->section[f->count - 1] : NULL;

    if (f->bytes % SECTOR || piece->off / SECTOR > UINT32_MAX)
        return VTC_ENOTSUP;
    if (!last || piece->off != (uint64_t)last->lba2048 * SECTOR + last->bytes ||
        piece->bytes > SECTION_MAX_BYTES - last->bytes) {
        if (f->count == VTC_GROW_SECTIONS_MAX)
            return VTC_ENOTSUP;
        last = &f->section[f->count++];
        last->lba2048 = (uint32_t)(piece->off / SECTOR);
        last->bytes = 0;
    }
    last->bytes += piece->bytes;
    f->bytes += piece->bytes;
    return VTC_OK;
}

/* Does the file, at_bytes from its beginning, lie where the piece does? */
static int is_at(const struct vtc_grow_file *f, uint64_t at_bytes,
                 const struct vtc_udf_piece *piece)
{
    uint64_t off = at_bytes, end;
    uint32_t i = 0;

    while (i < f->count && off >= f->section[i].bytes)
        off -= f->section[i++].bytes;
    if (i == f->count)
        return 0;
    /* Sections in a row are one. */
    end = f->section[i].bytes;
    while (i + 1 < f->count &&
           f->section[i + 1].lba2048 == f->section[i].lba2048 + f->section[i].bytes / SECTOR)
        end += f->section[++i].bytes;
    return piece->bytes <= end - off &&
           piece->off == (uint64_t)f->section[i].lba2048 * SECTOR + f->section[i].bytes - end + off;
}

int vtc_grow_udf_find(struct vtc_grow_plan *p, const char *path, struct vtc_grow_file *f,
                      struct vtc_grow_udf *u)
{
    struct vtc_udf_piece piece;
    uint64_t at_bytes = 0;
    uint32_t i;
    int known = f->count != 0, rc = vtc_udf_open(&u->udf, &p->reader);

    if (rc)
        return rc == VTC_ENOENT ? VTC_ENOTSUP : rc;
    rc = vtc_udf_find(&u->udf, path, &u->node);
    if (rc)
        return rc;
    if (u->node.is_dir)
        return known ? VTC_ENOTSUP : VTC_ENOENT;
    if (u->node.form == VTC_UDF_EMBEDDED || !u->node.bytes || (known && u->node.bytes != f->bytes))
        return VTC_ENOTSUP;
    for (i = 0; (rc = vtc_udf_piece(&u->udf, &u->node, i, &piece)) == 0; i++) {
        /* The last one may be given with its whole sectors. */
        if (at_bytes >= u->node.bytes)
            return VTC_EFORMAT;
        if (piece.bytes > u->node.bytes - at_bytes)
            piece.bytes = (uint32_t)(u->node.bytes - at_bytes);
        if (!known)
            rc = take_piece(f, &piece);
        else if (!is_at(f, at_bytes, &piece))
            rc = VTC_ENOTSUP;
        if (rc)
            return rc;
        at_bytes += piece.bytes;
    }
    if (rc != VTC_ENOENT)
        return rc;
    return at_bytes == u->node.bytes ? VTC_OK : VTC_EFORMAT;
}

/* ---- its new ones -------------------------------------------------------------------------- */

static void put_pieces(const struct vtc_grow_udf *u, const struct vtc_grow_file *f, uint8_t *ad,
                       uint32_t each)
{
    uint32_t block = f->new_lba2048 - u->udf.partition_lba2048;
    uint64_t left = f->new_bytes;

    while (left) {
        uint32_t n = left < PIECE_MAX_BYTES ? (uint32_t)left : PIECE_MAX_BYTES;

        memset(ad, 0, each); /* partition reference 0 */
        vtc_put_le32(ad, n);
        vtc_put_le32(ad + 4, block);
        ad += each;
        block += n / SECTOR;
        left -= n;
    }
}

int vtc_grow_udf_entry(struct vtc_grow_plan *p, const struct vtc_grow_udf *u,
                       const struct vtc_grow_file *f)
{
    const struct vtc_udf_node *node = &u->node;
    uint32_t each = node->form == VTC_UDF_LONG ? 16 : 8, covered, ad_bytes = 0;
    uint32_t room = SECTOR - node->ad_off;
    uint64_t left;
    uint8_t *d = vtc_grow_plan_scratch(p, SECTOR);
    int rc = d ? load(p, node->entry_off, d) : VTC_ENOSPC;

    if (rc)
        return rc == VTC_ENOENT ? VTC_EFORMAT : rc;
    for (left = f->new_bytes; left > PIECE_MAX_BYTES; left -= PIECE_MAX_BYTES)
        ad_bytes += each;
    ad_bytes += each;
    if (ad_bytes > room)
        return VTC_ENOTSUP;
    memset(d + node->ad_off, 0, node->ad_bytes);
    put_pieces(u, f, d + node->ad_off, each);
    vtc_put_le64(d + 56, f->new_bytes);
    left = (f->new_bytes + SECTOR - 1) / SECTOR;
    if (node->is_extended) {
        vtc_put_le64(d + 64, vtc_le64(d + 64) + (f->new_bytes - f->bytes)); /* with its streams */
        vtc_put_le64(d + 72, left);
        vtc_put_le32(d + 212, ad_bytes);
    } else {
        vtc_put_le64(d + 64, left);
        vtc_put_le32(d + 172, ad_bytes);
    }
    covered = node->ad_off + node->ad_bytes - TAG_BYTES;
    if (vtc_le16(d + 10) == covered)
        vtc_put_le16(d + 10, (uint16_t)(node->ad_off + ad_bytes - TAG_BYTES));
    return store(p, node->entry_off, d);
}

/* ---- the volume ---------------------------------------------------------------------------- */

/* Make the 32-bit length at d + at of the descriptor at off as large as blocks. */
static int lengthen(struct vtc_grow_plan *p, uint64_t off, uint8_t *d, uint32_t at, uint32_t blocks)
{
    if (vtc_le32(d + at) >= blocks)
        return VTC_OK;
    vtc_put_le32(d + at, blocks);
    return store(p, off, d);
}

/* Partition descriptors (3/10.5) and integrity descriptors (3/10.10) of a sequence. */
static int lengthen_sequence(struct vtc_grow_plan *p, const struct vtc_udf_extent *sequence,
                             uint8_t *d, uint32_t blocks)
{
    uint64_t off = (uint64_t)sequence->lba2048 * SECTOR;
    uint32_t i;
    int rc = VTC_OK;

    for (i = 0; !rc && i < sequence->bytes / SECTOR && i < SEQUENCE_MAX; i++, off += SECTOR) {
        rc = load(p, off, d);
        if (rc)
            break;
        switch (vtc_udf_tag_id(d)) {
        case VTC_UDF_TAG_PARTITION:
            rc = lengthen(p, off, d, 192, blocks);
            break;
        case VTC_UDF_TAG_INTEGRITY:
            if (vtc_le32(d + 72) != 1 || vtc_le32(d + 32))
                return VTC_ENOTSUP; /* several partitions, or the sequence goes on elsewhere */
            rc = lengthen(p, off, d, 84, blocks);
            break;
        case VTC_UDF_TAG_TERMINATING:
            return VTC_OK;
        default:
            break;
        }
    }
    return rc == VTC_ENOENT ? VTC_OK : rc;
}

/* Anchors stand at sector 256 and at the end of the volume (3/8.4.2.1): add one there. */
static int append_anchor(struct vtc_grow_plan *p, uint8_t *d)
{
    uint64_t off = p->reader.bytes;
    int rc = load(p, (uint64_t)VTC_UDF_ANCHOR_LBA2048 * SECTOR, d);

    if (!rc)
        rc = vtc_grow_plan_zero(p, SECTOR);
    if (rc)
        return rc == VTC_ENOENT ? VTC_EFORMAT : rc;
    vtc_put_le32(d + 12, (uint32_t)(off / SECTOR)); /* the tag's own location */
    return store(p, off, d);
}

int vtc_grow_udf_volume(struct vtc_grow_plan *p, const struct vtc_grow_udf *u)
{
    uint64_t sectors;
    uint8_t *d = vtc_grow_plan_scratch(p, SECTOR);
    uint32_t blocks;
    int rc = d ? append_anchor(p, d) : VTC_ENOSPC;

    if (rc)
        return rc;
    sectors = p->reader.bytes / SECTOR;
    if (sectors < u->udf.partition_lba2048)
        return VTC_EFORMAT;
    blocks = (uint32_t)(sectors - u->udf.partition_lba2048);
    rc = lengthen_sequence(p, &u->udf.sequence[0], d, blocks);
    if (!rc)
        rc = lengthen_sequence(p, &u->udf.sequence[1], d, blocks);
    return rc ? rc : lengthen_sequence(p, &u->udf.integrity, d, blocks);
}
