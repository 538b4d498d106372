/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <grub/i386/relocator.h>
#include <grub/loader.h>
#include <grub/misc.h>
#include <grub/mm.h>
#include <grub/relocator.h>
#include <grub/video.h>

#include "linux.h"
#include "pc_start.h"

#define BIOS_LOAD_SEGMENT 0x7c0u /* entered as 0000:7c00, as every BIOS does */
#define STACK_OFF         0x7c00u
#define LOAD_LOWEST       0x600u /* below: interrupt vectors and BIOS data */

static struct {
    struct vtc_pc_resident resident;
    struct vtc_pc_boot_image image;
    struct grub_relocator *relocator;
    void *overlay_memory; /* the image's, taken over */
    int overlay_handle;
} pending;

/* Tell the BIOS data area of the drive that was not there (floppy: 0410h bits 0 and 6-7, hard disks:
 * 0475h), and take it back. */
static void announce_drive(int there)
{
    volatile grub_uint8_t *equipment = grub_absolute_pointer(0x410);
    volatile grub_uint8_t *hard_disks = grub_absolute_pointer(0x475);
    static grub_uint8_t equipment_before, hard_disks_before;

    if (!there) {
        *equipment = equipment_before;
        *hard_disks = hard_disks_before;
        return;
    }
    equipment_before = *equipment;
    hard_disks_before = *hard_disks;
    if (pending.resident.config->emulated_drive == 0)
        *equipment |= 1;
    *hard_disks += pending.resident.config->shift;
}

static void forget(void)
{
    vtc_pc_resident_free(&pending.resident);
    grub_relocator_unload(pending.relocator);
    pending.relocator = NULL;
    if (pending.overlay_memory)
        vtc_platform_let_go(pending.overlay_memory, pending.overlay_handle);
    pending.overlay_memory = NULL;
}

static grub_err_t jump(void)
{
    struct grub_relocator16_state state = {.edx = pending.image.drive, .sp = STACK_OFF};
    grub_err_t err;

    if (pending.image.segment == BIOS_LOAD_SEGMENT)
        state.ip = STACK_OFF;
    else
        state.cs = pending.image.segment;
    grub_video_set_mode("text", 0, 0);
    announce_drive(1);
    vtc_pc_resident_install(&pending.resident);
    err = grub_relocator16_boot(pending.relocator, state);
    vtc_pc_resident_remove(&pending.resident);
    announce_drive(0);
    return err;
}

static grub_err_t unload(void)
{
    forget();
    return GRUB_ERR_NONE;
}

grub_err_t vtc_pc_start(struct vtc_boot *boot, const struct vtc_pc_boot_image *image,
                        struct vtc_pc_resident *resident)
{
    grub_addr_t at = image->segment * 16u;
    grub_relocator_chunk_t chunk;
    int rc;

    if (at < LOAD_LOWEST || at + image->bytes > (grub_addr_t)resident->low) {
        vtc_pc_resident_free(resident);
        return grub_error(GRUB_ERR_BAD_FILE_TYPE,
                          "%s: wants %u bytes of boot code at %05x, where this machine has no room "
                          "for it; the image is damaged or not for a PC BIOS",
                          boot->name, (unsigned)image->bytes, (unsigned)at);
    }
    pending.resident = *resident;
    pending.image = *image;
    pending.relocator = grub_relocator_new();
    if (!pending.relocator || grub_relocator_alloc_chunk_addr(pending.relocator, &chunk, at,
                                                              image->bytes) != GRUB_ERR_NONE) {
        forget();
        return grub_errno;
    }
    rc = vtc_image_read(&boot->image, &boot->disk_reader, image->off,
                        get_virtual_current_address(chunk), image->bytes);
    if (rc != VTC_OK) {
        forget();
        return grub_error(GRUB_ERR_READ_ERROR, "%s: its boot image cannot be read", boot->name);
    }
    pending.overlay_memory = boot->overlay_memory; /* what it shows is needed until then */
    pending.overlay_handle = boot->overlay_handle;
    boot->overlay_memory = NULL;
    grub_loader_set(jump, unload, 0);
    return GRUB_ERR_NONE;
}
