/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Make a stick of a disk and leave what is on it: the boot files come into a partition of their own. */
#ifndef VTC_HOST_KEEP_H
#define VTC_HOST_KEEP_H

#include "host/payload.h"
#include "host/plan.h"
#include "host/shrink.h"
#include "host/stick.h"
#include "host/table.h"
#include "host/target.h"

struct vtc_keep {
    struct vtc_record record; /* as it will be */
    int gpt;
    char data_fs[32];         /* the file system of the data partition, entry 1 */
    unsigned shorten;         /* number of the entry that gets shorter, 0: none */
    int shrinks;              /* its file system has to get smaller first */
    struct vtc_shrink shrink; /* how; points into the device and this */
    char shrink_fs[32];
    int has_boot_code;            /* sector 0 holds boot code that will be replaced */
    struct vtc_table_spec wanted; /* entries 1 and 2 in the end */
};

/*
 * Decide where everything goes: slot A and B in 32 MiB behind the last partition where there is room,
 * else the last partition gets that much shorter. Entry 1 becomes the data partition as it is. Refused
 * (kind VTC_ERROR_REFUSED), each by name: sectors of 4096 bytes, no table, an extended partition, an
 * entry 2 that is in use, a first partition that begins below 1 MiB, something in front of it (another
 * boot loader), a data partition whose file system the menu cannot read. An attempt that was cut off
 * leads to the same result. target may be open for reading only. Returns 0 or -errno.
 */
int vtc_keep_find(const struct vtc_target *target, struct vtc_keep *keep, struct vtc_error *err);

/*
 * Plan all writes. The file system that has to get smaller must be so by now, or it is refused. First
 * the record and slot A, in places that nothing uses; then a GPT's backup and primary; sector 0 is the
 * last. Until then the disk is what it was. payload: fitted to record.slot_bytes (vtc_payload_fit()),
 * must outlive the plan. Returns 0 or -errno.
 */
int vtc_keep_plan(const struct vtc_target *target, const struct vtc_keep *keep,
                  const struct vtc_payload *payload, struct vtc_plan *plan, struct vtc_error *err);

#endif
