# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2154,SC2034  # variables are lib.sh's, and for the scripts
# For t-key.sh, t-secure-boot.sh and t-secure-repair.sh: keys, and payloads that hold EFI programs.

export XDG_CONFIG_HOME="$work/config"
unset SUDO_UID PKEXEC_UID
keys=$XDG_CONFIG_HOME/ventoc
no_sbsign=$(command -v sbsign sbverify hash-to-efi-sig-list >/dev/null || echo "sbsigntool or efitools is not installed")
no_shim=$([ -e /usr/lib/shim/shimx64.efi.signed ] || echo "shim-signed is not installed")

# dated START END OUT_KEY OUT_CERT: a key with a certificate of these dates (20200101000000Z).
dated() {
    rm -rf ca && mkdir ca && : >ca/index.txt && echo 01 >ca/serial && {
        echo '[ca]' && echo 'default_ca = d' && echo '[d]' && echo 'database = ca/index.txt' && echo 'serial = ca/serial' &&
            echo 'new_certs_dir = ca' && echo 'default_md = sha256' && echo 'policy = p' && echo '[p]' && echo 'commonName = supplied'
    } >ca/conf && openssl req -new -newkey rsa:2048 -nodes -keyout "$3" -subj "/CN=dated" -out ca/request 2>/dev/null &&
        openssl ca -batch -selfsign -config ca/conf -keyfile "$3" -in ca/request -startdate "$1" -enddate "$2" -notext -out "$4" 2>ca/said &&
        chmod 600 "$3"
}

# tools DIR NAME...: a directory for PATH with what -s needs, but not NAME.
tools() {
    tools_dir=$1
    shift
    rm -rf "$tools_dir" && mkdir "$tools_dir" || return 1
    for tool in openssl sbsign sbverify mcopy mmd mtools; do
        case " $* " in
        *" $tool "*) ;;
        *) ln -s "$(command -v $tool)" "$tools_dir/" || return 1 ;;
        esac
    done
}

# secure_payload DIR VERSION [ia32]: a fixture whose BOOTX64.EFI is a GRUB, and the real shim. With ia32 a
# 64-bit GRUB and the same shim again stand for those of 32-bit UEFI. GRUB's generation is $generation, none
# when that is empty.
generation=9999
secure_payload() {
    rm -rf boot images && mkdir boot images && echo "echo $2" >boot.cfg &&
        printf 'sbat,1,SBAT Version,sbat,1,-\ngrub,%s,fixture,grub,2.06,-\n' "$generation" >sbat.csv &&
        grub-mkimage -O x86_64-efi -p / -c boot.cfg ${generation:+--sbat sbat.csv} -o boot/BOOTX64.EFI normal echo &&
        cp /usr/lib/shim/shimx64.efi.signed images/shimx64.efi && echo "fixture of MokManager" >images/mmx64.efi &&
        cp boot/BOOTX64.EFI boot/BOOTIA32.EFI || return 1
    [ -z "${3:-}" ] || { cp images/shimx64.efi images/shimia32.efi && cp images/mmx64.efi images/mmia32.efi; } || return 1
    VTC_FIXTURE_BOOT=boot VTC_FIXTURE_IMAGES=images "$here/make-fixture-payload" "$1" "$2" && cp boot/BOOTX64.EFI "$1.efi"
}

# slot_of IMAGE: the live slot of a stick that is neither converted nor kept, in the file "slot".
slot_of() {
    at=1
    [ "$("$V" -l --json "$1" | json /dev/stdin 'j["sticks"][0]["live_slot"]')" = A ] || at=32
    rm -f slot && dd if="$1" of=slot bs="$MIB" skip=$at count=31 conv=sparse status=none && truncate -s 31M slot &&
        { fsck.fat -n slot >fsck.said || { cat fsck.said && return 1; }; }
}

# take NAME: a file of "slot" in the file "taken".
take() {
    rm -f taken && mcopy -n -i slot "::$1" taken
}

# signed_stick IMAGE CERT: it starts shim, the certificate is this one, and GRUB is signed with it.
signed_stick() {
    slot_of "$1" && take EFI/BOOT/BOOTX64.EFI && cmp taken /usr/lib/shim/shimx64.efi.signed && take EFI/BOOT/mmx64.efi &&
        take ENROLL_THIS_KEY_ventoc.cer && openssl x509 -in "$2" -outform DER -out want.der && cmp taken want.der &&
        take EFI/BOOT/grubx64.efi || return 1
    sbverify --cert "$2" taken >verified 2>&1 || { cat verified && return 1; }
    same "$(mlabel -s -i slot :: | tr -d ' ')" "VolumelabelisVENTOC"
}

# unsigned_stick IMAGE: it has nothing to do with Secure Boot.
unsigned_stick() {
    slot_of "$1" && mdir -b -/ -i slot :: >names && lacks names grubx64 && lacks names ENROLL && lacks names mmx64
}
