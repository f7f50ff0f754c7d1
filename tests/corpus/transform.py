#!/usr/bin/env python3
"""Tells the same conversations in many other forms: the facts must stay the same.

Usage: transform.py EXPDIAG PROJECT [--seed N] [--rounds N] [--only NAME]
                    [CAPTURE | @LIST]...

Without captures, those of three cases of fixtures/.  Each transformation of each capture
becomes an input; `expdiag flows` must say the same of it as of the capture itself.  Of one
that takes bytes away nothing may be invented, and the report must say what is lost.
Exit: 0 all held, 1 not; what did not is left in a folder that is named.
"""
import argparse
import bz2
import collections
import gzip
import io
import json
import lzma
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import frames
from frames import ACK, FIN, PSH, RST, SYN

CASES = ["condition-2-check-on", "condition-2-check-on-tls13", "unknown-ca"]
STAMP = "h_2026-03-29_07_05_00.pcap"


def ring(parts):
    return {"eth0_diagnostic_logging_tcpdump%02d_%s" % (i, STAMP): frames.write_pcap(p)
            for i, p in enumerate(parts)}


def pack(files, mode="w:gz"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


# ---- what a report says ----

def facts(report, mid_stream=False):
    """One row a conversation, without places and times; mid_stream: of those alone that
    a handshake was seen of."""
    rows = []
    for f in report["flows"]:
        fail, tls, ssh = f["failure"], f["tls"] or {}, f["ssh"] or {}
        rows.append((
            f["client"]["port"], f["server"]["port"], f["protocol"], f["outcome"],
            fail and (fail["kind"], fail["phase"], fail["by"], fail["alert_code"]),
            tuple(str(tls.get(k)) for k in ("version", "client_version", "cipher", "sni",
                                            "alpn", "resumed", "client_auth_requested",
                                            "acceptable_cas", "certificates_visible")),
            tuple(str(ssh.get(k)) for k in ("client_banner", "server_banner", "kex",
                                            "host_key_algorithm", "host_key_sha256",
                                            "host_certificates")),
            tuple(sorted((p["by"], tuple(p["certificates"])) for p in f["presented"])),
            tuple(sorted(((a["by"], a["code"], a["encrypted"]) for a in f["alerts"]),
                         key=str))))
    return sorted(r for r in rows if not (mid_stream and r[2] == "tcp"))


# ---- transformations of packets: packets and a generator of numbers to packets ----

def rebuilt(packets, change):
    """Each TCP segment through change(segment), which gives a list of them."""
    out = []
    for t, ip in packets:
        s = frames.parse(ip)
        out += [(t, ip)] if s is None else [(t, frames.build(x)) for x in change(s)]
    return out


def resegmented(packets, rng, largest):
    """Pieces of 1 to largest bytes, some again, some longer to the front with other bytes
    (the first copy wins), and sixty of a burst at a time in any order."""
    def cut(s):
        if not s.data or s.flags & (SYN | RST):
            return [s]
        out, at = [], 0
        while at < len(s.data):
            size = rng.randint(1, largest)
            piece = s._replace(seq=s.seq + at, data=s.data[at:at + size],
                               flags=s.flags & ~FIN if at + size < len(s.data) else s.flags)
            out.append(piece)
            if rng.random() < 0.1:
                out.append(piece._replace(flags=piece.flags & ~FIN))
            at += size
        first, rest = out[0], []
        for at in range(1, len(out), 60):  # what waits for bytes has limits
            rest += rng.sample(out[at:at + 60], len(out[at:at + 60]))
        seen = first.seq + len(first.data)
        again = [p._replace(seq=s.seq, data=bytes(len(first.data)) + p.data,
                            flags=p.flags & ~FIN)
                 for p in rest if p.seq == seen and rng.random() < 0.5]
        return [first, *again, *rest]
    return rebuilt(packets, cut)


def contradicted(packets, rng):
    """Every segment once more, with other bytes: the first copy wins."""
    return rebuilt(packets, lambda s: [s] if not s.data or s.flags & (SYN | RST | FIN) else
                   [s, s._replace(data=bytes(rng.randrange(256) for _ in s.data))])


def wrapped(packets, rng):
    """Sequence numbers that pass 2^32 within each conversation."""
    shift = {}
    for _, ip in packets:
        s = frames.parse(ip)
        if s is not None and s.flags & SYN:
            shift[s.src, s.sport, s.dst, s.dport] = -s.seq - rng.randint(1, 1500)

    def move(s):
        to = shift.get((s.src, s.sport, s.dst, s.dport), 0)
        back = shift.get((s.dst, s.dport, s.src, s.sport), 0)
        ack = s.ack + back if s.flags & ACK else s.ack
        return [s._replace(seq=s.seq + to, ack=ack)]
    return rebuilt(packets, move)


def kept_alive(packets, rng):
    """Keep-alives with a byte of garbage (RFC 9293, 3.8.4), bare acknowledgements, window
    probes."""
    known = {}

    def add(s):
        out = [s]
        before = known.get((s.src, s.sport, s.dst, s.dport))
        if before is not None and rng.random() < 0.3:
            out.insert(0, s._replace(seq=before - 1, data=b"\x5a", flags=ACK))
            out.insert(0, s._replace(seq=before, data=b"", flags=ACK))
        if not s.flags & RST:
            known[s.src, s.sport, s.dst, s.dport] = s.seq + len(s.data) + bool(
                s.flags & (SYN | FIN))
        return out
    return rebuilt(packets, add)


def both_sides(packets, rng):
    """As it is before and behind a firewall that rewrites the client's sequence numbers:
    everything, or what the server says, is there twice, with numbers of two kinds."""
    ends = {(s.src, s.sport, s.dst, s.dport): rng.randrange(1 << 26, 1 << 31)
            for s in (frames.parse(ip) for _, ip in packets)
            if s is not None and s.flags & (SYN | ACK) == SYN | ACK}
    both = rng.random() < 0.5

    def show(s):
        back = ends.get((s.src, s.sport, s.dst, s.dport))
        by = ends.get((s.dst, s.dport, s.src, s.sport))
        if back is not None and both:
            return [s._replace(ack=s.ack + back), s]
        if back is not None:
            return [s._replace(seq=s.seq + back, ack=s.ack - back), s]
        return [s, s._replace(seq=s.seq + by)] if by is not None and both else [s]
    return rebuilt(packets, show)


def with_options(packets, rng):
    stamp = b"\1\1\x08\x0a" + bytes(8)
    out = []
    for t, ip in packets:
        s = frames.parse(ip)
        if s is not None:
            mss = b"\2\4\5\xb4\4\2" + stamp + b"\0\0"
            ip = frames.build(s, mss if s.flags & SYN else stamp)
        out.append((t, ip))
    return out


def without_syn(packets, rng):
    out = []
    for t, ip in packets:
        s = frames.parse(ip)
        if s is None or not s.flags & SYN:
            out.append((t, ip))
    return out


def in_fragments(packets, rng, shuffle=True):
    number, out = rng.randrange(65536), []
    for t, ip in packets:
        parts = [ip]
        number = (number + 1) % 65536
        if len(ip) > 60:
            cut = frames.fragments if ip[0] >> 4 == 4 else frames.fragments_v6
            parts = cut(ip, lambda: rng.choice([8, 24, 64, 256, 1024]), number)
        if shuffle:
            rng.shuffle(parts)
        out += [(t, p) for p in parts]
    return out


def offloaded(packets, rng):
    """Total length 0, as the host's own large segments have it."""
    return [(t, ip[:2] + b"\0\0" + ip[4:] if ip[0] >> 4 == 4 and len(ip) > 60 else ip)
            for t, ip in packets]


def doubled(packets, rng):
    """As two interfaces show it: each frame again a little later."""
    return sorted(packets + [(t + 3, ip) for t, ip in packets], key=lambda p: p[0])


def with_noise(packets, rng):
    out = []
    for t, ip in packets:
        for _ in range(rng.randrange(3)):
            junk = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 200)))
            out.append((t, frames.over_ip(17, frames.udp(junk, rng.randrange(1, 65536)))))
        out.append((t, ip))
    return out


def reversed_runs(packets, rng):
    """Every few frames of one burst last to first, both directions; the stamps stay."""
    most, burst = rng.choice([2, 6, 12]), 200000
    out, i = [], 0
    while i < len(packets):
        n = sum(t - packets[i][0] < burst for t, _ in packets[i:i + most])
        some = packets[i:i + n]
        out += [(t, ip) for (t, _), (_, ip) in zip(some, some[::-1])]
        i += n
    return out


def jumping(packets, rng):
    """The clock is set back by 2 ms, now and then: in the midst of a burst."""
    return [(t - (2000 if rng.random() < 0.2 else 0), ip) for t, ip in packets]


# ---- records ----

def streams(packets):
    """Whole byte streams by (ends of the sender): the bytes, and for each packet how many
    of them are new with it; None where one began before or lacks bytes."""
    seen = {}
    for i, (_, ip) in enumerate(packets):
        s = frames.parse(ip)
        if s is None:
            continue
        key = (s.src, s.sport, s.dst, s.dport)
        if s.flags & SYN:
            if key in seen:
                return None
            seen[key] = [s.seq + 1, b"", {}]
            continue
        if key not in seen:
            return None
        start, data, new = seen[key]
        at = (s.seq - start) & 0xffffffff
        if s.data and at == len(data):
            seen[key] = [start, data + s.data, {**new, i: len(s.data)}]
        elif s.data and at + len(s.data) > len(data):
            return None
    return {key: (data, new) for key, (_, data, new) in seen.items()}


def recut(data, rng):
    """The clear handshake records of a stream in pieces of other sizes; where each record
    of it now ends: [(old end, new bytes)]."""
    at, out, clear = 0, [], bytearray()

    def flush(end):
        body, new = bytes(clear), b""
        while body:
            size = rng.choice([1, 2, 3, 7, 100, 1000, 16000])
            part, body = body[:size], body[size:]
            new += b"\x16" + version + len(part).to_bytes(2, "big") + part
        out.append((end, new))
        clear.clear()

    version, hidden = b"\3\3", False
    while at + 5 <= len(data):
        kind, size = data[at], int.from_bytes(data[at + 3:at + 5], "big")
        whole = at + 5 + size
        if data[at + 1] != 3 or kind not in (20, 21, 22, 23) or whole > len(data):
            break
        hidden = hidden or kind in (20, 23)
        if kind == 22 and not hidden:
            version = data[at + 1:at + 3]
            clear += data[at + 5:whole]
            # sometimes joined with the next one, if that comes with the same burst
            flush(whole)
        else:
            out.append((whole, data[at:whole]))
        at = whole
    out.append((len(data), data[at:]))
    return out


def rerecorded(packets, rng):
    """TLS records cut anew: handshake messages in pieces of any size."""
    known = streams(packets)
    if known is None:
        return None
    plan = {key: recut(data, rng) for key, (data, _) in known.items()}
    got, sent, seqs, out = collections.Counter(), collections.Counter(), {}, []
    for i, (t, ip) in enumerate(packets):
        s = frames.parse(ip)
        if s is None:
            out.append((t, ip))
            continue
        key, other = (s.src, s.sport, s.dst, s.dport), (s.dst, s.dport, s.src, s.sport)
        data = b""
        if s.flags & SYN:
            seqs[key] = s.seq + 1
        else:
            got[key] += known[key][1].get(i, 0)
            while plan[key] and plan[key][0][0] <= got[key]:
                data += plan[key].pop(0)[1]
        ack = seqs[other] + sent[other] if s.flags & ACK and other in seqs else s.ack
        seq = s.seq if s.flags & SYN else seqs[key] + sent[key]
        sent[key] += len(data)
        for at in range(0, max(len(data), 1), 1400):
            last = at + 1400 >= len(data)
            out.append((t, frames.build(s._replace(
                seq=seq + at, ack=ack, data=data[at:at + 1400],
                flags=s.flags if last else s.flags & ~(FIN | PSH)))))
    return out


# ---- transformations to files: name to bytes ----

def lone(packets, **how):
    return {"x.pcap": frames.write_pcap(packets, **how)}


def many_interfaces(packets, rng):
    wraps = rng.sample(["ethernet", "vlan", "qinq", "cooked", "cooked 2", "null", "raw"], 4)
    return {"x.pcapng": frames.write_pcapng(packets, rng, wraps)}


def dealt(packets, rng, n=3):
    """Each frame in one of several files of the same time, the archive in any order."""
    parts = [[] for _ in range(n)]
    for p in packets:
        parts[rng.randrange(n)].append(p)
    return shuffled(ring(parts), rng)


def directions(packets):
    sides = [[], []]
    for t, ip in packets:
        s = frames.parse(ip)
        sides[s is not None and (s.src, s.sport) < (s.dst, s.dport)].append((t, ip))
    return sides


def by_direction(packets, rng):
    return shuffled(ring(directions(packets)), rng)


def by_interface(packets, rng):
    """Requests by one interface of the node, answers by the other, each in ring files."""
    files = {}
    for n, side in enumerate(directions(packets)):
        cut = rng.randrange(len(side) + 1)
        for name, data in ring([side[:cut], side[cut:]]).items():
            files[name.replace("eth0", "eth%d" % n)] = data
    return shuffled(files, rng)


def cut_in_rings(packets, rng):
    """Files one after the other, cut anywhere, the archive in any order."""
    cuts = sorted(rng.randrange(len(packets) + 1) for _ in range(rng.randint(1, 6)))
    return shuffled(ring([packets[a:b] for a, b in zip([0] + cuts, cuts + [len(packets)])]),
                    rng)


def shuffled(files, rng):
    names = list(files)
    rng.shuffle(names)
    return {"b.tar.gz": pack({name: files[name] for name in names})}


def overlapping(packets, rng):
    """Two files, the second of which begins before the first one ends."""
    a, b = sorted(rng.randrange(len(packets) + 1) for _ in range(2))
    return shuffled(ring([packets[:b], packets[a:]]), rng)


def nested(packets, rng):
    pcap = frames.write_pcap(packets)
    inner = pack({"case/%s" % ("eth0_diagnostic_logging_tcpdump00_" + STAMP): pcap},
                 rng.choice(["w", "w:gz", "w:xz", "w:bz2"]))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice([0, 8])) as z:
        z.writestr("mail/a.tar", inner)
    return {"x.zip": out.getvalue()}


def compressed(packets, rng):
    how = rng.choice([gzip.compress, lzma.compress, bz2.compress,
                      lambda b: gzip.compress(bz2.compress(b))])
    return {"x.pcap.z": how(frames.write_pcap(packets))}


def each(change):
    def change_all(packets, rng):
        changed = change(packets, rng)
        return None if changed is None else lone(changed)
    return change_all


def in_wrap(wrap):
    return lambda packets, rng: lone(packets, wrap=wrap)


V6_HEADERS = [(0, b"\1\4\0\0\0\0"), (60, b"\1\4\0\0\0\0"), (43, b"\0\0\0\0\0\0"),
              (51, b"\0\0\0\0\0\7\0\0\0\1")]


def as_v6(packets, rng):
    def headers():
        return [h for h in V6_HEADERS[:3] if rng.random() < 0.5]
    return lone([(t, frames.to_v6(ip, headers())) for t, ip in packets])


def v6_fragments(packets, rng):
    return lone(in_fragments([(t, frames.to_v6(ip)) for t, ip in packets], rng))


SAME = {
    "big-endian": lambda p, r: lone(p, order=">"),
    "nanoseconds": lambda p, r: lone(p, order=r.choice("<>"), nano=True),
    "interfaces of pcapng": many_interfaces,
    "IPv6 with extension headers": as_v6,
    "fragments": each(in_fragments),
    "fragments of IPv6": v6_fragments,
    "fragments in two files": lambda p, r: dealt(in_fragments(p, r), r, 2),
    "length 0": each(offloaded),
    "segments of few bytes": each(lambda p, r: resegmented(p, r, 12)),
    "segments of some bytes": each(lambda p, r: resegmented(p, r, 300)),
    "other bytes again": each(contradicted),
    "numbers that wrap": each(wrapped),
    "wrapping segments of few bytes": each(lambda p, r: resegmented(wrapped(p, r), r, 30)),
    "keep-alives": each(kept_alive),
    "both sides of a firewall": lambda p, r: shuffled(ring([both_sides(p, r)]), r),
    "no SYN": each(without_syn),
    "options": each(with_options),
    "records cut anew": each(rerecorded),
    "each frame twice": each(doubled),
    "noise": each(with_noise),
    "a clock set back": each(jumping),
    "frames out of order": each(reversed_runs),
    "files dealt out": dealt,
    "a file a direction": by_direction,
    "an interface a direction": by_interface,
    "files in any order": cut_in_rings,
    "files that overlap": overlapping,
    "archives in archives": nested,
    "compressed": compressed,
    **{"in " + wrap: in_wrap(wrap) for wrap in frames.WRAPS if wrap != "ethernet"},
}


# ---- what takes something away ----

def snapped(packets, rng):
    """Frames cut, each somewhere behind its headers."""
    return {"x.pcap": frames.write_pcap(
        packets, snap=lambda i: rng.choice([70, 100, 200, 700, 70000]))}


def thinned(packets, rng):
    return lone([p for p in packets if rng.random() > 0.1])


def cut_off(packets, rng):
    data = frames.write_pcap(packets)
    return {"x.pcap": data[:rng.randrange(24, len(data))]}


LESS = {"frames cut": snapped, "frames lost": thinned, "a file cut": cut_off}


def invented(before, after):
    """What the second report says and the first does not."""
    known = collections.defaultdict(list)
    for row in before:
        known[row[0], row[1]].append(row)
        known[row[1], row[0]].append(row)
    out = []
    for row in after:
        twins = known[row[0], row[1]]
        certs = {p for t in twins for p in t[7]}
        alerts = {a for t in twins for a in t[8] if not a[2]}
        versions = {t[5][0] for t in twins} | {"None"}
        chains = [p for p in row[7] if not any(p[1] == q[1][:len(p[1])] for q in certs)]
        out += [(row[:2], "certificates", p) for p in chains]
        out += [(row[:2], "alert", a) for a in row[8] if not a[2] and a[1:] not in
                {x[1:] for x in alerts}]
        if row[5][0] not in versions:
            out.append((row[:2], "version", row[5][0]))
    return out


# ---- running it ----

class Failure(Exception):
    pass


class Runner:
    def __init__(self, program, folder):
        self.program, self.folder, self.runs = program, folder, 0

    def report(self, files):
        self.runs += 1
        paths = []
        for name, data in files.items():
            paths.append(os.path.join(self.folder, name))
            with open(paths[-1], "wb") as f:
                f.write(data)
        got = subprocess.run([self.program, "flows", "--format", "json", *paths],
                             capture_output=True, check=False, stdin=subprocess.DEVNULL)
        if got.returncode != 0:
            raise Failure("exit %d: %s" % (got.returncode, got.stderr[:200]))
        return json.loads(got.stdout)


def differ(a, b):
    gone = [r for r in a if r not in b]
    new = [r for r in b if r not in a]
    return "" if a == b else "  was %s\n  is  %s" % (gone[:2] or "-", new[:2] or "-")


def check(runner, name, packets, rng):
    """What does not hold, or ""; None where the transformation does not apply."""
    plain = runner.report(lone(packets))
    files = (SAME | LESS)[name](packets, rng)
    if files is None:
        return None
    changed = runner.report(files)
    if name in SAME:
        rows = [facts(r, name == "no SYN") for r in (plain, changed)]
        return differ(*rows)
    made = invented(facts(plain), facts(changed))
    notes = [e for i in changed["inputs"] for e in i["entries"] if e["status"] != "read"]
    if made:
        return "  invented %s" % made[:3]
    shorter = len(files["x.pcap"]) < len(lone(packets)["x.pcap"])
    if name != "frames lost" and shorter and not notes:
        return "  nothing is said of what was lost"
    return ""


def captures_of(project):
    for case in CASES:
        folder = os.path.join(project, "fixtures", case)
        for name in sorted(os.listdir(folder)):
            if name.endswith(".tar.gz"):
                with tarfile.open(os.path.join(folder, name)) as tar:
                    for member in tar.getmembers():
                        if member.name.endswith(".pcap"):
                            yield member.name, tar.extractfile(member).read()


def main():
    p = argparse.ArgumentParser(usage=__doc__, fromfile_prefix_chars="@")
    p.add_argument("program")
    p.add_argument("project")
    p.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    p.add_argument("--rounds", type=int, default=1)
    p.add_argument("--only")
    p.add_argument("captures", nargs="*")
    o = p.parse_intermixed_args()
    given = [(c, open(c, "rb").read()) for c in o.captures] or list(captures_of(o.project))
    readable = [(n, k) for n, k in ((n, frames.read_pcap(d)) for n, d in given) if k]
    folder = tempfile.mkdtemp(prefix="transform.")
    runner, failed, applied = Runner(o.program, folder), 0, 0
    # all transformations, each of a capture; all captures take their turn
    for number in range(o.rounds):
        for at, name in enumerate(n for n in SAME | LESS if o.only in (None, n)):
            source, packets = readable[(at + number) % len(readable)]
            seed = "%d/%s/%s" % (o.seed + number, name, os.path.basename(source))
            try:
                wrong = check(runner, name, packets, random.Random(seed))
            except Failure as e:
                wrong = "  %s" % e
            applied += wrong is not None
            if wrong:
                failed += 1
                print("FAILED: %s of %s, seed %d\n%s" % (name, source, o.seed + number,
                                                         wrong[:1500]))
    print("%d of %d hold; seed %d, %d runs" % (applied - failed, applied, o.seed,
                                               runner.runs))
    if not failed:
        subprocess.run(["rm", "-rf", folder], check=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
