/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/grow_fat_table.h>

#include <ventoc/bytes.h>

int vtc_grow_fat_table_write(const struct vtc_grow_fat_table *t, uint32_t n, uint32_t value)
{
    uint64_t at = t->off + (t->bits == 12 ? n + n / 2 : (uint64_t)n * (t->bits / 8));
    uint32_t width = t->bits == 32 ? 4 : 2, i;
    uint8_t e[4];
    int rc = VTC_OK;

    for (i = 0; !rc && i < t->count; i++, at += t->stride_bytes) {
        rc = vtc_reader_read(&t->plan->reader, at, e, width);
        if (rc)
            break;
        if (t->bits == 32)
            vtc_put_le32(e, (value & 0x0fffffff) | (vtc_le32(e) & 0xf0000000));
        else if (t->bits == 16)
            vtc_put_le16(e, (uint16_t)value);
        else if (n & 1)
            vtc_put_le16(e, (uint16_t)((value & 0xfff) << 4 | (vtc_le16(e) & 0xf)));
        else
            vtc_put_le16(e, (uint16_t)((value & 0xfff) | (vtc_le16(e) & 0xf000)));
        rc = vtc_grow_plan_write(t->plan, at, e, width);
    }
    return rc;
}

int vtc_grow_fat_table_chain(const struct vtc_grow_fat_table *t, uint32_t last, uint32_t first,
                             uint32_t count)
{
    uint32_t i;
    int rc = last ? vtc_grow_fat_table_write(t, last, first) : VTC_OK;

    for (i = 0; !rc && i < count; i++)
        rc = vtc_grow_fat_table_write(t, first + i,
                                      i + 1 < count ? first + i + 1 : VTC_GROW_FAT_END);
    return rc;
}
