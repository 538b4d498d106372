/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Find the stick this GRUB was started from, and its data partition, by the stick record. */
#include <grub/disk.h>
#include <grub/env.h>
#include <grub/misc.h>
#include <grub/mm.h>
#include <grub/partition.h>

#include "vtc.h"

static struct vtc_stick stick;

struct find_part {
    grub_uint64_t start_lba512;
    char *name;
};

static int part_hook(grub_disk_t disk __attribute__((unused)), const grub_partition_t part,
                     void *data)
{
    struct find_part *find = data;

    if (grub_partition_get_start(part) != find->start_lba512)
        return 0;
    find->name = grub_partition_get_name(part);
    return 1;
}

/* Is this disk a stick? Fills in stick when it is. */
static int try_disk(const char *name)
{
    grub_disk_t disk = grub_disk_open(name);
    struct vtc_reader reader;
    struct find_part find;

    if (!disk) {
        grub_errno = GRUB_ERR_NONE;
        return 0;
    }
    vtc_module_disk_reader(&reader, disk);
    if (vtc_record_read(&reader, &stick.record) == VTC_OK) {
        find.start_lba512 = stick.record.data_off >> GRUB_DISK_SECTOR_BITS;
        find.name = NULL;
        grub_partition_iterate(disk, part_hook, &find);
        stick.disk_name = grub_strdup(name);
        if (find.name)
            stick.data_name = grub_xasprintf("%s,%s", name, find.name);
        grub_free(find.name);
        stick.slot = vtc_stick_running_slot(disk, &stick.record);
        stick.found = 1;
    }
    grub_disk_close(disk);
    grub_errno = GRUB_ERR_NONE;
    return stick.found;
}

static int any_disk_hook(const char *name, void *data __attribute__((unused)))
{
    return try_disk(name);
}

/* The whole disk named in "(hd0,msdos2)/EFI/BOOT"; the caller frees it. */
static char *boot_disk_name(void)
{
    const char *cmdpath = grub_env_get("cmdpath");
    grub_size_t n = 0;

    if (!cmdpath || cmdpath[0] != '(')
        return NULL;
    while (cmdpath[1 + n] && cmdpath[1 + n] != ',' && cmdpath[1 + n] != ')')
        n++;
    return grub_strndup(cmdpath + 1, n);
}

const struct vtc_stick *vtc_stick_get(void)
{
    char *name;

    if (stick.found)
        return &stick;
    name = boot_disk_name();
    if (!(name && try_disk(name)))
        grub_disk_dev_iterate(any_disk_hook, NULL);
    grub_free(name);
    if (!stick.found)
        grub_error(GRUB_ERR_UNKNOWN_DEVICE,
                   "no ventoc stick found: its record is missing or damaged; plug the stick in "
                   "again, or run 'ventoc -u' on it from Linux");
    return &stick;
}
