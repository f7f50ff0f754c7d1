#!/bin/sh
# The benchmark: expdiag beside an empty pcap_dispatch loop, tcpdump, tshark and
# ndpiReader, on captures of its own making.  A row: median time (shortest - longest) of
# its runs, the least CPU time of one, rate and ratio by the median, peak memory, and the
# ratio that is wanted where one is.  The close ones take turns with expdiag, run by run.
#
# Usage: run.sh EXPDIAG [MEGABYTES [FOLDER [TIMES]]]    RUNS=9 run.sh ... for more runs (5)
# For example, from the root of the sources, with a release build:
#   cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build --target expdiag
#   tests/bench/run.sh build/src/expdiag 1000
#   EXPDIAG is the program to be measured.
#   MEGABYTES of the mixed capture (1000); the one of handshakes alone has a fifth.
#   FOLDER for programs and captures (a new one under /tmp, removed at the end).
#   TIMES: also a mixed capture so many times as long, with as many conversations (it is
#     removed after its row; 10 takes ten times MEGABYTES of disk and page cache).
# Needs cc, libpcap and OpenSSL for its own programs; tcpdump, tshark, ndpiReader, gzip
# and igzip are left out where they are missing.
set -eu
expdiag=$(readlink -f "$1")
size=${2:-1000}
times=${4:-0}
several=${RUNS:-5}
conversations=10000
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
[ -f mixed.pcap ] || ./make_capture mixed "$size" $conversations mixed.pcap
[ -f handshakes.pcap ] || ./make_capture handshakes $((size / 5)) 0 handshakes.pcap
[ -f half.pcap ] || ./make_capture mixed $((size / 2)) $conversations half.pcap

# label, bytes, ratio that is wanted or "-", then what measure printed of the command
print_row() {
    seconds=$4 memory=$8
    awk -v l="$1" -v b="$2" -v w="$3" -v s="$4" -v low="$5" -v high="$6" -v c="$7" \
        -v m="$8" -v e="${ours:-}" 'BEGIN {
        printf "  %-21s %7.3f s (%.3f - %.3f)  CPU %7.3f s %6.0f MB/s %4d MiB", \
            l, s, low, high, c, b / s / 1e6, m
        if (e != "") {
            printf "  expdiag is %.2f times as fast", s / e
            if (w != "-") {
                printf " (wanted: %s%s)", w, (s / e < w ? ", MISSED" : "")
            }
        }
        printf "\n" }'
}

# label, file whose bytes count, runs, ratio that is wanted or "-", command...
row() {
    label=$1 bytes=$(stat -Lc %s "$2") runs=$3 wanted=$4
    shift 4
    # shellcheck disable=SC2046
    print_row "$label" "$bytes" "$wanted" $(./measure "$runs" "$@")
}

# The ratio is of runs that take turns with expdiag's.
# label, file whose bytes count, file for expdiag, ratio that is wanted, command...
turns() {
    label=$1 bytes=$(stat -Lc %s "$2") file=$3 wanted=$4 whole=${ours:-}
    shift 4
    # shellcheck disable=SC2046
    set -- $(./measure "$several" "$expdiag" flows "$file" ::: "$@")
    ours=$1
    shift 6
    print_row "$label" "$bytes" "$wanted" "$@"
    ours=$whole
}

# what, value, its unit, what it may be at most
limit() {
    awk -v l="$1" -v v="$2" -v u="$3" -v m="$4" 'BEGIN {
        printf "  %-21s %.1f %s (at most: %s%s)\n", l, v, u, m, (v > m ? ", MISSED" : "") }'
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# file, ratio wanted to pcap_dispatch, to tshark, to ndpiReader
compare() {
    cat "$1" >/dev/null
    echo "$1, $(stat -c %s "$1") bytes"
    ours=
    row "expdiag flows" "$1" "$several" - "$expdiag" flows "$1"
    ours=$seconds ours_memory=$memory
    turns "pcap_dispatch, empty" "$1" "$1" "$2" ./count_frames "$1"
    has tcpdump && turns "tcpdump -w /dev/null" "$1" "$1" - tcpdump -r "$1" -w /dev/null
    has tshark && row "tshark, certificates" "$1" 1 "$3" tshark -r "$1" \
        -o tcp.reassemble_out_of_order:TRUE -Y tls.handshake.certificate \
        -T fields -e frame.number -e tls.handshake.certificate
    has ndpiReader && row "ndpiReader" "$1" 1 "$4" ndpiReader -q -i "$1"
    limit "peak memory" "$ours_memory" MiB 64
}

compare mixed.pcap 1 60 -
mixed_memory=$ours_memory
compare handshakes.pcap - 50 3
awk -v s="$ours" -v b="$(stat -c %s handshakes.pcap)" 'BEGIN {
    printf "  %-21s %.0f MB/s (wanted: 1000%s)\n", "rate", b / s / 1e6, \
        (b / s < 1e9 ? ", MISSED" : "") }'

# By how much a conversation more makes the peak grow: the engine and what the report is
# made of.  label, most bytes, arguments...
growth() {
    label=$1 most=$2
    shift 2
    # shellcheck disable=SC2046
    set -- "$most" $(./measure 1 "$expdiag" "$@" few.pcap) \
        $(./measure 1 "$expdiag" "$@" handshakes.pcap)
    limit "$label" "$(((${13} - $7) * 1024 / (many - few))).0" bytes "$most"
}
[ -f few.pcap ] || ./make_capture handshakes $((size / 20)) 0 few.pcap
few=$("$expdiag" flows few.pcap | awk 'NR == 1 { print $1 }')
many=$("$expdiag" flows handshakes.pcap | awk 'NR == 1 { print $1 }')
echo "for each of $((many - few)) conversations more, the report's share included"
growth "flows" 1024 flows
growth "flows --verbose" 1536 flows --verbose
growth "flows, HTML" 1536 flows --format html
growth "analyze" 2048 analyze

echo "half the bytes, as many conversations"
cat half.pcap >/dev/null
ours=
row "expdiag flows" half.pcap "$several" - "$expdiag" flows half.pcap
if [ "$times" -gt 1 ]; then
    echo "$times times the bytes, as many conversations"
    [ -f long.pcap ] || ./make_capture mixed $((size * times)) $conversations long.pcap
    cat long.pcap >/dev/null
    row "expdiag flows" long.pcap 3 - "$expdiag" flows long.pcap
    limit "peak memory" "$memory" MiB $((mixed_memory + 2))
    rm long.pcap
fi

[ -f mixed.pcap.gz ] || gzip -1 -k mixed.pcap
echo "mixed.pcap.gz (rates are of the inflated bytes)"
cat mixed.pcap.gz >/dev/null
row "expdiag flows" mixed.pcap "$several" - "$expdiag" flows mixed.pcap.gz
ours=$seconds
row "gzip -dc" mixed.pcap 1 2 gzip -dc mixed.pcap.gz
if has igzip; then
    turns "igzip -dc" mixed.pcap mixed.pcap.gz 0.9 igzip -dc mixed.pcap.gz
fi
