/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An lz4 legacy frame (lz4_Frame_format.md, "Legacy frame") whose blocks are one sequence of
 * literals each (lz4_Block_format.md), which is how a block has to end anyway: a token with the
 * length's first 15 in its upper half, the rest in bytes of up to 255, the literals. */
#include <ventoc/bytes.h>
#include <ventoc/handoff.h>
#include <ventoc/mem.h>

#define MAGIC       0x184c2102u
#define MAGIC_BYTES 4u
#define BLOCK_BYTES (8u << 20) /* uncompressed, of every block but the last */

/* Bytes of a block with count literals, without its length in front. */
static uint32_t block_bytes(uint32_t count)
{
    return 1 + (count < 15 ? 0 : (count - 15) / 255 + 1) + count;
}

uint32_t vtc_handoff_lz4_bytes(uint32_t data_bytes)
{
    uint32_t bytes = MAGIC_BYTES;

    if (data_bytes > VTC_HANDOFF_LZ4_DATA_MAX)
        return 0;
    for (; data_bytes > BLOCK_BYTES; data_bytes -= BLOCK_BYTES)
        bytes += 4 + block_bytes(BLOCK_BYTES);
    return bytes + 4 + block_bytes(data_bytes);
}

/* Returns what lies behind the block. */
static uint8_t *put_block(uint8_t *p, const uint8_t *data, uint32_t count)
{
    uint32_t rest = count - 15;

    vtc_put_le32(p, block_bytes(count));
    p += 4;
    *p++ = (uint8_t)((count < 15 ? count : 15) << 4);
    if (count >= 15) {
        for (; rest >= 255; rest -= 255)
            *p++ = 255;
        *p++ = (uint8_t)rest;
    }
    if (count)
        memcpy(p, data, count);
    return p + count;
}

void vtc_handoff_lz4_wrap(const void *data, uint32_t data_bytes, void *out)
{
    const uint8_t *from = data;
    uint8_t *p = out;

    vtc_put_le32(p, MAGIC);
    p += MAGIC_BYTES;
    for (; data_bytes > BLOCK_BYTES; data_bytes -= BLOCK_BYTES, from += BLOCK_BYTES)
        p = put_block(p, from, BLOCK_BYTES);
    put_block(p, from, data_bytes);
}
