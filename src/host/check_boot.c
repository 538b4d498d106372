/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot code in sector 0: which core it starts, and whether it is what was installed. */
#include "host/check.h"

#include <string.h>

#include "host/bootcode.h"
#include "host/stick.h"

/* The boot sector that belongs to the stick's version, when that is the one at hand. */
static const struct vtc_payload_image *known_boot(const struct vtc_check *check,
                                                  const struct vtc_payload *payload)
{
    struct vtc_manifest_entry here, there;
    int slot = check->boot_slot;

    if (!payload || !payload->boot.bytes || slot < 0 || !check->slot[slot].text ||
        vtc_manifest_find(&payload->manifest, VTC_MANIFEST_IMAGE, "boot.img", &here) ||
        vtc_manifest_find(&check->slot[slot].manifest, VTC_MANIFEST_IMAGE, "boot.img", &there) ||
        memcmp(here.sha256, there.sha256, sizeof(here.sha256)) != 0)
        return NULL;
    return &payload->boot;
}

static void compare(const struct vtc_check *check, const struct vtc_payload_image *boot,
                    enum vtc_check_code *code)
{
    uint8_t want[512];

    memcpy(want, check->sector0, sizeof(want));
    *code =
        !vtc_bootcode_patch_boot(boot->bytes, boot->count,
                                 vtc_check_core_lba512(check, (unsigned)check->boot_slot), want) &&
                memcmp(want, check->sector0, sizeof(want)) == 0
            ? VTC_CHECK_CODE_GOOD
            : VTC_CHECK_CODE_BAD;
}

static void bad(struct vtc_check *check, const struct vtc_target *target, const char *what)
{
    check->code = VTC_CHECK_CODE_BAD;
    vtc_check_add(check, "boot_code", VTC_CHECK_ERROR, "the boot code in sector 0 %s", what);
    vtc_check_hint(check, "Mend it: ventoc repair %s", target->dev->path);
}

void vtc_check_boot(const struct vtc_target *target, const struct vtc_payload *payload,
                    struct vtc_check *check)
{
    const uint8_t *s = check->sector0;
    const struct vtc_payload_image *boot;
    char letter;

    if (check->record.flags & VTC_RECORD_NO_BIOS) {
        check->code = VTC_CHECK_CODE_NONE;
        return;
    }
    if (check->boot_slot < 0) {
        bad(check, target, "starts no BIOS core of this stick: a BIOS will not boot it");
        return;
    }
    if (s[VTC_BOOT_DRIVE_CHECK] != 0x90 || s[VTC_BOOT_DRIVE_CHECK + 1] != 0x90) {
        bad(check, target, "is damaged");
        return;
    }
    boot = known_boot(check, payload);
    check->code = VTC_CHECK_CODE_UNKNOWN;
    if (boot)
        compare(check, boot, &check->code);
    letter = vtc_stick_slot_letter((unsigned)check->boot_slot);
    if (check->code == VTC_CHECK_CODE_BAD) {
        bad(check, target, "is not what was installed");
    } else if (check->live >= 0 && check->live != check->boot_slot) {
        vtc_check_add(check, "boot_code", VTC_CHECK_WARNING,
                      "a BIOS starts slot %c, UEFI slot %c: an upgrade did not end", letter,
                      vtc_stick_slot_letter((unsigned)check->live));
        vtc_check_hint(check, "Mend it: ventoc repair %s", target->dev->path);
    } else if (check->code == VTC_CHECK_CODE_UNKNOWN) {
        vtc_check_add(
            check, "boot_code", VTC_CHECK_UNCHECKED,
            "the boot code starts slot %c; its bytes were not compared, as the boot files "
            "of that version are not installed here",
            letter);
    } else {
        vtc_check_add(check, "boot_code", VTC_CHECK_GOOD,
                      "the boot code is good, and starts slot %c", letter);
    }
}
