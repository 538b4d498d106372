/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The UEFI side: an image as a virtual CD or disk, an .efi file where it lies. */
#include <grub/device.h>
#include <grub/efi/disk.h>
#include <grub/efi/efi.h>
#include <grub/env.h>
#include <grub/file.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include "efi_enrol.h"
#include "efi_file.h"
#include "efi_guard.h"
#include "efi_kernel.h"
#include "efi_lockdown.h"
#include "efi_secure.h"
#include "efi_start.h"
#include "efi_vdisk.h"
#include "linux.h"

unsigned vtc_stick_running_slot(grub_disk_t whole_disk __attribute__((unused)),
                                const struct vtc_record *record)
{
    const char *cmdpath = grub_env_get("cmdpath");
    char *name = cmdpath ? grub_file_get_device_name(cmdpath) : NULL;
    grub_disk_t disk = name ? grub_disk_open(name) : NULL;
    grub_uint64_t off = 0, bytes;

    if (disk) {
        vtc_module_part_range(disk, &off, &bytes);
        grub_disk_close(disk);
    }
    grub_free(name);
    grub_errno = GRUB_ERR_NONE;
    return off == record->slot_off[1];
}

void vtc_platform_init(void)
{
    vtc_efi_guard_init();
    vtc_efi_kernel_init();
    vtc_efi_lockdown_init();
}

void vtc_platform_start(void)
{
    vtc_efi_kernel_keep_loader();
    if (vtc_efi_secure_state() == VTC_EFI_SECURE_SHIM)
        vtc_efi_enrol_forget();
}

void vtc_platform_fini(void)
{
    vtc_efi_lockdown_fini();
    vtc_efi_kernel_fini();
    vtc_efi_guard_fini();
}

/* The firmware's ConOut names a serial port: it draws there by itself (UEFI section 3.3). */
int vtc_platform_wants_serial(void)
{
    grub_efi_guid_t global = GRUB_EFI_GLOBAL_VARIABLE_GUID;
    grub_size_t bytes = 0, at = 0;
    grub_uint8_t *paths = NULL;
    int serial = 0;

    if (grub_efi_get_variable("ConOut", &global, &bytes, (void **)&paths) != GRUB_EFI_SUCCESS)
        return 1;
    while (bytes - at >= 4) {
        grub_size_t node = paths[at + 2] | paths[at + 3] << 8;

        if (paths[at] == GRUB_EFI_MESSAGING_DEVICE_PATH_TYPE &&
            paths[at + 1] == GRUB_EFI_UART_DEVICE_PATH_SUBTYPE)
            serial = 1;
        if (node < 4 || node > bytes - at)
            break;
        at += node;
    }
    grub_free(paths);
    return !serial;
}

void *vtc_platform_hold(grub_size_t bytes, int *handle)
{
    *handle = 0;
    return grub_memalign(4096, bytes);
}

void vtc_platform_let_go(void *memory, int handle __attribute__((unused)))
{
    grub_free(memory);
}

/* Why an image without a loader for this firmware cannot start. */
static grub_err_t no_loader(const struct vtc_boot *boot)
{
    if (!boot->facts.has_efi && boot->facts.has_bios)
        return grub_error(GRUB_ERR_BAD_OS,
                          "BIOS only: %s has no UEFI boot loader; start this machine in BIOS "
                          "(legacy, CSM) mode to boot it",
                          boot->name);
    if (!boot->facts.has_efi)
        return grub_error(GRUB_ERR_BAD_OS, "%s: not bootable: it has no boot loader", boot->name);
    return grub_error(GRUB_ERR_BAD_OS,
                      "%s: it has no UEFI boot loader for this machine (%s UEFI wants %s)",
                      boot->name, vtc_efi_machine, vtc_efi_boot_file);
}

/* Firmware without an El Torito driver: show it the FAT image ourselves. */
static grub_err_t start_with_own_child(const struct vtc_boot *boot, const struct vtc_efi_vdisk *cd,
                                       int *found)
{
    struct vtc_efi_vdisk *child = grub_zalloc(sizeof(*child));
    grub_err_t err;

    if (!child)
        return grub_errno;
    err = vtc_efi_vdisk_publish_child(child, cd, (grub_uint64_t)boot->facts.efi_lba2048 << 11,
                                      boot->facts.efi_bytes);
    if (err == GRUB_ERR_NONE) {
        vtc_efi_connect(child->handle);
        err = vtc_efi_start_below_vdisk(boot->name, found);
    }
    if (vtc_efi_vdisk_unpublish(child))
        grub_free(child);
    return err;
}

grub_err_t vtc_platform_boot_image(struct vtc_boot *boot)
{
    const char *own_el_torito = grub_env_get("vtc_own_el_torito");
    int found = 0;
    struct vtc_efi_vdisk *vdisk;
    grub_efi_handle_t disk_handle;
    grub_err_t err;

    if (!boot->facts.has_efi && !boot->facts.is_udf)
        return no_loader(boot);
    vdisk = grub_zalloc(sizeof(*vdisk));
    if (!vdisk)
        return grub_errno;
    disk_handle = grub_efidisk_get_device_handle(boot->disk);
    vtc_efi_connect_all(disk_handle ? grub_efi_get_device_path(disk_handle) : NULL);
    err = vtc_efi_vdisk_publish(vdisk, boot, boot->as_disk ? 512 : 2048);
    if (err == GRUB_ERR_NONE) {
        if (!(own_el_torito && *own_el_torito == '1')) {
            vtc_efi_connect(vdisk->handle);
            err = vtc_efi_start_below_vdisk(boot->name, &found);
        }
        if (!found && err == GRUB_ERR_NONE && !boot->as_disk && boot->facts.efi_bytes)
            err = start_with_own_child(boot, vdisk, &found);
        if (!found && err == GRUB_ERR_NONE)
            err = no_loader(boot);
    }
    if (vtc_efi_vdisk_unpublish(vdisk))
        grub_free(vdisk);
    return err;
}

/* Read a whole file; the caller frees *data. LoadImage gives the verdict on it, not GRUB's verifier:
 * its answer is the one that can be explained. */
static grub_err_t read_file(const char *path, const char *name, void **data, grub_size_t *bytes)
{
    grub_file_t file = grub_file_open(path, GRUB_FILE_TYPE_CAT | GRUB_FILE_TYPE_NO_DECOMPRESS);
    grub_err_t err;

    if (!file)
        return grub_errno;
    if (grub_file_size(file) == 0 || grub_file_size(file) > VTC_EFI_FILE_MAX_BYTES) {
        err = grub_error(GRUB_ERR_BAD_OS, "%s: not an EFI program: it is %s", name,
                         grub_file_size(file) ? "too large" : "empty");
        grub_file_close(file);
        return err;
    }
    *bytes = grub_file_size(file);
    *data = grub_malloc(*bytes);
    if (*data && grub_file_read(file, *data, *bytes) != (grub_ssize_t)*bytes && !grub_errno)
        grub_error(GRUB_ERR_FILE_READ_ERROR, "%s: cannot be read to its end", name);
    grub_file_close(file);
    return grub_errno;
}

grub_err_t vtc_platform_boot_efi(const char *path, const char *name)
{
    char *device_name = grub_file_get_device_name(path);
    grub_device_t device = device_name ? grub_device_open(device_name) : NULL;
    grub_efi_handle_t handle = NULL;
    grub_efi_device_path_t *base = NULL, *file_path = NULL;
    void *data = NULL;
    grub_size_t bytes = 0;
    grub_err_t err = GRUB_ERR_NONE;
    int found;

    grub_free(device_name);
    if (!device)
        return grub_errno;
    if (device->disk)
        handle = grub_efidisk_get_device_handle(device->disk);
    if (handle)
        base = grub_efi_get_device_path(handle);
    if (!base) {
        err = grub_error(GRUB_ERR_BAD_DEVICE, "%s: the firmware does not know its partition", name);
        goto out;
    }
    file_path = vtc_efi_path_append_file(base, grub_strchr(path, ')') + 1);
    if (!file_path || read_file(path, name, &data, &bytes) != GRUB_ERR_NONE) {
        err = grub_errno;
        goto out;
    }
    err = vtc_efi_start(name, file_path, data, bytes, handle, &found);
    if (err == GRUB_ERR_NONE && !found)
        err = grub_error(GRUB_ERR_BAD_OS, "%s: not an EFI program for this machine (%s UEFI)", name,
                         vtc_efi_machine);
out:
    grub_free(data);
    grub_free(file_path);
    grub_device_close(device);
    return err;
}
