/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EFI_SIMPLE_FILE_SYSTEM_PROTOCOL and EFI_FILE_PROTOCOL, which GRUB's headers do not have. */
#include <grub/charset.h>
#include <grub/efi/efi.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include "efi_file.h"

#define FILE_MODE_READ 1ull
#define NODE_BYTES     4u /* type, subtype, length */
#define PAGE_BYTES     4096u

struct file_protocol {
    grub_uint64_t revision;
    grub_efi_status_t (*open)(struct file_protocol *this, struct file_protocol **file,
                              grub_efi_char16_t *name, grub_uint64_t mode,
                              grub_uint64_t attributes);
    grub_efi_status_t (*close)(struct file_protocol *this);
    grub_efi_status_t (*delete)(struct file_protocol *this);
    grub_efi_status_t (*read)(struct file_protocol *this, grub_efi_uintn_t *bytes, void *buffer);
    grub_efi_status_t (*write)(struct file_protocol *this, grub_efi_uintn_t *bytes, void *buffer);
    grub_efi_status_t (*get_position)(struct file_protocol *this, grub_uint64_t *off);
    grub_efi_status_t (*set_position)(struct file_protocol *this, grub_uint64_t off);
};

struct file_system_protocol {
    grub_uint64_t revision;
    grub_efi_status_t (*open_volume)(struct file_system_protocol *this,
                                     struct file_protocol **root);
};

/* Name of the last node, of UTF-16 units with a zero at the end, which the caller frees. */
static grub_efi_char16_t *last_name(const grub_efi_device_path_t *path, grub_size_t *units)
{
    const grub_efi_device_path_t *last = grub_efi_find_last_device_path(path);
    grub_size_t bytes;
    grub_efi_char16_t *name;

    if (!last || last->type != GRUB_EFI_MEDIA_DEVICE_PATH_TYPE ||
        last->subtype != GRUB_EFI_FILE_PATH_DEVICE_PATH_SUBTYPE || last->length < NODE_BYTES)
        return NULL;
    bytes = last->length - NODE_BYTES;
    *units = bytes / sizeof(*name);
    name = grub_zalloc((*units + 1) * sizeof(*name));
    if (!name)
        return NULL;
    grub_memcpy(name, (const grub_uint8_t *)last + NODE_BYTES, *units * sizeof(*name));
    while (*units && !name[*units - 1])
        --*units;
    return name;
}

char *vtc_efi_file_name(const grub_efi_device_path_t *path)
{
    grub_size_t units;
    grub_efi_char16_t *wide = last_name(path, &units);
    char *name = wide ? grub_malloc(units * GRUB_MAX_UTF8_PER_UTF16 + 1) : NULL;

    if (name)
        *grub_utf16_to_utf8((grub_uint8_t *)name, wide, units) = '\0';
    grub_free(wide);
    grub_errno = GRUB_ERR_NONE;
    return name;
}

static struct file_protocol *open_file(grub_efi_device_path_t *path)
{
    grub_efi_guid_t guid = GRUB_EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    grub_efi_device_path_t *rest = path;
    grub_efi_handle_t handle;
    struct file_system_protocol *fs;
    struct file_protocol *root, *file = NULL;
    grub_size_t units;
    grub_efi_char16_t *name = last_name(path, &units);

    if (name &&
        efi_call_3(grub_efi_system_table->boot_services->locate_device_path, &guid, &rest,
                   &handle) == GRUB_EFI_SUCCESS &&
        (fs = grub_efi_open_protocol(handle, &guid, GRUB_EFI_OPEN_PROTOCOL_GET_PROTOCOL)) &&
        efi_call_2(fs->open_volume, fs, &root) == GRUB_EFI_SUCCESS) {
        if (efi_call_5(root->open, root, &file, name, FILE_MODE_READ, 0ull) != GRUB_EFI_SUCCESS)
            file = NULL;
        efi_call_1(root->close, root);
    }
    grub_free(name);
    grub_errno = GRUB_ERR_NONE;
    return file;
}

int vtc_efi_file_exists(grub_efi_device_path_t *path)
{
    struct file_protocol *file = open_file(path);

    if (file)
        efi_call_1(file->close, file);
    return file != NULL;
}

static int read_all(struct file_protocol *from, grub_size_t max_bytes, struct vtc_efi_file *file)
{
    grub_uint64_t bytes = 0;
    grub_efi_uintn_t got;

    if (efi_call_2(from->set_position, from, ~0ull) != GRUB_EFI_SUCCESS || /* the end */
        efi_call_2(from->get_position, from, &bytes) != GRUB_EFI_SUCCESS ||
        efi_call_2(from->set_position, from, 0ull) != GRUB_EFI_SUCCESS)
        return 0;
    if (!bytes || bytes > max_bytes)
        return 0;
    file->data = grub_efi_allocate_any_pages((bytes + PAGE_BYTES - 1) / PAGE_BYTES);
    file->bytes = bytes;
    got = bytes;
    return file->data && efi_call_3(from->read, from, &got, file->data) == GRUB_EFI_SUCCESS &&
           got == bytes;
}

int vtc_efi_file_read(grub_efi_device_path_t *path, grub_size_t max_bytes,
                      struct vtc_efi_file *file)
{
    struct file_protocol *from = open_file(path);
    int done;

    file->data = NULL;
    if (!from)
        return 0;
    done = read_all(from, max_bytes, file);
    efi_call_1(from->close, from);
    grub_errno = GRUB_ERR_NONE;
    if (!done)
        vtc_efi_file_free(file);
    return done;
}

void vtc_efi_file_free(struct vtc_efi_file *file)
{
    if (file->data)
        grub_efi_free_pages((grub_efi_physical_address_t)(grub_addr_t)file->data,
                            (file->bytes + PAGE_BYTES - 1) / PAGE_BYTES);
    file->data = NULL;
}
