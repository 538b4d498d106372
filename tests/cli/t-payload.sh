# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# Payloads that are damaged or missing: said by name, status 7, and the target is as it was.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

new_image blank.img 300M
v 0 -i -q --size 300M --payload "$P1" stick.img || exit 1
keep blank.img && keep stick.img

# refused TEXT: install, dry run and upgrade with ./p.
refused() {
    v 7 -i -y --payload p blank.img && has err "$1" && v 7 -i -n --payload p blank.img && has err "$1" &&
        v 7 -u -y --payload p stick.img && has err "$1" && kept blank.img && kept stick.img &&
        v 7 -i --size 300M --payload p new.img && [ ! -e new.img ]
}

fresh() {
    rm -rf p && cp -r "$P2" p
}

# flip FILE OFFSET: change one byte.
flip() {
    byte=$(number "$1" "$2" 1)
    # shellcheck disable=SC2059
    printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

one_byte() {
    for image in boot core slot512; do
        size=$(stat -c %s "$P2/$image.img.gz")
        for at in 20 $((size / 2)) $((size - 20)) $((size - 5)); do
            fresh && flip "p/$image.img.gz" "$at" && refused "p/$image.img.gz: " || return 1
        done
    done
}

manifest_byte() {
    at=$(grep -ab "^image slot512" "$P2/manifest" | cut -d: -f1)
    fresh && flip p/manifest $((at + 40)) && refused "p/" && fresh && flip p/manifest 0 &&
        refused "p/manifest: is not a valid manifest"
}

missing_image() {
    for image in boot core slot512; do
        fresh && rm "p/$image.img.gz" && refused "p/$image.img.gz: cannot be opened" || return 1
    done
}

missing_directory() {
    rm -rf p && refused "p: there is no payload" && mkdir p && refused "no readable manifest"
}

short_image() {
    fresh && truncate -s 100000 p/slot512.img.gz && refused "p/slot512.img.gz: "
}

images_of_other_payload() {
    fresh && cp "$P1/core.img.gz" p/ && refused "p/core.img.gz: its SHA-256 sum"
}

unused_image_may_be_missing() {
    fresh && rm p/slot4096.img.gz && v 0 -i -y -q --payload p blank.img && v 0 -l blank.img &&
        fresh && rm p/boot.img.gz p/core.img.gz p/slot512.img.gz &&
        v 0 -i -q --size 300M --sector-size 4096 --payload p large.img && v 0 -l large.img
}

# Without --payload: beside the program, then where it is installed.
beside_the_program() {
    mkdir -p bin && cp "$V" bin/ventoc && cp -r "$P2" bin/payload && rm -f n.img &&
        bin/ventoc -i -q --size 300M n.img >out 2>err && v 0 -l n.img && has out "version 2.0"
}

not_found_at_all() {
    mkdir -p lonely && cp "$V" lonely/ventoc && lonely/ventoc -i --size 300M n2.img >out 2>err
    rc=$?
    [ $rc -eq 7 ] && has err "not found beside the program nor in" && has err "make payload" && [ ! -e n2.img ]
}

check "one byte altered" one_byte
check "one byte of the manifest altered" manifest_byte
check "an image is missing" missing_image
check "the directory is missing" missing_directory
check "an image is too short" short_image
check "an image of another payload" images_of_other_payload
check "images that are not needed may be missing" unused_image_may_be_missing
check "found beside the program" beside_the_program
installed=''
[ ! -e /usr/local/share/ventoc/manifest ] || installed="one is installed on this machine"
check_if "$installed" "not found at all" not_found_at_all
