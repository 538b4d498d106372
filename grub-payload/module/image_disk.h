/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image as a disk of this GRUB, "(vtcimg)", overlay and all: what a loopback of it would show. */
#ifndef VTC_IMAGE_DISK_H
#define VTC_IMAGE_DISK_H

#include "vtc.h"

#define VTC_IMAGE_DISK "vtcimg"

/* Show boot's image as (vtcimg). It takes boot over and closes the one shown before. */
void vtc_image_disk_show(struct vtc_boot *boot);

void vtc_image_disk_init(void);
void vtc_image_disk_fini(void);

#endif
