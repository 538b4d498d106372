# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# For the scripts tests/cli/t-*.sh, which tests/cli/run starts. It gives them:
#   V        the program, built with sanitizers      P1 P2   two payloads, versions 1.0 and 2.0
#   work     an empty directory, also the working directory
# Each script prints "ok - name" lines; the runner numbers them.
# shellcheck disable=SC2034  # the variables are for the scripts

set -u
export LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin"
export MTOOLS_SKIP_CHECK=1
V=$VTC_TEST_PROGRAM P1=$VTC_TEST_PAYLOADS/1 P2=$VTC_TEST_PAYLOADS/2
here=$VTC_TEST_HERE
work=$(mktemp -d) || exit 1
cd "$work" || exit 1
MIB=1048576
loops='' mounts=''

# Is a loop device still this script's? What was let go may be another one's by now.
is_ours() {
    case $(losetup -n -O BACK-FILE "$1" 2>/dev/null) in
    "$work"/* | /dev/loop*) ;;
    *) return 1 ;;
    esac
}

# Scripts run side by side, and their loop devices are on one machine: attach shares it, alone waits until no
# other script has any. It is given back at the end of a check when no loop device is left.
exec 9>"$VTC_TEST_PAYLOADS/loops.lock"
locked=

share() {
    [ -n "$locked" ] || flock -s 9
    locked=1
}

alone() {
    flock -x 9
    locked=1
}

give_back() {
    for l in $loops; do
        if is_ours "$l"; then return; fi
    done
    loops='' locked=''
    flock -u 9
}

cleanup() {
    for m in $mounts; do umount "$m" 2>/dev/null; done
    for l in $loops; do
        if is_ours "$l"; then losetup -d "$l" 2>/dev/null; fi
    done
    cd / && rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# check NAME COMMAND...: a test that passes when the command, often a function, succeeds.
check() {
    check_name=$1
    shift
    rm -f out err
    if "$@" >said 2>&1; then
        echo "ok - $check_name"
    else
        echo "not ok - $check_name"
        for f in said out err; do
            [ ! -s $f ] || tail -n 12 $f | sed "s/^/# $f: /"
        done
    fi
    [ -z "$locked" ] || give_back
}

skip() {
    echo "ok - $1 # SKIP $2"
}

is_root() {
    [ "$(id -u)" -eq 0 ]
}

# What this machine lets us do; root in a container often may not. Empty, or why not.
no_loop=$VTC_TEST_NO_LOOP no_mount=$VTC_TEST_NO_MOUNT

# check_if WHY NAME COMMAND...: a check, or a skipped one when WHY is not empty.
check_if() {
    if [ -n "$1" ]; then
        skip "$2" "$1"
    else
        shift
        check "$@"
    fi
}

# v CODE ARGUMENT...: run the program; true when it exits with CODE. Leaves files out and err.
v() {
    v_want=$1
    shift
    "$V" "$@" >out 2>err </dev/null
    v_code=$?
    [ $v_code -eq "$v_want" ] || {
        echo "ventoc $*: exit status $v_code instead of $v_want"
        return 1
    }
    ! grep -q 'AddressSanitizer\|LeakSanitizer\|runtime error:' err
}

# has FILE TEXT: the text, as it is, is in the file.
has() {
    grep -qF -- "$2" "$1" || {
        echo "not in $1: $2"
        return 1
    }
}

lacks() {
    ! grep -qF -- "$2" "$1" || {
        echo "should not be in $1: $2"
        return 1
    }
}

same() {
    [ "$1" = "$2" ] || {
        echo "'$1' is not '$2'"
        return 1
    }
}

# json FILE EXPRESSION: evaluate a Python expression over the parsed file, j.
json() {
    python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' \
        "$1" "$2"
}

# number FILE OFFSET BYTES: an unsigned little-endian integer in a file.
number() {
    od -An -v -tu"$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# new_image NAME SIZE: a sparse file.
new_image() {
    rm -f "$1" && truncate -s "$2" "$1"
}

# attach FILE [OPTION...]: a loop device on a file; sets $loop. detach lets it go.
attach() {
    share
    loop=$(losetup -f --show "$@") || return 1
    loops="$loops $loop"
}

detach() {
    losetup -d "$loop"
}

# keep FILE: remember it as it is now, for kept FILE. The images are sparse: checksums of all their
# zeros would take most of the time.
keep() {
    rm -rf "$1.kept" && cp --sparse=always "$1" "$1.kept"
}

kept() {
    python3 "$here/same.py" "$1" "$1.kept"
}

# piece FILE OFFSET BYTES OUT: copy a part, in MiB units.
piece() {
    dd if="$1" of="$4" bs=$MIB skip=$(($2 / MIB)) count=$(($3 / MIB)) conv=sparse status=none
}

# data_of IMAGE: the data partition of a stick, in the file "data".
data_of() {
    rm -f data
    piece "$1" $((64 * MIB)) "$("$V" -l --json "$1" | json /dev/stdin 'j["sticks"][0]["data_bytes"]')" data
}
