/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/slot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/layout.h>
#include <ventoc/sha256.h>

#include "host/bootcode.h"

#define READ_BYTES (1024u * 1024)

int vtc_slot_open(struct vtc_slot *slot, int fd, uint64_t off, uint64_t bytes)
{
    memset(slot, 0, sizeof(*slot));
    slot->region = (struct vtc_fdio_region){fd, off};
    slot->reader = vtc_fdio_reader(&slot->region, bytes);
    return vtc_fat_open(&slot->fat, &slot->reader) ? -EBADMSG : 0;
}

void vtc_slot_close(struct vtc_slot *slot)
{
    free(slot->text);
    slot->text = NULL;
}

/* Are there files in it, and not more of them than there is room for? */
static int manifest_is_sane(const struct vtc_slot *slot)
{
    uint64_t left = slot->reader.bytes;
    struct vtc_manifest_entry entry;
    int has_file = 0;

    for (uint32_t i = 0; vtc_manifest_entry(&slot->manifest, i, &entry) == 0; i++) {
        if (entry.kind != VTC_MANIFEST_FILE)
            continue;
        if (entry.bytes > left)
            return 0;
        left -= entry.bytes;
        has_file = 1;
    }
    return has_file;
}

int vtc_slot_read_manifest(struct vtc_slot *slot)
{
    struct vtc_fat_node node;

    if (vtc_fat_find(&slot->fat, "/ventoc/manifest", &node) || node.is_dir ||
        node.bytes > VTC_MANIFEST_MAX_BYTES)
        return -ENOENT;
    slot->text = malloc((size_t)node.bytes + 1);
    if (!slot->text)
        return -ENOMEM;
    if (vtc_fat_read(&slot->fat, &node, 0, slot->text, node.bytes) ||
        vtc_manifest_parse(slot->text, node.bytes, &slot->manifest) || !manifest_is_sane(slot)) {
        vtc_slot_close(slot);
        return -EBADMSG;
    }
    return 0;
}

/* Returns 0 or -EIO. */
static int sum_file(const struct vtc_slot *slot, const struct vtc_fat_node *node, uint8_t *buf,
                    uint8_t sum[VTC_SHA256_BYTES])
{
    struct vtc_sha256 sha;

    vtc_sha256_init(&sha);
    for (uint32_t at = 0; at < node->bytes;) {
        uint32_t n = node->bytes - at < READ_BYTES ? node->bytes - at : READ_BYTES;

        if (vtc_fat_read(&slot->fat, node, at, buf, n))
            return -EIO;
        vtc_sha256_update(&sha, buf, n);
        at += n;
    }
    vtc_sha256_final(&sha, sum);
    return 0;
}

int vtc_slot_check_file(const struct vtc_slot *slot, const struct vtc_manifest_entry *entry)
{
    char path[sizeof(entry->name) + 1];
    uint8_t sum[VTC_SHA256_BYTES], *buf;
    struct vtc_fat_node node;
    int rc;

    snprintf(path, sizeof(path), "%s%s", entry->name[0] == '/' ? "" : "/", entry->name);
    if (vtc_fat_find(&slot->fat, path, &node) || node.is_dir || node.bytes != entry->bytes ||
        node.bytes > slot->reader.bytes) /* a chain that runs in circles */
        return -ENOENT;
    buf = malloc(READ_BYTES);
    if (!buf)
        return -ENOMEM;
    rc = sum_file(slot, &node, buf, sum);
    free(buf);
    return !rc && memcmp(sum, entry->sha256, sizeof(sum)) != 0 ? -EBADMSG : rc;
}

/* core: as it was read; it is changed. */
static int core_is_good(uint8_t *core, uint32_t lba512, const struct vtc_manifest_entry *entry)
{
    uint8_t sum[VTC_SHA256_BYTES];
    struct vtc_sha256 sha;

    if (vtc_bootcode_unpatch_core(core, (size_t)entry->bytes, lba512))
        return 0;
    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, core, (size_t)entry->bytes);
    vtc_sha256_final(&sha, sum);
    return memcmp(sum, entry->sha256, sizeof(sum)) == 0;
}

int vtc_slot_check_core(int fd, uint32_t lba512, const struct vtc_manifest_entry *entry)
{
    uint8_t *core;
    size_t bytes;
    int rc;

    if (entry->bytes <= 512 || entry->bytes > VTC_CORE_MAX_BYTES)
        return -EINVAL;
    bytes = vtc_bootcode_core_bytes((size_t)entry->bytes);
    core = malloc(bytes);
    if (!core)
        return -ENOMEM;
    rc = vtc_fdio_read(fd, lba512 * 512ull, core, bytes);
    if (!rc && !core_is_good(core, lba512, entry))
        rc = -EBADMSG;
    free(core);
    return rc;
}
