/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a file system says it is. */
#ifndef VTC_HOST_FSSIZE_H
#define VTC_HOST_FSSIZE_H

#include <stdint.h>

/*
 * Read it from where the file system at off says it: exFAT (specification section 3.1.5), NTFS (boot
 * sector, and one sector more for its copy), FAT (Microsoft FAT specification 1.03, section 3.1),
 * ext2/3/4 (super block). fs: as libblkid calls it. Nothing is trusted: what cannot be is -EBADMSG.
 * Returns 0; -EOPNOTSUPP for another file system; -errno.
 */
int vtc_fssize_read(int fd, uint64_t off, const char *fs, uint64_t *bytes);

#endif
