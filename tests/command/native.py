#!/usr/bin/env python3
"""xconfiguration and xstatus: the appliance's lines, from every form of an input."""
import glob
import io
import os
import subprocess
import sys
import tarfile
import tempfile

from checks import check, finish

program, source = sys.argv[1:]
fixture = os.path.join(source, "fixtures", "before-and-after")
bundle = glob.glob(os.path.join(fixture, "*vcs8c*09_05_00.tar.gz"))[0]
edge = glob.glob(os.path.join(fixture, "*smartslave*.tar.gz"))[0]


def run(*arguments, data=None):
    done = subprocess.run([program, *arguments], input=data, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def answers(want, *arguments, data=None):
    status, out, err = run(*arguments, data=data)
    check(f"{arguments}: status {status}", status == 0 and out == want and err == "", out, err)


def refuses(status, words, *arguments):
    got, out, err = run(*arguments)
    check(f"{arguments}: status {got}, not {status}",
          got == status and out == "" and words in err and err.count("\n") == 1, out, err)


CHECK = '*c xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: "On"\nOK\n'
CALLS = "*s Calls: /\n*s/end\nOK\n"
TUNNEL = """*s Tunnels:
    Tunnel 2:
      Target: "smartslave.nordlab.example"
      Domain: "555.nordlab.example"
      Status: Failed
      Created: "09/04/2026 08:56:26"
      Reason: "Permission denied"
      Peer: "10.106.80.16"
*s/end
OK
"""
PEER = """*c xConfiguration Zones Zone 1 TraversalClient Peer 1 Address: "smartslave.nordlab.example"
OK
"""
# Words in any case, shortened, joined, with the command's own name; numbers left out.
for words in (["SIP", "TLS", "Certificate"], ["sip", "tls", "cert", "ext"],
              ["SIP/TLS/Certificate"], ["xConfiguration SIP TLS Certificate ExtendedKeyUsage"],
              ["*c xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode:"]):
    check(words, CHECK.splitlines()[0] in run("xconfiguration", *words, bundle)[1])
answers(CHECK, "xconfiguration", "sip", "tls", "cert", "ext", bundle)
answers(PEER, "xconfiguration", "Zones", "Zone", "1", "Trav", "Peer", "01", bundle)
answers(PEER, "xconfiguration", "Zones", "Zone", "Trav", "Peer", "1", "Address", bundle)
answers(TUNNEL, "xstatus", "tunnels", "tunnel", "2", bundle)
answers(CALLS, "xstatus", "calls", bundle)

# Every form of an input, and each dump alone: the same lines.
with tempfile.TemporaryDirectory() as work:
    with tarfile.open(bundle) as tar:
        members = {m.name: tar.extractfile(m).read() for m in tar.getmembers() if m.isfile()}

    def folder(name, wanted):
        path = os.path.join(work, name)
        os.mkdir(path)
        for member, data in members.items():
            if wanted(member):
                with open(os.path.join(path, os.path.basename(member)), "wb") as out:
                    out.write(data)
        return path

    nested = os.path.join(work, "nested.tar")
    with tarfile.open(nested, "w") as tar:
        tar.add(bundle, os.path.basename(bundle))
    plain = os.path.join(work, "plain.tar")
    with tarfile.open(plain, "w") as tar:
        for member, data in members.items():
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    inputs = [folder("both", lambda m: True), nested, plain,
              folder("text", lambda m: "_dump" in m and m.endswith(".txt")),
              folder("xml", lambda m: "_dump" in m and m.endswith(".xml"))]
    with open(bundle, "rb") as f:
        packed = f.read()
    for command, words in (("xconfiguration", []), ("xstatus", ["zones"]), ("xstatus", ["tunnels"]),
                           ("xstatus", ["SystemUnit"])):
        status, want, err = run(command, *words, bundle)
        check(command, status == 0 and want.endswith("OK\n") and len(want) > 100, err)
        for path in inputs:
            answers(want, command, *words, path)
        answers(want, command, *words, "-", data=packed)

    # What the text dump says and no secret stands in is printed as it stands there.
    text = next(d for m, d in members.items() if "xconf" in m and m.endswith(".txt")).decode()
    out = run("xconfiguration", bundle)[1]
    given = [line for line in text.splitlines() if line.startswith("*c")]
    shown = [line for line in out.splitlines() if line.startswith("*c")]
    check("as many lines", len(given) == len(shown), len(given), len(shown))
    for one, other in zip(given, shown):
        check("a line", one == other or "****" in other or "[hidden]" in other, one, other)
    check("no cipher text", "{cipher}" in text and "{cipher}" not in out)

    # A folder without dumps, a file that is none, and an output that goes to a file.
    refuses(3, "no bundle holds a dump", "xconfiguration", folder("bare", lambda m: "pem" in m))
    refuses(3, "none.tar", "xstatus", "zones", os.path.join(work, "none.tar"))
    target = os.path.join(work, "out.txt")
    status, out, err = run("xstatus", "-o", target, "calls", bundle)
    with open(target, encoding="utf-8") as f:
        check("-o", status == 0 and out == "" and f.read() == CALLS)

# Several nodes are labelled.
status, out, err = run("xstatus", "SystemUnit", "Software", "Version", bundle, edge)
check("labels", status == 0 and out.count("\n# ") + out.startswith("# ") == 2 and
      "# vcs8c (xstat_dump_vcs8c_" in out and "# smartslave (xstat_dump_" in out, out)

# What is not there: the word that was meant.
refuses(2, "did you mean 'Zones'?", "xconfiguration", "Zons", bundle)
refuses(2, "did you mean 'TLS'?", "xconfiguration", "sip", "tsl", bundle)
refuses(2, "did you mean 'Certificate'?", "xconfiguration", "sip", "tls", "certtt", bundle)
refuses(2, "there is no 'Zone 7'", "xconfiguration", "Zones", "Zone", "7", bundle)
refuses(2, "did you mean 'SIP TLS Certificate ExtendedKeyUsage'?", "xconfiguration",
        "ExtendedKeyUsage", bundle)
refuses(2, "may be", "xconfiguration", "S", bundle)
refuses(2, "nothing to read", "xconfiguration")
finish()
