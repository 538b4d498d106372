/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What GRUB's own lockdown leaves open while Secure Boot is on. */
#ifndef VTC_EFI_LOCKDOWN_H
#define VTC_EFI_LOCKDOWN_H

/* Refuse kernels other than Linux's, those that would be loaded past their own memory, and isolinux
 * configurations, whose reader is easily led outside its memory. Does nothing where GRUB is not
 * locked down. */
void vtc_efi_lockdown_init(void);
void vtc_efi_lockdown_fini(void);

#endif
