/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plan the upgrade of a stick: write the idle slot, then switch over to it. */
#ifndef VTC_HOST_UPGRADE_H
#define VTC_HOST_UPGRADE_H

#include "host/payload.h"
#include "host/plan.h"
#include "host/stick.h"
#include "host/target.h"

struct vtc_upgrade {
    unsigned to_slot;      /* the slot that will be live */
    int up_to_date;        /* nothing to do: the live slot holds exactly this payload */
    unsigned switch_stage; /* plan stage from which on the new slot may be booted */
};

/*
 * Plan all writes. First what an earlier switch left to do (vtc_switch_mend()). Then the idle slot
 * gets those pieces of the payload that differ from what it holds; when they are on the medium and
 * verified, it is switched to (vtc_switch_plan()). Nothing else is written. Where the live slot holds
 * this payload already, only the mending is planned. payload must outlive the plan.
 * Returns 0; -EEXIST (kind VTC_ERROR_REFUSED) when a partition lies where slots or cores go; -errno.
 */
int vtc_upgrade_plan(const struct vtc_target *target, const struct vtc_stick *stick,
                     const struct vtc_payload *payload, struct vtc_plan *plan,
                     struct vtc_upgrade *upgrade, struct vtc_error *err);

/*
 * Plan the switch to the other slot as it is, when it is whole (vtc_slotcheck()). The live slot need
 * not be. Returns 0; -EBADMSG (kind VTC_ERROR_REFUSED) when it is not whole, -EEXIST as
 * above; -errno.
 */
int vtc_upgrade_plan_rollback(const struct vtc_target *target, const struct vtc_stick *stick,
                              struct vtc_plan *plan, struct vtc_upgrade *upgrade,
                              struct vtc_error *err);

/* Plan those pieces of a slot's boot files and core image that differ from what is there. fd: the
 * disk. payload must outlive the plan. Returns 0 or -errno. */
int vtc_upgrade_plan_slot(int fd, const struct vtc_stick *stick, unsigned slot,
                          const struct vtc_payload *payload, struct vtc_plan *plan);

#endif
