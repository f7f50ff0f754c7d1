#!/bin/sh
# flows: which conversations --host, --port, --failed and --filter leave, on bundles and
# bare captures.
set -eu
program=$1
source=$2
case=$source/fixtures/condition-2-check-on
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
failed=0

# leaves IDS INPUT OPTIONS...: these conversations, whatever the exit status
leaves() {
    want=$1
    shift
    "$program" flows --format json "$@" >"$work/out" 2>"$work/err" </dev/null || true
    got=$(python3 -c 'import json, sys
print(*(f["id"] for f in json.load(open(sys.argv[1]))["flows"]))' "$work/out")
    [ "$got" = "$want" ] || {
        echo "FAILED: flows $*: '$got', not '$want'"
        cat "$work/err"
        failed=1
    }
}

leaves "1 2 3 4 5 6 7 8 9 10 11 12 13" "$case"
leaves 5 "$case" --host 10.106.80.38
leaves 5 "$case" --host cucm.nordlab.example
leaves "1 2 3 4 6 7 8 9 10 11 13" "$case" --host SMARTSLAVE
leaves "3 4 8 9" "$case" --port 2222
leaves "1 2" "$case" --port 25001
leaves "1 2 6 7 10 11" "$case" --failed --port 7001
leaves "3 4 8 9" "$case" --host smartslave --failed --port 2222
leaves "" "$case" --host nobody
leaves "1" "$case" --filter 'tcp port 8443'
leaves "1 2" "$case" --filter 'host 10.106.79.20'
leaves "" "$case" --filter 'tcp port 1'
# Two bundles of one node: its name is that of both.
leaves "1 2 3 4 5 6 7 8" "$source/fixtures/before-and-after" --host vcs8c

# A bare capture: an answer that names 192.0.2.1, a refused and an unanswered connection.
python3 - "$work/bare.pcap" <<'PYTHON'
import struct, sys

def packet(protocol, src, dst, rest):
    return struct.pack(">BBHIBBH4s4s", 0x45, 0, 20 + len(rest), 0, 64, protocol, 0,
                       bytes(src), bytes(dst)) + rest

def segment(src, dst, ports, flags, seq, ack=0):
    return packet(6, src, dst, struct.pack(">HHIIBBHI", *ports, seq, ack, 0x50, flags, 999, 0))

answer = (b"\0\1\x81\x80\0\1\0\1\0\0\0\0\1e\7example\3com\0\0\1\0\1"
          b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\xc0\0\2\1")
me, named, other = (10, 0, 0, 1), (192, 0, 2, 1), (192, 0, 2, 9)
frames = [
    packet(17, (10, 0, 0, 53), me, struct.pack(">HHHH", 53, 5000, 8 + len(answer), 0) + answer),
    segment(me, named, (40000, 443), 2, 7),
    segment(named, me, (443, 40000), 20, 0, 8),
    segment(me, other, (40001, 5061), 2, 9),
]
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
    for i, frame in enumerate(frames):
        f.write(struct.pack("<IIII", 1774000000 + 60 * i, 0, len(frame), len(frame)) + frame)
PYTHON
leaves 1 "$work/bare.pcap" --host E.example.com
leaves 1 "$work/bare.pcap" --host 192.0.2.1
leaves 1 "$work/bare.pcap" --port 443 --failed
leaves 1 "$work/bare.pcap" --filter 'host 192.0.2.1'
leaves "" "$work/bare.pcap" --host e.example.org
exit $failed
