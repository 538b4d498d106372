# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317,SC2154  # functions are called by check; work and here are lib.sh's
# ventoc repair of a stick for Secure Boot: from the other slot, or signed with its own key.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"
# shellcheck source=tests/cli/keys.sh
. "$VTC_TEST_HERE/keys.sh"
why=$no_sbsign$no_shim

# begin OPTION...: a stick with 1.0 in slot A and 2.0 in B, of which A is not signed with --secure-boot=off.
begin() {
    secure_payload S1 1.0 && secure_payload S2 2.0 && rm -rf "$XDG_CONFIG_HOME" && v 0 key create && cp -r "$keys" own &&
        v 0 -i -q -s --size 300M --payload S1 s.img && v 0 -u -q -y --payload S2 s.img && keep s.img
}

again() {
    rm -f s.img && cp --sparse=always s.img.kept s.img && rm -rf "$keys" && cp -r own "$keys"
}

# spoil SLOT NAME: a byte of a file in a slot, 0 or 1.
spoil() {
    python3 - s.img "$1" "$2" <<'PY'
import subprocess, sys
image, slot, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
off = (32 if slot else 1) << 20
clusters = subprocess.run(["mshowfat", "-i", "%s@@%d" % (image, off), "::" + name], check=True, capture_output=True, text=True)
first = int(clusters.stdout.split("<")[1].split("-")[0].rstrip(">\n "))
with open(image, "r+b") as f:
    f.seek(off)
    boot = f.read(512)
    word = lambda at: int.from_bytes(boot[at:at + 2], "little")
    data = (word(14) + boot[16] * word(22)) * word(11) + word(17) * 32
    f.seek(off + data + (first - 2) * boot[13] * word(11) + 10)
    byte = f.read(1)
    f.seek(-1, 1)
    f.write(bytes([byte[0] ^ 255]))
PY
}

from_the_other() {
    again && spoil 1 EFI/BOOT/grubx64.efi && rm -rf "$keys" && v 1 check --quick s.img && has out "slot B, live: damaged" &&
        v 0 repair -y --payload S2 s.img && v 0 check s.img && has out "0 warnings" && signed_stick s.img own/owner.pem &&
        v 0 -l s.img && has out "slot A    1.0, live" && has out "slot B    1.0"
}

both() {
    again && spoil 1 EFI/BOOT/grubx64.efi && spoil 0 EFI/BOOT/mmx64.efi
}

with_the_key() {
    both && v 0 repair -y --payload S2 s.img && v 0 check s.img && has out "0 warnings" && signed_stick s.img own/owner.pem &&
        v 0 -l s.img && has out "slot A    2.0" && has out "slot B    2.0"
}

without_the_key() {
    both && rm -rf "$keys" && cp --sparse=always s.img before.img && v 1 repair -y --payload S2 s.img && has err "which is not on this machine" &&
        has err "ventoc key import" && cmp s.img before.img && v 0 key create && v 1 repair -y --payload S2 s.img && has err "signed by another key" &&
        cmp s.img before.img && v 0 repair -y --key-folder own --payload S2 s.img && signed_stick s.img own/owner.pem
}

# Nothing but the signature was lost: what the other slot has of it serves.
signature_serves() {
    again && v 0 -u -y -q --force --payload S2 s.img && spoil 1 EFI/BOOT/mmx64.efi && spoil 0 ventoc/manifest && rm -rf "$keys" &&
        v 0 repair -y --payload S2 s.img && signed_stick s.img own/owner.pem && v 0 check s.img && has out "0 warnings"
}

passphrase() {
    rm -rf "$keys" && echo right >pass && echo wrong >wrong && chmod 600 pass wrong && v 0 key create --passphrase-file pass && rm -f s.img &&
        v 0 -i -q -s --size 300M --payload S1 --passphrase-file pass s.img && spoil 0 EFI/BOOT/grubx64.efi && cp --sparse=always s.img before.img &&
        v 1 repair -y --passphrase-file wrong --payload S1 s.img && has err "the passphrase is wrong" && cmp s.img before.img || return 1
    VTC_TERMINAL_PROMPT='Passphrase of [^:]*: ' timeout 60 python3 "$here/terminal.py" '^C' "$V" repair -y --payload S1 s.img >shown
    same "$?" 6 && cmp s.img before.img && v 0 repair -y --passphrase-file pass --payload S1 s.img && signed_stick s.img "$keys/owner.pem"
}

if [ -n "$why" ]; then
    skip "repair of a stick for Secure Boot" "$why"
    exit
fi
check "a stick with two signed slots" begin
check "one slot is damaged: the other one, no key needed" from_the_other
check "both are damaged: signed anew with the key" with_the_key
check "both are damaged, the key is not here or another: refused, nothing is written" without_the_key
check "both are damaged, one still has the signature: no key needed" signature_serves
check "a key with a passphrase: wrong, Ctrl-C, right" passphrase
