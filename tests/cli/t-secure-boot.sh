# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317,SC2154  # functions are called by check; work and here are lib.sh's
# -s at install and upgrade: what lies in the slots, which key, and that a stick is as it was after an error.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"
# shellcheck source=tests/cli/keys.sh
. "$VTC_TEST_HERE/keys.sh"
why=$no_sbsign$no_shim

# install OPTION...: a new s.img.
install() {
    rm -f s.img && v 0 -i --size 300M --payload S1 "$@" s.img
}

# use one, two, none: which key is there.
use() {
    rm -rf "$keys" && { [ "$1" = none ] || cp -r "keys-$1" "$keys"; }
}

# unchanged CODE WORDS ARGUMENT...: fails so, and s.img is as it was.
unchanged() {
    words=$2 unchanged_code=$1
    shift 2
    keep s.img && v "$unchanged_code" "$@" && has err "$words" && kept s.img
}

setup() {
    secure_payload S1 1.0 && secure_payload S2 2.0 && secure_payload S32 1.0 ia32 && for k in one two; do
        rm -rf "$XDG_CONFIG_HOME" && v 0 key create && rm -rf "keys-$k" && cp -r "$keys" "keys-$k" || return 1
    done && ! cmp -s keys-one/owner.key keys-two/owner.key && use one
}

installs() {
    install -s && signed_stick s.img keys-one/owner.pem && take EFI/BOOT/grubx64.efi && sbattach --remove taken 2>/dev/null &&
        has out "Secure Boot: signed by \"ventoc key of" && has out "5. Choose Reboot" && has out ENROLL_THIS_KEY_ventoc.cer && has out "32-bit UEFI has no shim" &&
        take EFI/BOOT/BOOTIA32.EFI && cmp taken S1.efi && v 0 check s.img && has out "signed by the key \"ventoc key of" &&
        has out "shim is signed by Microsoft" && has out "0 warnings" && v 0 -l s.img && has out "secure    key \"ventoc key of" &&
        has out "until 20" && has out "SBAT level 20" && v 0 -l --json s.img &&
        same "$(json out '(lambda s: (s["mode"], s["key"][:10], len(s["sha256"]), bool(s["shim_signers"])))(j["sticks"][0]["secure_boot"])')" "('key', 'ventoc key', 64, True)" &&
        v 1 -i --size 300M --payload S1 --key-folder none -s t.img && [ ! -e t.img ]
}

# The manifest in the slot is of what is there, and no private key got onto the stick.
only_what_belongs() {
    take ventoc/manifest && cp taken list && grep -c '^file' list >count && grep '^file' list | while read -r _ name size sum; do
        take "$name" && same "$(stat -c %s taken)" "$size" && same "$(sha256sum <taken | cut -d' ' -f1)" "$sum" || exit 1
    done && same "$(mdir -b -/ -a -i slot :: | grep -vc '/$')" "$(($(cat count) + 1))" && ! grep -aq 'PRIVATE KEY' s.img &&
        sed -n '2,$p' "$keys/owner.key" | head -n 3 | while read -r line; do ! grep -aqF "$line" s.img || exit 1; done
}

without() {
    install && unsigned_stick s.img && lacks out "Secure Boot" && v 0 -l s.img && has out "secure    off" && v 0 check s.img && has out "off: it boots where" &&
        zcat S1/slot512.img.gz >want && cmp -n "$(stat -c %s want)" want slot
}

json_and_dry_run() {
    rm -f s.img && v 0 -i -n -s --json --size 300M --payload S1 s.img && [ ! -e s.img ] &&
        same "$(json out '(lambda s: (s["mode"], s["enroll"], len(s["steps"]), s["ia32"]))(j["secure_boot"])')" "('key', True, 5, False)" &&
        install && keep s.img && v 0 -u -n -s --payload S1 s.img && has out "boot files, slot B" && has out "Secure Boot: signed by" && kept s.img &&
        v 0 -u -n --json --payload S2 s.img && same "$(json out 'j["secure_boot"]')" "{'mode': 'off'}" && kept s.img
}

# The same files give the same bytes, whatever was signed when.
same_again() {
    install -s -q && slot_of s.img && cp slot first && keep s.img && sleep 1 && v 0 -u -y --payload S1 s.img && has out "already up to date" && kept s.img &&
        v 0 -u -y -s --payload S1 s.img && has out "already up to date" && kept s.img &&
        use none && v 0 -u -y --payload S1 s.img && has out "already up to date" && kept s.img && use one
}

same_key() {
    install -s -q && v 0 -u -y --payload S2 s.img && has out "machines that know this key need nothing new" && lacks out "five steps" &&
        signed_stick s.img keys-one/owner.pem && v 0 -l s.img && has out "slot B    2.0, live" && v 0 check --quick s.img && has out "0 warnings" &&
        # The idle slot's signature serves again.
        dd if=s.img of=a bs=$MIB skip=1 count=31 status=none && v 0 -u -y --force --payload S1 --json s.img &&
        same "$(json out 'j["slot"], j["secure_boot"]["enroll"], j["plan_bytes"]')" "('A', False, 512)" && slot_of s.img && cmp slot a
}

# Packages of shim and GRUB that do not go together: check says so.
revoked() {
    generation=1 && secure_payload SO 1.0 && generation='' && secure_payload SN 1.0 && generation=9999 || return 1
    rm -f s.img && v 0 -i --size 300M --payload SO -s s.img && v 1 check s.img && has out "1 error," &&
        has out "refuses the GRUB beside it, whoever signed it: its component \"grub\" is of generation 1, and" && has out "ventoc -u $work/s.img" &&
        rm -f s.img && v 0 -i --size 300M --payload SN --secure-boot=hash s.img && v 1 check s.img && has out "it has no SBAT generations" &&
        v 0 -u -y --payload S2 s.img && v 0 check s.img && has out "0 warnings"
}

other_key() {
    install -s -q && use two && unchanged 3 "is signed by another key" -u -y --payload S2 s.img && has err "--other-key" && has err "key import" &&
        unchanged 3 "is signed by another key" -u -y -s --payload S2 s.img && unchanged 3 "is signed by another key" -u -y -s --payload S1 s.img &&
        v 0 -u -y --other-key --payload S2 s.img && has out "five steps" && signed_stick s.img keys-two/owner.pem && use one &&
        v 0 -u -y --key-folder keys-two --payload S1 --force s.img && signed_stick s.img keys-two/owner.pem
}

no_key() {
    use one && install -s -q && use none && unchanged 3 "which is not on this machine" -u -y --payload S2 s.img && has err "--secure-boot=hash" &&
        unchanged 3 "which is not on this machine" -u -y -s --payload S2 s.img && unchanged 1 "there is no owner key" -u -y --other-key --payload S2 s.img &&
        has err "ventoc key create" && v 0 -u -y --secure-boot=off --payload S2 s.img && has out "Secure Boot: off" && unsigned_stick s.img &&
        unchanged 1 "there is no owner key" -u -y -s --payload S1 --force s.img && use one
}

# The hash is the one that efitools computes of the file on the stick.
by_hash() {
    use none && install --secure-boot=hash && has out "Enroll hash from disk" && slot_of s.img && mdir -b -/ -i slot :: >names && lacks names ENROLL &&
        take EFI/BOOT/grubx64.efi && cmp taken S1.efi && hash-to-efi-sig-list taken list.esl >hashed &&
        said=$(sed -n 's/^HASH IS //p' hashed) && [ "${#said}" = 64 ] && has out "$said" && v 0 -l s.img && has out "secure    hash $said" &&
        v 0 check s.img && has out "$said" && v 0 -u -y --payload S1 s.img && has out "already up to date" &&
        v 0 -u -y --payload S2 s.img && has out "five steps" && lacks out "$said" && slot_of s.img && take EFI/BOOT/grubx64.efi && cmp taken S2.efi &&
        use one && v 0 -u -y -s --payload S2 s.img && has out "five steps" && signed_stick s.img keys-one/owner.pem &&
        v 0 -u -y --secure-boot=hash --payload S2 s.img && slot_of s.img && take EFI/BOOT/grubx64.efi && cmp taken S2.efi
}

going_back() {
    install -q && v 0 -u -y -s --payload S2 s.img && v 0 -u -y --rollback s.img && has out "Secure Boot: off, as that version was" && unsigned_stick s.img &&
        v 0 -u -y --rollback --json s.img && same "$(json out 'j["secure_boot"]')" "{'mode': 'key'}" && signed_stick s.img keys-one/owner.pem
}

elsewhere() {
    install -s -q -g && signed_stick s.img keys-one/owner.pem && v 0 -u -y -q --payload S2 s.img && signed_stick s.img keys-one/owner.pem && v 0 check s.img || return 1
    install -s -q --sector-size 4096 && signed_stick s.img keys-one/owner.pem && v 0 -u -y -q --payload S2 s.img &&
        signed_stick s.img keys-one/owner.pem && v 0 -l s.img && has out "sectors of 4096" && v 0 check s.img && has out "0 warnings"
}

with_ia32() {
    rm -f s.img && v 0 -i -s --size 300M --payload S32 s.img && lacks out "32-bit UEFI has no shim" && signed_stick s.img keys-one/owner.pem &&
        take EFI/BOOT/grubia32.efi && sbverify --cert keys-one/owner.pem taken >/dev/null && take EFI/BOOT/mmia32.efi && take EFI/BOOT/BOOTIA32.EFI &&
        cmp taken /usr/lib/shim/shimx64.efi.signed && v 0 -u -y --payload S32 s.img && has out "already up to date"
}

# Slots of 15.5 MiB: the place of Ventoy's boot partition.
converted() {
    "$here/make-ventoy-layout-fixture" s.img 400 && v 0 -u -y -s --payload S1 s.img && has out "five steps" && second_slot && v 0 -u -y --payload S2 s.img &&
        lacks out "five steps" && second_slot && v 0 check s.img && has out "0 warnings"
}

second_slot() {
    start=$(sfdisk -J s.img 2>/dev/null | json /dev/stdin 'j["partitiontable"]["partitions"][1]["start"]') && dd if=s.img of=slot bs=512 skip="$start" count=31744 status=none &&
        fsck.fat -n slot >fsck.said && take EFI/BOOT/grubx64.efi && sbverify --cert keys-one/owner.pem taken >/dev/null && take ENROLL_THIS_KEY_ventoc.cer
}

# One more that does not fit into them.
too_large() {
    rm -rf boot images && mkdir boot images && cp S1.efi boot/BOOTX64.EFI && cp /usr/lib/shim/shimx64.efi.signed images/shimx64.efi &&
        head -c 3900000 /dev/zero >images/mmx64.efi && VTC_FIXTURE_BOOT=boot VTC_FIXTURE_IMAGES=images "$here/make-fixture-payload" SL 1.0 120000 12000000 &&
        "$here/make-ventoy-layout-fixture" s.img 400 && unchanged 7 "more than a boot slot of this stick has" -u -y -s --payload SL s.img && v 0 -u -y -q --payload SL s.img
}

kept_files() {
    rm -f s.img part && truncate -s 400M s.img && echo 'start=2048,size=600000,type=7' | sfdisk -q s.img && truncate -s $((600000 * 512)) part &&
        mkfs.exfat part >/dev/null && dd if=part of=s.img bs=$MIB seek=1 conv=notrunc,sparse status=none && keep s.img && use none &&
        v 1 -i --keep -y -s --payload S1 s.img && has err "there is no owner key" && kept s.img && use one &&
        v 0 -i --keep -y -s --payload S1 s.img && has out "five steps" && second_slot
}

# Each of these is one of the ways in which a key cannot be used; then nothing is written.
errors() {
    install -q && use none && unchanged 1 "there is no owner key" -u -y -s --payload S2 s.img && use one &&
        chmod 644 "$keys/owner.key" && unchanged 3 "others can read (mode 644)" -u -y -s --payload S2 s.img && chmod 600 "$keys/owner.key" &&
        mv "$keys/owner.key" real && ln -s "$work/real" "$keys/owner.key" && unchanged 3 "symbolic link" -u -y -s --payload S2 s.img && use one &&
        cp keys-two/owner.pem "$keys/owner.pem" && unchanged 3 "does not belong to the certificate" -u -y -s --payload S2 s.img &&
        dated 20200101000000Z 20210101000000Z "$keys/owner.key" "$keys/owner.pem" && unchanged 3 "has expired: 2021-01-01" -u -y -s --payload S2 s.img &&
        v 0 key show && has out expired && dated 20700101000000Z 20800101000000Z "$keys/owner.key" "$keys/owner.pem" &&
        unchanged 3 "not valid before 2070-01-01" -u -y -s --payload S2 s.img && has err clock && use one &&
        unchanged 7 "built without a shim" -u -y -s --payload "$P2" s.img && has err shim-signed &&
        unchanged 7 "built without a shim" -u -y --secure-boot=hash --payload "$P2" s.img && rm -f x.img &&
        v 7 -i -s --size 300M --payload "$P1" x.img && [ ! -e x.img ]
}

tools_missing() {
    use one && install -q && for pair in sbsign:sbsigntool sbverify:sbsigntool mcopy:mtools mmd:mtools openssl:openssl; do
        tools bin "${pair%:*}" && keep s.img && (PATH=$work/bin && "$V" -u -y -s --payload S2 s.img >out 2>err)
        same "$?" 1 && has err "${pair%:*} is not installed" && has err "Install the package ${pair#*:}" && kept s.img || return 1
    done
}

# typed ANSWER CODE ARGUMENT...
typed() {
    answer=$1 typed_want=$2
    shift 2
    VTC_TERMINAL_PROMPT='Passphrase of [^:]*: ' timeout 60 python3 "$here/terminal.py" "$answer" "$V" "$@" >shown
    same "$?" "$typed_want"
}

passphrases() {
    rm -rf "$keys" && echo right >pass && echo wrong >wrong && chmod 600 pass wrong && v 0 key create --passphrase-file pass && install -q &&
        unchanged 1 "the passphrase is wrong" -u -y -s --passphrase-file wrong --payload S2 s.img && keep s.img &&
        typed wrong 1 -u -y -s --payload S2 s.img && has shown "the passphrase is wrong" && kept s.img &&
        typed '^C' 6 -u -y -s --payload S2 s.img && has shown "Nothing was written" && kept s.img &&
        typed '^C' 6 -i -s --size 300M --payload S2 new.img && [ ! -e new.img ] || return 1
    setsid "$V" -u -y -s --payload S2 s.img >out 2>err </dev/null
    [ $? -eq 1 ] && has err "no terminal to ask for the passphrase" && kept s.img && typed right 0 -u -y -s --payload S2 s.img &&
        ! grep -q right shown && signed_stick s.img "$keys/owner.pem" && v 0 -u -y --passphrase-file pass --force --payload S1 s.img &&
        signed_stick s.img "$keys/owner.pem" && v 0 -u -y --payload S1 s.img && has out "already up to date" && use one
}

# The plain key goes from openssl to sbsign without a name in any file system, and is in no argument.
no_secret_shows() {
    install -q && : >before && strace -f -v -s 4000 -e trace=execve,openat,open,creat -o trace "$VTC_TEST_PLAIN" -u -y -s --payload S2 s.img >out 2>err && grep -q 'sbsign' trace &&
        ! grep execve trace | grep 'PRIVATE KEY' || return 1
    grep -E 'O_(WRONLY|RDWR)' trace | grep -vE '"/dev/(null|tty|urandom|random)|s\.img|ENOENT|"/proc/|/sys/' >other
    [ ! -s other ] || { cat other && return 1; }
}

# check's own words about sticks that are not in order.
checked() {
    install -s -q && use two && v 0 check s.img && use one && dated 20200101000000Z 20210101000000Z old.key old.pem || return 1
    # Another certificate beside GRUB, with the manifest made to fit; and an expired one that did sign.
    for how in "keys-two/owner.pem none error" "old.pem old.key warning" "keys-one/owner.pem plain error"; do
        # shellcheck disable=SC2086
        set -- $how
        install -s -q && slot_of s.img && openssl x509 -in "$1" -outform DER -out new.cer && take EFI/BOOT/grubx64.efi && cp taken grub || return 1
        case $2 in
        none) ;;
        plain) cp S1.efi grub ;;
        *) sbattach --remove grub 2>/dev/null && sbsign --key "$2" --cert "$1" --output grub grub 2>/dev/null || return 1 ;;
        esac
        take ventoc/manifest && sed -e "s/^\(file ENROLL[^ ]*\) .*/\1 $(stat -c %s new.cer) $(sha256sum <new.cer | cut -d' ' -f1)/" \
            -e "s/^\(file [^ ]*grubx64.efi\) .*/\1 $(stat -c %s grub) $(sha256sum <grub | cut -d' ' -f1)/" taken >list &&
            mcopy -o -i slot new.cer ::ENROLL_THIS_KEY_ventoc.cer && mcopy -o -i slot grub ::EFI/BOOT/grubx64.efi && mcopy -o -i slot list ::ventoc/manifest &&
            dd if=slot of=s.img bs=$MIB seek=1 conv=notrunc status=none || return 1
        if [ "$3" = error ]; then
            v 1 check s.img && has out "machines with Secure Boot on refuse it" && has out "ventoc -u -s" && lacks out damaged || return 1
        else
            v 0 check s.img && has out "has expired (2021-01-01). Firmware and shim do not look at dates" && has out "1 warning" || return 1
        fi
    done
}

usage() {
    for args in "-i -s=x s.img" "-i --secure-boot=on s.img" "-i -y -sy s.img" "-l -s s.img" "-u --rollback -s s.img" "-u --rollback --other-key s.img" \
        "-i --other-key s.img" "-u --other-key --secure-boot=off s.img" "-l --key-folder x s.img"; do
        # shellcheck disable=SC2086
        v 2 $args && has err "ventoc --help" || return 1
    done
}

if [ -n "$why" ]; then
    skip "Secure Boot" "$why"
    exit
fi
check "keys and payloads" setup
check "-i -s: shim, MokManager, our signed GRUB, the certificate; check and -l" installs
check "the manifest is of what is there; no private key on the stick" only_what_belongs
check "without -s nothing is different" without
check "--dry-run and --json" json_and_dry_run
check "the same version with the same key writes nothing, also without the key" same_again
check "an upgrade with the same key: nothing to enrol" same_key
check "packages that do not go together" revoked
check "another key: refused, --other-key" other_key
check "no key: refused, --secure-boot=off" no_key
check "by hash, and from hash to key and back" by_hash
check "--rollback says what it brings" going_back
check "GPT; sectors of 4096 bytes" elsewhere
check "32-bit UEFI" with_ia32
check "a Ventoy stick, converted and upgraded: slots of 15.5 MiB" converted
check "what does not fit into them" too_large
check "--keep" kept_files
check "keys that cannot be used: the stick is as it was" errors
check "a tool is missing: the stick is as it was" tools_missing
check "passphrases: wrong, Ctrl-C, no terminal" passphrases
check_if "$(command -v strace >/dev/null || echo 'strace is not installed')" "no secret in arguments, no named file" no_secret_shows
check "check: an expired key, a GRUB that the key has not signed" checked
check "wrong usage" usage
