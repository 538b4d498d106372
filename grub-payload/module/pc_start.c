/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <grub/i386/relocator.h>
#include <grub/loader.h>
#include <grub/misc.h>
#include <grub/mm.h>
#include <grub/relocator.h>
#include <grub/video.h>

#include "pc_start.h"

#define BIOS_LOAD_SEGMENT 0x7c0u /* entered as 0000:7c00, as every BIOS does */
#define STACK_OFF         0x7c00u

static struct {
    struct vtc_pc_resident resident;
    struct vtc_pc_boot_image image;
    struct grub_relocator *relocator;
} pending;

static void forget(void)
{
    vtc_pc_resident_free(&pending.resident);
    grub_relocator_unload(pending.relocator);
    pending.relocator = NULL;
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
    vtc_pc_resident_install(&pending.resident);
    err = grub_relocator16_boot(pending.relocator, state);
    vtc_pc_resident_remove(&pending.resident);
    return err;
}

static grub_err_t unload(void)
{
    forget();
    return GRUB_ERR_NONE;
}

grub_err_t vtc_pc_start(const struct vtc_boot *boot, const struct vtc_pc_boot_image *image,
                        struct vtc_pc_resident *resident)
{
    grub_relocator_chunk_t chunk;
    int rc;

    grub_loader_unset();
    pending.resident = *resident;
    pending.image = *image;
    pending.relocator = grub_relocator_new();
    if (!pending.relocator ||
        grub_relocator_alloc_chunk_addr(pending.relocator, &chunk, image->segment * 16u,
                                        image->bytes) != GRUB_ERR_NONE) {
        forget();
        return grub_error(GRUB_ERR_OUT_OF_MEMORY,
                          "%s: there is no room for its boot image of %u bytes at %04x:0000",
                          boot->name, (unsigned)image->bytes, image->segment);
    }
    rc = vtc_image_read(&boot->image, &boot->disk_reader, image->off,
                        get_virtual_current_address(chunk), image->bytes);
    if (rc != VTC_OK) {
        forget();
        return grub_error(GRUB_ERR_READ_ERROR, "%s: its boot image cannot be read", boot->name);
    }
    grub_loader_set(jump, unload, 0);
    return GRUB_ERR_NONE;
}
