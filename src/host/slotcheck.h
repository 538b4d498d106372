/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is a boot slot whole? */
#ifndef VTC_HOST_SLOTCHECK_H
#define VTC_HOST_SLOTCHECK_H

#include "host/stick.h"
#include "host/target.h"

/*
 * Read everything in a slot and compare it with the slot's own manifest: each file by length and
 * SHA-256, and, on a stick that boots on a BIOS, the core image, whose block list
 * (vtc_bootcode_patch_core()) is taken for what it was before it was filled in and has to lead to
 * the core itself. Returns 0; -EBADMSG with what is wrong in err; -errno.
 */
int vtc_slotcheck(const struct vtc_target *target, const struct vtc_stick *stick, unsigned slot,
                  struct vtc_error *err);

#endif
