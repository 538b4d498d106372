# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# How much is written, on an 8 GiB image, and how long it takes.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"
V=$VTC_TEST_PLAIN

now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

# count NAME ARGUMENT...: run, print the counts; sets bytes, writes and ms.
count() {
    name=$1
    shift
    begin=$(now_ms)
    v 0 --json "$@" || return 1
    ms=$(($(now_ms) - begin))
    bytes=$(json out 'j["written_bytes"]') writes=$(json out 'j["writes"]')
    echo "$name: $bytes bytes in $writes writes, $(json out 'j["flushes"]') flushes, $ms ms" >>"$work/counts"
}

# at_most BYTES WRITES MS
at_most() {
    tail -n 1 "$work/counts" # shown when it is too much
    [ "$bytes" -le "$1" ] && [ "$writes" -le "$2" ] && [ "$ms" -le "$3" ]
}

: >counts
installs() {
    rm -f c.img
    count "$2" -i ${3:+"$3"} --size 8G --payload "$1" c.img && at_most 16000000 40 1500
}

upgrades() {
    count "$3" -u -y --force --payload "$1" c.img && at_most "$2" 40 1500
}

# counted NAME FUNCTION ARGUMENT...: a check whose name is also that of its line of counts.
counted() {
    test=$1 function=$2 payload=$3
    shift 3
    if [ "$function" = installs ]; then
        check "$test" installs "$payload" "$test" "$@"
    else
        check "$test" upgrades "$payload" "$1" "$test"
    fi
}

counted "install, 8 GiB, MBR" installs "$P1"
counted "first upgrade: a payload and the switch" upgrades "$P2" 1800000
counted "switch back: one sector" upgrades "$P1" 512
counted "switch again: one sector" upgrades "$P2" 512
counted "install, 8 GiB, GPT" installs "$P1" -g
counted "first upgrade, GPT" upgrades "$P2" 1800000
counted "switch back, GPT: the tables" upgrades "$P1" $((512 + 2 * 33 * 512))
for table in "" -g; do
    name="install of the real payload, 8 GiB, ${table:-MBR}"
    if [ -e "$VTC_TEST_REAL_PAYLOAD/manifest" ]; then
        counted "$name" installs "$VTC_TEST_REAL_PAYLOAD" ${table:+"$table"}
    else
        skip "$name" "it is not built"
    fi
done
sed 's/^/# /' counts
