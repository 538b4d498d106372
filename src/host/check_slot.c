/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in the boot slots, compared with the manifest that each of them holds. */
#include "host/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/bytes.h>
#include <ventoc/fat.h>
#include <ventoc/sha256.h>

#include "host/bootcode.h"
#include "host/fdio.h"
#include "host/stick.h"

/* GRUB's own values in the block list of a core image that nobody has installed yet: its second
 * sector, all the rest, at the segment that it is made for (GRUB 2.06, diskboot.S and mkimage.c). */
#define CORE_NEW_LBA512  2u
#define CORE_NEW_SEGMENT 0x820u

struct slot_reader {
    struct vtc_fdio_region region;
    struct vtc_reader reader;
    struct vtc_fat fat;
};

static int is_zero(const uint8_t *p, size_t bytes)
{
    while (bytes && !p[bytes - 1])
        bytes--;
    return !bytes;
}

static int read_manifest(struct slot_reader *r, struct vtc_check_slot *slot)
{
    struct vtc_fat_node node;

    if (vtc_fat_find(&r->fat, "/ventoc/manifest", &node) || node.is_dir ||
        node.bytes > VTC_MANIFEST_MAX_BYTES) {
        snprintf(slot->why, sizeof(slot->why), "it has no manifest");
        return 0;
    }
    slot->text = malloc((size_t)node.bytes + 1);
    if (!slot->text)
        return -ENOMEM;
    if (vtc_fat_read(&r->fat, &node, 0, slot->text, node.bytes) ||
        vtc_manifest_parse(slot->text, node.bytes, &slot->manifest)) {
        free(slot->text);
        slot->text = NULL;
        snprintf(slot->why, sizeof(slot->why), "its manifest is damaged");
    }
    return 0;
}

/* Is a file as the manifest says? Returns 1, 0, or -ENOMEM. */
static int file_is_good(struct slot_reader *r, const struct vtc_manifest_entry *e)
{
    uint8_t digest[VTC_SHA256_BYTES];
    struct vtc_fat_node node;
    struct vtc_sha256 sha;
    char path[sizeof(e->name) + 1];
    uint8_t *content;
    int rc;

    snprintf(path, sizeof(path), "%s%s", e->name[0] == '/' ? "" : "/", e->name);
    if (vtc_fat_find(&r->fat, path, &node) || node.is_dir || node.bytes != e->bytes ||
        node.bytes > r->reader.bytes)
        return 0;
    content = malloc((size_t)node.bytes + 1);
    if (!content)
        return -ENOMEM;
    rc = vtc_fat_read(&r->fat, &node, 0, content, node.bytes);
    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, content, node.bytes);
    vtc_sha256_final(&sha, digest);
    free(content);
    return !rc && memcmp(digest, e->sha256, sizeof(digest)) == 0;
}

static int check_files(struct slot_reader *r, struct vtc_check_slot *slot)
{
    struct vtc_manifest_entry e;
    unsigned bad = 0;

    for (uint32_t i = 0; !vtc_manifest_entry(&slot->manifest, i, &e); i++) {
        int good;

        if (e.kind != VTC_MANIFEST_FILE)
            continue;
        slot->file_count++;
        good = file_is_good(r, &e);
        if (good < 0)
            return good;
        if (!good && !bad++)
            snprintf(slot->why, sizeof(slot->why), "%s is damaged or missing", e.name);
    }
    if (bad > 1)
        snprintf(slot->why + strlen(slot->why), sizeof(slot->why) - strlen(slot->why),
                 ", and %u more", bad - 1);
    if (!bad)
        slot->files = VTC_CHECK_SLOT_GOOD;
    return 0;
}

/* The core as it was before its block list was filled in has the sum that the manifest names. */
static int check_core(int fd, uint32_t lba512, struct vtc_check_slot *slot)
{
    struct vtc_manifest_entry e;
    uint8_t digest[VTC_SHA256_BYTES], *core, *list;
    struct vtc_sha256 sha;
    uint16_t rest;
    size_t padded;
    int good;

    if (!slot->text || vtc_manifest_find(&slot->manifest, VTC_MANIFEST_IMAGE, "core.img", &e))
        return 0;
    slot->core = VTC_CHECK_CORE_DAMAGED;
    if (e.bytes <= 512 || e.bytes > VTC_CORE_MAX_BYTES)
        return 0;
    slot->core_bytes = e.bytes;
    padded = vtc_bootcode_core_bytes((size_t)e.bytes);
    rest = (uint16_t)(padded / 512 - 1);
    core = malloc(padded);
    if (!core)
        return -ENOMEM;
    list = core + VTC_CORE_BLOCKLIST_AT;
    good = !vtc_fdio_read(fd, lba512 * 512ull, core, padded) && vtc_le64(list) == lba512 + 1ull &&
           vtc_le16(list + 8) == rest && vtc_le16(list + 10) == CORE_NEW_SEGMENT;
    vtc_put_le64(list, CORE_NEW_LBA512);
    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, core, (size_t)e.bytes);
    vtc_sha256_final(&sha, digest);
    if (good && memcmp(digest, e.sha256, sizeof(digest)) == 0)
        slot->core = VTC_CHECK_CORE_GOOD;
    free(core);
    return 0;
}

static int look_at(const struct vtc_target *target, struct vtc_check *check, unsigned number)
{
    struct vtc_check_slot *slot = &check->slot[number];
    struct slot_reader r = {.region = {target->fd, check->record.slot_off[number]}};
    uint8_t first[4096];
    int rc;

    r.reader = vtc_fdio_reader(&r.region, check->record.slot_bytes);
    slot->files = VTC_CHECK_SLOT_DAMAGED;
    if (vtc_reader_read(&r.reader, 0, first, sizeof(first))) {
        snprintf(slot->why, sizeof(slot->why), "it cannot be read");
        return 0;
    }
    if (is_zero(first, sizeof(first))) {
        slot->files = VTC_CHECK_SLOT_EMPTY;
        snprintf(slot->why, sizeof(slot->why), "it is empty");
        return 0;
    }
    if (vtc_fat_open(&r.fat, &r.reader)) {
        snprintf(slot->why, sizeof(slot->why), "its file system is damaged");
        return 0;
    }
    rc = read_manifest(&r, slot);
    if (!rc && slot->text)
        rc = check_files(&r, slot);
    if (!rc && !(check->record.flags & VTC_RECORD_NO_BIOS))
        rc = check_core(target->fd, vtc_check_core_lba512(check, number), slot);
    return rc;
}

static void say(const struct vtc_target *target, struct vtc_check *check, unsigned number)
{
    static const char *const parts[2] = {"slot_a", "slot_b"}, *const cores[2] = {"core_a",
                                                                                 "core_b"};
    const struct vtc_check_slot *slot = &check->slot[number];
    char letter = vtc_stick_slot_letter(number);
    /* Nobody knows which one boots: then both have to be good. */
    int idle = check->live >= 0 && check->live != (int)number;
    enum vtc_check_level level = idle ? VTC_CHECK_WARNING : VTC_CHECK_ERROR;
    const char *which = check->live < 0 ? "" : idle ? ", idle" : ", live";

    if (slot->files == VTC_CHECK_SLOT_GOOD) {
        vtc_check_add(check, parts[number], VTC_CHECK_GOOD,
                      "slot %c%s: version %s, all %u files good", letter, which,
                      slot->manifest.version, slot->file_count);
    } else if (slot->files == VTC_CHECK_SLOT_EMPTY && (idle || number)) {
        vtc_check_add(check, parts[number], idle ? VTC_CHECK_GOOD : VTC_CHECK_UNCHECKED,
                      "slot %c%s: empty, as before the first upgrade", letter, which);
    } else {
        vtc_check_add(check, parts[number], level, "slot %c%s: damaged: %s", letter, which,
                      slot->why);
        vtc_check_hint(check, "Mend it: ventoc repair %s", target->dev->path);
    }
    if (slot->core == VTC_CHECK_CORE_GOOD) {
        vtc_check_add(check, cores[number], VTC_CHECK_GOOD, "BIOS core of slot %c: good", letter);
    } else if (slot->core == VTC_CHECK_CORE_DAMAGED) {
        vtc_check_add(check, cores[number], level, "BIOS core of slot %c%s: damaged%s", letter,
                      which, idle ? "" : ": a BIOS will not boot this stick");
        vtc_check_hint(check, "Mend it: ventoc repair %s", target->dev->path);
    } else if (slot->text && !(check->record.flags & VTC_RECORD_NO_BIOS)) {
        vtc_check_add(check, cores[number], VTC_CHECK_UNCHECKED,
                      "BIOS core of slot %c: not compared, its manifest names no sum", letter);
    }
}

int vtc_check_slots(const struct vtc_target *target, struct vtc_check *check)
{
    int rc = 0;

    for (unsigned i = 0; !rc && i < VTC_SLOT_COUNT; i++)
        rc = look_at(target, check, i);
    for (unsigned i = 0; !rc && i < VTC_SLOT_COUNT; i++)
        say(target, check, i);
    return rc;
}
