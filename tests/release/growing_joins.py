"""What grows where facts of several files meet: paths of certificates, conversations and what
logs, alarms, zones and tunnels say of them, rows of many cases."""
import json
import math

import make
from growing import grows, log
from growing_files import failed_zones, zone


def talks(n, chain, **more):
    """n refused handshakes; chain(i) are the certificates that the server shows."""
    pcap = make.Pcap()
    for i in range(n):
        make.tls_talk(pcap, [make.certificate(chain(i))], 10000 + i, i.to_bytes(32, "big"), **more)
    return pcap


def address(i):
    return b"\x0a\2" + i.to_bytes(2, "big")


def dotted(i):
    return f"10.2.{i >> 8}.{i & 255}"


# ---- paths of certificates ----

@grows(100)
def deep_chains_presented(n):
    """Each server shows a leaf of its own and the same 63 CAs above it."""
    above = [make.cert(f"c{i}", f"c{i + 1}", i, ca=True) for i in range(63)]
    return {make.CAPTURE: talks(n, lambda i: [make.cert(f"l{i}", "c0", i), *above]).bytes(),
            make.name_of("ca.pem"): b"".join(map(make.pem, above[40:])),
            make.name_of("server.pem"): make.pem(make.cert("me", "c0", 1 << 40))}


def crossed(names_above, rows):
    """CAs row by row, each certified by all of the row above."""
    return [make.cert(f"c{row}.{i}", f"c{row + 1}.{k}", row << 16 | i << 8 | k, ca=True)
            for row in range(rows) for i in range(names_above) for k in range(names_above)]


@grows(100)
def paths_that_double(n):
    """Two CAs a row, each certified by both of the next: paths double with each row."""
    store = crossed(2, n // 4)
    leaf = make.cert("leaf", "c0.0", 1 << 40)
    shown = [leaf, *store[:60]]
    return {make.CAPTURE: talks(2, lambda i: shown).bytes(),
            make.name_of("ca.pem"): b"".join(map(make.pem, store)),
            make.name_of("server.pem"): make.pem(leaf)}


@grows(100)
def cas_that_all_certify_each_other(n):
    k = 1 + math.isqrt(n)
    mesh = [make.cert(f"c{a}", f"c{b}", a << 16 | b, ca=True) for a in range(k) for b in range(k)
            if a != b][:n]
    leaf = make.cert("leaf", "c0", 1 << 40)
    return {make.CAPTURE: talks(2, lambda i: [leaf, *mesh[:60]]).bytes(),
            make.name_of("ca.pem"): b"".join(map(make.pem, mesh)),
            make.name_of("server.pem"): make.pem(leaf)}


@grows(50)
def leaves_of_a_thousand_names(n):
    """Looked through for the names of as many zones."""
    names = make.sans([f"h{i}.example" for i in range(1000)])
    return {make.CAPTURE: talks(n, lambda i: [make.cert(f"l{i % 10}", "ca", i % 10, [names])]).bytes(),
            make.name_of("xconf_dump.txt"): make.SYSTEM + b"".join(
                zone(i, f"z{i}", [f"p{i}.example", "10.106.80.31"]) for i in range(1, n + 1))}


# ---- conversations and what is said of them ----

@grows(50)
def lines_of_one_four_tuple(n):
    """The same two ends and ports again and again, with as many lines that may mean each."""
    pcap = make.Pcap()
    for i in range(n):
        make.tls_talk(pcap, [make.certificate([make.cert()])], 30000, i.to_bytes(32, "big"))
        pcap.time += 1000000
    return {make.CAPTURE: pcap.bytes(),
            **log(*(make.tls_error(30000, f"d{i}", i * 1000) for i in range(n)))}


@grows(50)
def zones_by_name(n):
    """Peers by name, answers that say their addresses, conversations with these."""
    pcap = make.Pcap()
    for i in range(n):
        for k in range(6):
            pcap.udp(make.SERVER, make.CLIENT, (53, 40000),
                     make.dns_answer(f"p{k}.z{i}.example", address(i * 6 + k)))
    for i in range(n):
        talk = make.Talk(pcap, 10000 + i, to=address(i * 6 + i % 6))
        talk.send(0, make.records(22, make.client_hello(i.to_bytes(32, "big"))))
        talk.send(1, make.records(21, b"\2\x28"))
        talk.close()
    return {make.CAPTURE: pcap.bytes(),
            make.name_of("xconf_dump.txt"): make.SYSTEM + b"".join(
                zone(i, f"z{i}", [f"p{k}.z{i - 1}.example" for k in range(6)]) for i in range(1, n + 1)),
            make.name_of("xstat_dump.txt"): failed_zones(n)}


@grows(100)
def tunnels_and_conversations(n):
    """As many tunnels as conversations with their far ends, each refused."""
    pcap = make.Pcap()
    for i in range(n):
        talk = make.Talk(pcap, 30000 + i, 2222, to=address(i))
        talk.send(0, b"SSH-2.0-a\r\n" + make.kexinit(b"a,b", i.to_bytes(16, "big")))
        talk.send(1, b"SSH-2.0-b\r\n" + make.kexinit(b"a,b", i.to_bytes(16, "little")))
        talk.close()
    return {make.CAPTURE: pcap.bytes(), make.name_of("xconf_dump.txt"): make.SYSTEM,
            make.name_of("xstat_dump.txt"): make.STATUS + make.block("Tunnels", b"".join(
                b'    Tunnel %d:\n      Target: "%s"\n      Domain: "d%d"\n      Status: Failed\n' %
                (i, dotted(i - 1).encode(), i) for i in range(1, n + 1)))}


@grows(100)
def alarms_and_conversations(n):
    return {make.CAPTURE: talks(n, lambda i: [make.cert(f"l{i}", serial=i)]).bytes(),
            make.name_of("xstat_dump.txt"): make.STATUS + b"".join(
                make.block(f"Alarm {i}", b'    ID: %d\n    Detail: "d%d"\n' % (15000 + i % 60, i))
                for i in range(1, n + 1)),
            **log(*(make.alarm(str(25000 + i % 60), i) for i in range(n)))}


@grows(100)
def tunnels_and_alarms(n):
    """Each alarm may be of each tunnel."""
    return {make.name_of("xconf_dump.txt"): make.SYSTEM,
            make.name_of("xstat_dump.txt"): make.STATUS + make.block("Tunnels", b"".join(
                b'    Tunnel %d:\n      Target: "e%d.example"\n      Domain: "d%d"\n'
                b'      Status: Failed\n' % (i, i, i) for i in range(1, n + 1))) + b"".join(
                    make.block(f"Alarm {i}", b'    ID: 35013\n    Detail: "to e%d.example"\n' % i)
                    for i in range(1, n + 1))}


@grows(100)
def clients_of_one_service(n):
    """Each from an address of its own, refused alike, with a line that says so."""
    pcap = make.Pcap()
    for i in range(n):
        talk = make.Talk(pcap, 30000, 5061, client=address(i))
        talk.send(0, make.records(22, make.client_hello(i.to_bytes(32, "big"))))
        talk.send(1, make.records(22, make.server_hello(i.to_bytes(32, "little")) +
                                  make.certificate([make.cert()])))
        talk.send(0, make.records(21, b"\2\x2a"))
        talk.close()
    return {make.CAPTURE: pcap.bytes(), make.name_of("xconf_dump.txt"): make.SYSTEM.replace(
        b"10.106.80.16", b"10.106.80.31"), **log(*(make.tls_error(30000, number=i).replace(
            b"10.106.80.16", dotted(i).encode()) for i in range(n)))}


@grows(100)
def renewals_while_logging(n):
    """Settings that change to and fro between the conversations that they decide."""
    return {make.CAPTURE: talks(n, lambda i: [make.cert()]).bytes(),
            make.name_of("xconf_dump.txt"): make.SYSTEM + zone(1, "z", ["10.106.80.31"]),
            **log(*(make.log_line(
                'management: Event="System Configuration Changed" Detail="xconfiguration '
                'zonesZone1TraversalClientSIPTLSVerifyMode - changed from: '
                f'{("Off", "On")[i % 2]} to: {("On", "Off")[i % 2]}"', i * 100) for i in range(n)))}


# ---- rows of many cases ----

CERTIFICATE = {"node": "n", "store": "client", "issuer": "CA 2", "issuer_kind": "public",
               "not_after": "2027-04-12T23:59:59.000000Z", "client_auth": True,
               "policy_date": "2026-06-15T00:00:00.000000Z"}


@grows(200, "fleet")
def rows_of_cases(n):
    found = [{"id": name, "severity": "error", "confidence": "certain", "node": "n"}
             for name in ("client-eku-missing", "unknown-ca", "wrong-store-presented")]
    nodes = [{"id": "n", "role": "C", "version": "X15.5", "eku_check": "on"}]
    rows = [{"case": f"case{i}", "status": "ok", "reason": None, "inputs": [], "seconds": 0.1,
             "peak_mib": 9, "condition": "2", "nodes": nodes, "findings": found, "rules": "0-0",
             "fingerprint": f"{i:032x}", "last_seen": "2026-04-02T11:09:50.889000Z",
             "certificates": [dict(CERTIFICATE, sha256=f"{4 * i + k:064x}", subject=f"h{i}.{k}")
                              for k in range(4)],
             "unexplained": [f"z{i}"], "report": None, "left_out": 0} for i in range(n)]
    return {"rows.ndjson": "".join(json.dumps(r) + "\n" for r in rows).encode()}


@grows(10, "batch")
def bundles_of_many_cases(n):
    return {f"case{i}/{make.name_of('xconf_dump.txt', f'n{i}')}": make.SYSTEM for i in range(n)}
