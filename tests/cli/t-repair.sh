# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# ventoc repair: every part damaged in turn and mended, the data partition never touched.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

# damage OFFSET BYTE...: write octal escapes into c.img.
damage() {
    # shellcheck disable=SC2059  # escapes on purpose
    printf "$2" | dd of=c.img bs=1 seek="$1" conv=notrunc status=none
}

# wipe OFFSET BYTES: zeros, in units of 512 bytes.
wipe() {
    dd if=/dev/zero of=c.img bs=512 seek=$(($1 / 512)) count=$(($2 / 512)) conv=notrunc status=none
}

fresh() {
    cp --sparse=always "$1" c.img
}

# data OUT: the data partition of c.img, which all sticks here have at the same place.
data() {
    rm -f "$1" && piece c.img $((64 * MIB)) $((DATA_MIB * MIB)) "$1"
}
DATA_MIB=235

v 0 -i -q --size 300M --payload "$P1" mbr.img && v 0 -i -q -g --size 300M --payload "$P1" gpt.img &&
    echo content >file && python3 "$here/../../scripts/exfat-put" mbr.img file /file >put.said &&
    python3 "$here/../../scripts/exfat-put" gpt.img file /file >put.said || exit 1
for n in mbr gpt; do
    # Live slot A with 1.0, idle slot B with 2.0.
    cp --sparse=always $n.img both-$n.img && v 0 -u -q -y --payload "$P2" both-$n.img && v 0 -u -q -y --force --payload "$P1" both-$n.img || exit 1
done

# good: c.img has no error and no warning, sfdisk agrees, and its data partition is as it was in "before".
good() {
    v 0 check --json --payload "$P1" c.img && same "$(json out '(j["errors"], j["warnings"])')" "(0, 0)" &&
        sfdisk -V c.img 2>&1 | grep -q "No errors" && data after && python3 "$here/same.py" before after && v 0 -l c.img
}

# mends TEXT...: repair finds it, plans, writes, and all is well. The options are in $options.
options=''
mends() {
    # shellcheck disable=SC2086
    data before && keep c.img && v 0 repair -n $options c.img && kept c.img || return 1
    for text; do
        has out "$text" || return 1
    done
    # shellcheck disable=SC2086
    v 0 repair -n --json $options c.img && same "$(json out '(j["dry_run"], j["good"], len(j["plan"]) > 0, j["refused"])')" "(True, True, True, [])" &&
        kept c.img || return 1
    # shellcheck disable=SC2086
    v 0 repair -y $options c.img && has out "mended" && good
}

live_is() {
    v 0 -l --json c.img && same "$(json out '(j["sticks"][0]["live_slot"], j["sticks"][0]["version"])')" "('$1', '$2')"
}

nothing_to_do() {
    for image in mbr.img gpt.img both-mbr.img both-gpt.img; do
        keep $image && v 0 repair $image && has out "nothing has to be mended" && kept $image || return 1
    done
}

usage() {
    v 2 repair && has err "TARGET is needed" && v 2 repair a b && v 2 repair -q -v a && v 2 repair --no-such a && has err "ventoc repair --help" &&
        v 0 repair --help && has out "Exit status" && new_image n.img 300M && v 4 repair n.img && has err "not a ventoc stick" &&
        v 7 repair --payload /nowhere mbr.img
}

record() {
    fresh mbr.img && damage $((63 * MIB + 20)) x && mends "first copy" "stick record, from its second copy" || return 1
    fresh gpt.img && wipe $((63 * MIB + MIB / 2)) 512 && mends "second copy" "second copy, from the first" || return 1
    damage $((63 * MIB + 20)) x && damage $((63 * MIB + MIB / 2 + 20)) x && keep c.img && v 1 repair -y c.img &&
        has err "record is damaged" && has err "ventoc -I" && kept c.img
}

mbr_table() {
    for what in "510 \0" "454 \7" "450 \0" "461 \1" "470 \7" "466 \014" "474 \7"; do
        fresh mbr.img && damage "${what% *}" "${what#* }" && mends "boot sector and partition table" || return 1
        cmp -n 512 c.img mbr.img || return 1
    done
    # All of sector 0.
    options="--payload $P1"
    fresh mbr.img && wipe 0 512 && mends "boot sector and partition table" && cmp -n 440 c.img mbr.img && cmp -i 446 -n 66 c.img mbr.img && live_is A 1.0
    rc=$?
    options=''
    return $rc
}

# A partition of the owner's, behind the data partition, stays.
other_partitions() {
    v 0 -i -q -r 20 --size 320M --payload "$P1" r.img && start=$(((320 - 20) * 2048)) && echo "$start,20480,83" | sfdisk -q -a r.img &&
        cp --sparse=always r.img c.img && damage 454 '\7' && damage 510 '\0' && v 0 repair -y c.img && cmp -n 512 c.img r.img || return 1
    v 0 -i -q -g -r 20 --size 320M --payload "$P1" r2.img && echo "$start,20480" | sfdisk -q -a r2.img && cp --sparse=always r2.img c.img &&
        wipe 512 $((33 * 512)) && v 0 repair -y c.img && python3 "$here/same.py" c.img r2.img
}

gpt_table() {
    last=$((300 * MIB - 512))
    for what in "450 \7" "512 x" "560 x" "1100 x" "$((last + 20)) x" "$((last - 16384)) x"; do
        fresh gpt.img && damage "${what% *}" "${what#* }" && mends "found: " && python3 "$here/same.py" c.img gpt.img || return 1
    done
    # No copy is left: from the record.
    fresh gpt.img && wipe 512 $((33 * 512)) && wipe $last 512 && mends "found: the primary GPT" "found: the backup GPT" && live_is A 1.0 || return 1
    # Entries that a program changed, with right sums.
    fresh gpt.img && sfdisk -q --delete c.img 2 && mends "the boot partition is missing" && live_is A 1.0 || return 1
    fresh gpt.img && sfdisk -q --delete c.img 1 && mends "the data partition is missing" && live_is A 1.0
}

# On a larger disk the backup goes to the end.
larger_disk() {
    fresh gpt.img && truncate -s 310M c.img && mends "not at the end of the disk" "backup GPT" && fresh mbr.img && truncate -s 310M c.img &&
        v 0 repair c.img && has out "nothing has to be mended"
}

half_switched() {
    cp --sparse=always gpt.img up.img && v 0 -u -q -y --payload "$P2" up.img && fresh gpt.img &&
        dd if=up.img of=c.img bs=512 skip=$((300 * 2048 - 33)) seek=$((300 * 2048 - 33)) conv=notrunc status=none &&
        mends "contradict each other" && python3 "$here/same.py" c.img gpt.img || return 1
    # The last step of an upgrade is missing: sector 0.
    cp --sparse=always up.img c.img && dd if=gpt.img of=c.img bs=512 count=1 conv=notrunc status=none && mends "an upgrade did not end" &&
        python3 "$here/same.py" c.img up.img && live_is B 2.0
}

boot_code() {
    options="--payload $P1"
    fresh mbr.img && damage 10 '\1\2\3' && mends "not what was installed" && python3 "$here/same.py" c.img mbr.img &&
        fresh both-gpt.img && damage 92 '\7' && mends "starts no BIOS core" && python3 "$here/same.py" c.img both-gpt.img
    rc=$?
    options=''
    return $rc
}

# There are no boot files, or only older ones: said, and what can be mended is.
refused() {
    "$here/make-fixture-payload" p0 0.9 || return 1
    fresh mbr.img && damage 92 '\7' && damage $((63 * MIB + 20)) x && v 1 repair -y --payload p0 c.img && has err "cannot be mended: the boot code" &&
        has err "--payload" && has out "as far as it can be" && v 1 check --json c.img &&
        same "$(json out "[(p['part'], p['status']) for p in j['parts'] if p['part'] in ('record', 'boot_code')]")" \
            "[('record', 'good'), ('boot_code', 'error')]" || return 1
    fresh mbr.img && damage $((MIB + 1000000)) x && keep c.img && v 1 repair -y --payload p0 c.img && has err "neither boot slot is good" && kept c.img &&
        v 1 repair -y --json --payload p0 c.img && same "$(json out '(j["good"], j["refused"][0]["part"], j["plan"])')" "(False, 'slot_a', [])" || return 1
    fresh mbr.img && truncate -s 290M c.img && keep c.img && v 1 repair -y c.img && has err "larger disk" && kept c.img
}

# left_alone TEXT: damaged as c.img seems to be, nothing of it is written to.
left_alone() {
    damage $((63 * MIB + 20)) x && keep c.img && v 1 repair -y --payload "$P1" c.img && has err "$1" && has out "nothing can be mended" &&
        kept c.img && v 1 repair -y --json --payload "$P1" c.img && same "$(json out 'j["plan"]')" "[]"
}

# The record is there still, and the old file system behind it; the disk is used for something else.
partitioned_anew() {
    rm -f fs && truncate -s 200M fs && mke2fs -q -t ext4 fs || return 1
    for table in mbr gpt; do
        for label in dos gpt; do
            fresh both-$table.img && printf 'label: %s\n2048,\n' $label | sfdisk -q -w never c.img &&
                dd if=fs of=c.img bs=$MIB seek=1 count=20 conv=notrunc,sparse status=none && left_alone "partitioned anew, for something else" || return 1
        done
    done
    fresh mbr.img && printf 'label: gpt\n' | sfdisk -q -w never c.img && left_alone "partitioned anew" || return 1
    fresh mbr.img && wipe $((64 * MIB)) $MIB && damage 450 '\0' && left_alone "no file system is where it should begin" || return 1
    fresh mbr.img && damage 482 '\203\0\0\0\0\0\10\0\0\0\10\0\0' && damage 454 '\7' && left_alone "lies over parts of the stick"
}

# A file system or swap space over the whole disk, without a table: most of the stick is there below it.
formatted_whole() {
    for table in mbr gpt; do
        fresh both-$table.img && mkfs.vfat -I -F 32 c.img >/dev/null && left_alone "the whole disk holds vfat" &&
            fresh both-$table.img && mke2fs -q -F -t ext4 -E nodiscard c.img && left_alone "the whole disk holds ext4" &&
            fresh both-$table.img && mkswap -q c.img 2>/dev/null && left_alone "the whole disk holds swap" || return 1
    done
}

# Nobody is asked without a terminal, and what is mended needs no mending.
asks() {
    fresh mbr.img && damage $((63 * MIB + 20)) x && keep c.img && v 3 repair c.img && kept c.img && v 0 repair -y -q c.img && [ ! -s out ] &&
        keep c.img && v 0 repair -y c.img && has out "nothing has to be mended" && kept c.img
}

idle_slot() {
    for table in mbr gpt; do
        fresh both-$table.img && damage $((32 * MIB + 1000000)) XX && mends "slot B, a copy of slot A" && live_is A 1.0 || return 1
        fresh both-$table.img && wipe $((32 * MIB + 512)) 4096 && damage $((1024 * 512 + 5000)) XX && mends "BIOS core, slot B" && live_is A 1.0 || return 1
    done
}

live_slot() {
    for table in mbr gpt; do
        fresh both-$table.img && damage $((MIB + 1000000)) XX && mends "slot A, a copy of slot B" && live_is B 2.0 || return 1
        fresh both-$table.img && damage $((17 * 1024 + 5000)) XX && mends "BIOS core of slot A" && live_is B 2.0 || return 1
        fresh both-$table.img && wipe $MIB 65536 && v 0 repair -y c.img && has out "Slot B is live now, with version 2.0" && live_is B 2.0 || return 1
    done
    # Slot B is empty or damaged: from the boot files.
    options="--payload $P1"
    for table in mbr gpt; do
        fresh $table.img && damage $((MIB + 1000000)) XX && mends "slot B, from the installed boot files" "slot A, from the installed boot files" && live_is B 1.0 || return 1
    done
    options="--payload $P2"
    fresh both-mbr.img && damage $((MIB + 1000000)) XX && damage $((32 * MIB + 1000000)) XX && data before && v 0 repair -y --payload "$P1" c.img 2>/dev/null
    [ "$v_code" -eq 1 ] && has err "neither boot slot is good" && v 0 repair -y --payload "$P2" c.img && live_is B 2.0 && good
    rc=$?
    options=''
    return $rc
}

large_sectors() {
    for option in '' -g; do
        rm -f l.img
        # shellcheck disable=SC2086
        v 0 -i -q $option --sector-size 4096 --size 300M --payload "$P1" l.img && v 0 -u -q -y --payload "$P2" l.img && cp --sparse=always l.img c.img &&
            damage 450 '\7' && damage 512 x && damage 4096 x && damage $((63 * MIB)) x && damage $((MIB + 1000000)) XX && data before &&
            v 0 repair -y c.img && v 0 check --json c.img && same "$(json out '(j["errors"], j["warnings"])')" "(0, 0)" && live_is B 2.0 &&
            data after && python3 "$here/same.py" before after || return 1
    done
}

in_use() {
    fresh mbr.img && damage $((63 * MIB + 20)) x && attach c.img && keep c.img && v 3 repair -y c.img && has err "in use as loop device" && kept c.img &&
        v 0 repair -y "$loop"
    rc=$?
    detach
    [ $rc -eq 0 ] && v 0 check -q c.img && [ ! -s err ]
}

check "nothing to do" nothing_to_do
check "usage" usage
check "asks, and does not do it twice" asks
check "record" record
check "MBR" mbr_table
check "GPT" gpt_table
check "partitions of the owner stay" other_partitions
check "a larger disk" larger_disk
check "upgrades that did not end" half_switched
check "boot code" boot_code
check "what cannot be mended" refused
check "a disk that was partitioned anew" partitioned_anew
check "a disk that was formatted without a table" formatted_whole
check "a damaged idle slot" idle_slot
check "a damaged live slot" live_slot
check "4096-byte sectors" large_sectors
check_if "$no_loop" "a device, and a file that is in use" in_use
