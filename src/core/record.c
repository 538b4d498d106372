/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stick record: 512 bytes that say a disk is ours and where its parts are. */
#include <ventoc/bytes.h>
#include <ventoc/crc32.h>
#include <ventoc/layout.h>
#include <ventoc/mem.h>
#include <ventoc/record.h>
#include <ventoc/utf8.h>

enum {
    AT_MAGIC = 0,
    AT_FORMAT = 8,
    AT_BYTES = 12,
    AT_UUID = 16,
    AT_SECTOR = 32,
    AT_FLAGS = 36,
    AT_DISK = 40,
    AT_DATA_OFF = 48,
    AT_DATA_BYTES = 56,
    AT_RESERVE = 64,
    AT_SLOT_OFF = 72,
    AT_SLOT_BYTES = 88,
    AT_LABEL = 96,
    LABEL_BYTES = 64,
    AT_REST = 160,
    AT_CRC = 508,
};

static const uint8_t magic[8] = {'V', 'E', 'N', 'T', 'O', 'C', '\r', '\n'};

/* LABEL_BYTES bytes: printable UTF-8, then nothing but NULs. */
static int label_ok(const uint8_t *p)
{
    const uint8_t *end = p + LABEL_BYTES;

    while (p < end && *p) {
        unsigned n = *p < 0x20 || *p == 0x7f ? 0 : vtc_utf8_bytes(p, end);

        if (!n)
            return 0;
        p += n;
    }
    while (p < end)
        if (*p++)
            return 0;
    return 1;
}

/* [off, off+bytes) is not empty, in whole sectors, behind sector 0 and inside the disk. */
static int range_ok(const struct vtc_record *r, uint64_t off, uint64_t bytes)
{
    return bytes && ((off | bytes) & (r->sector_bytes - 1)) == 0 && off >= r->sector_bytes &&
           off <= r->disk_bytes && bytes <= r->disk_bytes - off;
}

/* Both ranges are known to end below 2^64. */
static int overlap(uint64_t a_off, uint64_t a_bytes, uint64_t b_off, uint64_t b_bytes)
{
    return a_off < b_off + b_bytes && b_off < a_off + a_bytes;
}

void vtc_record_places(const struct vtc_record *rec, uint64_t off[2])
{
    int converted = (rec->flags & VTC_RECORD_CONVERTED) != 0;

    off[0] = converted ? VTC_CONVERTED_RECORD_OFF_1 : VTC_RECORD_OFF_1;
    off[1] = converted ? VTC_CONVERTED_RECORD_OFF_2 : VTC_RECORD_OFF_2;
}

/* The parts lie inside the disk and clear of each other and of the record's own copies. */
static int geometry_ok(const struct vtc_record *r)
{
    const uint64_t part[3][2] = {{r->slot_off[0], r->slot_bytes},
                                 {r->slot_off[1], r->slot_bytes},
                                 {r->data_off, r->data_bytes}};
    uint64_t copy[2];
    unsigned i, j;

    if (r->sector_bytes != 512 && (r->sector_bytes != 4096 || r->flags & VTC_RECORD_CONVERTED))
        return 0;
    vtc_record_places(r, copy);
    for (i = 0; i < 3; i++) {
        if (!range_ok(r, part[i][0], part[i][1]) ||
            overlap(part[i][0], part[i][1], copy[0], r->sector_bytes) ||
            overlap(part[i][0], part[i][1], copy[1], r->sector_bytes))
            return 0;
        for (j = 0; j < i; j++)
            if (overlap(part[i][0], part[i][1], part[j][0], part[j][1]))
                return 0;
    }
    return r->reserve_bytes <= r->disk_bytes - r->data_off - r->data_bytes;
}

int vtc_record_encode(const struct vtc_record *rec, uint8_t out[VTC_RECORD_BYTES])
{
    unsigned i;

    if (rec->format != VTC_RECORD_FORMAT || !geometry_ok(rec))
        return VTC_EINVAL;
    memset(out, 0, VTC_RECORD_BYTES);
    for (i = 0; rec->label[i]; i++) {
        if (i == LABEL_BYTES)
            return VTC_EINVAL;
        out[AT_LABEL + i] = (uint8_t)rec->label[i];
    }
    if (!label_ok(out + AT_LABEL))
        return VTC_EINVAL;
    memcpy(out + AT_MAGIC, magic, sizeof magic);
    vtc_put_le32(out + AT_FORMAT, rec->format);
    vtc_put_le32(out + AT_BYTES, VTC_RECORD_BYTES);
    memcpy(out + AT_UUID, rec->uuid, sizeof rec->uuid);
    vtc_put_le32(out + AT_SECTOR, rec->sector_bytes);
    vtc_put_le32(out + AT_FLAGS, rec->flags);
    vtc_put_le64(out + AT_DISK, rec->disk_bytes);
    vtc_put_le64(out + AT_DATA_OFF, rec->data_off);
    vtc_put_le64(out + AT_DATA_BYTES, rec->data_bytes);
    vtc_put_le64(out + AT_RESERVE, rec->reserve_bytes);
    vtc_put_le64(out + AT_SLOT_OFF, rec->slot_off[0]);
    vtc_put_le64(out + AT_SLOT_OFF + 8, rec->slot_off[1]);
    vtc_put_le64(out + AT_SLOT_BYTES, rec->slot_bytes);
    vtc_put_le32(out + AT_CRC, vtc_crc32(0, out, AT_CRC));
    return VTC_OK;
}

int vtc_record_decode(const uint8_t in[VTC_RECORD_BYTES], struct vtc_record *out)
{
    unsigned i;

    memset(out, 0, sizeof *out);
    if (memcmp(in + AT_MAGIC, magic, sizeof magic) != 0)
        return VTC_ENOENT;
    if (vtc_le32(in + AT_CRC) != vtc_crc32(0, in, AT_CRC))
        return VTC_EFORMAT;
    out->format = vtc_le32(in + AT_FORMAT);
    if (out->format > VTC_RECORD_FORMAT)
        return VTC_ENOTSUP;
    if (out->format < VTC_RECORD_FORMAT || vtc_le32(in + AT_BYTES) != VTC_RECORD_BYTES)
        return VTC_EFORMAT;
    memcpy(out->uuid, in + AT_UUID, sizeof out->uuid);
    out->sector_bytes = vtc_le32(in + AT_SECTOR);
    out->flags = vtc_le32(in + AT_FLAGS);
    out->disk_bytes = vtc_le64(in + AT_DISK);
    out->data_off = vtc_le64(in + AT_DATA_OFF);
    out->data_bytes = vtc_le64(in + AT_DATA_BYTES);
    out->reserve_bytes = vtc_le64(in + AT_RESERVE);
    out->slot_off[0] = vtc_le64(in + AT_SLOT_OFF);
    out->slot_off[1] = vtc_le64(in + AT_SLOT_OFF + 8);
    out->slot_bytes = vtc_le64(in + AT_SLOT_BYTES);
    if (!geometry_ok(out) || !label_ok(in + AT_LABEL))
        return VTC_EFORMAT;
    memcpy(out->label, in + AT_LABEL, LABEL_BYTES);
    for (i = AT_REST; i < AT_CRC; i++)
        if (in[i])
            return VTC_EFORMAT;
    return VTC_OK;
}

/* One copy. A disk that ends before it has none. */
static int read_copy(const struct vtc_reader *disk, uint64_t off, uint32_t converted,
                     struct vtc_record *out)
{
    uint8_t sector[VTC_RECORD_BYTES];
    int rc;

    memset(out, 0, sizeof *out);
    if (disk->bytes < off + VTC_RECORD_BYTES)
        return VTC_ENOENT;
    rc = vtc_reader_read(disk, off, sector, VTC_RECORD_BYTES);
    if (!rc)
        rc = vtc_record_decode(sector, out);
    if (!rc && (out->flags & VTC_RECORD_CONVERTED) != converted) {
        memset(out, 0, sizeof *out);
        return VTC_ENOENT;
    }
    return rc;
}

/* How much an outcome says about the disk; the greater is reported when both copies fail. */
static int weight(int rc)
{
    return rc == VTC_ENOTSUP ? 3 : rc == VTC_EFORMAT ? 2 : rc == VTC_ENOENT ? 1 : 0;
}

/* Both copies of one kind of stick. */
static int read_pair(const struct vtc_reader *disk, uint32_t converted, struct vtc_record *out)
{
    struct vtc_record kind = {.flags = converted};
    uint32_t format;
    uint64_t off[2];
    int first, second;

    vtc_record_places(&kind, off);
    first = read_copy(disk, off[0], converted, out);
    if (!first)
        return VTC_OK;
    format = out->format;
    second = read_copy(disk, off[1], converted, out);
    if (!second || weight(second) > weight(first))
        return second;
    out->format = format;
    return first;
}

int vtc_record_read(const struct vtc_reader *disk, struct vtc_record *out)
{
    int converted = read_pair(disk, VTC_RECORD_CONVERTED, out), usual;

    if (!converted || weight(converted) > weight(VTC_ENOENT))
        return converted;
    usual = read_pair(disk, 0, out);
    return usual == VTC_EIO ? converted : usual;
}
