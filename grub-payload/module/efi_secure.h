/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who checks what is started: Secure Boot as this machine has it (UEFI 2.10 chapter 32). */
#ifndef VTC_EFI_SECURE_H
#define VTC_EFI_SECURE_H

enum vtc_efi_secure {
    VTC_EFI_SECURE_OFF,      /* nobody */
    VTC_EFI_SECURE_SHIM,     /* the shim before this GRUB: db, dbx, MokList, its vendor's key */
    VTC_EFI_SECURE_FIRMWARE, /* no shim before us: the machine's own db and dbx alone */
    VTC_EFI_SECURE_INSECURE, /* the owner told shim not to check (MokSBState); the firmware does */
};

/* Found once and kept. */
enum vtc_efi_secure vtc_efi_secure_state(void);

#endif
