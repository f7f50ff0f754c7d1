#!/bin/sh
# clang-tidy over every C file of the program, by the settings in .clang-tidy.
set -eu
. "$(dirname "$0")/skip.sh"
cd "$1"
need clang-tidy-14
find src -name '*.c' -print0 |
    xargs -0 -n 8 -P "$(nproc)" clang-tidy-14 --quiet -p "$2"
