/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a backup file. It may come from anywhere: nothing of it is believed before all of it was
 * checked, and each piece is checked again when it is read. */
#ifndef VTC_HOST_BACKUP_FILE_H
#define VTC_HOST_BACKUP_FILE_H

#include "host/apply.h"
#include "host/backup_format.h"
#include "host/error.h"

struct vtc_backup_file {
    const char *path; /* the caller's */
    int fd;
    struct vtc_backup_header header;
    struct vtc_backup_range *range; /* header.range_count of them */
    uint8_t *packed;                /* room for the longest packed content */
};

/*
 * Open a backup file and check all of it: form, sums, that every range unpacks to what it says.
 * options: stop and progress (VTC_APPLY_READ) are used. Free with vtc_backup_file_close() in any
 * case. Returns 0; -ENOENT when it is no backup file; -ENOTSUP; -EBADMSG when it is damaged;
 * -EINTR; -errno.
 */
int vtc_backup_file_open(struct vtc_backup_file *file, const char *path,
                         const struct vtc_apply_options *options, struct vtc_error *err);
void vtc_backup_file_close(struct vtc_backup_file *file);

/* The content of a range, range[index].bytes of it. Returns 0; -EBADMSG; -errno. */
int vtc_backup_file_read(struct vtc_backup_file *file, uint32_t index, uint8_t *buf);

#endif
