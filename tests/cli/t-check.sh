# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# ventoc check: every part damaged in turn, images and their checksums, and that nothing is written.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

put() {
    python3 "$here/../../scripts/exfat-put" "$@" >put.said
}

# damage OFFSET BYTE...: write octal escapes into c.img.
damage() {
    # shellcheck disable=SC2059  # escapes on purpose
    printf "$2" | dd of=c.img bs=1 seek="$1" conv=notrunc status=none
}

# level PART: the levels of a part in "out", as JSON gives it.
level() {
    json out "' '.join(p['status'] for p in j['parts'] if p['part'] == '$1')"
}

# finds CODE PART LEVEL TEXT: check says so of c.img; it stays as it is, and -q and text agree.
finds() {
    keep c.img && v "$1" check -q --payload "$P1" c.img && has err "$4" && [ ! -s out ] &&
        v "$1" check --json --payload "$P1" c.img && [ ! -s err ] && kept c.img && same "$(level "$2")" "$3" || return 1
    json out "[p['text'] for p in j['parts'] if p['part'] == '$2']" >text && has text "$4" &&
        same "$(json out 'j["good"] == (j["errors"] == 0)')" True
}

fresh() {
    cp --sparse=always "$1" c.img
}

v 0 -i -q --size 300M --payload "$P1" mbr.img && v 0 -i -q -g --size 300M --payload "$P1" gpt.img || exit 1
# Upgraded and back: both slots hold something.
cp --sparse=always mbr.img both.img && v 0 -u -q -y --payload "$P2" both.img && v 0 -u -q -y --force --payload "$P1" both.img || exit 1

good() {
    for image in mbr.img gpt.img; do
        keep $image && v 0 check --payload "$P1" $image && [ ! -s err ] && kept $image &&
            has out "$image: good, 0 warnings, 0 images" && lacks out "error  " && lacks out "warning  " || return 1
        v 0 check --json --payload "$P1" $image &&
            same "$(json out '(j["good"], j["errors"], j["warnings"], j["images"], j["live_slot"], j["version"])')" \
                "(True, 0, 0, [], 'A', '1.0')" || return 1
        v 0 check -q --payload "$P1" $image && [ ! -s out ] && [ ! -s err ] || return 1
    done
    v 0 check both.img && has out "slot B, idle: version 2.0" && lacks out "error  "
}

large_sectors() {
    for option in '' -g; do
        rm -f l.img
        # shellcheck disable=SC2086
        v 0 -i -q $option --sector-size 4096 --size 300M --payload "$P1" l.img && v 0 check --json --payload "$P1" l.img &&
            same "$(json out '(j["errors"], j["warnings"], [p["part"] for p in j["parts"] if "core" in p["part"] or "code" in p["part"]])')" \
                "(0, 0, [])" || return 1
    done
}

# A manifest that vouches for nothing, and one that would have more read than a slot holds.
hostile_manifests() {
    fresh mbr.img && mcopy -n -i c.img@@1M ::/ventoc/manifest m && grep -v '^file' m >none &&
        mcopy -o -i c.img@@1M none ::/ventoc/manifest && finds 1 slot_a error "its manifest is damaged" || return 1
    big=$(grep '^file EFI/BOOT/big' m) && { cat m && for i in $(seq 500); do echo "$big"; done; } >many &&
        mcopy -o -i c.img@@1M many ::/ventoc/manifest && finds 1 slot_a error "its manifest is damaged"
}

# The boot code can only be compared with boot files of the same version.
unknown_code() {
    v 0 check --json --payload "$P2" mbr.img && same "$(level boot_code)" good || return 1
    "$here/make-fixture-payload" p3 3.0 && gunzip p3/boot.img.gz && printf x | dd of=p3/boot.img bs=1 seek=100 conv=notrunc status=none &&
        sed -i "s/^image boot.img .*/image boot.img 512 $(sha256sum <p3/boot.img | cut -d' ' -f1)/" p3/manifest && gzip p3/boot.img &&
        v 0 check --json --payload p3 mbr.img && same "$(level boot_code)" unchecked &&
        v 7 check --payload /nowhere mbr.img && has err "no payload"
}

usage() {
    v 2 check && has err "TARGET is needed" && v 2 check a b && v 2 check --no-such mbr.img && has err "ventoc check --help" &&
        v 0 check --help && has out "Exit status" && new_image n.img 300M && v 4 check n.img && has err "not a ventoc stick" &&
        v 4 check --json n.img && same "$(json out 'j["exit"]')" 4 && v 1 check /nowhere && v 2 check --json && json out 'j["exit"]' >text
}

record() {
    fresh mbr.img && damage $((63 * MIB + 20)) x && finds 0 record warning "first copy of the stick record is damaged" || return 1
    fresh mbr.img && damage $((63 * MIB + MIB / 2)) x && finds 0 record warning "second copy of the stick record is missing" || return 1
    damage $((63 * MIB + 20)) x && v 1 check c.img && has err "record is damaged" || return 1
    # Two good ones of two sticks.
    fresh mbr.img && dd if=gpt.img of=c.img bs=512 skip=$((63 * MIB / 512)) seek=$((63 * 2048 + 1024)) count=1 conv=notrunc status=none &&
        finds 0 record warning "contradict each other"
}

mbr_table() {
    fresh mbr.img && damage 510 '\0' && finds 1 mbr error "no partition table" || return 1
    fresh mbr.img && damage 454 '\7' && finds 1 data_partition error "entry 1 of the partition table is not" || return 1
    fresh mbr.img && damage 450 '\0' && finds 1 data_partition error "missing in the partition table" || return 1
    fresh mbr.img && damage 461 '\1' && finds 1 data_partition error "beyond the end" || return 1
    fresh mbr.img && damage 470 '\7' && finds 1 boot_partition error "entry 2 of the partition table is not" || return 1
    fresh mbr.img && damage 474 '\7' && finds 1 boot_partition error "not the length" || return 1
    fresh mbr.img && damage 466 '\014' && finds 0 boot_partition warning "not the type" || return 1
    fresh mbr.img && damage 482 '\203\0\0\0\0\0\10\0\0\0\10\0\0' && finds 1 partitions error "partition 3 lies over"
}

gpt_table() {
    last=$((300 * MIB - 512))
    fresh gpt.img && damage 450 '\7' && finds 1 mbr error "no protective MBR" || return 1
    fresh gpt.img && damage 512 x && finds 1 gpt_primary error "is missing" || return 1
    fresh gpt.img && damage 560 x && finds 1 gpt_primary error "damaged header" || return 1
    fresh gpt.img && damage 1100 x && finds 1 gpt_primary error "damaged entries" && same "$(level data_partition)" good || return 1
    fresh gpt.img && damage $((last + 20)) x && finds 0 gpt_backup warning "damaged header" || return 1
    fresh gpt.img && damage $((last - 16384)) x && finds 0 gpt_backup warning "damaged entries" || return 1
    fresh gpt.img && truncate -s 310M c.img && finds 0 gpt_backup "good warning" "not at the end" || return 1
    # An upgrade that stopped between the copies.
    fresh gpt.img && cp --sparse=always gpt.img up.img && v 0 -u -q -y --payload "$P2" up.img &&
        dd if=up.img of=c.img bs=512 skip=$((300 * 2048 - 33)) seek=$((300 * 2048 - 33)) conv=notrunc status=none &&
        finds 0 gpt_backup "good warning" "contradict each other" || return 1
    fresh gpt.img && dd if=/dev/zero of=c.img bs=512 seek=1 count=33 conv=notrunc status=none && damage $last x &&
        finds 1 gpt_backup error "is missing"
}

boot_code() {
    fresh mbr.img && damage 10 '\1\2\3\4' && finds 1 boot_code error "not what was installed" || return 1
    fresh mbr.img && damage 92 '\7' && finds 1 boot_code error "starts no BIOS core" || return 1
    fresh mbr.img && damage 102 '\1' && finds 1 boot_code error "is damaged" || return 1
    fresh both.img && damage 92 '\0\4' && finds 0 boot_code warning "a BIOS starts slot B, UEFI slot A"
}

slots() {
    live=$MIB idle=$((32 * MIB))
    fresh both.img && damage $((live + 1000000)) XXXX && finds 1 slot_a error "slot A, live: damaged: EFI/BOOT/big" || return 1
    fresh both.img && damage $((idle + 1000000)) XXXX && finds 0 slot_b warning "slot B, idle: damaged: EFI/BOOT/big" || return 1
    fresh both.img && damage $((live + 11)) XX && finds 1 slot_a error "its file system is damaged" || return 1
    fresh both.img && damage $((idle + 11)) XX && finds 0 slot_b warning "its file system is damaged" || return 1
    fresh both.img && damage $((512 + 5000)) XX && finds 1 core_a error "BIOS core of slot A, live: damaged: a BIOS" || return 1
    fresh both.img && damage $((512 + 500)) X && finds 1 core_a error "BIOS core" || return 1
    fresh both.img && damage $((1024 * 512 + 5000)) XX && finds 0 core_b warning "BIOS core of slot B, idle" || return 1
    fresh mbr.img && dd if=/dev/zero of=c.img bs=4096 seek=$((MIB / 4096)) count=1 conv=notrunc status=none &&
        finds 1 slot_a error "it is empty"
}

cut_disk() {
    fresh mbr.img && truncate -s 290M c.img && finds 1 disk error "its end is missing"
}

file_system() {
    d=$((64 * MIB))
    fresh mbr.img && damage $((d + 106)) '\2' && finds 0 file_system warning "not unmounted cleanly" || return 1
    fresh mbr.img && damage $((d + 200)) x && finds 1 file_system "error good" "boot region of the exFAT file system is damaged" || return 1
    fresh mbr.img && damage $((d + 12 * 512 + 200)) x && finds 0 file_system "warning good" "backup boot region" || return 1
    fresh mbr.img && damage $((d + 3)) XXXX && finds 1 file_system error "its backup is good" || return 1
    fresh mbr.img && dd if=/dev/zero of=c.img bs=512 seek=$((d / 512)) count=100 conv=notrunc status=none &&
        finds 1 file_system error "no file system" || return 1
    # A file whose clusters the bitmap calls free.
    fresh mbr.img && echo x >x && put c.img x /x.txt && python3 - c.img <<'PY' && finds 1 file_system error "contradict each other"
import os, struct, sys
fd, d = os.open(sys.argv[1], os.O_RDWR), 64 << 20
boot = os.pread(fd, 512, d)
heap = d + struct.unpack_from("<I", boot, 88)[0] * 512
cluster = 512 << boot[109]
root = heap + (struct.unpack_from("<I", boot, 96)[0] - 2) * cluster
entries = [os.pread(fd, 32, root + 32 * i) for i in range(16)]
bitmap = heap + (struct.unpack_from("<I", next(e for e in entries if e[0] == 0x81), 20)[0] - 2) * cluster
first = struct.unpack_from("<I", next(e for e in entries if e[0] == 0xc0), 20)[0] - 2
byte = os.pread(fd, 1, bitmap + first // 8)[0] & ~(1 << first % 8)
os.pwrite(fd, bytes([byte]), bitmap + first // 8)
PY
}

# other COMMAND...: c.img has "fs" as its data partition, which the command made.
other() {
    rm -f fs && truncate -s 236M fs && "$@" >mkfs.said 2>&1 && fresh mbr.img &&
        dd if=/dev/zero of=c.img bs=$MIB seek=64 count=20 conv=notrunc status=none &&
        dd if=fs of=c.img bs=$MIB seek=64 conv=notrunc,sparse status=none
}

fat32() {
    mkfs.fat -F 32 -s 1 fs && mmd -i fs ::/a && mcopy -i fs tree/y.iso tree/y.iso.sha256 ::/a
}

other_file_systems() {
    mkdir -p tree && head -c 70000 /dev/urandom >tree/y.iso && (cd tree && sha256sum y.iso >y.iso.sha256) &&
        other fat32 && v 1 check --json c.img && same "$(level file_system)" unchecked &&
        same "$(json out '(j["file_system"], [(i["path"], i["extents"], i["checksums"][0]["result"]) for i in j["images"]])')" \
            "('FAT32', [('/a/y.iso', 1, 'good')])" || return 1
    other mke2fs -q -t ext4 -d tree fs && v 1 check --json c.img &&
        same "$(json out '(j["file_system"], [(i["path"], i["checksums"][0]["result"]) for i in j["images"]])')" \
            "('ext4', [('/y.iso', 'good')])" || return 1
    other mkntfs -q -F fs && v 0 check c.img && has out "not looked into: file system ntfs" && has out "0 images"
}

# iso NAME BYTES: a CD image that a BIOS can start.
iso() {
    rm -rf tree && mkdir -p tree && head -c "$2" /dev/urandom >tree/filler && head -c 2048 /dev/zero >tree/boot.bin &&
        xorriso -as mkisofs -quiet -R -V T -b boot.bin -no-emul-boot -boot-load-size 4 -o "$1" tree >iso.said 2>&1
}

# image PATH EXPRESSION: of the image in "out".
image() {
    json out "[($2) for i in j['images'] if i['path'] == '$1'][0]"
}

images() {
    fresh mbr.img && iso bios.iso 300000 && head -c 200000 bios.iso >cut.iso && head -c 5000 /dev/urandom >noise.iso && gzip -c bios.iso >packed.iso &&
        printf '' >empty.iso && put c.img bios.iso /bios.iso && put c.img cut.iso /a/cut.iso && put c.img noise.iso /a/noise.iso &&
        put c.img packed.iso /a/packed.iso && put --fragments 3 c.img bios.iso "/a/b/Ünï 東京.iso" && put c.img bios.iso /.hidden/x.iso &&
        put --valid 1000 c.img bios.iso /half.iso && put c.img empty.iso /empty.iso && put c.img bios.iso /note.txt && keep c.img || return 1
    v 1 check --json --payload "$P1" c.img && kept c.img && same "$(json out 'len(j["images"])')" 7 &&
        same "$(image /bios.iso '(i["status"], i["extents"], i["fragmented"], i["truncated"], i["problems"][0]["text"])')" \
            "('warning', 1, False, False, 'BIOS only: it has no UEFI boot loader')" &&
        same "$(image /a/cut.iso '(i["status"], i["truncated"], i["bios"])')" "('error', True, 'does not start: the file is cut off')" &&
        same "$(image '/a/b/Ünï 東京.iso' '(i["status"], i["extents"], i["fragmented"])')" "('warning', 3, True)" &&
        same "$(image /half.iso '(i["status"], "not fully written" in i["problems"][0]["text"])')" "('error', True)" &&
        same "$(image /a/noise.iso 'i["status"]')" error && same "$(image /empty.iso 'i["status"]')" error &&
        same "$(image /a/packed.iso '(i["status"], "gunzip" in i["problems"][0]["text"])')" "('error', True)" || return 1
    v 1 check --payload "$P1" c.img && has out "/a/cut.iso: 195.3 KiB in 1 piece" && has out "in 3 pieces (fragmented)" && has out "cut off: the file has" &&
        has out "c.img: 5 errors, 2 warnings, 7 images"
}

sums() {
    iso bios.iso 2500000 && cp bios.iso other.iso && printf 'x' | dd of=other.iso bs=1 seek=2000000 conv=notrunc status=none || return 1
    sha256sum bios.iso >SHA256SUMS && sha1sum -b bios.iso >>SHA256SUMS && md5sum --tag bios.iso >MD5SUMS && sha512sum bios.iso | tr a-f A-F | sed 's/$/\r/' >bios.iso.sha512 &&
        sha256sum <bios.iso | cut -d' ' -f1 >renamed.iso.sha256 && sha384sum bios.iso | sed 's/bios/fine/' >x-CHECKSUM && sha256sum bios.iso | sed 's/bios/other/' >other.iso.sha256sum || return 1
    fresh mbr.img && for f in bios.iso other.iso SHA256SUMS MD5SUMS bios.iso.sha512 renamed.iso.sha256 x-CHECKSUM other.iso.sha256sum; do
        put c.img $f /d/$f || return 1
    done && put c.img bios.iso /d/renamed.iso && put c.img bios.iso /d/fine.iso && put c.img bios.iso /elsewhere.iso && keep c.img &&
        v 1 check --json c.img && kept c.img || return 1
    same "$(image /d/bios.iso 'sorted((s["algorithm"], s["source"], s["result"]) for s in i["checksums"])')" \
        "[('MD5', 'MD5SUMS', 'good'), ('SHA-1', 'SHA256SUMS', 'good'), ('SHA-256', 'SHA256SUMS', 'good'), ('SHA-512', 'bios.iso.sha512', 'good')]" &&
        same "$(image /d/renamed.iso '[s["result"] for s in i["checksums"]]')" "['good']" &&
        same "$(image /d/fine.iso '[(s["algorithm"], s["result"]) for s in i["checksums"]]')" "[('SHA-384', 'good')]" &&
        same "$(image /elsewhere.iso 'i["checksums"]')" "[]" &&
        same "$(image /d/other.iso '(i["status"], [s["result"] for s in i["checksums"]])')" "('error', ['wrong'])" || return 1
    v 1 check c.img && has out "its SHA-256 is not the one in other.iso.sha256sum" && has out "SHA-256 as in SHA256SUMS" &&
        v 0 check --quick c.img && lacks out "as in" && v 0 check --quick --json c.img && same "$(image /d/other.iso 'i["checksums"]')" "[]" || return 1
    # No tools: our own SHA-256 is there, the others are said to be missing.
    env PATH=/nowhere "$V" check --json c.img >out 2>err
    same $? 1 && [ ! -s err ] && same "$(image /d/bios.iso 'sorted((s["algorithm"], s["result"]) for s in i["checksums"])')" \
        "[('MD5', 'unchecked'), ('SHA-1', 'unchecked'), ('SHA-256', 'good'), ('SHA-512', 'unchecked')]" && has out "not checked: MD5 of MD5SUMS: md5sum" || return 1
    # Checksum files that say nothing.
    echo nothing >bios.iso.sha256 && head -c 1100000 /dev/zero >SHA512SUMS && put c.img bios.iso.sha256 /d/bios.iso.sha256 &&
        put c.img SHA512SUMS /SHA512SUMS && v 1 check --json c.img && same "$(level checksums)" "unchecked unchecked" &&
        has out "/SHA512SUMS: cannot be read, or is too long" && has out "/d/bios.iso.sha256: there is no checksum in it"
}

interrupted() {
    rm -f i.img && v 0 -i -q --size 3G --payload "$P1" i.img && truncate -s 2500M huge.img && put i.img huge.img /huge.img &&
        printf '%064d  huge.img\n' 0 >SHA256SUMS && put i.img SHA256SUMS /SHA256SUMS || return 1
    "$V" check --json i.img >out 2>err </dev/null &
    pid=$!
    sleep 2
    kill -TERM $pid && wait $pid
    code=$?
    rm -f huge.img i.img
    same $code 6 && same "$(json out '(j["interrupted"], j["good"], j["images"], len(j["parts"]) > 5)')" "(True, False, [], True)"
}

# with_parts: c.img as a loop device with partitions, also where the kernel does not look for them.
with_parts() {
    attach -P c.img && { [ -e "${loop}p1" ] || partx -a "$loop"; }
}

loop_device() {
    fresh mbr.img && with_parts && v 0 check --json "$loop" && same "$(level fsck)" good && v 0 check "$loop" &&
        has out "fsck.exfat finds nothing wrong" && detach || return 1
    # A file's entry set whose checksum is wrong: only fsck.exfat looks at that.
    echo x >x && put c.img x /x.txt && python3 - c.img <<'PY' && with_parts || return 1
import os, struct, sys
fd, d = os.open(sys.argv[1], os.O_RDWR), 64 << 20
boot = os.pread(fd, 512, d)
root = d + struct.unpack_from("<I", boot, 88)[0] * 512 + (struct.unpack_from("<I", boot, 96)[0] - 2) * (512 << boot[109])
for i in range(16):
    if os.pread(fd, 1, root + 32 * i) == b"\x85":
        os.pwrite(fd, b"\x55", root + 32 * i + 2)
PY
    v 1 check --json "$loop" && same "$(level fsck)" error
    rc=$?
    detach
    return $rc
}

mounted() {
    fresh mbr.img && iso bios.iso 300000 && put c.img bios.iso /bios.iso && mkdir -p mnt && attach -o $((64 * MIB)) c.img &&
        mount.exfat-fuse -o rw "$loop" mnt >fuse.said 2>&1 || return 1
    mounts="$mounts $work/mnt"
    (cd mnt && sha256sum bios.iso >SHA256SUMS) && v 0 check --json c.img && same "$(json out 'j["mounted"]')" "$(realpath mnt)" &&
        same "$(level file_system)" unchecked && same "$(level fsck)" unchecked && v 0 check c.img && has out "may be in flux" &&
        has out "/bios.iso: " && has out "SHA-256 as in SHA256SUMS"
    rc=$?
    umount mnt && detach
    return $rc
}

check "good sticks, MBR and GPT" good
check "4096-byte sectors" large_sectors
check "boot code that there is nothing to compare with" unknown_code
check "a manifest of no files, and one of too many" hostile_manifests
check "usage, and what is no stick" usage
check "record" record
check "MBR" mbr_table
check "GPT" gpt_table
check "boot code" boot_code
check "slots and BIOS cores" slots
check "a disk that was cut" cut_disk
check "exFAT" file_system
check "other file systems" other_file_systems
check "images" images
check "checksums" sums
check "interrupted" interrupted
check_if "$no_loop" "a loop device, and fsck's opinion" loop_device
no_fuse=''
command -v mount.exfat-fuse >/dev/null || no_fuse="mount.exfat-fuse is not installed"
check_if "$no_loop$no_mount$no_fuse" "mounted" mounted
