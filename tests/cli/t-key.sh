# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317,SC2154  # functions are called by check; work and here are lib.sh's
# ventoc key: who may read it, what is refused, and that secrets get nowhere.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"
# shellcheck source=tests/cli/keys.sh
. "$VTC_TEST_HERE/keys.sh"

# typed ANSWERS CODE ARGUMENT...: at a terminal, which must echo again afterwards. Leaves the file shown.
typed() {
    answers=$1 typed_want=$2
    shift 2
    VTC_TERMINAL_PROMPT='(Passphrase[^:]*|The same again): ' timeout 60 python3 "$here/terminal.py" "$answers" "$V" "$@" >shown
    same "$?" "$typed_want" && ! grep -q 'AddressSanitizer\|runtime error:' shown
}

nothing_there() {
    [ ! -e "$keys/owner.key" ] && [ ! -e "$keys/owner.pem" ] && [ -z "$(ls -A "$keys" 2>/dev/null)" ]
}

fresh() {
    rm -rf "$XDG_CONFIG_HOME" ./*.cer
}

creates() {
    fresh && (umask 000 && v 0 key create) && has out "ventoc key of " && has out "not encrypted" &&
        same "$(stat -c %a "$XDG_CONFIG_HOME" "$keys" "$keys/owner.key" "$keys/owner.pem" | tr '\n' ' ')" "700 700 600 644 " &&
        same "$(find "$keys" -type f | sort | tr '\n' ' ')" "$keys/owner.key $keys/owner.pem " || return 1
    fresh && (umask 777 && v 0 key create) && same "$(stat -c %a "$keys/owner.key" "$keys/owner.pem" | tr '\n' ' ')" "600 644 "
}

# What it has to be, by openssl's own account.
certificate() {
    openssl x509 -in "$keys/owner.pem" -noout -text >text && has text "Public-Key: (2048 bit)" && has text "CA:FALSE" &&
        has text "Code Signing" && has text "Digital Signature" && has text sha256WithRSAEncryption && lacks text 2312 &&
        lacks text "CA:TRUE" && openssl x509 -in "$keys/owner.pem" -noout -checkend $((3648 * 86400)) >/dev/null &&
        ! openssl x509 -in "$keys/owner.pem" -noout -checkend $((3651 * 86400)) >/dev/null &&
        same "$(openssl x509 -in "$keys/owner.pem" -noout -subject -nameopt multiline | sed -n 's/.*commonName *= //p')" \
            "ventoc key of $(id -un) at $(hostname | tr -c 'A-Za-z0-9._\n-' _), $(date +%Y-%m-%d)" &&
        same "$(openssl pkey -in "$keys/owner.key" -pubout)" "$(openssl x509 -in "$keys/owner.pem" -noout -pubkey)"
}

shows() {
    v 0 key show --json && same "$(json out 'j["encrypted"], j["validity"], j["rsa_bits"], j["old_key"]')" "(False, 'valid', 2048, None)" &&
        same "$(json out 'j["sha256"]')" "$(openssl x509 -in "$keys/owner.pem" -outform DER | sha256sum | cut -d' ' -f1)" &&
        v 0 key show && has out "$keys/owner.key" && v 0 key show -q && [ ! -s out ] &&
        v 1 key show --key-folder "$work/none" && has err "there is no owner key in $work/none" && has err "ventoc key create" && [ ! -e none ]
}

exports() {
    v 0 key export a.cer && openssl x509 -in "$keys/owner.pem" -outform DER -out want && cmp a.cer want &&
        v 3 key export a.cer && has err "exists already" && cmp a.cer want && v 1 key export none/a.cer && has err "none/a.cer" &&
        v 0 key export --json b.cer && same "$(json out 'j["operation"], j["file"]')" "('key export', 'b.cer')" || return 1
    if "$V" key export /dev/full >out 2>err; then return 1; fi
    [ -c /dev/full ]
}

never_overwrites() {
    cp -r "$keys" kept && v 3 key create && has err "there is a key already: \"ventoc key of" && has err "could not be upgraded any more" &&
        has err "--force" && diff -r kept "$keys" && v 3 key import kept/owner.key kept/owner.pem && diff -r kept "$keys" &&
        v 0 key create --force && has out "The old key \"ventoc key of" && day=$(date +%Y-%m-%d) &&
        cmp kept/owner.key "$keys/owner.key.$day" && cmp kept/owner.pem "$keys/owner.pem.$day" && ! cmp -s kept/owner.key "$keys/owner.key" &&
        same "$(stat -c %a "$keys/owner.key.$day")" 600 && v 0 key create --force --json &&
        same "$(json out 'j["old_key"]')" "owner.key.$day-2" && cmp kept/owner.key "$keys/owner.key.$day" && rm -r kept
}

encrypted() {
    fresh && echo "gute Nacht, Größe" >pass && chmod 644 pass && v 3 key create --passphrase-file pass && has err "chmod 600 pass" && nothing_there &&
        chmod 600 pass && v 0 key create --passphrase-file pass && has out "owner.key (encrypted)" && has "$keys/owner.key" "ENCRYPTED PRIVATE" &&
        openssl pkey -in "$keys/owner.key" -passin file:pass -noout && openssl asn1parse -in "$keys/owner.key" >asn1 && has asn1 aes-256-cbc &&
        has asn1 hmacWithSHA256 && has asn1 ":0927C0" && # 600,000 rounds
        : >empty && chmod 600 empty && v 1 key create --force --passphrase-file empty && has err "first line is empty" &&
        v 1 key create --force --passphrase-file none && has err "none: cannot be opened"
}

at_the_terminal() {
    fresh && typed 'one two|one two' 0 key create --encrypt && ! grep -q 'one two' shown &&
        echo "one two" >pass2 && openssl pkey -in "$keys/owner.key" -passin file:pass2 -noout &&
        fresh && typed 'a|b' 1 key create --encrypt && has shown "not the same" && nothing_there && typed '' 5 key create --encrypt && nothing_there &&
        typed '^C' 6 key create --encrypt && has shown interrupted && nothing_there && typed 'a|^C' 6 key create --encrypt && nothing_there || return 1
    setsid "$V" key create --encrypt >out 2>err </dev/null
    [ $? -eq 1 ] && has err "no terminal" && has err "--passphrase-file" && nothing_there
}

imports() {
    fresh && v 0 key create --passphrase-file pass && cp -r "$keys" old && v 0 key export c.cer && rm -r "$keys" || return 1
    echo wrong >wrong && chmod 600 wrong
    v 1 key import --passphrase-file wrong old/owner.key old/owner.pem && has err "the passphrase is wrong" && nothing_there &&
        typed wrong 1 key import old/owner.key old/owner.pem && has shown "the passphrase is wrong" && nothing_there &&
        typed '^C' 6 key import old/owner.key old/owner.pem && nothing_there &&
        v 0 key import --json --passphrase-file pass old/owner.key c.cer && same "$(json out 'j["encrypted"]')" True &&
        cmp "$keys/owner.key" old/owner.key && same "$(stat -c %a "$keys/owner.key" "$keys/owner.pem" | tr '\n' ' ')" "600 644 " &&
        same "$(openssl x509 -in "$keys/owner.pem" -outform DER | sha256sum)" "$(sha256sum <c.cer)"
}

import_refuses() {
    fresh && dated 20200101000000Z 20210101000000Z old.key old.pem && dated 20700101000000Z 20800101000000Z new.key new.pem &&
        openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ec.key -out ec.pem -subj /CN=ec 2>/dev/null &&
        openssl req -new -x509 -newkey rsa:1024 -nodes -keyout short.key -out short.pem -subj /CN=short 2>/dev/null &&
        openssl req -new -x509 -newkey rsa:2048 -nodes -keyout mod.key -out mod.pem -subj /CN=mod \
            -addext extendedKeyUsage=codeSigning,1.3.6.1.4.1.2312.16.1.2 2>/dev/null &&
        openssl req -new -x509 -key mod.key -out fits.pem -subj /CN=fits || return 1
    v 3 key import old.key old.pem && has err "has expired: 2021-01-01" && v 3 key import new.key new.pem && has err "not valid before 2070-01-01" &&
        v 3 key import ec.key ec.pem && has err "RSA" && v 3 key import short.key short.pem && has err "2048" &&
        v 3 key import mod.key mod.pem && has err "kernel modules only" && v 3 key import old.key new.pem && v 1 key import pass fits.pem &&
        has err "no private key" && v 1 key import old.key pass && has err "no certificate" && v 1 key import none old.pem && has err "none" &&
        v 1 key import . old.pem && nothing_there || return 1
    v 3 key import short.key fits.pem && has err "does not belong to" &&
        nothing_there && v 0 key import mod.key fits.pem
}

# refused CODE WORDS: both by show, and, where it matters, by what signs.
refused() {
    v "$1" key show && has err "$2"
}

permissions() {
    fresh && v 0 key create && chmod 640 "$keys/owner.key" && refused 3 "others can read (mode 640)" && has err "chmod 600" &&
        chmod 606 "$keys/owner.key" && refused 3 "others can read" && chmod 600 "$keys/owner.key" && v 0 key show &&
        chmod 770 "$keys" && refused 3 "others can write to it (mode 770)" && chmod 700 "$keys" &&
        mv "$keys/owner.key" real.key && ln -s "$work/real.key" "$keys/owner.key" && refused 3 "owner.key: is a symbolic link" &&
        rm "$keys/owner.key" && mkfifo "$keys/owner.key" && chmod 600 "$keys/owner.key" && refused 3 "not a plain" && rm "$keys/owner.key" &&
        refused 1 "there is no owner key" && mv real.key "$keys/owner.key" && mv "$keys/owner.pem" real.pem && refused 1 "the certificate of the key" &&
        echo x >"$keys/owner.pem" && refused 1 "no certificate" && mv real.pem "$keys/owner.pem" && v 0 key show &&
        mv "$keys" real.keys && ln -s "$work/real.keys" "$keys" && refused 3 "symbolic link" && rm "$keys" && mv real.keys "$keys"
}

unwritable() {
    fresh && mkdir -p "$XDG_CONFIG_HOME" && : >"$keys" && v 3 key create && has err "$keys: is no folder" && [ -f "$keys" ] && rm "$keys" &&
        v 3 key create --key-folder /proc/none/x && has err "cannot be written to" && v 3 key create --key-folder /dev/full && fresh
}

# As somebody else than root: the folder's mode counts.
unwritable_as_user() {
    rm -rf user && mkdir -p user/ventoc && chown -R 65534:65534 user && chmod 500 user/ventoc && chmod 755 "$work" &&
        XDG_CONFIG_HOME="$work/user" setpriv --reuid 65534 --regid 65534 --clear-groups "$V" key create >out 2>err
    [ $? -eq 3 ] && has err "user/ventoc: cannot be written to: Permission denied" && [ -z "$(ls -A user/ventoc)" ]
}

# Another one's file is not taken, not even by root.
foreign() {
    fresh && v 0 key create && chown 65534 "$keys/owner.key" && refused 3 "belongs to another user" && chown 0 "$keys/owner.key" &&
        chown 65534 "$keys" && refused 3 "belongs to another user" && chown 0 "$keys" && v 0 key show
}

# Under sudo it is the caller's folder, with the caller's rights: what that user may not touch stays as it is.
under_sudo() {
    fresh && home=$work/home && rm -rf "$home" && mkdir "$home" && chown 65533:65533 "$home" && echo "tester:x:65533:65533::$home:/bin/sh" >>passwd &&
        cat /etc/passwd >>passwd && unshare -m sh -ec 'mount --bind passwd /etc/passwd; "$@"' - \
        env -u XDG_CONFIG_HOME SUDO_UID=65533 "$V" key create >out 2>err &&
        has out "ventoc key of tester at" && same "$(stat -c '%a %u %g' "$home/.config/ventoc/owner.key")" "600 65533 65533" &&
        same "$(stat -c '%a %u' "$home/.config" "$home/.config/ventoc" | tr '\n' ' ')" "700 65533 700 65533 " && nothing_there || return 1
    rm -r "$home/.config/ventoc" && mkdir secret && chmod 700 secret && ln -s "$work/secret" "$home/.config/ventoc" &&
        unshare -m sh -ec 'mount --bind passwd /etc/passwd; "$@"' - env SUDO_UID=65533 "$V" key create >out 2>err
    [ $? -eq 3 ] && [ -z "$(ls -A secret)" ]
}

tool_missing() {
    fresh && tools bin openssl && (PATH=$work/bin && "$V" key create >out 2>err)
    [ $? -eq 1 ] && has err "openssl is not installed" && has err "Install the package openssl" && nothing_there
}

# Nothing that openssl is started with, its environment included, is a secret.
no_secret_shows() {
    fresh && echo "velvet-otter-73" >pass3 && chmod 600 pass3 && strace -f -v -s 4000 -e trace=execve -o trace "$VTC_TEST_PLAIN" key create --passphrase-file pass3 >out 2>err &&
        grep -q openssl trace && lacks trace velvet && lacks trace "PRIVATE KEY" &&
        same "$(find / -xdev -newer pass3 -type f -path '/tmp/*' -exec grep -l 'PRIVATE KEY' {} + 2>/dev/null | grep "^$work" | tr '\n' ' ')" "$keys/owner.key "
}

usage() {
    for args in "key" "key frob" "key create x" "key show x" "key export" "key export a b" "key import a" "key import a b c" "key create --frob" "key create --key-folder"; do
        # shellcheck disable=SC2086
        v 2 $args && has err "Try 'ventoc key --help'" || return 1
    done && v 0 key --help && ! grep -q '.\{81\}' out && v 2 key show --json x && same "$(json out 'j["exit"]')" 2
}

check "a key is made: modes, whatever the umask" creates
check "the certificate is what shim wants" certificate
check "show" shows
check "export" exports
check "no key is overwritten unasked; --force keeps the old one" never_overwrites
check "with a passphrase from a file" encrypted
check "with a passphrase from the terminal: mistyped, none, Ctrl-C, no terminal" at_the_terminal
check "import: wrong passphrase, Ctrl-C, PEM and DER" imports
check "import: what is no good is refused by name" import_refuses
check "a key that others can get at is refused: modes, links" permissions
check "a folder that cannot be written to" unwritable
no_user=$(is_root || echo "root is needed to become somebody else")
check_if "$no_user" "the same without root's rights" unwritable_as_user
check_if "$no_user" "another user's files are refused" foreign
check_if "$no_user$VTC_TEST_NO_MOUNT" "under sudo: the caller's folder, with the caller's rights" under_sudo
check "openssl is missing" tool_missing
check_if "$(command -v strace >/dev/null || echo 'strace is not installed')" "no secret in arguments, environment, other files" no_secret_shows
check "wrong usage" usage
