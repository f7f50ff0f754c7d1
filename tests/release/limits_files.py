"""Limits of files: folders, certificates, dumps, logs; for limits.py."""
import make
from limits_run import Run, keeps, limit


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
