/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/repair.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/fdio.h"
#include "host/stick.h"
#include "host/version.h"

#define COMPARE_BYTES 4096u

static const char payload_hint[] = "Install ventoc of that version or a newer one with its boot "
                                   "files, or name their directory: --payload DIR";

void vtc_repair_refuse(struct vtc_repair_job *job, const char *part, const char *hint,
                       const char *format, ...)
{
    struct vtc_repair_refusal *refusal;
    va_list args;

    if (job->repair->refusal_count == VTC_REPAIR_REFUSALS_MAX)
        return;
    refusal = &job->repair->refusal[job->repair->refusal_count++];
    refusal->part = part;
    snprintf(refusal->hint, sizeof(refusal->hint), "%s", hint);
    va_start(args, format);
    vsnprintf(refusal->text, sizeof(refusal->text), format, args);
    va_end(args);
}

int vtc_repair_difference(struct vtc_repair_job *job, uint64_t off, const uint8_t *want,
                          size_t bytes, const char *reason)
{
    size_t first = 0, run = 0; /* a piece that differs: where, and how long so far */
    uint8_t have[COMPARE_BYTES];
    int rc = 0;

    for (size_t at = 0; !rc && at < bytes; at += COMPARE_BYTES) {
        size_t n = bytes - at < COMPARE_BYTES ? bytes - at : COMPARE_BYTES;

        /* What cannot be read may well be written: flash maps a bad block anew. */
        if (vtc_fdio_read(job->target->fd, off + at, have, n) || memcmp(have, want + at, n) != 0) {
            first = run ? first : at;
            run = at + n - first;
            continue;
        }
        rc = vtc_plan_add_memory(job->plan, off + first, want + first, run, reason);
        run = 0;
    }
    return rc ? rc : vtc_plan_add_memory(job->plan, off + first, want + first, run, reason);
}

/* ---- the record ---------------------------------------------------------------------------- */

static int repair_record(struct vtc_repair_job *job)
{
    const struct vtc_check *check = job->check;
    unsigned good = check->record_rc[0] ? 1 : 0;
    uint32_t bytes = check->record.sector_bytes;
    uint8_t *sector;
    int rc;

    if (!check->record_rc[0] && !check->record_rc[1] && !check->records_differ)
        return 0;
    sector = malloc(bytes);
    if (!sector)
        return -ENOMEM;
    rc = vtc_plan_own_memory(job->plan, sector);
    if (!rc)
        rc = vtc_fdio_read(job->target->fd, check->record_off[good], sector, bytes);
    return rc ? rc
              : vtc_plan_add_memory(job->plan, check->record_off[!good], sector, bytes,
                                    good ? "stick record, from its second copy"
                                         : "stick record's second copy, from the first");
}

/* ---- which slot, and from where ------------------------------------------------------------ */

/* Can a slot be copied? Its core's length has to be known. */
static int is_source(const struct vtc_check *check, unsigned slot)
{
    return vtc_check_slot_is_good(check, slot) && (check->record.flags & VTC_RECORD_NO_BIOS ||
                                                   check->slot[slot].core == VTC_CHECK_CORE_GOOD);
}

static int is_damaged(const struct vtc_check *check, unsigned slot)
{
    return check->slot[slot].files != VTC_CHECK_SLOT_EMPTY && !vtc_check_slot_is_good(check, slot);
}

int vtc_repair_can_install(const struct vtc_repair_job *job, unsigned slot)
{
    const struct vtc_check_slot *s = &job->check->slot[slot];

    return job->payload && job->payload->slot.bytes &&
           (!s->text ||
            vtc_version_compare(job->payload->manifest.version, s->manifest.version) >= 0);
}

static unsigned live_now(const struct vtc_check *check)
{
    if (check->live >= 0)
        return (unsigned)check->live;
    if (check->boot_slot >= 0)
        return (unsigned)check->boot_slot;
    return vtc_check_slot_is_good(check, 1) && !vtc_check_slot_is_good(check, 0);
}

int vtc_repair_needs_slot_image(const struct vtc_check *check)
{
    unsigned live = live_now(check), other = !live;

    if (vtc_check_slot_is_good(check, live))
        return is_damaged(check, other) && !is_source(check, live);
    return !vtc_check_slot_is_good(check, other) || !is_source(check, other);
}

/* Make the slot good that will be live, and mend the other one when the table has been changed. */
static int repair_slots(struct vtc_repair_job *job)
{
    const struct vtc_check *check = job->check;
    unsigned live = job->repair->old_live, idle = !live;
    int from_payload = 0, rc = 0;

    if (vtc_check_slot_is_good(check, live)) {
        job->repair->live = live;
    } else if (vtc_check_slot_is_good(check, idle)) {
        job->repair->live = idle;
    } else if (vtc_repair_can_install(job, live) && vtc_repair_can_install(job, idle)) {
        job->repair->live = idle;
        from_payload = 1;
        rc = vtc_repair_slot(job, idle, 1);
    } else {
        job->repair->live = live;
        vtc_repair_refuse(
            job, live ? "slot_b" : "slot_a", payload_hint,
            "neither boot slot is good, and boot files of the same or a newer version "
            "are not installed here");
        return vtc_repair_table(job);
    }
    vtc_plan_barrier(job->plan);
    if (!rc)
        rc = vtc_repair_table(job);
    vtc_plan_barrier(job->plan);
    idle = !job->repair->live;
    if (!job->repair->table.data_bytes) /* it could not be switched to */
        job->repair->live = live;
    if (rc || !is_damaged(check, idle))
        return rc;
    if (from_payload || is_source(check, !idle))
        return vtc_repair_slot(job, idle, from_payload);
    if (vtc_repair_can_install(job, idle))
        return vtc_repair_slot(job, idle, 1);
    vtc_repair_refuse(job, idle ? "slot_b" : "slot_a", payload_hint,
                      "boot slot %c is damaged, and boot files of the same or a newer version are "
                      "not installed here",
                      vtc_stick_slot_letter(idle));
    return 0;
}

/* ---- all ----------------------------------------------------------------------------------- */

/* Whatever was planned, nothing of it may lie on the data partition. */
static int stays_clear(const struct vtc_repair_job *job)
{
    const struct vtc_record *record = &job->check->record;
    uint64_t end = record->data_off + record->data_bytes;

    if (job->check->entry_good[0] && job->check->entry[0].bytes > record->data_bytes)
        end = record->data_off + job->check->entry[0].bytes;
    for (size_t i = 0; i < job->plan->count; i++) {
        const struct vtc_plan_entry *e = &job->plan->entry[i];

        if (e->off < end && e->off + e->bytes > record->data_off)
            return 0;
    }
    return 1;
}

int vtc_repair_plan(const struct vtc_target *target, const struct vtc_check *check,
                    const struct vtc_payload *payload, struct vtc_plan *plan,
                    struct vtc_repair *repair, struct vtc_error *err)
{
    struct vtc_repair_job job = {target, check, payload, 0, plan, repair, err};
    const struct vtc_record *record = &check->record;
    int rc;

    memset(repair, 0, sizeof(*repair));
    if (err)
        err->kind = VTC_ERROR_NONE;
    repair->old_live = repair->live = live_now(check);
    if ((target->dev->kind != VTC_DEVICE_FILE &&
         target->dev->sector_bytes != record->sector_bytes) ||
        record->data_off + record->data_bytes > target->dev->bytes) {
        vtc_repair_refuse(&job, "disk",
                          "Copy it again, to a disk of the same kind that is at least "
                          "as large.",
                          "the stick was installed to a larger disk, or one with other sectors");
        return 0;
    }
    if (vtc_repair_is_foreign(&job, &rc) || rc)
        return rc;
    rc = repair_record(&job);
    if (!rc)
        rc = repair_slots(&job);
    if (!rc && !stays_clear(&job))
        rc = vtc_error_set(err, VTC_ERROR_REFUSED, -EINVAL, NULL,
                           "%s: the repair would touch the data partition: not done",
                           target->dev->path);
    if (rc && err && err->kind == VTC_ERROR_NONE)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot plan the repair: %s",
                      target->dev->path, strerror(-rc));
    return rc;
}
