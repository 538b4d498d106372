# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# --verify-capacity: disks that hold what they claim, and fakes (fault.c makes them).
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

# fake FAULT CODE ARGUMENT...: v with a fake.
fake() {
    VTC_FAULT=$1 LD_PRELOAD=$VTC_TEST_FAULT
    export VTC_FAULT LD_PRELOAD
    shift
    v "$@"
    rc=$?
    unset VTC_FAULT LD_PRELOAD
    return $rc
}

good() {
    new_image f.img 300M && v 0 -i -y --verify-capacity --payload "$P1" f.img && has out "testing its capacity" &&
        has out "holds what it claims (16 MiB of it tested)" && has out installed && v 0 -l f.img &&
        v 0 -I -y -q --verify-capacity=full --payload "$P1" f.img && [ ! -s out ] && v 0 -l f.img &&
        v 0 -I -y --verify-capacity=quick --json --payload "$P1" f.img && same "$(json out 'j["capacity_tested_bytes"] > 16 << 20')" True
}

# The whole of it has been written to: nothing of what was there is left, and no hole.
full_writes_all() {
    rm -f f.img && yes "an old secret" | head -c $((300 * MIB)) >f.img && v 0 -i -y -q --verify-capacity=full --payload "$P1" f.img &&
        ! grep -aq "an old secret" f.img && v 0 -l f.img
}

wraps() {
    for real in 134217728 100663296 99999744; do
        new_image f.img 300M && fake w$real 1 -i -y --verify-capacity --payload "$P1" f.img &&
            has err "f.img: claims 314572800 bytes, but holds only $real" && has err "give it back" &&
            has err "Its old content is lost" && v 4 -l f.img || return 1
    done && fake w134217728 1 -i -y --json --verify-capacity=full --payload "$P1" f.img &&
        same "$(json out 'j["exit"], "only 134217728" in j["error"], "give it back" in j["hint"], "lost" in j["remedy"]')" "(1, True, True, True)"
}

drops() {
    new_image f.img 300M && fake d104857600 1 -i -y --verify-capacity --payload "$P1" f.img &&
        has err "f.img: claims 314572800 bytes, but keeps only the first 1048" && has err "give it back" && v 4 -l f.img &&
        fake d104857600 1 -I -y --verify-capacity=full --payload "$P1" f.img && has err "keeps only the first 104857600"
}

# An installation alone writes to the front: what is behind is found by the test only.
not_asked_for() {
    new_image f.img 300M && fake d209715200 0 -i -y -q --reserve 150 --payload "$P1" f.img &&
        fake d209715200 1 -I -y -q --verify-capacity --payload "$P1" f.img
}

asks_first() {
    new_image f.img 300M && keep f.img && for how in --verify-capacity --verify-capacity=full; do
        timeout 60 python3 "$here/terminal.py" no "$V" -i $how --payload "$P1" f.img >shown
        [ $? -eq 5 ] && has shown "First its capacity is tested" && has shown "overwritten" && kept f.img || return 1
    done && timeout 60 python3 "$here/terminal.py" yes "$V" -i --verify-capacity --payload "$P1" f.img >shown &&
        has shown "verifying" && v 0 -l f.img
}

nothing_written() {
    new_image f.img 300M && keep f.img && v 0 -i -n -q --verify-capacity=full --payload "$P1" f.img && kept f.img &&
        v 3 -i --verify-capacity --payload "$P1" f.img && kept f.img && truncate -s 200M small.img &&
        v 3 -i -y --verify-capacity --payload "$P1" small.img && same "$(stat -c %b small.img)" 0
}

interrupted() {
    new_image f.img 300M && fake 5:int 6 -i -y --verify-capacity --payload "$P1" f.img && has err "stopped while its capacity was tested" &&
        has err "old content is lost" && v 4 -l f.img && fake 5:enodev 1 -i -y --verify-capacity --payload "$P1" f.img &&
        has err "capacity test: cannot write" && rm f.img &&
        fake 5:int 6 -i --size 300M --verify-capacity --payload "$P1" f.img && [ ! -e f.img ]
}

loop_device() {
    new_image f.img 300M && attach f.img && v 0 -i -y -q --verify-capacity --payload "$P1" "$loop" && v 0 -l "$loop" &&
        v 0 -I -y -q --verify-capacity=full --payload "$P1" "$loop" && v 0 -l "$loop"
    rc=$?
    detach
    return $rc
}

# Sectors of 512 bytes may leave half a block at the end.
odd_end() {
    new_image f.img $((300 * MIB + 512)) && v 0 -i -y -q --verify-capacity --payload "$P1" f.img && attach f.img &&
        v 0 -I -y -q --verify-capacity=full --payload "$P1" "$loop" && v 0 -l "$loop"
    rc=$?
    detach
    return $rc
}

check "an honest disk" good
check "full writes everything" full_writes_all
check "a fake that wraps around" wraps
check "a fake that drops what is behind its end" drops
check "without the test a fake may pass" not_asked_for
check "the question says it" asks_first
check "a dry run, no answer, a refusal: nothing is written" nothing_written
check "Ctrl-C, and a disk that goes away" interrupted
check_if "$no_loop" "a loop device" loop_device
check_if "$no_loop" "half a block at the end" odd_end
