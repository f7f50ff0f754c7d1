#!/usr/bin/env python3
"""What a key log opens, and that reports, rows and pages made with one say so.

keylog.py PROGRAM PROJECT: a TLS 1.3 handshake of this machine's OpenSSL, whose certificates
nobody sees without its keys, is put into both bundles of an outage.  The server shows a
certificate that is none of its node's.
"""
import gzip
import io
import json
import os
import shutil
import ssl
import struct
import subprocess
import sys
import tarfile
import tempfile

CASE = "condition-2-check-on-tls13"
C, E, WHEN = 27001, 7001, 1774792900  # ports of client and traversal zone; 14:01:40Z


def addresses(report):
    by_role = {node["role"]: node["addresses"][0] for node in report["nodes"]}
    return by_role["C"], by_role["E"]


def make_certificate(folder):
    key, cert = (os.path.join(folder, name) for name in ("key.pem", "cert.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-subj",
                    "/CN=inspector.proxy.lan", "-days", "3650"], check=True,
                   stderr=subprocess.DEVNULL)
    return key, cert


def shake_hands(folder):
    """The bytes of one handshake by turns, and its key log."""
    key, cert = make_certificate(folder)
    log = os.path.join(folder, "keys")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.minimum_version = ssl.TLSVersion.TLSv1_3
    client.keylog_filename = log
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, True)]
    turns, open_ends = [], [True, True]
    while any(open_ends):
        for i, bio in enumerate((to_server, to_client)):
            try:
                ends[i].do_handshake()
                open_ends[i] = False
            except ssl.SSLWantReadError:
                pass
            data = bio.read()
            if data:
                turns.append((i, data))
                # read() takes the bytes away: give them to the other end
                bio.write(data)
    return turns, log


def frame(source, target, ports, numbers, flags, data):
    address = [bytes(map(int, a.split("."))) for a in (source, target)]
    tcp = struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, flags, 60000, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(data), 1, 0, 64, 6, 0, *address)
    return bytes(12) + b"\x08\x00" + ip + tcp + data


def make_capture(turns, client, server):
    frames, sent = [], [1000, 5000]

    def add(i, flags, data=b""):
        ends, ports = ((client, server), (C, E)) if i == 0 else ((server, client), (E, C))
        ack = sent[1 - i] if flags & 0x10 else 0
        frames.append(frame(*ends, ports, (sent[i], ack), flags, data))
        sent[i] += len(data) + (1 if flags & 3 else 0)

    add(0, 2)
    add(1, 0x12)
    add(0, 0x10)
    for i, data in turns:
        for at in range(0, len(data), 1400):
            add(i, 0x18, data[at:at + 1400])
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for n, data in enumerate(frames):
        out += struct.pack("<IIII", WHEN, n * 1000, len(data), len(data)) + data
    return out


def add_file(bundle, out, name, data):
    packed = io.BytesIO()
    with tarfile.open(bundle) as old, tarfile.open(fileobj=packed, mode="w") as new:
        for member in old.getmembers():
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
        member = tarfile.TarInfo(name)
        member.size = len(data)
        new.addfile(member, io.BytesIO(data))
    with open(out, "wb") as f:
        f.write(gzip.compress(packed.getvalue(), 1, mtime=0))


class Runs:
    def __init__(self, program, roots):
        self.program, self.roots = program, roots

    def __call__(self, *words):
        done = subprocess.run([self.program, *words, "--no-progress", "--public-roots", self.roots],
                              capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode in (0, 1), (words, done.returncode, done.stderr)
        return done.stdout


def ids(report):
    return sorted(finding["id"] for finding in report["findings"])


def main():
    program, project = (os.path.abspath(a) for a in sys.argv[1:3])
    run = Runs(program, os.path.join(project, "fixtures/public-roots.pem"))
    place = os.path.join(project, "fixtures", CASE)
    with tempfile.TemporaryDirectory() as top:
        case = os.path.join(top, "archive", "case")
        os.makedirs(case)
        names = sorted(n for n in os.listdir(place) if n.endswith(".tar.gz"))
        plain = json.loads(run("analyze", "--format", "json", *(f"{place}/{n}" for n in names)))
        assert "keylog" not in plain
        turns, keys = shake_hands(top)
        capture = make_capture(turns, *addresses(plain))
        stamp = names[-1].rsplit(".tar.gz", 1)[0].split("_", 2)[2]
        for name in names:
            shutil.copy2(os.path.join(place, name), case)
        add_file(os.path.join(place, names[0]), os.path.join(case, names[0]),
                 f"eth1_diagnostic_logging_tcpdump07_{stamp}.pcap", capture)
        bundles = [os.path.join(case, name) for name in names]

        closed = json.loads(run("analyze", "--format", "json", *bundles))
        assert "keylog" not in closed and "tls-intercepted" not in ids(closed), ids(closed)
        out = {form: os.path.join(top, f"report.{form}") for form in ("text", "json", "html")}
        to = [word for form in out for word in (f"--{form}", out[form])]
        run("analyze", "--keylog", keys, *to, *bundles)
        opened = json.loads(open(out["json"], encoding="utf-8").read())
        assert opened["keylog"] == {"given": True, "flows_opened": 1}, opened["keylog"]
        assert "tls-intercepted" in ids(opened), ids(opened)
        used = [f for f in opened["flows"] if f["tls"] and f["tls"].get("keys_used")]
        assert len(used) == 1 and used[0]["presented"], used
        sentence = "The key log (--keylog) opened 1 of"
        for form in ("text", "html"):
            text = " ".join(open(out[form], encoding="utf-8").read().split())
            assert sentence in text, (form, text[:600])
        assert sentence in " ".join(run("show", "--format", "text", out["html"]).split())
        assert json.loads(run("show", "--format", "json", out["html"]))["keylog"]["flows_opened"] == 1
        assert "opened none of" in " ".join(run("flows", "--keylog", os.devnull, *bundles).split())

        for how, wanted in (([], False), (["--keylog", keys], True)):
            reports = os.path.join(top, f"reports{len(how)}")
            row = json.loads(run("batch", *how, "--reports", reports, os.path.join(top, "archive")))
            assert ("tls-intercepted" in ids(row)) == wanted, (how, ids(row))
            stored = json.loads(open(os.path.join(reports, f"{row['report']}.json"),
                                     encoding="utf-8").read())
            assert ("keylog" in stored) == wanted, how
    print("a key log opens what nobody saw, and every form says that there was one")


if __name__ == "__main__":
    main()
