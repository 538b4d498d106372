/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDF, read only: from the anchor to a file's entry. */
#include <ventoc/udf.h>

#include <ventoc/bytes.h>
#include <ventoc/mem.h>
#include <ventoc/window.h>

#define SECTOR              VTC_UDF_SECTOR_BYTES
#define SEQUENCE_MAX        64u /* sectors */
#define DIRECTORY_MAX_BYTES (4u << 20)
#define FID_BYTES           38u /* 4/14.4 */
#define PIECES_MAX          256u

unsigned vtc_udf_tag_id(const uint8_t *tag)
{
    uint8_t sum = 0;
    unsigned i;

    for (i = 0; i < 16; i++)
        sum = (uint8_t)(sum + (i == 4 ? 0 : tag[i]));
    return sum == tag[4] ? vtc_le16(tag) : 0;
}

static uint64_t block_off(const struct vtc_udf *udf, uint32_t block)
{
    return ((uint64_t)udf->partition_lba2048 + block) * SECTOR;
}

/* ---- volume descriptors -------------------------------------------------------------------- */

static struct vtc_udf_extent extent_ad(const uint8_t *p)
{
    struct vtc_udf_extent e = {vtc_le32(p), vtc_le32(p + 4)};

    return e;
}

/* Logical volume descriptor, 3/10.6; *file_set: the block of the file set descriptor. */
static int take_logical_volume(struct vtc_udf *udf, const uint8_t *d, uint32_t *file_set)
{
    const uint8_t *map = d + 440;

    if (vtc_le32(d + 212) != SECTOR)
        return VTC_ENOTSUP;
    /* One partition map of type 1 (3/10.7.2): no virtual, sparable or metadata partition. */
    if (vtc_le32(d + 268) != 1 || vtc_le32(d + 264) < 6 || map[0] != 1 || map[1] != 6)
        return VTC_ENOTSUP;
    if (vtc_le16(d + 256) != 0)
        return VTC_EFORMAT;
    *file_set = vtc_le32(d + 252);
    udf->partition_number = vtc_le16(map + 4);
    udf->integrity = extent_ad(d + 432);
    return VTC_OK;
}

/* The main sequence (3/8.4.2). A descriptor that occurs twice would make the later of them count:
 * nothing mastered has that. */
static int read_sequence(struct vtc_udf *udf, struct vtc_window *w, uint32_t *file_set)
{
    uint32_t i, count = udf->sequence[0].bytes / SECTOR, volumes = 0, partitions = 0;
    uint16_t number = 0;
    const uint8_t *d;
    int rc;

    for (i = 0; i < count && i < SEQUENCE_MAX; i++) {
        rc = vtc_window_get(w, ((uint64_t)udf->sequence[0].lba2048 + i) * SECTOR, 512, &d);
        if (rc)
            return rc;
        switch (vtc_udf_tag_id(d)) {
        case VTC_UDF_TAG_PARTITION: /* 3/10.5 */
            partitions++;
            number = vtc_le16(d + 22);
            udf->partition_lba2048 = vtc_le32(d + 188);
            udf->partition_blocks = vtc_le32(d + 192);
            break;
        case VTC_UDF_TAG_LOGICAL_VOLUME:
            volumes++;
            rc = take_logical_volume(udf, d, file_set);
            if (rc)
                return rc;
            break;
        case VTC_UDF_TAG_POINTER:
            return VTC_ENOTSUP;
        case VTC_UDF_TAG_TERMINATING:
        case 0:
            i = count - 1;
            break;
        default:
            break;
        }
    }
    if (!volumes || !partitions)
        return VTC_EFORMAT;
    if (volumes > 1 || partitions > 1 || number != udf->partition_number)
        return VTC_ENOTSUP;
    return VTC_OK;
}

int vtc_udf_open(struct vtc_udf *udf, const struct vtc_reader *reader)
{
    struct vtc_window w;
    uint32_t file_set = 0;
    const uint8_t *d;
    int rc;

    memset(udf, 0, sizeof(*udf));
    udf->reader = reader;
    vtc_window_init(&w, reader);
    rc = vtc_window_get(&w, (uint64_t)VTC_UDF_ANCHOR_LBA2048 * SECTOR, 512, &d);
    if (rc)
        return rc == VTC_EFORMAT ? VTC_ENOENT : rc;
    if (vtc_udf_tag_id(d) != VTC_UDF_TAG_ANCHOR)
        return VTC_ENOENT;
    udf->sequence[0] = extent_ad(d + 16);
    udf->sequence[1] = extent_ad(d + 24);
    rc = read_sequence(udf, &w, &file_set);
    if (!rc)
        rc = vtc_window_get(&w, block_off(udf, file_set), 512, &d);
    if (rc)
        return rc;
    if (vtc_udf_tag_id(d) != VTC_UDF_TAG_FILE_SET || vtc_le16(d + 408) != 0)
        return VTC_EFORMAT;
    udf->root_icb = vtc_le32(d + 404);
    return VTC_OK;
}

/* ---- entries and their data ---------------------------------------------------------------- */

/* The entry (4/14.9, 4/14.17) at a block of the partition. */
static int read_entry(const struct vtc_udf *udf, struct vtc_window *w, uint32_t block,
                      struct vtc_udf_node *node)
{
    uint32_t fixed, ea_bytes;
    const uint8_t *d;
    unsigned tag;
    int rc;

    memset(node, 0, sizeof(*node));
    if (block >= udf->partition_blocks)
        return VTC_EFORMAT;
    node->entry_off = block_off(udf, block);
    rc = vtc_window_get(w, node->entry_off, 216, &d);
    if (rc)
        return rc;
    tag = vtc_udf_tag_id(d);
    if (tag != VTC_UDF_TAG_FILE_ENTRY && tag != VTC_UDF_TAG_EXTENDED_FILE_ENTRY)
        return tag ? VTC_ENOTSUP : VTC_EFORMAT;
    node->is_extended = tag == VTC_UDF_TAG_EXTENDED_FILE_ENTRY;
    if (vtc_le16(d + 20) != 4 || (d[27] != 4 && d[27] != 5))
        return VTC_ENOTSUP; /* strategy 4/14.6.2, file type 4/14.6.6 */
    node->is_dir = d[27] == 4;
    node->form = vtc_le16(d + 34) & 7;
    if (node->form != VTC_UDF_SHORT && node->form != VTC_UDF_LONG && node->form != VTC_UDF_EMBEDDED)
        return VTC_ENOTSUP;
    node->bytes = vtc_le64(d + 56);
    fixed = node->is_extended ? 216 : 176;
    ea_bytes = vtc_le32(d + fixed - 8);
    node->ad_bytes = vtc_le32(d + fixed - 4);
    if (ea_bytes > SECTOR - fixed || node->ad_bytes > SECTOR - fixed - ea_bytes)
        return VTC_EFORMAT;
    node->ad_off = fixed + ea_bytes;
    if (node->form == VTC_UDF_EMBEDDED && node->bytes > node->ad_bytes)
        return VTC_EFORMAT;
    return VTC_OK;
}

int vtc_udf_piece(const struct vtc_udf *udf, const struct vtc_udf_node *node, uint32_t i,
                  struct vtc_udf_piece *piece)
{
    uint32_t each = node->form == VTC_UDF_LONG ? 16 : 8, length, block;
    uint8_t ad[16];
    int rc;

    if (i >= PIECES_MAX || node->ad_bytes < each || i * each > node->ad_bytes - each)
        return VTC_ENOENT;
    rc = vtc_reader_read(udf->reader, node->entry_off + node->ad_off + i * each, ad, each);
    if (rc)
        return rc;
    length = vtc_le32(ad);
    block = vtc_le32(ad + 4);
    if (!length)
        return VTC_ENOENT; /* ends the sequence, 4/12 */
    if (length >> 30)
        return VTC_ENOTSUP;
    if (each == 16 && vtc_le16(ad + 8) != 0)
        return VTC_EFORMAT;
    if (block > udf->partition_blocks ||
        (length + SECTOR - 1) / SECTOR > udf->partition_blocks - block)
        return VTC_EFORMAT;
    piece->bytes = length;
    piece->off = block_off(udf, block);
    return VTC_OK;
}

/* A directory on its way: its pieces are gone through once. */
struct stream {
    const struct vtc_udf *udf;
    const struct vtc_udf_node *node;
    struct vtc_window *w;
    uint32_t index;             /* of the piece behind this one */
    struct vtc_udf_piece piece; /* what is left of it */
};

/* The next bytes (512 at most), which may lie in more than one piece. */
static int stream_read(struct stream *s, uint8_t *to, uint32_t bytes)
{
    const uint8_t *p;
    int rc = VTC_OK;

    while (!rc && bytes) {
        uint32_t n = bytes < s->piece.bytes ? bytes : s->piece.bytes;

        if (!n) {
            rc = s->node->form == VTC_UDF_EMBEDDED
                     ? VTC_ENOENT
                     : vtc_udf_piece(s->udf, s->node, s->index++, &s->piece);
            if (rc == VTC_ENOENT)
                rc = VTC_EFORMAT; /* shorter than its length */
            continue;
        }
        rc = vtc_window_get(s->w, s->piece.off, n, &p);
        if (rc)
            return rc;
        memcpy(to, p, n);
        s->piece.off += n;
        s->piece.bytes -= n;
        to += n;
        bytes -= n;
    }
    return rc;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Is the identifier (OSTA CS0: 8 or 16 bits a character) the component [want, want+n)? */
static int same_name(const uint8_t *id, uint32_t bytes, const char *want, uint32_t n)
{
    uint32_t wide, i;

    if (!bytes || (id[0] != 8 && id[0] != 16))
        return 0;
    wide = id[0] / 8;
    for (i = 1; bytes - i >= wide; i += wide) {
        uint32_t c = wide == 1 ? id[i] : (uint32_t)id[i] << 8 | id[i + 1], k, count = 1;
        uint8_t utf8[3] = {(uint8_t)c};

        if (c >= 0x800) {
            utf8[0] = (uint8_t)(0xe0 | c >> 12);
            utf8[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
            utf8[2] = (uint8_t)(0x80 | (c & 0x3f));
            count = 3;
        } else if (c >= 0x80) {
            utf8[0] = (uint8_t)(0xc0 | c >> 6);
            utf8[1] = (uint8_t)(0x80 | (c & 0x3f));
            count = 2;
        }
        if (count > n)
            return 0;
        for (k = 0; k < count; k++)
            if (lower(utf8[k]) != lower((uint8_t)want[k]))
                return 0;
        want += count;
        n -= count;
    }
    return n == 0;
}

/* The block of the entry of the member [want, want+n) of a directory. */
static int find_in(const struct vtc_udf *udf, struct vtc_window *w, const struct vtc_udf_node *dir,
                   const char *want, uint32_t n, uint32_t *block)
{
    struct stream s = {.udf = udf, .node = dir, .w = w};
    uint64_t left = dir->bytes;
    uint8_t fid[FID_BYTES], id[256];
    uint32_t use, pad;
    int rc = VTC_OK;

    if (left > DIRECTORY_MAX_BYTES)
        return VTC_EFORMAT;
    if (dir->form == VTC_UDF_EMBEDDED) {
        s.piece.off = dir->entry_off + dir->ad_off;
        s.piece.bytes = (uint32_t)left;
    }
    while (!rc && left) {
        if (left < FID_BYTES)
            return VTC_EFORMAT;
        rc = stream_read(&s, fid, FID_BYTES);
        if (rc)
            return rc;
        use = vtc_le16(fid + 36);
        pad = (0 - (FID_BYTES + use + fid[19])) & 3;
        left -= FID_BYTES;
        if (vtc_udf_tag_id(fid) != VTC_UDF_TAG_FILE_IDENTIFIER || use + fid[19] + pad > left)
            return VTC_EFORMAT;
        left -= use + fid[19] + pad;
        for (; !rc && use; use -= use < sizeof(id) ? use : (uint32_t)sizeof(id))
            rc = stream_read(&s, id, use < sizeof(id) ? use : (uint32_t)sizeof(id));
        if (!rc)
            rc = stream_read(&s, id, fid[19]);
        /* Neither deleted nor the parent (4/14.4.3). */
        if (!rc && !(fid[18] & 0x0c) && same_name(id, fid[19], want, n)) {
            *block = vtc_le32(fid + 24);
            return vtc_le16(fid + 28) ? VTC_EFORMAT : VTC_OK;
        }
        if (!rc)
            rc = stream_read(&s, id, pad);
    }
    return rc ? rc : VTC_ENOENT;
}

int vtc_udf_find(const struct vtc_udf *udf, const char *path, struct vtc_udf_node *node)
{
    struct vtc_window w;
    uint32_t n, block = udf->root_icb;
    int rc;

    vtc_window_init(&w, udf->reader);
    for (;;) {
        rc = read_entry(udf, &w, block, node);
        if (rc)
            return rc;
        while (*path == '/')
            path++;
        if (!*path)
            return VTC_OK;
        if (!node->is_dir)
            return VTC_ENOENT;
        for (n = 0; path[n] && path[n] != '/';)
            n++;
        rc = find_in(udf, &w, node, path, n, &block);
        if (rc)
            return rc;
        path += n;
    }
}
