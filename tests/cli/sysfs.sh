# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154  # variables of and for the scripts
# For tests of disks that this machine has not: a loop device that looks like one, because the
# program sees another /sys. Everything else is as it is: the device, its bytes, /proc, the terminal.
# Sourced behind lib.sh.

usb_disk=pci0000:00/usb1/1-1/1-1:1.0/host6/target6:0:0/6:0:0:0/block/sdx
sata_disk=pci0000:00/ata1/host0/target0:0:0/0:0:0:0/block/sdx

# becomes DIR [NAME=VALUE...]: in the tree "sys", $loop is the device DIR below /sys/devices.
becomes() {
    tree=sys/devices/$1 number=$(lsblk -dno MAJ:MIN "$loop" | tr -d ' ')
    shift
    rm -rf sys
    mkdir -p "$tree/holders" "$tree/slaves" sys/dev/block sys/block sys/class/block
    ln -s "../../${tree#sys/}" "sys/dev/block/$number"
    set_attr "$tree" "dev=$number" "size=$(blockdev --getsz "$loop")" ro=0 removable=0 queue/logical_block_size=512 "$@"
}

# set_attr DIR NAME=VALUE...
set_attr() {
    attr_dir=$1
    shift
    for attr in "$@"; do
        mkdir -p "$attr_dir/$(dirname "${attr%%=*}")" && echo "${attr#*=}" >"$attr_dir/${attr%%=*}"
    done
}

# has_part DIR: the disk's first partition; prints its directory.
has_part() {
    mkdir -p "$tree/sdx1/holders"
    set_attr "$tree/sdx1" partition=1 start=2048 size=100000 dev=8:241
    echo "$tree/sdx1"
}

# held_by DIR NAME [NAME=VALUE...]: a device stands on DIR; prints its directory.
held_by() {
    held=$1 holder=$PWD/sys/devices/virtual/block/$2
    mkdir -p "$holder/holders"
    ln -s "$holder" "$held/holders/"
    shift 2
    set_attr "$holder" "$@"
    echo "$holder"
}

# In the other /sys: s CODE ARGUMENT... as v; seen_as COMMAND... for the rest.
# shellcheck disable=SC2016  # for the other shell
seen_as() {
    unshare -m "$(command -v sh)" -c 'mount --bind sys /sys && exec "$@"' sh "$@"
}

s() {
    s_want=$1
    shift
    seen_as "$V" "$@" >out 2>err </dev/null
    s_code=$?
    [ $s_code -eq "$s_want" ] || {
        echo "ventoc $*: exit status $s_code instead of $s_want"
        return 1
    }
    ! grep -q 'AddressSanitizer\|LeakSanitizer\|runtime error:' err
}
