/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lets the Linux inside an image find that image again once the firmware is gone. */
#ifndef VTC_MODULE_LINUX_H
#define VTC_MODULE_LINUX_H

#include <ventoc/config.h>
#include <ventoc/extend.h>
#include <ventoc/handoff.h>

#include "vtc.h"

/* linux.c: extend every initramfs of an image by the archive that hands the medium over. Notes on the
 * screen say what was left out; the image starts in any case. Returns how many were extended. */
unsigned vtc_linux_prepare(struct vtc_boot *boot);

/* linux_maps.c: what a started Linux is told, of the image and of its persistent layer. */
struct vtc_linux_maps {
    struct vtc_handoff handoff;
    struct vtc_extents medium, persistence; /* rounded to whole sectors of the stick */
};

/* Fill in; read the image's probe through its own extents. On failure a GRUB error. */
grub_err_t vtc_linux_maps(const struct vtc_boot *boot, const struct vtc_config *config,
                          struct vtc_linux_maps *maps);
void vtc_linux_maps_free(struct vtc_linux_maps *maps);

/* settings.c: the user's settings on the data partition. A file with a mistake is shown and counts
 * as empty; never fails. */
void vtc_settings_read(struct vtc_config *config);

/* platform part: memory that stays where it is while the image runs, and that a started system's
 * memory map does not call free as long as the virtual drive works. NULL with grub_errno set. */
void *vtc_platform_hold(grub_size_t bytes, int *handle);
void vtc_platform_let_go(void *memory, int handle);

#endif
