# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# TAP for the check scripts, to be sourced.
tap_count=0 tap_failed=0
tap_only= # when set, the name of the one test to run

# verdict NAME COMMAND...: a test that passes when the command, which prints findings, is silent.
verdict() {
    tap_name=$1
    shift
    [ -z "$tap_only" ] || [ "$tap_only" = "$tap_name" ] || return
    tap_count=$((tap_count + 1))
    tap_findings=$("$@" 2>&1)
    if [ -z "$tap_findings" ]; then
        echo "ok $tap_count - $tap_name"
    else
        tap_failed=1
        echo "not ok $tap_count - $tap_name"
        echo "$tap_findings" | tail -n 30 | sed 's/^/# /'
    fi
}

# quietly COMMAND...: prints what the command printed only when it fails.
quietly() {
    tap_said=$("$@" 2>&1) || echo "$tap_said (exit status $?)"
}

# plan: the last thing a script does.
plan() {
    echo "1..$tap_count"
    exit $tap_failed
}
