/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Linux kernels while Secure Boot is on: one between two restarts. GRUB's own loader of them keeps
 * addresses of memory that it has freed once it fails, or is used a second time; what lies there then
 * may be anybody's, and was checked by nobody.
 */
#ifndef VTC_EFI_KERNEL_H
#define VTC_EFI_KERNEL_H

/* Guard "linux" and "initrd" by any of their names, and what replaces them. Does nothing where GRUB is not locked down. */
void vtc_efi_kernel_init(void);
void vtc_efi_kernel_fini(void);

/* No command may take away the loader that starts kernels aware of Secure Boot. */
void vtc_efi_kernel_keep_loader(void);

#endif
