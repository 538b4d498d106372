# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2154  # here and work are lib.sh's
# For t-convert.sh and t-convert-faults.sh: sticks with Ventoy's layout (none of its content).

# layout IMAGE SIZE_MIB [OPTION...]: make one, with files on it where it is exFAT.
layout() {
    layout_image=$1 layout_size=$2
    shift 2
    case " $* " in
    *" --fs "*) "$here/make-ventoy-layout-fixture" "$@" "$layout_image" "$layout_size" ;;
    *) "$here/make-ventoy-layout-fixture" "$@" "$layout_image" "$layout_size" \
        "$work/big.iso" "/Folder of ISOs/Größe 東京.iso" "$work/ventoy.json" /ventoy/ventoy.json ;;
    esac
}

# What lies on the sticks: an "ISO" and settings.
make_files() {
    python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random("iso").randbytes(3000000))' >big.iso &&
        echo '{"control": [{"VTOY_DEFAULT_MENU_MODE": "0"}]}' >ventoy.json
}

# entry IMAGE NUMBER FIELD: of the table, in sectors; from sfdisk.
entry() {
    sfdisk -J "$1" 2>/dev/null | json /dev/stdin "j['partitiontable']['partitions'][$2 - 1]['$3']"
}

# data_range IMAGE: sets data_off and data_bytes from the table of a Ventoy layout.
data_range() {
    data_off=$(($(entry "$1" 1 start) * 512)) data_bytes=$(($(entry "$1" 1 size) * 512))
}

# data_same IMAGE OTHER: every byte of partition 1, which data_range found.
data_same() {
    python3 "$here/changed.py" "$1" "$2" | awk -F- -v first=$((data_off / 512)) -v end=$(((data_off + data_bytes) / 512)) '
        $2 >= first && $1 < end { print "partition 1 changed: " $0; bad = 1 } END { exit bad }'
}

# files_same IMAGE: what was put on it is there, by its content.
files_same() {
    python3 "$here/exfat_get.py" "$1" "/Folder of ISOs/Größe 東京.iso" got.iso >/dev/null && cmp got.iso big.iso &&
        python3 "$here/exfat_get.py" "$1" /ventoy/ventoy.json got.json >/dev/null && cmp got.json ventoy.json
}

# is IMAGE VERSION SLOT: what -l says.
is() {
    v 0 -l --json "$1" &&
        same "$(json out '(j["sticks"][0]["version"], j["sticks"][0]["live_slot"])')" "('$2', '$3')"
}

# starts IMAGE VERSION SLOT PAYLOAD: what firmware and a BIOS follow. The table has no errors, entry 2 is
# the slot: a sound FAT of its very length with that version; the boot sector starts its core, whole.
starts() {
    sfdisk -V "$1" >verify 2>&1
    has verify "No errors" || return 1
    start=$(entry "$1" 2 start)
    same "$(entry "$1" 2 size)" 31744 && dd if="$1" of=slot bs=512 skip="$start" count=31744 status=none &&
        fsck.fat -n slot >fsck.said && mtype -i slot ::/ventoc/manifest >manifest && has manifest "version $2" || return 1
    same "$(minfo -i slot :: | sed -n 's/.*small size: //p')" "31744 sectors" &&
        same "$(blkid -p -o value -s VERSION slot)" FAT16 || return 1
    core=$(number "$1" 92 8) want=1024
    [ "$3" = B ] || want=$([ "$(number "$1" 450 1)" = 238 ] && echo 34 || echo 1)
    zcat "$4/core.img.gz" >core.img && same "$core" "$want" && # all but the first sector's block list
        cmp -i 512:$((core * 512 + 512)) -n $(($(stat -c %s core.img) - 512)) core.img "$1"
}
