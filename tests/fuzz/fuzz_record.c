/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stick record: the input as one sector, once as it is and once with a good sum. What decodes
 * encodes to the same bytes. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/bytes.h>
#include <ventoc/crc32.h>
#include <ventoc/layout.h>
#include <ventoc/record.h>

static void check(const uint8_t in[VTC_RECORD_BYTES])
{
    uint8_t out[VTC_RECORD_BYTES];
    struct vtc_record rec;

    if (vtc_record_decode(in, &rec))
        return;
    if (vtc_record_encode(&rec, out) || memcmp(in, out, sizeof out) != 0)
        abort();
    if (!memchr(rec.label, '\0', sizeof rec.label) ||
        rec.data_bytes > rec.disk_bytes - rec.data_off)
        abort();
}

/* A disk of which the input is the places of records, one sector after another; each has a good sum. */
struct disk {
    const uint8_t *data;
    size_t bytes;
};

static int disk_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    static const uint64_t at[4] = {VTC_CONVERTED_RECORD_OFF_1, VTC_CONVERTED_RECORD_OFF_2,
                                   VTC_RECORD_OFF_1, VTC_RECORD_OFF_2};
    const struct disk *disk = ctx;
    uint8_t *out = buf;
    size_t i = 0, first;

    if (bytes != VTC_RECORD_BYTES)
        abort();
    while (at[i] != off)
        if (++i == 4)
            abort();
    first = i * VTC_RECORD_BYTES;
    memset(out, 0, bytes);
    if (first < disk->bytes)
        memcpy(out, disk->data + first, disk->bytes - first < bytes ? disk->bytes - first : bytes);
    vtc_put_le32(out + 508, vtc_crc32(0, out, 508));
    return VTC_OK;
}

/* A record that is found lies where its flags say: not over a part of its own. */
static void read_disk(const uint8_t *data, size_t bytes)
{
    struct disk disk = {data, bytes};
    struct vtc_reader reader = {disk_read, &disk, 64 * VTC_MIB};
    struct vtc_record rec;
    uint64_t off[2];

    if (vtc_record_read(&reader, &rec))
        return;
    vtc_record_places(&rec, off);
    if (off[0] >= rec.data_off && off[0] - rec.data_off < rec.data_bytes)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_reader reader = fuzz_reader(data, bytes);
    uint8_t sector[VTC_RECORD_BYTES] = {0};
    struct vtc_record rec;

    memcpy(sector, data, bytes < sizeof sector ? bytes : sizeof sector);
    check(sector);
    vtc_put_le32(sector + 508, vtc_crc32(0, sector, 508));
    check(sector);
    if (vtc_record_read(&reader, &rec) != VTC_ENOENT && bytes <= 2040 * 512)
        abort();
    read_disk(data, bytes);
    return 0;
}
