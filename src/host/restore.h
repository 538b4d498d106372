/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plan to put back what a backup file keeps. */
#ifndef VTC_HOST_RESTORE_H
#define VTC_HOST_RESTORE_H

#include "host/backup_file.h"
#include "host/plan.h"
#include "host/target.h"

/* Is it the disk that the backup is of: same size, same serial number? Returns 0 or -ESTALE (kind
 * VTC_ERROR_REFUSED). A disk that is too short for the backup: -ENOSPC, whatever is forced. */
int vtc_restore_check(const struct vtc_backup_file *file, const struct vtc_device *dev,
                      struct vtc_error *err);

/* A plan's source: a range of the file, and where in it an entry begins. */
struct vtc_restore_source {
    struct vtc_restore *restore;
    uint32_t index;
    uint64_t begin;
};

struct vtc_restore {
    struct vtc_backup_file *file;
    uint32_t written_count; /* ranges that hold what ventoc wrote */
    uint32_t before_count;  /* that hold what was there before already */
    uint32_t changed_count; /* that hold something else */
    struct vtc_restore_source *source;
    size_t source_count;
    uint8_t *content; /* of the range that was read last */
    uint32_t content_index;
};

/*
 * Compare the target with the backup and plan all writes, only where something differs. A backup
 * with VTC_BACKUP_UNDO: stage by stage in reverse order, so that what is switched over last is
 * switched back first. Any other: sector 0 is emptied first and written last; in between it is
 * neither the disk of before nor a stick. file and restore must outlive the plan; its content is
 * read, and checked again, when it is written. options: stop and progress (VTC_APPLY_READ).
 * Free with vtc_restore_free() in any case. Returns 0; -EINTR; -errno.
 */
int vtc_restore_plan(struct vtc_restore *restore, struct vtc_backup_file *file,
                     const struct vtc_target *target, struct vtc_plan *plan,
                     const struct vtc_apply_options *options, struct vtc_error *err);
void vtc_restore_free(struct vtc_restore *restore);

#endif
