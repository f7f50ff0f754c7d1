"""Limits of captures and of what they hold; for limits.py."""
import struct

import make
from growing_wire import fragment
from limits_run import Run, keeps, limit


# ---- captures ----

def flows(pcap, **more):
    data = pcap if isinstance(pcap, bytes) else pcap.bytes()
    return Run([(make.CAPTURE, data)], **more)


def has_flow(run, _):
    return run.json["flows"]


@limit("XD_MAX_FRAME", words="claims more bytes than a frame can have")
@keeps(has_flow)
def frame(n):
    pcap = make.Pcap()
    make.tls_talk(pcap, [make.certificate([make.cert()])])
    pcap.frame(b"\0" * n)
    return flows(pcap)


@limit("XD_MAX_FLOWS", words="300 conversations were read")
@keeps(lambda run, n: len(run.json["flows"]) == n)
def many_flows(n):
    pcap = make.Pcap()
    for i in range(n):
        make.Talk(pcap, 10000 + i).close()
    return flows(pcap, small=True)


def gap(held):
    """A conversation that waits, with a hole, for so many bytes."""
    pcap = make.Pcap()
    talk = make.Talk(pcap)
    talk.send(0, make.records(22, make.client_hello()))
    hello = make.records(22, make.server_hello() + make.certificate(
        [make.cert(extensions=[make.extension("1.2.3", b"\0" * 100000)])] * 3))
    hello += make.records(22, make.certificate([]) * 60000)
    first = talk.next[1]
    talk.send(1, hello[1:1 + held], at=first + 1)
    talk.send(1, hello[:1], at=first)
    talk.next[1] += 1 + held
    talk.close()
    return pcap


@limit("XD_MAX_FLOW_BUFFER")
@keeps(lambda run, n: run.json["flows"][0]["tls"])
def flow_buffer(n):
    return flows(gap(n), command="flows")


@limit("XD_MAX_HANDSHAKE", words="a handshake message of more than 128 KiB")
@keeps(has_flow)
def handshake(n):
    one = make.cert()
    rest = n - 4 - 3 - 3 - len(one) - 3
    filler = make.cert(extensions=[make.extension("1.2.3", b"\0" * 120000)])
    size = rest - len(filler) + 120000
    message = make.certificate([one, make.cert(extensions=[
        make.extension("1.2.3", b"\0" * size)])])
    assert len(message) == n, (len(message), n)
    pcap = make.Pcap()
    make.tls_talk(pcap, [message])
    return flows(pcap)


@limit("XD_LEDGER_HEAD", "XD_LEDGER_TAIL", "XD_MAX_LEDGER", "XD_MAX_MESSAGES")
@keeps(lambda run, n: run.json["flows"][0]["tls"])
def ledger(n):
    pcap = make.Pcap()
    talk = make.Talk(pcap)
    talk.send(0, make.records(22, make.client_hello()))
    talk.send(1, make.records(22, make.server_hello()) + make.records(20, b"\1"))
    for _ in range(n + 2):
        talk.send(1, make.records(22, b"\0" * 40))
    talk.close()
    return flows(pcap)


@limit("XD_MAX_DNS_NAMES", words="more than 4096 addresses of names in DNS")
@keeps(has_flow)
def dns_names(n):
    pcap = make.Pcap()
    make.tls_talk(pcap, [make.certificate([make.cert()])])
    for i in range(n):
        pcap.udp(make.SERVER, make.CLIENT, (53, 40000),
                 make.dns_answer(f"h{i}.example", b"\x0a\1" + i.to_bytes(2, "big")))
    return flows(pcap)


@limit("XD_MAX_PRESENTED")
@keeps(lambda run, n: len(run.json["flows"][0]["presented"]) == n)
def presented_messages(n):
    pcap = make.Pcap()
    make.tls_talk(pcap, [make.certificate([make.cert()])] * n)
    return flows(pcap, command="flows")


@limit("XD_MAX_CAPTURE_FILES", words="more than 4095 captures in one run")
@keeps(has_flow)
def capture_files(n):
    pcap = make.Pcap()
    make.Talk(pcap).close()
    empty = make.Pcap().bytes()
    files = [(f"{i:05}.pcap", empty if i else pcap.bytes()) for i in range(n)]
    return Run([("a.tar", make.tar(files))], alone=["a.tar"])


def begun_in_the_middle(n, each=60000, conversations=1000):
    """n bytes of conversations without a beginning, that are kept to be joined."""
    pcap = make.Pcap()
    make.tls_talk(pcap, [make.certificate([make.cert()])])
    for i in range(conversations):
        talk = make.Talk(pcap, 31000 + i, begin=False)
        size = min(each, n)
        talk.send(1, b"\x16\3\3" + b"\0" * max(0, size - 3))
        n -= size
        if n <= 0:
            break
    return pcap.bytes()


@limit("XD_MAX_CAPTURE_LOG", "XD_MAX_CAPTURE_BUFFER", "XD_MAX_CAPTURE_BUFFERS")
@keeps(lambda run, n: any(f["presented"] for f in run.json["flows"]))
def capture_log(n):
    return flows(begun_in_the_middle(n), command="flows")


@limit("XD_MAX_CAPTURE_LOGS")
@keeps(lambda run, n: any(f["presented"] for f in run.json["flows"]))
def capture_logs(n):
    each = 2000000
    one = begun_in_the_middle(each)
    ring = [(f"eth0_diagnostic_logging_tcpdump{i:03}_vcse_2026-03-25_03_20_11.pcap", one)
            for i in range(n // each + 2)]
    return Run([("a.tar", make.tar(ring))], alone=["a.tar"], command="flows")


# ---- what frames and blocks hold ----

def after(pcap):
    """A conversation behind what is hostile."""
    make.tls_talk(pcap, [make.certificate([make.cert()])])
    return flows(pcap)


@limit("XD_MAX_DATAGRAMS", words="more than 64 datagrams")
@keeps(has_flow)
def datagrams(n):
    pcap = make.Pcap()
    for i in range(n):
        fragment(pcap, i, 0, b"x" * 8, protocol=6)
    return after(pcap)


@limit("XD_MAX_FRAGMENTS", words="128 fragments of one")
@keeps(has_flow)
def fragments(n):
    pcap = make.Pcap()
    for i in range(n):
        fragment(pcap, 1, 16 * i, b"x" * 8, protocol=6)
    return after(pcap)


@limit("XD_MAX_FRAGMENT_RESTS", words="1 MiB of them")
@keeps(has_flow)
def fragment_rests(n):
    """In the first of two files of a view; each piece costs more than its bytes."""
    first, second = make.Pcap(), make.Pcap()
    for i in range(14 if n % 2 == 0 else 40):
        fragment(first, i, 0, b"x" * 60000, protocol=6)
    make.tls_talk(second, [make.certificate([make.cert()])])
    return Run([(make.CAPTURE, first.bytes()),
                (make.CAPTURE.replace("tcpdump00", "tcpdump01"), second.bytes())])


@limit("XD_MAX_HEADERS", words="more than 24 headers")
@keeps(has_flow)
def headers(n):
    """IP in IP: each is one header and names the next one, Ethernet is the first."""
    pcap, inner = make.Pcap(), b""
    for _ in range(n // 2 - 2 if n % 2 == 0 else n // 2):
        inner = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(inner), 0, 0, 64, 4, 0,
                            make.CLIENT, make.SERVER) + inner
    pcap.frame(b"\0" * 12 + b"\x08\0" + inner)
    return after(pcap)


@limit("XD_MAX_EXTENSIONS", words="16 extensions of IPv6")
@keeps(has_flow)
def extensions(n):
    pcap = make.Pcap()
    body = b"".join(bytes([60 if i < n - 1 else 59, 0]) + b"\0" * 6 for i in range(n))
    pcap.frame(b"\0" * 12 + b"\x86\xdd" +
               struct.pack(">IHBB", 0x60000000, len(body), 60, 64) + b"\xfe" * 32 + body)
    return after(pcap)


def pcapng(*blocks):
    return flows(make.PCAPNG_HEAD + b"".join(blocks), command="analyze")


@limit("XD_MAX_INTERFACES", words="more than 65536 interfaces")
def interfaces(n):
    return pcapng(make.PCAPNG_INTERFACE * n)


@limit("XD_MAX_BLOCK", words="a block claims more than 64 MiB")
def block(n):
    return pcapng(make.PCAPNG_INTERFACE, make.pcapng_block(0x0bad, b"\0" * ((n + 3) // 4 * 4 - 12)))


@limit("XD_MAX_SECRETS", words="more than 1000 secrets")
def secrets(n):
    lines = b"".join(b"CLIENT_RANDOM %064x %096x\n" % (i, i) for i in range(n))
    body = (0x544c534b).to_bytes(4, "little") + len(lines).to_bytes(4, "little") + lines
    run = Run([(make.CAPTURE, make.PCAPNG_HEAD + make.pcapng_block(10, body + b"\0" * (-len(lines) % 4)))],
              small=True)
    return run


def ssh(first):
    pcap = make.Pcap()
    talk = make.Talk(pcap, server=2222)
    talk.send(1, first)
    talk.send(0, b"SSH-2.0-a\r\n" + make.kexinit(b"a"))
    talk.close()
    return flows(pcap)


@limit("XD_MAX_SSH_PACKET", words="an SSH packet of more than 128 KiB")
@keeps(has_flow)
def ssh_packet(n):
    return ssh(b"SSH-2.0-b\r\n" + struct.pack(">IB", n, 4) + b"\2" + b"\0" * (n - 2) + make.kexinit(b"b"))


@limit("XD_MAX_SSH_GREETING")
@keeps(lambda run, n: bool(run.json["flows"][0]["ssh"]["server_banner"]) == ("greeted" in run.text))
def ssh_greeting(n):
    """As far in the identification may begin; further in it is another protocol."""
    name = b"SSH-2.0-greeted\r\n" if n % 2 == 0 else b"SSH-2.0-b\r\n"
    return ssh(b"a" * (n - 6) + b"\r\n" + name + make.kexinit(b"b"))


@limit("XD_MAX_SAME_RANDOM")
@keeps(lambda run, n: len(run.json["flows"]) >= n)
def same_random(n):
    pcap = make.Pcap()
    for i in range(n):
        make.tls_talk(pcap, [make.certificate([make.cert()])], 10000 + i)
    return flows(pcap)
