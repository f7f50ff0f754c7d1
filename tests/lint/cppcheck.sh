#!/bin/sh
# cppcheck over the program.
set -eu
. "$(dirname "$0")/skip.sh"
cd "$1"
need cppcheck
cppcheck --quiet --std=c11 --language=c -j "$(nproc)" --error-exitcode=1 \
    --enable=warning,performance,portability --inline-suppr \
    --suppress=normalCheckLevelMaxBranches --suppress=missingIncludeSystem \
    -D_GNU_SOURCE -DEXPDIAG_VERSION='""' -Iinclude src
