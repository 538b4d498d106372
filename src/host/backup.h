/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keep what a plan is going to overwrite, in a file from which it can be restored. */
#ifndef VTC_HOST_BACKUP_H
#define VTC_HOST_BACKUP_H

#include "host/apply.h"
#include "host/plan.h"
#include "host/target.h"

struct vtc_backup {
    const char *path; /* the caller's; NULL: there is none */
    int fd;
    uint32_t range_count;
    uint64_t old_bytes, file_bytes; /* what it keeps, and how long it is */
};

/* Could path be a new file, and is it not on the disk that it is a backup of? Returns 0; -EEXIST,
 * -EXDEV (kind VTC_ERROR_REFUSED); -errno. */
int vtc_backup_check(const char *path, const struct vtc_device *dev, struct vtc_error *err);

/* vtc_backup_check(), and create it, for its owner only. Returns as that. */
int vtc_backup_create(struct vtc_backup *backup, const char *path, const struct vtc_device *dev,
                      struct vtc_error *err);

/* Count what would be kept: range_count and old_bytes. Returns 0 or -errno. */
int vtc_backup_count(struct vtc_backup *backup, const struct vtc_device *dev,
                     const struct vtc_plan *plan, struct vtc_error *err);

/*
 * Read every byte that the plan is going to overwrite, in whole sectors, and write it to the file;
 * then the file and its folder are flushed, and it is read back and checked. Nothing of the target
 * is written. operation: "install" ... (15 bytes at most). flags: VTC_BACKUP_UNDO when every state
 * between two stages of the plan is a good one. options: stop and progress (VTC_APPLY_SAVE).
 * Returns 0; -EINTR; -errno.
 */
int vtc_backup_save(struct vtc_backup *backup, const struct vtc_target *target,
                    const struct vtc_plan *plan, const char *operation, uint32_t flags,
                    const struct vtc_apply_options *options, struct vtc_error *err);

/* Close it; remove: it is not needed, as nothing of the target was written. */
void vtc_backup_close(struct vtc_backup *backup, int remove);

#endif
