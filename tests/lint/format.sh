#!/bin/sh
# Every C file is as clang-format 14 leaves it.
set -eu
. "$(dirname "$0")/skip.sh"
cd "$1"
need clang-format-14
find include src tests -name '*.[ch]' -print0 |
    xargs -0 clang-format-14 --dry-run --Werror
