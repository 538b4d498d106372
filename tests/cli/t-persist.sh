# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# ventoc persist create: on sticks as image files and loop devices, mounted and not, and plain files.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

put() {
    python3 "$here/../../scripts/exfat-put" "$@" >put.said
}

# iso NAME PATH: an ISO with that path in it.
iso() {
    rm -rf tree && mkdir -p "tree/$2" && head -c 300000 /dev/urandom >"tree/$2/filler" &&
        xorriso -as mkisofs -quiet -R -J -V T -o "$1" tree >iso.said 2>&1
}

# sound IMAGE: the data partition, by fsck.exfat; and the ISOs on it are as they were.
sound() {
    piece "$1" $((64 * MIB)) $(($(stat -c %s "$1") - 64 * MIB)) sound.data &&
        { fsck.exfat -n sound.data >exfat.said 2>&1 || cat exfat.said; } && has exfat.said clean || return 1
    isos_kept "$1"
}

isos_kept() {
    for pair in "/debian.iso debian.iso" "/a/b/Ünï 東京/casper.iso casper.iso" "/plain.iso plain.iso"; do
        python3 "$here/exfat_get.py" "$1" "${pair% *}" got.iso >got.said && cmp got.iso "${pair##* }" || return 1
    done
}

# new_stick: s.img, with ISOs of all kinds, over what looks like deleted files. new_small_stick: the
# same over zeros, which is quicker.
new_stick() {
    cp --sparse=always noisy.img s.img
}

new_small_stick() {
    cp --sparse=always quiet.img s.img
}

# layer FILE SIZE LABEL: a sound ext4, with nothing left to be initialised.
layer() {
    same "$(stat -c %s "$1")" "$2" || return 1
    if ! e2fsck -fn "$1" >e2fsck.said 2>&1; then
        cat e2fsck.said
        return 1
    fi
    dumpe2fs "$1" >dump.said 2>/dev/null && grep -qx "Filesystem volume name: *$3" dump.said &&
        grep -qx "Reserved block count: *0" dump.said && lacks dump.said "metadata_csum_seed" &&
        lacks dump.said orphan_file && lacks dump.said ITABLE_UNINIT &&
        ! grep "^ *Group 0" dump.said | grep -qv ITABLE_ZEROED &&
        same "$(blkid -p -o value -s TYPE "$1")" ext4 && same "$(blkid -p -o value -s LABEL "$1")" "$3"
}

# text FILE: persistence.conf is in it, and root's.
text() {
    debugfs -R "cat /persistence.conf" "$1" 2>/dev/null >conf && same "$(cat conf)" "/ union" &&
        debugfs -R "stat /persistence.conf" "$1" 2>/dev/null >stat.said && grep -q "User: *0 *Group: *0 " stat.said &&
        has stat.said "Mode:  0644" && debugfs -R "stat /" "$1" 2>/dev/null >stat.said &&
        grep -q "User: *0 *Group: *0 " stat.said && has stat.said "Mode:  0755"
}

no_text() {
    debugfs -R "ls -p /" "$1" 2>/dev/null | cut -d/ -f6 >names && lacks names persistence.conf
}

# from IMAGE PATH SIZE [PIECES]: the file of the stick as "layer.dat".
from() {
    python3 "$here/exfat_get.py" "$1" "$2" layer.dat >from.said &&
        same "$(cat from.said)" "bytes $3 valid $3 pieces ${4:-1}"
}

# ready_stick IMAGE: put everything on it.
ready_stick() {
    v 0 -i -y -q --payload "$P1" "$1" || return 1
    for pair in debian.iso:/ plain.iso:/ "casper.iso:/a/b/Ünï 東京/" old.iso:/a/ fedora.iso:/a/; do
        put "$1" "${pair%%:*}" "${pair#*:}${pair%%:*}" || return 1
    done
}

new_image quiet.img 360M && cp --sparse=always quiet.img noisy.img && python3 -c '
import random
with open("noisy.img", "r+b") as f:
    f.seek(64 << 20)
    f.write(random.Random(5).randbytes(100 << 20))' && iso debian.iso live && iso casper.iso casper &&
    iso old.iso casper/vmlinuz.efi && iso plain.iso files && iso fedora.iso LiveOS && ready_stick quiet.img &&
    ready_stick noisy.img || exit 1

beside_an_iso() {
    new_stick && v 0 persist create --for /debian.iso --size 64M s.img && has out "/debian.dat made (64 MiB, ext4" &&
        has out 'label "persistence") in 1 piece' && has out "/debian.iso keeps its changes" && [ ! -s err ] &&
        sound s.img && from s.img /debian.dat $((64 * MIB)) && layer layer.dat $((64 * MIB)) persistence &&
        text layer.dat && v 0 -l s.img
}

in_a_deep_folder() {
    new_stick && v 0 persist create --for "a/b/Ünï 東京/casper.iso" --size 40M --json s.img &&
        same "$(json out '[j[k] for k in ("path", "family", "label", "fs", "bytes", "pieces", "file")]')" \
            "['/a/b/Ünï 東京/casper.dat', 'casper', 'writable', 'ext4', 41943040, 1, None]" &&
        same "$(json out 'j["plan_bytes"] == j["written_bytes"] == j["verified_bytes"]')" True &&
        sound s.img && from s.img "/a/b/Ünï 東京/casper.dat" $((40 * MIB)) &&
        layer layer.dat $((40 * MIB)) writable && no_text layer.dat
}

families() {
    new_stick && v 0 persist create --for /A/OLD.iso --size 20M s.img && from s.img /a/OLD.dat $((20 * MIB)) &&
        layer layer.dat $((20 * MIB)) casper-rw && v 1 persist create --for /plain.iso s.img &&
        has err "of no kind of live system that is known" && has err "--label" &&
        v 0 persist create --for /a/fedora.iso --size 20M s.img && from s.img /a/fedora.dat $((20 * MIB)) &&
        layer layer.dat $((20 * MIB)) live-rw &&
        v 0 persist create --for /plain.iso --label mine --size 20M s.img &&
        from s.img /plain.dat $((20 * MIB)) && layer layer.dat $((20 * MIB)) mine && no_text layer.dat && sound s.img
}

names() {
    new_small_stick && v 0 persist create --size 20M s.img 'Größe 🎉.dat' && has out "Made for Debian live" &&
        from s.img '/GRÖßE 🎉.DAT' $((20 * MIB)) && text layer.dat &&
        v 3 persist create --size 20M s.img /GRÖßE' 🎉.dat' && has err "is a file" && has err "another NAME" &&
        v 2 persist create --size 20M s.img 'a:b' && v 2 persist create --size 20M s.img 'a.' &&
        v 2 persist create --size 20M s.img ../x.dat && v 2 persist create --size 20M s.img /a/./x.dat &&
        v 1 persist create --size 20M s.img '/no/x.dat' && has err "no folder 'no'" &&
        v 1 persist create --size 20M s.img '/debian.iso/x.dat' && has err "not a folder" &&
        v 3 persist create --size 20M --label x s.img '/DEBIAN.iso' && has err "is a file" &&
        v 0 persist create --size 20M --for /debian.iso s.img /other.dat &&
        has out '{"persistence": [{"image": "/debian.iso", "file": "/other.dat"}]}' && sound s.img
}

nothing_written() {
    new_small_stick && keep s.img && v 1 persist create --for /missing.iso s.img && has err "no file '/missing.iso'" &&
        v 1 persist create --for /a s.img && has err "no file '/a'" && v 2 persist create s.img && has err "be called" &&
        v 2 persist create --size 1M s.img x && has err "16M" && v 2 persist create --label 12345678901234567 s.img x &&
        v 2 persist create --fs xfs --label 1234567890123 s.img x && v 2 persist create --force s.img x &&
        v 0 persist create -n --size 30M s.img x.dat && has out "content of the new file" && has out "volume clean" &&
        kept s.img && v 0 persist create -n --json --for /debian.iso --size 30M s.img &&
        same "$(json out '(j["dry_run"], j["plan"][-1]["reason"])')" "(True, 'boot sector: volume clean')" && kept s.img
}

full() {
    # What is too long is not made first: it would be in memory.
    mkdir -p bin && printf '#!/bin/sh\ntouch %s\nexit 1\n' "$work/made" >bin/mke2fs && chmod +x bin/mke2fs && rm -f made &&
        new_small_stick && PATH=$work/bin:$PATH v 3 persist create --size 1G s.img x.dat && [ ! -e made ] || return 1
    new_small_stick && keep s.img && v 3 persist create --size 1G s.img x.dat && has err "no room for 1024 MiB" &&
        has err "MiB are free" && kept s.img && free=$(sed -n 's/.*: \([0-9]*\) MiB are free.*/\1/p' err) &&
        v 0 persist create --size "${free}M" s.img all.dat && sound s.img &&
        from s.img /all.dat $((free * MIB)) && e2fsck -fn layer.dat >e2fsck.said 2>&1 &&
        v 3 persist create --size 16M s.img more.dat && has err "no room" && sound s.img
}

# Files of 8 MiB all over the volume, every other one deleted: the longest gap is too short.
fragmented() {
    new_small_stick && truncate -s 8M filler && for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18; do
        put --at $((30 + 12 * ${n#0})) s.img filler "/$n.bin" || return 1
    done && v 0 persist create --size 60M s.img x.dat && grep -q 'in [0-9]* pieces;' out &&
        pieces=$(sed -n 's/.* in \([0-9]*\) pieces;.*/\1/p' out) && sound s.img &&
        from s.img /x.dat $((60 * MIB)) "$pieces" && layer layer.dat $((60 * MIB)) persistence && text layer.dat
}

other_fs() {
    new_stick
    case $1 in
    btrfs) size=128 ;;
    xfs) size=300 ;;
    esac
    if [ "$1" = xfs ]; then
        # longer than the stick's room: a plain file
        rm -f layer.dat && v 0 persist create --fs xfs --size "${size}M" --label persistence layer.dat || return 1
    else
        v 0 persist create --fs "$1" --size "${size}M" --for /debian.iso s.img && sound s.img &&
            from s.img /debian.dat $((size * MIB)) || return 1
    fi
    same "$(stat -c %s layer.dat)" $((size * MIB)) && same "$(blkid -p -o value -s TYPE layer.dat)" "$1" &&
        same "$(blkid -p -o value -s LABEL layer.dat)" persistence || return 1
    if [ -z "$no_mount$no_loop" ] && grep -qw "$1" /proc/filesystems; then
        mkdir -p mnt && mount -o loop layer.dat mnt || return 1
        mounts="$mounts $work/mnt"
        same "$(cat mnt/persistence.conf)" "/ union" && same "$(stat -c '%u:%g %a' mnt/persistence.conf)" "0:0 644" &&
            same "$(stat -c '%u:%g %a' mnt)" "0:0 755" && touch mnt/x
        rc=$?
        umount mnt && return $rc
    fi
}

# Only what the file system needs is written; the rest of the file costs nothing.
long_file() {
    rm -f long.img && v 0 -i -q --size 80G --payload "$P1" long.img && v 0 persist create --json --size 64G long.img x.dat &&
        same "$(json out 'j["written_bytes"] < 400 << 20')" True && rm long.img &&
        v 0 persist create -q --size 2G long.dat && e2fsck -fn long.dat >e2fsck.said 2>&1 && text long.dat && rm long.dat
}

small_fs() {
    v 2 persist create --fs btrfs --size 100M s.img x && has err 128M && v 2 persist create --fs xfs --size 299M s.img x &&
        has err 300M
}

# ---- what can go wrong ----

# faulty N ACTION ARGUMENT...: run with a fault; sets code.
faulty() {
    fault=$1:$2
    shift 2
    VTC_FAULT=$fault LD_PRELOAD=$VTC_TEST_FAULT "$VTC_TEST_PLAIN" "$@" >out 2>err </dev/null
    code=$?
}

create='persist create --for /debian.iso --size 20M --json s.img'

# Ctrl-C while the content is written: as if nothing had happened; later it is too late to stop.
interrupted() {
    new_small_stick && v 0 persist create --for /debian.iso --size 20M --json s.img &&
        count=$(json out 'j["writes"]') && content=$(json out 'sum(e["stage"] == 0 for e in j["plan"])') || return 1
    n=1 stopped=0
    while [ $n -le "$count" ]; do
        new_small_stick
        # shellcheck disable=SC2086
        faulty $n int $create
        if [ $code -eq 6 ]; then
            has err "files are as they were" && same "$(json out 'j["exit"]')" 6 || return 1
            python3 "$here/exfat_get.py" s.img /debian.dat >got.said 2>&1 && return 1
            stopped=$((stopped + 1))
        else
            same "$code" 0 && from s.img /debian.dat $((20 * MIB)) || return 1
        fi
        sound s.img || return 1
        n=$((n + 1))
    done
    [ $stopped -ge "$content" ] && [ $stopped -lt "$count" ]
}

# kill -9 before and within every write: fsck.exfat has at most unused clusters to free, ISOs stay.
killed() {
    new_small_stick && v 0 persist create --for /debian.iso --size 20M --json s.img && count=$(json out 'j["writes"]') || return 1
    for how in kill torn; do
        n=1
        while [ $n -le "$count" ]; do
            new_small_stick
            # shellcheck disable=SC2086
            faulty $n $how $create
            piece s.img $((64 * MIB)) $((296 * MIB)) broken.data
            fsck.exfat -y broken.data >mend.said 2>&1
            dd if=broken.data of=s.img bs=$MIB seek=64 conv=notrunc,sparse status=none
            sound s.img || {
                echo "$how at write $n"
                return 1
            }
            n=$((n + 1))
        done
    done
}

failing_writes() {
    for action in enospc eio enodev; do
        new_small_stick && faulty 2 $action persist create --for /debian.iso --size 20M s.img && same "$code" 1 &&
            has err "files are as they were" && sound s.img || return 1
    done
    new_small_stick && faulty "$count" eio persist create --for /debian.iso --size 20M s.img && same "$code" 1 &&
        has err "Check the data partition with fsck.exfat" && v 3 persist create --size 20M s.img y &&
        has err "not unmounted cleanly"
}

no_tool() {
    new_stick && keep s.img && mkdir -p nothing && (exec env PATH="$work/nothing" "$V" persist create --fs xfs \
        --label x --size 300M x.dat >out 2>err)
    rc=$?
    if command -v mkfs.xfs >/dev/null && [ $rc -eq 0 ]; then
        rm x.dat
        return 0
    fi
    same $rc 1 && has err "mkfs.xfs is not installed" && has err "Install the package xfsprogs" && [ ! -e x.dat ] && kept s.img
}

# Ctrl-C reaches the tool too: that is no failure of the tool.
interrupted_tool() {
    mkdir -p cut tmp && printf '#!/bin/sh\nkill -INT $$\n' >cut/mke2fs && chmod 755 cut/mke2fs &&
        (PATH=$work/cut:$PATH TMPDIR=$work/tmp && export PATH TMPDIR && v 6 persist create --size 20M x.dat) &&
        has err "mke2fs was interrupted" && lacks err "e2fsprogs" && [ ! -e x.dat ] && same "$(ls tmp)" ""
}

temporary_folders_are_removed() {
    mkdir -p tmp && TMPDIR=$work/tmp v 0 persist create --size 16M t.dat && TMPDIR=$work/tmp v 2 persist create --size 1M t.dat &&
        same "$(ls tmp)" "" && rm t.dat && TMPDIR=$work/none v 1 persist create --size 16M t.dat && has err "temporary folder" &&
        [ ! -e t.dat ]
}

# ---- sticks of other kinds ----

other_data_partition() {
    for fs in "mkfs.vfat -F 32" "mkfs.ext4 -q -F" "mkfs.ntfs -q -F -f"; do
        new_image d.data $((296 * MIB)) && $fs d.data >mkfs.said 2>&1 || return 1
        new_small_stick && dd if=d.data of=s.img bs=$MIB seek=64 conv=notrunc status=none && keep s.img &&
            v 3 persist create --size 20M s.img x.dat && has err "is not exFAT" && has err "Mount it and give the path" &&
            kept s.img || return 1
    done
}

no_stick() {
    new_image n.img 300M && v 4 persist create --size 20M n.img x.dat && has err "not a ventoc stick" &&
        v 4 persist create --size 20M nowhere.img x.dat && has err "no such stick" &&
        v 3 persist create --size 20M n.img && has err "exists already" && has err "--force" && [ "$(stat -c %b n.img)" = 0 ] &&
        v 2 persist create --size 20M . && has err "is a folder"
}

# A device that is not there does not become a file in the memory.
no_device() {
    v 1 persist create --size 20M /dev/ventoc-none && has err "/dev/ventoc-none: no such device" &&
        has err "plugged in" && [ ! -e /dev/ventoc-none ] && v 4 persist create --size 20M /dev/ventoc-none x.dat
}

sectors_4096() {
    rm -f k.img && v 0 -i -q --size 300M --sector-size 4096 --payload "$P1" k.img && put k.img debian.iso /debian.iso &&
        v 0 persist create --for /debian.iso --size 20M k.img && from k.img /debian.dat $((20 * MIB)) && text layer.dat &&
        piece k.img $((64 * MIB)) $((236 * MIB)) sound.data && fsck.exfat -n sound.data >exfat.said 2>&1 && has exfat.said clean
}

gpt_stick() {
    rm -f g.img && v 0 -i -g -q --size 300M --payload "$P1" g.img && v 0 persist create --size 20M g.img x.dat &&
        from g.img /x.dat $((20 * MIB)) && text layer.dat && v 0 -l g.img
}

as_nobody() {
    if is_root; then setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; else "$@"; fi
}

without_root() {
    rm -rf own && mkdir own && chmod 755 . && cp --sparse=always noisy.img own/s.img && chmod 777 own && chmod 666 own/s.img &&
        as_nobody "$V" persist create --for /debian.iso --size 20M "$work/own/s.img" >out 2>err && sound own/s.img &&
        from own/s.img /debian.dat $((20 * MIB)) && layer layer.dat $((20 * MIB)) persistence && text layer.dat &&
        (umask 077 && as_nobody "$V" persist create --size 20M "$work/own/p.dat" >out 2>err) && cp own/p.dat layer.dat && text layer.dat
}

loop_stick() {
    new_stick && attach s.img && v 0 persist create --for /debian.iso --size 64M "$loop" && detach && sound s.img &&
        from s.img /debian.dat $((64 * MIB)) && layer layer.dat $((64 * MIB)) persistence && text layer.dat
}

loop_in_use() {
    new_small_stick && attach s.img && keep s.img && v 3 persist create --size 64M s.img x.dat && has err "in use as loop device"
    rc=$?
    detach
    [ $rc -eq 0 ] && kept s.img
}

# ---- mounted ----

# fuse: mount the data partition of s.img by exfat-fuse on mnt.
fuse() {
    mkdir -p mnt && attach -o $((64 * MIB)) s.img && mount.exfat-fuse -o "${1:-rw}" "$loop" mnt >fuse.said 2>&1 || return 1
    mounts="$mounts $work/mnt"
}

unfuse() {
    umount mnt && detach
}

# What is on it by another implementation, as the kernel shows it.
read_back() {
    new_stick && v 0 persist create --for /debian.iso --size 64M s.img && from s.img /debian.dat $((64 * MIB)) && fuse ro &&
        cmp mnt/debian.dat layer.dat && cmp mnt/debian.iso debian.iso && cmp "mnt/a/b/Ünï 東京/casper.iso" casper.iso
    rc=$?
    unfuse && return $rc
}

mounted() {
    new_stick && fuse && v 0 persist create --for /debian.iso --size 64M --json s.img &&
        same "$(json out 'j["file"]')" "$work/mnt/debian.dat" && same "$(json out 'j["plan_bytes"]')" $((64 * MIB)) &&
        v 0 persist create --size 20M s.img "/a/b/ü.dat" && has out "mnt/a/b/ü.dat: made" && same "$(ls mnt/a/b)" "$(printf 'Ünï 東京\nü.dat')" &&
        v 3 persist create --for /debian.iso --size 64M s.img && has err "exists already" &&
        v 0 persist create --for /debian.iso --size 32M --force s.img && v 1 persist create --for /no.iso s.img &&
        v 2 persist create --size 20M s.img ../out.dat && has err '".."' && [ ! -e out.dat ] &&
        v 2 persist create --size 20M --for a/../../debian.iso s.img x.dat &&
        v 3 persist create --size 1G s.img big.dat && has err "no room" && same "$(ls mnt)" "$(printf 'a\ndebian.dat\ndebian.iso\nplain.iso')"
    rc=$?
    unfuse && [ $rc -eq 0 ] && sound s.img && from s.img /debian.dat $((32 * MIB)) && layer layer.dat $((32 * MIB)) persistence &&
        text layer.dat
}

# An ext4 data partition: no block of the file is reserved only.
mounted_ext4() {
    new_image d.data $((296 * MIB)) && mkfs.ext4 -q -F d.data && new_small_stick &&
        dd if=d.data of=s.img bs=$MIB seek=64 conv=notrunc status=none && mkdir -p mnt &&
        attach -o $((64 * MIB)) --sizelimit $((296 * MIB)) s.img && mount "$loop" mnt && mounts="$mounts $work/mnt" &&
        v 0 persist create --size 64M s.img x.dat
    rc=$?
    umount mnt && detach && [ $rc -eq 0 ] && piece s.img $((64 * MIB)) $((296 * MIB)) d.data &&
        debugfs -R "ex /x.dat" d.data 2>/dev/null >extents.said && lacks extents.said Uninit && debugfs -R "dump /x.dat layer.dat" d.data 2>/dev/null &&
        layer layer.dat $((64 * MIB)) persistence && text layer.dat
}

# ---- plain files ----

plain_file() {
    rm -f p.dat && v 0 persist create --label persistence --size 30M p.dat && has out "p.dat: made (30 MiB, ext4" &&
        layer p.dat $((30 * MIB)) persistence && text p.dat && [ "$(($(stat -c %b p.dat) * 512))" -ge $((30 * MIB)) ] &&
        sum=$(sha256sum <p.dat) && v 3 persist create --size 30M p.dat && same "$(sha256sum <p.dat)" "$sum" &&
        v 0 persist create --size 20M --for "$work/casper.iso" --force p.dat && layer p.dat $((20 * MIB)) writable && no_text p.dat &&
        v 1 persist create --for none.iso q.dat && [ ! -e q.dat ] && v 1 persist create --size 20M no/where.dat && has err "no/where" &&
        v 0 persist create -n --size 20M q.dat && [ ! -e q.dat ] && [ ! -e q.dat.part ] && v 1 persist create --for iso.said q.dat &&
        has err "not an ISO 9660 image" && mkfifo iso.fifo && v 1 persist create --for iso.fifo q.dat &&
        has err "iso.fifo: is not a file" && [ ! -e q.dat ]
}

plain_interrupted() {
    rm -f p.dat && for action in int:6 term:6 enospc:1 eio:1; do
        for n in 1 3 12; do
            faulty $n ${action%:*} persist create --size 20M p.dat && same "$code" "${action#*:}" && has err "left behind" &&
                [ ! -e p.dat ] && [ ! -e p.dat.part ] || return 1
        done
    done
    echo old >p.dat && faulty 3 int persist create --force --size 20M p.dat && same "$code" 6 && same "$(cat p.dat)" old &&
        [ ! -e p.dat.part ] && touch p.dat.part && v 3 persist create --force --size 20M p.dat && has err "p.dat.part: exists" &&
        lacks err "left behind" &&
        same "$(cat p.dat)" old && [ -e p.dat.part ] && rm p.dat.part
}

# The terminal goes away: that stops it, but not under nohup.
hung_up() {
    rm -f p.dat && faulty 3 hup persist create --size 20M p.dat && same "$code" 6 && [ ! -e p.dat ] && (
        trap '' HUP
        faulty 3 hup persist create --size 20M p.dat
        same "$code" 0
    ) && layer p.dat $((20 * MIB)) persistence
}

plain_full() {
    mkdir -p small && mount -t tmpfs -o size=20m tmpfs small && mounts="$mounts $work/small" &&
        v 3 persist create --size 40M small/x.dat && has err "no room for 40 MiB" && has err "20 MiB are free" && [ -z "$(ls small)" ]
    rc=$?
    umount small
    (ulimit -f 10000 && exec "$V" persist create --size 40M l.dat) >out 2>err
    [ $? -eq 1 ] && has err "File too large" && [ ! -e l.dat ] && return $rc
}

on_fat32() {
    mkdir -p mnt && new_image fat.img 6G && mkfs.vfat -F 32 fat.img >mkfs.said && mount -o loop fat.img mnt && mounts="$mounts $work/mnt" &&
        v 3 persist create mnt/x.dat && has err "FAT32 cannot hold" && has err "4095M" && v 0 persist create --size 64M mnt/x.dat
    rc=$?
    umount mnt && return $rc
}

help() {
    v 0 persist --help && [ ! -s err ] && ! grep -q '.\{81\}' out && for word in --for --label --size --fs --force --dry-run --json \
        --quiet --verbose --help; do
        has out " $word" || return 1
    done
    cp out long && v 0 persist create -h && cmp out long && v 0 --help && has out "persist create"
}

usage() {
    v 2 "$@" && [ ! -s out ] && has err "Try 'ventoc persist --help'"
}

usages() {
    usage persist && usage persist make x && usage persist create && usage persist create a b c && usage persist create --size x a &&
        usage persist create --fs zfs a && usage persist create --frob a && usage persist create -q -v a && usage persist create '' &&
        usage persist create --size 0 a
}

have() {
    command -v "$1" >/dev/null || echo "$1 is not installed"
}

check "help" help
check "wrong usage" usages
check "beside an ISO" beside_an_iso
check "a deep folder with a Unicode name; JSON" in_a_deep_folder
check "the label and file of the ISO's kind" families
check "names" names
check "refused, or tried out: nothing is written" nothing_written
check "a full stick" full
check "a fragmented stick" fragmented
check_if "$(have mkfs.btrfs)" "btrfs" other_fs btrfs
check_if "$(have mkfs.xfs)" "xfs" other_fs xfs
check "a long file" long_file
check "file systems have a least size" small_fs
check "Ctrl-C at every write" interrupted
check "kill -9 before and within every write" killed
check "writes that fail" failing_writes
check "a tool that is not installed" no_tool
check "Ctrl-C while mkfs runs" interrupted_tool
check "temporary folders" temporary_folders_are_removed
check "data partitions that are not exFAT" other_data_partition
check "no stick" no_stick
check "no device" no_device
check "sectors of 4096 bytes" sectors_4096
check "GPT" gpt_stick
check_if "$(is_root || echo 'root is needed to become nobody')" "without root: the files in it are root's" without_root
check_if "$no_loop" "a loop device" loop_stick
check_if "$no_loop" "a file in use as loop device" loop_in_use
no_fuse="$no_loop$no_mount$(have mount.exfat-fuse)"
[ -n "$no_fuse" ] || [ -c /dev/fuse ] || no_fuse="there is no /dev/fuse"
check_if "$no_fuse" "read by exfat-fuse" read_back
check_if "$no_fuse" "a mounted stick" mounted
check_if "$no_loop$no_mount" "a mounted stick with ext4" mounted_ext4
check "a plain file" plain_file
check "a plain file: interrupted, or writes that fail" plain_interrupted
# A signal that is ignored is handed down so, as by nohup.
no_hup=$(awk '/^SigIgn:/ && $2 ~ /[13579bdf]$/ { print "SIGHUP is ignored here" }' /proc/self/status)
check_if "$no_hup" "a plain file: the terminal hangs up" hung_up
check_if "$no_mount" "a full file system, a limit on file sizes" plain_full
no_vfat=$no_loop$no_mount
[ -n "$no_vfat" ] || grep -qw vfat /proc/filesystems || no_vfat="this kernel has no vfat"
check_if "$no_vfat" "FAT32 and 4 GiB" on_fat32
