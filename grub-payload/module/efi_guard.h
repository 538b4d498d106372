/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is started must not see the shim that checked us, nor leave this firmware's services hooked:
 * an image's own shim and GRUB would ask the outer shim, and a shim that does not unwind itself
 * leaves pointers into freed memory. Nothing is loosened: the image is loaded and checked before.
 */
#ifndef VTC_EFI_GUARD_H
#define VTC_EFI_GUARD_H

#include <grub/err.h>

/* Before StartImage. Does nothing where there is no shim. Returns a GRUB error: then do not start. */
grub_err_t vtc_efi_guard_begin(void);

/* After it has returned, in any case where begin succeeded. Returns a GRUB error when the shim's
 * protocols cannot be put back: nothing more can be checked until a restart. */
grub_err_t vtc_efi_guard_end(void);

/* Is there a shim that loads images (16 and later), so that its lists decide? */
int vtc_efi_guard_shim_loads(void);

/* Guard also what GRUB's own chainloader starts. */
void vtc_efi_guard_init(void);
void vtc_efi_guard_fini(void);

#endif
