/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The init that was there before: which of the saved names it is, and giving it its name back. */
#ifndef VTC_LINUX_ORIGINAL_H
#define VTC_LINUX_ORIGINAL_H

#include <ventoc/types.h>

/*
 * Put the initramfs back as its maker made it: the newest saved name that is not one of our links
 * becomes /init again, the other saved names and links of ours go. root: "" (tests: a folder).
 * Returns 0 when /init now is the original, -1 when there is none.
 */
int vtc_original_restore(const char *root);

/* Remove /ventoc. */
void vtc_original_clean(const char *root);

#endif
