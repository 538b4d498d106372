# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# Which version a stick gets: no older one unasked, back to the other slot; also while it is mounted.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

# is VERSION SLOT: what -l says about u.img.
is() {
    v 0 -l --json u.img &&
        same "$(json out '(j["sticks"][0]["version"], j["sticks"][0]["live_slot"])')" "('$1', '$2')"
}

# two_versions OPTION...: u.img with 1.0 in slot A, 2.0 in slot B, which is live.
two_versions() {
    rm -f u.img && v 0 -i -q --size 300M --payload "$P1" "$@" u.img && v 0 -u -y -q --payload "$P2" u.img
}

# spoil OFFSET: change four bytes.
spoil() {
    printf 'XXXX' | dd of=u.img bs=1 seek="$1" conv=notrunc status=none
}

downgrade() {
    rm -f u.img && v 0 -i -q --size 300M --payload "$P2" u.img && keep u.img &&
        v 3 -u -y --payload "$P1" u.img && has err "version 2.0, which is newer" && has err "version 1.0" &&
        has err "ventoc -u --force" && lacks err "--rollback" && kept u.img &&
        v 3 -u -n --payload "$P1" u.img && v 3 -u -y --json --payload "$P1" u.img &&
        same "$(json out 'j["exit"]')" 3 && kept u.img && v 0 -u -y --force --payload "$P1" u.img &&
        has out "from version 2.0 to 1.0, in slot B" && is 1.0 B &&
        v 0 -u -y -q --payload "$P2" u.img && v 3 -u -y --payload "$P1" u.img || return 1
    two_versions && v 3 -u -y --payload "$P1" u.img && has err "version 1.0 in the other slot: ventoc -u --rollback"
}

# As numbers, not as text.
version_numbers() {
    "$here/make-fixture-payload" p9 1.9 && "$here/make-fixture-payload" p10 1.10 &&
        rm -f u.img && v 0 -i -q --size 300M --payload p9 u.img && v 0 -u -y -q --payload p10 u.img &&
        is 1.10 B && v 3 -u -y --payload p9 u.img
}

# rolls_back SECTOR BYTES OPTION...: the switch is all that is written.
rolls_back() {
    sector=$1 bytes=$2
    shift 2
    two_versions --sector-size "$sector" "$@" && keep u.img && v 0 -u --rollback -n u.img && has out "switched" &&
        lacks out "boot files" && v 0 -u --rollback -n --json u.img &&
        same "$(json out '(j["operation"], j["old_version"], j["version"], j["slot"], j["plan_bytes"])')" \
            "('rollback', '2.0', '1.0', 'A', $bytes)" && kept u.img || return 1
    v 0 -u --rollback -y u.img && has out "switched back from version 2.0 to 1.0, in slot A" && is 1.0 A &&
        v 0 -u --rollback -y --json u.img && same "$(json out 'j["written_bytes"]')" "$bytes" && is 2.0 B &&
        kept u.img && v 0 -u -y --payload "$P2" u.img && has out "already up to date"
}

refused() {
    keep u.img && v 3 -u --rollback -y u.img && has err "$1" && has err "no older version" && kept u.img &&
        v 3 -u --rollback -n u.img && is 2.0 B
}

only_whole_slots() {
    rm -f u.img && v 0 -i -q --size 300M --payload "$P2" u.img && keep u.img &&
        v 3 -u --rollback -y u.img && has err "slot B is empty" && kept u.img || return 1
    two_versions && spoil $((MIB + 1000000)) && refused "slot A: /EFI/BOOT/big is damaged" || return 1
    two_versions && spoil $((512 * 200)) && refused "slot A: its BIOS core is damaged" || return 1
    two_versions && spoil $((512 + 500)) && refused "slot A: its BIOS core is damaged" || return 1
    two_versions && spoil $MIB && refused "slot A" || return 1
    # The core of a stick that no BIOS starts is not there.
    two_versions --sector-size 4096 && spoil $((512 * 200)) && v 0 -u --rollback -y u.img && is 1.0 A
}

# The way out when what was upgraded to is damaged.
damaged_live_slot() {
    two_versions && spoil $((32 * MIB)) && v 1 -l u.img && has err "boot slot B is damaged" &&
        has err "ventoc -u --rollback" && v 1 -u -y --payload "$P2" u.img && v 0 -u --rollback -y u.img &&
        has out "from version unknown to 1.0, in slot A" && is 1.0 A
}

real_payload() {
    rm -f u.img && v 0 -i -q --size 300M --payload "$VTC_TEST_REAL_PAYLOAD" u.img &&
        "$here/make-fixture-payload" p999 999 && v 0 -u -y -q --payload p999 u.img &&
        v 0 -u --rollback -y u.img && v 0 -l u.img
}

options() {
    v 2 -u --rollback --payload "$P1" u.img && has err "exclude each other" && v 2 -i --rollback u.img &&
        v 2 -I --force u.img && v 4 -u --rollback -y /dev/null
    [ $v_code -ne 0 ]
}

# A switch that was cut between its steps is completed by what runs next, be it another version.
completes_a_switch() {
    two_versions -g && cp --sparse=always u.img b.img && v 0 -u --rollback -q -y u.img || return 1
    for what in primary sector; do
        cp --sparse=always u.img cut.img && mv cut.img c.img
        # c.img says A; the backup of b.img, which says B, and for "sector" the primary as well.
        dd if=b.img of=c.img bs=512 skip=$((300 * 2048 - 33)) seek=$((300 * 2048 - 33)) conv=notrunc status=none
        [ $what = primary ] ||
            dd if=b.img of=c.img bs=512 skip=1 seek=1 count=33 conv=notrunc status=none
        mv c.img u.img && "$here/make-fixture-payload" p3 3.0 && v 0 -u -y --json --payload p3 u.img || return 1
        same "$(json out 'j["plan"][0]["reason"]')" "$([ $what = primary ] && echo "backup GPT mended" || echo "boot sector mended")" &&
            sfdisk -V u.img 2>&1 | grep -q "No errors" && v 0 -l u.img && has out "version 3.0" || return 1
        two_versions -g && v 0 -u --rollback -q -y u.img || return 1
    done
    # The same version: nothing but the rest of the switch.
    cp --sparse=always b.img c.img && dd if=u.img of=c.img bs=512 count=1 conv=notrunc status=none && mv c.img u.img &&
        is 2.0 B && v 0 -u -y --payload "$P2" u.img && has out "is complete now" &&
        python3 "$here/same.py" u.img b.img
}

# attach_parts IMAGE: a loop device with the partitions of its table, also where the kernel reads none.
attach_parts() {
    attach "$1" && sfdisk -J "$1" | json /dev/stdin \
        '"\n".join(f"{i + 1} {p['"'start'"']} {p['"'size'"']}" for i, p in enumerate(j["partitiontable"]["partitions"]))' >parts &&
        while read -r number start size; do
            addpart "$loop" "$number" "$start" "$size" || return 1
        done <parts
}

# They would be there still when the loop device gets its next file.
detach_parts() {
    for number in 1 2 3; do
        delpart "$loop" $number 2>/dev/null
    done
    detach
}

# on_mounted TABLE: upgrade, switch back, and all refusals, with a file held open on the data partition.
on_mounted() {
    rm -f u.img && v 0 -i -q --size 300M --payload "$P1" ${1:+"$1"} u.img || return 1
    bytes=$("$V" -l --json u.img | json /dev/stdin 'j["sticks"][0]["data_bytes"]')
    mkfs.ext4 -q -F -E offset=$((64 * MIB)) u.img $((bytes / 1024))k 2>/dev/null && mkdir -p mnt && attach_parts u.img ||
        return 1
    mount "${loop}p1" mnt && mounts="$mounts $work/mnt" && echo before >mnt/before || return 1
    (exec 3>mnt/open && sleep 2 && echo during >&3 && sync) &
    writer=$!
    v 0 -u -n --payload "$P2" "$loop" && v 0 -u -y --json --payload "$P2" "$loop" && cp out up.json && lacks err note &&
        same "$(json up.json 'j["mounted"]')" "$work/mnt" && echo after >mnt/after &&
        same "$(cat "/sys/class/block/${loop#/dev/}p2/start")" 65536 &&
        v 0 -l "$loop" && has out "version 2.0" && v 3 -u -y --payload "$P1" "$loop" &&
        v 0 -u --rollback -y "$loop" && lacks err note && same "$(cat "/sys/class/block/${loop#/dev/}p2/start")" 2048 &&
        v 0 -u -y --payload "$P2" "$loop" && v 3 -i -y --payload "$P2" "$loop" && has err "is mounted on" &&
        v 3 -I -y --payload "$P2" "$loop" && has err "is mounted on"
    rc=$?
    wait $writer || rc=1
    umount mnt
    [ $rc -eq 0 ] && v 0 -l "$loop" && has out "version 2.0" && detach_parts &&
        sfdisk -V u.img 2>&1 | grep -q "No errors" && piece u.img $((64 * MIB)) "$bytes" data &&
        fsck.ext4 -fn data >/dev/null 2>&1 && same "$(debugfs -R "cat before" data 2>/dev/null)" before &&
        same "$(debugfs -R "cat open" data 2>/dev/null)" during && same "$(debugfs -R "cat after" data 2>/dev/null)" after
    rc=$?
    losetup "$loop" >/dev/null 2>&1 && detach_parts
    rm -f data
    return $rc
}

# Not when it is not the data partition that is mounted, nor when there is no stick below.
other_mounts() {
    rm -f u.img && v 0 -i -q --size 300M --payload "$P1" u.img && attach_parts u.img && mkdir -p mnt &&
        addpart "$loop" 3 65536 63488 && mkfs.ext4 -q "${loop}p3" && mount "${loop}p3" mnt && mounts="$mounts $work/mnt" &&
        v 3 -u -y --payload "$P2" "$loop" && has err "${loop}p3 is mounted" && umount mnt && detach_parts || return 1
    new_image m.img 300M && echo '2048,400000,L' | sfdisk -q m.img && mkfs.ext4 -q -E offset=$MIB m.img 180M 2>/dev/null &&
        attach_parts m.img && mount "${loop}p1" mnt && v 4 -u -y --payload "$P2" "$loop" && umount mnt && detach_parts || return 1
    # A record says that the data partition is elsewhere.
    rm -f u.img && v 0 -i -q --size 300M --payload "$P1" u.img &&
        echo 'start=131072,size=200000' | sfdisk -q -N 1 u.img && mkfs.ext4 -q -F -E offset=$((64 * MIB)) u.img 90M 2>/dev/null &&
        attach_parts u.img && mount "${loop}p1" mnt && v 3 -u -y --payload "$P2" "$loop" && has err "is mounted on"
    rc=$?
    umount mnt
    detach_parts
    return $rc
}

# exFAT, as it is used: by the FUSE driver where the kernel has none.
mounted_exfat() {
    rm -f u.img && v 0 -i -q --size 300M --payload "$P1" u.img && attach_parts u.img && mkdir -p mnt &&
        { mount -t exfat "${loop}p1" mnt 2>/dev/null || mount.exfat-fuse "${loop}p1" mnt >/dev/null 2>&1; } &&
        mounts="$mounts $work/mnt" && echo before >mnt/before && v 0 -u -y --payload "$P2" "$loop" && lacks err note &&
        echo after >mnt/after
    rc=$?
    umount mnt
    [ $rc -eq 0 ] && v 0 -l "$loop" && has out "version 2.0" && fsck.exfat -n "${loop}p1" >/dev/null
    rc=$?
    detach_parts
    [ $rc -eq 0 ] && python3 "$here/exfat_get.py" u.img /before got && same "$(cat got)" before &&
        python3 "$here/exfat_get.py" u.img /after got && same "$(cat got)" after
}

check "an older version is refused, and installed by force" downgrade
check "versions are compared as numbers" version_numbers
check "--rollback, MBR" rolls_back 512 512
check "--rollback, GPT" rolls_back 512 $((512 + 2 * 33 * 512)) -g
check "--rollback, MBR, 4096-byte sectors" rolls_back 4096 4096
check "--rollback, GPT, 4096-byte sectors" rolls_back 4096 $((4096 + 2 * 5 * 4096)) -g
check "--rollback to a slot that is not whole is refused" only_whole_slots
check "--rollback from a slot that is damaged" damaged_live_slot
real=''
[ -e "$VTC_TEST_REAL_PAYLOAD/manifest" ] || real="the payload is not built"
check_if "$real" "--rollback to the real payload" real_payload
check "options that exclude each other" options
check "a switch that was cut off is completed" completes_a_switch
no_part=$no_loop$no_mount
check_if "$no_part" "upgrade while the data partition is mounted, MBR" on_mounted
check_if "$no_part" "upgrade while the data partition is mounted, GPT" on_mounted -g
check_if "$no_part" "upgrade while other things are mounted" other_mounts
no_exfat=''
command -v mount.exfat-fuse >/dev/null || grep -qw exfat /proc/filesystems || no_exfat="there is no exFAT driver"
check_if "$no_part$no_exfat" "upgrade while an exFAT data partition is mounted" mounted_exfat
