# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# What needs to be agreed to: fixed disks, the serial number, members of sets of disks.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"
# shellcheck source=tests/cli/sysfs.sh
. "$VTC_TEST_HERE/sysfs.sh"

know=--i-know-this-is-not-removable
new_image f.img 300M
keep f.img

# ask CODE ANSWER ARGUMENT...: on a terminal, in the other /sys; what it shows is in "shown".
# shellcheck disable=SC2016  # for the other shell
ask() {
    want=$1 answer=$2
    shift 2
    timeout 60 python3 "$here/terminal.py" "$answer" "$(command -v unshare)" -m sh -c \
        'mount --bind sys /sys && exec "$@"' sh "$V" "$@" >shown
    same $? "$want"
}

fixed_disk() {
    becomes "$sata_disk" device/model="Samsung SSD 870" && printf '\000\200\000\010S5Y1234X' >"$tree/device/vpd_pg80"
}

needs_option() {
    fixed_disk && for options in "" "-y" "-n" "-y --serial S5Y1234X"; do
        # shellcheck disable=SC2086
        s 3 -i $options --payload "$P1" "$loop" &&
            has err "$loop: this is a fixed disk (Samsung SSD 870, sata), not a removable one" && has err "$know" || return 1
    done && s 3 -I -y --payload "$P1" "$loop" && kept f.img && s 0 -i -n -q $know --payload "$P1" "$loop" && kept f.img
}

typed_serial() {
    fixed_disk && for answer in yes "" S5Y1234 s5y1234x "^D"; do
        ask 5 "$answer" -i $know --payload "$P1" "$loop" && has shown "This is a fixed disk" &&
            has shown "serial     S5Y1234X" && has shown "Type its serial number to go on" && has shown "nothing was written" &&
            kept f.img || return 1
    done && ask 6 "^C" -i $know --payload "$P1" "$loop" && kept f.img &&
        ask 0 S5Y1234X -i $know --payload "$P1" "$loop" && has shown installed && v 0 -l "$loop"
}

# -y does not answer for it.
serial_option() {
    fixed_disk && keep f.img && s 3 -I -y $know --payload "$P1" "$loop" && has err "fixed disk: -y is not enough" &&
        has err "--serial SERIAL" && s 3 -I -y $know --serial S5Y1234Y --payload "$P1" "$loop" &&
        has err "its serial number is S5Y1234X, not S5Y1234Y" && has err "lsblk" && kept f.img &&
        s 3 -I $know --serial S5Y1234X --payload "$P1" "$loop" && has err "no terminal" && has err "-y (--yes) and --serial" && kept f.img &&
        s 0 -I -y -q $know --serial S5Y1234X --payload "$P1" "$loop"
}

no_serial() {
    becomes "$sata_disk" && keep f.img && s 3 -I -y $know --payload "$P1" "$loop" && has err "give its size: --serial BYTES" &&
        s 3 -I -y $know --serial 300M --payload "$P1" "$loop" && has err "its size in bytes (it has no serial number) is 314572800, not 300M" &&
        ask 5 yes -I $know --payload "$P1" "$loop" && has shown "(314572800 bytes)" && has shown "Type its size in bytes" && kept f.img &&
        ask 0 314572800 -I $know --payload "$P1" "$loop" && s 0 -I -y -q $know --serial 314572800 --payload "$P1" "$loop"
}

# A stick that was made of a fixed disk loses nothing by an upgrade.
upgrade() {
    fixed_disk && s 0 -u -y -q --payload "$P2" "$loop" && v 0 -l "$loop" && has out "version 2.0" &&
        s 0 -l "$loop" && has out "disk      Samsung SSD 870" && has out "serial    S5Y1234X" && s 0 -l --json "$loop" &&
        same "$(json out '[j["sticks"][0][k] for k in ("model", "serial", "vendor")]')" "['Samsung SSD 870', 'S5Y1234X', None]" &&
        same "$(json out '"by_id" in j["sticks"][0]')" True
}

which_are_fixed() {
    mmc=pci0000:00/mmc_host/mmc0/mmc0:1/block/mmcblk0
    for disk in "$sata_disk" pci0000:00/nvme/nvme0/nvme0n1 pci0000:00/virtio1/block/vdx "$mmc device/type=MMC" \
        pci0000:00/host2/target2:0:0/2:0:0:0/block/sdx; do
        # shellcheck disable=SC2086
        becomes $disk && s 3 -I -n -q --payload "$P1" "$loop" && has err "this is a fixed disk" || return 1
    done
    for disk in "$usb_disk" "$usb_disk removable=1" "$mmc device/type=SD" "$sata_disk removable=1"; do
        # shellcheck disable=SC2086
        becomes $disk && s 0 -I -n -q --payload "$P1" "$loop" || return 1
    done
}

# --serial names the stick that is meant, also where it need not.
serial_of_a_stick() {
    becomes "$usb_disk" device/serial=4C53 && keep f.img && s 3 -I -y --serial 4C54 --payload "$P1" "$loop" &&
        has err "its serial number is 4C53, not 4C54" && kept f.img && s 0 -I -y -q --serial 4C53 --payload "$P1" "$loop"
}

# member KIND WORDS: on the disk, and in a partition; closed, so that only its signature tells.
member() {
    for place in disk part; do
        new_image w.img 300M
        if [ $place = disk ]; then
            python3 "$here/make-signature.py" "$1" w.img 0 $((300 * MIB)) && where="w.img: it"
        else
            printf 'start=2048,size=400000\n' | sfdisk -q --no-reread w.img &&
                python3 "$here/make-signature.py" "$1" w.img $MIB $((400000 * 512)) && where="w.img: partition 1"
        fi && keep w.img || return 1
        for command in "-i -y" "-I -y" "-i -n" "-i"; do
            # shellcheck disable=SC2086
            v 3 $command --payload "$P1" w.img && has err "$where is $2" && has err "--wipe-members" && kept w.img || return 1
        done
        v 0 -i -y -q --wipe-members --payload "$P1" w.img || return 1
    done
}

# An encrypted volume of its own is the user's to erase: the question names it.
closed_luks() {
    new_image w.img 300M && python3 "$here/make-signature.py" luks2 w.img 0 $((300 * MIB)) &&
        timeout 60 python3 "$here/terminal.py" no "$V" -i --payload "$P1" w.img >shown
    [ $? -eq 5 ] && has shown "crypto_LUKS (an encrypted volume (LUKS))" && v 0 -i -y -q --payload "$P1" w.img
}

link_is_shown() {
    ln -sfn w.img link && timeout 60 python3 "$here/terminal.py" no "$V" -I --payload "$P1" link >shown
    [ $? -eq 5 ] && has shown "$work/w.img" && has shown "given as   link"
}

[ -n "$no_loop$no_mount" ] || attach f.img || exit 1
may="$no_loop$no_mount"
check_if "$may" "refused: a fixed disk without the option" needs_option
check_if "$may" "refused: a fixed disk without its serial number typed" typed_serial
check_if "$may" "refused: a fixed disk with -y, without --serial or with another" serial_option
check_if "$may" "refused: a fixed disk without a serial number, but for its size" no_serial
check_if "$may" "an upgrade of a fixed disk needs no more than the question" upgrade
check_if "$may" "which disks are fixed" which_are_fixed
check_if "$may" "refused: a stick of another serial number" serial_of_a_stick
check "refused: a physical volume of LVM" member lvm2 "a physical volume of LVM"
check "refused: a member of a RAID array" member md1.2 "a member of a RAID array"
check "refused: a member of a ZFS pool" member zfs "a member of a ZFS pool"
check "refused: a bcache device" member bcache "a bcache device"
check "a closed LUKS volume is named" closed_luks
check "the link that was given is shown" link_is_shown
[ -n "$no_loop$no_mount" ] || detach
