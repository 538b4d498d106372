/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/upgrade.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/bootcode.h"
#include "host/fdio.h"
#include "host/slotcheck.h"
#include "host/switch.h"
#include "host/table.h"

#define COMPARE_BYTES 4096u          /* unit in which differences are found */
#define READ_BYTES    (1024u * 1024) /* one read */
#define PARTS_MAX     256u

/* Append the pieces of want[0..bytes) that differ from the target at off. */
static int plan_difference(int fd, uint64_t off, const uint8_t *want, size_t bytes,
                           struct vtc_plan *plan, const char *reason)
{
    uint8_t *have = malloc(READ_BYTES);
    size_t run = 0, run_bytes = 0; /* the piece being collected */
    int rc = have ? 0 : -ENOMEM;

    for (size_t at = 0; !rc && at < bytes; at += COMPARE_BYTES) {
        size_t n = bytes - at < COMPARE_BYTES ? bytes - at : COMPARE_BYTES;
        size_t inside = at % READ_BYTES;

        if (inside == 0) {
            size_t chunk = bytes - at < READ_BYTES ? bytes - at : READ_BYTES;

            rc = vtc_fdio_read(fd, off + at, have, chunk);
            if (rc)
                break;
        }
        if (memcmp(have + inside, want + at, n) != 0) {
            if (!run_bytes)
                run = at;
            run_bytes = at + n - run;
        } else if (run_bytes) {
            rc = vtc_plan_add_memory(plan, off + run, want + run, run_bytes, reason);
            run_bytes = 0;
        }
    }
    if (!rc)
        rc = vtc_plan_add_memory(plan, off + run, want + run, run_bytes, reason);
    free(have);
    return rc;
}

int vtc_upgrade_plan_slot(int fd, const struct vtc_stick *stick, unsigned slot,
                          const struct vtc_payload *payload, struct vtc_plan *plan)
{
    size_t bytes = vtc_bootcode_core_bytes(payload->core.count);
    uint32_t lba512 = vtc_core_lba512(slot, stick->gpt);
    uint8_t *core;
    int rc =
        plan_difference(fd, stick->record.slot_off[slot], payload->slot.bytes, payload->slot.count,
                        plan, slot ? "boot files, slot B" : "boot files, slot A");

    if (rc || !payload->core.bytes)
        return rc;
    core = malloc(bytes);
    if (!core)
        return -ENOMEM;
    rc = vtc_bootcode_patch_core(payload->core.bytes, payload->core.count, lba512, core);
    if (rc) {
        free(core);
        return rc;
    }
    rc = vtc_plan_own_memory(plan, core);
    return rc ? rc
              : plan_difference(fd, lba512 * 512ull, core, bytes, plan,
                                slot ? "BIOS core, slot B" : "BIOS core, slot A");
}

static int meets(const struct vtc_table_part *part, uint64_t off, uint64_t bytes)
{
    return part->off <= off ? off - part->off < part->bytes : part->off - off < bytes;
}

/* The table names the live slot only: the place of the other one and of the BIOS cores looks free to a
 * partitioning tool. */
static int is_clear(const struct vtc_target *target, const struct vtc_stick *stick,
                    struct vtc_error *err)
{
    const struct vtc_record *record = &stick->record;
    struct vtc_table_part part[PARTS_MAX];
    int count =
        vtc_table_list(target->fd, target->dev->path, record->sector_bytes, part, PARTS_MAX, err);

    for (int i = 0; i < count; i++)
        if (part[i].number != 2 &&
            (meets(&part[i], record->slot_off[0], record->slot_bytes) ||
             meets(&part[i], record->slot_off[1], record->slot_bytes) ||
             (!(record->flags & VTC_RECORD_NO_BIOS) && meets(&part[i], 0, VTC_MIB))))
            return vtc_error_set(err, VTC_ERROR_REFUSED, -EEXIST,
                                 "Save its files, then delete it or make it smaller with a "
                                 "partitioning tool.",
                                 "%s: partition %u lies where the boot files go", target->dev->path,
                                 part[i].number);
    return count < 0 ? count : 0;
}

/* Does the live slot hold exactly this payload already? */
static int slot_is_current(int fd, const struct vtc_stick *stick, const struct vtc_payload *payload,
                           int *current)
{
    struct vtc_plan difference;
    int rc;

    vtc_plan_init(&difference);
    rc = vtc_upgrade_plan_slot(fd, stick, stick->live, payload, &difference);
    *current = difference.count == 0;
    vtc_plan_free(&difference);
    return rc;
}

static int fail_plan(const struct vtc_target *target, int rc, const char *what,
                     struct vtc_error *err)
{
    if (rc && err && err->kind == VTC_ERROR_NONE)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot plan %s: %s", target->dev->path,
                      what, strerror(-rc));
    return rc;
}

int vtc_upgrade_plan(const struct vtc_target *target, const struct vtc_stick *stick,
                     const struct vtc_payload *payload, struct vtc_plan *plan,
                     struct vtc_upgrade *upgrade, struct vtc_error *err)
{
    int slot_current = 0, rc;

    memset(upgrade, 0, sizeof(*upgrade));
    if (err)
        err->kind = VTC_ERROR_NONE;
    rc = is_clear(target, stick, err);
    if (!rc)
        rc = slot_is_current(target->fd, stick, payload, &slot_current);
    /* What a switch that was cut off left: another slot in use than the one that will not be
     * written to. */
    if (!rc)
        rc = vtc_switch_mend(target, stick, &payload->boot,
                             slot_current ? VTC_SWITCH_BOOT_CODE : VTC_SWITCH_BOOT_SLOT, plan, err);
    upgrade->to_slot = slot_current ? stick->live : !stick->live;
    upgrade->up_to_date = !rc && slot_current && plan->count == 0;
    if (!rc && !slot_current) {
        rc = vtc_upgrade_plan_slot(target->fd, stick, upgrade->to_slot, payload, plan);
        vtc_plan_barrier(plan);
        upgrade->switch_stage = plan->stage;
        if (!rc)
            rc = vtc_switch_plan(target, stick, &payload->boot, upgrade->to_slot, plan, err);
    }
    return fail_plan(target, rc, "the upgrade", err);
}

int vtc_upgrade_plan_rollback(const struct vtc_target *target, const struct vtc_stick *stick,
                              struct vtc_plan *plan, struct vtc_upgrade *upgrade,
                              struct vtc_error *err)
{
    static const struct vtc_payload_image as_it_is;
    int rc;

    memset(upgrade, 0, sizeof(*upgrade));
    upgrade->to_slot = !stick->live;
    rc = is_clear(target, stick, err);
    if (rc)
        return rc;
    rc = vtc_slotcheck(target, stick, upgrade->to_slot, err);
    if (rc == -EBADMSG && err) {
        err->kind = VTC_ERROR_REFUSED;
        vtc_error_hint(err, "There is no older version to go back to: only the slot that is in use "
                            "can be started.");
    }
    if (rc)
        return rc;
    if (err)
        err->kind = VTC_ERROR_NONE;
    /* The boot sector is left alone until the switch: the slot in use may be why to go back. */
    rc = vtc_switch_mend(target, stick, &as_it_is, VTC_SWITCH_TABLES, plan, err);
    upgrade->switch_stage = plan->stage;
    if (!rc)
        rc = vtc_switch_plan(target, stick, &as_it_is, upgrade->to_slot, plan, err);
    return fail_plan(target, rc, "to switch back", err);
}
