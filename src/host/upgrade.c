/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/upgrade.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/bootcode.h"
#include "host/fdio.h"
#include "host/table.h"

#define COMPARE_BYTES 4096u          /* unit in which differences are found */
#define READ_BYTES    (1024u * 1024) /* one read */

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

/* Differences of a slot's boot files and core image. */
static int plan_slot(int fd, unsigned slot, int gpt, const struct vtc_payload *payload,
                     struct vtc_plan *plan)
{
    size_t bytes = vtc_bootcode_core_bytes(payload->core.count);
    uint32_t lba512 = vtc_core_lba512(slot, gpt);
    uint8_t *core;
    int rc = plan_difference(fd, vtc_slot_off(slot), payload->slot.bytes, payload->slot.count, plan,
                             slot ? "boot files, slot B" : "boot files, slot A");

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

/* Does a slot hold exactly this payload already? */
static int slot_is_current(int fd, unsigned slot, int gpt, const struct vtc_payload *payload,
                           int *current)
{
    struct vtc_plan difference;
    int rc;

    vtc_plan_init(&difference);
    rc = plan_slot(fd, slot, gpt, payload, &difference);
    *current = difference.count == 0;
    vtc_plan_free(&difference);
    return rc;
}

/* Does sector 0 hold this payload's boot code, and start this slot's core image? */
static int boot_is_current(int fd, unsigned slot, int gpt, const struct vtc_payload *payload,
                           int *current)
{
    uint8_t have[512], want[512];
    int rc;

    *current = 1;
    if (!payload->boot.bytes)
        return 0;
    rc = vtc_fdio_read(fd, 0, have, sizeof(have));
    if (rc)
        return rc;
    memcpy(want, have, sizeof(want));
    rc = vtc_bootcode_patch_boot(payload->boot.bytes, payload->boot.count,
                                 vtc_core_lba512(slot, gpt), want);
    *current = memcmp(have, want, sizeof(have)) == 0;
    return rc;
}

static int plan_switch(const struct vtc_target *target, const struct vtc_stick *stick,
                       const struct vtc_payload *payload, unsigned slot, struct vtc_plan *plan,
                       struct vtc_error *err)
{
    uint32_t sector = stick->record.sector_bytes;
    struct vtc_table_sectors s;
    int rc = vtc_table_move_slot(target->fd, target->dev->path, target->dev->bytes, sector,
                                 stick->record.slot_off[slot], stick->record.slot_bytes, &s, err);

    if (rc)
        return rc;
    if (payload->boot.bytes)
        rc = vtc_bootcode_patch_boot(payload->boot.bytes, payload->boot.count,
                                     vtc_core_lba512(slot, stick->gpt), s.head);
    if (rc) {
        vtc_table_free(&s);
        return rc;
    }
    rc = vtc_plan_own_memory(plan, s.head);
    if (rc) {
        free(s.tail);
        return rc;
    }
    rc = vtc_plan_own_memory(plan, s.tail);
    if (!rc && s.tail_bytes) {
        rc = vtc_plan_add_memory(plan, s.tail_off, s.tail, s.tail_bytes, "backup GPT switched");
        vtc_plan_barrier(plan);
        if (!rc)
            rc = vtc_plan_add_memory(plan, sector, s.head + sector, s.head_bytes - sector,
                                     "GPT switched");
        vtc_plan_barrier(plan);
    }
    if (!rc)
        rc = vtc_plan_add_memory(plan, 0, s.head, sector,
                                 stick->gpt ? "boot sector switched"
                                            : "boot sector and partition table switched");
    return rc;
}

int vtc_upgrade_plan(const struct vtc_target *target, const struct vtc_stick *stick,
                     const struct vtc_payload *payload, struct vtc_plan *plan,
                     struct vtc_upgrade *upgrade, struct vtc_error *err)
{
    int slot_current = 0, boot_current = 0, rc;

    memset(upgrade, 0, sizeof(*upgrade));
    if (err)
        err->kind = VTC_ERROR_NONE;
    rc = slot_is_current(target->fd, stick->live, stick->gpt, payload, &slot_current);
    if (!rc)
        rc = boot_is_current(target->fd, stick->live, stick->gpt, payload, &boot_current);
    upgrade->up_to_date = !rc && slot_current && boot_current;
    upgrade->to_slot = slot_current ? stick->live : !stick->live;
    if (upgrade->up_to_date)
        return 0;
    if (!rc)
        rc = plan_slot(target->fd, upgrade->to_slot, stick->gpt, payload, plan);
    vtc_plan_barrier(plan);
    upgrade->switch_stage = plan->stage;
    if (!rc)
        rc = plan_switch(target, stick, payload, upgrade->to_slot, plan, err);
    if (rc && err && err->kind == VTC_ERROR_NONE)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot plan the upgrade: %s",
                      target->dev->path, strerror(-rc));
    return rc;
}
