# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# A new stick, by all its readers: MBR and GPT, sectors of 512 and 4096 bytes, files and loops.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

label='Déjà 東京 1'
basic_data=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7

# table_is TARGET TABLE SECTOR DATA_BYTES: as sfdisk reads it. A file with 4096-byte sectors must
# be given as a loop device.
table_is() {
    sfdisk -J "$1" >table.json && sfdisk -V "$1" >verify 2>&1 && has verify "No errors detected" &&
        same "$(json table.json 'j["partitiontable"]["sectorsize"]')" "$3" &&
        same "$(json table.json '[(p["start"], p["size"]) for p in j["partitiontable"]["partitions"]]')" \
            "[($((64 * MIB / $3)), $(($4 / $3))), ($((MIB / $3)), $((31 * MIB / $3)))]" || return 1
    if [ "$2" = mbr ]; then
        same "$(json table.json '[p["type"] for p in j["partitiontable"]["partitions"]]')" "['7', 'ef']" &&
            lacks table.json bootable
    else
        same "$(json table.json '[p["type"] for p in j["partitiontable"]["partitions"]]')" \
            "['$basic_data', '$basic_data']" &&
            same "$(json table.json '[p["name"] for p in j["partitiontable"]["partitions"]]')" \
                "['$label', 'ventoc']" &&
            same "$(json table.json '[p.get("attrs") for p in j["partitiontable"]["partitions"]]')" \
                "[None, 'GUID:63']"
    fi
}

# boot_code_is IMAGE CORE_LBA: boot sector and core image, by hand.
boot_code_is() {
    zcat "$P1/boot.img.gz" >boot.img && zcat "$P1/core.img.gz" >core.img
    sectors=$((($(stat -c %s core.img) + 511) / 512))
    cmp -n 92 boot.img "$1" && cmp -i 104:104 -n 336 boot.img "$1" &&
        same "$(number "$1" 92 8)" "$2" && same "$(number "$1" 102 2)" $((0x9090)) &&
        dd if="$1" of=core.got bs=512 skip="$2" count=$sectors status=none &&
        cmp -n 500 core.img core.got && same "$(number core.got 500 8)" $(($2 + 1)) &&
        same "$(number core.got 508 2)" $((sectors - 1)) &&
        same "$(number core.got 510 2)" $((0x820)) &&
        cmp -i 512:512 -n $(($(stat -c %s core.img) - 512)) core.img core.got
}

# no_boot_code IMAGE: nothing but the table in sector 0, nothing between table and slot A.
no_boot_code() {
    dd if="$1" of=code bs=440 count=1 status=none && cmp -n 440 code /dev/zero &&
        cmp -i $((64 * 1024)):0 -n $((MIB - 64 * 1024)) "$1" /dev/zero
}

# content_is IMAGE SECTOR: slots, data partition and record.
content_is() {
    zcat "$P1/slot$2.img.gz" >slot.img
    cmp -n "$(stat -c %s slot.img)" -i 0:$MIB slot.img "$1" || return 1
    piece "$1" $MIB $((31 * MIB)) slot.got && fsck.fat -n slot.got >fat.said && has fat.said "7 files" &&
        mtype -i slot.got ::/ventoc/manifest >manifest && has manifest "version 1.0" || return 1
    cmp -i $((32 * MIB)):0 -n $((64 * 1024)) "$1" /dev/zero || return 1
    data_of "$1" && fsck.exfat -n data >exfat.said 2>&1 && has exfat.said "clean" &&
        same "$(blkid -p -o value -s TYPE data)" exfat &&
        same "$(exfatlabel data 2>/dev/null | sed -n 's/^label: //p')" "$label" &&
        same "$(number data 108 1)" "$([ "$2" = 512 ] && echo 9 || echo 12)" &&
        same "$(number data 64 8)" $((64 * MIB / $2)) || return 1
    cmp -i $((63 * MIB)):$((63 * MIB + MIB / 2)) -n 512 "$1" "$1"
}

# listed TABLE SECTOR DATA_BYTES RESERVE_BYTES: what list.json says.
listed() {
    same "$(json list.json '[j["sticks"][0][k] for k in ("good", "version", "grub", "live_slot", "slots", "table", "sector_bytes", "bios", "label", "data_offset", "data_bytes", "reserve_bytes")]')" \
        "[True, '1.0', '2.06-test', 'A', ['1.0', None], '$1', $2, $([ "$2" = 512 ] && echo True || echo False), '$label', 67108864, $3, $4]"
}

# stick KIND TABLE SECTOR RESERVE_MIB: install and look at everything.
stick() {
    table=$2 sector=$3 reserve=$4 size=$((320 * MIB)) option=''
    [ "$table" = mbr ] || option=-g
    tail=$([ "$table" = mbr ] && echo 0 || echo $((16384 + sector)))
    bytes=$(((size - tail - 64 * MIB - reserve * MIB) / MIB * MIB))
    if [ "$1" = file ]; then
        rm -f s.img && target=s.img
        # shellcheck disable=SC2086
        v 0 -i $option -r "$reserve" -L "$label" --size $size --sector-size "$sector" --json \
            --payload "$P1" $target || return 1
    else
        new_image s.img $size && attach -b "$sector" s.img && target=$loop
        # shellcheck disable=SC2086
        v 0 -i $option -r "$reserve" -L "$label" -y --json --payload "$P1" "$target" || return 1
    fi
    cp out install.json && v 0 -l --json "$target" && cp out list.json &&
        listed "$table" "$sector" "$bytes" $((reserve * MIB)) &&
        same "$(json install.json 'j["uuid"]')" "$(json list.json 'j["sticks"][0]["uuid"]')" &&
        same "$(json install.json 'j["plan_bytes"] == j["written_bytes"] and j["verified_bytes"]')" \
            "$(json install.json 'j["verified_bytes"]')" || return 1
    [ "$1" = file ] || detach
    # The judges of large sectors need a device.
    if [ "$sector" = 512 ]; then
        table_is s.img "$table" 512 "$bytes" || return 1
    elif [ -z "$no_loop" ]; then
        attach -b 4096 s.img && table_is "$loop" "$table" 4096 "$bytes" || return 1
        detach
    fi
    content_is s.img "$sector" || return 1
    case $table$sector in
    mbr512) boot_code_is s.img 1 ;;
    gpt512) boot_code_is s.img 34 ;;
    *) no_boot_code s.img ;;
    esac
}

for table in mbr gpt; do
    for sector in 512 4096; do
        check "file, $table, $sector" stick file $table $sector 0
        check_if "$no_loop" "loop, $table, $sector, reserve" stick loop $table $sector 100
    done
done

text() {
    rm -f t.img && v 0 -i -v -L 'My "disk"' --size 300M --payload "$P1" t.img &&
        has out 'ventoc 1.0 installed (MBR, data partition "My "disk"" of 236 MiB)' &&
        grep -Eq '^[0-9]+ bytes written in [0-9]+ writes and 4 flushes, [0-9]+ bytes read back' out &&
        [ ! -s err ] && v 0 -l t.img && has out "version 1.0 (GRUB 2.06-test)" &&
        has out "slot A    1.0, live" && has out "slot B    empty" && has out "MBR" &&
        v 0 -l --json t.img && same "$(json out 'j["sticks"][0]["label"]')" 'My "disk"'
}

labels() {
    for l in A 12345678901 'a"b\c/d' 🎉🎉🎉🎉🎉 ÄÖÜäöüßéèêë; do
        rm -f l.img
        v 0 -i -g -q -L "$l" --size 300M --payload "$P1" l.img && data_of l.img &&
            same "$(exfatlabel data | sed -n 's/^label: //p')" "$l" &&
            v 0 -l --json l.img && same "$(json out 'j["sticks"][0]["label"]')" "$l" || return 1
    done
}

bad_labels() {
    for l in 123456789012 🎉🎉🎉🎉🎉🎉 '' "$(printf 'a\tb')" "$(printf 'a\303')" \
        "$(printf '\355\240\200')" "$(printf '\300\200')"; do
        v 2 -i -L "$l" --size 300M --payload "$P1" b.img && has err label && [ ! -e b.img ] ||
            return 1
    done
}

reserve_too_large() {
    v 3 -i -r 240 --size 300M --payload "$P1" r.img && has err "a reserve of 240 MiB leaves no room" &&
        has err "At most 172 MiB" && [ ! -e r.img ] && v 0 -i -r 172 --size 300M --payload "$P1" r.img &&
        same "$("$V" -l --json r.img | json /dev/stdin 'j["sticks"][0]["data_bytes"]')" $((64 * MIB))
}

beyond_2_tib() {
    rm -f big.img && v 0 -i --size 3T --payload "$P1" big.img &&
        has out "too long for an MBR, so it gets a GPT" && sfdisk -J big.img >table.json &&
        same "$(json table.json 'j["partitiontable"]["label"]')" gpt &&
        same "$(json table.json 'j["partitiontable"]["partitions"][0]["size"]')" \
            $(((3 * 1024 * 1024 - 64 - 1) * 2048)) && v 0 -l big.img && rm big.img
}

just_below_2_tib() {
    rm -f big.img && v 0 -i --size $((4294967295 * 512)) --payload "$P1" big.img &&
        sfdisk -J big.img >table.json &&
        same "$(json table.json 'j["partitiontable"]["label"]')" dos && v 0 -l big.img && rm big.img
}

dry_run() {
    new_image d.img 300M && keep d.img && v 0 -i -n --payload "$P1" d.img &&
        cp out plan && kept d.img && has plan "boot files, slot A" &&
        has plan "BIOS core, slot A" && has plan "exFAT structures" && has plan "stick record" &&
        has plan "boot sector and partition table" && v 0 -i -n --json --payload "$P1" d.img &&
        cp out plan.json && kept d.img &&
        same "$(json plan.json '(j["dry_run"], "written_bytes" in j)')" "(True, False)" || return 1
    # The boot sector comes last, by itself; the plan is what is then written.
    same "$(json plan.json '[(e["offset"], e["bytes"]) for e in j["plan"] if e["stage"] == j["plan"][-1]["stage"]]')" \
        "[(0, 512)]" && v 0 -i -y --json --payload "$P1" d.img &&
        same "$(json out '[(e["offset"], e["bytes"], e["reason"]) for e in j["plan"]]')" \
            "$(json plan.json '[(e["offset"], e["bytes"], e["reason"]) for e in j["plan"]]')"
}

dry_run_creates_nothing() {
    rm -f n.img && v 0 -i -n --size 8G --payload "$P1" n.img && has out "exFAT" && [ ! -e n.img ]
}

reinstall() {
    rm -f i.img && v 0 -i -g --size 300M --payload "$P1" i.img &&
        uuid=$("$V" -l --json i.img | json /dev/stdin 'j["sticks"][0]["uuid"]') &&
        keep i.img && v 3 -i -y --payload "$P1" i.img &&
        has err "is a ventoc stick already (version 1.0)" && has err "ventoc -I" &&
        kept i.img && v 0 -I -y -L Again --payload "$P2" i.img &&
        v 0 -l --json i.img && same "$(json out '[j["sticks"][0][k] for k in ("version", "table", "label")]')" \
        "['2.0', 'mbr', 'Again']" && [ "$uuid" != "$(json out 'j["sticks"][0]["uuid"]')" ] &&
        sfdisk -V i.img 2>&1 | grep -q 'No errors'
}

check "text output" text
check "labels" labels
check "labels that are refused" bad_labels
check "reserve too large" reserve_too_large
check "beyond 2 TiB: a GPT" beyond_2_tib
check "just below 2 TiB: an MBR" just_below_2_tib
check "dry run writes nothing and plans what is written" dry_run
check "dry run creates nothing" dry_run_creates_nothing
check "reinstall" reinstall
