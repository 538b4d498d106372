/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small ISO 9660 images made byte by byte, for the tests. */
#ifndef TEST_ISO_IMAGE_H
#define TEST_ISO_IMAGE_H

#include "fixture.h"

#include <ventoc/iso9660.h>

/* The image: descriptors at sector 16 on, the root at ROOT (two sectors), a directory "SUB" at SUB,
 * continuation areas at CE and CE + 1. */
#define SECTOR  2048u
#define ROOT    24u
#define SUB     26u
#define CE      27u
#define SECTORS 32u

struct iso_image {
    struct fixture_memdisk src;
    struct vtc_reader src_reader;
    struct vtc_iso9660 iso;
    uint8_t *pvd, *root, *at; /* at: where the next record of the root goes */
};

/* Without anything in its root but "." and "..". sp: the system use field of ".". */
void iso_image_init(struct iso_image *m, const char *sp, unsigned sp_bytes);
void iso_image_free(struct iso_image *m);

/* A directory record with its system use field. Returns what lies behind it. */
uint8_t *iso_put_record(uint8_t *p, const char *name, unsigned name_bytes, uint32_t lba2048,
                        uint32_t bytes, uint8_t flags, const char *use, unsigned use_bytes);

/* The next record at m->at. */
void iso_put_file(struct iso_image *m, const char *name, uint8_t flags, uint32_t lba2048,
                  uint32_t bytes);

/* A vtc_iso9660_list() visitor: copies the first node to *ctx and returns 7. */
int iso_keep_first(void *ctx, const struct vtc_iso9660_node *node);

/* A string literal and its length without the NUL. */
#define TEXT(s) s, sizeof(s) - 1

#endif
