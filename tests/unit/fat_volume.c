/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fat_volume.h"

#include <ventoc/bytes.h>

void fat_volume_init(struct fat_volume *v, unsigned bits)
{
    uint32_t cluster_count = bits == 16 ? 4200 : 100;
    uint32_t root_sectors = bits == 32 ? 0 : ROOT_COUNT * 32 / SECTOR;
    uint32_t total = 1 + FAT_SECTORS + root_sectors + cluster_count;
    uint8_t *b;

    /* longer than the volume: its end has to be the volume's, not the reader's */
    v->src_reader = fixture_memdisk_make(&v->src, (total + 2) * SECTOR);
    v->bits = bits;
    b = v->src.bytes;
    memcpy(b, "\xeb\x3c\x90MKTEST  ", 11);
    vtc_put_le16(b + 11, SECTOR);
    b[13] = 1;
    vtc_put_le16(b + 14, 1);
    b[16] = 1;
    vtc_put_le16(b + 17, bits == 32 ? 0 : ROOT_COUNT);
    vtc_put_le16(b + 19, (uint16_t)total);
    b[21] = 0xf8;
    vtc_put_le16(b + 22, bits == 32 ? 0 : FAT_SECTORS);
    if (bits != 32) {
        b[38] = 0x29;
        memcpy(b + 43, bits == 12 ? "A\x01 LABEL~  " : "NO NAME    ", 11);
    } else {
        vtc_put_le32(b + 36, FAT_SECTORS);
        vtc_put_le32(b + 44, 2);
        b[66] = 0x29;
        memcpy(b + 71, "B\x7f  LABEL 32", 11);
    }
    b[510] = 0x55;
    b[511] = 0xaa;
    v->table = b + SECTOR;
    v->heap = b + (1 + FAT_SECTORS + root_sectors) * SECTOR;
    v->root = bits == 32 ? v->heap : b + (1 + FAT_SECTORS) * SECTOR;
}

void fat_volume_free(struct fat_volume *v)
{
    fixture_memdisk_free(&v->src);
}

void fat_volume_set_next(struct fat_volume *v, uint32_t cluster, uint32_t next)
{
    uint8_t *p = v->table + cluster + cluster / 2;

    if (v->bits == 32)
        vtc_put_le32(v->table + 4 * cluster, next);
    else if (v->bits == 16)
        vtc_put_le16(v->table + 2 * cluster, (uint16_t)next);
    else if (cluster & 1)
        vtc_put_le16(p, (uint16_t)((vtc_le16(p) & 0x000f) | next << 4));
    else
        vtc_put_le16(p, (uint16_t)((vtc_le16(p) & 0xf000) | (next & 0xfff)));
}

uint8_t *fat_volume_put_short(uint8_t *e, const char *name11, uint8_t attr, uint32_t cluster,
                              uint32_t bytes)
{
    memcpy(e, name11, 11);
    e[11] = attr;
    vtc_put_le16(e + 20, (uint16_t)(cluster >> 16));
    vtc_put_le16(e + 26, (uint16_t)cluster);
    vtc_put_le32(e + 28, bytes);
    return e + 32;
}

uint8_t fat_volume_checksum(const char *name11)
{
    uint8_t sum = 0;

    for (int i = 0; i < 11; i++)
        sum = (uint8_t)((sum & 1 ? 0x80 : 0) + (sum >> 1) + (uint8_t)name11[i]);
    return sum;
}

uint8_t *fat_volume_put_long(uint8_t *e, uint8_t ordinal, uint8_t checksum, const uint16_t *name,
                             unsigned count)
{
    unsigned part = ((ordinal & 0x3fu) - 1) * 13, i;

    memset(e, 0, 32);
    e[0] = ordinal;
    e[11] = 0x0f;
    e[13] = checksum;
    for (i = 0; i < 13; i++) {
        unsigned at = i < 5 ? 1 + 2 * i : i < 11 ? 4 + 2 * i : 6 + 2 * i;
        unsigned unit = part + i;

        vtc_put_le16(e + at, unit < count ? name[unit] : unit == count ? 0 : 0xffff);
    }
    return e + 32;
}
