/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is what an exFAT volume calls free really free? */
#ifndef VTC_HOST_EXFAT_CHECK_H
#define VTC_HOST_EXFAT_CHECK_H

#include "host/exfat_volume.h"

/* Walk all directories: every cluster of every file and directory has to be marked in the
 * allocation bitmap, or a new file could be put over it. Reads directories and FAT, no content.
 * Returns 0; -EBADMSG; -errno. */
int vtc_exfat_check_used(const struct vtc_exfat_volume *volume, struct vtc_error *err);

#endif
