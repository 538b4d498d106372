# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# ventoc repair, stopped in the middle. tests/cli/fault.c does it.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"
V=$VTC_TEST_PLAIN # the sanitizers take their time, and this runs the program often

# data OUT: the data partition of c.img.
data() {
    rm -f "$1" && piece c.img $((64 * MIB)) $((235 * MIB)) "$1"
}

# Live slot A with 1.0, idle slot B with 2.0.
echo content >file
v 0 -i -q -g --size 300M --payload "$P1" gpt.img && python3 "$here/../../scripts/exfat-put" gpt.img file /file >put.said &&
    v 0 -u -q -y --payload "$P2" gpt.img && v 0 -u -q -y --force --payload "$P1" gpt.img || exit 1

mended_after_all() {
    data after && python3 "$here/same.py" before after && v 0 repair -y --payload "$P2" c.img &&
        v 0 check -q --quick --payload "$P2" c.img && [ ! -s err ] && v 0 -l --json c.img &&
        same "$(json out 'j["sticks"][0]["live_slot"]')" B && data after && python3 "$here/same.py" before after
}

# power_cuts TABLE: at every write of a repair the power goes, with half of that write done: then it is a
# stick still whose data are untouched, and the next repair mends it.
power_cuts() {
    cp --sparse=always "$1.img" damaged.img && for at in 450 520 10000 $((MIB + 1000000)) $((63 * MIB)); do
        printf '\7x' | dd of=damaged.img bs=1 seek="$at" conv=notrunc status=none
    done && cp --sparse=always damaged.img c.img && v 0 repair -y --json --payload "$P2" c.img && writes=$(json out 'j["writes"]') && [ "$writes" -ge 5 ] || return 1
    for n in $(seq 1 "$writes"); do
        cp --sparse=always damaged.img c.img && VTC_FAULT=$n:torn LD_PRELOAD=$VTC_TEST_FAULT "$V" repair -y --payload "$P2" c.img >out 2>err
        if [ $? -le 128 ] || ! mended_after_all; then
            echo "after the cut at write $n of $writes"
            return 1
        fi
    done
}

# stopped SIGNAL: Ctrl-C and the like in the middle: said, and the next repair ends it.
stopped() {
    cp --sparse=always damaged.img c.img && VTC_FAULT=2:$1 LD_PRELOAD=$VTC_TEST_FAULT "$V" repair -y --payload "$P2" c.img >out 2>err
    same $? 6 && has err "Run the repair again" && v 0 repair -y --payload "$P2" c.img && v 0 check -q --payload "$P2" c.img && [ ! -s err ]
}

# The medium fails, or lies.
fails() {
    cp --sparse=always damaged.img c.img && VTC_FAULT=2:eio LD_PRELOAD=$VTC_TEST_FAULT "$V" repair -y --payload "$P2" c.img >out 2>err
    same $? 1 && has err "cannot write" && cp --sparse=always damaged.img c.img &&
        VTC_FAULT=2:lose LD_PRELOAD=$VTC_TEST_FAULT "$V" repair -y --payload "$P2" c.img >out 2>err
    same $? 1 && has err "reads back differently"
}

# The other table, and other faults: tests/fault.
cp --sparse=always gpt.img c.img && data before || exit 1
check "power cuts" power_cuts gpt
check "Ctrl-C" stopped int
check "a medium that fails" fails
