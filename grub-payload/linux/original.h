/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The init that was there before: which of the saved names it is, and giving it its name back. */
#ifndef VTC_LINUX_ORIGINAL_H
#define VTC_LINUX_ORIGINAL_H

#include "text.h"

/*
 * Put the initramfs back as its maker made it: the newest saved name that is not one of our links
 * becomes /init again, the other saved names and links of ours go; the same for /etc/init. root: "" (tests: a folder).
 * *path: where the original is now: /init, or the saved name when nothing can be renamed. Returns 0, or
 * -1 when there is none.
 */
int vtc_original_restore(const char *root, struct vtc_text *path);

/* Remove /ventoc. */
void vtc_original_clean(const char *root);

#endif
