# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317,SC2016  # functions are called by check, some by eval
# --backup and restore: whatever a disk was, it is again; and the plan that is shown is the one that
# is written. tests/cli/fault.c makes things go wrong, and logs the writes.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

# faulty FAULT ARGUMENT...: run with a fault (N:ACTION); sets code, leaves out and err.
faulty() {
    fault=$1
    shift
    VTC_FAULT=$fault LD_PRELOAD=$VTC_TEST_FAULT "$VTC_TEST_PLAIN" "$@" >out 2>err </dev/null
    code=$?
}

# ask CODE ANSWER ARGUMENT...: with a terminal; what it shows is in the file "shown".
ask() {
    want=$1 answer=$2
    shift 2
    timeout 60 python3 "$here/terminal.py" "$answer" "$V" "$@" >shown
    same $? "$want"
}

# ---- disks of all kinds ----

blank() {
    new_image d.img 300M
}

# FAT and ext4 in an MBR, with files in them, up to the end.
partitioned() {
    new_image d.img 300M && printf 'label: dos\nstart=2048,size=204800,type=c\nstart=206848\n' |
        sfdisk -q --no-reread d.img && new_image fat 100M && mkfs.fat -F 16 fat >made &&
        mcopy -i fat "$VTC_TEST_PLAIN" ::/program &&
        dd if=fat of=d.img bs=$MIB seek=1 conv=notrunc,sparse status=none &&
        mkfs.ext4 -q -F -d "$here" -E offset=$((101 * MIB)) d.img 203776 >made 2>&1
}

partitioned_sound() {
    mcopy -n -o -i d.img@@1M ::/program program && cmp program "$VTC_TEST_PLAIN" || return 1
    piece d.img $((101 * MIB)) $((199 * MIB)) ext4 && e2fsck -fn ext4 >e2fsck.said 2>&1
}

gpt() {
    new_image d.img 300M && printf 'label: gpt\nsize=100M\nsize=100M\n' | sfdisk -q --no-reread d.img &&
        mkswap -o 0 d.img >made 2>&1 # over nothing: its magic is at the end of the first page
    printf 'label: gpt\nsize=100M\nsize=100M\n' | sfdisk -q --no-reread d.img >made 2>&1
}

noise() {
    new_image d.img 300M && python3 -c '
import random
data = random.Random(1).randbytes(70 << 20)
with open("d.img", "r+b") as f:
    f.write(data)
    f.seek(-(1 << 20), 2)
    f.write(data[: 1 << 20])'
}

large_gpt() {
    new_image d.img 300M && python3 -c '
import struct
with open("d.img", "r+b") as f: # enough of a table of 4096-byte sectors to see that it comes back
    f.seek(4096)
    f.write(b"EFI PART" + bytes(range(200)))
    f.seek(-4096, 2)
    f.write(b"EFI PART" + bytes(range(200)))'
}

stick() {
    rm -f d.img && v 0 -i -q --size 300M --payload "$P1" d.img &&
        python3 "$here/../../scripts/exfat-put" d.img "$here/run" /folder/run >/dev/null
}

gpt_stick() {
    rm -f d.img && v 0 -i -g -q --size 300M --payload "$P1" d.img
}

large_stick() {
    rm -f d.img && v 0 -i -q --size 300M --sector-size 4096 "$@" --payload "$P1" d.img
}

# comes_back OPTION...: install or upgrade d.img with a backup, restore: all of it is as it was.
comes_back() {
    keep d.img && rm -f b && v 0 -y "$@" --backup b d.img && has out "b: keeps what was there before" &&
        has out "ventoc restore FILE $work/d.img" && same "$(stat -c %a b)" 600 && v 0 -l d.img &&
        ! python3 "$here/same.py" d.img d.img.kept 2>/dev/null && v 0 restore -y b d.img &&
        has out "what was there before is back" && [ ! -s err ] && kept d.img &&
        v 0 restore -y b d.img && has out "as it was before already" && kept d.img
}

check "a blank disk" eval 'blank && comes_back -i --payload "$P1"'
check "FAT and ext4 in an MBR" eval 'partitioned && comes_back -i --payload "$P1" && partitioned_sound'
check "the same, and a GPT comes" eval 'partitioned && comes_back -i -g -r 20 --payload "$P1" && partitioned_sound'
check "a GPT" eval 'gpt && comes_back -i --payload "$P1" && sfdisk -V d.img 2>&1 | grep -q "No errors"'
check "a GPT, over a GPT" eval 'gpt && comes_back -i -g --payload "$P1" && sfdisk -V d.img 2>&1 | grep -q "No errors"'
check "a disk full of noise" eval 'noise && comes_back -i -g --payload "$P1"'
V=$VTC_TEST_PLAIN # the sanitizers take their time, and have seen the most of it
check "4096-byte sectors" eval 'large_gpt && comes_back -i --sector-size 4096 --payload "$P1"'
check "4096-byte sectors, GPT" eval 'large_gpt && comes_back -i -g --sector-size 4096 --payload "$P1"'
check "a stick that is made anew" eval 'stick && comes_back -I --payload "$P2" && v 0 -l d.img && has out "version 1.0"'
check "a stick that is made anew with a GPT" eval 'stick && comes_back -I -g --payload "$P2" && v 0 -l d.img'
V=$VTC_TEST_PROGRAM
check "an upgrade" eval 'stick && comes_back -u --payload "$P2" && v 0 -l d.img && has out "version 1.0"'
V=$VTC_TEST_PLAIN
check "an upgrade, GPT" eval 'gpt_stick && comes_back -u --payload "$P2" && v 0 -l d.img && has out "version 1.0"'
check "an upgrade, 4096-byte sectors" eval 'large_stick && comes_back -u --payload "$P2" && v 0 -l d.img'
check "an upgrade, 4096-byte sectors, GPT" eval 'large_stick -g && comes_back -u --payload "$P2" && v 0 -l d.img'

loop_device() {
    partitioned && keep d.img && attach "$@" d.img && rm -f b && v 0 -i -y -q --payload "$P1" --backup b "$loop" &&
        v 0 -l "$loop" && v 0 restore -y b "$loop"
    rc=$?
    detach
    [ $rc -eq 0 ] && kept d.img
}

check_if "$no_loop" "a loop device" loop_device
check_if "$no_loop" "a loop device with 4096-byte sectors" loop_device -b 4096

# ---- the plan is what is written ----

# Every entry of the plan in the file "plan.json" in pieces of 1 MiB at most, in its order: "OFFSET BYTES".
planned() {
    json plan.json '"\n".join("%d %d" % (e["offset"] + at, min(1 << 20, e["bytes"] - at)) for e in j["plan"] for at in range(0, e["bytes"], 1 << 20))'
}

# as_planned ARGUMENT...: what --dry-run shows, as JSON and as text, is what --json says and the
# target gets, write by write.
as_planned() {
    cp --sparse=always d.img e.img && rm -f log && v 0 "$@" -n --json e.img && mv out plan.json &&
        v 0 "$@" -n e.img && mv out plan.text && VTC_WRITE_LOG=$work/log LD_PRELOAD=$VTC_TEST_FAULT \
        "$VTC_TEST_PLAIN" "$@" -y --json e.img >out 2>err </dev/null || return 1
    planned >want && sed -n "s|^$work/e.img ||p" log >made && cmp want made && [ -s made ] || return 1
    same "$(json plan.json 'j["plan"]')" "$(json out 'j["plan"]')" && same "$(wc -l <made)" "$(json out 'j["writes"]')" || return 1
    awk 'NR > 1 && $1 ~ /^[0-9]+$/ && $2 ~ /^[0-9]+$/ { print $2, $3 }' plan.text >text && json plan.json \
        '"\n".join("%d %d" % (e["offset"], e["bytes"]) for e in j["plan"])' | cmp - text
}

check "the plan of an installation is what is written" eval 'noise && as_planned -i --payload "$P1"'
check "the plan of an installation with a GPT" eval 'noise && as_planned -i -g -r 20 --payload "$P1"'
check "the plan of an upgrade" eval 'stick && as_planned -u --payload "$P2"'
check "the plan of an upgrade, GPT" eval 'gpt_stick && as_planned -u --payload "$P2"'

restore_as_planned() {
    partitioned && rm -f b && v 0 -i -y -q --payload "$P1" --backup b d.img && as_planned restore b &&
        same "$(json out '(j["operation"], j["backup"]["operation"], j["places_changed"], j["same_disk"])')" \
            "('restore', 'install', 0, True)" &&
        same "$(json out '[j["plan"][i]["offset"] for i in (0, -1)]')" "[0, 0]" &&
        same "$(json out 'set(e["source"] for e in j["plan"]) == {"zero", "backup"}')" True
}

check "the plan of a restore" restore_as_planned

V=$VTC_TEST_PROGRAM

# ---- what is said, and when no file stays ----

dry_run() {
    partitioned && keep d.img && rm -f b && v 0 -i -n --payload "$P1" --backup b d.img && has out "would keep" &&
        [ ! -e b ] && v 0 -i -n --json --payload "$P1" --backup b d.img &&
        same "$(json out '(j["backup"]["file"], j["backup"]["bytes"] > 4000000)')" "('b', True)" && [ ! -e b ] &&
        kept d.img && v 0 -i -y --json --payload "$P1" --backup b d.img &&
        same "$(json out 'j["backup"]["file_bytes"]')" "$(stat -c %s b)" && keep d.img &&
        v 0 restore -n b d.img && has out "sector 0 of before" && kept d.img && v 0 -I -n --json --payload "$P1" d.img &&
        same "$(json out 'j["backup"]')" None
}

refused_files() {
    partitioned && keep d.img && echo mine >b && v 3 -i -y --payload "$P1" --backup b d.img && has err "b: exists already" &&
        same "$(cat b)" mine && v 3 -i -n --payload "$P1" --backup b d.img && ln -sf nowhere link &&
        v 3 -i -y --payload "$P1" --backup link d.img && [ ! -e nowhere ] &&
        v 3 -i -y --payload "$P1" --backup ./d.img d.img && has err "would be on $work/d.img" && ln -sf d.img link &&
        v 3 -i -y --payload "$P1" --backup link d.img && has err "would be on" &&
        v 1 -i -y --payload "$P1" --backup none/b d.img && has err "none/b: cannot be created" && kept d.img &&
        v 2 -i -y --payload "$P1" --size 300M --backup c new.img && has err "nothing to keep" && [ ! -e new.img ] &&
        [ ! -e c ] && v 2 -l --backup c d.img
}

cancelled() {
    partitioned && keep d.img && rm -f b && ask 5 no -i --payload "$P1" --backup b d.img && [ ! -e b ] &&
        ask 6 "^C" -i --payload "$P1" --backup b d.img && [ ! -e b ] && v 3 -i --payload "$P1" --backup b d.img &&
        [ ! -e b ] && kept d.img || return 1
    # While it is being saved: nothing of the target was written.
    for n in 1 3; do
        faulty $n:int -i -y --payload "$P1" --backup b d.img && same "$code" 6 && has err "Nothing was written" &&
            [ ! -e b ] && kept d.img || return 1
    done
    for fault in 2:enospc 1:eio; do
        faulty $fault -i -y --payload "$P1" --backup b d.img && same "$code" 1 && has err "b: cannot be written" &&
            [ ! -e b ] && kept d.img || return 1
    done
    # What did not arrive is noticed before it is needed.
    faulty 2:lose -i -y --payload "$P1" --backup b d.img && same "$code" 1 && has err "b: the backup is damaged" &&
        [ ! -e b ] && kept d.img
}

full_file_system() {
    noise && keep d.img && mkdir -p small && mount -t tmpfs -o size=1m tmpfs small && mounts="$mounts $work/small" &&
        v 1 -i -y --payload "$P1" --backup small/b d.img && has err "No space left" && has err "more room" &&
        [ ! -e small/b ] && kept d.img
    rc=$?
    umount small
    return $rc
}

up_to_date() {
    stick && rm -f b && v 0 -u -y --payload "$P1" --backup b d.img && has out "up to date" && [ ! -e b ] &&
        v 0 -u -y --json --payload "$P1" --backup b d.img && same "$(json out 'j["backup"]')" None && [ ! -e b ]
}

# The writing fails in the middle: the backup stays, and the message tells of it.
failed_installation() {
    partitioned && keep d.img && rm -f b && v 0 -i -n --json --payload "$P1" --backup b d.img &&
        stored=$(VTC_WRITE_LOG=$work/saved LD_PRELOAD=$VTC_TEST_FAULT "$VTC_TEST_PLAIN" -i -y -q --payload "$P1" --backup b d.img &&
            grep -c "^$work/b " saved) && mv d.img.kept d.img || return 1
    for n in 1 2 5 9; do
        keep d.img && rm -f b && faulty $((stored + n)):eio -i -y --payload "$P1" --backup b d.img && same "$code" 1 &&
            has err "ventoc restore 'b' '$work/d.img' brings it back" && v 0 restore -y -q b d.img && kept d.img || return 1
    done
    # Ctrl-C in the middle of an upgrade.
    stick && keep d.img && rm -f b saved && VTC_WRITE_LOG=$work/saved LD_PRELOAD=$VTC_TEST_FAULT "$VTC_TEST_PLAIN" -u -y -q \
        --payload "$P2" --backup b d.img && cp --sparse=always d.img.kept d.img && rm b || return 1
    faulty $(($(grep -c "^$work/b " saved) + 2)):int -u -y --json --payload "$P2" --backup b d.img && same "$code" 6 &&
        same "$(json out '"ventoc restore" in j["remedy"]')" True && v 0 restore -y -q b d.img && kept d.img
}

check "dry run" dry_run
check "files that are refused" refused_files
check "no file stays when nothing was written" cancelled
check_if "$no_mount" "no room for the backup" full_file_system
check "nothing to upgrade" up_to_date
check "an installation that fails" failed_installation

# ---- restore: what is refused ----

# damaged COMMAND: change the backup in "bad"; it is refused, and the target is as it was.
damaged() {
    cp b bad && eval "$1" && v 1 restore -y bad d.img && has err "bad: " && kept d.img
}

damaged_backups() {
    partitioned && rm -f b && v 0 -i -y -q --payload "$P1" --backup b d.img && keep d.img || return 1
    size=$(stat -c %s b)
    for at in 0 9 100 450 600 $((size / 2)) $((size - 1)); do
        # shellcheck disable=SC2016
        damaged 'printf "\377" | dd of=bad bs=1 seek='$at' conv=notrunc status=none && ! cmp -s b bad' || return 1
    done
    for at in 0 511 1000 $((size - 1)); do
        damaged "truncate -s $at bad" || return 1
    done
    damaged "truncate -s +1 bad" && damaged "echo text >bad" && damaged "cp -f $P1/manifest bad" &&
        damaged "rm -f bad && mkfifo bad" && rm -f bad && mkdir bad && v 1 restore -y bad d.img && rmdir bad &&
        v 1 restore -y missing d.img && has err "missing: cannot be opened" &&
        v 1 restore -y d.img b && has err "d.img: is no backup file" && v 2 restore -y b b && has err "both" &&
        v 1 restore -y b none.img && has err "none.img" && v 3 restore b d.img && has err "no terminal" && kept d.img
}

# Another size: refused; with --force and the name typed it is done, where it fits.
forced() {
    blank && rm -f b && v 0 -i -y -q --payload "$P1" --backup b d.img && truncate -s 301M d.img && keep d.img &&
        v 3 restore -y b d.img && has err "$work/d.img: has 315621376 bytes, the disk of the backup had 314572800" &&
        has err "--force" && v 3 restore -y --force b d.img && has err "on a terminal only" && kept d.img &&
        ask 5 yes restore -y --force b d.img && has shown "Type $work/d.img to go on" && kept d.img &&
        ask 0 "$work/d.img" restore -y --force b d.img && has shown "is back" &&
        cmp -n $((300 * MIB)) d.img /dev/zero && truncate -s 299M d.img && keep d.img &&
        v 3 restore -y --force b d.img && has err "too short" && kept d.img
}

questions() {
    partitioned && keep d.img && rm -f b && ask 0 yes -i --payload "$P1" --backup b d.img && keep d.img &&
        ask 5 no restore b d.img && has shown "What was on it before the install of 20" && has shown "UTC" && kept d.img &&
        ask 6 "^C" restore b d.img && has shown "nothing was written" && kept d.img && ask 0 yes restore b d.img &&
        has shown "% reading" && has shown "100% verifying" && has shown "is back" && partitioned_sound
}

# Used since: it says so.
used_since() {
    partitioned && keep d.img && rm -f b && v 0 -i -y -q --payload "$P1" --backup b d.img &&
        python3 "$here/../../scripts/exfat-put" d.img "$here/run" /folder/run >/dev/null &&
        v 0 restore -n --json b d.img && same "$(json out 'j["places_changed"] > 0 and j["places_as_written"] > 0')" True &&
        has err "hold neither what ventoc wrote nor what was there before" && v 0 restore -n -q b d.img && [ ! -s err ] &&
        v 0 restore -y b d.img && has err "used since"
}

mounted_target() {
    partitioned && rm -f b && v 0 -i -y -q --payload "$P1" --backup b d.img && attach d.img &&
        v 3 restore -y b d.img && has err "in use as loop device" && detach
}

# The serial number, of a loop device that is given one.
serials() {
    partitioned && attach d.img && rm -f b && export VTC_SERIAL=99:ONE:ONE LD_PRELOAD="$VTC_TEST_FAULT" && V=$VTC_TEST_PLAIN &&
        v 0 -i -y -q --payload "$P1" --backup b "$loop" && v 0 restore -n -q b "$loop" &&
        VTC_SERIAL=99:TWO:TWO && v 3 restore -n b "$loop" && has err "its serial number is TWO, that of the disk of the backup is ONE" &&
        VTC_SERIAL=99:: && v 3 restore -n b "$loop" && has err "is unknown" &&
        v 0 restore -n -q --force b "$loop" && VTC_SERIAL=99:ONE:ONE && v 0 restore -y b "$loop"
    rc=$?
    unset VTC_SERIAL LD_PRELOAD
    V=$VTC_TEST_PROGRAM
    detach
    return $rc
}

help_and_usage() {
    v 0 restore --help && [ ! -s err ] && ! grep -q '.\{81\}' out && for word in BACKUP TARGET --force --yes --dry-run --json \
        --quiet --verbose --help; do
        has out "$word" || return 1
    done
    v 0 --help && has out "--backup FILE" && has out "ventoc restore [options] BACKUP TARGET" || return 1
    for args in "" b "b d.img e" "--frob b d.img" "-q -v b d.img" "--backup c b d.img"; do
        # shellcheck disable=SC2086
        v 2 restore $args && has err "Try 'ventoc restore --help'" && v 2 restore --json $args &&
            same "$(json out 'j["exit"]')" 2 || return 1
    done
}

check "help and wrong usage" help_and_usage
check "damaged and foreign files" damaged_backups
check "another size" forced
check "questions" questions
check "used since" used_since
check_if "$no_loop" "a target in use" mounted_target
check_if "$no_loop" "another serial number" serials

# ---- restore: interrupted ----

V=$VTC_TEST_PLAIN

# The stick is good, or not one: never something in between.
interrupted_restore() {
    partitioned && keep d.img && rm -f b && v 0 -i -y -q --payload "$P1" --backup b d.img && mv d.img stick.img || return 1
    count=$("$V" restore -n --json b stick.img | json /dev/stdin 'len(j["plan"])')
    for action in int kill torn eio; do
        n=2
        while [ $n -le "$count" ]; do
            # Where it is not the way of stopping that matters, one write is as good as another.
            [ $n -eq 2 ] || [ $n -eq "$count" ] || [ $action = kill ] || [ $action = torn ] || {
                n=$((n + 1))
                continue
            }
            cp --sparse=always stick.img d.img && faulty $n:$action restore -y b d.img || return 1
            case $action in
            int) same "$code" 6 && has err "Run the same command again" || return 1 ;;
            eio) same "$code" 1 && has err "Run the same command again" || return 1 ;;
            esac
            if "$VTC_TEST_PLAIN" -l d.img >out 2>&1; then
                echo "$action at write $n of $count: taken for a good stick"
                return 1
            fi
            "$VTC_TEST_PLAIN" restore -y -q b d.img && kept d.img || return 1
            n=$((n + 1))
        done
    done
}

# An upgrade is undone the other way round: the stick is a good one all the time.
interrupted_undo() {
    "$1" && keep d.img && rm -f b && v 0 -u -y -q --payload "$P2" --backup b d.img && mv d.img stick.img || return 1
    count=$("$V" restore -n --json b stick.img | json /dev/stdin 'len(j["plan"])')
    for action in kill torn; do
        n=1
        while [ $n -le "$count" ]; do
            cp --sparse=always stick.img d.img && faulty $n:$action restore -y b d.img
            "$VTC_TEST_PLAIN" -l d.img >out 2>&1 || [ "$action$1$n" = tornstick1 ] || {
                echo "$action at write $n of $count: not a good stick"
                cat out
                return 1
            }
            "$VTC_TEST_PLAIN" restore -y -q b d.img && kept d.img || return 1
            n=$((n + 1))
        done
    done
}

check "Ctrl-C, kill and errors at every write of a restore" interrupted_restore
check "an upgrade is undone backwards" interrupted_undo stick
check "an upgrade is undone backwards, GPT" interrupted_undo gpt_stick

# ---- another disk in the middle of it ----

replaced_file() {
    for n in 2 5; do
        stick && faulty "$n:replace:$work/d.img" -u -y --payload "$P2" d.img && same "$code" 1 &&
            has err "$work/d.img: is another file now (cannot write at byte" && python3 "$here/same.py" d.img /dev/null 2>err
        [ "$(stat -c %b d.img)" -eq 0 ] || return 1
    done
    stick && faulty 3:eio -u -y --payload "$P2" d.img && has err "cannot write at byte" && lacks err "another file"
}

shrunk_device() {
    stick && attach d.img && faulty "3:shrink:$work/d.img" -u -y --payload "$P2" "$loop"
    detach
    same "$code" 1 && has err "$loop: is another one now: its size in bytes is 1048576, a moment ago it was 314572800 (cannot write"
}

# Looked at once before it is opened and once after; then before the first write; then after the error.
other_serial() {
    stick && attach d.img && keep d.img && export VTC_SERIAL=2:ONE:TWO && faulty 99:eio -u -y --payload "$P2" "$loop" &&
        same "$code" 3 && has err "its serial number is TWO, a moment ago it was ONE" && kept d.img &&
        export VTC_SERIAL=3:ONE:TWO && faulty 2:enodev -u -y --payload "$P2" "$loop" && same "$code" 1 &&
        has err "its serial number is TWO, a moment ago it was ONE (cannot write at byte" &&
        export VTC_SERIAL=9:ONE:TWO && faulty 2:enodev -u -y --payload "$P2" "$loop" && has err "was gone for a moment" &&
        has err "$loop: cannot write"
    rc=$?
    unset VTC_SERIAL
    detach
    return $rc
}

check "a file that is replaced" replaced_file
check_if "$no_loop" "a device that changes its size" shrunk_device
check_if "$no_loop" "a device with another serial number" other_serial
