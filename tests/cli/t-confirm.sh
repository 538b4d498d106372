# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# The question before anything is erased, and the progress bar, on a terminal.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

# ask CODE ANSWER ARGUMENT...: with a terminal; what it shows is in the file "shown".
ask() {
    want=$1 answer=$2
    shift 2
    timeout 60 python3 "$here/terminal.py" "$answer" "$V" "$@" >shown
    same $? "$want"
}

# A disk with a table, a file system and a label that must not reach the terminal as it is.
fresh() {
    new_image q.img 300M && printf 'label: gpt\nstart=2048,size=200000\nstart=300000,size=100000\n' |
        sfdisk -q --no-reread q.img &&
        mkfs.ext4 -q -F -L old-disk -E offset=$MIB q.img 50M >made 2>&1 && keep q.img
}

answered_yes() {
    fresh && ask 0 yes -i --payload "$P1" q.img && has shown "Everything on it will be erased." &&
        has shown "installed" && v 0 -l q.img
}

shows_what_is_there() {
    fresh && ask 5 no -i --payload "$P1" q.img && has shown "$work/q.img" && has shown "300 MiB" &&
        has shown "partition 1: 97.6 MiB, ext4, label \"old-disk\"" &&
        has shown "partition 2: 48.8 MiB, nothing known" && has shown gpt && has shown cancelled &&
        kept q.img
}

other_answers() {
    for answer in y YES Yes "" "yes please" "no" "^D"; do
        fresh && ask 5 "$answer" -i --payload "$P1" q.img && has shown "cancelled; nothing was written" &&
            kept q.img || return 1
    done
}

interrupted() {
    fresh && ask 6 "^C" -i --payload "$P1" q.img && has shown "interrupted; nothing was written" &&
        kept q.img && ask 6 "^C" -i --json --payload "$P1" q.img && has shown '"exit": 6' &&
        ask 5 no -i --json --payload "$P1" q.img && has shown '"exit": 5' && kept q.img
}

nobody_to_ask() {
    fresh && v 3 -i --payload "$P1" q.img && has err "there is no terminal to ask on" && has err "-y" &&
        kept q.img && echo yes | "$V" -i --payload "$P1" q.img >out 2>err
    [ $? -eq 3 ] && kept q.img
}

# -y asks nothing, but refuses what the question would not have allowed either.
yes_option() {
    fresh && v 0 -i -y --payload "$P1" q.img && [ ! -s err ] && v 3 -i -y --payload "$P1" q.img
}

upgrade_asks() {
    v 0 -I -y -q --payload "$P1" q.img && ask 5 no -u --payload "$P2" q.img && has shown "its files stay" &&
        has shown "version 1.0, will be replaced by version 2.0" &&
        v 0 -l q.img && has out "version 1.0" && ask 0 yes -u --payload "$P2" q.img && v 0 -l q.img &&
        has out "version 2.0" && ask 0 unasked -u --payload "$P2" q.img && has shown "up to date"
}

hostile_label() {
    new_image h.img 300M && mkfs.ext4 -q -F -L "$(printf 'a\033[2Jb')" h.img &&
        ask 5 no -i --payload "$P1" h.img && has shown 'label "a?[2Jb"' &&
        ! grep -q "$(printf '\033')" shown
}

progress() {
    fresh && ask 0 yes -i --payload "$P1" q.img && has shown "100% verifying" && has shown "% writing" &&
        rm -f c.img && ask 0 unasked -i -q --size 300M --payload "$P1" c.img && [ ! -s shown ] &&
        rm -f c.img && v 0 -i --size 300M --payload "$P1" c.img && [ ! -s err ]
}

loop_device() {
    fresh && attach q.img && ask 0 yes -i --payload "$P1" "$loop" && has shown "$loop" &&
        has shown "connected  loop" && has shown "file       $work/q.img"
    rc=$?
    detach
    return $rc
}

check "yes" answered_yes
check "the question shows what is there" shows_what_is_there
check "anything but yes" other_answers
check "Ctrl-C at the question" interrupted
check "nobody to ask" nobody_to_ask
check "-y" yes_option
check "an upgrade asks, too" upgrade_asks
check "a label is no command to the terminal" hostile_label
check "the progress bar" progress
check_if "$no_loop" "a loop device" loop_device
