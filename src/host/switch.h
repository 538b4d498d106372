/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plan the writes that decide which slot starts. */
#ifndef VTC_HOST_SWITCH_H
#define VTC_HOST_SWITCH_H

#include "host/payload.h"
#include "host/plan.h"
#include "host/stick.h"
#include "host/target.h"

/*
 * Plan the switch to a slot: MBR with one write of sector 0; GPT with the backup, the primary and
 * then sector 0, each a stage of its own. boot: GRUB's boot sector; where it is empty (bytes NULL)
 * the boot code that is on the stick stays and is pointed to the slot's core. Returns 0 or -errno.
 */
int vtc_switch_plan(const struct vtc_target *target, const struct vtc_stick *stick,
                    const struct vtc_payload_image *boot, unsigned slot, struct vtc_plan *plan,
                    struct vtc_error *err);

enum vtc_switch_mend {
    VTC_SWITCH_TABLES,    /* the two copies of a GPT */
    VTC_SWITCH_BOOT_SLOT, /* and a boot sector that leads to another slot than the table */
    VTC_SWITCH_BOOT_CODE, /* and a boot sector with other code than boot's */
};

/*
 * Plan what a switch that was cut off did not get to, so that the live slot is the only one that is
 * in use: before the other slot is written to and before the next switch, which otherwise could leave
 * a GPT without a good copy when it is cut off, too. Each write is a stage of its own, the copy that
 * is not valid first. Nothing is planned where all is as it should be. Returns 0 or -errno.
 */
int vtc_switch_mend(const struct vtc_target *target, const struct vtc_stick *stick,
                    const struct vtc_payload_image *boot, enum vtc_switch_mend what,
                    struct vtc_plan *plan, struct vtc_error *err);

#endif
