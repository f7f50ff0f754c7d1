#!/usr/bin/env python3
"""No input makes time or memory grow faster than its size: complexity.py EXPDIAG [NAME...]

Each input is made with n, 2n and 4n of something.  What a run costs more than one over an
empty case, counted in instructions (callgrind) and in peak memory, may grow at
most 2.2 times a step.  The program is one without sandbox.  Exit 77 without valgrind.
"""
import base64
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import make

MOST = 2.2
SMALLEST = 3000000  # instructions: less is no cost worth a ratio
PAGES = 3000  # KiB: the same
problems = []
INPUTS = {}


def grows(n, command="analyze"):
    """An input by its number of parts; n is the smallest number."""
    def keep(build):
        INPUTS[build.__name__] = (build, n, command)
        return build
    return keep


def capture(pcap):
    return {make.CAPTURE: pcap.bytes()}


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


# ---- certificates ----

@grows(250, "certs")
def alternative_names(n):
    one = make.cert(extensions=[make.sans([f"h{i}.example" for i in range(n)])])
    return {make.name_of("server.pem"): make.pem(one)}


@grows(200)
def cas_of_one_name(n):
    store = b"".join(make.pem(make.cert("ca", "ca", i, ca=True)) for i in range(n))
    leaf = make.pem(make.cert("leaf", "ca", 1 << 40))
    return {make.name_of("ca.pem"): store, make.name_of("server.pem"): leaf}


@grows(200)
def certificates_of_one_issuer(n):
    leaves = b"".join(make.pem(make.cert(f"l{i}", "ca", i)) for i in range(n))
    store = make.pem(make.cert("ca", "ca", 1, ca=True))
    return {make.name_of("ca.pem"): store, make.name_of("server.pem"): leaves}


@grows(200)
def deep_chain(n):
    """Each is the issuer of the one before."""
    store = b"".join(make.pem(make.cert(f"c{i}", f"c{i + 1}", i, ca=True)) for i in range(n))
    return {make.name_of("ca.pem"): store,
            make.name_of("server.pem"): make.pem(make.cert("leaf", "c0", 1 << 40))}


@grows(100)
def loops_of_cross_signed_cas(n):
    """Rings of CAs, each certified by both neighbours."""
    store = b"".join(make.pem(make.cert(f"c{i}", f"c{(i + step) % n}", 2 * i + (step > 0), ca=True))
                     for i in range(n) for step in (1, -1))
    return {make.name_of("ca.pem"): store,
            make.name_of("server.pem"): make.pem(make.cert("leaf", "c0", 1 << 40))}


@grows(20000, "certs")
def a_pem_line_without_end(n):
    return {make.name_of("ca.pem"): b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(b"\0" * n)}


@grows(2000, "certs")
def empty_pem_blocks(n):
    return {make.name_of("ca.pem"): b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" * n}


# ---- dumps ----

@grows(2000)
def settings(n):
    return {make.name_of("xconf_dump.txt"): make.SYSTEM + b"".join(
        make.setting(f"Applications A {i} Name", f"v{i}") for i in range(n))}


@grows(100)
def zones(n):
    return {make.name_of("xconf_dump.txt"): make.SYSTEM + b"".join(
        make.setting(f"Zones Zone {i} Name", f"z{i}") +
        make.setting(f"Zones Zone {i} Type", "Neighbor") for i in range(1, n + 1)),
            make.name_of("xstat_dump.txt"): make.STATUS + make.block("Zones", b"".join(
                b'    Zone %d:\n      Name: "z%d"\n      Status: Failed\n' % (i, i)
                for i in range(1, n + 1)))}


@grows(200)
def tunnels(n):
    return {make.name_of("xstat_dump.txt"): make.STATUS + make.block("Tunnels", b"".join(
        b'    Tunnel %d:\n      Target: "e%d"\n      Domain: "d"\n      Status: Failed\n' % (i, i)
        for i in range(1, n + 1)))}


@grows(100)
def alarms_of_a_dump(n):
    return {make.name_of("xstat_dump.txt"): make.STATUS + b"".join(
        make.block(f"Alarm {i}", b'    ID: %d\n    Detail: "d"\n' % i) for i in range(1, n + 1))}


@grows(2000)
def lines_of_a_block(n):
    return {make.name_of("xstat_dump.txt"): make.STATUS + make.block("Zones", b"  A:\n\n" * n)}


@grows(2000)
def xml_elements(n):
    return {make.name_of("xstat_dump.xml"): b"<Status>" + b"<a b='1' c='2'>x</a>\n" * n + b"</Status>"}


@grows(50000)
def xml_text(n):
    return {make.name_of("xstat_dump.xml"): b"<Status><a>" + b"x&amp;" * (n // 6) + b"</a></Status>"}


@grows(2000)
def xml_depth(n):
    return {make.name_of("xstat_dump.xml"): b"<a>" * n}


# ---- logs ----

@grows(1000)
def events(n):
    return {make.name_of("loggingsnapshot.txt"): b"".join(
        make.tls_error(1000 + i, number=i) for i in range(n))}


@grows(1000)
def events_of_one_conversation(n):
    return {make.name_of("loggingsnapshot.txt"): b"".join(
        make.tls_error(1, f"e{i}", i) for i in range(n))}


@grows(500)
def alarms_of_a_log(n):
    return {make.name_of("loggingsnapshot.txt"): b"".join(make.alarm(str(i), i) for i in range(n))}


@grows(500)
def changes_of_settings(n):
    return {make.name_of("loggingsnapshot.txt"): b"".join(make.log_line(
        f'management: Event="System Configuration Changed" Detail="xconfiguration a{i} - '
        'changed from: a to: b"', i) for i in range(n))}


@grows(400000)
def one_line_of_a_log(n):
    return {make.name_of("loggingsnapshot.txt"): make.alarm("1") + make.log_line("x" * n)}


@grows(20000)
def quotes_in_a_line(n):
    return {make.name_of("loggingsnapshot.txt"): make.alarm("1") + make.log_line(
        'tvcs: Event="TLS Negotiation Error" ' + 'a="b" ' * (n // 6))}


@grows(3000)
def lines_that_hold_on(n):
    """An open quote, then lines that are no records."""
    return {make.name_of("loggingsnapshot.txt"): (make.log_line(
        'tvcs: Event="TLS Negotiation Error" Detail="') + b"x\n" * 20) * (n // 20)}


# ---- archives and findings ----

@grows(500)
def files_of_an_archive(n):
    return {"a.tar": make.tar([(f"f{i}", b"x") for i in range(n)])}


@grows(250)
def findings(n):
    return {"a.tar": make.tar([(f"ca_h{i}_{make.STAMP}.pem", b"") for i in range(n)])}


@grows(250)
def files_of_one_name(n):
    return {"a.tar": make.tar([(f"{i}/{make.name_of('ca.pem')}", make.pem(make.cert()))
                               for i in range(n)])}


@grows(50)
def bundles_of_one_node(n):
    return {"a.tar": make.tar([(f"{i}/{make.name_of('xconf_dump.txt')}", make.SYSTEM +
                                make.setting("Zones Zone 1 Name", f"z{i}")) for i in range(n)])}


# ---- measuring ----

def peak(program, words):
    """KiB used at most; time(1) is small, so that what it was forked from does not count."""
    done = subprocess.run(["time", "-f", "%M", program, *words], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1, 3):
        problems.append(f"exit status {done.returncode} of {words}")
    return int(done.stderr.split()[-1])


def instructions(program, words):
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-children=yes",
         program, *words], capture_output=True, check=False, timeout=300)
    counts = re.findall(r"Collected : (\d+)", done.stderr.decode("utf-8", "replace"))
    if not counts:
        sys.exit(f"callgrind counted nothing: {done.stderr[-500:]!r}")
    return sum(map(int, counts))


def cost(program, files, command):
    with tempfile.TemporaryDirectory() as place:
        case = os.path.join(place, "case")
        os.mkdir(case)
        for name, data in files.items():
            with open(os.path.join(case, name), "wb") as f:
                f.write(data)
        words = [command, "--reproducible", "--json", os.path.join(place, "r.json"), "--html",
                 os.path.join(place, "r.html"), "--text", os.path.join(place, "r.txt"), case]
        return instructions(program, words), peak(program, words)


def measure(program, name, base):
    build, n, command = INPUTS[name]
    costs = [cost(program, build(n * step), command) for step in (1, 2, 4)]
    ratios = []
    for kind, floor in ((0, SMALLEST), (1, PAGES)):
        more = [c[kind] - base[command][kind] for c in costs]
        found = [b / a if a > floor else 0 for a, b in zip(more, more[1:])]
        ratios.append(found)
        if max(found) > MOST:
            problems.append(f"{name}: {'memory' if kind else 'time'} grows {found}")
    print(f"{name:32} n={n:<7} {costs[2][0] / 1e6:8.0f} M instructions at 4n  "
          f"x {ratios[0][0]:.2f} {ratios[0][1]:.2f}  {costs[2][1]:7} KiB  "
          f"x {ratios[1][0]:.2f} {ratios[1][1]:.2f}", flush=True)


def main():
    program = os.path.abspath(sys.argv[1])
    if not shutil.which("valgrind") or not shutil.which("time"):
        print("valgrind or time is missing")
        sys.exit(77)
    nothing = {make.name_of("xconf_dump.txt"): make.SYSTEM}
    base = {c: cost(program, nothing, c) for c in ("analyze", "flows", "certs")}
    for name in sys.argv[2:] or INPUTS:
        measure(program, name, base)
    print("\n".join(problems) or "nothing grows faster than its size")
    sys.exit(1 if problems else 0)


main()
