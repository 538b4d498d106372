/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which family of live systems an ISO file belongs to. */
#ifndef VTC_HOST_ISOFAMILY_H
#define VTC_HOST_ISOFAMILY_H

#include <ventoc/exfat.h>
#include <ventoc/family.h>

#include "host/error.h"

/* A file that can be opened. *family: the row, NULL when none fits. Returns 0; -ENOENT, -EBADMSG
 * (no ISO 9660), -errno. */
int vtc_isofamily_of_file(const char *path, const struct vtc_family **family,
                          struct vtc_error *err);

/* A file of an exFAT volume that is not mounted, by the place of its clusters. name: of the target,
 * for messages. Returns as above. */
int vtc_isofamily_of_exfat(const struct vtc_exfat *fs, const char *name, const char *path,
                           const struct vtc_family **family, struct vtc_error *err);

#endif
