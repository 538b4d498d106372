# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# -i --keep: a disk with files becomes a stick, the files stay. Judged by the file systems' own tools.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"
# shellcheck source=tests/cli/convert.sh
. "$VTC_TEST_HERE/convert.sh"

head -c 3000000 /dev/urandom >big.bin
head -c 70000 /dev/urandom >small.txt

# disk IMAGE TABLE FS PART_MIB [DISK_MIB]: a disk whose partition 1 has a file system with two files.
disk() {
    part_mib=$4 disk_mib=${5:-400}
    rm -f "$1" part
    truncate -s "${disk_mib}M" "$1"
    truncate -s "${part_mib}M" part
    case $3 in
    vfat) mkfs.fat -F 32 -n FILES part && mmd -i part ::folder && mcopy -i part big.bin small.txt ::folder ;;
    exfat) mkfs.exfat -L FILES part ;;
    ext4) mkdir -p tree/folder && cp big.bin small.txt tree/folder && mkfs.ext4 -q -F -L FILES -d tree part ;;
    ntfs)
        mkntfs -q -F -Q -L FILES part && ntfscp -q part big.bin big.bin && ntfscp -q part small.txt small.txt
        ;;
    xfs) mkfs.xfs -q -f part ;;
    esac >mkfs.said 2>&1 || {
        cat mkfs.said
        return 1
    }
    printf 'label: %s\nstart=2048, size=%s\n' "$2" $((part_mib * 2048)) | sfdisk -q "$1" &&
        dd if=part of="$1" bs=1M seek=1 conv=notrunc,sparse status=none && cp --sparse=always "$1" before.img
}

# part1 IMAGE: partition 1, as the table has it now.
part1() {
    dd if="$1" of=part bs=1M skip=1 count=$(($(entry "$1" 1 size) / 2048)) status=none
}

# files FS: in partition 1 the checker finds nothing wrong, and both files are what they were.
files() {
    part1 s.img
    rm -f got.bin got.txt
    case $1 in
    vfat) fsck.fat -n part && mcopy -i part ::folder/big.bin got.bin && mcopy -i part ::folder/small.txt got.txt ;;
    ext4)
        e2fsck -fn part && debugfs -R 'dump /folder/big.bin got.bin' part &&
            debugfs -R 'dump /folder/small.txt got.txt' part
        ;;
    ntfs) ntfsresize -i -f part && ntfscat -f part big.bin >got.bin && ntfscat -f part small.txt >got.txt ;;
    esac >checked 2>&1 || {
        cat checked
        return 1
    }
    cmp got.bin big.bin && cmp got.txt small.txt
}

# Slot B and its core are overwritten; they come back from slot A or the boot files, in their places.
mended() {
    yes | dd of=s.img bs=512 seek="$(entry s.img 2 start)" count=100 conv=notrunc status=none &&
        dd if=/dev/zero of=s.img bs=512 seek=1030 count=20 conv=notrunc status=none && v 1 check --payload "$P2" s.img &&
        v 0 repair -y --payload "$P2" s.img && v 0 check --payload "$P2" s.img && v 0 -u -y --payload "$P2" s.img &&
        v 0 -l s.img && has out 2.0
}

with_room() {
    disk s.img "$1" "$2" 300 && v 0 -i --keep -y --payload "$P1" s.img && data_range before.img &&
        data_same before.img s.img && same "$(entry s.img 1 size)" "$(entry before.img 1 size)" &&
        starts s.img 1.0 A "$P1" && v 0 check --payload "$P1" s.img &&
        v 0 -u -y --payload "$P2" s.img && starts s.img 2.0 B "$P2" && mended &&
        data_same before.img s.img && v 3 -i -y --payload "$P1" s.img && has err "ventoc stick already"
}

without_room() {
    disk s.img "$1" "$2" 398 && v 0 -i --keep -y --payload "$P1" s.img && files "$2" &&
        [ "$(entry s.img 1 size)" -lt "$(entry before.img 1 size)" ] && starts s.img 1.0 A "$P1" &&
        v 0 -u -y --payload "$P2" s.img && starts s.img 2.0 B "$P2" && files "$2" && is s.img 2.0 B
}

# Partitions 1 and 3; the last one gets shorter, the first one takes the images.
last_of_two() {
    disk s.img dos exfat 100 && truncate -s 290M part && mkfs.ext4 -q -F -d tree part &&
        printf '%s\n' 'label: dos' "s.img1 : start=2048, size=$((100 * 2048))" \
            "s.img3 : start=$((102 * 2048)), size=$((290 * 2048))" | sfdisk -q s.img &&
        dd if=part of=s.img bs=1M seek=102 conv=notrunc,sparse status=none && cp --sparse=always s.img before.img &&
        v 0 -i --keep -y --payload "$P1" s.img && data_range before.img && data_same before.img s.img &&
        same "$(sfdisk -J s.img | json /dev/stdin '[p["node"][-1] for p in j["partitiontable"]["partitions"]]')" "['1', '2', '3']" &&
        starts s.img 1.0 A "$P1" &&
        dd if=s.img of=part bs=1M skip=102 count=$(($(entry s.img 3 size) / 2048)) status=none && e2fsck -fn part
}

# refused FS TEXT: with exit status 3, and not one byte is another one.
refused() {
    cp --sparse=always s.img before.img
    v 3 -i --keep -y --payload "$P1" s.img && has err "$1" && cmp s.img before.img
}

no_table() {
    rm -f s.img && truncate -s 400M s.img && refused "no partition table to keep" && has err "without --keep"
}
whole_exfat() {
    disk s.img dos exfat 398 && refused "no tool can make smaller"
}
other_fs() {
    disk s.img dos xfs 330 && refused "its partition 1 holds xfs; the boot menu reads"
}
no_fs() {
    disk s.img dos none 300 && refused "its partition 1 holds no file system"
}
extended() {
    disk s.img dos vfat 100 &&
        printf 'start=%s, size=%s, type=5\n' $((200 * 2048)) $((100 * 2048)) | sfdisk -q --append s.img 2>/dev/null &&
        refused "it has an extended partition (entry 2)"
}
entry_2() {
    disk s.img dos vfat 100 && printf 'start=%s, size=%s\n' $((200 * 2048)) 2048 | sfdisk -q --append s.img &&
        refused "entry 2 of its partition table is in use"
}
# While a file system is made smaller nobody else can claim the disk, or mount what is on it.
held() {
    disk s.img gpt ext4 398 && attach -P s.img && mkdir -p bin && real=$(command -v resize2fs) || return 1
    cat >bin/resize2fs <<EOF
#!/bin/sh
flock -n $loop true && echo unlocked >>$work/loose
/usr/bin/python3 -c 'import os; os.open("$loop", os.O_RDWR | os.O_EXCL)' 2>/dev/null && echo unclaimed >>$work/loose
echo ran >>$work/ran
exec $real "\$@"
EOF
    chmod +x bin/resize2fs && rm -f loose ran && PATH=$work/bin:$PATH v 0 -i --keep -y --payload "$P1" "$loop"
    rc=$?
    detach
    [ $rc -eq 0 ] && [ -s ran ] && [ ! -e loose ] && starts s.img 1.0 A "$P1" && files ext4
}
# More entries than 128 reach to where the BIOS core goes; fewer leave room for files behind them.
odd_gpt() {
    for count in 256 64; do
        disk s.img gpt exfat 300 && printf 'label: gpt\ntable-length: %s\nstart=2048, size=614400\n' $count |
            sfdisk -q s.img && refused "unusual number or place of entries" && has err "sfdisk --relocate gpt-bak-std" || return 1
    done
}
early() {
    rm -f s.img && truncate -s 400M s.img && echo 'start=63, size=200000' | sfdisk -q s.img &&
        refused "partition 1 begins below 1 MiB"
}
boot_loader() {
    disk s.img dos vfat 300 && printf x | dd of=s.img bs=512 seek=100 conv=notrunc status=none &&
        refused "something lies in front of its partitions, in sector 100" && has err "dd if=/dev/zero"
}
sectors_4096() {
    disk s.img dos vfat 300 && v 3 -i --keep -y --sector-size 4096 --payload "$P1" s.img &&
        has err "--keep is for disks with 512" && cmp s.img before.img
}
too_full() {
    disk s.img dos ext4 398 && head -c 375M /dev/urandom >fill && part1 s.img && debugfs -w -R 'write fill fill' part >said2 2>&1 &&
        dd if=part of=s.img bs=1M seek=1 conv=notrunc status=none && rm fill && v 1 -i --keep -y --payload "$P1" s.img &&
        has err resize2fs && has err "partition table is as it was" && files ext4 &&
        same "$(entry s.img 1 size)" "$(entry before.img 1 size)" && v 4 -l s.img
}
broken_fs() {
    disk s.img dos ext4 398 && printf '\377\377\377\377' | dd of=s.img bs=1 seek=$((1048576 + 1024 + 12)) conv=notrunc status=none &&
        printf '\377\377' | dd of=s.img bs=1 seek=$((1048576 + 1024 + 0x58)) conv=notrunc status=none &&
        refused "cannot be made smaller"
}
options() {
    for o in -g "-r 10" "-L X" "--size 400M"; do
        # shellcheck disable=SC2086
        v 2 -i --keep $o s.img && has err "does not go with --keep" || return 1
    done
    v 2 -I --keep s.img && v 2 -u --keep s.img
}
dry() {
    disk s.img gpt vfat 300 && v 0 -i --keep -n --json --payload "$P1" s.img && cmp s.img before.img &&
        same "$(json out '(j["keep"], j["data_fs"], j["plan"][-1]["offset"])')" "(True, 'vfat', 0)" &&
        disk s.img dos vfat 398 && v 0 -i --keep -n --payload "$P1" s.img && has out "would be made smaller" &&
        has out "is planned once it is smaller" && cmp s.img before.img
}
not_root() {
    disk s.img dos ext4 398 && chmod 666 s.img && chmod 755 . && cp s.img before.img &&
        setpriv --reuid 65534 --clear-groups "$VTC_TEST_PLAIN" -i --keep -y --payload "$P1" s.img >out 2>err
    [ $? -eq 1 ] && has err "Loop devices need root" && cmp s.img before.img
}

backup() {
    disk s.img gpt vfat 300 && rm -f kept && v 0 -i --keep -y --backup kept --payload "$P1" s.img && starts s.img 1.0 A "$P1" &&
        v 0 restore -y kept s.img && cmp s.img before.img && disk s.img dos vfat 398 && rm -f kept &&
        v 3 -i --keep -y --backup kept --payload "$P1" s.img && has err "--backup cannot undo" && [ ! -e kept ]
}

# Killed before and in the middle of every write: the partition's bytes are the same, and the same
# command again makes a stick.
killed() {
    disk start.img "$1" vfat 300 && data_range start.img
    for how in kill torn; do
        n=1
        while :; do
            cp --sparse=always start.img s.img
            VTC_FAULT=$n:$how LD_PRELOAD=$VTC_TEST_FAULT "$VTC_TEST_PLAIN" -i --keep -y --payload "$P1" s.img >out 2>err </dev/null
            code=$?
            [ $code -ne 0 ] || break
            data_same start.img s.img || return 1
            "$VTC_TEST_PLAIN" -l s.img >out 2>err # the advice is to complete it, and to do so helps
            [ $? -ne 1 ] || has err "ventoc -i --keep $work/s.img" || return 1
            v 0 -i --keep -y --payload "$P1" s.img && starts s.img 1.0 A "$P1" && data_same start.img s.img || {
                echo "$how at write $n"
                return 1
            }
            n=$((n + 1))
        done
        [ "$n" -gt 3 ] || return 1
    done
}

check "room behind an MBR's FAT partition" with_room dos vfat
check "room behind a GPT's exFAT partition" with_room gpt exfat
check "room behind an NTFS partition" with_room dos ntfs
# Not the build with sanitizers: libparted loses some memory while it does this.
V=$VTC_TEST_PLAIN
check_if "$no_loop" "no room: FAT gets smaller" without_room dos vfat
V=$VTC_TEST_PROGRAM
check_if "$no_loop" "no room: ext4 gets smaller, GPT" without_room gpt ext4
check_if "$no_loop" "no room: NTFS gets smaller" without_room dos ntfs
check_if "$no_loop" "two partitions, the last one gets smaller" last_of_two
check_if "$no_loop" "a disk is held while its file system gets smaller" held
check "refused: no partition table" no_table
check "refused: exFAT up to the end" whole_exfat
check "refused: a file system that the menu cannot read" other_fs
check "refused: no file system" no_fs
check "refused: an extended partition" extended
check "refused: entry 2 in use" entry_2
check "refused: a GPT with another number of entries" odd_gpt
check "refused: a partition below 1 MiB" early
check "refused: another boot loader" boot_loader
check "refused: sectors of 4096 bytes" sectors_4096
check_if "$no_loop" "a file system that is too full" too_full
check_if "$no_loop" "refused: a file system with errors" broken_fs
check "options that do not go with it" options
check_if "$no_loop" "dry run and JSON" dry
check_if "$no_loop" "no root, and a file system to make smaller" not_root
check_if "$no_loop" "--backup and restore" backup
# Both tables, and other faults: tests/fault.
check "kill -9 before and within every write" killed dos
