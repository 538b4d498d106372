# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# Targets that must not be touched, each with its own message. What this kernel cannot do is
# tested with a sysfs tree of its own in tests/unit/test_device.c.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

# refused CODE TEXT HINT TARGET [OPTION...]: -y does not help, and nothing is written. install,
# reinstall and dry run say the same.
refused() {
    code=$1 text=$2 hint=$3
    shift 3
    for command in "-i -y" "-I -y" "-i -n"; do
        # shellcheck disable=SC2086
        v "$code" $command --payload "$P1" "$@" && has err "$text" && has err "$hint" &&
            [ ! -s out ] || return 1
    done
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
    rm -rf closed && mkdir closed && new_image closed/f.img 300M && chmod 444 closed/f.img && chmod 755 . closed &&
        as_nobody "$V" -i -y --payload "$P1" "$work/closed/f.img" >out 2>err
    [ $? -eq 1 ] && has err "Permission denied" && has err "sudo"
}

no_rights_on_a_disk() {
    attach f.img
    as_nobody "$V" -i -y --payload "$P1" "$loop" >out 2>err
    rc=$?
    detach
    [ $rc -eq 1 ] && has err "Permission denied" && has err "sudo" && untouched
}

empty_loop() {
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
    new_image m.img 300M && mkfs.ext4 -q m.img && mkdir -p mnt && attach m.img && mount "$loop" mnt &&
        mounts="$mounts $work/mnt" &&
        refused 3 "the disk is mounted on $work/mnt" "umount '$work/mnt'" "$loop" &&
        refused 3 "the file is in use as loop device $loop" "losetup -d" m.img &&
        ln -sf "$loop" link && refused 3 "is mounted" "umount" link
    rc=$?
    umount mnt
    detach
    return $rc
}

mounted_partition() {
    new_image m.img 300M && mkfs.ext4 -q -E offset=$MIB m.img 200M && attach m.img &&
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
    new_image m.img 300M && mkfs.ext4 -q m.img && mkdir -p mnt && attach m.img && one=$loop &&
        mount "$one" mnt && attach "$one" && refused 3 "the disk is mounted on $work/mnt" "umount" "$loop"
    rc=$?
    detach
    umount mnt
    losetup -d "$one"
    return $rc
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

check "a directory" directory
check "a character device" refused 3 "this is a character device" "whole disk" /dev/null
check "a pipe" fifo
check "a file that is not there" refused 1 "no such file or device" "ventoc -i --size 8G" nothing.img
check "a device that is not there" missing_device
check "a file too small" too_small
check "an odd size" odd_size
check "--size of another file" other_size
check "a directory that is not there" no_directory
check "errors as JSON" json_error
check "a file without the rights" no_rights
check_if "$no_loop" "a disk without the rights" no_rights_on_a_disk
check_if "$no_loop" "a loop device without a file" empty_loop
check_if "$no_loop" "a read-only device" read_only_loop
check_if "$no_mount" "a folder that is read-only, or is not there" read_only_folder
check_if "$no_loop" "a loop device too small" loop_of_small_file
check_if "$no_loop" "a partition" partition
check_if "$no_loop" "two loop devices on a file" second_loop
check_if "$no_loop" "a disk that is claimed" claimed
check_if "$no_loop" "a disk that is locked" locked
check_if "$no_loop$no_mount" "a mounted disk" mounted
check_if "$no_loop$no_mount" "a mounted partition" mounted_partition
check_if "$no_loop$no_mount" "a loop device on a mounted one" loop_of_mounted_loop
if [ -z "$no_loop" ] && ! grep -q . /proc/swaps; then
    no_swap="this kernel has no swap"
else
    no_swap=''
fi
check_if "$no_loop$no_mount$no_swap" "swap" swap
root=$(findmnt -no SOURCE /)
check_if "$([ -b "$root" ] || echo "/ is not on a disk here")" "the disk of the running system" system_disk
check "files were not touched" untouched
