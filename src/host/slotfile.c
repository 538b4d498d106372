/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/slotfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <ventoc/fat.h>

#include "host/fdio.h"

int vtc_slotfile_read(int fd, const struct vtc_record *record, unsigned slot, const char *name,
                      size_t max_bytes, uint8_t **bytes, size_t *count)
{
    struct vtc_fdio_region region = {fd, record->slot_off[slot]};
    struct vtc_reader reader = vtc_fdio_reader(&region, record->slot_bytes);
    struct vtc_fat_node node;
    struct vtc_fat fat;
    char path[256];
    int rc;

    *bytes = NULL;
    *count = 0;
    if (vtc_fat_open(&fat, &reader))
        return -EBADMSG;
    snprintf(path, sizeof(path), "/%s", name);
    rc = vtc_fat_find(&fat, path, &node);
    if (rc || node.is_dir)
        return rc == VTC_ENOENT || !rc ? -ENOENT : -EBADMSG;
    if (node.bytes > max_bytes)
        return -EFBIG;
    *bytes = malloc((size_t)node.bytes + 1);
    if (!*bytes)
        return -ENOMEM;
    if (vtc_fat_read(&fat, &node, 0, *bytes, node.bytes)) {
        free(*bytes);
        *bytes = NULL;
        return -EBADMSG;
    }
    *count = node.bytes;
    return 0;
}
