#!/usr/bin/env python3
"""Seeds for the fuzz targets, made from fixtures/.

  seeds.py PROJECT FOLDER     writes FOLDER/TARGET/NAME

Small on purpose: logs are cut to the lines that name something, captures to their head.
"""
import bz2
import gzip
import io
import json
import lzma
import os
import re
import struct
import sys
import tarfile
import zipfile
import base64

BUNDLES = ("condition-2-check-on", "unknown-ca", "condition-2-check-on-tls13", "x15.4-node",
           "log-only-bundle")
LOG_LINES = 120
CAPTURE_HEAD = 24 << 10
SAYING = re.compile(rb"TLS|ssl|SSL|ssh|alarm|Alarm|config|certificate|Connection|Zone|MARKER")
KINDS = ("ca_", "client_", "server_", "tcpdump00", "loggingsnapshot", "xconf_dump.txt",
         "xconf_dump.xml", "xstat_dump.txt", "xstat_dump.xml")


class Seeds:
    def __init__(self, folder):
        self.folder = folder

    def add(self, target, name, data):
        place = os.path.join(self.folder, target)
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, name), "wb") as f:
            f.write(data)


def shorten_log(data):
    lines = data.split(b"\n")
    kept = [line for line in lines if SAYING.search(line)][:LOG_LINES]
    return b"\n".join(lines[:3] + kept) + b"\n"


def read_bundle(path):
    files = {}
    with tarfile.open(path) as tar:
        for member in tar:
            if member.isfile():
                files[os.path.basename(member.name)] = tar.extractfile(member).read()
    return {name: shorten_log(data) if name.startswith("loggingsnapshot") else data
            for name, data in files.items()}


def frames_of(capture):
    """(bytes, wire length) of each frame of a little-endian classic capture on Ethernet."""
    at, out = 24, []
    while at + 16 <= len(capture):
        _, _, length, wire = struct.unpack_from("<IIII", capture, at)
        out.append((capture[at + 16:at + 16 + length], wire))
        at += 16 + length
    return out


def tcp_of(frame):
    """(source, target, flags, payload), or None."""
    if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return None
    ip = 14 + (frame[14] & 15) * 4
    end = 14 + struct.unpack_from(">H", frame, 16)[0]
    data = ip + (frame[ip + 12] >> 4) * 4
    ports = struct.unpack_from(">HH", frame, ip)
    return ((frame[26:30], ports[0]), (frame[30:34], ports[1]), frame[ip + 13], frame[data:end])


def conversations(frames):
    """Steps (talk.h) of each conversation that begins with a SYN, by server port."""
    out = {}
    for frame, _ in frames:
        seen = tcp_of(frame)
        if seen is None:
            continue
        source, target, flags, payload = seen
        key = (source, target) if (source, target) in out else (target, source)
        if flags & 0x12 == 2:
            key = (source, target)
            out[key] = b"\x06"
        if key not in out:
            continue
        side = 0 if key[0] == source else 0x80
        if payload:
            out[key] += bytes([side]) + struct.pack(">H", len(payload)) + payload
        if flags & 5:
            out[key] += bytes([side | 7, flags])
    return {(key[0][1], key[1][1]): steps for key, steps in out.items()}


def pcapng_of(frames):
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        size = struct.pack("<I", len(body) + 12)
        return struct.pack("<I", kind) + size + body + size

    out = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    out += block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 6, 0, 0))
    for number, (frame, wire) in enumerate(frames):
        out += block(6, struct.pack("<IIIII", 0, 413000, number * 1000, len(frame), wire) + frame)
    secrets = b"CLIENT_RANDOM " + b"11" * 32 + b" " + b"22" * 48 + b"\n"
    return out + block(10, struct.pack("<II", 0x544c534b, len(secrets)) + secrets)


def add_capture(seeds, name, capture):
    frames = frames_of(capture)
    seeds.add("capture", name, b"\x03\x00" + capture[:CAPTURE_HEAD])
    seeds.add("capture", name + ".ng", b"\x05\x01" + pcapng_of(frames[:40]))
    some = b"".join(struct.pack(">H", len(f)) + f for f, _ in frames[:60] if len(f) < 65536)
    seeds.add("frames", name, b"\0" + some)
    for (port, server), steps in conversations(frames).items():
        if len(steps) < 200:
            continue
        if server == 2222:
            seeds.add("ssh", f"{name}.{port}", steps)
        else:
            seeds.add("tls", f"{name}.{port}", b"\0\0" + steps)
    for number, (frame, _) in enumerate(frames):
        if len(frame) > 42 and frame[23] == 17 and frame[34:36] == b"\0\x35":
            message = frame[42:]
            seeds.add("dns", f"{name}.{number}", struct.pack(">H", len(message)) + message)


def ders_of(pem):
    blocks = re.findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END", pem, re.S)
    return [base64.b64decode(block) for block in blocks]


def add_file(seeds, name, data):
    if name.endswith(".pem"):
        ders = ders_of(data)
        seeds.add("pem", name, b"\x04" + data)
        seeds.add("x509", name,
                  b"\x04" + b"".join(struct.pack(">H", len(d)) + d for d in ders[:4]))
        seeds.add("tls", name, b"\0\0\x06\x0c\x00\xc0\x2f\0\0\x8c\x00\xc0\x2f\0\0\x8d" +
                  bytes([min(len(ders), 3) * 2]) +
                  b"".join(struct.pack(">H", len(d)) + d for d in ders[:3]))
        seeds.add("ssh", name, b"\x06\x0c\x00\x8c\x00\x8e\x1f" + bytes([min(len(ders), 3)]) +
                  b"".join(struct.pack(">H", len(d)) + d for d in ders[:3]))
    elif name.endswith(".pcap"):
        add_capture(seeds, name, data)
    elif name.startswith("loggingsnapshot"):
        seeds.add("log", name, b"\x08" + data)
    elif name.startswith(("xconf", "xstat")):
        kind = b"\x04" if name.startswith("xconf") else b"\x05"
        seeds.add("dump_xml" if name.endswith(".xml") else "dump_text", name, kind + data)


def kind_of(name):
    for number, kind in enumerate(KINDS):
        start, _, end = kind.partition(".")
        if start in name and name.endswith(end):
            return number
    return None


def case_of(bundles):
    out = b""
    for node, files in enumerate(bundles):
        for name, data in sorted(files.items()):
            number = kind_of(name)
            if number is not None:
                out += bytes([node * 10 + number]) + len(data).to_bytes(3, "big") + data
    return out


def add_small_cases(seeds, bundle, nodes):
    """The same without what takes long: texts alone, captures with certificates alone."""
    def some(*ends):
        return [{name: data for name, data in files.items() if name.endswith(ends)}
                for files in nodes]

    def short(files):
        return {name: b"\n".join(data.split(b"\n")[-30:]) if name.startswith("logging")
                else data[:CAPTURE_HEAD] for name, data in files.items()}

    seeds.add("case", bundle + ".text", case_of([short(f) for f in some(".pem", ".txt")]))
    seeds.add("case", bundle + ".wire", case_of([short(f) for f in some(".pem", ".pcap")]))


def tar_of(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def zip_of(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in sorted(files.items()):
            z.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def add_archives(seeds, files):
    small = {name: data for name, data in files.items()
             if name.startswith(("client_", "server_", "xstat")) }
    tar = tar_of(small)
    packed = gzip.compress(tar, mtime=0)
    for name, data in (("tar", tar), ("tgz", packed), ("txz", lzma.compress(tar)),
                       ("tbz", bz2.compress(tar)), ("zip", zip_of(small)),
                       ("nested", zip_of({"a/inner.tar.gz": packed, "b/inner.zip": zip_of(small)})),
                       ("whole.tgz", gzip.compress(tar_of(files), mtime=0))):
        seeds.add("whole", name, data)
        if name != "whole.tgz":
            seeds.add("archive", name, data)


REPORTS = ("log-only-bundle", "no-client-certificate-asked", "domain-certificate",
           "ca-name-duplicate-idle", "ssh-intermediate-missing", "clock-behind",
           "damaged-bundle", "before-and-after", "condition-2-check-on")


def add_reports(seeds, project):
    """Stored reports; of the large ones the short parts."""
    for case in REPORTS:
        with open(os.path.join(project, "fixtures", case, "expected.json"), "rb") as f:
            report = json.load(f)
        text = json.dumps(report, separators=(",", ":")).encode()
        if len(text) > 40000:
            report["ladders"] = report.get("ladders", [])[:1]
            report["flows"] = report["flows"][:4]
            text = json.dumps(report, separators=(",", ":")).encode()
        seeds.add("report", case, text)
        seeds.add("redact", case, text)
    page = text.replace(b"<", b"\\u003c")
    seeds.add("report", "page", b"<!DOCTYPE html><script type=\"application/json\" "
              b"id=\"report\">" + page + b"</script>")


ROW = {"case": "a/b", "status": "damaged", "reason": "cut", "inputs": [
           {"path": "a/b/x.tar.gz", "bytes": 9, "modified": "2026-03-01T00:00:00Z",
            "sha256": "0a" * 32, "problem": None}],
       "seconds": 0.5, "peak_mib": 9.25, "condition": "2",
       "nodes": [{"id": "n", "role": "C", "version": "X15.5", "eku_check": "on"}],
       "findings": [{"id": "client-eku-missing", "severity": "critical",
                     "confidence": "certain", "node": "n"}],
       "rules": "r1", "fingerprint": "f1", "last_seen": "2026-03-02T00:00:00Z",
       "certificates": [{"node": "n", "store": "client", "sha256": "0b" * 32, "subject": "S",
                         "issuer": "I", "issuer_kind": "public",
                         "not_after": "2026-05-01T00:00:00Z", "client_auth": True,
                         "policy_date": "2026-06-15T00:00:00Z"}],
       "unexplained": ["reset by server on 7001"], "report": "a-b", "left_out": 1,
       "no_bundle": 2, "nothing": False}


def add_rows(seeds):
    line = json.dumps(ROW).encode() + b"\n"
    other = json.dumps(dict(ROW, case="c", status="ok", findings=[], condition=None)).encode()
    seeds.add("row", "full", line)
    seeds.add("row", "least", b'{"case":"x","status":"ok"}')
    seeds.add("fleet", "rows", b"\0" + line + other + b"\n" + line[:100])

    def values(table, number, *texts):
        return bytes([table, 0]) + b"".join(
            b"\0" if t is None else bytes([len(t)]) + t.encode() for t in texts) + bytes([number])

    seeds.add("fleet", "database", b"\1" +
              values(0, 1, "case one", "a", "f", "ok", None, "0.5", "9", "2", "critical",
                     "2026-03-02T00:00:00Z", "case-one", "0") +
              values(3, 1, "0", "unknown-ca", "critical", "certain", "n") +
              values(4, 1, "0", "n", "client", "0b", "S", "I", "public",
                     "2026-05-01T00:00:00Z", "1", "2026-06-15T00:00:00Z") +
              values(5, 1, "0", "reset by server") +
              values(0, 2, "case two", "b", "f", "crashed", "died", "1", "2", None, None, None,
                     None, "0"))


def add_questions(seeds, bundle, nodes):
    texts = [{name: data for name, data in files.items() if name.startswith(("xconf", "xstat"))
              and name.endswith(".txt")} for files in nodes]
    for number, (how, words) in enumerate(((2, b"Zones Zone 1"), (3, b"tunnels"), (0, b""),
                                           (2, b"sip tls cert"), (1, b""))):
        seeds.add("inspect", f"{bundle}.{number}",
                  bytes([how, len(words)]) + words + case_of(texts))


def add_words(seeds):
    for number, text in enumerate((
            "eth0_diagnostic_logging_tcpdump00_vcs8c_2026-03-29_07_05_00.pcap",
            "ca_vcs_8c_2026-03-25_03_20_11.pem", "[2001:db8::1]", "::ffff:192.0.2.1",
            "192.0.2.1", "2026-03-24T11:55:20.911700+01:00", "65535", "a/b\\c/../12/58/19.txt")):
        seeds.add("words", str(number), text.encode())
    for number, text in enumerate(("tcp port 5061", "host 192.0.2.1 and not port 22", "vlan 5",
                                   "ip6 proto 6 or ether[0] & 1 != 0", "portrange 1-2", "(")):
        seeds.add("filter", str(number), text.encode() + b"\0" + b"\0" * 80)
    for number, words in enumerate((
            "analyze\n--json\na.json\n-o\n-\nx.tar.gz", "flows\n--failed\n--port\n7001\nx",
            "--at\n2026-03-24T11:55:20Z\n--fail-on\nwarning\nx", "explain\nunknown-ca",
            "certs\n--format\njson\n--color=always\nx", "whatif\n--eku-check\nE=off\nx",
            "flows\n--host\n2001:db8::1\n--filter\ntcp\nx", "anaylze\n--verbos", "--help")):
        seeds.add("options", str(number), words.encode())
    lines = (f"CLIENT_RANDOM {'0a' * 32} {'0b' * 48}\n# a comment\n"
             f"CLIENT_HANDSHAKE_TRAFFIC_SECRET {'0c' * 32} {'0d' * 32}\n"
             f"SERVER_TRAFFIC_SECRET_0 {'0c' * 32} {'0e' * 48}\nRSA 0102 {'0f' * 48}\n")
    seeds.add("keylog", "0", lines.encode())


def main():
    project, folder = sys.argv[1:3]
    seeds = Seeds(folder)
    add_words(seeds)
    add_rows(seeds)
    add_reports(seeds, project)
    for bundle in BUNDLES:
        place = os.path.join(project, "fixtures", bundle)
        paths = sorted(os.path.join(place, f) for f in os.listdir(place) if f.endswith(".gz"))
        nodes = sorted((read_bundle(p) for p in paths), key=lambda f: not any("vcs8c" in n for n in f))
        for files in nodes:
            for name, data in files.items():
                add_file(seeds, name, data)
        seeds.add("case", bundle, case_of(nodes[:2]))
        add_small_cases(seeds, bundle, nodes[:2])
        add_questions(seeds, bundle, nodes[:2])
        if bundle == BUNDLES[1]:
            add_archives(seeds, nodes[0])


main()
