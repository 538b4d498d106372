/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/slotcheck.h"

#include <errno.h>
#include <string.h>

#include "host/slot.h"

#define BAD(what, ...)  vtc_error_set(err, VTC_ERROR_FAILED, -EBADMSG, NULL, what, __VA_ARGS__)
#define FAIL(what, ...) vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, what, __VA_ARGS__)

/* The names in errors: path of the target, and the slot's letter. */
static int check_file(const struct vtc_slot *slot, const struct vtc_manifest_entry *entry,
                      const char *path, char letter, struct vtc_error *err)
{
    int rc = vtc_slot_check_file(slot, entry);

    switch (rc) {
    case 0:
        return 0;
    case -ENOENT:
        return BAD("%s: slot %c: /%s is missing or has another length", path, letter, entry->name);
    case -EIO:
        return BAD("%s: slot %c: /%s cannot be read", path, letter, entry->name);
    case -EBADMSG:
        return BAD("%s: slot %c: /%s is damaged", path, letter, entry->name);
    default:
        return FAIL("%s: %s", path, strerror(-rc));
    }
}

static int check_core(const struct vtc_slot *slot, int fd, uint32_t lba512, const char *path,
                      char letter, struct vtc_error *err)
{
    struct vtc_manifest_entry entry;
    int rc = -EINVAL;

    if (vtc_manifest_find(&slot->manifest, VTC_MANIFEST_IMAGE, "core.img", &entry) == 0)
        rc = vtc_slot_check_core(fd, lba512, &entry);
    switch (rc) {
    case 0:
        return 0;
    case -EINVAL:
        return BAD("%s: slot %c: its manifest does not name a BIOS core", path, letter);
    case -EBADMSG:
        return BAD("%s: slot %c: its BIOS core is damaged", path, letter);
    default:
        return FAIL("%s: cannot be read: %s", path, strerror(-rc));
    }
}

static int check_all(struct vtc_slot *slot, const struct vtc_target *target,
                     const struct vtc_stick *stick, unsigned number, struct vtc_error *err)
{
    const char *path = target->dev->path;
    char letter = vtc_stick_slot_letter(number);
    struct vtc_manifest_entry entry;
    int rc = vtc_slot_read_manifest(slot);

    if (rc == -ENOMEM)
        return FAIL("%s: %s", path, strerror(-rc));
    if (rc)
        return BAD("%s: slot %c has no manifest that can be read", path, letter);
    for (uint32_t i = 0; !rc && vtc_manifest_entry(&slot->manifest, i, &entry) == 0; i++)
        if (entry.kind == VTC_MANIFEST_FILE)
            rc = check_file(slot, &entry, path, letter, err);
    if (!rc && !(stick->record.flags & VTC_RECORD_NO_BIOS))
        rc = check_core(slot, target->fd, vtc_core_lba512(number, stick->gpt), path, letter, err);
    return rc;
}

int vtc_slotcheck(const struct vtc_target *target, const struct vtc_stick *stick, unsigned slot,
                  struct vtc_error *err)
{
    struct vtc_slot opened;
    int rc =
        vtc_slot_open(&opened, target->fd, stick->record.slot_off[slot], stick->record.slot_bytes);

    rc = rc ? BAD("%s: slot %c is empty", target->dev->path, vtc_stick_slot_letter(slot))
            : check_all(&opened, target, stick, slot, err);
    vtc_slot_close(&opened);
    return rc;
}
