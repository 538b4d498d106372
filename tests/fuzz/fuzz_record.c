/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stick record: the input as one sector, once as it is and once with a good sum. What decodes
 * encodes to the same bytes. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/bytes.h>
#include <ventoc/crc32.h>
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_reader reader = fuzz_reader(data, bytes);
    uint8_t sector[VTC_RECORD_BYTES] = {0};
    struct vtc_record rec;

    memcpy(sector, data, bytes < sizeof sector ? bytes : sizeof sector);
    check(sector);
    vtc_put_le32(sector + 508, vtc_crc32(0, sector, 508));
    check(sector);
    if (vtc_record_read(&reader, &rec) != VTC_ENOENT && bytes < (63u << 20))
        abort();
    return 0;
}
