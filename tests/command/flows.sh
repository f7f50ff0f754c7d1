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

# says PATTERN INPUT OPTIONS...: a line of the text report
says() {
    pattern=$1
    shift
    "$program" flows "$@" >"$work/text" 2>"$work/err" </dev/null || true
    grep -q -e "$pattern" "$work/text" || {
        echo "FAILED: flows $*: no line '$pattern' in"
        head -n 3 "$work/text"
        failed=1
    }
}

# views WANT: of the JSON read last: what is hidden, and whose views.  No same_as may name
# a row that is not there.
views() {
    got=$(python3 -c 'import json, sys
report = json.load(open(sys.argv[1]))
ids = {f["id"] for f in report["flows"]}
assert all(set(f["same_as"]) <= ids for f in report["flows"])
rows = [str(f["id"]) + " " + str(f["same_as_hidden"]) for f in report["flows"]
        if f["same_as_hidden"]]
head = report["filters"]
print(head["hidden"], str(head["hidden_connections"]) + ":", ", ".join(rows))' "$work/out")
    [ "$got" = "$1" ] || {
        echo "FAILED: '$got', not '$1'"
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

# The full name of a node, and a slip of the fingers.
clusters=$source/fixtures/clusters-one-stale
leaves "1 2 3 4 9 10" "$clusters" --host vcs8c
leaves "1 2 3 4 9 10" "$clusters" --host VCS8C.nordlab.example
leaves "" "$clusters" --host vcs8c.nordlab.examples
mkdir "$work/bare"
tar -xzf "$clusters"/diagnostic_log_vcs8c_*.tar.gz -C "$work/bare"
rm "$work"/bare/x* "$work"/bare/log* # now its certificates alone know the name
leaves "1 2 3" "$work/bare" --host vcs8c.nordlab.example
says 'did you mean "vcs9c.nordlab.example"' "$clusters" --host vcs9x.nordlab.example

# Each view is matched by itself; rows, views and connections add up.
leaves "3 7 9 11" "$clusters" --host 203.0.113.32
views "9 3: 3 1, 7 1, 9 1, 11 1"
says '^4 connections: 0 established, 4 failed' "$clusters" --host 203.0.113.32
says '3 connections do not match[.]$' "$clusters" --host 203.0.113.32
says 'also seen in 1 other capture, which the filters hide$' "$clusters" --host 203.0.113.32
says '^None of 7 connections matches the filters --host 192.0.2.99[.]$' "$clusters" \
    --host 192.0.2.99
leaves "3 4 7 8 9 10 11 12 13" "$clusters" --failed
views "4 2: "
says '^5 connections, 4 of them seen twice' "$clusters" --failed

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
