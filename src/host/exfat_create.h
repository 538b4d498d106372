/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plan a new file on an exFAT volume that is not mounted. */
#ifndef VTC_HOST_EXFAT_CREATE_H
#define VTC_HOST_EXFAT_CREATE_H

#include "host/exfat_volume.h"
#include "host/plan.h"

struct vtc_exfat_created {
    uint32_t pieces;     /* the file lies in so many */
    uint64_t free_bytes; /* left on the volume */
    unsigned meta_stage; /* the first stage of the plan that changes what the volume says */
};

/* Is there room for a file of bytes? Returns 0 or -ENOSPC (kind VTC_ERROR_REFUSED). */
int vtc_exfat_create_room(const struct vtc_exfat_volume *volume, uint64_t bytes,
                          struct vtc_error *err);

/*
 * Plan the file path ("/folder/name", UTF-8) of bytes, with what is in fd (a sparse file, which
 * the plan takes over also on failure): only its data is written, the rest of the file is what was
 * on the disk before. The folder must be there, the name free, and what the volume calls free must
 * be so (vtc_exfat_check_used()).
 *
 * Stages: the content, into clusters that are free; VolumeDirty (exFAT section 3.1.13.2) is set;
 * bitmap and FAT; the folder is made longer when it is full; the entry set but for its first
 * entry, which brings it to life; that entry; VolumeDirty is cleared. Cut anywhere: before the
 * last stages the volume is as it was but for clusters that nothing uses.
 *
 * Changes volume in memory as well: it is what the plan leads to. Returns 0; -EEXIST, -ENOSPC
 * (kind VTC_ERROR_REFUSED), -ENOENT, -EBADMSG, -errno.
 */
int vtc_exfat_create_plan(struct vtc_exfat_volume *volume, const char *path, int fd, uint64_t bytes,
                          struct vtc_plan *plan, struct vtc_exfat_created *created,
                          struct vtc_error *err);

#endif
