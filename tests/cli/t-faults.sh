# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# Things that go wrong in the middle, at every write: the state of the stick and what is said.
# tests/cli/fault.c makes them happen.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"
V=$VTC_TEST_PLAIN # the sanitizers take their time, and this runs the program 400 times

# faulty N ACTION ARGUMENT...: run with a fault; sets code, leaves out and err.
faulty() {
    fault=$1:$2
    shift 2
    VTC_FAULT=$fault LD_PRELOAD=$VTC_TEST_FAULT "$V" "$@" >out 2>err </dev/null
    code=$?
}

# The number of writes of a command, from its JSON.
writes() {
    "$V" "$@" --json | json /dev/stdin 'j["writes"]'
}

# install_at N ACTION CODE TEXT: a fault in an installation over a good stick. It is not good then
# (unless all was written), and installing again mends it.
install_at() {
    new_image s.img 300M && cp --sparse=always good.img s.img && faulty "$1" "$2" -I -y --payload "$P2" s.img &&
        same "$code" "$3" && has err "$4" || return 1
    "$V" -l s.img >out 2>&1
    rc=$?
    [ $rc -eq 1 ] || [ $rc -eq 4 ] || {
        echo "after a fault at write $1 it is taken for a good stick"
        return 1
    }
}

v 0 -i -q --size 300M --payload "$P1" good.img || exit 1
v 0 -i -g -q --size 300M --payload "$P1" goodgpt.img || exit 1
new_image s.img 300M
cp --sparse=always good.img s.img
install_writes=$(writes -I -y --payload "$P2" s.img)
cp --sparse=always good.img s.img
upgrade_writes=$(writes -u -y --payload "$P2" s.img)
cp --sparse=always goodgpt.img s.img
gpt_writes=$(writes -u -y --payload "$P2" s.img)
echo "# writes: install $install_writes, upgrade $upgrade_writes (MBR) and $gpt_writes (GPT)"

# each_install FIRST LAST ACTION CODE TEXT: at every write from FIRST to LAST.
each_install() {
    n=$1 last=$2
    shift 2
    while [ "$n" -le "$last" ]; do
        install_at "$n" "$@" || return 1
        n=$((n + 1))
    done
}

# Nothing was written: the old stick is there still, and the message does not say otherwise.
first_write_fails() {
    cp --sparse=always good.img s.img && faulty 1 enodev -I -y --payload "$P2" s.img && same "$code" 1 &&
        has err "shows whether the stick is as it was" && python3 "$here/same.py" s.img good.img
}

killed_install() {
    for how in kill torn; do
        # Before the first write, which is one sector, the old stick is there; half of the last one is
        # no table yet.
        n=2
        while [ "$n" -le "$install_writes" ]; do
            cp --sparse=always good.img s.img
            faulty "$n" $how -I -y --payload "$P2" s.img
            "$V" -l s.img >out 2>&1 && {
                echo "$how at write $n: taken for a good stick"
                return 1
            }
            n=$((n + 1))
        done
    done
    v 0 -i -y -q --payload "$P2" s.img && v 0 -l s.img
}

# A write that is lost is found when it is read back. What is there before differs everywhere.
lost_writes() {
    python3 -c '
import random, sys
data = random.Random(1).randbytes(70 << 20)
with open("noise.img", "wb") as f:
    f.write(data)
    f.truncate(300 << 20)
    f.seek(-(1 << 20), 2)
    f.write(data[: 1 << 20])'
    cp --sparse=always noise.img s.img
    count=$(writes -i -y --payload "$P2" s.img)
    n=1
    while [ $n -le "$count" ]; do
        cp --sparse=always noise.img s.img
        faulty $n lose -i -y --payload "$P2" s.img
        same "$code" 1 && has err "reads back differently" && has err "another stick" || return 1
        n=$((n + 1))
    done
}

# old_or_new IMAGE: a good stick of version 1.0 or 2.0 with its data, which sfdisk reads, and whose
# boot sector and table lead to a slot with that version; prints the version.
old_or_new() {
    v 0 -l --json "$1" >&2 || return 1
    version=$(json out 'j["sticks"][0]["version"]') live=$(json out 'j["sticks"][0]["live_slot"]')
    sfdisk -J "$1" >table.json 2>verify || return 1
    start=$(json table.json 'j["partitiontable"]["partitions"][1]["start"]')
    piece "$1" $((start * 512)) $((31 * MIB)) slot && mtype -i slot ::/ventoc/manifest >manifest &&
        has manifest "version $version" >&2 && cmp -n $((8 * MIB)) -i $((64 * MIB)) "$1" "$2" >&2 || return 1
    # The BIOS's way: the core that sector 0 names is whole, of the old or the new version.
    core=$(number "$1" 92 8)
    for p in "$P1" "$P2"; do
        zcat "$p/core.img.gz" >core.img
        cmp -s -i 512:$((core * 512 + 512)) -n $(($(stat -c %s core.img) - 512)) core.img "$1" &&
            echo "$version $live" && return 0
    done
    echo "core at $core is neither version's" >&2
    return 1
}

# killed_upgrade IMAGE WRITES: at every write, and in the middle of every write.
killed_upgrade() {
    for how in kill torn; do
        n=1 seen=''
        while [ $n -le "$2" ]; do
            cp --sparse=always "$1" s.img
            faulty $n $how -u -y --payload "$P2" s.img
            state=$(old_or_new s.img "$1") || {
                echo "$how at write $n"
                return 1
            }
            case $seen in *"$state"*) ;; *) seen="$seen$state " ;; esac
            n=$((n + 1))
        done
        # The next one completes.
        v 0 -u -y -q --payload "$P2" s.img && same "$(old_or_new s.img "$1")" "2.0 B" || return 1
    done
    case $seen in *"1.0 A"*) ;; *) return 1 ;; esac
}

interrupted_upgrade() {
    n=1
    while [ $n -lt "$upgrade_writes" ]; do
        cp --sparse=always good.img s.img && faulty $n int -u -y --payload "$P2" s.img &&
            same "$code" 6 && has err "still boots its old version" && has err "Run the upgrade again" &&
            same "$(old_or_new s.img good.img)" "1.0 A" || return 1
        n=$((n + 1))
    done
    # After the last write there is nothing left to stop but the check.
    cp --sparse=always good.img s.img && faulty "$upgrade_writes" int -u -y --payload "$P2" s.img &&
        same "$code" 6 && has err "old or its new version" && same "$(old_or_new s.img good.img)" "2.0 B"
}

created_file_is_removed() {
    for action in int:6 enospc:1 eio:1; do
        rm -f c.img && faulty 5 ${action%:*} -i --size 300M --payload "$P1" c.img &&
            same "$code" "${action#*:}" && has err "unfinished image file was removed" && [ ! -e c.img ] || return 1
    done
}

json_says_it() {
    cp --sparse=always good.img s.img && faulty 3 int -I -y --json --payload "$P1" s.img && same "$code" 6 &&
        same "$(json out '(j["exit"], "not usable" in j["remedy"])')" "(6, True)"
}

file_size_limit() {
    rm -f l.img
    (ulimit -f 200000 && exec "$V" -i --size 300M --payload "$P1" l.img) >out 2>err
    rc=$?
    [ $rc -eq 1 ] && has err "File too large" && [ ! -e l.img ] || return 1
    new_image l.img 300M && (ulimit -f 200000 && exec "$V" -i -y --payload "$P1" l.img) >out 2>err
    rc=$?
    [ $rc -eq 1 ] && has err "File too large" && has err "ulimit -f" && v 4 -l l.img
}

# What is needed at least was there; the zeros are too much. (t-refuse.sh has a file system that is full at once.)
full_file_system() {
    mkdir -p small && mount -t tmpfs -o size=5m tmpfs small && mounts="$mounts $work/small" &&
        v 1 -i --size 300M --payload "$P1" small/f.img && has err "No space left on device" &&
        has err "Free some space" && [ ! -e small/f.img ] && truncate -s 300M small/g.img &&
        v 1 -i -y --payload "$P1" small/g.img && has err "No space left" && has err "not usable now" &&
        v 4 -l small/g.img
    rc=$?
    umount small
    return $rc
}

# The kernel takes the writes and cannot keep them: the flush says so.
full_below_loop() {
    mkdir -p small && mount -t tmpfs -o size=3m tmpfs small && mounts="$mounts $work/small" &&
        truncate -s 300M small/f.img && attach small/f.img && v 1 -i -y --payload "$P1" "$loop" &&
        has err "cannot flush" && has err "Input/output error" && has err "not usable now" && v 1 -l "$loop"
    rc=$?
    detach
    umount small
    return $rc
}

# The backing file of a loop device loses its content between the flush and the reading back.
vanishing_device() {
    # Not after the first flush: the zeros of the first stage are what an empty file reads as.
    for n in 2 3; do
        cp --sparse=always noise.img s.img && attach s.img
        faulty f$n "truncate:$work/s.img" -I -y --payload "$P2" "$loop"
        detach
        same "$code" 1 && has err "$loop: " && has err "not usable now" || return 1
        grep -q "reads back differently\|Input/output error\|cannot read back" err || return 1
        truncate -s 300M s.img && v 4 -l s.img || return 1
    done
}

# Pulled out between being found and being looked at: the other sticks are still listed, in JSON too.
unplugged_while_listing() {
    alone
    cp --sparse=always good.img l1.img && cp --sparse=always good.img l2.img && attach l1.img && first=$loop &&
        attach l2.img || return 1
    VTC_FAULT=o2:$first LD_PRELOAD=$VTC_TEST_FAULT "$VTC_TEST_PLAIN" -l --json >out 2>err
    code=$?
    losetup -d "$first" && detach && same $code 1 && has err "$first: cannot be opened: No medium found" &&
        same "$(json out "[[s['good'] for s in j['sticks'] if s['target'] == t] for t in ('$first', '$loop')]")" "[[False], [True]]"
}

check "Ctrl-C at every write of an installation" each_install 1 $((install_writes - 1)) int 6 "not usable now. Install it again"
check "SIGTERM" install_at 4 term 6 "stopped before everything was written"
check "a full disk at every write" each_install 2 "$install_writes" enospc 1 "No space left on device"
check "a device that goes away at every write" each_install 2 "$install_writes" enodev 1 \
    "The device was gone for a moment"
check "the first write fails" first_write_fails
check "kill -9 before and within every write of an installation" killed_install
check "writes that get lost" lost_writes
check "Ctrl-C at every write of an upgrade" interrupted_upgrade
check "kill -9 before and within every write of an upgrade, MBR" killed_upgrade good.img "$upgrade_writes"
check "kill -9 before and within every write of an upgrade, GPT" killed_upgrade goodgpt.img "$gpt_writes"
check "a file that was created is removed" created_file_is_removed
check "JSON" json_says_it
check "a limit on the file size" file_size_limit
check_if "$no_mount" "a full file system" full_file_system
check_if "$no_loop$no_mount" "a loop device on a full file system" full_below_loop
check_if "$no_loop" "a stick that is pulled out while listing" unplugged_while_listing
check_if "$no_loop" "a loop device that loses its file" vanishing_device
