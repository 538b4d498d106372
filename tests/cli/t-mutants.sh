# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# ventoc inspect on damaged copies of real images: it never crashes, hangs or uses more than 64 MiB.
# VTC_TEST_MUTANTS: how many copies of each image (default 60).
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

# With those of the boot tests, which are made once.
images=$(dirname "$VTC_TEST_PLAIN")/images
wanted="ipxe.iso debian-mini.iso memtest-x64.iso isolinux.iso invaders.iso hard-disk.iso debian-disk.img floppy.img"
# shellcheck disable=SC2086  # words on purpose
"$here/../../scripts/test-images" "$images" $wanted >/dev/null 2>images.log || {
    sed 's/^/# /' images.log
    echo "not ok - the test images can be made"
    exit 1
}

mutants() {
    python3 "$here/mutants.py" --count "${VTC_TEST_MUTANTS:-60}" "$1" "$VTC_TEST_PLAIN" "$V"
}

# A live system's tree with Rock Ridge and Joliet, and one with UDF beside ISO 9660.
made() {
    mkdir -p t/live t/boot/grub t/isolinux && head -c 65536 "$images/debian-mini.iso" >t/live/vmlinuz &&
        echo init >t/init && (cd t && echo init | cpio -o -H newc --quiet | gzip -9n) >t/live/initrd.img &&
        printf 'menuentry a {\nlinux /live/vmlinuz boot=live\ninitrd /live/initrd.img\n}\n' >t/boot/grub/grub.cfg &&
        printf 'label a\nkernel /live/vmlinuz\nappend initrd=/live/initrd.img\n' >t/isolinux/isolinux.cfg &&
        xorriso -as mkisofs -quiet -r -J -V LIVE -o live.iso t 2>/dev/null &&
        genisoimage -quiet -udf -J -r -V UDF -o udf.iso t 2>/dev/null
}

no_strace=$(command -v strace >/dev/null || echo 'strace is not installed')
check "a live ISO and one with UDF can be made" made
check_if "$no_strace" "damaged copies of a live ISO" mutants live.iso
check_if "$no_strace" "damaged copies of an ISO with UDF" mutants udf.iso
# The live system takes minutes to make: it is used where it is there.
[ ! -s "$images/live.iso" ] || wanted="$wanted live.iso"
for image in $wanted; do
    check_if "$no_strace" "damaged copies of $image" mutants "$images/$image"
done
