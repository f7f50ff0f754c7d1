"""What grows on the wire: segments, conversations, messages, frames, captures."""
import random
import struct

import make
from growing import capture, grows


def opened(pcap, data, **more):
    """A conversation, a client hello sent, whose server is to send data."""
    talk = make.Talk(pcap, **more)
    talk.send(0, make.records(22, make.client_hello()))
    return talk, make.records(22, make.server_hello() + data)


CHAIN = make.certificate([make.cert(extensions=[make.extension("1.2.3", b"\0" * 4000)])] * 4)


# ---- segments ----

@grows(2000, "flows")
def one_byte_segments(n):
    pcap = make.Pcap()
    talk, data = opened(pcap, CHAIN * (n // 8000 + 1))
    talk.send(1, data[:n], size=1)
    return capture(pcap)


@grows(1000, "flows")
def segments_in_reverse(n):
    pcap = make.Pcap()
    talk, data = opened(pcap, CHAIN * (n * 40 // 16000 + 1))
    start = talk.next[1]
    for i in reversed(range(n)):
        talk.send(1, data[i * 40:i * 40 + 40], at=start + i * 40)
    return capture(pcap)


@grows(1000, "flows")
def overlapping_segments(n):
    pcap = make.Pcap()
    talk, data = opened(pcap, CHAIN * 8)
    start = talk.next[1] + 1  # the first byte is missing: all waits
    for i in range(n):
        talk.send(1, data[1 + i:1 + i + 700], at=start + i)
    return capture(pcap)


@grows(1000, "flows")
def islands(n):
    """Every second byte is there, in any order."""
    pcap = make.Pcap()
    talk, data = opened(pcap, CHAIN * 8)
    places = list(range(1, 2 * n, 2))
    random.Random(1).shuffle(places)
    for at in places:
        talk.send(1, data[at:at + 1], at=talk.next[1] + at)
    return capture(pcap)


@grows(500, "flows")
def retransmissions(n):
    pcap = make.Pcap()
    talk, data = opened(pcap, CHAIN)
    start = talk.next[1]
    for _ in range(n):
        talk.send(1, data[:1000], at=start)
    return capture(pcap)


# ---- conversations ----

@grows(500, "flows")
def one_four_tuple_again(n):
    pcap = make.Pcap()
    for i in range(n):
        talk = make.Talk(pcap, begin=False)
        talk.next = [i * 5000, i * 7000]
        talk.send(0, flags=make.SYN, count=1)
        talk.send(1, flags=make.SYN | make.ACK, count=1)
        talk.close()
    return capture(pcap)


@grows(1000, "flows")
def bare_syns(n):
    pcap = make.Pcap()
    for i in range(n):
        pcap.tcp(make.CLIENT, b"\x0a\1" + (i >> 8).to_bytes(2, "big"), (30000 + i % 256, 7001), 1, 0,
                 make.SYN)
    return capture(pcap)


@grows(250)
def refused_handshakes(n):
    pcap = make.Pcap()
    for i in range(n):
        make.tls_talk(pcap, [make.certificate([make.cert()])], 10000 + i, i.to_bytes(32, "big"))
    return capture(pcap)


@grows(250)
def handshakes_with_one_random(n):
    pcap = make.Pcap()
    for i in range(n):
        make.tls_talk(pcap, [make.certificate([make.cert()])], 10000 + i)
    return capture(pcap)


@grows(200, "flows")
def pieces_without_a_beginning(n):
    """Conversations cut in two, all of the same ends and near numbers."""
    pcap = make.Pcap()
    for i in range(n):
        talk = make.Talk(pcap, 30000 + i % 7, begin=False)
        talk.next = [i * 100000, i * 100000]
        talk.send(1, b"\x17\3\3\0\x10" + b"\0" * 16)
        talk.send(0, flags=make.RST)
    return capture(pcap)


@grows(300)
def leaves_of_strangers(n):
    pcap = make.Pcap()
    for i in range(n):
        make.tls_talk(pcap, [make.certificate([make.cert(f"h{i}", serial=i)])], 10000 + i,
                      i.to_bytes(32, "big"))
    return capture(pcap)


@grows(100, "flows")
def ssh_name_lists(n):
    pcap = make.Pcap()
    talk = make.Talk(pcap, server=2222)
    talk.send(0, b"SSH-2.0-a\r\n" + make.kexinit(b",".join(b"a%d" % i for i in range(n))))
    talk.send(1, b"SSH-2.0-b\r\n" + make.kexinit(b",".join(b"b%d" % i for i in range(n))))
    talk.close()
    return capture(pcap)


@grows(500)
def dns_answers(n):
    pcap = make.Pcap()
    for i in range(n):
        pcap.udp(make.SERVER, make.CLIENT, (53, 40000),
                 make.dns_answer(f"h{i}.example", b"\x0a\1" + i.to_bytes(2, "big")))
    make.Talk(pcap).close()
    return capture(pcap)


@grows(2000, "flows")
def interfaces_of_pcapng(n):
    return {make.CAPTURE: make.PCAPNG_HEAD + make.PCAPNG_INTERFACE * n}


@grows(2000, "flows")
def secrets(n):
    lines = b"".join(b"CLIENT_RANDOM %064x %096x\n" % (i, i) for i in range(n))
    body = (0x544c534b).to_bytes(4, "little") + len(lines).to_bytes(4, "little") + lines
    return {make.CAPTURE: make.PCAPNG_HEAD + make.pcapng_block(10, body)}


# ---- frames ----

def fragment(pcap, number, offset, data, more=True, protocol=17):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(data), number & 0xffff,
                       (0x2000 if more else 0) | offset // 8, 64, protocol, 0, make.SERVER,
                       make.CLIENT)
    pcap.frame(b"\0" * 12 + b"\x08\0" + head + data)


@grows(2000, "flows")
def fragments_of_datagrams_without_end(n):
    pcap = make.Pcap()
    for i in range(n):
        fragment(pcap, i, 8 * (i % 3), b"x" * 8)
    return capture(pcap)


@grows(1000, "flows")
def fragments_of_one_datagram(n):
    """All overlap, none is the last; there are more than a datagram can hold."""
    pcap = make.Pcap()
    for i in range(n):
        fragment(pcap, 7, 8 * (i * 7 % 4000), b"x" * 48)
    return capture(pcap)


@grows(500, "flows")
def nested_tunnels(n):
    """IP in IP in IP, as deep as a frame is long."""
    pcap = make.Pcap()
    for _ in range(n):
        inner = b""
        for _ in range(60):
            inner = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(inner), 0, 0, 64, 4, 0,
                                make.CLIENT, make.SERVER) + inner
        pcap.frame(b"\0" * 12 + b"\x08\0" + inner)
    return capture(pcap)


@grows(2000, "flows")
def ipv6_extension_headers(n):
    pcap = make.Pcap()
    for _ in range(n // 100):
        body = b"\0\0" * 4 * 100
        pcap.frame(b"\0" * 12 + b"\x86\xdd" + struct.pack(">IHBB", 0x60000000, len(body), 0, 64) +
                   b"\xfe" * 32 + body)
    return capture(pcap)


@grows(2000, "flows")
def options_of_a_pcapng_block(n):
    options = struct.pack("<HH4s", 2, 4, b"eth0") * n
    body = struct.pack("<HHI", 1, 0, 0) + options
    return {make.CAPTURE: make.PCAPNG_HEAD + make.pcapng_block(1, body)}


@grows(2000, "flows")
def sections_of_pcapng(n):
    return {make.CAPTURE: (make.PCAPNG_HEAD + make.PCAPNG_INTERFACE) * n}


# ---- messages ----

@grows(2000, "flows")
def records_of_one_byte(n):
    pcap = make.Pcap()
    talk, _ = opened(pcap, b"")
    data = make.server_hello() + CHAIN * (n // 16000 + 1)
    talk.send(1, make.records(22, data[:n], 1))
    return capture(pcap)


@grows(2000, "flows")
def empty_records(n):
    pcap = make.Pcap()
    talk, hello = opened(pcap, b"")
    talk.send(1, hello + b"\x16\3\3\0\0" * n)
    return capture(pcap)


@grows(2000, "flows")
def empty_messages(n):
    pcap = make.Pcap()
    talk, hello = opened(pcap, b"")
    talk.send(1, hello + make.records(22, b"\0\0\0\0" * n))
    return capture(pcap)


@grows(2000, "flows")
def alerts(n):
    pcap = make.Pcap()
    talk, hello = opened(pcap, b"")
    talk.send(1, hello + make.records(21, b"\1\x5a", 2) * n)
    return capture(pcap)


@grows(20)
def names_of_cas_asked_for(n):
    """Each conversation asks for a client certificate of thousands of CAs, and gets one."""
    pcap = make.Pcap()
    names = b"".join(struct.pack(">H", len(d)) + d for d in (make.name(f"c{i}") for i in range(3000)))
    asked = make.handshake(13, b"\1\1\0\2\4\3" + struct.pack(">H", len(names)) + names)
    chain = make.certificate([make.cert(f"l{i}") for i in range(8)])
    for i in range(n):
        talk = make.Talk(pcap, 10000 + i)
        talk.send(0, make.records(22, make.client_hello(i.to_bytes(32, "big"))))
        talk.send(1, make.records(22, make.server_hello(b"\2" * 16 + i.to_bytes(16, "big")) +
                                  make.certificate([make.cert()]) + asked))
        talk.send(0, make.records(22, chain))
        talk.send(1, make.records(21, b"\2\x30"))
        talk.close()
    return capture(pcap)


@grows(500, "flows")
def extensions_of_a_hello(n):
    """Hellos as long as may be, of empty extensions and thousands of ciphers."""
    pcap = make.Pcap()
    for i in range(n // 100):
        extensions = b"\xfa\xfa\0\0" * 8000
        body = (b"\3\3" + i.to_bytes(32, "big") + b"\0" + struct.pack(">H", 40000) +
                b"\x5a\x5a" * 20000 + b"\1\0" + struct.pack(">H", len(extensions)) + extensions)
        talk = make.Talk(pcap, 10000 + i)
        talk.send(0, make.records(22, make.handshake(1, body)))
    return capture(pcap)


@grows(1000, "flows")
def ssh_packets_of_no_bytes(n):
    pcap = make.Pcap()
    talk = make.Talk(pcap, server=2222)
    talk.send(0, b"SSH-2.0-a\r\n" + make.ssh_packet(b"\2\0\0\0\0") * n)
    talk.send(1, b"SSH-2.0-b\r\n" + make.ssh_packet(b"\x14" + b"\0" * 62) * (n // 8))
    talk.close()
    return capture(pcap)


@grows(2000, "flows")
def lines_before_an_ssh_banner(n):
    pcap = make.Pcap()
    talk = make.Talk(pcap, server=2222)
    talk.send(1, b"a\r\n" * n)
    talk.send(0, b"SSH-2.0-a\r\n")
    talk.close()
    return capture(pcap)


@grows(20, "flows")
def dns_pointers(n):
    """Answers whose names point at names that point on."""
    pcap = make.Pcap()
    for _ in range(n):
        chain = b"\1a\xc0\x0c" + b"".join(b"\1a" + struct.pack(">H", 0xc000 | 12 + 4 * k)
                                          for k in range(60))
        body = struct.pack(">HHHHHH", 1, 0x8180, 0, 200, 0, 0) + chain
        body += (struct.pack(">H", 0xc000 | 12 + 4 * 60) + b"\0\1\0\1" +
                 struct.pack(">IH4s", 60, 4, b"\x0a\1\2\3")) * 200
        pcap.udp(make.SERVER, make.CLIENT, (53, 40000), body)
    make.Talk(pcap).close()
    return capture(pcap)


@grows(200, "flows")
def files_of_a_ring(n):
    """A conversation that goes on through all files, each with bytes of its own."""
    files = {}
    whole = make.Pcap()
    talk, data = opened(whole, CHAIN)
    for i in range(n):
        part = make.Pcap()
        part.time = whole.time + i * 1000
        part.out += whole.out[1:] if i == 0 else []
        talk.pcap = part
        talk.send(1, data[i * 8:i * 8 + 8])
        files[make.CAPTURE.replace("tcpdump00", f"tcpdump{i:02}")] = part.bytes()
    return files
