/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hide the shim's protocols and keep the firmware's service table (UEFI 2.10 sections 4.4, 7.3). */
#include <grub/efi/efi.h>
#include <grub/loader.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include "efi_guard.h"
#include "efi_secure.h"
#include "efi_vdisk.h"

/* shim 16 offers its LoadImage by this name too (its source, include/guid.h). */
#define SHIM_IMAGE_LOADER_GUID                                                                     \
    {                                                                                              \
        0x1f492041, 0xfadb, 0x4e59,                                                                \
        {                                                                                          \
            0x9e, 0x57, 0x7c, 0xaf, 0xe7, 0x3a, 0x55, 0xab                                         \
        }                                                                                          \
    }
/* Made for ventoc: keeps a handle alive whose other protocols are hidden. */
#define PLACEHOLDER_GUID                                                                           \
    {                                                                                              \
        0x2f0c6c1e, 0x94b5, 0x4d3e,                                                                \
        {                                                                                          \
            0x8a, 0x61, 0x56, 0x54, 0x43, 0x67, 0x72, 0x64                                         \
        }                                                                                          \
    }

#define HIDDEN_MAX 8u

static grub_efi_guid_t guids[] = {GRUB_EFI_SHIM_LOCK_GUID, SHIM_IMAGE_LOADER_GUID};
static grub_efi_guid_t placeholder_guid = PLACEHOLDER_GUID;

static struct {
    int is_active;
    grub_efi_boot_services_t services; /* as they were */
    unsigned hidden_count;
    struct hidden {
        grub_efi_guid_t *guid;
        grub_efi_handle_t handle;
        void *interface;
        int has_placeholder;
    } hidden[HIDDEN_MAX];
} guard;

static grub_efi_boot_services_t *services(void)
{
    return grub_efi_system_table->boot_services;
}

static grub_efi_status_t install(grub_efi_handle_t handle, grub_efi_guid_t *guid, void *interface)
{
    return efi_call_4(services()->install_protocol_interface, &handle, guid,
                      GRUB_EFI_NATIVE_INTERFACE, interface);
}

static grub_efi_status_t uninstall(grub_efi_handle_t handle, grub_efi_guid_t *guid, void *interface)
{
    return efi_call_3(services()->uninstall_protocol_interface, handle, guid, interface);
}

/* Put back what is hidden, last first. */
static grub_err_t show_all(void)
{
    grub_efi_status_t worst = GRUB_EFI_SUCCESS;

    while (guard.hidden_count) {
        struct hidden *one = &guard.hidden[--guard.hidden_count];
        grub_efi_status_t status = install(one->handle, one->guid, one->interface);

        if (status != GRUB_EFI_SUCCESS)
            worst = status;
        if (one->has_placeholder)
            uninstall(one->handle, &placeholder_guid, NULL);
    }
    if (worst == GRUB_EFI_SUCCESS)
        return GRUB_ERR_NONE;
    return grub_error(GRUB_ERR_IO,
                      "the shim cannot be asked any more (status 0x%lx); restart before starting "
                      "something else",
                      (unsigned long)worst);
}

static grub_efi_status_t hide(grub_efi_guid_t *guid, grub_efi_handle_t handle)
{
    struct hidden *one = &guard.hidden[guard.hidden_count];
    grub_efi_status_t status;

    if (guard.hidden_count == HIDDEN_MAX)
        return GRUB_EFI_OUT_OF_RESOURCES;
    one->guid = guid;
    one->handle = handle;
    one->interface = grub_efi_open_protocol(handle, guid, GRUB_EFI_OPEN_PROTOCOL_GET_PROTOCOL);
    /* refused where another protocol of this handle was hidden before: it has one then */
    one->has_placeholder = install(handle, &placeholder_guid, NULL) == GRUB_EFI_SUCCESS;
    status = uninstall(handle, guid, one->interface);
    if (status == GRUB_EFI_SUCCESS)
        guard.hidden_count++;
    else if (one->has_placeholder)
        uninstall(handle, &placeholder_guid, NULL);
    return status;
}

/* Every protocol of this name: hidden, or taken away for good. */
static grub_efi_status_t for_all(grub_efi_guid_t *guid, int keep)
{
    grub_efi_uintn_t count = 0;
    grub_efi_handle_t *handles = grub_efi_locate_handle(GRUB_EFI_BY_PROTOCOL, guid, NULL, &count);
    grub_efi_status_t status = GRUB_EFI_SUCCESS;

    for (grub_efi_uintn_t i = 0; handles && i < count && status == GRUB_EFI_SUCCESS; i++)
        status = keep ? hide(guid, handles[i])
                      : uninstall(handles[i], guid,
                                  grub_efi_open_protocol(handles[i], guid,
                                                         GRUB_EFI_OPEN_PROTOCOL_GET_PROTOCOL));
    grub_free(handles);
    return status;
}

grub_err_t vtc_efi_guard_begin(void)
{
    grub_efi_status_t status = GRUB_EFI_SUCCESS;

    vtc_efi_secure_state(); /* asks for what is about to be hidden */
    for (unsigned i = 0; i < ARRAY_SIZE(guids) && status == GRUB_EFI_SUCCESS; i++)
        status = for_all(&guids[i], 1);
    if (status != GRUB_EFI_SUCCESS) {
        show_all();
        return grub_error(GRUB_ERR_IO, "the shim cannot be hidden (status 0x%lx); restart",
                          (unsigned long)status);
    }
    /* without a shim of ours there may be one of the image's, and nothing of it shall stay */
    if (!guard.hidden_count && vtc_efi_secure_state() != VTC_EFI_SECURE_FIRMWARE)
        return GRUB_ERR_NONE;
    grub_memcpy(&guard.services, services(), sizeof(guard.services));
    guard.is_active = 1;
    return GRUB_ERR_NONE;
}

grub_err_t vtc_efi_guard_end(void)
{
    if (!guard.is_active)
        return GRUB_ERR_NONE;
    guard.is_active = 0;
    grub_memcpy(services(), &guard.services, sizeof(guard.services));
    for (unsigned i = 0; i < ARRAY_SIZE(guids); i++)
        for_all(&guids[i], 0); /* of a shim that has ended */
    return show_all();
}

int vtc_efi_guard_shim_loads(void)
{
    return grub_efi_locate_protocol(&guids[1], NULL) != NULL;
}

/* StartImage for GRUB's chainloader, once: it unloads what has ended before any hook of its boot
 * command could put the table back. */
static VTC_EFIAPI grub_efi_status_t start_once(grub_efi_handle_t image,
                                               grub_efi_uintn_t *exit_bytes,
                                               grub_efi_char16_t **exit_text)
{
    grub_efi_status_t status;

    services()->start_image = guard.services.start_image; /* what is started has the real one */
    status = efi_call_3(services()->start_image, image, exit_bytes, exit_text);
    vtc_efi_guard_end();
    return status;
}

static grub_err_t before_boot(int flags)
{
    if (flags & GRUB_LOADER_FLAG_NORETURN)
        return GRUB_ERR_NONE;
    if (vtc_efi_guard_begin() != GRUB_ERR_NONE)
        return grub_errno;
    if (guard.is_active)
        services()->start_image = (void *)start_once; /* the header lacks the convention */
    return GRUB_ERR_NONE;
}

static struct grub_preboot *hook;

void vtc_efi_guard_init(void)
{
    hook = grub_loader_register_preboot_hook(before_boot, vtc_efi_guard_end,
                                             GRUB_LOADER_PREBOOT_HOOK_PRIO_NORMAL);
}

void vtc_efi_guard_fini(void)
{
    if (hook)
        grub_loader_unregister_preboot_hook(hook);
}
