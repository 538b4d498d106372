/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A signature covers an EFI program but for the table of its signatures, which may hold anything: what
 * GRUB would find or load there was checked by nobody. */
#include <grub/command.h>
#include <grub/lockdown.h>
#include <grub/misc.h>
#include <grub/verify.h>

#include <ventoc/kernel.h>

#include "efi_lockdown.h"

#define PRIORITY 100 /* before GRUB's own commands */

/* Does the shim check kernels? Where it does not, GRUB refuses them all, as long as no verifier takes
 * a file for its own. */
static int shim_checks(void)
{
    struct grub_file_verifier *verifier;

    FOR_LIST_ELEMENTS(verifier, grub_file_verifiers)
    {
        if (grub_strcmp(verifier->name, "shim_lock_verifier") == 0)
            return 1;
    }
    return 0;
}

static grub_err_t kernel_init(grub_file_t file, enum grub_file_type type,
                              void **context __attribute__((unused)), enum grub_verify_flags *flags)
{
    *flags = GRUB_VERIFY_FLAGS_SKIP_VERIFICATION;
    switch (type & GRUB_FILE_TYPE_MASK) {
    case GRUB_FILE_TYPE_LINUX_KERNEL:
        if (shim_checks())
            *flags = GRUB_VERIFY_FLAGS_SINGLE_CHUNK;
        return GRUB_ERR_NONE;
    case GRUB_FILE_TYPE_MULTIBOOT_KERNEL:
    case GRUB_FILE_TYPE_BSD_KERNEL:
    case GRUB_FILE_TYPE_XNU_KERNEL:
    case GRUB_FILE_TYPE_PLAN9_KERNEL:
        return grub_error(
            GRUB_ERR_ACCESS_DENIED,
            "%s: while Secure Boot is on, ventoc's own GRUB starts Linux kernels only", file->name);
    default:
        return GRUB_ERR_NONE;
    }
}

/* The shim's verifier gets the same bytes after this one, and so does GRUB's loader. */
static grub_err_t kernel_write(void *context __attribute__((unused)), void *file, grub_size_t bytes)
{
    switch (vtc_kernel_fits(file, bytes)) {
    case VTC_OK:
        return GRUB_ERR_NONE;
    case VTC_ENOENT:
        return grub_error(GRUB_ERR_BAD_OS, "no Linux kernel that UEFI can start");
    default:
        return grub_error(GRUB_ERR_BAD_OS, "the kernel is longer than the memory that it asks for");
    }
}

static struct grub_file_verifier verifier = {
    .name = "ventoc_kernel_verifier", .init = kernel_init, .write = kernel_write};

static const char *const refused_names[] = {"syslinux_configfile", "syslinux_source",
                                            "extract_syslinux_entries_configfile",
                                            "extract_syslinux_entries_source"};
static grub_command_t refused[ARRAY_SIZE(refused_names)];

static grub_err_t refuse(grub_command_t command __attribute__((unused)),
                         int argc __attribute__((unused)), char **args __attribute__((unused)))
{
    return grub_error(GRUB_ERR_ACCESS_DENIED,
                      "while Secure Boot is on, ventoc's own GRUB does not run isolinux "
                      "configurations; start the image the normal way");
}

void vtc_efi_lockdown_init(void)
{
    if (!grub_is_lockdown())
        return;
    grub_verifier_register(&verifier);
    for (unsigned i = 0; i < ARRAY_SIZE(refused); i++)
        refused[i] = grub_register_command_prio(refused_names[i], refuse, NULL, NULL, PRIORITY);
}

void vtc_efi_lockdown_fini(void)
{
    if (!grub_is_lockdown())
        return;
    grub_verifier_unregister(&verifier);
    for (unsigned i = 0; i < ARRAY_SIZE(refused); i++)
        if (refused[i])
            grub_unregister_command(refused[i]);
}
