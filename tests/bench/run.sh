#!/bin/sh
# The benchmark: expdiag beside an empty pcap_dispatch loop, tcpdump and tshark, on
# captures of its own making.  A row: median time (shortest - longest) of its runs, the
# least CPU time of one, rate and ratio by the median, peak memory.
#
# Usage: run.sh EXPDIAG [MEGABYTES [FOLDER]]      RUNS=9 run.sh ... for more runs (5)
# For example, from the root of the sources, with a release build:
#   cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build --target expdiag
#   tests/bench/run.sh build/src/expdiag 1000
#   EXPDIAG is the program to be measured.
#   MEGABYTES of the mixed capture (1000); the one of handshakes alone has a fifth.
#   FOLDER for programs and captures (a new one under /tmp, removed at the end).
# Needs cc, libpcap and OpenSSL for its own programs; tcpdump, tshark, gzip and igzip
# are left out where they are missing.
set -eu
expdiag=$(readlink -f "$1")
size=${2:-1000}
several=${RUNS:-5}
here=$(dirname "$(readlink -f "$0")")
if [ $# -ge 3 ]; then
    folder=$3
    mkdir -p "$folder"
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
cd "$folder"
for program in make_capture count_frames measure; do
    case $program in
    make_capture) libraries="-lssl -lcrypto" ;;
    count_frames) libraries="-lpcap" ;;
    *) libraries="" ;;
    esac
    # shellcheck disable=SC2086
    cc -std=c17 -D_GNU_SOURCE -O2 -o $program "$here/$program.c" $libraries
done
[ -f mixed.pcap ] || ./make_capture mixed "$size" 10000 mixed.pcap
[ -f handshakes.pcap ] || ./make_capture handshakes $((size / 5)) 0 handshakes.pcap
[ -f half.pcap ] || ./make_capture mixed $((size / 2)) 10000 half.pcap

row() { # label, file whose bytes count, runs, command...
    label=$1 bytes=$(stat -Lc %s "$2") runs=$3
    shift 3
    # shellcheck disable=SC2046
    set -- $(./measure "$runs" "$@")
    seconds=$1
    awk -v l="$label" -v b="$bytes" -v s="$1" -v low="$2" -v high="$3" -v c="$4" \
        -v m="$5" -v e="${ours:-$1}" 'BEGIN {
        printf "  %-21s %7.3f s (%.3f - %.3f)  CPU %7.3f s %6.0f MB/s %4d MiB  ", \
            l, s, low, high, c, b / s / 1e6, m
        printf "expdiag is %.2f times as fast\n", s / e }'
}

has() {
    command -v "$1" >/dev/null 2>&1
}

fields="-Y tls.handshake.certificate -T fields -e frame.number -e tls.handshake.certificate"
for file in mixed.pcap handshakes.pcap; do
    cat $file >/dev/null
    echo "$file, $(stat -c %s $file) bytes"
    ours=
    row "expdiag flows" $file "$several" "$expdiag" flows $file
    ours=$seconds
    row "pcap_dispatch, empty" $file "$several" ./count_frames $file
    has tcpdump && row "tcpdump -w /dev/null" $file 3 tcpdump -r $file -w /dev/null
    # shellcheck disable=SC2086
    has tshark && row "tshark, certificates" $file 1 tshark -r $file \
        -o tcp.reassemble_out_of_order:TRUE $fields
done
echo "half the bytes, as many conversations"
cat half.pcap >/dev/null
ours=
row "expdiag flows" half.pcap "$several" "$expdiag" flows half.pcap
[ -f mixed.pcap.gz ] || gzip -1 -k mixed.pcap
echo "mixed.pcap.gz (rates are of the inflated bytes)"
cat mixed.pcap.gz >/dev/null
ours=
row "expdiag flows" mixed.pcap "$several" "$expdiag" flows mixed.pcap.gz
ours=$seconds
row "gzip -dc" mixed.pcap 1 gzip -dc mixed.pcap.gz
if has igzip; then
    row "igzip -dc" mixed.pcap "$several" igzip -dc mixed.pcap.gz
fi
