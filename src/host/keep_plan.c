/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/bootcode.h"
#include "host/fssize.h"
#include "host/keep.h"
#include "host/plan_record.h"
#include "host/upgrade.h"

#define SLOT_ZERO_BYTES (64u * 1024)

/* The place of the boot files must not be the file system's any more. */
static int check_shrunk(const struct vtc_target *target, const struct vtc_keep *keep,
                        struct vtc_error *err)
{
    uint64_t bytes;
    int rc;

    if (!keep->shorten)
        return 0;
    rc = vtc_fssize_read(target->fd, keep->shrink.off, keep->shrink_fs, &bytes);
    if (rc)
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL,
                             "%s: cannot tell how long its file system (%s) is: %s",
                             target->dev->path, keep->shrink_fs, strerror(-rc));
    if (bytes > keep->shrink.new_bytes)
        return vtc_error_set(err, VTC_ERROR_FAILED, -EBUSY, NULL,
                             "%s: its file system (%s) has not become small enough",
                             target->dev->path, keep->shrink_fs);
    return 0;
}

static int plan_table(const struct vtc_target *target, const struct vtc_keep *keep,
                      const struct vtc_payload *payload, struct vtc_plan *plan,
                      struct vtc_error *err)
{
    struct vtc_table_added added = {keep->record.slot_off[0], keep->record.slot_bytes,
                                    keep->shorten, keep->shrink.new_bytes};
    uint32_t sector = keep->record.sector_bytes;
    struct vtc_table_sectors s;
    int rc = vtc_table_add_slot(target->fd, target->dev->path, target->dev->bytes, sector, &added,
                                &s, err);

    if (rc)
        return rc;
    if (payload->boot.bytes)
        rc = vtc_bootcode_patch_boot(payload->boot.bytes, payload->boot.count,
                                     vtc_core_lba512(0, keep->gpt), s.head);
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
        rc = vtc_plan_add_memory(plan, s.tail_off, s.tail, s.tail_bytes, "backup GPT");
        vtc_plan_barrier(plan);
        if (!rc)
            rc = vtc_plan_add_memory(plan, sector, s.head + sector, s.head_bytes - sector, "GPT");
        vtc_plan_barrier(plan);
    }
    return rc ? rc
              : vtc_plan_add_memory(plan, 0, s.head, sector,
                                    keep->gpt ? "boot sector" : "boot sector and partition table");
}

int vtc_keep_plan(const struct vtc_target *target, const struct vtc_keep *keep,
                  const struct vtc_payload *payload, struct vtc_plan *plan, struct vtc_error *err)
{
    struct vtc_stick stick = {.record = keep->record, .gpt = keep->gpt};
    int rc = check_shrunk(target, keep, err);

    if (rc)
        return rc;
    if (err)
        err->kind = VTC_ERROR_NONE;
    rc = vtc_plan_record(plan, &keep->record, -1, err);
    vtc_plan_barrier(plan);
    if (!rc)
        rc = vtc_upgrade_plan_slot(target->fd, &stick, 0, payload, plan);
    if (!rc)
        rc = vtc_plan_add_zero(plan, keep->record.slot_off[1], SLOT_ZERO_BYTES, "slot B emptied");
    vtc_plan_barrier(plan);
    if (!rc)
        rc = plan_table(target, keep, payload, plan, err);
    if (rc && err && err->kind == VTC_ERROR_NONE)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot plan the installation: %s",
                      target->dev->path, strerror(-rc));
    return rc;
}
