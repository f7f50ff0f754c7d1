"""What grows in files: certificates, dumps, logs, archives, and what commands make of them."""
import base64
import math

import make
from growing import grows, log

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


def failed_zones(n):
    return make.STATUS + make.block("Zones", b"".join(
        b'    Zone %d:\n      Name: "z%d"\n      Status: Failed\n' % (i, i)
        for i in range(1, n + 1)))


@grows(100)
def zones(n):
    return {make.name_of("xconf_dump.txt"): make.SYSTEM + b"".join(
        make.setting(f"Zones Zone {i} Name", f"z{i}") +
        make.setting(f"Zones Zone {i} Type", "Neighbor") for i in range(1, n + 1)),
            make.name_of("xstat_dump.txt"): failed_zones(n)}


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


@grows(1000)
def files_of_one_name(n):
    """More than are folded into one, and more than there are nodes."""
    return {"a.tar": make.tar([(f"{i}/{make.name_of('ca.pem')}", make.pem(make.cert()))
                               for i in range(n)])}


@grows(500)
def files_of_one_path(n):
    """All of one label, each of which needs a number."""
    return {"a.tar": make.tar([(make.name_of("ca.pem"), make.pem(make.cert()))] * n)}


@grows(4000)
def names_of_names(n):
    """Headers of long names without the file that they name: each is the end of libarchive's
    patience, and the next is looked for again."""
    head = make.tar([("a" * 200, b"")])[:512]
    return {"a.tar": make.tar([(make.name_of("server.pem"), make.pem(make.cert()))])[:1024] +
            (head + b"a\0".ljust(512, b"\0")) * n}


@grows(30)
def bundles_of_one_node(n):
    """Compared pair by pair, at most 256 of them."""
    return {"a.tar": make.tar([(f"{i}/{make.name_of('xconf_dump.txt')}", make.SYSTEM +
                                make.setting("Zones Zone 1 Name", f"z{i}")) for i in range(n)])}


@grows(250)
def certificates_in_pkcs7(n):
    return {make.name_of("ca.pem"): make.pem(make.pkcs7([make.cert(f"c{i}", serial=i)
                                                         for i in range(n)]), "PKCS7")}


@grows(100, "certs")
def purposes_and_extensions(n):
    known = [make.ekus([f"1.3.{i}" for i in range(n)])]
    known += [make.extension(f"1.2.{i}", b"\0") for i in range(n)]
    return {make.name_of("server.pem"): make.pem(make.cert(extensions=known))}


@grows(100, "certs")
def parts_of_a_subject(n):
    one = make.cert()
    subject = make.der(0x30, *(make.der(0x31, make.der(0x30, make.oid("2.5.4.11"),
                                                       make.der(12, b"u%d" % i))) for i in range(n)))
    return {make.name_of("server.pem"): make.pem(one.replace(make.name("a"), subject)),
            make.name_of("client.pem"): make.pem(make.cert(subject=b"x" * n))}


@grows(2000, "certs")
def brackets_of_der(n):
    """As deep as a certificate is long."""
    deep = b""
    for _ in range(n // 10):
        deep = make.der(0x30, deep)
    return {make.name_of("server.pem"): make.pem(make.cert(extensions=[
        make.extension("2.5.29.17", deep)]))}


def zone(number, name, peers):
    path = f"Zones Zone {number}"
    return make.setting(f"{path} Name", name) + make.setting(f"{path} Type", "TraversalClient") + \
        b"".join(make.setting(f"{path} TraversalClient Peer {k} Address", p)
                 for k, p in enumerate(peers, 1))


@grows(50)
def zones_and_conversations(n):
    """As many zones as conversations: do they meet one by one?"""
    pcap = make.Pcap()
    for i in range(n):
        make.tls_talk(pcap, [make.certificate([make.cert()])], 10000 + i, i.to_bytes(32, "big"))
    return {make.CAPTURE: pcap.bytes(),
            make.name_of("xconf_dump.txt"): make.SYSTEM + b"".join(
                zone(i, f"z{i}", [f"10.106.80.{k + 31}" for k in range(6)]) for i in range(1, n + 1)),
            make.name_of("xstat_dump.txt"): failed_zones(n)}


@grows(200)
def lines_of_one_address(n):
    """Log lines and conversations of the same two ends, at the same time."""
    pcap = make.Pcap()
    for i in range(n):
        make.tls_talk(pcap, [make.certificate([make.cert()])], 10000 + i, i.to_bytes(32, "big"))
    return {make.CAPTURE: pcap.bytes(),
            **log(*(make.tls_error(10000 + i, f"d{i % 50}", i % 20) for i in range(n)))}


@grows(8)
def nodes(n):
    """Bundles of as many nodes, each with stores, settings and the others as cluster peers."""
    files = []
    store = make.pem(make.cert("ca", "ca", 1, ca=True))
    for i in range(n):
        peers = b"".join(make.setting(f"Alternates Peer {k % 6 + 1} Address", f"10.1.0.{k}")
                         for k in range(n))
        settings = make.setting("SystemUnit Name", f"n{i}") + peers + \
            make.setting("Ethernet 1 IP V4 Address", f"10.1.0.{i}") + \
            zone(1, "z", [f"10.1.0.{k}" for k in range(6)])
        leaf = make.pem(make.cert(f"n{i}", "ca", i))
        for kind, data in (("xconf_dump.txt", settings), ("xstat_dump.txt", make.STATUS),
                           ("ca.pem", store * 20), ("server.pem", leaf), ("client.pem", leaf)):
            files.append((f"{i}/{make.name_of(kind, f'n{i}')}", data))
    return {"a.tar": make.tar(files)}


@grows(500)
def alarms_and_failures(n):
    """Alarms and refusals that may be causes of each other."""
    return log(*(make.alarm(str(15028 + i % 3), i) + make.tls_error(1000 + i, number=i)
                 for i in range(n)))


@grows(2000)
def records_of_small_bytes(n):
    """Lines that say nothing."""
    return log(make.alarm("1"), b"x\n" * n)


@grows(100)
def files_of_angle_brackets(n):
    """What a file is, is told by looking; each of these may be the begin of an XML dump."""
    return {"a.tar": make.tar([(f"f{i}", b"<" * 4096) for i in range(n)])}


@grows(40)
def files_of_blanks(n):
    return {"a.tar": make.tar([(f"f{i}", (b" " * 63 + b"\n") * 64) for i in range(n)])}


@grows(40)
def files_of_pem_heads(n):
    return {"a.tar": make.tar([(f"f{i}", b"-----BEGIN " * 372) for i in range(n)])}


@grows(40)
def files_of_log_heads(n):
    return {"a.tar": make.tar([(f"f{i}", b"2026-03-29T07:00:00.000+00:00 a b:" * 120) for i in range(n)])}


@grows(400)
def folders_in_folders(n):
    return {"a.tar": make.tar([("d/" * (i % 400) + f"f{i}", b"x") for i in range(n)])}


@grows(50)
def archives_in_an_archive(n):
    inner = make.tar([("f", b"x")])
    return {"a.tar": make.tar([(f"{i}.tar", inner) for i in range(n)])}


@grows(500)
def attributes_of_xml(n):
    return {make.name_of("xstat_dump.xml"): b"<Status>" + b"".join(
        b"<a %s/>" % b" ".join(b"b%d='x'" % k for k in range(60)) for _ in range(n // 10)) + b"</Status>"}


# ---- what other commands make of them ----

@grows(1000, "diff")
def dumps_that_differ(n):
    """Two configurations without a line in common."""
    def dump(word):
        return make.SYSTEM + b"".join(make.setting(f"Applications {word} {i} Name", f"{word}{i}")
                                      for i in range(n))
    return {f"before/{make.name_of('xconf_dump.txt')}": dump("A"),
            f"after/{make.name_of('xconf_dump.txt')}": dump("B")}


@grows(200, "diff")
def zones_that_moved(n):
    """The same lists, each row in another place; below XD_MAX_ZONES, beyond which it is told."""
    def status(step):
        return make.STATUS + make.block("Zones", b"".join(
            b'    Zone %d:\n      Name: "z%d"\n      Status: Failed\n' % (i, (i * step) % n)
            for i in range(1, n)))
    return {f"before/{make.name_of('xstat_dump.txt')}": status(1),
            f"after/{make.name_of('xstat_dump.txt')}": status(7)}


@grows(200, "diff")
def stores_that_differ(n):
    def store(first):
        return b"".join(make.pem(make.cert(f"c{i}", f"c{i}", i, ca=True))
                        for i in range(first, first + n))
    return {f"before/{make.name_of('ca.pem')}": store(0),
            f"after/{make.name_of('ca.pem')}": store(n // 2)}


@grows(1000, "xconfiguration")
def settings_asked_for(n):
    return settings(n)


@grows(100, "redact")
def names_under_pseudonyms(n):
    pcap = make.Pcap()
    for i in range(n):
        make.tls_talk(pcap, [make.certificate([make.cert(f"host{i}.of{i}.example", serial=i)])],
                      10000 + i, i.to_bytes(32, "big"))
    return {make.CAPTURE: pcap.bytes(),
            make.name_of("xconf_dump.txt"): make.SYSTEM + b"".join(
                zone(i, f"zone of {i}", [f"peer{i}.example"]) for i in range(1, n + 1)),
            **log(*(make.tls_error(10000 + i, f"host{i}.of{i}.example {i}", i) for i in range(n)))}


@grows(5000, "redact")
def names_within_names(n):
    """Each name is the end of the next: n bytes of names."""
    one = make.cert(extensions=[make.sans(["a." * i + "example"
                                           for i in range(1, 2 + math.isqrt(n))])])
    return {make.name_of("server.pem"): make.pem(one),
            make.name_of("xconf_dump.txt"): make.SYSTEM}


@grows(100, "show")
def a_stored_report_of_conversations(n):
    return refused(n)


@grows(250, "show")
def a_stored_report_of_findings(n):
    return findings(n)


def refused(n):
    pcap = make.Pcap()
    for i in range(n):
        make.tls_talk(pcap, [make.certificate([make.cert(f"h{i}", serial=i)])], 10000 + i,
                      i.to_bytes(32, "big"))
    return {make.CAPTURE: pcap.bytes()}
