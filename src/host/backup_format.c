/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/backup_format.h"

#include <errno.h>
#include <string.h>

#include <ventoc/bytes.h>

#define STAGE_MAX 65535u
#define UNIT      512u /* the smallest sector */

/* No text, not cut by programs that change line ends. */
static const uint8_t magic[8] = {0x89, 'V', 'T', 'B', '\r', '\n', 0x1a, '\n'};

/* Where the texts are, and how long. */
#define TEXTS(T)                                                                                   \
    T(operation, 56)                                                                               \
    T(version, 72)                                                                                 \
    T(vendor, 104)                                                                                 \
    T(model, 168)                                                                                  \
    T(serial, 232)                                                                                 \
    T(path, 360)
#define AT_RANGES_SHA 448
#define AT_SHA        480

static void digest(const void *bytes, size_t count, uint8_t out[VTC_SHA256_BYTES])
{
    struct vtc_sha256 sha;

    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, bytes, count);
    vtc_sha256_final(&sha, out);
}

uint32_t vtc_backup_packed_max(uint64_t bytes)
{
    return (uint32_t)(bytes + bytes / 64 + 64);
}

void vtc_backup_encode_header(const struct vtc_backup_header *header,
                              uint8_t out[VTC_BACKUP_HEADER_BYTES])
{
    memset(out, 0, VTC_BACKUP_HEADER_BYTES);
    memcpy(out, magic, sizeof(magic));
    vtc_put_le32(out + 8, VTC_BACKUP_FORMAT);
    vtc_put_le32(out + 12, header->sector_bytes);
    vtc_put_le64(out + 16, header->disk_bytes);
    vtc_put_le64(out + 24, header->time);
    vtc_put_le32(out + 32, header->flags);
    vtc_put_le32(out + 36, header->range_count);
    vtc_put_le64(out + 40, header->old_bytes);
    vtc_put_le64(out + 48, header->packed_bytes);
#define PUT(field, at)                                                                             \
    memcpy(out + (at), header->field, strnlen(header->field, sizeof(header->field) - 1));
    TEXTS(PUT)
    memcpy(out + AT_RANGES_SHA, header->ranges_sha256, VTC_SHA256_BYTES);
    digest(out, AT_SHA, out + AT_SHA);
}

void vtc_backup_encode_range(const struct vtc_backup_range *range,
                             uint8_t out[VTC_BACKUP_RANGE_BYTES])
{
    memset(out, 0, VTC_BACKUP_RANGE_BYTES);
    vtc_put_le64(out, range->off);
    vtc_put_le64(out + 8, range->bytes);
    vtc_put_le32(out + 16, range->packed_bytes);
    vtc_put_le32(out + 20, range->kind);
    vtc_put_le32(out + 24, range->stage);
    memcpy(out + 32, range->old_sha256, VTC_SHA256_BYTES);
    memcpy(out + 64, range->new_sha256, VTC_SHA256_BYTES);
}

int vtc_backup_decode_header(const uint8_t in[VTC_BACKUP_HEADER_BYTES], uint64_t file_bytes,
                             struct vtc_backup_header *header)
{
    uint8_t sum[VTC_SHA256_BYTES];
    uint64_t rest;

    memset(header, 0, sizeof(*header));
    if (memcmp(in, magic, sizeof(magic)) != 0)
        return -ENOENT;
    if (vtc_le32(in + 8) > VTC_BACKUP_FORMAT)
        return -ENOTSUP;
    digest(in, AT_SHA, sum);
    if (memcmp(sum, in + AT_SHA, sizeof(sum)) != 0 || vtc_le32(in + 8) != VTC_BACKUP_FORMAT)
        return -EBADMSG;
    header->sector_bytes = vtc_le32(in + 12);
    header->disk_bytes = vtc_le64(in + 16);
    header->time = vtc_le64(in + 24);
    header->flags = vtc_le32(in + 32);
    header->range_count = vtc_le32(in + 36);
    header->old_bytes = vtc_le64(in + 40);
    header->packed_bytes = vtc_le64(in + 48);
#define GET(field, at)                                                                             \
    memcpy(header->field, in + (at), sizeof(header->field));                                       \
    if (header->field[sizeof(header->field) - 1])                                                  \
        return -EBADMSG;
    TEXTS(GET)
    memcpy(header->ranges_sha256, in + AT_RANGES_SHA, VTC_SHA256_BYTES);
    if ((header->sector_bytes != 512 && header->sector_bytes != 4096) || !header->disk_bytes ||
        header->disk_bytes % header->sector_bytes || header->disk_bytes > INT64_MAX ||
        header->flags & ~VTC_BACKUP_UNDO || !header->range_count ||
        header->range_count > VTC_BACKUP_RANGE_MAX_COUNT)
        return -EBADMSG;
    rest = VTC_BACKUP_HEADER_BYTES + (uint64_t)header->range_count * VTC_BACKUP_RANGE_BYTES;
    if (file_bytes < rest || file_bytes - rest != header->packed_bytes)
        return -EBADMSG;
    return 0;
}

static void decode_range(const uint8_t *in, struct vtc_backup_range *range)
{
    range->off = vtc_le64(in);
    range->bytes = vtc_le64(in + 8);
    range->packed_bytes = vtc_le32(in + 16);
    range->kind = vtc_le32(in + 20);
    range->stage = vtc_le32(in + 24);
    memcpy(range->old_sha256, in + 32, VTC_SHA256_BYTES);
    memcpy(range->new_sha256, in + 64, VTC_SHA256_BYTES);
}

/* end: of the range before. */
static int is_sound(const struct vtc_backup_header *header, const struct vtc_backup_range *range,
                    uint64_t end)
{
    if (!range->bytes || range->bytes > VTC_BACKUP_RANGE_MAX_BYTES || range->bytes % UNIT ||
        range->off % UNIT || range->off < end || range->off > header->disk_bytes ||
        range->bytes > header->disk_bytes - range->off || range->stage > STAGE_MAX)
        return 0;
    if (range->kind == VTC_BACKUP_ZERO)
        return range->packed_bytes == 0;
    return range->kind == VTC_BACKUP_ZLIB && range->packed_bytes &&
           range->packed_bytes <= vtc_backup_packed_max(range->bytes);
}

int vtc_backup_decode_ranges(const struct vtc_backup_header *header, const uint8_t *in,
                             struct vtc_backup_range *ranges)
{
    size_t in_bytes = (size_t)header->range_count * VTC_BACKUP_RANGE_BYTES;
    uint64_t end = 0, old_bytes = 0, packed_bytes = 0;
    uint8_t sum[VTC_SHA256_BYTES];

    digest(in, in_bytes, sum);
    if (memcmp(sum, header->ranges_sha256, sizeof(sum)) != 0)
        return -EBADMSG;
    for (uint32_t i = 0; i < header->range_count; i++) {
        struct vtc_backup_range *range = &ranges[i];

        decode_range(in + (size_t)i * VTC_BACKUP_RANGE_BYTES, range);
        if (!is_sound(header, range, end))
            return -EBADMSG;
        range->file_off = VTC_BACKUP_HEADER_BYTES + in_bytes + packed_bytes;
        end = range->off + range->bytes;
        old_bytes += range->bytes;
        packed_bytes += range->packed_bytes;
    }
    return old_bytes == header->old_bytes && packed_bytes == header->packed_bytes ? 0 : -EBADMSG;
}
