/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/slotimage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/fat.h>
#include <ventoc/sha256.h>

#define FAIL(rc, hint, ...) vtc_error_set(err, VTC_ERROR_PAYLOAD, rc, hint, __VA_ARGS__)

static const char damaged_hint[] =
    "The boot files are damaged or incomplete. Build or install ventoc again.";

static int read_file(const struct vtc_payload *payload, const struct vtc_fat *fat,
                     const struct vtc_manifest_entry *entry, struct vtc_slotimage *slot,
                     struct vtc_error *err)
{
    const char *name = entry->name[0] == '/' ? entry->name + 1 : entry->name;
    uint8_t digest[VTC_SHA256_BYTES], *bytes;
    char path[sizeof(entry->name) + 1];
    struct vtc_fat_node node;
    struct vtc_sha256 sha;
    int rc;

    snprintf(path, sizeof(path), "/%s", name);
    if (vtc_fat_find(fat, path, &node) || node.is_dir || node.bytes != entry->bytes ||
        node.bytes > payload->slot.count)
        return FAIL(-EBADMSG, damaged_hint, "%s: the slot image lacks %s", payload->dir, name);
    bytes = malloc((size_t)node.bytes + 1);
    rc = vtc_slotimage_add(slot, name, bytes, node.bytes);
    if (rc)
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "out of memory for %s", name);
    if (vtc_fat_read(fat, &node, 0, bytes, node.bytes))
        return FAIL(-EBADMSG, damaged_hint, "%s: %s in the slot image cannot be read", payload->dir,
                    name);
    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, bytes, node.bytes);
    vtc_sha256_final(&sha, digest);
    return memcmp(digest, entry->sha256, sizeof(digest)) == 0
               ? 0
               : FAIL(-EBADMSG, damaged_hint, "%s: %s in the slot image is damaged", payload->dir,
                      name);
}

int vtc_slotimage_read(const struct vtc_payload *payload, struct vtc_slotimage *slot,
                       struct vtc_error *err)
{
    struct vtc_payload_image image = payload->slot;
    struct vtc_reader reader = vtc_payload_reader(&image);
    struct vtc_manifest_entry entry;
    struct vtc_fat fat;
    int rc = 0;

    memset(slot, 0, sizeof(*slot));
    if (vtc_fat_open(&fat, &reader))
        return FAIL(-EBADMSG, damaged_hint, "%s: the slot image is not a FAT file system",
                    payload->dir);
    for (uint32_t i = 0; !rc && vtc_manifest_entry(&payload->manifest, i, &entry) == 0; i++)
        if (entry.kind == VTC_MANIFEST_FILE)
            rc = read_file(payload, &fat, &entry, slot, err);
    return rc;
}

struct vtc_slotimage_file *vtc_slotimage_find(struct vtc_slotimage *slot, const char *name)
{
    for (size_t i = 0; i < slot->count; i++)
        if (strcmp(slot->file[i].name, name) == 0)
            return &slot->file[i];
    return NULL;
}

int vtc_slotimage_add(struct vtc_slotimage *slot, const char *name, uint8_t *bytes, size_t count)
{
    struct vtc_slotimage_file *file;

    if (!bytes)
        return -ENOMEM;
    if (slot->count == VTC_SLOTIMAGE_FILES_MAX) {
        free(bytes);
        return -ENOSPC;
    }
    file = &slot->file[slot->count++];
    snprintf(file->name, sizeof(file->name), "%s", name);
    file->bytes = bytes;
    file->count = count;
    return 0;
}

void vtc_slotimage_free(struct vtc_slotimage *slot)
{
    for (size_t i = 0; i < slot->count; i++)
        free(slot->file[i].bytes);
    slot->count = 0;
}
