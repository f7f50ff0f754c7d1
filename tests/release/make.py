"""What a hostile or very large bundle is made of: bytes of DER, PEM, TLS, SSH, DNS, captures,
dumps, logs and archives, made on the fly for the tests beside this file."""
import base64
import io
import struct
import tarfile

HOST = "vcs8c"
STAMP = "2026-03-29_07_05_00"
CAPTURE = f"eth0_diagnostic_logging_tcpdump00_{HOST}_{STAMP}.pcap"
CLIENT, SERVER = b"\x0a\x6a\x50\x10", b"\x0a\x6a\x50\x1f"  # 10.106.80.16 and .31
SYN, ACK, FIN, RST = 2, 16, 1, 4


def name_of(kind, host=HOST, stamp=STAMP):
    """The name of a bundle's file: "xconf_dump.txt", "ca.pem", "loggingsnapshot.txt"."""
    first, _, end = kind.rpartition(".")
    return f"{first}_{host}_{stamp}.{end}"


# ---- DER (X.690) ----

def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def oid(text):
    numbers = [int(part) for part in text.split(".")]
    out = bytes([numbers[0] * 40 + numbers[1]])
    for number in numbers[2:]:
        digits = [number & 127]
        while number > 127:
            number >>= 7
            digits.append(number & 127 | 128)
        out += bytes(reversed(digits))
    return der(6, out)


def name(common):
    word = common if isinstance(common, bytes) else common.encode()
    return der(0x30, der(0x31, der(0x30, oid("2.5.4.3"), der(12, word))))


def extension(identifier, value, critical=False):
    return der(0x30, oid(identifier), der(1, b"\xff") if critical else b"", der(4, value))


KEY = der(0x30, der(0x30, oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")),
          der(3, b"\0\4" + bytes.fromhex(  # the curve's base point: a key that all may know
              "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
              "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")))
ALGORITHM = der(0x30, oid("1.2.840.10045.4.3.2"))


def cert(subject="a", issuer="ca", serial=1, extensions=(), ca=False):
    """A certificate that parses; its signature is none."""
    known = list(extensions)
    if ca:
        known.append(extension("2.5.29.19", der(0x30, der(1, b"\xff")), True))
    tbs = der(0x30, der(0xa0, der(2, b"\2")), der(2, b"\1" + serial.to_bytes(8, "big")), ALGORITHM,
              name(issuer), der(0x30, der(23, b"250101000000Z"), der(23, b"350101000000Z")),
              name(subject), KEY, der(0xa3, der(0x30, *known)) if known else b"")
    signature = der(0x30, der(2, b"\1"), der(2, b"\1"))
    return der(0x30, tbs, ALGORITHM, der(3, b"\0" + signature))


def sans(names):
    return extension("2.5.29.17", der(0x30, *(der(0x82, n.encode()) for n in names)))


def ekus(identifiers):
    return extension("2.5.29.37", der(0x30, *(oid(i) for i in identifiers)))


def pem(data, label="CERTIFICATE"):
    text = base64.b64encode(data)
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return b"-----BEGIN %s-----\n" % label.encode() + b"\n".join(lines) + \
        b"\n-----END %s-----\n" % label.encode()


def pkcs7(certs):
    content = der(0x30, oid("1.2.840.113549.1.7.1"))
    signed = der(0x30, der(2, b"\1"), der(0x31), content, der(0xa0, *certs), der(0x31))
    return der(0x30, oid("1.2.840.113549.1.7.2"), der(0xa0, signed))


# ---- TLS (RFC 5246, RFC 8446) and SSH (RFC 4253) ----

def handshake(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def records(kind, body, size=16384):
    return b"".join(struct.pack(">BHH", kind, 0x0303, len(body[i:i + size])) + body[i:i + size]
                    for i in range(0, len(body), size))


def client_hello(random=b"\1" * 32):
    body = b"\3\3" + random + b"\0" + b"\0\2\xc0\x2f" + b"\1\0"
    return handshake(1, body)


def server_hello(random=b"\2" * 32):
    return handshake(2, b"\3\3" + random + b"\0" + b"\xc0\x2f\0")


def certificate(ders):
    entries = b"".join(len(d).to_bytes(3, "big") + d for d in ders)
    return handshake(11, len(entries).to_bytes(3, "big") + entries)


def ssh_packet(payload):
    pad = 8 - (len(payload) + 5) % 8 + 4
    return struct.pack(">IB", len(payload) + pad + 1, pad) + payload + b"\0" * pad


def kexinit(names, cookie=b"\7" * 16):
    lists = b"".join(struct.pack(">I", len(n)) + n for n in [names] * 10)
    return ssh_packet(b"\x14" + cookie + lists + b"\0" * 5)


# ---- captures ----

class Pcap:
    """A classic capture on Ethernet, in memory."""

    def __init__(self):
        self.out = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)]
        self.time = 1774767600 * 1000000

    def frame(self, data):
        self.time += 10
        self.out.append(struct.pack("<IIII", self.time // 1000000, self.time % 1000000,
                                    len(data), len(data)) + data)

    def ip(self, source, target, protocol, body):
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0, source,
                           target)
        self.frame(b"\0" * 12 + b"\x08\0" + head + body)

    def tcp(self, source, target, ports, seq, ack, flags, data=b""):
        self.ip(source, target, 6, struct.pack(">HHIIBBHHH", *ports, seq & 0xffffffff,
                                               ack & 0xffffffff, 0x50, flags, 65535, 0, 0) + data)

    def udp(self, source, target, ports, data):
        self.ip(source, target, 17, struct.pack(">HHHH", *ports, 8 + len(data), 0) + data)

    def bytes(self):
        return b"".join(self.out)


class Talk:
    """One TCP conversation of a capture; bytes go out in segments."""

    def __init__(self, pcap, port=30000, server=7001, client=CLIENT, to=SERVER, begin=True):
        self.pcap, self.ends = pcap, ((client, port), (to, server))
        self.next = [1000, 2000]
        if begin:
            self.send(0, flags=SYN, count=1)
            self.send(1, flags=SYN | ACK, count=1)
            self.send(0)

    def send(self, side, data=b"", flags=ACK, count=0, at=None, size=1400):
        (source, port), (target, other) = self.ends[side], self.ends[1 - side]
        pieces = [data[i:i + size] for i in range(0, len(data), size)] or [b""]
        for piece in pieces:
            seq = self.next[side] if at is None else at
            self.pcap.tcp(source, target, (port, other), seq, self.next[1 - side], flags, piece)
            if at is None:
                self.next[side] += len(piece) + count
            else:
                at += len(piece)

    def close(self):
        self.send(0, flags=FIN | ACK, count=1)
        self.send(1, flags=FIN | ACK, count=1)
        self.send(0)


def tls_talk(pcap, messages, port=30000, random=b"\1" * 32, size=16384):
    """A conversation whose server sends these handshake messages after its hello."""
    talk = Talk(pcap, port)
    talk.send(0, records(22, client_hello(random)))
    talk.send(1, records(22, server_hello(b"\2" * 16 + random[:16]) + b"".join(messages), size))
    talk.send(0, records(21, b"\2\x30"))
    talk.close()


def dns_answer(host, address, number=1):
    labels = b"".join(bytes([len(p)]) + p.encode() for p in host.split(".")) + b"\0"
    return struct.pack(">HHHHHH", number, 0x8180, 1, 1, 0, 0) + labels + b"\0\1\0\1" + \
        b"\xc0\x0c\0\1\0\1" + struct.pack(">IH4s", 60, 4, address)


def pcapng_block(kind, body):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


PCAPNG_HEAD = pcapng_block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
PCAPNG_INTERFACE = pcapng_block(1, struct.pack("<HHI", 1, 0, 0))


# ---- logs and dumps ----

def log_line(text, number=0):
    second, ms = divmod(number, 1000)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    time = f"2026-03-29T{hour % 24:02}:{minute:02}:{second:02}.{ms:03}+00:00"
    return f"{time} {HOST} {text}\n".encode()


def alarm(identifier, number=0):
    return log_line(f'alarm: Level="WARN" Event="Alarm Raised" Id="{identifier}" Detail="d"', number)


def tls_error(port, detail="certificate has expired", number=0):
    return log_line(f'tvcs: Event="Inbound TLS Negotiation Error" Service="SIP" '
                    f'Src-ip="10.106.80.16" Src-port="{port}" Dst-ip="10.106.80.31" '
                    f'Dst-port="7001" Detail="{detail}" Protocol="TLS" Level="1"', number)


def setting(path, value):
    return f'*c xConfiguration {path}: "{value}"\n'.encode()


def block(head, body):
    return b"*s " + head.encode() + b":\n" + body + b"*s/end\n\n"


SYSTEM = setting("SystemUnit Name", HOST) + setting("Ethernet 1 IP V4 Address", "10.106.80.16")
STATUS = block("SystemUnit", b'    Product: "TANDBERG VCS"\n    SystemTime: "2026-03-29 06:55:00"\n'
               b'    Software:\n      Version: "X15.5"\n')


# ---- archives ----

def tar(files):
    """files: pairs of name and bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path, data in files:
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()
