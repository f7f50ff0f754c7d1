#!/usr/bin/env python3
"""diff: what changed between two bundles, in text and JSON."""
import glob
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

from checks import check, finish

program, source = sys.argv[1:]
fixture = os.path.join(source, "fixtures", "before-and-after")
before = glob.glob(os.path.join(fixture, "*vcs8c*09_05_00.tar.gz"))[0]
after = glob.glob(os.path.join(fixture, "*vcs8c*09_15_00.tar.gz"))[0]
edge = glob.glob(os.path.join(fixture, "*smartslave*.tar.gz"))[0]


def run(*arguments):
    done = subprocess.run([program, "diff", *arguments], capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def unpacked(work, name, bundle, edit=lambda member, data: data):
    path = os.path.join(work, name)
    os.mkdir(path)
    with tarfile.open(bundle) as tar:
        for member in tar.getmembers():
            data = edit(member.name, tar.extractfile(member).read())
            if data is not None:
                with open(os.path.join(path, os.path.basename(member.name)), "wb") as out:
                    out.write(data)
    return path


status, out, err = run(before, after)
check("before and after", status == 0 and err == "", out, err)
for line in ("    client store: replaced", "    zone uczone.MRA: Failed -> Active",
             "    SSH tunnel to smartslave.nordlab.example for nordlab.example: "
             "Failed (Permission denied) -> Active"):
    check(line, line in out.splitlines(), out)
check("the old one", re.search(r"^      - vcs8c\.nordlab\.example, server purpose only, "
                               r"2026-02-20 to 2027-03-20, by Meridian TLS RSA CA 2, ", out, re.M), out)
check("the new one", re.search(r"^      \+ vcs8c\.nordlab\.example, client and server purpose, "
                               r"2026-03-14 to 2028-03-14, ", out, re.M), out)
check("certificates first", out.index("Certificates") < out.index("Zones, tunnels"), out)
check("no time among them", "LastStatusChange" not in out and "Uptime" not in out, out)
check("times with --verbose", "LastStatusChange" in run("-v", before, after)[1])

status, out, err = run("--reproducible", "--format", "json", before, after)
report = json.loads(out)
node = report["nodes"][0]
check("schema", status == 0 and report["schema"] == "expdiag-diff/1" and
      "generated_at" not in report)
check("certificates", [(c["where"], c["before"]["client_auth"], c["after"]["client_auth"])
                       for c in node["certificates"]] == [("client store", False, True)], node)
check("settings", node["settings"] == [] and node["secrets_not_compared"] > 0, node)
check("status", [(s["what"], s["before"], s["after"]) for s in node["status"]][0] ==
      ("zone uczone.MRA", "Failed", "Active"), node)
check("the same bytes", run("--reproducible", "--format", "json", before, after)[1] == out)

status, out, err = run(before, before)
check("nothing", status == 0 and "Nothing changed." in out, out)
other = glob.glob(os.path.join(fixture, "*smartslave*.tar.gz"))[0]
check("of one node", "two different nodes" not in run(before, after)[1])
check("of two nodes", "These are two different nodes (Expressway-C and Expressway-E)" in
      run(before, other)[1])
# A folder of several: by name, the last of each.
status, out, err = run(before, fixture)
check("folder", status == 0 and "client store: replaced" in out and
      "smartslave is on the second side alone." in out, out)
status, out, err = run(fixture, fixture)
check("the same folder", out.count("Nothing changed.") == 2, out)

with tempfile.TemporaryDirectory() as work:
    def change(member, data):
        if "_dump" in member and member.endswith(".xml"):
            return None
        if "xconf" in member:
            data = data.replace(b'ExtendedKeyUsage Checking Mode: "On"',
                                b'ExtendedKeyUsage Checking Mode: "Off"')
            data = data.replace(b'Administration TimeOut: "30"', b'Administration TimeOut: "60"')
            data = data.replace(b'{cipher}', b'{cipher}x')
            data = data.replace(b'Zone 1 Name: "uczone.MRA"', b'Zone 1 Name: "uc\x1bzone"')
        if member.startswith("ca_"):
            data = data[:data.rindex(b"-----BEGIN")]
        return data

    changed = unpacked(work, "changed", before, change)
    status, out, err = run(before, changed)
    lines = out.splitlines()
    check("a setting", '    SIP TLS Certificate ExtendedKeyUsage Checking Mode: "On" -> "Off"'
          in lines, out)
    check("another", '    Administration TimeOut: "30" -> "60"' in lines, out)
    check("order", out.index("ExtendedKeyUsage") < out.index("TimeOut"), out)
    check("a CA", "    trusted CA: removed" in lines, out)
    check("inert", "uc\\x1bzone" in out and "\x1b" not in out, out)
    check("no secret", "cipher}" not in out, out)
    # The two forms of a dump say the same.
    text = unpacked(work, "text", before, lambda m, d: None if m.endswith(".xml") else d)
    xml = unpacked(work, "xml", before,
                   lambda m, d: None if "_dump" in m and m.endswith(".txt") else d)
    check("text and XML", run(text, xml)[1].count("Nothing changed.") == 1, run(text, xml)[1])
    pems = unpacked(work, "pems", before, lambda m, d: d if m.endswith(".pem") else None)
    status, out, err = run(before, pems)
    check("no dumps", "Settings cannot be compared" in out and
          "Status cannot be compared" in out, out)

    status, out, err = run(before, os.path.join(work, "none"))
    check("none", status == 3 and out == "" and err.count("\n") == 1, out, err)
status, out, err = run(before)
check("one", status == 2 and "is not enough: diff takes BEFORE AFTER" in err, err)
status, out, err = run(before, after, edge)
check("three", status == 2 and "too many" in err, err)
with tempfile.TemporaryDirectory() as work:
    # a dump that is missing is no change
    cut = unpacked(work, "cut", after, lambda name, data: None if "xstat_dump" in name else data)
    status, out, err = run("--format", "json", before, cut)
    node = json.loads(out)["nodes"][0]
    check("no status to compare", status == 0 and not node["status_compared"] and
          not [row for row in node["status"] if row["after"] is None], node["status"])
    check("settings are compared all the same", node["settings_compared"])
finish()
