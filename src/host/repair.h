/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plan to mend a stick from what is good of it. The data partition is never written to. */
#ifndef VTC_HOST_REPAIR_H
#define VTC_HOST_REPAIR_H

#include "host/check.h"
#include "host/plan.h"

#define VTC_REPAIR_REFUSALS_MAX 8u

/* A part that is damaged and cannot be mended, why, and what to do. */
struct vtc_repair_refusal {
    const char *part; /* as in struct vtc_check_item */
    char text[320], hint[256];
};

struct vtc_repair {
    unsigned old_live, live;     /* slots: before, and after the plan */
    struct vtc_table_spec table; /* as it will be; data_bytes 0 when it stays as it is, damaged */
    unsigned refusal_count;
    struct vtc_repair_refusal refusal[VTC_REPAIR_REFUSALS_MAX];
};

/*
 * Plan all writes. The order is that of an upgrade: a slot is whole, on the medium and verified
 * before table and boot sector name it; the slot that was left is mended last.
 * - Record: a damaged copy from the good one.
 * - GPT: primary from backup and the other way round; both from the record when neither is good.
 *   Entries 1 and 2, and the MBR, from the record. A disk that was partitioned anew for something
 *   else is left alone as a whole; entry 1 is made only where its file system is found.
 * - Slots: a damaged idle one as a copy of the live one. A damaged live one: the idle one becomes
 *   live if it is good; else boot files of the same or a newer version are installed.
 * - Boot code: from the boot files.
 * check: of vtc_check_stick(). payload: boot files that are installed, or NULL; without a slot image they
 * are not for slots. Both outlive the plan. Returns 0 also when something cannot be mended (repair->refusal); -errno.
 */
int vtc_repair_plan(const struct vtc_target *target, const struct vtc_check *check,
                    const struct vtc_payload *payload, struct vtc_plan *plan,
                    struct vtc_repair *repair, struct vtc_error *err);

/* Will vtc_repair_plan() need boot files to put into a slot? */
int vtc_repair_needs_slot_image(const struct vtc_check *check);

/* ---- its parts ---- */

struct vtc_repair_job {
    const struct vtc_target *target;
    const struct vtc_check *check;
    const struct vtc_payload *payload; /* or NULL; its slot image may be missing */
    uint64_t data_bytes;               /* of entry 1, when it has to be made anew */
    struct vtc_plan *plan;
    struct vtc_repair *repair;
    struct vtc_error *err;
};

/* Is the disk somebody else's by now? Then that is refused; *rc: 0 or -errno. */
int vtc_repair_is_foreign(struct vtc_repair_job *job, int *rc);

void vtc_repair_refuse(struct vtc_repair_job *job, const char *part, const char *hint,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Are there boot files, of the version in this slot (as far as that is known) or newer? */
int vtc_repair_can_install(const struct vtc_repair_job *job, unsigned slot);

/* Plan what of want[0..bytes) differs from the target at off. want is the plan's or outlives it. */
int vtc_repair_difference(struct vtc_repair_job *job, uint64_t off, const uint8_t *want,
                          size_t bytes, const char *reason);

/* A slot's files and core, as a copy of the other slot's (from the payload when from_payload).
 * Return 0 or -errno. */
int vtc_repair_slot(struct vtc_repair_job *job, unsigned slot, int from_payload);

/* Table, boot code and with them the live slot, which repair->live names. */
int vtc_repair_table(struct vtc_repair_job *job);

#endif
