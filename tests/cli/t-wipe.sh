# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# What a disk was before does not show afterwards; blkid and wipefs are the judges.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

size=$((600 * MIB))
data_bytes=$((size - 64 * MIB))

# seen OFFSET BYTES: what blkid takes a part of w.img for ("ambivalent" for two things at once).
seen() {
    blkid -p -O "$1" -S "$2" -o value -s TYPE w.img
    [ $? -ne 8 ] || echo ambivalent
}

# make KIND OFFSET BYTES: the old content; the table, if any, is there before.
make() {
    case $1 in
    ext4) mkfs.ext4 -q -F -E "offset=$2" w.img $(($3 / 1024)) ;;
    swap | ntfs | vfat | exfat | iso9660)
        new_image part.img "$3" &&
            case $1 in
            swap) mkswap part.img ;;
            ntfs) mkntfs -qfF part.img ;;
            vfat) mkfs.fat -F 32 part.img ;;
            exfat) mkfs.exfat part.img ;;
            iso9660) rm part.img && mkdir -p tree && xorriso -outdev part.img -map "$here" / ;;
            esac >made 2>&1 && dd if=part.img of=w.img bs=$MIB seek=$(($2 / MIB)) conv=notrunc,sparse status=none
        ;;
    *) python3 "$here/make-signature.py" "$1" w.img "$2" "$3" ;;
    esac
}

# only_ours: the whole disk, both slots, the data partition and the gap behind it.
only_ours() {
    same "$(seen 0 $size)" "" && same "$(blkid -p -o value -s PTTYPE w.img)" "$1" &&
        same "$(seen $MIB $((31 * MIB)))" vfat && same "$(seen $((32 * MIB)) $((31 * MIB)))" "" &&
        same "$(seen $((64 * MIB)) $data_bytes)" exfat &&
        same "$(seen $((64 * MIB)) $((data_bytes - MIB)))" exfat && v 0 -l w.img || return 1
    # wipefs lists everything it finds, not only the first: nothing but the table.
    same "$(wipefs -n -i -O TYPE w.img | sort -u | tr '\n' ' ')" "$1 "
}

# vanishes KIND TYPE OFFSET BYTES TABLE: KIND, which blkid calls TYPE, in a part of the disk that a
# table of type TABLE (dos, gpt, none) tells of.
vanishes() {
    new_image w.img $size
    if [ "$5" != none ]; then
        printf 'label: %s\nstart=%s,size=%s\n' "$5" $(($3 / 512)) $(($4 / 512)) |
            sfdisk -q --no-reread w.img >made 2>&1 || return 1
    fi
    make "$1" "$3" "$4" && same "$(seen "$3" "$4")" "$2" && v 0 -i -y --wipe-members --payload "$P1" w.img &&
        only_ours dos || return 1
    case $(seen "$3" "$4") in
    "$2" | ambivalent)
        [ "$2" = exfat ] || [ "$2" = vfat ] || {
            echo "still $2 at $3+$4"
            return 1
        }
        ;;
    esac
}

for kind in luks1:crypto_LUKS luks2:crypto_LUKS lvm2:LVM2_member md0:linux_raid_member \
    md1.0:linux_raid_member md1.2:linux_raid_member btrfs:btrfs zfs:zfs_member bcache:bcache \
    ext4:ext4 swap:swap ntfs:ntfs vfat:vfat iso9660:iso9660; do
    name=${kind%:*} type=${kind#*:}
    check "$name on the whole disk" vanishes "$name" "$type" 0 $size none
    check "$name in a partition at 1 MiB" vanishes "$name" "$type" $MIB $((size - 2 * MIB)) dos
done
# Where our own partitions are, and somewhere else.
for kind in md1.0:linux_raid_member zfs:zfs_member luks2:crypto_LUKS lvm2:LVM2_member; do
    name=${kind%:*} type=${kind#*:}
    check "$name where the data partition will be" vanishes "$name" "$type" $((64 * MIB)) $data_bytes dos
    # libblkid looks for ZFS on devices of 64 MiB and more only.
    [ "$name" = zfs ] ||
        check "$name where slot B will be" vanishes "$name" "$type" $((32 * MIB)) $((31 * MIB)) dos
    check "$name in a GPT partition in the middle" vanishes "$name" "$type" $((200 * MIB)) $((300 * MIB)) gpt
    check "$name in the data area of a removed table" vanishes "$name" "$type" $((64 * MIB)) $data_bytes none
done

hybrid_iso() {
    new_image w.img $size && xorriso -as mkisofs -quiet -V OLD -isohybrid-gpt-basdat \
        -partition_offset 16 -o iso.img "$here" >made 2>&1 && dd if=iso.img of=w.img conv=notrunc status=none &&
        same "$(seen 0 $size)" iso9660 && v 0 -i -y --payload "$P1" w.img && only_ours dos
}

# The backup of an old GPT would make some firmware and tools restore it.
gpt_backup() {
    new_image w.img $size && printf 'label: gpt\nsize=100M\nsize=100M\n' | sfdisk -q --no-reread w.img &&
        v 0 -i -y --payload "$P1" w.img && only_ours dos &&
        cmp -i $((size - MIB)):0 -n $MIB w.img /dev/zero &&
        ! tail -c $MIB w.img | grep -aq "EFI PART"
}

gpt_over_gpt() {
    new_image w.img $size && printf 'label: gpt\nsize=100M\nsize=100M\nsize=10M\n' |
        sfdisk -q --no-reread w.img && data_bytes=$((size - 65 * MIB)) &&
        v 0 -i -g -y --payload "$P1" w.img && same "$(sfdisk -d w.img | grep -c start=)" 2 &&
        sfdisk -V w.img 2>&1 | grep -q "No errors" && wipefs -n -i -O TYPE w.img >types &&
        same "$(sort -u types | tr '\n' ' ')" "PMBR gpt "
}

# Random bytes everywhere that matters: what is written does not depend on what was there.
dirty_disk() {
    new_image w.img $size && python3 -c '
import random
data = random.Random(1).randbytes(80 << 20)
with open("w.img", "r+b") as f:
    f.write(data)
    f.seek(-(1 << 20), 2)
    f.write(data[: 1 << 20])' && v 0 -i -y --payload "$P1" w.img && only_ours dos && data_of w.img &&
        fsck.exfat -n data >said && has said clean
}

check "a hybrid ISO image" hybrid_iso
check "the backup of a GPT" gpt_backup
check "a GPT over a GPT" gpt_over_gpt
check "a disk full of noise" dirty_disk
