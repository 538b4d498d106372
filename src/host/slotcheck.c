/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/slotcheck.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/fat.h>
#include <ventoc/manifest.h>
#include <ventoc/sha256.h>

#include "host/bootcode.h"
#include "host/fdio.h"

#define READ_BYTES     (1024u * 1024)

#define BAD(what, ...) vtc_error_set(err, VTC_ERROR_FAILED, -EBADMSG, NULL, what, __VA_ARGS__)

struct check {
    const struct vtc_target *target;
    const struct vtc_stick *stick;
    unsigned slot;
    struct vtc_fat fat;
    struct vtc_manifest manifest;
    struct vtc_error *err;
};

static int read_manifest(struct check *check, char *text)
{
    struct vtc_error *err = check->err;
    struct vtc_fat_node node;

    if (vtc_fat_find(&check->fat, "/ventoc/manifest", &node) || node.is_dir ||
        node.bytes > VTC_MANIFEST_MAX_BYTES ||
        vtc_fat_read(&check->fat, &node, 0, text, node.bytes) ||
        vtc_manifest_parse(text, node.bytes, &check->manifest))
        return BAD("%s: slot %c has no manifest that can be read", check->target->dev->path,
                   vtc_stick_slot_letter(check->slot));
    return 0;
}

static int check_file(const struct check *check, const struct vtc_manifest_entry *entry,
                      uint8_t *buf)
{
    struct vtc_error *err = check->err;
    const char *path = check->target->dev->path;
    char letter = vtc_stick_slot_letter(check->slot), name[sizeof(entry->name) + 1] = "/";
    uint8_t sum[VTC_SHA256_BYTES];
    struct vtc_fat_node node;
    struct vtc_sha256 sha;

    memcpy(name + 1, entry->name, sizeof(entry->name));
    if (vtc_fat_find(&check->fat, name, &node) || node.is_dir || node.bytes != entry->bytes)
        return BAD("%s: slot %c: %s is missing or has another length", path, letter, name);
    vtc_sha256_init(&sha);
    for (uint32_t at = 0; at < node.bytes;) {
        uint32_t n = node.bytes - at < READ_BYTES ? node.bytes - at : READ_BYTES;

        if (vtc_fat_read(&check->fat, &node, at, buf, n))
            return BAD("%s: slot %c: %s cannot be read", path, letter, name);
        vtc_sha256_update(&sha, buf, n);
        at += n;
    }
    vtc_sha256_final(&sha, sum);
    if (memcmp(sum, entry->sha256, sizeof(sum)) != 0)
        return BAD("%s: slot %c: %s is damaged", path, letter, name);
    return 0;
}

static int check_core(const struct check *check, uint8_t *buf)
{
    uint32_t lba512 = vtc_core_lba512(check->slot, check->stick->gpt);
    const char *path = check->target->dev->path;
    char letter = vtc_stick_slot_letter(check->slot);
    struct vtc_error *err = check->err;
    uint8_t sum[VTC_SHA256_BYTES];
    struct vtc_manifest_entry entry;
    struct vtc_sha256 sha;
    int rc;

    if (vtc_manifest_find(&check->manifest, VTC_MANIFEST_IMAGE, "core.img", &entry) ||
        entry.bytes <= 512 || entry.bytes > VTC_CORE_MAX_BYTES)
        return BAD("%s: slot %c: its manifest does not name a BIOS core", path, letter);
    rc = vtc_fdio_read(check->target->fd, lba512 * 512ull, buf,
                       vtc_bootcode_core_bytes((size_t)entry.bytes));
    if (rc)
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot be read: %s", path,
                             strerror(-rc));
    if (vtc_bootcode_unpatch_core(buf, (size_t)entry.bytes, lba512) == 0) {
        vtc_sha256_init(&sha);
        vtc_sha256_update(&sha, buf, (size_t)entry.bytes);
        vtc_sha256_final(&sha, sum);
        if (memcmp(sum, entry.sha256, sizeof(sum)) == 0)
            return 0;
    }
    return BAD("%s: slot %c: its BIOS core is damaged", path, letter);
}

/* buf: READ_BYTES, which a core and the manifest fit into. */
static int check_all(struct check *check, uint8_t *buf, char *text)
{
    struct vtc_manifest_entry entry;
    int rc = read_manifest(check, text);

    for (uint32_t i = 0; !rc && vtc_manifest_entry(&check->manifest, i, &entry) == 0; i++)
        if (entry.kind == VTC_MANIFEST_FILE)
            rc = check_file(check, &entry, buf);
    if (!rc && !(check->stick->record.flags & VTC_RECORD_NO_BIOS))
        rc = check_core(check, buf);
    return rc;
}

int vtc_slotcheck(const struct vtc_target *target, const struct vtc_stick *stick, unsigned slot,
                  struct vtc_error *err)
{
    struct vtc_fdio_region region = {target->fd, stick->record.slot_off[slot]};
    struct vtc_reader reader = vtc_fdio_reader(&region, stick->record.slot_bytes);
    struct check check = {.target = target, .stick = stick, .slot = slot, .err = err};
    uint8_t *buf;
    char *text;
    int rc;

    if (vtc_fat_open(&check.fat, &reader))
        return BAD("%s: slot %c is empty", target->dev->path, vtc_stick_slot_letter(slot));
    buf = malloc(READ_BYTES);
    text = malloc(VTC_MANIFEST_MAX_BYTES + 1);
    rc = buf && text ? check_all(&check, buf, text)
                     : vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    free(buf);
    free(text);
    return rc;
}
