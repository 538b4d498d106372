/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in the boot slots, compared with the manifest that each of them holds. */
#include "host/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/slot.h"
#include "host/stick.h"

static int is_zero(const uint8_t *p, size_t bytes)
{
    while (bytes && !p[bytes - 1])
        bytes--;
    return !bytes;
}

static int read_manifest(struct vtc_slot *open, struct vtc_check_slot *slot)
{
    int rc = vtc_slot_read_manifest(open);

    if (rc == -ENOMEM)
        return rc;
    if (rc)
        snprintf(slot->why, sizeof(slot->why), "%s",
                 rc == -ENOENT ? "it has no manifest" : "its manifest is damaged");
    slot->text = open->text;
    slot->manifest = open->manifest;
    open->text = NULL;
    return 0;
}

static int check_files(const struct vtc_slot *open, struct vtc_check_slot *slot)
{
    struct vtc_manifest_entry e;
    unsigned bad = 0;

    for (uint32_t i = 0; !vtc_manifest_entry(&slot->manifest, i, &e); i++) {
        int rc;

        if (e.kind != VTC_MANIFEST_FILE)
            continue;
        slot->file_count++;
        rc = vtc_slot_check_file(open, &e);
        if (rc == -ENOMEM)
            return rc;
        if (rc && !bad++)
            snprintf(slot->why, sizeof(slot->why), "%s is damaged or missing", e.name);
    }
    if (bad > 1)
        snprintf(slot->why + strlen(slot->why), sizeof(slot->why) - strlen(slot->why),
                 ", and %u more", bad - 1);
    if (!bad)
        slot->files = VTC_CHECK_SLOT_GOOD;
    return 0;
}

static int check_core(int fd, uint32_t lba512, struct vtc_check_slot *slot)
{
    struct vtc_manifest_entry e;
    int rc;

    if (!slot->text || vtc_manifest_find(&slot->manifest, VTC_MANIFEST_IMAGE, "core.img", &e))
        return 0;
    rc = vtc_slot_check_core(fd, lba512, &e);
    if (rc == -ENOMEM)
        return rc;
    slot->core = rc ? VTC_CHECK_CORE_DAMAGED : VTC_CHECK_CORE_GOOD;
    if (rc != -EINVAL)
        slot->core_bytes = e.bytes;
    return 0;
}

static int look_at(const struct vtc_target *target, struct vtc_check *check, unsigned number)
{
    struct vtc_check_slot *slot = &check->slot[number];
    uint64_t off = check->record.slot_off[number];
    struct vtc_slot open;
    uint8_t first[4096];
    int rc;

    slot->files = VTC_CHECK_SLOT_DAMAGED;
    if (vtc_fdio_read(target->fd, off, first, sizeof(first))) {
        snprintf(slot->why, sizeof(slot->why), "it cannot be read");
        return 0;
    }
    if (is_zero(first, sizeof(first))) {
        slot->files = VTC_CHECK_SLOT_EMPTY;
        snprintf(slot->why, sizeof(slot->why), "it is empty");
        return 0;
    }
    if (vtc_slot_open(&open, target->fd, off, check->record.slot_bytes)) {
        snprintf(slot->why, sizeof(slot->why), "its file system is damaged");
        return 0;
    }
    rc = read_manifest(&open, slot);
    if (!rc && slot->text)
        rc = check_files(&open, slot);
    if (!rc && !(check->record.flags & VTC_RECORD_NO_BIOS))
        rc = check_core(target->fd, vtc_check_core_lba512(check, number), slot);
    vtc_slot_close(&open);
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
