/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iso_image.h"

#include <ventoc/bytes.h>

uint8_t *iso_put_record(uint8_t *p, const char *name, unsigned name_bytes, uint32_t lba2048,
                        uint32_t bytes, uint8_t flags, const char *use, unsigned use_bytes)
{
    unsigned head = (33 + name_bytes + 1) & ~1u;

    memset(p, 0, head);
    p[0] = (uint8_t)(head + use_bytes);
    vtc_put_le32(p + 2, lba2048);
    vtc_put_le32(p + 10, bytes);
    p[25] = flags;
    p[32] = (uint8_t)name_bytes;
    memcpy(p + 33, name, name_bytes);
    memcpy(p + head, use, use_bytes);
    return p + p[0];
}

void iso_put_file(struct iso_image *m, const char *name, uint8_t flags, uint32_t lba2048,
                  uint32_t bytes)
{
    m->at = iso_put_record(m->at, name, (unsigned)strlen(name), lba2048, bytes, flags, "", 0);
}

void iso_image_init(struct iso_image *m, const char *sp, unsigned sp_bytes)
{
    uint8_t *d;

    m->src_reader = fixture_memdisk_make(&m->src, SECTORS * SECTOR);
    d = m->pvd = m->src.bytes + 16 * SECTOR;
    memcpy(d, "\1CD001\1", 7);
    memset(d + 40, ' ', 32);
    memcpy(d + 40, "A LABEL", 7);
    vtc_put_le32(d + 80, SECTORS);
    vtc_put_le16(d + 128, SECTOR);
    iso_put_record(d + 156, "", 1, ROOT, 2 * SECTOR, 2, "", 0);
    memcpy(d + SECTOR,
           "\xff"
           "CD001\1",
           7);
    m->root = m->src.bytes + ROOT * SECTOR;
    m->at = iso_put_record(m->root, "", 1, ROOT, 2 * SECTOR, 2, sp, sp_bytes);
    m->at = iso_put_record(m->at, "\1", 1, ROOT, 2 * SECTOR, 2, "", 0);
}

void iso_image_free(struct iso_image *m)
{
    fixture_memdisk_free(&m->src);
}

int iso_keep_first(void *ctx, const struct vtc_iso9660_node *node)
{
    memcpy(ctx, node, sizeof(*node));
    return 7;
}
