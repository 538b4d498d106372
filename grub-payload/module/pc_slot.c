/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The BIOS side: which slot this GRUB was started from, and what a BIOS cannot start. */
#include <grub/disk.h>
#include <grub/err.h>

#include <ventoc/bytes.h>
#include <ventoc/layout.h>

#include "vtc.h"

/* LBA 0 names the core image that the BIOS started: that is the slot. */
unsigned vtc_stick_running_slot(grub_disk_t whole_disk,
                                const struct vtc_record *record __attribute__((unused)))
{
    grub_uint8_t lba0[512];

    if (grub_disk_read(whole_disk, 0, 0, sizeof(lba0), lba0) != GRUB_ERR_NONE) {
        grub_errno = GRUB_ERR_NONE;
        return 0;
    }
    return vtc_le64(lba0 + VTC_BOOT_KERNEL_LBA_AT) == VTC_CORE_B_LBA512;
}

int vtc_platform_wants_serial(void)
{
    return 1;
}

grub_err_t vtc_platform_boot_efi(const char *path __attribute__((unused)), const char *name)
{
    return grub_error(GRUB_ERR_BAD_OS,
                      "%s: an EFI program; this machine was started in BIOS mode, start it in UEFI "
                      "mode",
                      name);
}
