#!/usr/bin/env python3
"""Inputs that nobody would think of: odd_inputs.py PROGRAM [--few] [NAME...]

Each function below @odd makes the files of a folder.  Every command that may read them does, and
must end by itself with a status of its own, write nothing but its reports, let nothing of the
input act on a terminal, a page or a reader of JSON, and say the words that are true of it.
--few: one command an input, for a program with sanitizers.
"""
import bz2
import gzip
import html.parser
import json
import lzma
import os
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import io
import zipfile

import make
from odd_texts import ODD, UNSAFE, cut, everywhere

TIMEOUT = 60
STATUSES = (0, 1, 3)
INPUTS = {}
problems = []
CA, SERVER, CLIENT = (make.name_of(f"{kind}.pem") for kind in ("ca", "server", "client"))
CONF, STAT, LOG = (make.name_of(n) for n in ("xconf_dump.txt", "xstat_dump.txt",
                                             "loggingsnapshot.txt"))
XML = make.name_of("xstat_dump.xml")
GOOD = make.pem(make.cert("good", "ca", 77))


def odd(*words, command=("analyze", "--verbose"), status=STATUSES, less=()):
    """words: what the text report says, and less: what it does not."""
    def keep(build):
        INPUTS[build.__name__] = (build, words, command, status, less)
        return build
    return keep


# ---- what holds of every output ----

class Page(html.parser.HTMLParser):
    """Elements and attributes that no report of ours has."""

    def __init__(self, text):
        super().__init__()
        self.bad = []
        self.scripts = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        if tag in ("img", "iframe", "b onclick", "a") and tag != "a":
            self.bad.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src") and not value.startswith("#")):
                self.bad.append(f"{tag} {name}={value}")

    def handle_comment(self, data):
        self.bad.append(f"comment {data[:30]}")


def unsafe_of(data, what):
    """What of these bytes a terminal must not see."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as why:
        return f"{what}: no UTF-8: {why}"
    found = {c for c in text if c != "\n" and UNSAFE.match(c)}
    return f"{what}: {sorted(map(ascii, found))}" if found else None


def judge(label, outputs, error):
    said = [unsafe_of(error, "standard error")]
    said += [unsafe_of(data, path) for path, data in outputs.items()]
    for path, data in outputs.items():
        if path.endswith(".json"):
            try:
                json.loads(data)
            except ValueError as why:
                said.append(f"{path}: {why}")
        elif path.endswith(".html"):
            page = Page(data.decode("utf-8", "replace"))
            if page.bad or page.scripts > 2:
                said.append(f"{path}: {page.scripts} scripts, {page.bad[:3]}")
    problems.extend(f"{label}: {what}" for what in said if what)


def run(program, place, label, words, status=STATUSES):
    """Runs a command; its outputs by name, with standard output."""
    before = set(os.listdir(place))
    try:
        done = subprocess.run([program, *words], cwd=place, stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        problems.append(f"{label} {words[:2]}: hangs")
        return {}
    outputs = {"stdout": done.stdout}
    for name in sorted(set(os.listdir(place)) - before):
        if not name.startswith("r."):
            problems.append(f"{label}: left {name!r} behind")
        elif not name.endswith((".db", ".map")):
            with open(os.path.join(place, name), "rb") as f:
                outputs[name] = f.read()
        os.remove(os.path.join(place, name))
    if done.returncode not in status:
        problems.append(f"{label} {words[:2]}: exit status {done.returncode}: {done.stderr[-300:]}")
    judge(f"{label} {' '.join(words[:2])}", outputs, done.stderr)
    return outputs


ODD_PATH = "a\x1b]8;;x\x07\u202e\u2028\n<script><!--'\"&lt;"
FORMS = ["--text=r.txt", "--json=r.json", "--html=r.html"]


def commands_of(files):
    yield ["analyze", "--verbose", "--redact", *FORMS, "in"]
    yield ["flows", *FORMS, "in"]
    yield ["certs", "--verbose", *FORMS, "in"]
    yield ["whatif", *FORMS, "in"]
    yield ["xconfiguration", "in"]
    yield ["xstatus", "in"]
    yield ["diff", *FORMS[:2], "in", "in"]
    yield ["batch", "--no-progress", "--ndjson=r.rows", "--html=r.html", "in"]
    for name in files:
        if "/" not in name and name.endswith((".pcap", ".pem", ".tar", ".gz", ".xz", ".zip")):
            yield ["analyze", "in/" + name]


def put(place, files):
    for name, data in files.items():
        path = os.path.join(os.fsencode(place), b"in", os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)


def check_one(program, name, few):
    build, words, command, status, less = INPUTS[name]
    files = build()
    with tempfile.TemporaryDirectory() as place:
        put(place, files)
        outputs = run(program, place, name, [*command, *FORMS, "in"], status)
        text = outputs.get("r.txt", b"").decode("utf-8", "replace")
        flat = re.sub(r"\s+", " ", text)
        problems.extend(f"{name}: not said: {w!r}" for w in words if w not in flat)
        problems.extend(f"{name}: said: {w!r}" for w in less if w in flat)
        if os.environ.get("ODD_SHOW"):
            print(f"======== {name}\n{text}")
        stored = outputs.get("r.json")
        for more in () if few else commands_of(files):
            run(program, place, name, more, (*STATUSES, 2) if more[0] == "whatif" else STATUSES)
        if stored and not few:
            read_back(program, place, name, stored)


def read_back(program, place, name, stored):
    """The stored report, with all texts as they were; and the input under an odd name."""
    with open(os.path.join(place, "stored.json"), "w", encoding="utf-8") as f:
        json.dump(json.loads(stored), f, ensure_ascii=False)
    run(program, place, name, ["show", "--verbose", *FORMS, "stored.json"])
    os.rename(os.path.join(place, "in"), os.path.join(place, ODD_PATH))
    run(program, place, name, ["--verbose", *FORMS, ODD_PATH])
    run(program, place, name, ["batch", "--ndjson=r.rows", "--html=r.html", ODD_PATH])


# ---- texts in all places ----

@odd("x15.5-")
def odd_texts():
    return everywhere()


# ---- certificates ----

def dated(first, last, common="dated", tags=(24, 24)):
    """A certificate with these dates as they stand."""
    old = make.der(0x30, make.der(23, b"250101000000Z"), make.der(23, b"350101000000Z"))
    one = make.cert(common, "ca", 5)
    new = make.der(0x30, make.der(tags[0], first), make.der(tags[1], last))
    return reseal(one, old, new)


def reseal(one, old, new):
    """The certificate with a part of it replaced, its lengths made right."""
    _, body = cut(one)
    tbs_tag, tbs = cut(body)
    rest = body[len(make.der(tbs_tag, tbs)):]
    assert old in tbs
    return make.der(0x30, make.der(tbs_tag, tbs.replace(old, new, 1)), rest)


@odd("1601-01-01 to 9999-12-31", "good", command=("certs", "--verbose"))
def certificates_of_the_years_1601_and_9999():
    return {SERVER: GOOD + make.pem(dated(b"16010101000000Z", b"99991231235959Z")),
            CA: b"".join(make.pem(dated(a, b, f"d{i}", tags)) for i, (a, b, tags) in enumerate((
                (b"00000101000000Z", b"00000101000000Z", (24, 24)),
                (b"99991231235959Z", b"16010101000000Z", (24, 24)),
                (b"20261301000000Z", b"20260230250000Z", (24, 24)),
                (b"99999999999999Z", b"-1", (24, 24)), (b"", b"", (23, 23)),
                (b"500101000000Z", b"491231235959Z", (23, 23)),
                (b"20260101000000.123456789Z", b"20260101000000+9959", (24, 24)),
                (b"2026010100Z", b"2026\x0001010000Z", (24, 24)))))}


@odd("good")
def certificates_without_names():
    """Empty alternative names, NUL in a name, addresses of 3 bytes, an empty subject."""
    nul = make.name(b"good.example\0.evil.example")
    names = (make.der(0x30), make.der(0x30, make.der(0x82, b"")),
             make.der(0x30, make.der(0x82, b"a.example\0.evil")),
             make.der(0x30, make.der(0x87, b"\1\2\3"), make.der(0x87, b""),
                      make.der(0x87, b"\xff" * 17)), make.der(0x30, make.der(0xa0, b"\x30\x80")),
             b"", b"\x30\x84\xff\xff\xff\xff")
    some = [make.cert(f"s{i}", "ca", i, [make.extension("2.5.29.17", n)])
            for i, n in enumerate(names)]
    some += [reseal(make.cert("zz"), make.name("zz"), nul),
             reseal(make.cert("zz"), make.name("zz"), make.der(0x30)),
             reseal(make.cert("zz"), make.name("zz"), make.der(0x30, make.der(0x31)))]
    return {SERVER: GOOD, CA: b"".join(map(make.pem, some))}


@odd("good")
def der_of_odd_shapes():
    """Indefinite lengths, huge serials, keys of no bits, an extension twice, version 9."""
    one = make.cert("odd", "ca", 3)
    serial = make.der(2, b"\1" + (3).to_bytes(8, "big"))
    rsa = make.der(0x30, make.der(0x30, make.oid("1.2.840.113549.1.1.1"), make.der(5)),
                   make.der(3, b"\0" + make.der(0x30, make.der(2, b"\0"), make.der(2, b"\0"))))
    long = make.der(0x30, make.der(0x30, make.oid("1.2.840.113549.1.1.1"), make.der(5)), make.der(
        3, b"\0" + make.der(0x30, make.der(2, b"\1" * 8192), make.der(2, b"\1" * 8192))))
    usage = make.extension("2.5.29.15", make.der(3, b"\7\x80"))
    some = [b"\x30\x80" + one[4:] + b"\0\0", reseal(one, serial, make.der(2, b"\xff" * 100000)),
            reseal(one, serial, make.der(2, b"")), reseal(one, serial, make.der(2, b"\0")),
            reseal(one, make.KEY, rsa), reseal(one, make.KEY, long),
            make.cert("odd", "ca", 4, [usage, usage, make.ekus([])]),
            make.cert("odd", "ca", 5, [make.extension("2.5.29.37", make.der(0x30, b"\6\0"))]),
            make.cert("odd", "ca", 6, [make.extension("2.5.29.37", make.der(
                0x30, b"\6\x0b" + b"\xff" * 11))]),
            reseal(one, make.der(2, b"\2"), make.der(2, b"\x09")), one[:-1], one + b"\0" * 1000]
    return {SERVER: GOOD, CA: b"".join(map(make.pem, some))}


@odd("good", "first", "second", "third", command=("certs", "--verbose"))
def pem_in_odd_clothes():
    first, second, third = (make.pem(make.cert(n, "ca", i))
                            for i, n in enumerate(("first", "second", "third")))
    return {SERVER: b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n"),
            CA: b"junk\0\xff\x1b[2J\n" + first.replace(b"\n", b"\r") + b"\0\0\0--" + b"-" * 5000 +
            b"\n-----BEGIN CERTIFICATE-----\nAAAA\n" + second.replace(b"\n", b" \t\n") +
            b"-----END CERTIFICATE-----\n-----begin certificate-----\n" +
            third.replace(b"-----BEGIN", b"\xef\xbb\xbf-----BEGIN") +
            b"-----BEGIN TRUSTED CERTIFICATE-----\n=\n-----END TRUSTED CERTIFICATE-----\n",
            CLIENT: GOOD.decode().encode("utf-16")}


# ---- archives ----

def tar_of(*members, form=tarfile.GNU_FORMAT, **more):
    """Members as TarInfo fields; data where it is a file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, **more) as tar:
        for name, data, fields in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for key, value in fields.items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


@odd("good", "other, skipped, 0 bytes - a hard link: not followed",
     "a symbolic link: not followed", "a device, pipe or socket", less=("/bin/",))
def tar_of_links_and_devices():
    kinds = {"hard": tarfile.LNKTYPE, "sym": tarfile.SYMTYPE, "chr": tarfile.CHRTYPE,
             "blk": tarfile.BLKTYPE, "fifo": tarfile.FIFOTYPE, "cont": tarfile.CONTTYPE,
             "dir": tarfile.DIRTYPE, "dump": b"D", "multi": b"M", "volume": b"V", "odd": b"Z"}
    return {"a.tar": tar_of(
        (SERVER, GOOD, {"mtime": -5}), ("/etc/passwd", GOOD, {"mtime": -(1 << 60)}),
        ("../../../../etc/shadow", GOOD, {"mtime": 1 << 62}), ("C:\\a\\..\\b.pem", GOOD, {}),
        ("./" * 100 + CA, GOOD, {}), ("\x1b]8;;http://x\x07" + CA, GOOD, {}),
        *((f"{k}_{CLIENT}", b"", {"type": t, "linkname": "/etc/passwd"}) for k, t in kinds.items()),
        (CLIENT, b"", {"type": tarfile.LNKTYPE, "linkname": CLIENT}),
        (CLIENT, b"", {"type": tarfile.SYMTYPE, "linkname": "../" * 30}))}


@odd("good")
def tar_of_long_names_without_end():
    """A name for a name for a name; sizes below zero and beyond all."""
    def head(kind, size, name=b"././@LongLink"):
        info = tarfile.TarInfo(name.decode())
        info.type = kind
        raw = bytearray(info.tobuf(tarfile.GNU_FORMAT))
        raw[124:136] = size
        raw[148:156] = b" " * 8
        raw[148:156] = b"%06o\0 " % sum(raw)
        return bytes(raw)

    octal = b"%011o\0"
    loop = b"".join(head(kind, octal % 14) + b"././@LongLink\0".ljust(512, b"\0")
                    for _ in range(400) for kind in (b"L", b"K"))
    good = tar_of((SERVER, GOOD, {}))[:1024 + len(GOOD) // 512 * 512]
    return {"a.tar": good + loop + tar_of((CA, GOOD, {})),
            "b.tar": good + head(b"L", octal % (1 << 30)) + b"x" * 2000,
            "c.tar": good + head(b"0", b"\xff" * 12, CA.encode()) + GOOD,
            "d.tar": good + head(b"0", b"\x80" + b"\0" * 3 + b"\x7f" + b"\xff" * 7, CA.encode()) + GOOD,
            "e.tar": good + head(b"x", octal % 40) + b"30 size=-9223372036854775808\n".ljust(512, b"\0") +
            tar_of((CA, GOOD, {})),
            "f.tar": good + head(b"x", octal % 64) + b"999999999999 path=x\n0 a=b\n-5 c=d\n".ljust(512, b"\0") +
            tar_of((CA, GOOD, {})),
            "g.tar": good + head(b"g", octal % 30) * 2000}


@odd("good")
def tar_of_sparse_files():
    """Holes of terabytes, maps that overlap, run back, or never end."""
    size = len(GOOD)

    def sparse(name, maps, real):
        text = f"{len(maps) // 2}\n" + "".join(f"{n}\n" for n in maps)
        body = text.encode().ljust(512, b"\0") + GOOD
        return (name, body, {"pax_headers": {
            "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": name,
            "GNU.sparse.realsize": str(real)}})

    return {"a.tar": tar_of(
        (SERVER, GOOD, {}), sparse("1" + CA, (0, size), size), sparse("2" + CA, (1 << 45, size), 1 << 46),
        sparse("3" + CA, (0, size, 0, size, 5, size), size), sparse("4" + CA, (-5, size), size),
        sparse("5" + CA, (1 << 63, 1 << 63), 1 << 63), sparse("6" + CA, (0, 0) * 100, 0),
        form=tarfile.PAX_FORMAT)}


def zip_of(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in files:
            z.writestr(name, data)
    return out.getvalue()


def link(name, mode):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


@odd("good")
def zip_of_odd_names():
    some = zip_of([(SERVER, GOOD), ("/etc/passwd", b"x"), ("../../" + CA, GOOD),
                   ("..\\..\\x.pem", GOOD), ("C:/x.pem", GOOD), ("\x1b[31m\u202e.pem", GOOD),
                   (link("l_" + CA, 0o120777), b"/etc/shadow"), (link("d_" + CA, 0o060666), b""),
                   ("d/", b""), ("</script><!--" + CA, GOOD)])
    first = some.index(b"PK\1\2")
    return {"a.zip": some, "b.zip": some.replace(b"PK\3\4\x14\0\0\0", b"PK\3\4\x14\0\1\0"),
            "c.zip": some[:first], "d.zip": some[:first + 30],
            "e.zip": re.sub(rb"(PK\x01\x02.{16}).{4}", lambda m: m[1] + b"\xff" * 4, some, flags=re.S),
            "f.zip": some + some, "g.zip": b"MZ" + b"\0" * 5000 + some}


@odd("good")
def gzip_in_odd_forms():
    whole = tar_of((SERVER, GOOD, {}), (CA, GOOD * 20, {}))
    half = len(whole) // 2
    packed = gzip.compress(whole, mtime=0)
    parts = gzip.compress(whole[:half]) + gzip.compress(b"") * 1000 + gzip.compress(whole[half:])
    field = packed[:3] + b"\x1e" + packed[4:10] + b"\xff\xff" + b"e" * 65535 + b"n\x1b[2J\0c\0\0\0" + packed[10:]
    return {"a.tar.gz": parts, "b.tar.gz": packed + b"\0" * 9000, "c.tar.gz": packed + b"garbage",
            "d.tar.gz": packed[:-8] + b"\xff" * 8, "e.tar.gz": field, "f.tar.gz": packed[:40],
            "g.tar.gz": packed[:3] + b"\x08" + packed[4:10] + b"n" * 100000,
            "h.tar.gz": packed[:3] + b"\xe0" + packed[4:], "i.tar.gz": b"\x1f\x8b"}


@odd("good")
def other_compressions_in_odd_forms():
    whole = tar_of((SERVER, GOOD, {}), (CA, GOOD * 20, {}))
    xz, bz = lzma.compress(whole), bz2.compress(whole)
    many = b"\x50\x2a\x4d\x18\0\0\0\0" * 500
    return {"a.tar.xz": xz, "b.tar.xz": xz[:len(xz) * 2 // 3], "c.tar.xz": xz + b"\0" * 4 + xz,
            "d.tar.xz": xz + b"\0" * 3, "e.tar.xz": xz[:-1] + b"Q",
            "f.tar.xz": lzma.compress(b"") * 300 + xz, "g.tar.lzma": lzma.compress(
                whole, lzma.FORMAT_ALONE), "h.tar.bz2": bz[:len(bz) // 2] + b"\0" * 50,
            "i.tar.bz2": bz2.compress(b"") * 100 + bz, "j.tar.zst": many + b"\x28\xb5\x2f\xfd\xff",
            "k.tar.zst": many}


# ---- captures ----

def handshake(pcap, **more):
    make.tls_talk(pcap, [make.certificate([make.cert("seen")])], **more)


def other_end(data, nano=False):
    """A capture of the other byte order."""
    fields = list(struct.unpack("<IHHiIII", data[:24]))
    fields[0] = 0xa1b23c4d if nano else 0xa1b2c3d4
    out, at = [struct.pack(">IHHiIII", *fields)], 24
    while at < len(data):
        second, part, kept, size = struct.unpack("<IIII", data[at:at + 16])
        out.append(struct.pack(">IIII", second, part * (1000 if nano else 1), kept, size))
        out.append(data[at + 16:at + 16 + kept])
        at += 16 + kept
    return b"".join(out)


def ring(number):
    return make.CAPTURE.replace("tcpdump00", f"tcpdump{number:02}")


@odd("seen", "2026-03-29")
def captures_of_the_other_byte_order():
    pcap = make.Pcap()
    handshake(pcap)
    return {make.CAPTURE: other_end(pcap.bytes(), nano=True)}


@odd()
def captures_of_odd_numbers():
    """Times beyond all, lengths that contradict each other, links that nobody knows."""
    pcap = make.Pcap()
    handshake(pcap)
    data = pcap.bytes()
    head, frames = data[:24], data[24:]
    late = bytearray(data)
    late[24:32] = b"\xff" * 8
    return {ring(0): bytes(late), ring(1): head[:16] + b"\0" * 4 + head[20:] + frames,
            ring(2): head[:20] + b"\xff\xff\xff\xff" + frames, ring(3): head + frames[:8] + b"\xff" * 8 + frames[16:],
            ring(4): head + frames[:12] + b"\0" * 4 + frames[16:], ring(5): b"\x34\xcd\xb2\xa1" + data[4:],
            ring(6): head[:4] + b"\xff\xff" + data[6:], ring(7): head[:8] + b"\xff\xff\xff\x7f" + data[12:],
            ring(8): head, ring(9): head[:10], ring(10): other_end(data)[:-7],
            ring(11): b"\x4d\x3c\xb2\xa1" + data[4:24] + frames[:4] + b"\xff\xff\xff\xff" + frames[8:]}


def option(code, data, size=None):
    return struct.pack("<HH", code, len(data) if size is None else size) + data + \
        b"\0" * (-len(data) % 4)


def packet(data, second, units=1000000, interface=0, options=b""):
    stamp = (second * units) & (1 << 64) - 1
    return make.pcapng_block(6, struct.pack("<IIIII", interface, stamp >> 32, stamp & 0xffffffff,
                                            len(data), len(data)) + data + b"\0" * (-len(data) % 4) + options)


def frames_of(pcap):
    data, at = pcap.bytes(), 24
    while at < len(data):
        size, = struct.unpack("<I", data[at + 8:at + 12])
        yield data[at + 16:at + 16 + size]
        at += 16 + size


@odd("seen")
def pcapng_of_odd_options():
    pcap = make.Pcap()
    handshake(pcap)
    empty = option(1, b"") + option(2, b"") + option(9, b"") + option(14, b"") + option(0, b"")
    words = option(1, b"\x1b[2J</script>\xff") + option(2, "\u202e".encode()) + option(12, b"\xff" * 300)
    face = make.pcapng_block(1, struct.pack("<HHI", 1, 0, 0) + empty + words)
    good = b"".join(packet(f, 1774767600, options=words) for f in frames_of(pcap))
    garbage = b"".join(make.pcapng_block(10, struct.pack("<II", kind, size) + b"\xffCLIENT_RANDOM \0 x\n" * 9)
                       for kind in (0x544c534b, 0x5353484b, 0, 0xffffffff) for size in (0, 9, 0xffffffff))
    return {make.CAPTURE: make.PCAPNG_HEAD + face + garbage + good + garbage + make.pcapng_block(
        4, struct.pack("<HH", 1, 0xffff)) + make.pcapng_block(0xbad, words) + option(1, b"x", 0xffff)}


@odd()
def pcapng_of_odd_clocks():
    """Resolutions from 2^-127 to 10^127, offsets of all seconds that there are."""
    pcap = make.Pcap()
    handshake(pcap)
    some = list(frames_of(pcap))
    files = {}
    for i, resolution in enumerate((0, 1, 9, 19, 20, 38, 127, 128, 129, 191, 192, 255)):
        for k, offset in enumerate((0, (1 << 63) - 1, 1 << 63)):
            options = option(9, bytes([resolution])) + option(14, struct.pack("<Q", offset))
            files[ring(i * 3 + k)] = make.PCAPNG_HEAD + make.pcapng_block(
                1, struct.pack("<HHI", 1, 0, 0) + options) + b"".join(
                    packet(f, (1 << 64) - 1 - n, 1) for n, f in enumerate(some))
    return files


@odd()
def pcapng_of_odd_lengths():
    head, face = make.PCAPNG_HEAD, make.PCAPNG_INTERFACE
    files = [head + face + struct.pack("<II", 6, n) + b"\0" * 40 for n in (0, 1, 8, 11, 12, 13, 0xfffffffc)]
    files += [head[:8] + b"\x1a\x2b\x3c\x4d" + head[12:], head[:4] + b"\0" * 4 + head[8:],
              head + packet(b"x" * 60, 1, interface=7), head + make.pcapng_block(3, b"\xff" * 4),
              head + face + make.pcapng_block(6, b"\0" * 12 + b"\xff" * 8), head * 3 + face[:9],
              head + face + make.pcapng_block(2, b"\xff" * 24), head[:-4] + b"\1\2\3\4" + face]
    return {ring(i): data for i, data in enumerate(files)}


# ---- dumps and logs ----

@odd()
def an_xml_attribute_of_two_megabytes():
    return {XML: b"<Status a='" + b"x" * (2 << 20) + b"'><SystemUnit><Product>VCS</Product></SystemUnit></Status>",
            CONF: make.SYSTEM}


@odd()
def xml_of_odd_clothes():
    """Other encodings, declarations of entities, files by name, names of megabytes."""
    files = [b"\xff\xfe" + "<Status><a>x</a></Status>".encode("utf-16-le"),
             b"<?xml version='1.0' encoding='UTF-7'?><Status>+ADw-b+AD4-</Status>",
             b"<?xml version='1.0' encoding='EBCDIC-US'?><Status/>",
             b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'><!ENTITY % y SYSTEM 'http://127.0.0.1/'>%y;]>"
             b"<Status><a>&x;</a></Status>",
             b"<Status xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='/etc/passwd' parse='text'/></Status>",
             b"<Status>" + b"<" + b"n" * (2 << 20) + b"/></Status>", b"<Status>\0\0</Status>",
             b"<?xml-stylesheet href='file:///etc/passwd'?><Status/>", b"<Status>&#0;&#x1b;&#xd800;&#x110000;</Status>",
             b"<Status>" + b"<!-- -- -->" * 1000 + b"</Status>"]
    return {make.name_of("xstat_dump.xml", f"h{i}"): data for i, data in enumerate(files)}


@odd("good")
def numbers_beyond_all():
    """Indices, ports, sizes and times that no number holds."""
    huge = ("0", "-1", "4294967297", "18446744073709551617", "9" * 400, "1e9", "0x10", " 1", "+1", "\u0661")
    conf = make.SYSTEM + b"".join(
        make.setting(f"Zones Zone {n} Name", f"z{n[:20]}") + make.setting(
            f"Zones Zone 1 TraversalClient Peer {n} Address", n) + make.setting(
                "Zones Zone 1 TraversalClient Port", n) + make.setting("SIP TLS Port", n) for n in huge)
    stat = make.STATUS.replace(b"2026-03-29 06:55:00", b"99999-13-45 61:61:61") + make.block(
        "Zones", b"".join(b'    Zone %s:\n      Name: "z"\n      Status: Active (%s of %s)\n' %
                          ((n.encode(),) * 3) for n in huge))
    lines = [make.tls_error(p).replace(b'Src-ip="10.106.80.16"', b'Src-ip="%s"' % a) for p in huge
             for a in (b"::ffff:999.1", b"1.2.3.4.5", b"fe80::1%eth0", b"", b"[::]", b"0x7f.1")]
    times = ("0000-00-00T00:00:00", "9999-12-31T23:59:60.999999999", "2026-02-30T25:61:61", "99999-01-01T00:00:00",
             "2026-03-29T07:00:00.000+99:99", "2026-03-29T07:00:00.000-00:00", "1601-01-01T00:00:00.000+00:00")
    lines += [re.sub(rb"^\S+", t.encode(), make.tls_error(1)) for t in times]
    lines += [make.tls_error(1)[:-30] + b"\n", make.log_line('tvcs: Event="' + 'a="' * 5000),
              make.alarm("9" * 4000), make.alarm("-1")]
    return {SERVER: GOOD, CONF: conf, STAT: stat, LOG: b"".join(lines)}


def check_rows(program):
    """Rows of batch that say odd things in every field, and rows that are none."""
    texts = [*ODD, "\ud800"]
    rows = []
    for i, text in enumerate(texts):
        row = {name: text for name in ("case", "reason", "condition", "rules", "fingerprint",
                                       "last_seen", "report")}
        row |= {"status": ("ok", text)[i % 2], "seconds": 1e308, "peak_mib": -1, "left_out": 1 << 63,
                "inputs": [{"path": text, "bytes": -1, "modified": text, "sha256": text,
                            "problem": text}], "unexplained": [text] * 50,
                "nodes": [{"id": text, "role": text, "version": text, "eku_check": text}],
                "findings": [{"id": ("unknown-ca", text)[i % 2], "severity": "critical",
                              "confidence": "certain", "node": text}],
                "certificates": [{"node": text, "store": "client", "sha256": f"{i:064x}",
                                  "subject": text, "issuer": text, "issuer_kind": "public",
                                  "not_after": "9999-12-31T23:59:59.000000Z", "client_auth": True,
                                  "policy_date": "0000-00-00T00:00:00Z"}]}
        rows.append(json.dumps(row))
        rows.append(json.dumps(row, ensure_ascii=False))
    rows += ["", "{}", "[]", "null", "{" * 5000, '{"case":' + "[" * 5000, "\x1b[2J", '{"case":1}']
    with tempfile.TemporaryDirectory() as place:
        with open(os.path.join(place, "rows"), "wb") as f:
            f.write("\n".join(rows).encode("utf-8", "surrogatepass"))
        for more in ([], ["--redact"]):
            run(program, place, "rows", ["fleet", *more, *FORMS, "rows"])


def main():
    program = os.path.abspath(sys.argv[1])
    few = "--few" in sys.argv
    names = [name for name in sys.argv[2:] if name != "--few"] or list(INPUTS)
    for name in names:
        check_one(program, name, few)
    check_rows(program)
    print(f"{len(names)} odd inputs, {len(ODD)} odd texts")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
