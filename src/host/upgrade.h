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
 * Plan all writes. The idle slot gets those pieces of the payload that differ from what it holds;
 * when they are on the medium and verified, the table is switched: MBR with one write of sector 0;
 * GPT with the backup, the primary and then sector 0, each a stage of its own. Nothing else is
 * written. Where only the last step of a switch is missing, that step is planned. payload must outlive the plan. Returns 0 or -errno.
 */
int vtc_upgrade_plan(const struct vtc_target *target, const struct vtc_stick *stick,
                     const struct vtc_payload *payload, struct vtc_plan *plan,
                     struct vtc_upgrade *upgrade, struct vtc_error *err);

#endif
