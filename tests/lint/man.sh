#!/bin/sh
# The manual pages are clean mdoc; each command has one that names its options, and every
# option is described in expdiag(1).
set -eu
. "$(dirname "$0")/skip.sh"
source=$1
program=$2
shift 2
need mandoc
status=0
mandoc -T lint -W warning "$@" "$source"/man/*.[1-8] || status=1

# speaks PAGE LONG LETTER: is the option there, as "Fl -long" or among the letters?
speaks() {
    name=$(printf '%s' "$2" | sed 's/-/\\\\*-/g')
    grep -qE "Fl -$name( |$)" "$1"
}
"$program" --completions options | {
    status=0
    while read -r command option _; do
        page=$source/man/expdiag-$command.1
        long=${option#--}
        [ -f "$page" ] || {
            echo "expdiag $command has no page"
            exit 1
        }
        case $long in
        help | version | output | quiet | verbose) ;; # by letters in the synopsis
        *) speaks "$page" "$long" || {
            echo "$page does not speak of $option"
            status=1
        } ;;
        esac
        speaks "$source/man/expdiag.1" "$long" || {
            echo "man/expdiag.1 does not speak of $option"
            status=1
        }
    done
    exit $status
} || status=1
exit $status
