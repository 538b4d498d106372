/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new plain file on a mounted file system, wholly backed by blocks. */
#ifndef VTC_HOST_NEWFILE_H
#define VTC_HOST_NEWFILE_H

#include "host/apply.h"
#include "host/plan.h"

/* Is path possible: not there already (unless replace), a directory that can hold it, the room, the
 * file system's longest file? Returns 0; -EEXIST, -ENOSPC, -EFBIG (kind VTC_ERROR_REFUSED), -EISDIR
 * (kind VTC_ERROR_USAGE), -errno. */
int vtc_newfile_check(const char *path, uint64_t bytes, int replace, struct vtc_error *err);

/* Plan a file of bytes with what is in fd (a sparse file, which the plan takes over also on
 * failure), and zeros where that has holes: a reserved but unwritten block is no block to somebody
 * who reads the file by its place on the disk. Returns 0 or -errno. */
int vtc_newfile_plan(struct vtc_plan *plan, int fd, uint64_t bytes, struct vtc_error *err);

/* What stays of the name while the file is being written. */
#define VTC_NEWFILE_SUFFIX ".part"

/*
 * Write the planned file: as "path.part", reserved as a whole before the first write where the file
 * system can do that, and renamed when everything was written, flushed and read back. On failure
 * and on options->stop nothing is left, and a file that was to be replaced is as it was.
 * Returns as vtc_apply_run(); -EEXIST.
 */
int vtc_newfile_write(const char *path, uint64_t bytes, int replace, const struct vtc_plan *plan,
                      const struct vtc_apply_options *options, struct vtc_apply_stats *stats,
                      struct vtc_error *err);

#endif
