/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/stick.h"

static struct vtc_check_item spare; /* where there is no memory at all */

const char *vtc_check_level_name(enum vtc_check_level level)
{
    static const char *const names[VTC_CHECK_LEVELS] = {"good", "unchecked", "warning", "error"};

    return names[level];
}

static struct vtc_check_item *last_item(struct vtc_check *check)
{
    return check->count ? &check->item[check->count - 1] : &spare;
}

void vtc_check_add(struct vtc_check *check, const char *part, enum vtc_check_level level,
                   const char *format, ...)
{
    struct vtc_check_item *item;
    va_list args;

    if (check->count == check->capacity) {
        size_t capacity = check->capacity ? check->capacity * 2 : 32;
        struct vtc_check_item *grown = reallocarray(check->item, capacity, sizeof(*grown));

        if (grown) {
            check->item = grown;
            check->capacity = capacity;
        }
    }
    if (check->count < check->capacity)
        check->count++;
    item = last_item(check);
    item->part = part;
    item->level = level;
    item->hint[0] = '\0';
    check->level_count[level]++;
    va_start(args, format);
    vsnprintf(item->text, sizeof(item->text), format, args);
    va_end(args);
}

void vtc_check_hint(struct vtc_check *check, const char *format, ...)
{
    struct vtc_check_item *item = last_item(check);
    va_list args;

    va_start(args, format);
    vsnprintf(item->hint, sizeof(item->hint), format, args);
    va_end(args);
}

uint32_t vtc_check_core_lba512(const struct vtc_check *check, unsigned slot)
{
    return vtc_core_lba512(slot, !!(check->record.flags & VTC_RECORD_GPT));
}

int vtc_check_slot_is_good(const struct vtc_check *check, unsigned slot)
{
    const struct vtc_check_slot *s = &check->slot[slot];

    return s->files == VTC_CHECK_SLOT_GOOD &&
           (check->record.flags & VTC_RECORD_NO_BIOS || s->core != VTC_CHECK_CORE_DAMAGED);
}

/* Does the device still fit the record? */
static void check_disk(const struct vtc_target *target, struct vtc_check *check)
{
    const struct vtc_device *dev = target->dev;
    const struct vtc_record *record = &check->record;

    if (dev->kind != VTC_DEVICE_FILE && dev->sector_bytes != record->sector_bytes) {
        vtc_check_add(check, "disk", VTC_CHECK_ERROR,
                      "it was installed for sectors of %u bytes, but has sectors of %u",
                      record->sector_bytes, dev->sector_bytes);
        vtc_check_hint(check, "Was it copied from a disk of another kind? Install this one anew: "
                              "ventoc -I (this erases its files).");
    }
    if (record->data_off + record->data_bytes > dev->bytes) {
        vtc_check_add(check, "disk", VTC_CHECK_ERROR,
                      "it is smaller than the disk that was installed to: its end is missing");
        vtc_check_hint(check, "Copy it again to a disk that is at least as large.");
    }
}

int vtc_check_stick(const struct vtc_target *target, const struct vtc_payload *payload,
                    struct vtc_check *check, struct vtc_error *err)
{
    int rc;

    memset(check, 0, sizeof(*check));
    check->gpt_used = check->live = check->boot_slot = -1;
    rc = vtc_stick_read_record(target, &check->record, err);
    if (rc)
        return rc;
    vtc_check_record(target, check);
    check_disk(target, check);
    rc = vtc_check_table(target, check);
    if (!rc)
        rc = vtc_check_slots(target, check);
    if (!rc)
        rc = vtc_check_secure(target, check);
    if (!rc)
        vtc_check_boot(target, payload, check);
    else
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "out of memory");
    return rc;
}

void vtc_check_free(struct vtc_check *check)
{
    for (unsigned i = 0; i < 2; i++)
        vtc_gptcopy_free(&check->gpt[i]);
    for (unsigned i = 0; i < VTC_SLOT_COUNT; i++)
        free(check->slot[i].text);
    free(check->item);
    memset(check, 0, sizeof(*check));
}
