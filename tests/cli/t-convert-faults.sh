# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317,SC2015  # functions are called by check
# A conversion that is cut off, at every write: the data stays, and the next one completes it.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"
# shellcheck source=tests/cli/convert.sh
. "$VTC_TEST_HERE/convert.sh"
PLAIN=$VTC_TEST_PLAIN V=$VTC_TEST_PLAIN # the sanitizers take their time, and this runs it 200 times
make_files && layout mbr.img 260 --fill 8 && layout gpt.img 260 --fill 8 --gpt || exit 1

# faulty N ACTION ARGUMENT...: run with a fault; sets code, leaves out and err.
faulty() {
    fault=$1:$2
    shift 2
    VTC_FAULT=$fault LD_PRELOAD=$VTC_TEST_FAULT "$PLAIN" "$@" >out 2>err </dev/null
    code=$?
}

# completes IMAGE: whatever state s.img is in, the same command leads to what it does without a fault;
# only the stick's UUID, and so its record, is another one. done.img is that.
completes() {
    data_same s.img "$1" && v 0 -u -y -q --payload "$P1" s.img && v 0 -l s.img &&
        same "$(python3 "$here/changed.py" done.img s.img | grep -v "^204[04]-204[04]$")" ""
}

# completes_newer IMAGE: and with boot files of another version it leads to a good stick of that one.
completes_newer() {
    data_same s.img "$1" && v 0 -u -y -q --payload "$P2" s.img && data_same s.img "$1" && v 0 -l --json s.img &&
        live=$(json out 'j["sticks"][0]["live_slot"]') && starts s.img 2.0 "$live" "$P2"
}

# begin IMAGE: done.img, a conversion without a fault, and count, its writes.
begin() {
    data_range "$1"
    cp --sparse=always "$1" done.img
    count=$("$PLAIN" -u -y --json --payload "$P1" done.img | json /dev/stdin 'j["writes"]')
    starts done.img 1.0 A "$P1" && data_same done.img "$1"
}

# cut IMAGE: before and in the middle of every write.
cut() {
    begin "$1" || return 1
    for how in kill torn; do
        n=1
        while [ $n -le "$count" ]; do
            cp --sparse=always "$1" s.img && faulty $n $how -u -y --payload "$P1" s.img && same "$code" 137 || return 1
            # It is Ventoy's still, or what it says leads on, or it is done.
            "$PLAIN" -l s.img >out 2>err
            case $? in
            0) [ $n -ge $((count - 1)) ] ;;
            1) has out "NOT USABLE" && has err "its conversion from Ventoy did not end" && has err "ventoc -u $work/s.img" ;;
            4) [ $n -le 2 ] && has err "a Ventoy stick" ;;
            *) false ;;
            esac && completes "$1" || {
                echo "$how at write $n"
                return 1
            }
            n=$((n + 1))
        done
    done
    files_same s.img
}

# The completion is cut off as well, and it is a newer version that completes it.
cut_twice() {
    begin "$1" || return 1
    n=1
    while [ $n -le "$count" ]; do
        m=$((n % 2 + 1)) # the first is the record or a slot, the last the switch
        while [ $m -le $((count - n + 2)) ]; do
            cp --sparse=always "$1" s.img && faulty $n kill -u -y --payload "$P1" s.img &&
                faulty $m torn -u -y --payload "$P2" s.img && completes_newer "$1" || {
                echo "at write $n, then in the middle of write $m"
                return 1
            }
            m=$((m + 2))
        done
        n=$((n + 1))
    done
    files_same s.img
}

interrupted() {
    begin "$1" || return 1
    n=1
    while [ $n -le "$count" ]; do
        cp --sparse=always "$1" s.img && faulty $n int -u -y --payload "$P1" s.img && same "$code" 6 &&
            has err "its files are untouched. Run the same command again" || return 1
        if [ $n -le 2 ]; then
            has err "Ventoy on the stick still boots"
        else
            has err "may not boot now"
        fi && completes "$1" || return 1
        n=$((n + 1))
    done
}

failing() {
    begin "$1" || return 1
    for action in eio lose; do
        for n in 2 4; do
            cp --sparse=always "$1" s.img && faulty $n $action -u -y --json --payload "$P1" s.img && same "$code" 1 &&
                same "$(json out '"files are untouched" in j["remedy"]')" True && completes "$1" || {
                echo "$action at write $n"
                return 1
            }
        done
    done
}

# Both tables, and other faults: tests/fault.
check "kill -9 before and within every write" cut gpt.img
check "cut off twice, the second time with a newer version" cut_twice gpt.img
check "Ctrl-C at every write" interrupted gpt.img
check "a medium that fails" failing mbr.img
