/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables. */
#include <ventoc/disk_parts.h>

#include <ventoc/bytes.h>
#include <ventoc/crc32.h>
#include <ventoc/mem.h>
#include <ventoc/window.h>

#define MBR_BYTES            512u
#define MBR_TABLE            446u
#define MBR_ENTRY_BYTES      16u
#define MBR_ENTRIES          4u
#define MBR_SIGNATURE        0xaa55u
#define LOGICAL_MAX          64u
#define TABLES_MAX           128u /* of one extended partition; each costs a read */
#define FIRST_LOGICAL        5u

#define GPT_ENTRIES_MAX      1024u
#define GPT_ENTRY_BYTES_MIN  128u
#define GPT_ENTRY_BYTES_MAX  4096u
#define GPT_HEADER_BYTES_MIN 92u

/* ---- MBR ----------------------------------------------------------------------------------- */

int vtc_mbr_ok(const uint8_t *sector)
{
    unsigned i, used = 0;

    for (i = 0; i < MBR_ENTRIES; i++) {
        const uint8_t *e = sector + MBR_TABLE + MBR_ENTRY_BYTES * i;

        if (e[0] & 0x7f)
            return 0;
        if (e[4] && vtc_le32(e + 12))
            used++;
    }
    return used > 0;
}

/* Partitions count in units of 512 bytes: images of disks with other sectors carry a GPT.
 * Returns 0 when the entry is not in use. */
static int take_entry(const uint8_t *sector, uint32_t i, uint64_t base_off,
                      struct vtc_disk_part *part)
{
    const uint8_t *e = sector + MBR_TABLE + MBR_ENTRY_BYTES * i;

    memset(part, 0, sizeof(*part));
    part->number = i + 1;
    part->mbr_type = e[4];
    part->off = base_off + vtc_le32(e + 8) * 512ull;
    part->bytes = vtc_le32(e + 12) * 512ull;
    return e[4] && part->bytes;
}

int vtc_mbr_walk(const uint8_t *sector, vtc_disk_part_visit visit, void *ctx)
{
    struct vtc_disk_part part;
    uint32_t i;
    int rc = VTC_OK;

    for (i = 0; !rc && i < MBR_ENTRIES; i++)
        if (take_entry(sector, i, 0, &part))
            rc = visit(ctx, &part);
    return rc;
}

static int is_extended(uint8_t type)
{
    return type == 0x05 || type == 0x0f || type == 0x85;
}

/* Buffers are not to be on the stack all at once: each walk has a frame of its own. */
#define OWN_FRAME __attribute__((noinline))

/* The logical drives of an extended partition: each has a sector with a table in front, whose first
 * entry is the drive, relative to that sector, and whose second leads to the next such sector,
 * relative to the extended partition. */
OWN_FRAME static int walk_logical(const struct vtc_reader *disk,
                                  const struct vtc_disk_part *extended, uint32_t *number,
                                  vtc_disk_part_visit visit, void *ctx)
{
    struct vtc_disk_part part, next;
    uint8_t sector[MBR_BYTES];
    uint64_t off = extended->off;
    uint32_t table_count;
    int rc;

    for (table_count = 0; table_count < TABLES_MAX; table_count++) {
        rc = vtc_reader_read(disk, off, sector, sizeof(sector));
        if (rc == VTC_EFORMAT || (!rc && vtc_le16(sector + 510) != MBR_SIGNATURE))
            return VTC_OK; /* behind the end, or empty: the drives before it are there */
        if (rc)
            return rc;
        if (take_entry(sector, 0, off, &part) && !is_extended(part.mbr_type)) {
            if (*number == FIRST_LOGICAL + LOGICAL_MAX)
                return VTC_OK;
            part.number = (*number)++;
            rc = visit(ctx, &part);
            if (rc)
                return rc;
        }
        /* Forwards only: a drive is shown once. */
        if (!take_entry(sector, 1, extended->off, &next) || !is_extended(next.mbr_type) ||
            next.off <= off || next.off - extended->off >= extended->bytes)
            return VTC_OK;
        off = next.off;
    }
    return VTC_OK;
}

/* ---- GPT ----------------------------------------------------------------------------------- */

/* The header's CRC is checked with the CRC field taken as zero. */
static int read_header(struct vtc_gpt *gpt, struct vtc_window *w, uint32_t sector_shift)
{
    static const uint8_t zero[4];
    uint32_t crc, bytes;
    const uint8_t *h;
    int rc = vtc_window_get(w, 1ull << sector_shift, VTC_WINDOW_BYTES, &h);

    if (rc)
        return rc == VTC_EFORMAT ? VTC_ENOENT : rc;
    if (memcmp(h, "EFI PART", 8))
        return VTC_ENOENT;
    bytes = vtc_le32(h + 12);
    if (bytes < GPT_HEADER_BYTES_MIN || bytes > VTC_WINDOW_BYTES || vtc_le64(h + 24) != 1)
        return VTC_EFORMAT;
    crc = vtc_crc32(0, h, 16);
    crc = vtc_crc32(crc, zero, sizeof(zero));
    crc = vtc_crc32(crc, h + 20, bytes - 20);
    gpt->sector_shift = sector_shift;
    gpt->entry_count = vtc_le32(h + 80);
    gpt->entry_bytes = vtc_le32(h + 84);
    gpt->last_lba = vtc_le64(h + 32);
    if (crc != vtc_le32(h + 16) || gpt->entry_count > GPT_ENTRIES_MAX ||
        gpt->entry_bytes < GPT_ENTRY_BYTES_MIN || gpt->entry_bytes > GPT_ENTRY_BYTES_MAX ||
        vtc_le64(h + 72) >= gpt->last_lba || gpt->last_lba >= UINT64_MAX >> sector_shift)
        return VTC_EFORMAT;
    gpt->entries_off = vtc_le64(h + 72) << sector_shift;
    return VTC_OK;
}

int vtc_gpt_open(struct vtc_gpt *gpt, const struct vtc_reader *disk)
{
    struct vtc_window w;
    int rc;

    vtc_window_init(&w, disk);
    gpt->disk = disk;
    rc = read_header(gpt, &w, 9);
    return rc == VTC_ENOENT ? read_header(gpt, &w, 12) : rc;
}

int vtc_gpt_walk(const struct vtc_gpt *gpt, vtc_disk_part_visit visit, void *ctx)
{
    static const uint8_t unused[16];
    struct vtc_disk_part part;
    struct vtc_window w;
    const uint8_t *e;
    uint32_t i;
    int rc = VTC_OK;

    vtc_window_init(&w, gpt->disk);
    for (i = 0; !rc && i < gpt->entry_count; i++) {
        uint64_t first, last;

        rc = vtc_window_get(&w, gpt->entries_off + (uint64_t)i * gpt->entry_bytes,
                            GPT_ENTRY_BYTES_MIN, &e);
        if (rc)
            return rc;
        first = vtc_le64(e + 32);
        last = vtc_le64(e + 40);
        if (!memcmp(e, unused, 16) || first > last || last > gpt->last_lba)
            continue;
        memset(&part, 0, sizeof(part));
        part.number = i + 1;
        part.off = first << gpt->sector_shift;
        part.bytes = (last - first + 1) << gpt->sector_shift;
        part.is_gpt = 1;
        memcpy(part.gpt_type, e, 16);
        rc = visit(ctx, &part);
    }
    return rc;
}

/* ---- a whole disk -------------------------------------------------------------------------- */

OWN_FRAME static int walk_gpt(const struct vtc_reader *disk, vtc_disk_part_visit visit, void *ctx)
{
    struct vtc_gpt gpt;
    int rc = vtc_gpt_open(&gpt, disk);

    return rc ? rc : vtc_gpt_walk(&gpt, visit, ctx);
}

int vtc_disk_parts_walk(const struct vtc_reader *disk, vtc_disk_part_visit visit, void *ctx)
{
    struct vtc_disk_part part[MBR_ENTRIES];
    uint32_t count = 0, number = FIRST_LOGICAL, i;
    uint8_t sector[MBR_BYTES];
    int is_protective = 0, rc;

    if (disk->bytes < sizeof(sector))
        return VTC_ENOENT;
    rc = vtc_reader_read(disk, 0, sector, sizeof(sector));
    if (rc)
        return rc;
    if (vtc_le16(sector + 510) != MBR_SIGNATURE || !vtc_mbr_ok(sector))
        return VTC_ENOENT;
    for (i = 0; i < MBR_ENTRIES; i++) {
        if (!take_entry(sector, i, 0, &part[count]))
            continue;
        is_protective |= part[count].mbr_type == VTC_MBR_PROTECTIVE;
        count++;
    }
    if (is_protective) {
        rc = walk_gpt(disk, visit, ctx);
        if (rc != VTC_ENOENT)
            return rc;
        rc = VTC_OK; /* a leftover entry: what else the MBR names is real */
    }
    for (i = 0; !rc && i < count; i++)
        if (!is_extended(part[i].mbr_type) && part[i].mbr_type != VTC_MBR_PROTECTIVE)
            rc = visit(ctx, &part[i]);
    for (i = 0; !rc && i < count; i++)
        if (is_extended(part[i].mbr_type))
            rc = walk_logical(disk, &part[i], &number, visit, ctx);
    return rc;
}
