/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/member.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <ventoc/bytes.h>

#include "host/fdio.h"

/* btrfs superblock: https://btrfs.readthedocs.io/en/latest/dev/On-disk-format.html#superblock */
#define BTRFS_SUPER_OFF   0x10000
#define BTRFS_MAGIC_OFF   0x40
#define BTRFS_DEVICES_OFF 0x88
#define BTRFS_MAGIC       "_BHRfS_M"
#define BTRFS_SUPER_HEAD  0x100

/* libblkid's names. of_set: it needs other disks, or others need it. */
static const struct {
    const char *type, *words;
    int of_set;
} table[] = {
    {"LVM2_member", "a physical volume of LVM", 1},
    {"LVM1_member", "a physical volume of LVM", 1},
    {"linux_raid_member", "a member of a RAID array", 1},
    {"zfs_member", "a member of a ZFS pool", 1},
    {"bcache", "a bcache device", 1},
    {"drbd", "a DRBD device", 1},
    {"drbdmanage_control_volume", "a DRBD device", 1},
    {"stratis", "a device of a Stratis pool", 1},
    {"ceph_bluestore", "a disk of a Ceph cluster", 1},
    {"VMFS_volume_member", "a part of a VMFS volume", 1},
    {"crypto_LUKS", "an encrypted volume (LUKS)", 0},
    {"BitLocker", "an encrypted volume (BitLocker)", 0},
};

static int lookup(const char *type)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(table[i].type, type) == 0)
            return (int)i;
    return -1;
}

/* isw_raid_member, ddf_raid_member ...: sets that a controller's firmware makes. */
static int is_firmware_raid(const char *type)
{
    size_t n = strlen(type);

    return n > 12 && strcmp(type + n - 12, "_raid_member") == 0;
}

const char *vtc_member_words(const char *type)
{
    int i = lookup(type);

    if (i >= 0)
        return table[i].words;
    return is_firmware_raid(type) ? "a member of a RAID array of the firmware" : NULL;
}

/* How many devices the btrfs in this area has; 0 when there is none. */
static uint64_t btrfs_device_count(int fd, uint64_t area_off)
{
    uint8_t super[BTRFS_SUPER_HEAD];

    if (vtc_fdio_read(fd, area_off + BTRFS_SUPER_OFF, super, sizeof(super)) ||
        memcmp(super + BTRFS_MAGIC_OFF, BTRFS_MAGIC, 8) != 0)
        return 0;
    return vtc_le64(super + BTRFS_DEVICES_OFF);
}

static int is_member(int fd, const struct vtc_probe_signature *sig, struct vtc_member *member)
{
    int i = lookup(sig->type);
    uint64_t count;

    if (strcmp(sig->type, "btrfs") == 0) {
        count = btrfs_device_count(fd, sig->area_off);
        snprintf(member->what, sizeof(member->what), "one of %llu devices of a btrfs%s%s%s",
                 (unsigned long long)count, sig->label[0] ? " \"" : "", sig->label,
                 sig->label[0] ? "\"" : "");
        return count > 1;
    }
    if (i >= 0 ? !table[i].of_set : !is_firmware_raid(sig->type))
        return 0;
    snprintf(member->what, sizeof(member->what), "%s%s%s%s", vtc_member_words(sig->type),
             sig->label[0] ? " \"" : "", sig->label, sig->label[0] ? "\"" : "");
    return 1;
}

static int find_in(const struct vtc_device *dev, int fd, struct vtc_probe_area area,
                   struct vtc_member *member, struct vtc_error *err)
{
    struct vtc_probe_list list = {0};
    int rc = vtc_probe_area(fd, area, dev->sector_bytes, &list, err), found = 0;

    for (size_t i = 0; !rc && !found && i < list.count; i++)
        found = is_member(fd, &list.v[i], member);
    vtc_probe_free(&list);
    return rc ? rc : found;
}

int vtc_member_find(const struct vtc_device *dev, int fd, struct vtc_member *member,
                    struct vtc_error *err)
{
    struct vtc_probe_area area[VTC_DEVICE_MAX_PARTS + 1] = {{0, dev->bytes}};
    int count =
        vtc_probe_partitions(fd, dev->bytes, dev->sector_bytes, area + 1, VTC_DEVICE_MAX_PARTS);
    int rc = 0;

    memset(member, 0, sizeof(*member));
    for (int i = 0; !rc && i <= (count > 0 ? count : 0); i++) {
        member->partition = (unsigned)i;
        rc = find_in(dev, fd, area[i], member, err);
    }
    return rc;
}
