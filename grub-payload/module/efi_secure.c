/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of Secure Boot, and the page about it. */
#include <grub/efi/efi.h>
#include <grub/efi/sb.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include "efi_secure.h"
#include "vtc.h"

/* What the states are called in the variable vtc_secure_boot, and what they mean. */
static const struct {
    const char *name, *title, *page;
} states[] = {
    [VTC_EFI_SECURE_OFF] =
        {"off", "off",
         "Secure Boot is off on this machine. Every image starts; nobody checks\n"
         "boot loaders and kernels.\n"},
    [VTC_EFI_SECURE_SHIM] =
        {"shim", "on",
         "Secure Boot is on. This machine's firmware has checked the shim, the shim has\n"
         "checked this menu.\n\n"
         "Checked before it runs: every boot loader, .efi file and kernel. It starts\n"
         "when it is signed by a key of this machine (db), of the shim's distribution\n"
         "or of its owner (MOK), or when its hash is enrolled.\n\n"
         "Not checked: configurations, kernel command lines, initramfs files, and the\n"
         "rest of an image.\n\n"
         "What is refused gets a page that says why. There the hash of that one loader\n"
         "can be enrolled on this machine.\n"},
    [VTC_EFI_SECURE_FIRMWARE] =
        {"firmware", "on, without a shim",
         "Secure Boot is on, and this machine trusts this menu by its own db: there is\n"
         "no shim.\n\n"
         "Checked before it runs: every boot loader and .efi file, by the firmware. It\n"
         "starts when its signer's certificate or its hash is in db.\n\n"
         "Kernels start through an image's own boot loader only: \"ventoc's own GRUB\"\n"
         "has no shim to ask about them and refuses them all.\n"},
    [VTC_EFI_SECURE_INSECURE] =
        {"insecure", "on, but the shim's checks are disabled",
         "Secure Boot is on in the firmware, but this machine's owner told the shim not\n"
         "to check (mokutil --disable-validation).\n\n"
         "Boot loaders and .efi files of images are checked by the firmware alone: keys\n"
         "and hashes enrolled as MOK do not count. Kernels started by \"ventoc's own\n"
         "GRUB\" are not checked by anybody.\n\n"
         "To have the shim check again: mokutil --enable-validation, then restart.\n"},
};

/* A one-byte variable of EFI's own; 0 when it is not there. */
static grub_uint8_t byte_variable(const char *name)
{
    grub_efi_guid_t global = GRUB_EFI_GLOBAL_VARIABLE_GUID;
    grub_uint8_t *data = NULL, value = 0;
    grub_size_t bytes = 0;

    if (grub_efi_get_variable(name, &global, &bytes, (void **)&data) == GRUB_EFI_SUCCESS && bytes)
        value = data[0];
    grub_free(data);
    return value;
}

/* GRUB decides by the same function whether it locks itself down, so the two cannot differ. */
static enum vtc_efi_secure find_state(void)
{
    grub_efi_guid_t shim_lock = GRUB_EFI_SHIM_LOCK_GUID;

    if (grub_efi_get_secureboot() == GRUB_EFI_SECUREBOOT_MODE_ENABLED)
        return grub_efi_locate_protocol(&shim_lock, NULL) ? VTC_EFI_SECURE_SHIM
                                                          : VTC_EFI_SECURE_FIRMWARE;
    if (byte_variable("SecureBoot") == 1 && byte_variable("SetupMode") == 0)
        return VTC_EFI_SECURE_INSECURE;
    return VTC_EFI_SECURE_OFF;
}

enum vtc_efi_secure vtc_efi_secure_state(void)
{
    static enum vtc_efi_secure state;
    static int known;

    if (!known) {
        state = find_state();
        known = 1;
    }
    return state;
}

const char *vtc_platform_secure_boot(void)
{
    return states[vtc_efi_secure_state()].name;
}

const char *vtc_platform_secure_title(void)
{
    return states[vtc_efi_secure_state()].title;
}

const char *vtc_platform_secure_page(void)
{
    return states[vtc_efi_secure_state()].page;
}
