"""Captures as lists of IP packets, and back: for transform.py.

A packet is (time in microseconds, bytes from the IP header on).  What a capture holds
besides IP is left out.
"""
import collections
import ipaddress
import struct

ETHERNET, RAW, NULL, COOKED, COOKED2 = 1, 101, 0, 113, 276
Segment = collections.namedtuple("Segment", "src dst sport dport seq ack flags data")
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def peel(link, frame):
    """The IP packet of a frame, or None."""
    if link == ETHERNET:
        at, kind = 14, frame[12:14]
        while kind in (b"\x81\0", b"\x88\xa8") and len(frame) >= at + 4:
            kind, at = frame[at + 2:at + 4], at + 4
        return frame[at:] if kind in (b"\x08\0", b"\x86\xdd") else None
    if link == COOKED:
        return frame[16:] if frame[14:16] in (b"\x08\0", b"\x86\xdd") else None
    if link == NULL:
        return frame[4:]
    return frame if link in (RAW, 12, 14, 228, 229) else None


def trim(ip):
    """Without what pads the frame."""
    if len(ip) >= 20 and ip[0] >> 4 == 4:
        size = int.from_bytes(ip[2:4], "big")
    elif len(ip) >= 40 and ip[0] >> 4 == 6:
        size = 40 + int.from_bytes(ip[4:6], "big")
    else:
        return None
    return ip[:size] if 20 <= size <= len(ip) else None


def read_pcap(data):
    """The packets of a classic capture; None where it is of another kind or not whole."""
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(data[:4])
    if order is None:
        return None
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xffff
    at, packets = 24, []
    while at + 16 <= len(data):
        seconds, part, size, whole = struct.unpack_from(order + "IIII", data, at)
        frame = data[at + 16:at + 16 + size]
        at += 16 + size
        ip = peel(link, frame)
        ip = trim(ip) if ip is not None else None
        if size != whole or len(frame) != size:
            return None
        if ip is not None:
            packets.append((seconds * 1000000 + part, ip))
    return packets


def parse(ip):
    """The TCP segment of a packet that is neither a fragment nor in a tunnel, or None."""
    if ip[0] >> 4 == 4:
        head, kind, src, dst = (ip[0] & 15) * 4, ip[9], ip[12:16], ip[16:20]
        if int.from_bytes(ip[6:8], "big") & 0x3fff:
            return None
    else:
        head, kind, src, dst = 40, ip[6], ip[8:24], ip[24:40]
    tcp = ip[head:]
    if kind != 6 or len(tcp) < 20 or len(tcp) < (tcp[12] >> 4) * 4:
        return None
    sport, dport, seq, ack, offset, flags = struct.unpack_from(">HHIIBB", tcp)
    return Segment(src, dst, sport, dport, seq, ack, flags, tcp[(offset >> 4) * 4:])


def ip_header(src, dst, protocol, size, number=0, fragment=0):
    if len(src) == 4:
        return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + size, number, fragment, 64,
                           protocol, 0, src, dst)
    return struct.pack(">IHBB16s16s", 0x60000000, size, protocol, 64, src, dst)


def build(s, options=b""):
    """The packet of a segment."""
    tcp = struct.pack(">HHIIBBHHH", s.sport, s.dport, s.seq & 0xffffffff,
                      s.ack & 0xffffffff, (20 + len(options)) << 2, s.flags, 501, 0, 0)
    tcp += options + s.data
    return ip_header(s.src, s.dst, 6, len(tcp)) + tcp


def to_v6(ip, headers=()):
    """An IPv4 packet as an IPv6 one with such extension headers (kind, bytes)."""
    if ip[0] >> 4 == 6:
        return ip
    payload = ip[(ip[0] & 15) * 4:]
    kinds = [kind for kind, _ in headers] + [ip[9]]
    chain = b"".join(bytes([kinds[i + 1], len(rest) // 8]) + rest
                     for i, (_, rest) in enumerate(headers))
    src, dst = (ipaddress.ip_address("2001:db8::").packed[:12] + a
                for a in (ip[12:16], ip[16:20]))
    return ip_header(src, dst, kinds[0], len(chain + payload)) + chain + payload


def fragments(ip, sizes, number):
    """An IPv4 packet in fragments of such sizes, multiples of 8."""
    head, payload = ip[:20], ip[(ip[0] & 15) * 4:]
    src, dst, protocol = head[12:16], head[16:20], head[9]
    at, out = 0, []
    while at < len(payload):
        part = payload[at:at + sizes()]
        more = 0x2000 if at + len(part) < len(payload) else 0
        out.append(ip_header(src, dst, protocol, len(part), number, more | at // 8) + part)
        at += len(part)
    return out


def fragments_v6(ip, sizes, number):
    src, dst, kind, payload = ip[8:24], ip[24:40], ip[6], ip[40:]
    at, out = 0, []
    while at < len(payload):
        part = payload[at:at + sizes()]
        more = at + len(part) < len(payload)
        extra = struct.pack(">BBHI", kind, 0, at | more, number)
        out.append(ip_header(src, dst, 44, len(part) + 8) + extra + part)
        at += len(part)
    return out


def udp(payload, port, sport=49152):
    return struct.pack(">HHHH", sport, port, 8 + len(payload), 0) + payload


MACS = b"\2\0\0\0\0\1\2\0\0\0\0\2"
OUTER = (b"\x0a\xc8\0\1", b"\x0a\xc8\0\2")


def ethertype(ip):
    return b"\x86\xdd" if ip[0] >> 4 == 6 else b"\x08\0"


def over_ip(protocol, payload):
    return ip_header(*OUTER, protocol, len(payload)) + payload


# How a packet lies in a frame: the link type, and what stands around it.
WRAPS = {
    "ethernet": (ETHERNET, lambda ip: MACS + ethertype(ip) + ip),
    "padded": (ETHERNET, lambda ip: (MACS + ethertype(ip) + ip).ljust(60, b"\xaa") + b"fcs!"),
    "vlan": (ETHERNET, lambda ip: MACS + b"\x81\0\0\7" + ethertype(ip) + ip),
    "qinq": (ETHERNET, lambda ip: MACS + b"\x88\xa8\0\7\x81\0\x20\x09" + ethertype(ip) + ip),
    "pppoe": (ETHERNET, lambda ip: MACS + b"\x88\x64\x11\0\0\7" + struct.pack(
        ">H", len(ip) + 2) + (b"\0\x57" if ip[0] >> 4 == 6 else b"\0\x21") + ip),
    "mpls": (ETHERNET, lambda ip: MACS + b"\x88\x47\0\1\0\x40\0\2\1\x40" + ip),
    "gre": (ETHERNET, lambda ip: MACS + b"\x08\0" + over_ip(47, b"\0\0" + ethertype(ip) + ip)),
    "gre keyed": (RAW, lambda ip: over_ip(47, b"\x20\0" + ethertype(ip) + b"\0\0\0\7" + ip)),
    "vxlan": (ETHERNET, lambda ip: MACS + b"\x08\0" + over_ip(17, udp(
        b"\x08\0\0\0\0\0\7\0" + MACS + ethertype(ip) + ip, 4789))),
    "geneve": (RAW, lambda ip: over_ip(17, udp(
        b"\1\0\x65\x58\0\0\7\0\1\2\3\0" + MACS + ethertype(ip) + ip, 6081))),
    "gtp": (RAW, lambda ip: over_ip(17, udp(
        b"\x30\xff" + struct.pack(">HI", len(ip), 7) + ip, 2152, 2152))),
    "ip in ip": (RAW, lambda ip: over_ip(41 if ip[0] >> 4 == 6 else 4, ip)),
    "cooked": (COOKED, lambda ip: b"\0\0\0\1\0\6\2\0\0\0\0\1\0\0" + ethertype(ip) + ip),
    "cooked 2": (COOKED2, lambda ip: ethertype(ip) + b"\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0"
                 + ip),
    "null": (NULL, lambda ip: struct.pack("<I", 30 if ip[0] >> 4 == 6 else 2) + ip),
    "raw": (RAW, lambda ip: ip),
}


def write_pcap(packets, wrap="ethernet", order="<", nano=False, snap=None):
    """A classic capture; snap(i): bytes of frame i that are kept."""
    link, around = WRAPS[wrap]
    magic, per = (0xa1b23c4d, 1000) if nano else (0xa1b2c3d4, 1)
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)]
    for i, (t, ip) in enumerate(packets):
        frame = around(ip)
        kept = frame if snap is None else frame[:snap(i)]
        out.append(struct.pack(order + "IIII", t // 1000000, t % 1000000 * per, len(kept),
                               len(frame)) + kept)
    return b"".join(out)


def block(order, kind, body):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def options(order, *rows):
    out = b""
    for code, value in rows:
        out += struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)
    return out + b"\0\0\0\0"


# Resolutions of pcapng interfaces: the option's byte, ticks a second; and offsets.
CLOCKS = [(6, 10**6, 0), (9, 10**9, 0), (7, 10**7, 1000000000), (0x94, 2**20, 0),
          (0x9e, 2**30, -3600), (8, 10**8, 86400)]


def write_pcapng(packets, rng, wraps):
    """Sections of either byte order; interfaces of differing links and clocks; other
    blocks in between."""
    out, order, n_interfaces, chosen = [], "<", 0, []
    for i, (t, ip) in enumerate(packets):
        if i == 0 or rng.random() < 0.01:
            order, chosen = rng.choice("<>"), []
            out.append(block(order, 0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0,
                                                            -1) + options(order, (4, b"t"))))
        if len(chosen) < len(wraps):
            wrap, clock = wraps[len(chosen)], rng.choice(CLOCKS)
            chosen.append((wrap, clock))
            rows = [(2, b"eth0"), (9, bytes([clock[0]])),
                    (14, struct.pack(order + "q", clock[2]))]
            out.append(block(order, 1, struct.pack(order + "HHI", WRAPS[wrap][0], 0, 0)
                             + options(order, *rows)))
        if rng.random() < 0.1:
            out.append(block(order, rng.choice([4, 5, 0xbad, 0x80000001]),
                             struct.pack(order + "I", 0) + bytes(rng.randrange(4, 60))))
        n_interfaces = rng.randrange(len(chosen))
        wrap, (_, per, offset) = chosen[n_interfaces]
        ticks = -(-(t - offset * 1000000) * per // 1000000)
        frame = WRAPS[wrap][1](ip)
        out.append(block(order, 6, struct.pack(order + "IIIII", n_interfaces, ticks >> 32,
                                               ticks & 0xffffffff, len(frame), len(frame))
                         + frame + b"\0" * (-len(frame) % 4)
                         + (options(order, (1, b"note")) if rng.random() < 0.3 else b"")))
    return b"".join(out)
