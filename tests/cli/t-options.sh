# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2317  # functions are called by check
# Help, usage errors, standard output.
# shellcheck source=tests/cli/lib.sh
. "$VTC_TEST_HERE/lib.sh"

help_is_complete() {
    v 0 --help && [ ! -s err ] || return 1
    for letter in i I u l h V g r L y n s q v; do
        has out "  -$letter, --" || return 1
    done
    for word in inspect --install --reinstall --upgrade --list --help --version --gpt --reserve --label --size --sector-size --yes \
        --verify-capacity --i-know-this-is-not-removable --serial --wipe-members --dry-run --payload --json --quiet --verbose --secure-boot --other-key --key-folder --passphrase-file "Exit status"; do
        has out "$word" || return 1
    done
    for code in 0 1 2 3 4 5 6 7; do
        grep -q "^  $code  " out || return 1
    done
    cp out long && v 0 -h && cmp out long
}

help_fits() {
    v 0 --help && ! grep -q '.\{81\}' out || return 1
    for word in persist check repair restore key; do
        v 0 "$word" --help && ! grep -q '.\{81\}' out || return 1
    done
}

version() {
    v 0 --version && grep -qx 'ventoc [0-9.]*' out && v 0 -V && grep -q ventoc out
}

# usage ARGUMENT...: refused with status 2, a hint, and nothing on standard output.
usage() {
    v 2 "$@" && [ ! -s out ] && has err "Try 'ventoc --help'"
}

# What a file is called is no command to the terminal.
# U+009B begins a terminal's commands as ESC [ does. A label, a name and a version have it.
c1_controls() {
    c1=$(printf '\302\233') && name="a${c1}31mb.img" && "$here/make-fixture-payload" pc "1.0${c1}5m" &&
        v 1 inspect "$name.no" && lacks err "$c1" && has err 'a?31mb.img' &&
        v 0 -i -y --size 300M -L "x${c1}y" --payload pc "$name" && has out 'a?31mb.img: ventoc 1.0?5m installed' &&
        lacks out "$c1" && v 0 -l "$name" && lacks out "$c1" && has out "version 1.0?5m"
}
control_characters() {
    name=$(printf 'a\033[31m\nb.iso') && cp x.img "$name" && for args in "inspect $name.no" "-l $name.no" "-i -y --payload $P1 $name"; do
        # shellcheck disable=SC2086
        (IFS=' ' && "$V" $args) >out 2>err
        has err 'a?[31m?b.iso' && ! grep -q "$(printf '\033')" err || return 1
    done && v 0 -l "$name" && has out 'a?[31m?b.iso: ventoc stick'
}

# The answer to wrong usage is JSON too, wherever --json stands.
json_usage() {
    for args in "--json" "-i --size 8X x.img --json" "--json -i" "--frob --json" "-l --json --label" "inspect --json" \
        "persist create --json --size 0 x" "persist --json" "persist create --frob --json x" "-l a b --json"; do
        # shellcheck disable=SC2086
        v 2 $args && same "$(json out 'j["exit"], bool(j["error"]), "--help" in j["hint"]')" "(2, True, True)" || return 1
    done && v 2 -i --size 8X -- --json && [ ! -s out ]
}

full_stdout() {
    for args in --help --version "-l x.img" "-l --json x.img" "-i -n --payload $P1 --size 1G y.img"; do
        # shellcheck disable=SC2086
        "$V" $args >/dev/full 2>err
        [ $? -eq 1 ] && has err "cannot write to standard output: No space left" || return 1
    done
}

closed_stdout() {
    "$V" --help >&- 2>err
    [ $? -eq 1 ] && has err "cannot write to standard output"
}

sizes() {
    for pair in 300M:314572800 307200K:314572800 1G:1073741824 1GiB:1073741824 \
        536870912:536870912 1g:1073741824; do
        rm -f s.img
        v 0 -i -q --payload "$P1" --size "${pair%:*}" s.img &&
            same "$(stat -c %s s.img)" "${pair#*:}" && [ ! -s out ] && [ ! -s err ] || return 1
    done
}

check "help lists all options and exit codes" help_is_complete
check "help fits into 80 columns" help_fits
check "version" version
check "no command" usage
check "what is no command" eval 'usage inspct x.iso && has err "inspct" && has err "no command" && usage -q persist create x &&
    has err "comes first" && usage x.img && has err "no command"'
check "two commands" usage -i -u x.img
check "install without a target" usage -i
check "two targets" usage -i a.img b.img
check "unknown option" usage -i --frob x.img
check "unknown short option" usage -Z
check "option without its value" usage -i x.img --label
check "--gpt does not go with -u" usage -u -g x.img
check "--size does not go with -l" usage -l --size 1G x.img
check "--label does not go with -u" usage -u -L A x.img
check "--serial and others do not go with -u" eval 'usage -u --serial 1 x.img && usage -u --wipe-members x.img &&
    usage -u --verify-capacity x.img && usage -l --i-know-this-is-not-removable x.img'
check "bad test of the capacity" eval 'usage -i --verify-capacity=slow x.img && has err "quick or full" && usage -i --verify-capacity= x.img'
check "--yes does not go with -l" usage -l -y x.img
check "quiet and verbose" usage -l -q -v x.img
check "bad sizes" eval 'usage -i x --size 8X && usage -i x --size -1 && usage -i x --size G &&
    usage -i x --size 0 && usage -i x --size 99999999999999999999 && usage -i x --size 9999999T &&
    usage -i x --size "" && usage -i x --size 1GB && usage -i x --size 4.5G && has err "a whole number with K, M, G or T"'
check "bad sector size" eval 'usage -i x --sector-size 1024 && usage -i x --sector-size x'
check "wrong usage in JSON" json_usage
check "bad reserve" usage -i x --reserve lots
new_image x.img 300M
v 0 -I -q -y --payload "$P1" x.img || exit 1
check "full disk behind standard output" full_stdout
check "closed standard output" closed_stdout
check "control characters in names" control_characters
check "control characters beyond ASCII" c1_controls
check "sizes with units; -q says nothing" sizes

# Without descriptor 1 the target would get it, and messages would go to the target.
closed_stdout_is_not_the_target() {
    new_image c.img 300M
    "$V" -i -y --payload "$P1" c.img >&- 2>err
    [ $? -eq 1 ] && has err "cannot write to standard output" && v 0 -l c.img &&
        "$V" -I -y --payload "$P1" c.img >&- 2>&- <&-
    [ $? -eq 1 ] && v 0 -l c.img
}

check "messages never go to the target" closed_stdout_is_not_the_target
