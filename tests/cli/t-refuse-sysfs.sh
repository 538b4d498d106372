# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# Targets that must not be touched and that this machine has not: a loop device in a /sys of its own.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"
# shellcheck source=tests/cli/sysfs.sh
. "$VTC_TEST_HERE/sysfs.sh"

new_image f.img 300M
keep f.img

# refused TEXT HINT: whatever is asked for, and not one byte is written.
refused() {
    for command in "-i -y" "-I -y" "-i -n" "-i -y --i-know-this-is-not-removable --wipe-members"; do
        # shellcheck disable=SC2086
        s 3 $command --payload "$P1" "$loop" && has err "$loop: $1" && has err "$2" && [ ! -s out ] || return 1
    done
    kept f.img
}

# with DIR TEXT HINT [NAME=VALUE...]
with() {
    dir=$1 text=$2 hint=$3
    shift 3
    becomes "$dir" "$@" && refused "$text" "$hint"
}

# holder PLACE NAME TEXT HINT [NAME=VALUE...]: a stick that something stands on. PLACE: disk, part.
holder() {
    place=$1 name=$2 text=$3 hint=$4 what="the disk"
    shift 4
    becomes "$usb_disk" && below=$tree
    [ "$place" = disk ] || { below=$(has_part) && what=/dev/sdx1; }
    held_by "$below" "$name" "$@" >/dev/null && refused "$what is in use by $text" "$hint"
}

lvm_on_luks() {
    becomes "$usb_disk" && on=$(held_by "$(has_part)" dm-0 dm/name=cr dm/uuid=CRYPT-LUKS2-0-cr) &&
        held_by "$on" dm-1 dm/name=vg--one-ro--ot dm/uuid=LVM-abc >/dev/null &&
        refused "/dev/sdx1 is in use by an open LUKS volume (cr), on which stands an LVM volume (ro-ot of volume group vg-one)" \
            "vgchange -an vg-one, then cryptsetup close cr"
}

# The root of this machine, or of a live system, stands on the stick through LUKS and RAID.
system_below() {
    becomes "$usb_disk" && part=$(has_part) && root=$(mountpoint -d /) || return 1
    mkdir -p sys/devices/virtual/block/md0/slaves sys/devices/virtual/block/dm-0/slaves
    ln -s "$PWD/$part" sys/devices/virtual/block/md0/slaves/sdx1
    ln -s "$PWD/sys/devices/virtual/block/md0" sys/devices/virtual/block/dm-0/slaves/md0
    ln -s "$PWD/$part" sys/dev/block/8:241
    ln -s "$PWD/sys/devices/virtual/block/md0" sys/dev/block/9:0
    ln -s "$PWD/sys/devices/virtual/block/dm-0" "sys/dev/block/$root"
    set_attr sys/devices/virtual/block/md0 dev=9:0
    set_attr sys/devices/virtual/block/dm-0 "dev=$root"
    refused "the running system is on this disk (/)" "another disk"
}

# The medium of a live system, which has been copied to memory but for this mount.
live_medium() {
    becomes "$usb_disk" && keep f.img || return 1
    # shellcheck disable=SC2016  # for the other shell
    unshare -m sh -c 'mount -t tmpfs none /run && mkdir -p /run/live/medium && mount -o ro,noload "$1" /run/live/medium &&
        mount --bind sys /sys && shift && exec "$@"' sh "$loop" "$V" -i -y --payload "$P1" "$loop" >out 2>err
    [ $? -eq 3 ] && has err "the running system is on this disk (/run/live/medium)" && kept f.img
}

multipath_nvme() {
    becomes virtual/nvme-subsystem/nvme-subsys0/nvme0n1 removable=0 && refused_fixed
}

refused_fixed() {
    s 3 -i -y --payload "$P1" "$loop" && has err "this is a fixed disk" && kept f.img
}

if [ -z "$no_loop$no_mount" ]; then
    attach f.img || exit 1
fi
fixed() {
    check_if "$no_loop$no_mount" "$@"
}

fixed "refused: an open LUKS volume" holder part dm-0 "an open LUKS volume (backup)" "cryptsetup close backup" \
    dm/name=backup dm/uuid=CRYPT-LUKS2-12ab-backup
fixed "refused: LUKS on the whole disk" holder disk dm-0 "an open LUKS volume (x)" "cryptsetup close x" dm/name=x dm/uuid=CRYPT-LUKS1-1-x
fixed "refused: an open BitLocker volume" holder part dm-0 "an open BitLocker volume (w)" "cryptsetup close w" \
    dm/name=w dm/uuid=CRYPT-BITLK-1-w
fixed "refused: an LVM volume" holder part dm-3 "an LVM volume (home of volume group vg0)" "vgchange -an vg0" \
    dm/name=vg0-home dm/uuid=LVM-1234
fixed "refused: LVM on LUKS" lvm_on_luks
fixed "refused: a RAID array" holder part md127 "a RAID array (md127, raid1)" "mdadm --stop /dev/md127" md/level=raid1
fixed "refused: a path of a multipath device" holder disk dm-1 "a multipath device (mpatha)" "multipath -f mpatha" \
    dm/name=mpatha dm/uuid=mpath-3600
fixed "refused: bcache" holder part bcache0 "a bcache device (bcache0)" "bcache/stop"
fixed "refused: an unknown device of the device mapper" holder disk dm-9 "a device of the device mapper (ventoc)" \
    "dmsetup remove ventoc" dm/name=ventoc
fixed "refused: the system on RAID on LUKS" system_below
fixed "refused: a device-mapper device" with virtual/block/dm-0 "this is an open LUKS volume (backup), not a disk" "lsblk -s" \
    dm/name=backup dm/uuid=CRYPT-LUKS2-12ab-backup
fixed "refused: a RAID device" with virtual/block/md127 "this is a RAID array (md127, raid5), not a disk" "lsblk -s" md/level=raid5
fixed "refused: a multipath device" with virtual/block/dm-0 "this is a multipath device (mpatha), not a disk" "lsblk -s" \
    dm/name=mpatha dm/uuid=mpath-36
fixed "refused: a CD drive" with pci0000:00/ata2/host1/target1:0:0/1:0:0:0/block/sr0 "this is a CD drive (sr0), not a disk" \
    "whole disk" removable=1 device/type=5
fixed "refused: a floppy drive" with platform/floppy.0/block/fd0 "this is a floppy drive (fd0), not a disk" "whole disk" removable=1
fixed "refused: zram" with virtual/block/zram0 "this is compressed memory (zram0), not a disk" "disk"
fixed "refused: a RAM disk" with virtual/block/ram0 "this is a RAM disk (ram0), not a disk" "disk"
fixed "refused: a network block device" with virtual/block/nbd0 "this is a network block device (nbd0), not a disk" "disk"
fixed "refused: a network block device without a server" with virtual/block/nbd0 "nothing is connected to this network block device" \
    "whole disk" size=0
fixed "refused: a card reader without a card" with "$usb_disk" "there is no medium in it" "Insert" removable=1 size=0
fixed "refused: a write-protected card" with pci0000:00/mmc_host/mmc0/mmc0:1/block/mmcblk0 "is read-only" "write-protect" \
    ro=1 device/type=SD
fixed "refused: sectors of 2048 bytes" with "$usb_disk" "has sectors of 2048 bytes" "512 and 4096" queue/logical_block_size=2048
fixed "refused: a stick too small" with "$usb_disk" "too small (512000 bytes)" "256 MiB" size=1000
fixed "refused: an NVMe disk of several controllers, as a fixed one" multipath_nvme
no_ext4=''
if [ -z "$no_loop$no_mount" ]; then
    mkfs.ext4 -q -E lazy_itable_init=0 f.img || no_ext4="no file system could be made"
fi
check_if "$no_loop$no_mount$no_ext4" "refused: the medium of a live system" live_medium
[ -n "$no_loop$no_mount" ] || detach
