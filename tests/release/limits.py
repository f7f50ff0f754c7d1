#!/usr/bin/env python3
"""Every limit of limits.h, at it and one beyond: limits.py EXPDIAG EXPDIAG_SMALL PROJECT

At the limit no finding speaks of it; one beyond it does (or the report says it where it
cuts a text), nothing else is lost, and the exit status is never 4.  EXPDIAG_SMALL is the same
program with the three largest limits lowered.  A limit without a test fails, and so does one
that SECURITY.md does not list with its value.
"""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import time

import make
from growing_wire import fragment

PROJECT = os.path.abspath(sys.argv[3])
PROGRAMS = {False: os.path.abspath(sys.argv[1]), True: os.path.abspath(sys.argv[2])}
SMALL = {"XD_MAX_FLOWS": 300, "XD_MAX_CERTS": 500, "XD_MAX_SECRETS": 1000}
INTERNAL = 4
problems = []
tests = {}  # by limit


def values():
    """Name and value of each limit."""
    with open(os.path.join(PROJECT, "include/expdiag/limits.h"), encoding="ascii") as f:
        text = re.sub(r"/\*.*?\*/|#else.*?#endif", "", f.read(), flags=re.S)
    found = re.findall(r"^\s*(?:#define )?(XD_[A-Z0-9_]+)(?:\s*=\s*|[ ]+)([^,\n]+?),?\s*$", text,
                       re.M)
    known = {}
    for limit_name, value in found:
        known[limit_name] = eval(value.replace("(uint64_t)", ""), {}, known)
    return known


class Run:
    """The report of the files; names and bytes, or a function that makes them."""

    def __init__(self, files, *, words=(), small=False, command="analyze", alone=None):
        with tempfile.TemporaryDirectory() as place:
            folder = os.path.join(place, "case")
            os.mkdir(folder)
            for path, data in files:
                path = os.path.join(folder, path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as f:
                    f.write(data)
            given = [os.path.join(folder, n) for n in alone] if alone else [folder]
            report = os.path.join(place, "report.json")
            done = subprocess.run(
                [PROGRAMS[small], command, "--reproducible", "--json", report, *words, *given],
                capture_output=True, check=False, timeout=120)
            self.status = done.returncode
            self.error = done.stderr.decode("utf-8", "replace")
            self.text = ""
            if os.path.exists(report):
                with open(report, encoding="utf-8") as f:
                    self.text = f.read()
        self.json = json.loads(self.text) if self.text else {}

    def told(self):
        """What findings about inputs, and inputs themselves, say."""
        said = [i["problem"] or "" for i in self.json.get("inputs", [])]
        said += [e["detail"] or "" for i in self.json.get("inputs", []) for e in i["entries"]
                 if e["status"] in ("truncated", "damaged")]
        for finding in self.json.get("findings", []):
            if finding["id"].startswith(("input-", "capture-gap")):
                said += [finding["summary"]] + [e["quote"] for e in finding["evidence"]]
        return "\n".join(said)

    def certs(self):
        return self.json.get("certificates", {})


def limit(name, *others, words=None):
    """A test of a limit: make(n) runs with n units; words are what is told one beyond."""
    def keep(make_run):
        for one in (name, *others):
            tests[one] = (make_run, words)
        return make_run
    return keep


def check(name, value):
    make_run, words = tests[name]
    value = SMALL.get(name, value)
    at, beyond = make_run(value), make_run(value + 1)
    for run, where in ((at, "at the limit"), (beyond, "beyond the limit")):
        if run.status == INTERNAL or run.status < 0 or not run.text:
            problems.append(f"{name} {where}: exit status {run.status}: {run.error[:200]}")
            return
    if words and re.search(words, at.told()):
        problems.append(f"{name}: at the limit it says: {at.told()[:300]}")
    if words and not re.search(words, beyond.told()):
        problems.append(f"{name}: one beyond it says: {beyond.told()[:300]!r}")
    kept = getattr(make_run, "kept", None)
    for run, where in ((at, "at"), (beyond, "beyond")):
        if kept and not kept(run, value):
            problems.append(f"{name}, {where}: something readable is lost")


def keeps(judge):
    """What must be in the report, at the limit and beyond."""
    def add(make_run):
        make_run.kept = judge
        return make_run
    return add


# Tested elsewhere, on the same code: a test program and a test in it.
UNIT = {
    "XD_MAX_ARCHIVE_BYTES": ("bundle/test_limits.c", "counts_what_the_whole_run_inflates"),
    "XD_MAX_ARCHIVE_RATIO": ("bundle/test_limits.c", "ends_what_inflates_beyond_reason"),
    "XD_RATIO_GRACE": ("bundle/test_limits.c", "ends_what_inflates_beyond_reason"),
    "XD_MAX_UNPACK_MEMORY": ("bundle/test_unpack.c", "asks_no_window_beyond_reason"),
    "XD_MAX_ENTRIES": ("bundle/test_limits.c", "stops_after_twenty_thousand_files"),
    "XD_MAX_NESTING": ("bundle/test_limits.c",
                       "opens_four_archives_within_each_other_and_no_fifth"),
    "XD_MAX_NAME": ("bundle/test_limits.c", "cuts_a_long_name"),
    "XD_SNIFF_BYTES": ("bundle/test_sniff.c", ""),
    "XD_MAX_PEM_CERTS": ("load/test_load_limits.c", "a_store_holds_so_many_certificates"),
    "XD_MAX_CERT_BYTES": ("load/test_load_limits.c", "a_certificate_is_no_larger"),
    "XD_MAX_XML_DEPTH": ("load/test_load_limits.c", "xml_is_no_deeper"),
    "XD_MAX_XML_OPEN": ("load/test_load_limits.c", "no_more_elements_are_open"),
    "XD_MAX_XML_ATTRIBUTES": ("load/test_load_limits.c", "a_tag_has_no_more_attributes"),
    "XD_MAX_XML_TAG": ("load/test_load_limits.c", "a_tag_is_no_longer"),
    "XD_MAX_XML_NAMESPACES": ("load/test_load_limits.c", "no_more_namespaces_are_in_force"),
}


# ---- archives and folders ----

@limit("XD_MAX_FOLDER_FILES", words="not read: more than 4096 files")
@keeps(lambda run, n: any(e["name"].startswith("0ca_") for e in run.json["inputs"][0]["entries"]))
def folder_files(n):
    files = [("0" + make.name_of("ca.pem"), make.pem(make.cert()))]
    return Run(files + [(f"x{i}", b"x") for i in range(n - 1)])


@limit("XD_MAX_FOLDER_DEPTH", words="folders more than 16 deep")
@keeps(lambda run, n: run.certs())
def folder_depth(n):
    return Run([(make.name_of("ca.pem"), make.pem(make.cert())),
                ("/".join("f" * n) + "/" + make.name_of("client.pem"), make.pem(make.cert()))])


# ---- certificates ----

@limit("XD_MAX_PEM_BYTES", words="only its first 64 MiB were read")
@keeps(lambda run, n: len(run.certs()) == 1)
def pem_bytes(n):
    block = make.pem(make.cert())
    return Run([(make.name_of("ca.pem"), block + b"\n" * (n - len(block)))])


@limit("XD_MAX_PKCS7_BYTES", words="is too large")
@keeps(lambda run, n: "b" in str(run.certs()))
def pkcs7_bytes(n):
    one = make.cert(extensions=[make.extension("1.2.3", b"\0" * 200000)])
    many = [one] * ((n - 1000) // len(one))
    spare = n - len(make.pkcs7(many))
    filler = make.cert(extensions=[make.extension("1.2.3", b"\0" * (spare - 305))])
    filler = make.cert(extensions=[make.extension("1.2.3", b"\0" * (
        spare - 305 + n - len(make.pkcs7(many + [filler]))))])
    whole = make.pkcs7(many + [filler])
    assert len(whole) == n, (len(whole), n)
    return Run([(make.name_of("ca.pem"), make.pem(whole, "PKCS7") + make.pem(make.cert("b")))])


def presented(ders):
    pcap = make.Pcap()
    make.tls_talk(pcap, [make.certificate(ders)])
    return Run([(make.CAPTURE, pcap.bytes())], command="flows")


@limit("XD_MAX_CHAIN")
@keeps(lambda run, n: len(run.json["flows"][0]["presented"][0]["certificates"]) == n)
def chain(n):
    return presented([make.cert(serial=i) for i in range(n)])


@limit("XD_MAX_CERTS", words="the case holds more than 500 certificates")
@keeps(lambda run, n: len(run.certs()) == n)
def certs(n):
    half = n // 2
    parts = [b"".join(make.pem(make.cert(serial=i)) for i in span)
             for span in (range(half), range(half, n))]
    return Run([(make.name_of("ca.pem"), parts[0]),
                (make.name_of("ca.pem", "other"), parts[1])], small=True)


def one_cert(*extensions, subject="a"):
    return Run([(make.name_of("server.pem"), make.pem(make.cert(subject, extensions=extensions)))],
               command="certs")


def only(run):
    return list(run.certs().values())[0]


@limit("XD_MAX_SAN")
@keeps(lambda run, n: len(only(run)["san"]) == n)
def san(n):
    return one_cert(make.sans([f"h{i}.example" for i in range(n)]))


@limit("XD_MAX_EKU")
@keeps(lambda run, n: len(only(run)["eku"]) == n)
def eku(n):
    return one_cert(make.ekus([f"1.2.3.{i}" for i in range(n)]))


@limit("XD_MAX_CERT_TEXT")
@keeps(lambda run, n: n - 8 <= len(only(run)["subject"].rstrip("…")) <= n)
def cert_text(n):
    return one_cert(subject="a" * (n - len("CN = ")))


# ---- dumps ----

def xconf(text):
    return Run([(make.name_of("xconf_dump.txt"), make.SYSTEM + text)])


def xstat(text):
    return Run([(make.name_of("xstat_dump.txt"), make.STATUS + text)])


def knows_node(run, _):
    return run.json["nodes"] and run.json["nodes"][0]["id"] == make.HOST


@limit("XD_MAX_DUMP_BYTES", words="only its first 256 MiB were read")
@keeps(knows_node)
def dump_bytes(n):
    line = b"x" * 65535 + b"\n"
    left = n - len(make.SYSTEM)
    return xconf(line * (left // len(line)) + b"\n" * (left % len(line)))


@limit("XD_MAX_SETTINGS", words="more than 2000000 settings")
@keeps(knows_node)
def settings(n):
    return xconf(b"*c A: 1\n" * (n - 2))


@limit("XD_MAX_SETTING_VALUE", words="a value longer than 8192 bytes was cut")
@keeps(knows_node)
def setting_value(n):
    return xconf(make.setting("Zones Zone 1 Name", "z" * n))


@limit("XD_MAX_DUMP_LINE", words="is longer than 1 MiB")
@keeps(knows_node)
def dump_line(n):
    return xconf(b"x" * n + b"\n")


@limit("XD_MAX_DUMP_BLOCK", words="is larger than 16 MiB")
@keeps(knows_node)
def dump_block(n):
    head = b"*s Zones:\n"
    end = b"*s/end\n"  # the line that ends it stands in it no more
    body = b"  A: 1\n" * ((n - len(head)) // 7)
    return xstat(head + body + b"\n" * (n - len(head) - len(body)) + end)


@limit("XD_MAX_DUMP_DEPTH", words="groups more than 32 deep")
@keeps(knows_node)
def dump_depth(n):
    lines = [b" " * i + b"G%d:\n" % i for i in range(1, n)]
    return xstat(b"*s Zones:\n" + b"".join(lines) + b" " * n + b"Leaf: 1\n*s/end\n")


@limit("XD_MAX_ZONES", words="an index above 1000")
@keeps(lambda run, n: any(z["name"] == "first" for z in run.json["nodes"][0]["zones"]))
def zones(n):
    return xconf(make.setting("Zones Zone 1 Name", "first") +
                 make.setting(f"Zones Zone {n} Name", "last") +
                 make.setting(f"Zones Zone {n} Type", "Neighbor"))


@limit("XD_MAX_TUNNELS", words="more than 4096 SSH tunnels")
@keeps(lambda run, n: len(run.json["nodes"][0]["ssh_tunnels"]) == n)
def tunnels(n):
    body = b"".join(b'    Tunnel %d:\n      Target: "e"\n      Domain: "d%d"\n      Status: Active\n'
                    % (i, i) for i in range(1, n + 1))
    return xstat(make.block("Tunnels", body))


@limit("XD_MAX_ALARMS", words="more than 1024 alarms")
@keeps(lambda run, n: len(run.json["nodes"][0]["alarms"]) == n)
def alarms(n):
    return xstat(b"".join(make.block(f"Alarm {i}", b'    ID: %d\n    Detail: "d"\n' % i)
                          for i in range(1, n + 1)))


@limit("XD_MAX_CONTRADICTIONS")
@keeps(lambda run, n: any("contradict" in f["title"] for f in run.json["findings"]))
def contradictions(n):
    def both(word):
        return "".join(f"<Zone item='{i}'><Name item='1'>{word}{i}</Name></Zone>"
                       for i in range(1, n + 1))
    return Run([(make.name_of("xconf_dump.txt"), make.SYSTEM + b"".join(
        make.setting(f"Zones Zone {i} Name", f"a{i}") for i in range(1, n + 1))),
                (make.name_of("xconf_dump.xml"),
                 f"<Configuration><Zones>{both('b')}</Zones></Configuration>".encode())])


@limit("XD_MAX_NODES", words="more than 256 bundles in one case")
@keeps(lambda run, n: len(run.json["nodes"]) == n)
def nodes(n):
    return Run([(make.name_of("xconf_dump.txt", f"host{i}"),
                 make.setting("SystemUnit Name", f"host{i}")) for i in range(n)])


# ---- logs ----

def log(text):
    return Run([(make.name_of("loggingsnapshot.txt"), make.alarm("1") + text)])


def has_alarm(run, _):
    return run.json["nodes"] and run.json["nodes"][0]["alarms"]


@limit("XD_MAX_LOG_LINE", words="is longer than 64 KiB")
@keeps(has_alarm)
def log_line(n):
    line = make.log_line("tvcs: x")
    return log(line[:-1] + b"x" * (n - len(line) + 1) + b"\n")


@limit("XD_MAX_LOG_RECORD", words="is longer than 16 KiB")
@keeps(has_alarm)
def log_record(n):
    line = make.tls_error(1)
    return log(line[:-1] + b"x" * (n - len(line) + 1) + b"\n")


@limit("XD_MAX_LOG_EVENTS", words="more than 200000 different events")
@keeps(has_alarm)
def log_events(n):
    return log(b"".join(make.tls_error(1, f"e{i}") for i in range(n - 1)))


@limit("XD_MAX_LOG_QUOTE")
@keeps(lambda run, n: len(run.json["nodes"][0]["alarms"][0]["detail"].encode()) <= n + 8)
def log_quote(n):
    return Run([(make.name_of("loggingsnapshot.txt"), make.log_line(
        f'alarm: Level="WARN" Event="Alarm Raised" Id="1" Detail="{"d" * n}"'))])


@limit("XD_MAX_SETTING_CHANGES", words="more than 4096 changes of settings")
@keeps(lambda run, n: len(run.json["nodes"][0]["settings_changed"]) == n)
def setting_changes(n):
    return log(b"".join(make.log_line(
        f'management: Event="System Configuration Changed" Detail="xconfiguration a{i} - '
        'changed from: a to: b"') for i in range(n)))


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


# ---- bounds of work: a report comes, and what is said stays ----

@limit("XD_MAX_SAME_NAME", "XD_MAX_ISSUER_TRIES")
@keeps(lambda run, n: len(run.certs()) > n)
def same_name(n):
    store = b"".join(make.pem(make.cert("ca", "ca", i, ca=True)) for i in range(n))
    return Run([(make.name_of("ca.pem"), store),
                (make.name_of("server.pem"), make.pem(make.cert("leaf", "ca", 1 << 40)))])


@limit("XD_MAX_DECODED")
@keeps(lambda run, n: run.certs())
def decoded(n):
    store = [b"".join(make.pem(make.cert(f"ca{i}", f"ca{i}", i, ca=True)) for i in span)
             for span in (range(n // 3), range(n // 3, n // 3 * 2), range(n // 3 * 2, n))]
    return Run([(make.name_of("ca.pem", f"host{i}"), part) for i, part in enumerate(store)] +
               [(make.name_of("server.pem", "host0"), make.pem(make.cert("leaf", "ca0")))])


@limit("XD_MAX_TRUST_STORES")
@keeps(lambda run, n: len(run.json["nodes"]) >= n)
def trust_stores(n):
    files = []
    for i in range(n):
        files += [(make.name_of("ca.pem", f"h{i}"), make.pem(make.cert("ca", "ca", i, ca=True))),
                  (make.name_of("server.pem", f"h{i}"), make.pem(make.cert("s", "ca", i)))]
    return Run(files)


# ---- the report ----

@limit("XD_MAX_FINDINGS", words="takes 10000 findings")
@keeps(lambda run, n: len(run.json["findings"]) >= n)
def findings(n):
    """Each empty file is one; some are there besides."""
    def empty(count):
        files = [(f"ca_h{i}_{make.STAMP}.pem", b"") for i in range(count)]
        return Run([("a.tar", make.tar(files))], alone=["a.tar"])
    few = 300
    return empty(n - (len(empty(few).json["findings"]) - few))


@limit("XD_MAX_EVIDENCE")
@keeps(lambda run, n: len([f for f in run.json["findings"] if f["id"] == "input-damaged"]
                          [0]["evidence"]) == n)
def evidence(n):
    return Run([(f"log{i}.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
                for i in range(n)])


# ---- files of options ----

def option_file(option, fill):
    command = "whatif" if option == "--ca" else "analyze"

    def run(n):
        with tempfile.NamedTemporaryFile(suffix=".txt") as f:
            f.write(fill)
            f.truncate(n)
            f.flush()
            case = [os.path.join(PROJECT, "fixtures/condition-1-upgrade")]
            return Run([], command=command, words=[option, f.name], alone=case)
    return run


def check_option(name, value, option, fill):
    """One beyond is a usage error that names the limit: the file is the user's own."""
    at, beyond = option_file(option, fill)(value), option_file(option, fill)(value + 1)
    if at.status not in (0, 1):
        problems.append(f"{name}: at the limit: exit status {at.status}: {at.error}")
    if beyond.status != 2 or str(value) not in beyond.error:
        problems.append(f"{name}: beyond: exit status {beyond.status}: {beyond.error}")


OPTIONS = {"XD_MAX_KEYLOG": ("--keylog", b"# nothing\n"),
           "XD_MAX_TRY": ("--ca", make.pem(make.cert("r", "r", ca=True))),
           "XD_MAX_ROOTS": ("--public-roots", make.pem(make.cert("r", "r", ca=True)))}


def check_diff(name, value):
    """As many changed settings of one node, and one more."""
    with tempfile.TemporaryDirectory() as place:
        for n in (value, value + 1):
            for side in ("a", "b"):
                folder = os.path.join(place, side)
                os.makedirs(folder, exist_ok=True)
                with open(os.path.join(folder, "xconf_dump_x_2026-01-01_00_00_00.txt"), "w",
                          encoding="ascii") as f:
                    f.writelines(f'*c xConfiguration T {i} V: "{side}"\n' for i in range(n))
            done = subprocess.run([PROGRAMS[False], "diff", "--format", "json", "a", "b"],
                                  cwd=place, capture_output=True, check=False, timeout=120)
            node = json.loads(done.stdout)["nodes"][0] if done.returncode == 0 else {}
            if len(node.get("settings", [])) != value or node.get("left_out") != n - value:
                problems.append(f"{name}: {n} changes: exit status {done.returncode}, "
                                f"{node.get('left_out')} left out: {done.stderr.decode()}")


def check_unit(name):
    program, test = UNIT[name]
    with open(os.path.join(PROJECT, "tests/unit", program), encoding="utf-8") as f:
        if f"static void {test}" not in f.read():
            problems.append(f"{name}: there is no test {test} in {program}")


def check_listed(known):
    with open(os.path.join(PROJECT, "SECURITY.md"), encoding="utf-8") as f:
        text = f.read()
    for name, value in known.items():
        if not re.search(rf"\| `{name}` \| {value:,} \|", text):
            problems.append(f"SECURITY.md does not list {name} with {value:,}")


def main():
    known = values()
    wanted = sys.argv[4:] or list(known)
    for name in wanted:
        start = time.monotonic()
        if name in UNIT:
            check_unit(name)
        elif name in OPTIONS:
            check_option(name, known[name], *OPTIONS[name])
        elif name == "XD_MAX_DIFF_ROWS":
            check_diff(name, known[name])
        elif name in tests:
            check(name, known[name])
        else:
            problems.append(f"{name} has no test")
        print(f"{name} {time.monotonic() - start:.1f} s", flush=True)
    if not sys.argv[4:]:
        check_listed(known)
    print("\n".join(problems) or f"{len(wanted)} limits hold")
    sys.exit(1 if problems else 0)


main()
