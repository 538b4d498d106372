/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file system of the data partition: its boot regions, its state, its allocation, and what the
 * file system's own tool says. */
#include "host/check_fs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/bytes.h>

#include "host/exfat_boot.h"
#include "host/exfat_check.h"
#include "host/probe.h"
#include "host/run.h"

#define REGION_SECTORS  12u
#define AT_VOLUME_FLAGS 106
#define AT_SECTOR_SHIFT 108
#define FLAG_DIRTY      2u
#define FLAG_FAILURE    4u

static const char fsck_hint[] = "Unmount it, then: fsck.exfat on its partition (an image file: "
                                "losetup -fP FILE gives it partitions).";

/* Is a boot region (main or backup) what its checksum says? shift: of the sector size. */
static int region_is_good(const struct vtc_reader *disk, uint64_t off, unsigned shift)
{
    uint32_t sector_bytes = 1u << shift, sum;
    uint8_t *region = malloc((size_t)REGION_SECTORS * sector_bytes);
    int good = region && !vtc_reader_read(disk, off, region, REGION_SECTORS * sector_bytes) &&
               memcmp(region + 3, "EXFAT   ", 8) == 0;

    sum = good ? vtc_exfat_boot_checksum(region, sector_bytes) : 0;
    for (uint32_t i = 0; good && i < sector_bytes; i += 4)
        good = vtc_le32(region + (REGION_SECTORS - 1) * sector_bytes + i) == sum;
    free(region);
    return good;
}

static void check_regions(struct vtc_check_fs *fs, struct vtc_check *check)
{
    unsigned shift = check->record.sector_bytes == 4096 ? 12 : 9;
    uint8_t found = 0;
    int first, second;

    if (!vtc_reader_read(&fs->disk, fs->off + AT_SECTOR_SHIFT, &found, 1) && found >= 9 &&
        found <= 12)
        shift = found;
    first = region_is_good(&fs->disk, fs->off, shift);
    second = region_is_good(&fs->disk, fs->off + ((uint64_t)REGION_SECTORS << shift), shift);
    if (first && second)
        return;
    vtc_check_add(check, "file_system", first ? VTC_CHECK_WARNING : VTC_CHECK_ERROR,
                  !first && !second ? "both boot regions of the exFAT file system are damaged"
                  : first           ? "the backup boot region of the exFAT file system is damaged"
                                    : "the boot region of the exFAT file system is damaged; its "
                                      "backup is good");
    vtc_check_hint(check, "%s", fsck_hint);
}

/* Do directories, FAT and bitmap agree? Only of a volume at rest. */
static void check_allocation(struct vtc_check_fs *fs, const struct vtc_target *target,
                             struct vtc_check *check)
{
    struct vtc_exfat_volume *volume = calloc(1, sizeof(*volume));
    struct vtc_error err = {0};
    int rc = -ENOMEM;

    if (volume) {
        rc = vtc_exfat_volume_open(volume, target->dev->path, target->fd, target->dev->bytes,
                                   fs->off, fs->bytes, &err);
        if (!rc)
            rc = vtc_exfat_check_used(volume, &err);
        vtc_exfat_volume_close(volume);
    }
    free(volume);
    if (!rc) {
        vtc_check_add(check, "file_system", VTC_CHECK_GOOD,
                      "exFAT: directories, clusters and allocation agree");
        return;
    }
    if (rc == -ENOTSUP || rc == -ENOMEM)
        vtc_check_add(check, "file_system", VTC_CHECK_UNCHECKED, "exFAT: not looked into: %s",
                      rc == -ENOMEM ? "out of memory" : "it has two FATs");
    else
        vtc_check_add(check, "file_system", VTC_CHECK_ERROR, "%s",
                      err.text[0] ? err.text : "the exFAT file system is damaged");
    vtc_check_hint(check, "%s", rc == -ENOTSUP || rc == -ENOMEM ? "" : fsck_hint);
}

static void check_exfat(struct vtc_check_fs *fs, const struct vtc_target *target,
                        struct vtc_check *check)
{
    uint8_t flags[2] = {0};

    check_regions(fs, check);
    if (fs->mounted[0]) {
        vtc_check_add(check, "file_system", VTC_CHECK_UNCHECKED,
                      "exFAT: mounted on %s: what is found of its files may be in flux",
                      fs->mounted);
        return;
    }
    if (!vtc_reader_read(&fs->disk, fs->off + AT_VOLUME_FLAGS, flags, sizeof(flags)) &&
        vtc_le16(flags) & (FLAG_DIRTY | FLAG_FAILURE)) {
        vtc_check_add(check, "file_system", VTC_CHECK_WARNING,
                      vtc_le16(flags) & FLAG_FAILURE
                          ? "exFAT: it says that its medium failed"
                          : "exFAT: it was not unmounted cleanly (files may not be whole)");
        vtc_check_hint(check, "%s", fsck_hint);
        return;
    }
    check_allocation(fs, target, check);
}

/* Not one of those that can be read here: say what it is. */
static void say_foreign(struct vtc_check_fs *fs, const struct vtc_target *target,
                        struct vtc_check *check)
{
    struct vtc_probe_area area = {fs->off, fs->bytes};
    struct vtc_probe_signature found;
    uint8_t magic[8];

    if (!vtc_reader_read(&fs->disk,
                         fs->off + (uint64_t)REGION_SECTORS * check->record.sector_bytes + 3, magic,
                         sizeof(magic)) &&
        memcmp(magic, "EXFAT   ", sizeof(magic)) == 0) {
        check_regions(fs, check);
        return;
    }
    /* What is left of a boot sector may pass for a partition table. */
    if (vtc_probe_first(target->fd, area, check->record.sector_bytes, &found) > 0 &&
        strcmp(found.type, "dos") != 0 && strcmp(found.type, "gpt") != 0) {
        vtc_check_add(check, "file_system", VTC_CHECK_UNCHECKED,
                      "not looked into: file system %s; nor its images", found.type);
        return;
    }
    vtc_check_add(check, "file_system", VTC_CHECK_ERROR,
                  "there is no file system on the data partition");
    vtc_check_hint(check, "To make a new one: mkfs.exfat -L VENTOC on its partition (this erases "
                          "its files).");
}

int vtc_check_fs_open(struct vtc_check_fs *fs, const struct vtc_target *target,
                      struct vtc_check *check)
{
    int rc;

    memset(fs, 0, sizeof(*fs));
    fs->region = (struct vtc_fdio_region){target->fd, 0};
    fs->disk = vtc_fdio_reader(&fs->region, target->dev->bytes);
    fs->off = check->record.data_off;
    fs->bytes = check->entry_good[0] ? check->entry[0].bytes : check->record.data_bytes;
    vtc_stickmount_find(&vtc_device_live_roots, target->dev, fs->off, fs->mounted,
                        sizeof(fs->mounted));
    rc = vtc_volume_open(&fs->volume, &fs->disk, fs->off, fs->bytes);
    fs->is_open = !rc;
    if (rc == VTC_ENOENT) {
        say_foreign(fs, target, check);
    } else if (rc == VTC_ENOTSUP) {
        vtc_check_add(check, "file_system", VTC_CHECK_UNCHECKED,
                      "not looked into: %s with features that are not known here",
                      vtc_volume_kind_name(fs->volume.kind));
    } else if (fs->volume.kind == VTC_VOLUME_EXFAT && rc != VTC_EIO) {
        check_exfat(fs, target, check);
        if (rc) {
            vtc_check_add(check, "file_system", VTC_CHECK_ERROR,
                          "exFAT: its boot sector contradicts itself or the partition");
            vtc_check_hint(check, "%s", fsck_hint);
        }
    } else if (rc) {
        vtc_check_add(check, "file_system", VTC_CHECK_ERROR, "the file system %s",
                      rc == VTC_EIO ? "cannot be read" : "is damaged");
        vtc_check_hint(check, "Check it with the tools of its file system.");
    } else {
        vtc_check_add(check, "file_system", VTC_CHECK_UNCHECKED,
                      "%s: its files are looked at, its own structures are not",
                      vtc_volume_kind_name(fs->volume.kind));
    }
    return fs->is_open;
}

/* ---- a second opinion ---------------------------------------------------------------------- */

static int partition_path(const struct vtc_device *dev, uint64_t off, char path[80])
{
    for (uint32_t i = 0; i < dev->part_count; i++)
        if (dev->part[i].off == off) {
            snprintf(path, 80, "/dev/%s", dev->part[i].name);
            return 1;
        }
    return 0;
}

void vtc_check_fs_second(const struct vtc_check_fs *fs, const struct vtc_target *target,
                         struct vtc_check *check)
{
    static const struct {
        const char *tool, *option, *package;
    } tools[] = {{"fsck.exfat", "-n", "exfatprogs"},
                 {"fsck.fat", "-n", "dosfstools"},
                 {"e2fsck", "-fn", "e2fsprogs"}};
    const char *tool = tools[fs->volume.kind].tool;
    struct vtc_error err = {0};
    char path[80];
    char *argv[] = {(char *)tool, (char *)tools[fs->volume.kind].option, path, NULL};
    int rc;

    if (fs->mounted[0]) {
        vtc_check_add(check, "fsck", VTC_CHECK_UNCHECKED, "%s: not run while it is mounted", tool);
        return;
    }
    if (!partition_path(target->dev, fs->off, path)) {
        vtc_check_add(check, "fsck", VTC_CHECK_UNCHECKED,
                      "%s: not run, the data partition has no device of its own", tool);
        vtc_check_hint(check, "An image file or loop device gets it by: losetup -r -f -P FILE");
        return;
    }
    rc = vtc_run_tool(argv, tools[fs->volume.kind].package, target->fd, &err);
    if (!rc) {
        vtc_check_add(check, "fsck", VTC_CHECK_GOOD, "%s finds nothing wrong", tool);
    } else if (rc == -EIO) {
        vtc_check_add(check, "fsck", VTC_CHECK_ERROR, "%s", err.text);
        vtc_check_hint(check, "Unmounted, %s %s mends what can be mended.", tool, path);
    } else {
        vtc_check_add(check, "fsck", VTC_CHECK_UNCHECKED, "%s", err.text);
        vtc_check_hint(check, "%s", err.hint);
    }
}
