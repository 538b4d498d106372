/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LoadImage and StartImage (UEFI 2.10 section 7.4), and finding what to load. */
#include <grub/charset.h>
#include <grub/efi/efi.h>
#include <grub/misc.h>
#include <grub/mm.h>
#include <grub/term.h>

#include "efi_file.h"
#include "efi_guard.h"
#include "efi_refused.h"
#include "efi_start.h"
#include "efi_vdisk.h"

#ifdef __x86_64__
const char vtc_efi_boot_file[] = "\\EFI\\BOOT\\BOOTX64.EFI";
const char vtc_efi_machine[] = "64-bit";
#else
const char vtc_efi_boot_file[] = "\\EFI\\BOOT\\BOOTIA32.EFI";
const char vtc_efi_machine[] = "32-bit";
#endif

/* How deep buses may lie below one another: a hub behind a hub, a disk behind that. */
#define CONNECT_ROUNDS_MAX 16u

static grub_efi_guid_t simple_fs_guid = GRUB_EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;

/* Bytes of a device path before its end node. */
static grub_size_t path_body_bytes(const grub_efi_device_path_t *path)
{
    const grub_uint8_t *at = (const grub_uint8_t *)path;

    while (!GRUB_EFI_END_ENTIRE_DEVICE_PATH((const grub_efi_device_path_t *)at)) {
        grub_size_t bytes = GRUB_EFI_DEVICE_PATH_LENGTH((const grub_efi_device_path_t *)at);

        if (bytes < sizeof(grub_efi_device_path_t))
            break;
        at += bytes;
    }
    return at - (const grub_uint8_t *)path;
}

grub_efi_device_path_t *vtc_efi_path_append_file(const grub_efi_device_path_t *base,
                                                 const char *file)
{
    grub_size_t body = path_body_bytes(base), units = grub_strlen(file);
    grub_size_t node_bytes = sizeof(grub_efi_device_path_t) + (units + 1) * 2;
    grub_uint8_t *path, *node;
    grub_uint16_t *name;

    path = grub_zalloc(body + node_bytes + sizeof(grub_efi_device_path_t));
    name = grub_zalloc((units + 1) * 2);
    if (!path || !name) {
        grub_free(path);
        grub_free(name);
        return NULL;
    }
    units = grub_utf8_to_utf16(name, units, (const grub_uint8_t *)file, units, NULL);
    for (grub_size_t i = 0; i < units; i++)
        if (name[i] == '/')
            name[i] = '\\';
    node_bytes = sizeof(grub_efi_device_path_t) + (units + 1) * 2;
    grub_memcpy(path, base, body);
    node = path + body;
    node[0] = GRUB_EFI_MEDIA_DEVICE_PATH_TYPE;
    node[1] = GRUB_EFI_FILE_PATH_DEVICE_PATH_SUBTYPE;
    node[2] = node_bytes & 0xff;
    node[3] = node_bytes >> 8;
    grub_memcpy(node + 4, name, units * 2);
    node += node_bytes;
    node[0] = GRUB_EFI_END_DEVICE_PATH_TYPE;
    node[1] = GRUB_EFI_END_ENTIRE_DEVICE_PATH_SUBTYPE;
    node[2] = sizeof(grub_efi_device_path_t);
    grub_free(name);
    return (grub_efi_device_path_t *)path;
}

static void connect(grub_efi_handle_t handle, grub_efi_boolean_t recursive)
{
    efi_call_4(grub_efi_system_table->boot_services->connect_controller, handle, NULL, NULL,
               recursive);
}

void vtc_efi_connect(grub_efi_handle_t handle)
{
    connect(handle, 1);
}

/* Is this the disk of the path, something on it, or the controller it hangs on? Their drivers are
 * attached: we were read through them, and each further attempt makes them look for partitions and
 * file systems again. */
static int serves_disk(grub_efi_handle_t handle, const grub_efi_device_path_t *disk_path)
{
    const grub_efi_device_path_t *path = grub_efi_get_device_path(handle);
    grub_size_t disk_bytes = disk_path ? path_body_bytes(disk_path) : 0;
    grub_size_t bytes = path ? path_body_bytes(path) : 0;

    if (!bytes || !disk_bytes)
        return 0;
    if (grub_memcmp(path, disk_path, bytes < disk_bytes ? bytes : disk_bytes) != 0)
        return 0;
    return bytes >= disk_bytes ||
           ((const grub_uint8_t *)disk_path)[bytes] == GRUB_EFI_MESSAGING_DEVICE_PATH_TYPE;
}

static int in_list(const grub_efi_handle_t *handles, grub_efi_uintn_t count, grub_efi_handle_t one)
{
    for (grub_efi_uintn_t i = 0; i < count; i++)
        if (handles[i] == one)
            return 1;
    return 0;
}

/* Rounds without recursion, which would come down to the stick: each takes the handles that the
 * one before brought up. */
void vtc_efi_connect_all(const grub_efi_device_path_t *stick_path)
{
    static int done;
    grub_efi_handle_t *before = NULL;
    grub_efi_uintn_t before_count = 0;

    for (unsigned round = 0; round < CONNECT_ROUNDS_MAX && !done; round++) {
        grub_efi_uintn_t count = 0;
        grub_efi_handle_t *handles =
            grub_efi_locate_handle(GRUB_EFI_ALL_HANDLES, NULL, NULL, &count);

        done = 1;
        for (grub_efi_uintn_t i = 0; handles && i < count; i++) {
            if (in_list(before, before_count, handles[i]) || serves_disk(handles[i], stick_path))
                continue;
            connect(handles[i], 0);
            done = 0;
        }
        grub_free(before);
        before = handles;
        before_count = handles ? count : 0;
    }
    grub_free(before);
    done = 1;
}

int vtc_efi_refuses(grub_efi_status_t status)
{
    return status == GRUB_EFI_SECURITY_VIOLATION || status == GRUB_EFI_ACCESS_DENIED;
}

static grub_err_t load_error(const char *name, grub_efi_status_t status)
{
    switch (status) {
    case GRUB_EFI_UNSUPPORTED:
    case GRUB_EFI_LOAD_ERROR:
        return grub_error(GRUB_ERR_BAD_OS,
                          "%s: its boot loader is damaged or not for this machine (%s UEFI)", name,
                          vtc_efi_machine);
    case GRUB_EFI_OUT_OF_RESOURCES:
        return grub_error(GRUB_ERR_OUT_OF_MEMORY, "%s: out of memory", name);
    default:
        return grub_error(GRUB_ERR_BAD_OS, "%s: its boot loader cannot be loaded (status 0x%lx)",
                          name, (unsigned long)status);
    }
}

grub_efi_status_t vtc_efi_load(grub_efi_device_path_t *path, void *source,
                               grub_efi_uintn_t source_bytes, grub_efi_handle_t *image)
{
    grub_efi_boot_services_t *bs = grub_efi_system_table->boot_services;
    grub_efi_status_t status;

    *image = NULL;
    status =
        efi_call_6(bs->load_image, 0, grub_efi_image_handle, path, source, source_bytes, image);
    if (status == GRUB_EFI_SUCCESS)
        return status;
    if (*image) /* a security violation may come with a handle (UEFI 7.4.1) */
        efi_call_1(bs->unload_image, *image);
    *image = NULL;
    return status;
}

grub_err_t vtc_efi_run(const char *name, grub_efi_handle_t image)
{
    grub_efi_boot_services_t *bs = grub_efi_system_table->boot_services;
    grub_efi_uintn_t exit_bytes = 0;
    grub_efi_char16_t *exit_text = NULL;
    grub_efi_status_t status;

    if (vtc_efi_guard_begin() != GRUB_ERR_NONE) {
        efi_call_1(bs->unload_image, image);
        return grub_errno;
    }
    grub_efi_set_text_mode(1);
    status = efi_call_3(bs->start_image, image, &exit_bytes, &exit_text);
    if (vtc_efi_guard_end() != GRUB_ERR_NONE)
        return grub_errno;
    if (exit_text)
        efi_call_1(bs->free_pool, exit_text);
    if (status != GRUB_EFI_SUCCESS)
        return grub_error(GRUB_ERR_BAD_OS, "%s: it ended with an error (status 0x%lx)", name,
                          (unsigned long)status);
    return GRUB_ERR_NONE;
}

grub_err_t vtc_efi_start(const char *name, grub_efi_device_path_t *path, void *source,
                         grub_efi_uintn_t source_bytes, grub_efi_handle_t device, int *found)
{
    grub_efi_handle_t image;
    grub_efi_status_t status = vtc_efi_load(path, source, source_bytes, &image);

    if (status == GRUB_EFI_LOAD_ERROR && !source && !vtc_efi_file_exists(path))
        status = GRUB_EFI_NOT_FOUND; /* shim does not tell these apart */
    *found = status != GRUB_EFI_NOT_FOUND && status != GRUB_EFI_NO_MEDIA;
    if (!*found)
        return GRUB_ERR_NONE;
    if (vtc_efi_refuses(status))
        return vtc_efi_refused(name, path, source, source_bytes);
    if (status != GRUB_EFI_SUCCESS)
        return load_error(name, status);
    if (device) {
        grub_efi_loaded_image_t *loaded = grub_efi_get_loaded_image(image);

        if (loaded)
            loaded->device_handle = device;
    }
    return vtc_efi_run(name, image);
}

grub_err_t vtc_efi_start_below_vdisk(const char *name, int *found)
{
    grub_efi_uintn_t count = 0;
    grub_efi_handle_t *handles =
        grub_efi_locate_handle(GRUB_EFI_BY_PROTOCOL, &simple_fs_guid, NULL, &count);
    grub_err_t err = GRUB_ERR_NONE;

    *found = 0;
    for (grub_efi_uintn_t i = 0; handles && i < count && !*found; i++) {
        grub_efi_device_path_t *base = grub_efi_get_device_path(handles[i]), *path;

        if (!vtc_efi_vdisk_is_ours(base))
            continue;
        path = vtc_efi_path_append_file(base, vtc_efi_boot_file);
        if (!path) {
            err = grub_errno;
            break;
        }
        err = vtc_efi_start(name, path, NULL, 0, NULL, found);
        grub_free(path);
    }
    grub_free(handles);
    return err;
}
