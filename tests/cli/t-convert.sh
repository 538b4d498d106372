# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# A stick with Ventoy's layout becomes a ventoc stick, its data partition as it is.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"
# shellcheck source=tests/cli/convert.sh
. "$VTC_TEST_HERE/convert.sh"
make_files && layout mbr.img 300 && layout gpt.img 300 --gpt || exit 1

# identity IMAGE: what of a table must stay: its own id, its entries' ids, entry 1 as a whole.
identity() {
    sfdisk -J "$1" 2>/dev/null | python3 -c '
import json, sys
table = json.load(sys.stdin)["partitiontable"]
parts = table["partitions"]
for part in parts:
    del part["node"]
print(table["id"], parts[0], parts[1].get("uuid"), parts[2:])'
}

# Convert, look, upgrade to slot B, look, back to A, put a file on it, and never touch the data.
life() {
    image=$1 is_gpt=$2
    cp --sparse=always "$image" c.img && data_range "$image" && boot=$(entry "$image" 2 start) &&
        v 0 -u -y --payload "$P1" c.img && has out "converted from Ventoy 1.1.17 to ventoc 1.0, in slot A" &&
        has out "ventoy/ventoy.json on it stays but is not read" || return 1
    is c.img 1.0 A && starts c.img 1.0 A "$P1" && same "$(entry c.img 2 start)" "$boot" &&
        same "$(identity c.img)" "$(identity "$image")" && data_same c.img "$image" && files_same c.img || return 1
    v 0 -u -y --payload "$P1" c.img && has out "already up to date" || return 1
    v 0 -u -y -q --payload "$P2" c.img && is c.img 2.0 B && starts c.img 2.0 B "$P2" &&
        same "$(entry c.img 2 start)" $((boot + 31744)) && data_same c.img "$image" || return 1
    v 0 -u -y -q --rollback c.img && is c.img 1.0 A && starts c.img 1.0 A "$P1" &&
        v 0 -u -y -q --payload "$P2" c.img && starts c.img 2.0 B "$P2" && data_same c.img "$image" &&
        same "$(identity c.img)" "$(identity "$image")" || return 1
    if [ "$is_gpt" = 1 ]; then
        sfdisk -d c.img >dump 2>/dev/null && grep 'name="ventoc"' dump | grep -q 'attrs="GUID:63"' || return 1
    else
        same "$(entry c.img 2 type)" ef && same "$(entry c.img 1 bootable)" True || return 1
    fi
    v 0 persist create -q --size 16M --label persistence c.img /layer.dat &&
        python3 "$here/exfat_get.py" c.img /layer.dat layer.dat >/dev/null && e2fsck -fn layer.dat >e2fsck.said 2>&1 &&
        files_same c.img && is c.img 2.0 B || return 1
    v 3 -i -y --payload "$P1" c.img && has err "is a ventoc stick already" && v 0 -I -y -q --payload "$P1" c.img &&
        is c.img 1.0 A && same "$(entry c.img 2 start)" 2048
}

# Nothing is written where another file system is, or more partitions are.
others_stay() {
    options=$1
    # shellcheck disable=SC2086
    layout o.img 400 $options && cp --sparse=always o.img c.img && data_range o.img &&
        v 0 -u -y --payload "$P1" c.img && starts c.img 1.0 A "$P1" && data_same c.img o.img &&
        v 0 -u -y -q --payload "$P2" c.img && starts c.img 2.0 B "$P2" && data_same c.img o.img &&
        same "$(identity c.img)" "$(identity o.img)" || return 1
    # Only the first MiB, the boot partition and a backup GPT have changed.
    boot=$(entry o.img 2 start)
    python3 "$here/changed.py" o.img c.img | awk -F- -v boot="$boot" -v end=$((400 * 2048 - 33)) '
        $2 < 2048 || ($1 >= boot && $2 < boot + 63488) || $1 >= end { next } { print; bad = 1 } END { exit bad }'
}

# not_taken OPTION...: it lacks one thing of Ventoy's, so it is not Ventoy's, and nothing happens.
not_taken() {
    layout n.img 300 "$@" && keep n.img && v 4 -u -y --payload "$P1" n.img && has err "not a ventoc stick" &&
        lacks err "Ventoy" && kept n.img
}

overlapping_partition_is_refused() {
    layout n.img 300 && python3 - <<'PY' && keep n.img && v 4 -u -y --payload "$P1" n.img && kept n.img
import struct
with open("n.img", "r+b") as image:  # entry 3 begins inside entry 2
    image.seek(462 + 8)
    start = struct.unpack("<I", image.read(4))[0]
    image.seek(478)
    image.write(struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", start + 64000, 1000))
PY
}

large_sectors_are_not_taken() {
    attach -b 4096 mbr.img && v 4 -u -n --payload "$P1" "$loop"
    rc=$?
    detach
    return $rc
}

nothing_is_written_unasked() {
    cp --sparse=always mbr.img c.img && v 0 -u -n --payload "$P1" c.img && has out "stick record" &&
        has out "boot files, slot A" && v 0 -u -n --json --payload "$P1" c.img &&
        same "$(json out '(j["operation"], j["ventoy_version"], j["ventoy_settings_ignored"], j["slot"])')" \
            "('convert', '1.1.17', True, 'A')" && v 3 -u --payload "$P1" c.img && v 4 -u --rollback -y c.img &&
        python3 "$here/same.py" c.img mbr.img && v 4 -l c.img && has err "a Ventoy stick, version 1.1.17" &&
        has err "To convert it, keeping its files: ventoc -u $work/c.img" &&
        v 4 persist create --size 8M --label x c.img /x.dat && python3 "$here/same.py" c.img mbr.img
}

# ask ANSWER CODE: on a terminal.
ask() {
    cp --sparse=always mbr.img c.img
    timeout 60 python3 "$here/terminal.py" "$1" "$V" -u --payload "$P1" c.img >shown
    code=$?
    same "$code" "$2"
}

question() {
    ask no 5 && python3 "$here/same.py" c.img mbr.img && has shown "Ventoy 1.1.17 on it will be replaced by ventoc 1.0" &&
        has shown "all files on it stay: nothing is written there" && has shown "no old version to fall back on" &&
        has shown "may not boot until \"ventoc -u $work/c.img\" is run again, which completes it" &&
        has shown "ventoy/ventoy.json on it stays but is not read" && ask yes 0 && is c.img 1.0 A &&
        timeout 60 python3 "$here/terminal.py" no "$V" -i --payload "$P1" mbr.img >shown
    has shown "It is a Ventoy stick: \"ventoc -u $work/mbr.img\" converts it"
}

# A ventoc stick that became Ventoy's: what is left of the old record lies in the data partition.
old_record_does_not_count() {
    v 0 -i -q --size 300M --payload "$P1" old.img && cp --sparse=always mbr.img c.img && piece old.img $((63 * MIB)) $MIB record &&
        dd if=record of=c.img bs=$MIB seek=63 conv=notrunc status=none && cp --sparse=always c.img o.img &&
        v 4 -l c.img && has err "a Ventoy stick" && data_range mbr.img && v 0 -u -y -q --payload "$P1" c.img &&
        starts c.img 1.0 A "$P1" && is c.img 1.0 A && data_same c.img o.img || return 1
    # Also where both copies of the new one are damaged.
    printf XXXX | dd of=c.img bs=1 seek=$((2040 * 512 + 100)) conv=notrunc status=none && is c.img 1.0 A &&
        printf XXXX | dd of=c.img bs=1 seek=$((2044 * 512 + 100)) conv=notrunc status=none && v 1 -l c.img &&
        has err "record is damaged"
}

without_settings() {
    "$here/make-ventoy-layout-fixture" c.img 300 && v 0 -u -y --payload "$P1" c.img && lacks out ventoy.json
}

too_many_boot_files() {
    [ -e p3/manifest ] || "$here/make-fixture-payload" p3 3.0 120000 20000000 || return 1
    cp --sparse=always mbr.img c.img && v 7 -u -y --payload p3 c.img && has err "p3: the boot files need" && python3 "$here/same.py" c.img mbr.img && v 0 -i -q --size 300M --payload p3 big.img
}

# Not a conversion; a later upgrade may be.
while_mounted() {
    layout c.img 300 --fs ext4 && attach c.img && addpart "$loop" 1 2048 "$(entry c.img 1 size)" && mkdir -p m &&
        mount "${loop}p1" m && mounts="$mounts $work/m" && v 3 -u -y --payload "$P1" "$loop" && has err "is mounted on" &&
        umount m && v 0 -u -y -q --payload "$P1" "$loop" && mount "${loop}p1" m && echo text >m/file &&
        v 0 -u -y -q --payload "$P2" "$loop" && lacks err note && umount m && v 0 -l "$loop" && has out "version 2.0" &&
        same "$(cat "/sys/class/block/${loop#/dev/}p2/start")" "$(entry c.img 2 start)" &&
        starts c.img 2.0 B "$P2"
    rc=$?
    umount m 2>/dev/null
    delpart "$loop" 1 2>/dev/null
    delpart "$loop" 2 2>/dev/null
    detach
    return $rc
}

# Only a Ventoy stick that was named is converted.
attached() {
    alone
    cp --sparse=always mbr.img c.img && attach c.img && first=$loop &&
        v 4 -u -y --payload "$P1" && has err "$first is a Ventoy stick; to convert it, keeping its files: ventoc -u $first" &&
        v 4 -l && has err "$first is a Ventoy stick" && python3 "$here/same.py" c.img mbr.img || return 1
    v 0 -i -q --size 300M --payload "$P1" s.img && attach s.img && v 0 -u -y --payload "$P2" &&
        has out "$loop: upgraded" && has err "note: $first is a Ventoy stick" && python3 "$here/same.py" c.img mbr.img
    rc=$?
    losetup -d "$first" "$loop"
    return $rc
}

check "MBR: converted, upgraded, switched back, used, erased" life mbr.img 0
check "GPT: converted, upgraded, switched back, used, erased" life gpt.img 1
for options in "--fs ntfs" "--gpt --fs fat32" "--fs ext4" "--reserve 64 --third" "--gpt --reserve 64 --third" "--gap 100"; do
    check "all else stays: $options" others_stay "$options"
done
check "another label is not Ventoy's" not_taken --boot-label OTHER
check "no grub.cfg: not Ventoy's" not_taken --no-grub-cfg
check "another length of entry 2: not Ventoy's" not_taken --boot-sectors 65544
check "entry 2 somewhere else: not Ventoy's" not_taken --gpt --gap 2048
check "another partition reaches into entry 2" overlapping_partition_is_refused
check_if "$no_loop" "4096-byte sectors: not Ventoy's" large_sectors_are_not_taken
check "nothing is written unasked" nothing_is_written_unasked
check "the question says what happens" question
check "an older record in the data partition" old_record_does_not_count
check "a stick without settings" without_settings
check "boot files that do not fit are refused by name" too_many_boot_files
check_if "$no_loop$no_mount" "while it is mounted" while_mounted
others=''
alone
v 4 -l >/dev/null || others="there are sticks attached to this machine"
give_back
check_if "${no_loop:-$others}" "without a TARGET none is converted" attached
