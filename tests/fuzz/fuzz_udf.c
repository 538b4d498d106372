/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDF: the input is a volume without sectors 0 to 15 and 80 to 255 (its anchor is at 256), as for
 * fuzz_grow. Files are found, and every piece of them lies inside. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/udf.h>

#define HEAD_OFF   (16u * 2048)
#define HEAD_BYTES (64u * 2048)
#define ANCHOR_OFF (256u * 2048)

struct input {
    const uint8_t *data;
    size_t bytes;
};

static void show(const uint8_t *from, uint64_t from_off, uint64_t from_bytes, uint64_t off,
                 uint8_t *to, uint32_t bytes)
{
    uint64_t begin = off > from_off ? off : from_off, end = off + bytes;

    if (end > from_off + from_bytes)
        end = from_off + from_bytes;
    if (begin < end)
        memcpy(to + (begin - off), from + (begin - from_off), end - begin);
}

static int read_input(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct input *in = ctx;
    size_t head = in->bytes < HEAD_BYTES ? in->bytes : HEAD_BYTES;

    memset(buf, 0, bytes);
    show(in->data, HEAD_OFF, head, off, buf, bytes);
    show(in->data + head, ANCHOR_OFF, in->bytes - head, off, buf, bytes);
    return VTC_OK;
}

static void check_pieces(const struct vtc_udf *udf, const struct vtc_udf_node *node)
{
    uint64_t first = udf->partition_lba2048 * (uint64_t)VTC_UDF_SECTOR_BYTES, total = 0;
    uint64_t end = first + udf->partition_blocks * (uint64_t)VTC_UDF_SECTOR_BYTES;
    struct vtc_udf_piece piece;
    uint32_t i;

    if (node->form == VTC_UDF_EMBEDDED)
        return;
    for (i = 0; vtc_udf_piece(udf, node, i, &piece) == VTC_OK; i++) {
        if (piece.off < first || piece.off > end || piece.bytes > end - piece.off)
            abort();
        total += piece.bytes;
        if (i > VTC_UDF_SECTOR_BYTES / 8)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const char *const paths[] = {"/F", "/D/G", "/", "/d", "/\xd0\x94.img", "//D//G"};
    struct input in = {data, bytes};
    struct vtc_reader reader = {read_input, &in, ANCHOR_OFF + (uint64_t)bytes};
    struct vtc_udf udf;
    struct vtc_udf_node node;
    unsigned i;

    if (vtc_udf_open(&udf, &reader))
        return 0;
    for (i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        if (vtc_udf_find(&udf, paths[i], &node) == VTC_OK) {
            if (node.ad_off > VTC_UDF_SECTOR_BYTES ||
                node.ad_bytes > VTC_UDF_SECTOR_BYTES - node.ad_off || node.entry_off > reader.bytes)
                abort();
            check_pieces(&udf, &node);
        }
    return 0;
}
