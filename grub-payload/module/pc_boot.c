/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which drive an image becomes on a BIOS: a CD, a CD that emulates another, a hard disk, a floppy. */
#include <grub/disk.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include <ventoc/bytes.h>
#include <ventoc/eltorito.h>
#include <ventoc/floppy.h>
#include <ventoc/iso9660.h>

#include "pc_bios.h"
#include "pc_start.h"

#define SECTOR_BYTES    512u
#define CD_SECTORS      4u
#define DEFAULT_SEGMENT 0x7c0u
#define FLOPPY_DRIVE    0x00u
#define HARD_DISK_DRIVE 0x80u

void vtc_platform_init(void)
{
}

void vtc_platform_start(void)
{
}

void vtc_platform_fini(void)
{
}

const char *vtc_platform_secure_boot(void)
{
    return NULL;
}

const char *vtc_platform_secure_title(void)
{
    return NULL;
}

const char *vtc_platform_secure_page(void)
{
    return NULL;
}

static void set_floppy(struct vtc_int13_config *config, const struct vtc_floppy *floppy)
{
    config->emulated_drive = FLOPPY_DRIVE;
    config->emulated_sectors = floppy->sectors;
    config->cylinders = floppy->cylinders;
    config->heads = floppy->heads;
    config->sectors_per_track = floppy->sectors_per_track;
    config->floppy_type = floppy->bios_type;
}

/* The geometry of a hard disk image as its first partition's end was written with. */
static void set_hard_disk(struct vtc_int13_config *config, const grub_uint8_t mbr[SECTOR_BYTES],
                          grub_uint32_t sectors)
{
    grub_uint32_t heads = mbr[446 + 5] + 1u, per_track = mbr[446 + 6] & 0x3f, cylinders = 0;

    if (mbr[446 + 4] == 0 || per_track == 0 || heads > 255) {
        heads = 255;
        per_track = 63;
    }
    while (cylinders < 1024 && (cylinders + 1) * heads * per_track <= sectors)
        cylinders++;
    config->emulated_drive = HARD_DISK_DRIVE;
    config->shift = 1;
    config->emulated_sectors = sectors;
    config->cylinders = cylinders ? cylinders : 1;
    config->heads = heads;
    config->sectors_per_track = per_track;
    config->floppy_type = 0;
}

static int read_image(const struct vtc_boot *boot, grub_uint64_t off, void *buf,
                      grub_uint32_t bytes)
{
    return vtc_image_read(&boot->image, &boot->disk_reader, off, buf, bytes);
}

static grub_err_t no_loader(const struct vtc_boot *boot)
{
    if (boot->facts.has_efi)
        return grub_error(GRUB_ERR_BAD_OS,
                          "UEFI only: %s has no BIOS boot loader; start this machine in UEFI mode",
                          boot->name);
    return grub_error(GRUB_ERR_BAD_OS, "%s: not bootable: it has no boot loader", boot->name);
}

/* The emulated drive of a CD's boot entry (El Torito 1.0 section 2.2). */
static grub_err_t set_emulation(const struct vtc_boot *boot, struct vtc_int13_config *config,
                                const struct vtc_eltorito_entry *entry)
{
    static const grub_uint32_t floppy_bytes[] = {0, 2400 * 512, 2880 * 512, 5760 * 512};
    grub_uint32_t first = entry->load_lba2048 * CD_SECTORS, left;
    grub_uint8_t mbr[SECTOR_BYTES];

    if (entry->media == VTC_ELTORITO_NO_EMULATION)
        return GRUB_ERR_NONE;
    if (entry->media > VTC_ELTORITO_HARD_DISK)
        return grub_error(GRUB_ERR_BAD_FILE_TYPE,
                          "%s: damaged: its boot catalog names an unknown kind of medium (%u)",
                          boot->name, entry->media);
    if (first >= config->sectors ||
        read_image(boot, (grub_uint64_t)first * SECTOR_BYTES, mbr, sizeof(mbr)) != VTC_OK)
        return grub_error(GRUB_ERR_BAD_FILE_TYPE, "%s: its boot image lies outside the file",
                          boot->name);
    left = config->sectors - first;
    config->emulated_lba512 = first;
    if (entry->media == VTC_ELTORITO_HARD_DISK) {
        grub_uint64_t end = (grub_uint64_t)vtc_le32(mbr + 446 + 8) + vtc_le32(mbr + 446 + 12);

        set_hard_disk(config, mbr, end && end < left ? (grub_uint32_t)end : left);
    } else {
        set_floppy(config, vtc_floppy_of(floppy_bytes[entry->media]));
        if (config->emulated_sectors > left)
            config->emulated_sectors = left;
    }
    return GRUB_ERR_NONE;
}

static void fill_packet(struct vtc_int13_config *config, const struct vtc_eltorito_entry *entry,
                        grub_uint16_t segment)
{
    struct vtc_int13_packet *packet = &config->packet;

    packet->packet_bytes = sizeof(*packet);
    packet->media = entry->media;
    packet->drive =
        entry->media == VTC_ELTORITO_NO_EMULATION ? config->drive : config->emulated_drive;
    packet->image_lba2048 = entry->load_lba2048;
    packet->load_segment = segment;
    packet->sector_count = entry->sector_count;
    if (entry->media != VTC_ELTORITO_NO_EMULATION) {
        unsigned last = config->cylinders - 1u;

        packet->cylinders_low = last & 0xff;
        packet->sectors_cylinders_high = (last >> 2 & 0xc0) | config->sectors_per_track;
        packet->heads = config->heads - 1;
    }
}

static grub_err_t boot_cd(struct vtc_boot *boot, const struct vtc_eltorito_entry *entry,
                          grub_uint32_t catalog_lba2048)
{
    struct vtc_pc_boot_image image = {
        .off = (grub_uint64_t)entry->load_lba2048 << 11,
        /* a BIOS reads whole sectors of the CD */
        .bytes = ALIGN_UP((entry->sector_count ? entry->sector_count : 1) * SECTOR_BYTES,
                          CD_SECTORS * SECTOR_BYTES),
        .segment = entry->load_segment ? entry->load_segment : DEFAULT_SEGMENT,
    };
    unsigned drive = vtc_pc_free_cd_drive();
    struct vtc_pc_resident resident;
    grub_err_t err;

    if (!drive)
        return grub_error(GRUB_ERR_BAD_DEVICE, "%s: this BIOS has no drive number left for a CD",
                          boot->name);
    if (image.bytes > boot->image.bytes - image.off)
        image.bytes = (grub_uint32_t)(boot->image.bytes - image.off);
    err = vtc_pc_resident_prepare(&resident, boot);
    if (err)
        return err;
    resident.config->drive = drive;
    resident.config->catalog_lba512 = catalog_lba2048 * CD_SECTORS;
    err = set_emulation(boot, resident.config, entry);
    if (err) {
        vtc_pc_resident_free(&resident);
        return err;
    }
    fill_packet(resident.config, entry, image.segment);
    image.drive = resident.config->packet.drive;
    return vtc_pc_start(boot, &image, &resident);
}

/* Find the CD's boot entry for a BIOS. */
static grub_err_t boot_iso(struct vtc_boot *boot, const struct vtc_reader *reader)
{
    struct vtc_iso9660 *iso = grub_malloc(sizeof(*iso));
    struct vtc_eltorito *catalog = grub_malloc(sizeof(*catalog));
    const struct vtc_eltorito_entry *entry = NULL;
    grub_err_t err;

    if (iso && catalog && vtc_iso9660_open(iso, reader) == VTC_OK && iso->boot_catalog_lba2048) {
        /* what could be read of a careless catalog stands */
        vtc_eltorito_read(reader, iso->boot_catalog_lba2048, catalog);
        entry = vtc_eltorito_find(catalog, VTC_ELTORITO_X86);
    }
    if (!iso || !catalog)
        err = grub_errno;
    else if (!entry)
        err = no_loader(boot);
    else
        err = boot_cd(boot, entry, iso->boot_catalog_lba2048);
    grub_free(iso);
    grub_free(catalog);
    return err;
}

/* A floppy or hard disk image: its boot sector, as the BIOS would start it. */
static grub_err_t boot_disk(struct vtc_boot *boot)
{
    struct vtc_pc_boot_image image = {.bytes = SECTOR_BYTES, .segment = DEFAULT_SEGMENT};
    const struct vtc_floppy *floppy = vtc_floppy_of(boot->image.bytes);
    struct vtc_pc_resident resident;
    grub_uint8_t mbr[SECTOR_BYTES];
    grub_err_t err;

    if (read_image(boot, 0, mbr, sizeof(mbr)) != VTC_OK || mbr[0] == 0 || mbr[510] != 0x55 ||
        mbr[511] != 0xaa)
        return no_loader(boot);
    err = vtc_pc_resident_prepare(&resident, boot);
    if (err)
        return err;
    if (floppy)
        set_floppy(resident.config, floppy);
    else
        set_hard_disk(resident.config, mbr, resident.config->sectors);
    image.drive = resident.config->emulated_drive;
    return vtc_pc_start(boot, &image, &resident);
}

grub_err_t vtc_platform_boot_image(struct vtc_boot *boot)
{
    struct vtc_reader reader;

    vtc_boot_reader(boot, &reader);
    if (boot->disk->dev->id != GRUB_DISK_DEVICE_BIOSDISK_ID)
        return grub_error(GRUB_ERR_BAD_DEVICE, "%s: not on a disk of the BIOS", boot->name);
    return boot->as_disk ? boot_disk(boot) : boot_iso(boot, &reader);
}
