# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# Upgrades: the idle slot, the switch, and nothing else.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

# only_changed WHERE...: old.img and u.img differ in these ranges of 512-byte sectors only; each
# WHERE is "first-last", and each must have changed.
only_changed() {
    python3 "$here/changed.py" old.img u.img >changed
    for where in "$@"; do
        awk -F- -v first="${where%-*}" -v last="${where#*-}" \
            '$1 >= first && $2 <= last { found = 1 } END { exit !found }' changed || {
            echo "nothing changed in $where:"
            cat changed
            return 1
        }
    done
    while read -r range; do
        inside=0
        for where in "$@"; do
            [ "${range%-*}" -lt "${where%-*}" ] || [ "${range#*-}" -gt "${where#*-}" ] || inside=1
        done
        [ $inside -eq 1 ] || {
            echo "changed: $range"
            return 1
        }
    done <changed
}

# is VERSION SLOT: what -l says about u.img.
is() {
    v 0 -l --json u.img &&
        same "$(json out '(j["sticks"][0]["version"], j["sticks"][0]["live_slot"])')" "('$1', '$2')"
}

# boots_from SLOT GPT: the bytes that firmware and boot sector follow.
boots_from() {
    sfdisk -V u.img 2>&1 | grep -q "No errors" || return 1
    start=$(sfdisk -J u.img | json /dev/stdin 'j["partitiontable"]["partitions"][1]["start"]')
    if [ "$1" = A ]; then
        same "$start" 2048 && same "$(number u.img 92 8)" "$([ "$2" = 1 ] && echo 34 || echo 1)"
    else
        same "$start" 65536 && same "$(number u.img 92 8)" 1024
    fi
}

end=$((300 * 2048 - 1)) # last sector of the image
b_slot=65536-129023

# back_and_forth TABLE: A 1.0, B 2.0, A 1.0, B 2.0 with only the switch left to write.
back_and_forth() {
    option='' gpt=0 backup=''
    if [ "$1" = gpt ]; then
        option=-g gpt=1 backup="$((end - 32))-$end"
    fi
    rm -f u.img
    # shellcheck disable=SC2086
    v 0 -i -q $option -r 20 --size 300M --payload "$P1" u.img && is 1.0 A && boots_from A $gpt || return 1
    "$here/../../scripts/exfat-put" u.img "$here/run" /folder/run >/dev/null && data_of u.img && mv data before || return 1

    cp --sparse=always u.img old.img && v 0 -u -y --json --payload "$P2" u.img && is 2.0 B &&
        boots_from B $gpt || return 1
    # The core's place is beside the table's: the merged ranges hold both.
    # shellcheck disable=SC2086
    only_changed $b_slot 0-2047 $backup || return 1

    cp --sparse=always u.img old.img && v 0 -u -y --json --payload "$P2" u.img &&
        same "$(json out '(j["up_to_date"], j["written_bytes"], j["plan"])')" "(True, 0, [])" &&
        python3 "$here/same.py" u.img old.img && v 0 -u -y --payload "$P2" u.img && has out "already up to date (version 2.0)" &&
        python3 "$here/same.py" u.img old.img || return 1

    # Back: the bytes of slot A are those of 1.0 still.
    v 0 -u -y --force --json --payload "$P1" u.img && cp out up.json && is 1.0 A && boots_from A $gpt &&
        same "$(json up.json 'set(e["reason"].split()[-1] for e in j["plan"])')" "{'switched'}" &&
        same "$(json up.json 'j["written_bytes"]')" "$([ $gpt = 1 ] && echo $((512 + 33 * 512 * 2)) || echo 512)" ||
        return 1
    v 0 -u -y -q --payload "$P2" u.img && [ ! -s out ] && is 2.0 B &&
        boots_from B $gpt || return 1
    data_of u.img && python3 "$here/same.py" data before && fsck.exfat -n data >/dev/null
}

# The small file, the manifest and some of the FAT's structures differ: a few blocks.
writes_what_differs() {
    rm -f u.img && v 0 -i -q --size 300M --payload "$P1" u.img && v 0 -u -q -y --payload "$P1" u.img &&
        v 0 -u -y -q --payload "$P2" u.img && v 0 -u -y -q --force --payload "$P1" u.img || return 1
    # Both slots are filled now, A with 1.0, B with 2.0. A third version differs from B in blocks.
    "$here/make-fixture-payload" p3 3.0 && v 0 -u -y --json --payload p3 u.img && cp out up.json && is 3.0 B &&
        same "$(json up.json 'sum(e["bytes"] for e in j["plan"] if "files" in e["reason"]) <= 40000')" True
}

damaged_live_slot_is_mended() {
    rm -f u.img && v 0 -i -q --size 300M --payload "$P1" u.img &&
        printf 'XXXX' | dd of=u.img bs=1 seek=$((MIB + 1000000)) conv=notrunc status=none &&
        v 0 -u -y --payload "$P1" u.img && is 1.0 B && zcat "$P1/slot512.img.gz" >slot.img &&
        cmp -n "$(stat -c %s slot.img)" -i 0:$((32 * MIB)) slot.img u.img
}

# The image was copied to a larger disk, and entry 1 made longer, with a file system as long.
longer_data_partition() {
    rm -f u.img && v 0 -i -q "$@" --size 300M --payload "$P1" u.img && truncate -s 400M u.img || return 1
    [ $# -eq 0 ] || sfdisk --relocate gpt-bak-std u.img >/dev/null || return 1
    echo ", +" | sfdisk -q -N 1 u.img && v 0 -u -y --payload "$P2" u.img && has out "upgraded from version 1.0" &&
        v 0 -u -y --rollback u.img && is 1.0 A || return 1
    bytes=$(sfdisk -J u.img | json /dev/stdin 'j["partitiontable"]["partitions"][0]["size"] * 512')
    truncate -s "$bytes" part && mkfs.exfat part >/dev/null &&
        dd if=part of=u.img bs=$MIB seek=64 conv=notrunc,sparse status=none &&
        v 0 persist create --size 16M u.img /x.dat && v 0 check --payload "$P1" u.img
}

# add START SIZE TYPE: a partition 3 of u.img, in sectors, wherever it is.
add() {
    sfdisk -d u.img | sed 's/^first-lba: .*/first-lba: 34/' >dump && echo "start=$1, size=$2, type=$3" >>dump &&
        sfdisk -q --force u.img <dump 2>/dev/null && same "$(sfdisk -d u.img | grep -c "start= *$1,")" 1
}

# What is not the live slot's looks free to a partitioning tool.
partition_in_the_way() {
    [ "$1" = gpt ] && option=-g type=L || option='' type=83
    for where in "65536 20480" "1200 400"; do
        # shellcheck disable=SC2086
        rm -f u.img && v 0 -i -q $option --size 300M --payload "$P1" u.img && add $where $type && keep u.img &&
            v 3 -u -y --payload "$P2" u.img && has err "partition 3 lies where the boot files go" &&
            kept u.img && v 1 check --payload "$P1" u.img && has out "partition 3 lies over parts of the stick" &&
            v 1 repair -y --payload "$P1" u.img && kept u.img || return 1
    done
    # The place of slot A, when that was left.
    # shellcheck disable=SC2086
    rm -f u.img && v 0 -i -q $option --size 300M --payload "$P1" u.img && v 0 -u -y --payload "$P2" u.img &&
        add 2048 4096 $type && keep u.img && v 3 -u -y --rollback u.img &&
        has err "partition 3 lies where" && v 3 -u -y --force --payload "$P1" u.img && kept u.img
}

dry_run() {
    rm -f u.img && v 0 -i -q --size 300M --payload "$P1" u.img && keep u.img &&
        v 0 -u -n --payload "$P2" u.img && has out "boot files, slot B" && has out "switched" &&
        kept u.img && v 0 -u -n --json --payload "$P2" u.img &&
        same "$(json out 'j["dry_run"]')" True && kept u.img
}

large_sectors() {
    rm -f u.img && v 0 -i -q --size 300M --sector-size 4096 "$@" --payload "$P1" u.img &&
        v 0 -u -y -q --payload "$P2" u.img && is 2.0 B && v 0 -u -y -q --force --payload "$P1" u.img && is 1.0 A &&
        piece u.img $MIB $((31 * MIB)) slot && fsck.fat -n slot >/dev/null
}

read_table_of_large_sectors() {
    large_sectors -g && v 0 -u -y -q --payload "$P2" u.img && attach -b 4096 u.img &&
        sfdisk -V "$loop" 2>&1 | grep -q "No errors" && v 0 -l "$loop" &&
        same "$(sfdisk -J "$loop" | json /dev/stdin 'j["partitiontable"]["partitions"][1]["start"]')" 8192
    rc=$?
    detach
    return $rc
}

not_a_stick() {
    new_image n.img 300M && v 4 -u -y --payload "$P1" n.img && has err "not a ventoc stick" &&
        v 4 -l n.img && has err "not a ventoc stick" && v 4 -l --json n.img &&
        same "$(json out 'j["exit"]')" 4 && new_image tiny.img 1M && v 4 -l tiny.img
}

# damage OFFSET BYTES: zero a part of a fresh stick.
damage() {
    rm -f u.img && v 0 -i -q --size 300M --payload "$P1" u.img &&
        dd if=/dev/zero of=u.img bs=1 seek="$1" count="$2" conv=notrunc status=none
}

second_record_serves() {
    damage $((63 * MIB)) 512 && is 1.0 A && v 0 -u -y -q --payload "$P2" u.img && is 2.0 B
}

damaged_sticks_are_not_good() {
    damage 0 512 && v 1 -l u.img && has err "no partition table" && has out "NOT USABLE" &&
        v 1 -u -y --payload "$P2" u.img && v 1 -l --json u.img &&
        same "$(json out 'j["sticks"][0]["good"]')" False || return 1
    damage 462 16 && v 1 -l u.img && has err "entry 2 of the partition table" || return 1
    damage 446 16 && v 1 -l u.img && has err "entry 1 of the partition table" || return 1
    damage $MIB 512 && v 1 -l u.img && has err "boot slot A is damaged" && v 1 -u -y --payload "$P2" u.img &&
        has err "keeping its files: ventoc repair" && v 0 repair -y --payload "$P1" u.img &&
        v 0 -u -y --payload "$P2" u.img || return 1
    damage $((63 * MIB + 100)) 4 && is 1.0 A || return 1
    printf x | dd of=u.img bs=1 seek=$((63 * MIB + MIB / 2 + 100)) conv=notrunc status=none &&
        v 1 -l u.img && has err "record is damaged" && has err "copy them away" || return 1
    rm -f u.img && v 0 -i -q --size 300M --payload "$P1" u.img && truncate -s 290M u.img &&
        v 1 -l u.img && has err "is smaller than the disk"
}

attached_sticks() {
    rm -f 1.img 2.img && v 0 -i -q --size 300M --payload "$P1" 1.img &&
        v 0 -i -q --size 300M --payload "$P1" 2.img || return 1
    alone
    v 4 -u -y --payload "$P2" && has err "no ventoc stick found" && v 4 -l || return 1
    attach 1.img && first=$loop && v 0 -l && has out "$first: ventoc stick, version 1.0" &&
        v 0 -u -y --payload "$P2" && has out "$first: upgraded from version 1.0 to 2.0, in slot B" || return 1
    attach 2.img && v 0 -l --json && same "$(json out 'len(j["sticks"])')" 2 &&
        v 3 -u -y --force --payload "$P1" && has err "2 ventoc sticks found"
    rc=$?
    losetup -d "$first" "$loop"
    return $rc
}

check "MBR: A, B, A, B" back_and_forth mbr
check "GPT: A, B, A, B" back_and_forth gpt
check "only blocks that differ are written" writes_what_differs
check "a damaged live slot is replaced" damaged_live_slot_is_mended
check "a data partition that was made longer, MBR" longer_data_partition
check "a data partition that was made longer, GPT" longer_data_partition -g
check "a partition where slots or cores go, MBR" partition_in_the_way mbr
check "a partition where slots or cores go, GPT" partition_in_the_way gpt
check "dry run" dry_run
check "4096-byte sectors, MBR" large_sectors
check "4096-byte sectors, GPT" large_sectors -g
check_if "$no_loop" "4096-byte sectors, as the kernel sees them" read_table_of_large_sectors
# A stick that is attached to this machine already would be upgraded by the test.
others=''
alone
v 4 -l >/dev/null || others="there are sticks attached to this machine"
give_back
check_if "${no_loop:-$others}" "sticks are found without a TARGET" attached_sticks
check "what is not a stick" not_a_stick
check "the second record serves" second_record_serves
check "damaged sticks are not called good" damaged_sticks_are_not_good
