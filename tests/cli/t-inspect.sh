# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# ventoc inspect: what it says of images, and that nothing makes it write, crash or wait.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

images=$work/images
"$here/../../scripts/test-images" "$images" debian-mini.iso isolinux.iso invaders.iso memtest-x64.iso \
    bios-only.iso truncated.iso bad-catalog.iso hard-disk.iso floppy.img debian-disk.img hello.efi \
    >/dev/null 2>images.log || {
    sed 's/^/# /' images.log
    echo "not ok - the test images can be made"
    exit 1
}

# says IMAGE LINE...: inspected with status 0 ($says when it is set), and each line is in the answer.
says() {
    v "${says:-0}" inspect "$images/$1" && [ ! -s err ] || return 1
    shift
    for line; do
        has out "$line" || return 1
    done
}

# in_json IMAGE EXPRESSION VALUE [EXPRESSION VALUE]...: with j the image's object.
in_json() {
    v 0 inspect --json "$images/$1" && [ ! -s err ] || return 1
    shift
    while [ $# -gt 0 ]; do
        same "$(json out "(lambda j: ($1))(j['images'][0])")" "$2" || return 1
        shift 2
    done
}

mini_text() {
    says debian-mini.iso "debian-mini.iso: CD image (ISO 9660), hybrid, 56 MiB" "  label     ISOIMAGE" \
        "  family    debian-installer" "virtual CD (no emulation)" "virtual CD (x64)" \
        "  el torito BIOS, no emulation, LBA " "            UEFI, no emulation, LBA " \
        "  config    /boot/grub/grub.cfg (GRUB)" "    Install: /linux (64 bit) + /initrd.gz" \
        "  config    /txt.cfg (syslinux)" "  initrd    /initrd.gz (gzip, " && lacks out warning &&
        lacks out console=ttyS0 && v 0 inspect -v "$images/debian-mini.iso" && has out console=ttyS0
}

mini_json() {
    in_json debian-mini.iso "j['family']" debian-installer "j['has_bios'], j['has_uefi']" "(True, True)" \
        "[e['platform'] for e in j['el_torito']]" "['BIOS', 'UEFI']" \
        "len(j['initrds']), j['initrds'][0]['path'], j['initrds'][0]['extended']" "(1, '/initrd.gz', True)" \
        "{e['kernel_bits'] for e in j['entries']}" "{64}" "j['warnings']" "[]" \
        "any('console=ttyS0' in e['cmdline'] for e in j['entries'])" True
}

others() {
    says isolinux.iso "    install: /linux (64 bit) + /initrd.gz" "does not start: it has no UEFI boot loader" \
        "  warning   BIOS only" &&
        says invaders.iso "    invaders: /boot/invaders.exec" "(x64 and ia32)" && lacks out warning &&
        says memtest-x64.iso "virtual CD (1.44 MB floppy)" && lacks out warning &&
        says hard-disk.iso "virtual CD (hard disk)" &&
        says floppy.img "floppy image, 1.4 MiB" "virtual floppy" &&
        says debian-disk.img "disk image (GPT)" "virtual disk" "does not start: it has no BIOS" &&
        says hello.efi "EFI program" "starts it on x64 machines" "EFI programs need UEFI"
}

broken() {
    says=1
    says truncated.iso "  warning   cut off: the file has 128 KiB, its volume says" \
        "does not start: the file is cut off" &&
        says bad-catalog.iso "  warning   damaged" "does not start: the file is damaged" &&
        v 1 inspect -q "$images/truncated.iso" "$images/tiny.iso" "$images/bad-catalog.iso" && [ ! -s out ] &&
        has err "truncated.iso: cut off" && lacks err tiny.iso && has err "bad-catalog.iso: damaged" &&
        v 1 inspect --json -q "$images/truncated.iso" && [ ! -s err ]
    rc=$? says=''
    return $rc
}

not_images() {
    echo text >text && : >empty && mkfifo fifo && gzip -c "$images/bios-only.iso" >x.iso.gz &&
        v 1 inspect text && has out "neither a CD image" && v 1 inspect empty && has out "the file is empty" && v 1 inspect x.iso.gz &&
        has out "it is compressed: unpack it first (gunzip)" && v 1 inspect . && has err "it is a folder" &&
        v 1 inspect missing && has err "cannot open missing: No such file" && v 1 inspect fifo &&
        has err "fifo is not an image file" && v 1 inspect /dev/null
}

several() {
    v 1 inspect "$images/bios-only.iso" missing "$images/invaders.iso" && has out "bios-only.iso: CD" &&
        has out "invaders.iso: CD" && has err "cannot open missing" &&
        v 1 inspect --json missing "$images/bios-only.iso" &&
        same "$(json out "len(j['images']), 'error' in j['images'][0], j['images'][1]['label']")" \
            "(2, True, 'BIOSONLY')" && v 0 inspect -q "$images/bios-only.iso" && [ ! -s out ] && [ ! -s err ]
}

command_word() {
    v 2 inspect && has err "a FILE is needed" && v 2 inspect -g x && v 2 inspect -y x &&
        v 2 inspect --size 1G x && v 0 --json inspect "$images/tiny.iso" && v 1 -l inspect &&
        v 0 --help && has out "ventoc inspect [options] FILE..."
}

# A family with a layer, microcode in front, a missing initrd, a hidden configuration, odd names.
made() {
    mkdir -p t/live t/boot/grub t/hidden && printf 'escape\033[31m' | head -c 10 >t/name &&
        cp "$images/linux" t/live/vmlinuz && gzip -c t/name >t/live/initrd.img && cp t/live/initrd.img t/hidden/initrd &&
        printf 'menuentry "a\033[31mb" {\nlinux /live/vmlinuz boot=live\ninitrd /live/initrd.img\n}\n' \
            >t/boot/grub/grub.cfg &&
        printf 'menuentry c {\nlinux /live/vmlinuz\ninitrd /live/none.img\n}\n' >t/boot/grub/loopback.cfg &&
        xorriso -as mkisofs -quiet -R -V 'Live' -o "$images/made.iso" t 2>/dev/null &&
        says made.iso "  family    live-boot" "    a?[31mb: /live/vmlinuz (64 bit) + /live/initrd.img" \
            "  warning   /live/none.img is started as an initrd, but it is not there" \
            "  initrd    /hidden/initrd (gzip, " "found by its name" "  warning   not bootable" &&
        in_json made.iso "j['persistence_label']" persistence "[r['config'] for r in j['initrds']]" \
            "['/boot/grub/grub.cfg', None]"
}

# What ordinary users may read they may ask about; the file stays as it is.
unprivileged() {
    chmod 755 "$work" "$images" && chmod 444 "$images/tiny.iso" && keep "$images/tiny.iso" &&
        setpriv --reuid=65534 --regid=65534 --clear-groups "$VTC_TEST_PLAIN" inspect "$images/tiny.iso" >out 2>err &&
        has out TINY && kept "$images/tiny.iso"
}

never_writes() {
    strace -f -e trace=open,openat,creat,write,pwrite64,ftruncate,unlink,unlinkat -o trace "$VTC_TEST_PLAIN" inspect \
        "$images/tiny.iso" >/dev/null && grep -q 'tiny.iso.*O_RDONLY' trace &&
        ! grep -v '"/dev/null"' trace | grep -E 'O_WRONLY|O_RDWR|O_CREAT|pwrite|ftruncate|unlink|creat\('
}

small() {
    # all of the address space, libraries too
    prlimit --as=67108864 "$VTC_TEST_PLAIN" inspect "$images/debian-mini.iso" >out 2>err && has out "/initrd.gz"
}

"$here/../../scripts/test-images" "$images" tiny.iso >/dev/null
kernel=/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64/linux
head -c 65536 "$kernel" >"$images/linux"
check "the Debian mini ISO, in text" mini_text
check "the Debian mini ISO, in JSON" mini_json
check "other images" others
check "cut off and damaged images" broken
check "what is no image" not_images
check "several files" several
check "the command word and its options" command_word
check "a live system: family, missing and hidden initrds, control characters" made
check_if "$(is_root || echo 'changing the user needs root')" "an ordinary user may" unprivileged
check_if "$(command -v strace >/dev/null || echo 'strace is not installed')" "nothing is opened for writing" never_writes
check "less than 64 MiB of memory" small
