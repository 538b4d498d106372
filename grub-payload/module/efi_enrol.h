/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ask shim's MokManager, which lies in our slot, to enrol the hash of one program. */
#ifndef VTC_EFI_ENROL_H
#define VTC_EFI_ENROL_H

#include <grub/err.h>
#include <grub/types.h>

/* Can MokManager's list help here at all? Only where a shim loads what we start. */
int vtc_efi_enrol_possible(void);

/*
 * Explain, leave the request and start MokManager; the user confirms everything there. image_sha256:
 * vtc_pe_shim_sha256(). Returns when the user turned back, here or there (after an enrolment
 * MokManager restarts the machine). On failure a GRUB error with the remedy.
 */
grub_err_t vtc_efi_enrol(const grub_uint8_t image_sha256[32]);

/* Take back a request of ours that was left behind, and never one of somebody else. */
void vtc_efi_enrol_forget(void);

#endif
