#!/bin/sh
# Builds the release tree: gcc, optimised, hardened, warnings as errors.
set -eu
cmake=$1 source=$2 build=$3
CC=${EXPDIAG_RELEASE_CC:-gcc}
export CC
"$cmake" -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DEXPDIAG_WERROR=ON -DEXPDIAG_TESTS=OFF -DEXPDIAG_HOSTILE=ON
"$cmake" --build "$build"
