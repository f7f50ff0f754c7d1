#!/bin/sh
# Every symbol that a module exports starts with xd_.
set -eu
bad=$(nm -g --defined-only "$@" 2>/dev/null |
    awk 'NF == 3 && $2 ~ /[TDBRVW]/ && $3 !~ /^(xd_|__asan|__odr_asan|__ubsan|__sanitizer|asan\.)/ { print $3 }')
[ -z "$bad" ] || {
    printf 'exported without the xd_ prefix:\n%s\n' "$bad"
    exit 1
}
