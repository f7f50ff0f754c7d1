#!/bin/sh
# The manual pages are clean mdoc, and every option of the program is in expdiag(1).
set -eu
. "$(dirname "$0")/skip.sh"
source=$1
program=$2
shift 2
need mandoc
mandoc -T lint -W warning "$@"
status=0
for option in $("$program" --help | grep -oE -- '--[a-z-]+' | sort -u); do
    name=$(printf '%s' "${option#--}" | sed 's/-/\\\\*-/g')
    grep -qE "Fl -${name}( |$)" "$source/man/expdiag.1" || {
        echo "man/expdiag.1 does not speak of $option"
        status=1
    }
done
exit $status
