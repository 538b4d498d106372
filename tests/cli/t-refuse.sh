# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# Targets that must not be touched, each with its own message. What this kernel cannot do is
# tested with a sysfs tree of its own in tests/unit/test_device.c.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

# refused CODE TEXT HINT TARGET [OPTION...]: -y does not help, and nothing is written. install,
# reinstall and dry run say the same. What a file system has not written yet is no fault of ours.
refused() {
    code=$1 text=$2 hint=$3
    shift 3
    for m in mnt bound 'mnt with space'; do [ ! -d "$m" ] || sync -f "$m"; done
    [ ! -b "$1" ] || sync "$1"
    for image in m.img m2.img s.img small.img odd.img; do [ ! -e $image ] || keep $image; done
    for command in "-i -y" "-I -y" "-i -n"; do
        # shellcheck disable=SC2086
        v "$code" $command --payload "$P1" "$@" && has err "$text" && has err "$hint" &&
            [ ! -s out ] || return 1
    done
    for image in f.img m.img m2.img s.img small.img odd.img; do [ ! -e $image ] || kept $image || return 1; done
}

new_image f.img 300M
keep f.img
untouched() {
    kept f.img
}

directory() {
    mkdir -p dir && refused 3 "this is a directory" "whole disk" dir
}

missing_device() {
    refused 1 "/dev/nosuchdisk: no such device" "lsblk" /dev/nosuchdisk &&
        refused 1 "no such device" "lsblk" /dev/nosuchdisk --size 1G && [ ! -e /dev/nosuchdisk ]
}

fifo() {
    rm -f fifo && mkfifo fifo && refused 3 "this is something special" "whole disk" fifo
}

too_small() {
    new_image small.img $((256 * MIB - 512)) && refused 3 "too small (268434944 bytes)" "256 MiB" small.img &&
        refused 3 "too small" "256 MiB" small2.img --size 255M && [ ! -e small2.img ] &&
        v 0 -i -q --size 256M --payload "$P1" least.img
}

odd_size() {
    new_image odd.img $((300 * MIB + 100)) && refused 3 "not a whole number of 512-byte sectors" "truncate" odd.img &&
        new_image odd.img $((300 * MIB + 512)) &&
        refused 3 "not a whole number of 4096-byte sectors" "truncate" odd.img --sector-size 4096
}

other_size() {
    refused 3 "exists already and has another size" "Leave --size away" f.img --size 1G && untouched &&
        v 0 -i -n --size 300M --payload "$P1" f.img
}

no_directory() {
    v 1 -i --size 300M --payload "$P1" '' && has err "the name of the target is empty" || return 1
    v 1 -i --size 300M --payload "$P1" no/such/x.img && has err "cannot be opened: No such file"
}

json_error() {
    v 3 -i -y --json --payload "$P1" dir && same "$(json out 'j["exit"]')" 3 && same "$(json out '"directory" in j["error"]')" True &&
        same "$(json out '"whole disk" in j["hint"]')" True
}

# as_nobody COMMAND...: without root's rights.
as_nobody() {
    if is_root; then setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; else "$@"; fi
}

no_rights() {
    rm -rf closed && mkdir closed && new_image closed/f.img 300M && chmod 444 closed/f.img && chmod 755 . closed && keep closed/f.img &&
        as_nobody "$V" -i -y --payload "$P1" "$work/closed/f.img" >out 2>err
    [ $? -eq 1 ] && has err "Permission denied" && has err "sudo" && kept closed/f.img
}

no_rights_on_a_disk() {
    attach f.img
    as_nobody "$V" -i -y --payload "$P1" "$loop" >out 2>err
    rc=$?
    detach
    [ $rc -eq 1 ] && has err "Permission denied" && has err "sudo" && untouched
}

empty_loop() {
    alone
    free=$(losetup -f) && refused 3 "no file is attached" "losetup" "$free"
}

read_only_loop() {
    attach -r f.img && refused 3 "is read-only" "write-protect" "$loop"
    rc=$?
    detach
    return $rc && untouched
}

# A file is told of its file system, not of a switch at the stick.
read_only_folder() {
    mkdir -p ro && mount -t tmpfs -o size=1m tmpfs ro && mounts="$mounts $work/ro" && truncate -s 300M ro/f.img &&
        mount -o remount,ro ro && v 3 -i -y --payload "$P1" ro/f.img && has err "is read-only" && has err "mounted read-only" &&
        v 3 -i -y --payload "$P1" --size 300M ro/new.img && has err "Read-only file system" && has err "mounted read-only" &&
        lacks err switch && v 1 -i -y --payload "$P1" --size 300M none/new.img && has err "Make its folder first"
    rc=$?
    umount ro
    return $rc
}

loop_of_small_file() {
    new_image small.img 10M && attach small.img && refused 3 "too small" "256 MiB" "$loop"
    rc=$?
    detach
    return $rc
}

partition() {
    attach f.img && addpart "$loop" 1 2048 100000 && part=${loop}p1 &&
        refused 3 "this is a partition" "$loop" "$part"
    rc=$?
    delpart "$loop" 1
    detach
    return $rc && untouched
}

mounted() {
    new_image m.img 300M && mkfs.ext4 -q -E lazy_itable_init=0 m.img && mkdir -p mnt && attach m.img && mount "$loop" mnt &&
        mounts="$mounts $work/mnt" &&
        refused 3 "the disk is mounted on $work/mnt" "umount '$work/mnt'" "$loop" &&
        refused 3 "the file is in use as loop device $loop" "losetup -d" m.img &&
        ln -sfn "$loop" link && refused 3 "is mounted" "umount" link
    rc=$?
    umount mnt
    detach
    return $rc
}

mounted_partition() {
    new_image m.img 300M && mkfs.ext4 -q -E offset=$MIB,lazy_itable_init=0 m.img 200M && attach m.img &&
        addpart "$loop" 1 2048 409600 && mkdir -p 'mnt with space' && mount "${loop}p1" 'mnt with space' &&
        refused 3 "${loop}p1 is mounted on $work/mnt with space" "umount '$work/mnt with space'" "$loop"
    rc=$?
    umount 'mnt with space'
    delpart "$loop" 1
    detach
    return $rc
}

swap() {
    new_image m.img 300M && attach m.img && mkswap "$loop" >/dev/null 2>&1 && swapon "$loop" &&
        refused 3 "the disk is in use as swap space" "swapoff" "$loop"
    rc=$?
    swapoff "$loop"
    detach
    return $rc
}

second_loop() {
    attach f.img && one=$loop && attach f.img &&
        refused 3 "its file is in use as loop device $one" "losetup -d $one" "$loop"
    rc=$?
    losetup -d "$one" "$loop"
    return $rc
}

loop_of_mounted_loop() {
    new_image m.img 300M && mkfs.ext4 -q -E lazy_itable_init=0 m.img && mkdir -p mnt && attach m.img && one=$loop &&
        mount "$one" mnt && attach "$one" &&
        refused 3 "$loop: it stands on $one: the disk is mounted on $work/mnt" "umount" "$loop"
    rc=$?
    detach
    umount mnt
    losetup -d "$one"
    return $rc
}

# A partition may not be had through a loop device, and is in use while there is one.
loop_of_partition() {
    attach f.img && one=$loop && addpart "$one" 1 2048 600000 && attach "${one}p1" &&
        refused 3 "$loop: it stands on ${one}p1: this is a partition" "whole disk" "$loop" &&
        refused 3 "${one}p1 is in use by the loop device $loop" "losetup -d $loop" "$one"
    rc=$?
    detach
    delpart "$one" 1
    losetup -d "$one"
    return $rc && untouched
}

loop_of_loop() {
    attach f.img && one=$loop && attach "$one" &&
        refused 3 "the disk is in use by the loop device $loop" "losetup -d $loop" "$one"
    rc=$?
    detach
    losetup -d "$one"
    return $rc && untouched
}

other_name_of_a_loop_file() {
    ln -f f.img hard.img && attach f.img &&
        refused 3 "hard.img: the file is in use as loop device $loop" "losetup -d $loop" hard.img
    rc=$?
    detach
    return $rc && untouched
}

# Mounted for another process only, as in a container.
other_namespace() {
    new_image m.img 300M && mkfs.ext4 -q -E lazy_itable_init=0 m.img && mkdir -p mnt && attach m.img || return 1
    rm -f there
    # shellcheck disable=SC2016  # for the other shell
    unshare -m sh -c 'mount "$1" mnt && sync -f mnt && echo there >there && exec sleep 100' sh "$loop" &
    pid=$!
    for _ in $(seq 100); do [ -s there ] || sleep 0.1; done
    ! grep -q "$work/mnt" /proc/self/mountinfo &&
        refused 3 "the disk is mounted on $work/mnt for process $pid, in another mount namespace" \
            "nsenter -t $pid -m umount '$work/mnt'" "$loop"
    rc=$?
    kill "$pid"
    wait "$pid" 2>/dev/null
    detach
    return $rc
}

bind_mount() {
    new_image m.img 300M && mkfs.ext4 -q -E lazy_itable_init=0 m.img && mkdir -p mnt bound && attach m.img && mount "$loop" mnt &&
        mount --bind mnt bound && umount mnt && refused 3 "the disk is mounted on $work/bound" "umount" "$loop"
    rc=$?
    umount bound
    detach
    return $rc
}

# The list of mounts names one device of a btrfs only.
btrfs_of_two() {
    new_image m.img 300M && new_image m2.img 300M && mkdir -p mnt && attach m.img && one=$loop && attach m2.img &&
        mkfs.btrfs -q -f "$one" "$loop" && btrfs device scan "$one" "$loop" >/dev/null && mount "$one" mnt &&
        refused 3 "the disk is mounted on $work/mnt" "umount" "$one" &&
        refused 3 "the disk is mounted on $work/mnt" "umount" "$loop" &&
        umount mnt && refused 3 "it is one of 2 devices of a btrfs" "--wipe-members" "$loop" &&
        v 0 -i -y -q --wipe-members --payload "$P1" "$loop"
    rc=$?
    umount mnt 2>/dev/null
    btrfs device scan --forget "$one" 2>/dev/null
    losetup -d "$one" "$loop"
    return $rc
}

swap_file() {
    dd if=/dev/zero of=s.img bs=$MIB count=300 status=none && chmod 600 s.img && mkswap s.img >/dev/null &&
        swapon s.img && refused 3 "s.img: the file is in use as swap space" "swapoff" s.img
    rc=$?
    swapoff s.img
    rm -f s.img
    return $rc
}

real_zram() {
    refused 3 "this is compressed memory (zram0), not a disk" "disk" /dev/zram0
}

# What a virtual machine does with the image of its disk.
other_lock() {
    python3 -c '
import fcntl, struct, subprocess, sys
f = open(sys.argv[1], "rb")
fcntl.fcntl(f, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 100, 1, 0))
sys.exit(subprocess.call(sys.argv[2:]))' f.img "$V" -i -y --payload "$P1" f.img >out 2>err
    [ $? -eq 3 ] && has err "is locked by another program" && has err "virtual machine" && untouched
}

full_folder() {
    mkdir -p small && mount -t tmpfs -o size=512k tmpfs small && mounts="$mounts $work/small" &&
        truncate -s 300M small/f.img && v 3 -i -y --payload "$P1" small/f.img &&
        has err "its file system is full" && has err "Free some space" && same "$(stat -c %b small/f.img)" 0 &&
        v 3 -i -y --size 300M --payload "$P1" small/new.img && has err "is full" && [ ! -e small/new.img ]
    rc=$?
    umount small
    return $rc
}

links() {
    ln -sfn dir link && refused 3 "this is a directory" "whole disk" link &&
        ln -sfn /dev/null link && refused 3 "this is a character device" "whole disk" link &&
        ln -sfn nothing link && refused 1 "no such file" "--size" link
}

# A claim that sysfs does not show: O_EXCL finds it.
claimed() {
    attach f.img && python3 -c '
import os, subprocess, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_EXCL)
sys.exit(subprocess.call(sys.argv[2:]))' "$loop" "$V" -i -y --payload "$P1" "$loop" >out 2>err
    rc=$?
    detach
    [ $rc -eq 3 ] && has err "Device or resource busy" && has err "claimed" && untouched
}

locked() {
    attach f.img && flock "$loop" timeout 60 "$V" -i -y --payload "$P1" "$loop" >out 2>err
    rc=$?
    detach
    [ $rc -eq 3 ] && has err "is locked by another program" && untouched
}

system_disk() {
    name=$(lsblk -sndro NAME "$root" | tail -n 1)
    refused 3 "the running system is on this disk" "lsblk" "/dev/$name"
}

check "refused: a directory" directory
check "refused: a character device" refused 3 "this is a character device" "whole disk" /dev/null
check "refused: a pipe" fifo
check "refused: a file that is not there" refused 1 "no such file or device" "ventoc -i --size 8G" nothing.img
check "refused: a device that is not there" missing_device
check "refused: a file too small" too_small
check "refused: an odd size" odd_size
check "refused: --size of another file" other_size
check "refused: a directory that is not there" no_directory
check "errors as JSON" json_error
check "refused: a file without the rights" no_rights
check_if "$no_loop" "refused: a disk without the rights" no_rights_on_a_disk
check_if "$no_loop" "refused: a loop device without a file" empty_loop
check_if "$no_loop" "refused: a read-only device" read_only_loop
check_if "$no_mount" "refused: a folder that is read-only, or is not there" read_only_folder
check_if "$no_loop" "refused: a loop device too small" loop_of_small_file
check_if "$no_loop" "refused: a partition" partition
check_if "$no_loop" "refused: two loop devices on a file" second_loop
check_if "$no_loop" "refused: a disk that is claimed" claimed
check_if "$no_loop" "refused: a disk that is locked" locked
check_if "$no_loop$no_mount" "refused: a mounted disk" mounted
check_if "$no_loop$no_mount" "refused: a mounted partition" mounted_partition
check_if "$no_loop$no_mount" "refused: a loop device on a mounted one" loop_of_mounted_loop
if [ -z "$no_loop" ] && ! grep -q . /proc/swaps; then
    no_swap="this kernel has no swap"
else
    no_swap=''
fi
check_if "$no_loop$no_mount$no_swap" "refused: swap" swap
check_if "$no_loop$no_swap$(on=$(stat -f -c %T .) && [ "$on" = tmpfs ] && echo "no swap files on tmpfs")" "refused: a swap file" swap_file
check_if "$no_loop" "refused: a loop device on a partition" loop_of_partition
check_if "$no_loop" "refused: a disk under a loop device" loop_of_loop
check_if "$no_loop" "refused: another name of a loop device's file" other_name_of_a_loop_file
check_if "$no_loop$no_mount" "refused: mounted in another namespace" other_namespace
check_if "$no_loop$no_mount" "refused: a bind mount" bind_mount
check_if "$no_loop$no_mount$(grep -qw btrfs /proc/filesystems || echo "this kernel has no btrfs")" \
    "refused: a second device of a btrfs" btrfs_of_two
check_if "$([ -b /dev/zram0 ] || echo "there is no zram here")" "refused: zram" real_zram
check "refused: a file that a virtual machine has" other_lock
check_if "$no_mount" "refused: a full file system" full_folder
check "refused: a symbolic link to one of these" links
root=$(findmnt -no SOURCE /)
check_if "$([ -b "$root" ] || echo "/ is not on a disk here")" "refused: the disk of the running system" system_disk
check "files were not touched" untouched
