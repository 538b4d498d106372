/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BlockIo over an image (UEFI 2.10 section 13.9) with a device path of our own. */
#include <grub/efi/disk.h>
#include <grub/efi/efi.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include <ventoc/bytes.h>

#include "efi_vdisk.h"

#define PATH_HARDWARE     1u
#define PATH_VENDOR       4u
#define PATH_MEDIA        4u
#define PATH_CDROM        2u
#define PATH_END          0x7fu
#define PATH_END_ENTIRE   0xffu
#define CDROM_NODE_BYTES  24u
#define BLOCK_IO_REVISION 0x00010000u

/* Small reads are served from windows on the real disk: the firmware's drivers read a CD sector by
 * sector, often the same one, and USB moves 64 KiB at once. On the disk, not in the image: a file
 * in many pieces costs one read a miss all the same. */
#define WINDOWS      8u
#define WINDOW_BYTES 65536u

/* Made for ventoc; says nothing but "a virtual disk of ventoc". */
static const grub_uint8_t vendor_node[VTC_VDISK_NODE_BYTES] = {PATH_HARDWARE,
                                                               PATH_VENDOR,
                                                               VTC_VDISK_NODE_BYTES,
                                                               0,
                                                               0x5d,
                                                               0x9e,
                                                               0x1c,
                                                               0x76,
                                                               0x2b,
                                                               0x4a,
                                                               0x8e,
                                                               0x4f,
                                                               0xa3,
                                                               0x17,
                                                               0x56,
                                                               0x54,
                                                               0x43,
                                                               0x64,
                                                               0x69,
                                                               0x73};

static grub_efi_guid_t block_io_guid = GRUB_EFI_BLOCK_IO_GUID;
static grub_efi_guid_t disk_io_guid = GRUB_EFI_DISK_IO_GUID;
static grub_efi_guid_t device_path_guid = GRUB_EFI_DEVICE_PATH_GUID;
static grub_efi_uint32_t last_media_id;

int vtc_efi_vdisk_is_ours(const grub_efi_device_path_t *path)
{
    return path && grub_memcmp(path, vendor_node, sizeof(vendor_node)) == 0;
}

/* Read from the real disk through the firmware's byte-addressed DiskIo. */
static int disk_io_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct vtc_efi_vdisk *vdisk = ctx;
    grub_efi_status_t status = efi_call_5(vdisk->parent_io->read, vdisk->parent_io,
                                          vdisk->parent_media_id, off, bytes, buf);

    return status == GRUB_EFI_SUCCESS ? VTC_OK : VTC_EIO;
}

/* Bytes the firmware may read: whole blocks, the last one padded with zeros. */
static grub_uint64_t shown_bytes(const struct vtc_efi_vdisk *vdisk)
{
    return (vdisk->media.last_block + 1) << vdisk->block_shift;
}

static VTC_EFIAPI grub_efi_status_t vdisk_reset(struct grub_efi_block_io *this
                                                __attribute__((unused)),
                                                grub_efi_boolean_t extended __attribute__((unused)))
{
    return GRUB_EFI_SUCCESS;
}

static VTC_EFIAPI grub_efi_status_t vdisk_read(struct grub_efi_block_io *this,
                                               grub_efi_uint32_t media_id, grub_efi_lba_t lba,
                                               grub_efi_uintn_t bytes, void *buf)
{
    struct vtc_efi_vdisk *vdisk = (struct vtc_efi_vdisk *)this;
    grub_uint64_t off, inside;

    if (!vdisk->media.media_present)
        return GRUB_EFI_NO_MEDIA;
    if (media_id != vdisk->media.media_id)
        return GRUB_EFI_MEDIA_CHANGED;
    if (bytes == 0)
        return GRUB_EFI_SUCCESS;
    if (!buf)
        return GRUB_EFI_INVALID_PARAMETER;
    if (bytes & (vdisk->media.block_size - 1))
        return GRUB_EFI_BAD_BUFFER_SIZE;
    if (lba > vdisk->media.last_block)
        return GRUB_EFI_INVALID_PARAMETER;
    off = lba << vdisk->block_shift;
    if (bytes > shown_bytes(vdisk) - off)
        return GRUB_EFI_INVALID_PARAMETER;
    inside = off < vdisk->window_bytes ? vdisk->window_bytes - off : 0;
    if (inside > bytes)
        inside = bytes;
    if (vtc_image_read(vdisk->image, &vdisk->disk, vdisk->window_off + off, buf, inside) != VTC_OK)
        return GRUB_EFI_DEVICE_ERROR;
    grub_memset((grub_uint8_t *)buf + inside, 0, bytes - inside);
    return GRUB_EFI_SUCCESS;
}

static VTC_EFIAPI grub_efi_status_t vdisk_write(struct grub_efi_block_io *this
                                                __attribute__((unused)),
                                                grub_efi_uint32_t media_id __attribute__((unused)),
                                                grub_efi_lba_t lba __attribute__((unused)),
                                                grub_efi_uintn_t bytes __attribute__((unused)),
                                                void *buf __attribute__((unused)))
{
    return GRUB_EFI_WRITE_PROTECTED;
}

static VTC_EFIAPI grub_efi_status_t vdisk_flush(struct grub_efi_block_io *this
                                                __attribute__((unused)))
{
    return GRUB_EFI_SUCCESS;
}

static void fill_block_io(struct vtc_efi_vdisk *vdisk, unsigned block_bytes, int is_partition)
{
    grub_efi_block_io_media_t *media = &vdisk->media;

    vdisk->block_shift = block_bytes == 2048 ? 11 : 9;
    media->media_id = ++last_media_id;
    media->removable_media = 1;
    media->media_present = 1;
    media->logical_partition = is_partition;
    media->read_only = 1;
    media->block_size = block_bytes;
    media->io_align = 1;
    media->last_block = ((vdisk->window_bytes + block_bytes - 1) >> vdisk->block_shift) - 1;
    vdisk->io.revision = BLOCK_IO_REVISION;
    vdisk->io.media = media;
    /* the header's prototypes lack the calling convention */
    vdisk->io.reset = (void *)vdisk_reset;
    vdisk->io.read_blocks = (void *)vdisk_read;
    vdisk->io.write_blocks = (void *)vdisk_write;
    vdisk->io.flush_blocks = (void *)vdisk_flush;
}

static grub_err_t install(struct vtc_efi_vdisk *vdisk)
{
    grub_efi_boot_services_t *bs = grub_efi_system_table->boot_services;
    grub_efi_handle_t handle = NULL;
    grub_efi_status_t status;

    status = efi_call_4(bs->install_protocol_interface, &handle, &device_path_guid,
                        GRUB_EFI_NATIVE_INTERFACE, vdisk->path);
    if (status == GRUB_EFI_SUCCESS) {
        status = efi_call_4(bs->install_protocol_interface, &handle, &block_io_guid,
                            GRUB_EFI_NATIVE_INTERFACE, &vdisk->io);
        if (status != GRUB_EFI_SUCCESS)
            efi_call_3(bs->uninstall_protocol_interface, handle, &device_path_guid, vdisk->path);
    }
    if (status != GRUB_EFI_SUCCESS)
        return grub_error(GRUB_ERR_IO,
                          "the firmware did not accept the virtual disk (status 0x%lx)",
                          (unsigned long)status);
    vdisk->handle = handle;
    return GRUB_ERR_NONE;
}

static grub_uint8_t *put_end_node(grub_uint8_t *at)
{
    at[0] = PATH_END;
    at[1] = PATH_END_ENTIRE;
    vtc_put_le16(at + 2, 4);
    return at + 4;
}

/* The reader of the real disk. */
static grub_err_t open_windows(struct vtc_efi_vdisk *vdisk, grub_uint64_t disk_bytes)
{
    struct vtc_reader real = {.read = disk_io_read, .ctx = vdisk, .bytes = disk_bytes};

    vdisk->windows = grub_malloc(WINDOWS * WINDOW_BYTES);
    if (!vdisk->windows)
        return grub_errno;
    vtc_readahead_init(&vdisk->ahead, &real, vdisk->windows, WINDOWS, WINDOW_BYTES, WINDOW_BYTES);
    vdisk->disk.read = vtc_readahead_read;
    vdisk->disk.ctx = &vdisk->ahead;
    vdisk->disk.bytes = disk_bytes;
    return GRUB_ERR_NONE;
}

grub_err_t vtc_efi_vdisk_publish(struct vtc_efi_vdisk *vdisk, const struct vtc_boot *boot,
                                 unsigned block_bytes)
{
    grub_efi_handle_t disk_handle = grub_efidisk_get_device_handle(boot->disk);
    grub_efi_block_io_t *parent;

    grub_memset(vdisk, 0, sizeof(*vdisk));
    if (!disk_handle)
        return grub_error(GRUB_ERR_BAD_DEVICE, "the firmware does not know the disk %s",
                          boot->map.disk_name);
    parent =
        grub_efi_open_protocol(disk_handle, &block_io_guid, GRUB_EFI_OPEN_PROTOCOL_GET_PROTOCOL);
    vdisk->parent_io =
        grub_efi_open_protocol(disk_handle, &disk_io_guid, GRUB_EFI_OPEN_PROTOCOL_GET_PROTOCOL);
    if (!parent || !vdisk->parent_io)
        return grub_error(GRUB_ERR_BAD_DEVICE, "the firmware offers no disk access to %s",
                          boot->map.disk_name);
    vdisk->parent_media_id = parent->media->media_id;
    if (open_windows(vdisk, boot->disk_reader.bytes) != GRUB_ERR_NONE)
        return grub_errno;
    vdisk->image = &boot->image;
    vdisk->window_bytes = boot->image.bytes;
    fill_block_io(vdisk, block_bytes, 0);
    grub_memcpy(vdisk->path, vendor_node, sizeof(vendor_node));
    put_end_node(vdisk->path + sizeof(vendor_node));
    return install(vdisk);
}

grub_err_t vtc_efi_vdisk_publish_child(struct vtc_efi_vdisk *child,
                                       const struct vtc_efi_vdisk *parent, grub_uint64_t off,
                                       grub_uint64_t bytes)
{
    grub_uint8_t *node = child->path + sizeof(vendor_node);

    grub_memset(child, 0, sizeof(*child));
    if (bytes < 512 || off > parent->window_bytes || bytes > parent->window_bytes - off)
        return grub_error(GRUB_ERR_BAD_FILE_TYPE, "the UEFI boot image lies outside the CD image");
    child->image = parent->image;
    child->disk = parent->disk;
    child->window_off = off;
    child->window_bytes = bytes;
    fill_block_io(child, 512, 1);
    grub_memcpy(child->path, vendor_node, sizeof(vendor_node));
    node[0] = PATH_MEDIA;
    node[1] = PATH_CDROM;
    vtc_put_le16(node + 2, CDROM_NODE_BYTES);
    vtc_put_le32(node + 4, 1);
    vtc_put_le64(node + 8, off >> 11);
    vtc_put_le64(node + 16, (bytes + 2047) >> 11);
    put_end_node(node + CDROM_NODE_BYTES);
    return install(child);
}

/* Take the protocols off the handle. Returns 0 when a driver of the firmware does not let go. */
static int uninstall(struct vtc_efi_vdisk *vdisk)
{
    grub_efi_boot_services_t *bs = grub_efi_system_table->boot_services;
    grub_efi_status_t status;

    efi_call_3(bs->disconnect_controller, vdisk->handle, NULL, NULL);
    status =
        efi_call_3(bs->uninstall_protocol_interface, vdisk->handle, &block_io_guid, &vdisk->io);
    if (status == GRUB_EFI_SUCCESS)
        status = efi_call_3(bs->uninstall_protocol_interface, vdisk->handle, &device_path_guid,
                            vdisk->path);
    return status == GRUB_EFI_SUCCESS;
}

int vtc_efi_vdisk_unpublish(struct vtc_efi_vdisk *vdisk)
{
    int gone = !vdisk->handle || uninstall(vdisk);

    grub_free(vdisk->windows);
    vdisk->windows = NULL;
    if (gone) {
        vdisk->handle = NULL;
    } else { /* an empty drive stays behind */
        vdisk->media.media_present = 0;
        vdisk->image = NULL;
    }
    return gone;
}
