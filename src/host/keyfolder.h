/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folder on this machine that the owner's key is in, and its files. */
#ifndef VTC_HOST_KEYFOLDER_H
#define VTC_HOST_KEYFOLDER_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/error.h"

#define VTC_KEYFOLDER_FILE_MAX 65536u /* bytes of one of its files */

struct vtc_keyfolder {
    char path[PATH_MAX];
    int fd;    /* -1: it does not exist */
    uid_t uid; /* whose files they are */
    gid_t gid;
    int as_user; /* this process is root and acts for that user: sudo */
};

/*
 * Find it: wanted if not NULL, else $XDG_CONFIG_HOME/ventoc or ~/.config/ventoc; under sudo or pkexec
 * that of the user who called. Everything in a user's folder is done with that user's rights (effective
 * IDs, and from now on the user's groups), so that no link there leads root astray; a folder named by wanted is used with one's own, and its
 * files get its owner. create: make it, mode 700. Refused (VTC_ERROR_REFUSED): not a folder, a symbolic
 * link, somebody else's, one that others may write to; with create also one that cannot be written to.
 * Without create, one that does not exist is no error. Returns 0 or -errno.
 */
int vtc_keyfolder_open(const char *wanted, int create, struct vtc_keyfolder *folder,
                       struct vtc_error *err);
void vtc_keyfolder_close(struct vtc_keyfolder *folder);

/*
 * Open a file in it for reading. A symbolic link, anything but a plain file, somebody else's file or, if
 * it is private, one that others can read or write, is refused (VTC_ERROR_REFUSED). Returns a descriptor
 * (close-on-exec); -ENOENT, with nothing in err, when there is none; -errno.
 */
int vtc_keyfolder_read(const struct vtc_keyfolder *folder, const char *name, int is_private,
                       struct vtc_error *err);

/* Does the file exist, whatever it is? */
int vtc_keyfolder_has(const struct vtc_keyfolder *folder, const char *name);

/* Make a new file of what is in the (temporary) file fd; never over another one. It gets its name when it
 * is complete and on the medium. Returns 0; -EEXIST; -errno. */
int vtc_keyfolder_write(const struct vtc_keyfolder *folder, const char *name, int fd, mode_t mode,
                        struct vtc_error *err);

/* Rename a file "NAME.SUFFIX", never over another one. Returns 0, also when there is none; -errno. */
int vtc_keyfolder_set_aside(const struct vtc_keyfolder *folder, const char *name,
                            const char *suffix, struct vtc_error *err);

/* open(2) of a file elsewhere with the rights of the user whose folder it is. Returns a descriptor
 * (close-on-exec) or -errno. */
int vtc_keyfolder_open_other(const struct vtc_keyfolder *folder, const char *path, int flags,
                             mode_t mode);

/* unlink(2) of a file elsewhere, with the same rights. */
void vtc_keyfolder_unlink_other(const struct vtc_keyfolder *folder, const char *path);

/* The user this is for: who called sudo or pkexec, else the effective one. */
uid_t vtc_keyfolder_caller(void);

#endif
