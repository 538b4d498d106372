/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices in a sysfs and proc tree made for the purpose; the same for what must be refused. */
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "fixture.h"
#include "host/consent.h"
#include "host/device.h"
#include "host/identity.h"
#include "host/safety.h"

static const struct vtc_device_roots roots = {"sys", "proc", "dev"};
static struct vtc_device dev;
static struct vtc_error err;

/* Write an attribute; its directories are made. */
static void attr(const char *dir, const char *name, const char *value)
{
    fixture_run("mkdir -p \"$(dirname 'sys/devices/%s/%s')\"; printf '%%s\\n' '%s' "
                ">'sys/devices/%s/%s'",
                dir, name, value, dir, name);
}

/* A block device: its directory below sys/devices, its number, its size in 512-byte units. */
static void block(const char *dir, const char *number, const char *size)
{
    attr(dir, "dev", number);
    attr(dir, "size", size);
    attr(dir, "ro", "0");
    fixture_run("mkdir -p 'sys/devices/%s/holders' 'sys/devices/%s/slaves' sys/dev/block sys/block",
                dir, dir);
    fixture_run("ln -s '../../devices/%s' 'sys/dev/block/%s'", dir, number);
}

static void partition(const char *dir, const char *number, const char *start, const char *size,
                      const char *index)
{
    block(dir, number, size);
    attr(dir, "partition", index);
    attr(dir, "start", start);
}

/* "user" stands on "below", both directories below sys/devices. */
static void stack(const char *below, const char *user)
{
    fixture_run("ln -s \"$PWD/sys/devices/%s\" 'sys/devices/%s/holders/'; "
                "ln -s \"$PWD/sys/devices/%s\" 'sys/devices/%s/slaves/'",
                user, below, below, user);
}

#define USB  "pci0000:00/usb1/1-1"
#define SDB  USB "/1-1:1.0/host6/target6:0:0/6:0:0:0/block/sdb"
#define NVME "pci0000:00/nvme/nvme0/nvme0n1"
#define SDA  "pci0000:00/ata1/host0/target0:0:0/0:0:0:0/block/sda"
#define SDE  "pci0000:00/usb2/2-3/2-3:1.0/host9/target9:0:0/9:0:0:0/block/sde"
#define SDF  "pci0000:00/usb2/2-4/2-4:1.0/host10/target10:0:0/10:0:0:0/block/sdf"
#define SDC  "pci0000:00/usb2/2-1/2-1:1.0/host7/target7:0:0/7:0:0:0/block/sdc"
#define SDD  "pci0000:00/usb2/2-2/2-2:1.0/host8/target8:0:0/8:0:0:0/block/sdd"

static int make_tree(void **state)
{
    int rc = fixture_enter_tmpdir(state);

    if (rc)
        return rc;
    /* A stick with two idle partitions. */
    attr(USB, "idVendor", "0781");
    attr(USB, "serial", "4C530001");
    block(SDB, "8:16", "62333952");
    attr(SDB, "removable", "1");
    attr(SDB, "queue/logical_block_size", "512");
    attr(SDB, "device/vendor", "SanDisk ");
    attr(SDB, "device/model", "Cruzer Blade    ");
    attr(SDB, "diskseq", "77");
    partition(SDB "/sdb2", "8:18", "2048", "63488", "2");
    partition(SDB "/sdb1", "8:17", "131072", "60000000", "1");
    /* The system: LUKS on a partition of an NVMe disk. */
    block(NVME, "259:0", "1000215216");
    attr(NVME, "device/model", "Samsung SSD");
    attr(NVME, "device/serial", "S5GX");
    partition(NVME "/nvme0n1p1", "259:1", "2048", "1000", "1");
    partition(NVME "/nvme0n1p2", "259:2", "4096", "90000000", "2");
    block("virtual/block/dm-0", "254:0", "90000000");
    stack(NVME "/nvme0n1p2", "virtual/block/dm-0");
    attr("virtual/block/dm-0", "dm/name", "root");
    attr("virtual/block/dm-0", "dm/uuid", "CRYPT-LUKS2-12ab-root");
    /* A disk with a RAID member, a swap partition and a mounted partition on disks of their own. */
    block(SDA, "8:0", "62333952");
    partition(SDA "/sda1", "8:1", "2048", "90000", "1");
    block("virtual/block/md127", "9:127", "90000");
    stack(SDA "/sda1", "virtual/block/md127");
    attr("virtual/block/md127", "md/level", "raid1");
    block(SDC, "8:32", "62333952");
    partition(SDC "/sdc1", "8:33", "2048", "90000", "1");
    block(SDD, "8:48", "62333952");
    partition(SDD "/sdd1", "8:49", "2048", "90000", "1");
    /* Odd ones. */
    block("pci0000:00/mmc_host/mmc0/mmc0:1/block/mmcblk0", "179:0", "62333952");
    attr("pci0000:00/mmc_host/mmc0/mmc0:1/block/mmcblk0", "device/name", "SC32G");
    attr("pci0000:00/mmc_host/mmc0/mmc0:1/block/mmcblk0", "device/serial", "0xabc");
    attr("pci0000:00/mmc_host/mmc0/mmc0:1/block/mmcblk0", "ro", "1");
    block("pci0000:00/virtio3/block/vdb", "252:16", "1000");
    attr("pci0000:00/virtio3/block/vdb", "serial", "disk-1");
    attr("pci0000:00/virtio3/block/vdb", "device/vendor", "0x1af4");
    block("pci0000:00/virtio4/block/vdc", "252:32", "0");
    block("pci0000:00/virtio5/block/vdd", "252:48", "62333952");
    attr("pci0000:00/virtio5/block/vdd", "queue/logical_block_size", "2048");
    block("pci0000:00/virtio6/block/vde", "252:64", "62333952");
    attr("pci0000:00/virtio6/block/vde", "queue/logical_block_size", "4096");
    block("pci0000:00/virtio7/block/vdf", "252:80", "62333952");
    block("virtual/block/zram0", "253:0", "62333952");
    block("virtual/block/loop0", "7:0", "62333952");
    attr("virtual/block/loop0", "loop/backing_file", "/images/one.img");
    block("virtual/block/loop1", "7:1", "62333952");
    attr("virtual/block/loop1", "loop/backing_file", "/images/two.img");
    block("virtual/block/loop2", "7:2", "62333952");
    attr("virtual/block/loop2", "loop/backing_file", "/images/two.img");
    block("virtual/block/loop3", "7:3", "0");
    fixture_run("for d in sys/devices/virtual/block/loop*; do ln -s \"$PWD/$d\" sys/block/; done");
    /* Two disks of a btrfs, of which the mount names the first; a stick that is mounted in a
     * container, and one under a loop device; an eMMC and a memory card. */
    block("pci0000:00/virtio8/block/vdg", "252:96", "62333952");
    fixture_run("mkdir -p sys/fs/btrfs/features sys/fs/btrfs/1234/devices");
    fixture_run("for d in 7/block/vdf 8/block/vdg; do ln -s "
                "\"$PWD/sys/devices/pci0000:00/virtio$d\" sys/fs/btrfs/1234/devices/; done");
    block(SDE, "8:64", "62333952");
    block(SDF, "8:80", "62333952");
    partition(SDF "/sdf1", "8:81", "2048", "90000", "1");
    fixture_run("mkdir -p sys/class/block; ln -s \"$PWD/sys/devices/" SDF
                "/sdf1\" sys/class/block/");
    block("virtual/block/loop4", "7:4", "62333952");
    attr("virtual/block/loop4", "loop/backing_file", "/dev/sdf1");
    block("pci0000:00/mmc_host/mmc1/mmc1:1/block/mmcblk1", "179:8", "62333952");
    attr("pci0000:00/mmc_host/mmc1/mmc1:1/block/mmcblk1", "device/type", "MMC");
    attr("pci0000:00/mmc_host/mmc1/mmc1:1/block/mmcblk1", "device/serial", "0x51");
    attr("pci0000:00/mmc_host/mmc0/mmc0:1/block/mmcblk0", "device/type", "SD");
    block("pci0000:00/ata2/host1/target1:0:0/1:0:0:0/block/sr0", "11:0", "62333952");
    attr("pci0000:00/ata2/host1/target1:0:0/1:0:0:0/block/sr0", "device/type", "5");
    block("virtual/nvme-subsystem/nvme-subsys1/nvme1n1", "259:9", "62333952");
    fixture_run("ln -s \"$PWD/sys/devices/virtual/block/loop4\" sys/block/");
    fixture_run(
        "mkdir -p dev/disk/by-id; cd dev/disk/by-id; "
        "for n in wwn-0x5000 usb-SanDisk_Cruzer_Blade_4C530001-0:0 usb-Other lvm-pv-uuid-x; "
        "do ln -s ../../sdb $n; done; ln -s ../../sdb1 usb-SanDisk_4C530001-part1; "
        "ln -s ../../sda wwn-0x5001; ln -s ../../sdc ata-SSD; ln -s ../../sdc nvme-eui.1");
    /* vdf is the disk of a btrfs whose mount shows an anonymous number. */
    fixture_run("mkdir -p proc/self/ns proc/1/ns proc/77/ns proc/78/ns proc/sys; "
                "for p in self 1; do ln -s 'mnt:[1]' proc/$p/ns/mnt; ln -s / proc/$p/root; done; "
                "for p in 77 78; do ln -s 'mnt:[2]' proc/$p/ns/mnt; ln -s / proc/$p/root; done; "
                "echo '90 80 8:48 / /not/read rw - vfat /dev/sdd rw' >proc/1/mountinfo; "
                "echo '91 80 8:64 / /data rw - vfat /dev/sde rw' | tee proc/77/mountinfo "
                ">proc/78/mountinfo");
    fixture_run("printf '%%s\\n' "
                "'21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/mapper/root rw' "
                "'22 21 0:20 / /proc rw - proc proc rw' "
                "'23 21 8:49 / /media/My\\040Stick rw shared:9 master:2 - vfat /dev/sdd1 rw' "
                "'24 21 0:55 /sub /srv rw - btrfs /dev/vdf rw' "
                ">proc/self/mountinfo");
    fixture_run("printf 'Filename\\tType\\tSize\\tUsed\\tPriority\\n"
                "/dev/sdc1\\tpartition\\t1\\t0\\t-2\\n' >proc/swaps");
    return 0;
}

static int read_device(unsigned major, unsigned minor)
{
    memset(&dev, 0, sizeof(dev));
    memset(&err, 0, sizeof(err));
    snprintf(dev.path, sizeof(dev.path), "/dev/test");
    return vtc_device_from_sysfs(&roots, major, minor, &dev, &err);
}

static void a_stick_is_described(void **state)
{
    (void)state;
    assert_int_equal(read_device(8, 16), 0);
    assert_int_equal(dev.kind, VTC_DEVICE_DISK);
    assert_string_equal(dev.name, "sdb");
    assert_int_equal(dev.bytes, 62333952ull * 512);
    assert_int_equal(dev.sector_bytes, 512);
    assert_true(dev.removable);
    assert_false(dev.read_only);
    assert_string_equal(dev.transport, "usb");
    assert_string_equal(dev.vendor, "SanDisk");
    assert_string_equal(dev.model, "Cruzer Blade");
    assert_string_equal(dev.serial, "4C530001");
    assert_int_equal(dev.diskseq, 77);
    assert_int_equal(dev.part_count, 2);
    assert_string_equal(dev.part[0].name, "sdb1");
    assert_int_equal(dev.part[0].off, 131072 * 512);
    assert_string_equal(dev.part[1].name, "sdb2");
    assert_int_equal(dev.part[1].bytes, 63488 * 512);
    assert_string_equal(dev.system_dir, "");
    assert_int_equal(vtc_safety_check(&dev, &err), 0);
}

static void kinds_and_transports(void **state)
{
    static const struct {
        unsigned major, minor;
        enum vtc_device_kind kind;
        const char *transport, *model, *serial;
    } cases[] = {
        {259, 0, VTC_DEVICE_DISK, "nvme", "Samsung SSD", "S5GX"},
        {259, 2, VTC_DEVICE_PARTITION, "nvme", "", ""},
        {8, 0, VTC_DEVICE_DISK, "sata", "", ""},
        {179, 0, VTC_DEVICE_DISK, "mmc", "SC32G", "0xabc"},
        {252, 16, VTC_DEVICE_DISK, "virtio", "", "disk-1"},
        {254, 0, VTC_DEVICE_MAPPED, "", "", ""},
        {9, 127, VTC_DEVICE_MAPPED, "", "", ""},
        {7, 0, VTC_DEVICE_LOOP, "loop", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(read_device(cases[i].major, cases[i].minor), 0);
        assert_int_equal(dev.kind, cases[i].kind);
        assert_string_equal(dev.transport, cases[i].transport);
        assert_string_equal(dev.model, cases[i].model);
        assert_string_equal(dev.serial, cases[i].serial);
        assert_string_equal(dev.vendor, "");
    }
}

static void what_must_be_refused(void **state)
{
    static const struct {
        unsigned major, minor;
        const char *text, *hint;
    } cases[] = {
        {8, 17, "this is a partition", "/dev/sdb"},
        {259, 2, "this is a partition", "/dev/nvme0n1"},
        {254, 0, "this is an open LUKS volume (root), not a disk", "lsblk -s"},
        {9, 127, "this is a RAID array (md127, raid1), not a disk", "lsblk -s"},
        {253, 0, "this is compressed memory (zram0), not a disk", "disk"},
        {11, 0, "this is a CD drive (sr0), not a disk", "whole disk"},
        {259, 0, "the running system is on this disk (/)", "another disk"},
        {8, 0, "/dev/sda1 is in use by a RAID array (md127, raid1)", "mdadm --stop /dev/md127"},
        {8, 32, "/dev/sdc1 is in use as swap", "swapoff"},
        {8, 48, "/dev/sdd1 is mounted on /media/My Stick", "umount '/media/My Stick'"},
        {252, 80, "the disk is mounted on /srv", "umount"},
        {252, 96, "the disk is mounted on /srv", "umount"},
        {8, 64, "the disk is mounted on /data for process 7", "nsenter -t 7"},
        {8, 80, "/dev/sdf1 is in use by the loop device /dev/loop4", "losetup -d /dev/loop4"},
        {7, 4, "it stands on /dev/sdf1: this is a partition", "/dev/sdf"},
        {179, 0, "is read-only", "write-protect"},
        {252, 16, "too small (512000 bytes)", "256 MiB"},
        {252, 32, "no medium", "Insert"},
        {252, 48, "sectors of 2048 bytes", "512 and 4096"},
        {7, 1, "in use as loop device /dev/loop2", "losetup -d"},
        {7, 3, "no file is attached", "losetup"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(read_device(cases[i].major, cases[i].minor), 0);
        assert_true(vtc_safety_check(&dev, &err) < 0);
        assert_int_equal(err.kind, VTC_ERROR_REFUSED);
        if (!strstr(err.text, cases[i].text) || !strstr(err.hint, cases[i].hint) ||
            !strstr(err.text, "/dev/test"))
            fail_msg("case %zu: %s (%s)", i, err.text, err.hint);
    }
}

static void what_may_be_used(void **state)
{
    static const unsigned numbers[][2] = {{8, 16}, {252, 64}, {7, 0}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        assert_int_equal(read_device(numbers[i][0], numbers[i][1]), 0);
        assert_int_equal(vtc_safety_check(&dev, &err), 0);
    }
}

static void fixed_disks_need_consent(void **state)
{
    static const struct {
        unsigned major, minor;
        int fixed;
        const char *identity;
    } cases[] = {
        {8, 16, 0, "4C530001"},   {259, 0, 1, "S5GX"},       {259, 9, 1, "31914983424"},
        {8, 0, 1, "31914983424"}, {8, 32, 0, "31914983424"}, {252, 16, 1, "disk-1"},
        {179, 0, 0, "0xabc"},     {179, 8, 1, "0x51"},       {7, 0, 0, "31914983424"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_consent none = {0}, option = {.fixed = 1}, unasked = {.fixed = 1, .unasked = 1},
                           other = {.fixed = 1, .serial = "x"},
                           all = {.fixed = 1, .unasked = 1, .serial = cases[i].identity};
        int refused = cases[i].fixed ? -EPERM : 0;

        assert_int_equal(read_device(cases[i].major, cases[i].minor), 0);
        assert_int_equal(dev.fixed, cases[i].fixed);
        assert_int_equal(vtc_consent_check(&dev, &none, &err), refused);
        assert_int_equal(vtc_consent_check(&dev, &option, &err), 0);
        assert_int_equal(vtc_consent_check(&dev, &unasked, &err), refused);
        assert_int_equal(vtc_consent_check(&dev, &all, &err), 0);
        assert_int_equal(vtc_consent_check(&dev, &other, &err), -EPERM);
        assert_int_equal(err.kind, VTC_ERROR_REFUSED);
        assert_non_null(strstr(err.text, cases[i].identity));
    }
}

static void names_by_id(void **state)
{
    (void)state;
    assert_int_equal(read_device(8, 16), 0);
    assert_string_equal(dev.by_id, "/dev/disk/by-id/usb-SanDisk_Cruzer_Blade_4C530001-0:0");
    assert_int_equal(read_device(8, 32), 0);
    assert_string_equal(dev.by_id, "/dev/disk/by-id/ata-SSD");
    assert_int_equal(read_device(8, 0), 0);
    assert_string_equal(dev.by_id, "/dev/disk/by-id/wwn-0x5001");
    assert_int_equal(read_device(259, 0), 0);
    assert_string_equal(dev.by_id, "");
}

/* Without the list of mounts nothing is known to be safe. */
static void no_proc_is_an_error(void **state)
{
    static const struct vtc_device_roots no_proc = {"sys", "none", "dev"};

    (void)state;
    memset(&dev, 0, sizeof(dev));
    assert_int_equal(vtc_device_from_sysfs(&no_proc, 8, 16, &dev, &err), -ENOENT);
    assert_non_null(strstr(err.text, "list of mounts"));
}

static void unknown_numbers_are_an_error(void **state)
{
    (void)state;
    assert_int_equal(read_device(8, 200), -ENODEV);
    assert_non_null(strstr(err.text, "8:200"));
}

static void files_are_described(void **state)
{
    (void)state;
    fixture_run("rm -rf f; mkdir f; truncate -s 300M f/stick.img; ln -s stick.img f/link");
    assert_int_equal(vtc_device_inspect(&roots, "f/link", 0, 4096, &dev, &err), 0);
    assert_int_equal(dev.kind, VTC_DEVICE_FILE);
    assert_string_equal(dev.name, "stick.img");
    assert_int_equal(dev.path[0], '/');
    assert_int_equal(dev.bytes, 300 << 20);
    assert_int_equal(dev.sector_bytes, 4096);
    assert_true(dev.exists);
    assert_int_equal(vtc_safety_check(&dev, &err), 0);
    /* A file to be created, one that has another size, one that is missing. */
    assert_int_equal(vtc_device_inspect(&roots, "f/new.img", 1 << 30, 512, &dev, &err), 0);
    assert_false(dev.exists);
    assert_int_equal(dev.bytes, 1 << 30);
    assert_int_equal(vtc_device_inspect(&roots, "f/stick.img", 300 << 20, 512, &dev, &err), 0);
    assert_int_equal(vtc_device_inspect(&roots, "f/stick.img", 1 << 30, 512, &dev, &err), -EEXIST);
    assert_int_equal(err.kind, VTC_ERROR_REFUSED);
    assert_int_equal(vtc_device_inspect(&roots, "f/none.img", 0, 512, &dev, &err), -ENOENT);
    assert_non_null(strstr(err.hint, "--size"));
    assert_int_equal(vtc_device_inspect(&roots, "f", 0, 512, &dev, &err), -ENOTBLK);
    assert_non_null(strstr(err.text, "a directory"));
    assert_int_equal(vtc_device_inspect(&roots, "/dev/null", 0, 512, &dev, &err), -ENOTBLK);
    assert_non_null(strstr(err.text, "a character device"));
}

static void files_in_use_are_refused(void **state)
{
    (void)state;
    fixture_run(
        "rm -rf g; mkdir g; truncate -s 300M g/loop.img g/swap.img; "
        "printf '%%s\\n' \"$PWD/g/loop.img\" >sys/devices/virtual/block/loop0/loop/backing_file; "
        "printf '%%s file 1 0 -2\\n' \"$PWD/g/swap.img\" >>proc/swaps");
    assert_int_equal(vtc_device_inspect(&roots, "g/loop.img", 0, 512, &dev, &err), 0);
    assert_int_equal(vtc_safety_check(&dev, &err), -EBUSY);
    assert_non_null(strstr(err.text, "the file is in use as loop device /dev/loop0"));
    assert_int_equal(vtc_device_inspect(&roots, "g/swap.img", 0, 512, &dev, &err), 0);
    assert_int_equal(vtc_safety_check(&dev, &err), -EBUSY);
    assert_non_null(strstr(err.text, "the file is in use as swap"));
}

static void odd_sizes_of_files_are_refused(void **state)
{
    (void)state;
    fixture_run("rm -rf h; mkdir h; truncate -s 300000001 h/odd.img; truncate -s 255M h/small.img");
    assert_int_equal(vtc_device_inspect(&roots, "h/odd.img", 0, 512, &dev, &err), 0);
    assert_int_equal(vtc_safety_check(&dev, &err), -EINVAL);
    assert_int_equal(vtc_device_inspect(&roots, "h/small.img", 0, 512, &dev, &err), 0);
    assert_int_equal(vtc_safety_check(&dev, &err), -ENOSPC);
}

/* Every fact that tells a disk from another one, changed and changed back. */
static void another_disk_in_its_place_is_noticed(void **state)
{
    static const struct {
        const char *dir, *name, *before, *after, *text;
    } cases[] = {
        {USB, "serial", "4C530001", "4C530002",
         "serial number is 4C530002, a moment ago it was 4C5"},
        {USB, "serial", "4C530001", "", "serial number is none"},
        {SDB, "size", "62333952", "62333953", "size in bytes is 31914983936"},
        {SDB, "size", "62333952", "0", "size in bytes is 0"},
        {SDB, "diskseq", "77", "78", "kernel sequence number is 78"},
    };

    (void)state;
    assert_int_equal(read_device(8, 16), 0);
    assert_int_equal(vtc_identity_check(&roots, &dev, &err), 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        attr(cases[i].dir, cases[i].name, cases[i].after);
        assert_int_equal(vtc_identity_check(&roots, &dev, &err), -ESTALE);
        if (!strstr(err.text, cases[i].text) || !strstr(err.text, "/dev/test: is another one now"))
            fail_msg("case %zu: %s", i, err.text);
        attr(cases[i].dir, cases[i].name, cases[i].before);
        assert_int_equal(vtc_identity_check(&roots, &dev, &err), 0);
    }
    /* A kernel that has no sequence numbers: the rest decides. */
    fixture_run("rm 'sys/devices/" SDB "/diskseq'");
    assert_int_equal(vtc_identity_check(&roots, &dev, &err), 0);
    attr(SDB, "diskseq", "77");
    fixture_run("mv sys/dev/block/8:16 away");
    assert_int_equal(vtc_identity_check(&roots, &dev, &err), -ENODEV);
    assert_non_null(strstr(err.text, "/dev/test: the device went away"));
    fixture_run("mv away sys/dev/block/8:16");
    assert_int_equal(vtc_identity_check(&roots, &dev, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stick_is_described),
        cmocka_unit_test(kinds_and_transports),
        cmocka_unit_test(what_must_be_refused),
        cmocka_unit_test(what_may_be_used),
        cmocka_unit_test(fixed_disks_need_consent),
        cmocka_unit_test(names_by_id),
        cmocka_unit_test(no_proc_is_an_error),
        cmocka_unit_test(unknown_numbers_are_an_error),
        cmocka_unit_test(files_are_described),
        cmocka_unit_test(files_in_use_are_refused),
        cmocka_unit_test(odd_sizes_of_files_are_refused),
        cmocka_unit_test(another_disk_in_its_place_is_noticed),
    };

    return cmocka_run_group_tests_name("device", tests, make_tree, fixture_leave_tmpdir);
}
