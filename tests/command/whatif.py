#!/usr/bin/env python3
"""The whatif command: the vendor document's truth table, and the near misses of each row.

  whatif.py PROGRAM SOURCE

The certificates beside this file are the generator's (`make_fixtures --material NAME`),
without their keys.  Here a made-up key stands behind each, as people have them: it may
never be shown.
"""
import base64
import json
import os
import subprocess
import sys
import tarfile
import tempfile

PROGRAM, SOURCE = map(os.path.abspath, sys.argv[1:3])
FIXTURES = os.path.join(SOURCE, "fixtures")
ENV = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8", NO_COLOR="1")

SECRET = base64.b64encode(bytes(range(48))).decode()
KEY = f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n".encode()

ON, OFF = "condition-2-check-on", "condition-2-check-off"
GOOD = "condition-2.1-success"
NOTHING_LEFT = "Zone and SSH tunnels: no certificate reason is left."
# case, options, zone, SSH tunnels, words of the reason
ROWS = [
    # Test case 1 and 2: the switch brings up SIP alone.
    (ON, "--eku-check on", "failed", "failed", "Zone and SSH tunnels: Expressway-E smartslave refuses the client "
     "certificate \"vcs8c.nordlab.example\" of Expressway-C vcs8c: it does not permit clientAuth."),
    (ON, "--eku-check off", "active", "failed", "the SSH service always asks for clientAuth"),
    (ON, "--eku-check smartslave=off", "active", "failed", "SSH tunnels: Expressway-E smartslave refuses"),
    (ON, "--eku-check SmartSlave=off", "active", "failed", ""),
    (ON, "--eku-check vcs8c=off", "failed", "failed", "EKU check of vcs8c plays no part"),
    (OFF, "--eku-check on", "failed", "failed", "does not permit clientAuth"),
    (OFF, "--eku-check off", "active", "failed", "does not permit clientAuth"),
    # Condition 2.1: a client certificate with clientAuth, whatever the check says.
    (ON, "--client-cert c-both.pem", "active", "active", NOTHING_LEFT),
    (ON, "--client-cert c-both.pem --eku-check off", "active", "active", NOTHING_LEFT),
    (OFF, "--client-cert c-both.pem --eku-check on", "active", "active", NOTHING_LEFT),
    (ON, "--client-cert vcs8c=c-both.der", "active", "active", NOTHING_LEFT),
    (ON, "--client-cert c-no-eku.pem", "active", "active", NOTHING_LEFT),
    (ON, "--client-cert c-pub-both.pem", "active", "active", NOTHING_LEFT),
    (GOOD, "--eku-check on", "active", "active", NOTHING_LEFT),
    (GOOD, "--eku-check off", "active", "active", NOTHING_LEFT),
    # Server-only in C's client store, from a public or a private CA.
    (GOOD, "--client-cert c-pub-cli.pem", "failed", "failed", "its client certificate page refuses"),
    (GOOD, "--client-cert c-pub-cli.pem --eku-check off", "active", "failed", "always asks for clientAuth"),
    (ON, "--client-cert c-ca4-srv.pem --ca ca4.pem", "failed", "failed", "does not permit clientAuth"),
    (ON, "--client-cert c-ca4-srv.pem --ca ca4.pem --eku-check off", "active", "failed", "clientAuth"),
    # The certificate of the other node, or of a side that plays no part.
    (ON, "--client-cert smartslave=c-both.pem", "failed", "failed", "client certificate of smartslave plays no part"),
    (ON, "--server-cert vcs8c=c-both.pem", "failed", "failed", "server certificate of vcs8c plays no part"),
    # A CA that E does not trust: "failed"; with it: "active", and only at E.
    (ON, "--client-cert c-ca4.pem", "failed", "failed",
     "its issuer \"Oostkamp Test CA\" is neither in the chain nor among the CAs that smartslave trusts"),
    (ON, "--client-cert c-ca4-chain.pem", "failed", "failed",
     "it comes from the CA \"Oostkamp Test CA\", which smartslave does not trust"),
    (ON, "--client-cert c-ca4.pem --ca ca4.pem", "active", "active", NOTHING_LEFT),
    (ON, "--client-cert c-ca4.pem --ca smartslave=ca4.pem", "active", "active", NOTHING_LEFT),
    (ON, "--client-cert c-ca4.pem --ca vcs8c=ca4.pem", "failed", "failed", "which smartslave does not trust"),
    (ON, "--client-cert c-ca4.pem --eku-check off", "failed", "failed", "Oostkamp Test CA"),
    # An untrusted CA hides the purpose.
    (ON, "--client-cert c-ca4-srv.pem", "failed", "failed", "Oostkamp Test CA"),
    # The chain: missing, in the file (in any order), or among the CAs.
    (ON, "--client-cert neighbour-sub.pem", "failed", "failed",
     "its issuer \"nordlab-Issuing-CA-03\" is neither in the chain"),
    (ON, "--client-cert neighbour-sub-chain.pem", "failed", "active",
     "Zone: Expressway-E smartslave expects the subject name"),
    (ON, "--client-cert neighbour-sub.pem --ca ca1-sub.pem", "failed", "active", "expects the subject name"),
    # The purpose of the issuing CA.
    (ON, "--client-cert c-below-srv-chain.pem", "failed", "failed",
     "the CA \"nordlab-Server-CA-05\" above it does not permit clientAuth"),
    (ON, "--client-cert c-below-srv-chain.pem --eku-check off", "active", "failed", "above it does not permit"),
    (ON, "--client-cert c-ku-encipher.pem", "failed", "failed", "has a key usage that forbids it"),
    # Time.
    (ON, "--client-cert c-both.pem --at 2028-06-01T00:00:00Z", "failed", "failed", "it is valid only until 2028-03-14"),
    (ON, "--client-cert c-both.pem --at 2027-03-01T00:00:00Z", "active", "active", NOTHING_LEFT),
    # Made after the bundles, as new ones are; and where a time is named.
    (ON, "--client-cert c-future.pem", "active", "active",
     "What is tried on vcs8c is valid from 2026-04-06 00:00:00Z on only: it is judged as of then"),
    (ON, "--client-cert c-future.pem --at 2026-03-30T00:00:00Z", "failed", "failed", "it is valid from 2026-04-06"),
    (ON, "--client-cert c-future.pem --at 2026-04-07T00:00:00Z", "active", "active", NOTHING_LEFT),
    (ON, "--client-cert c-expired.pem", "failed", "failed", "it is valid only until 2026-03-28"),
    (GOOD, "--at 2027-05-01T00:00:00Z", "failed", "failed", "server certificate \"smartslave.nordlab.example\""),
    # E's server certificate.
    (GOOD, "--server-cert e-priv-srv.pem", "active", "active", NOTHING_LEFT),
    (GOOD, "--server-cert e-no-eku.pem", "active", "active", NOTHING_LEFT),
    (GOOD, "--server-cert e-cli-only.pem", "failed", "failed", "does not permit serverAuth"),
    (GOOD, "--server-cert e-cli-only.pem --eku-check off", "failed", "failed", "does not permit serverAuth"),
    (GOOD, "--server-cert cucm.pem", "failed", "active", "expects the name \"smartslave.nordlab.example\""),
    (ON, "--server-cert e-priv-srv.pem", "failed", "failed", "refuses the client certificate"),
    (ON, "--server-cert e-priv-srv.pem --client-cert c-both.pem", "active", "active", NOTHING_LEFT),
    # Names: by the SAN; the CN alone counts only where there is no SAN beside it. No wildcards.
    (ON, "--client-cert c-cn-only.pem", "failed", "active", "it stands in the CN alone, which does not count"),
    (GOOD, "--server-cert e-cn-only.pem", "failed", "active", "it stands in the CN alone, which does not count"),
    (ON, "--client-cert c-cn-alone.pem", "active", "active", "stands only in the CN; the certificate guide wants"),
    (ON, "--client-cert c-wildcard.pem", "failed", "active", "does not take wildcards such as \"*.nordlab.example\""),
    (GOOD, "--server-cert e-wildcard.pem", "failed", "active", "does not take wildcards such as"),
    (ON, "--client-cert c-address.pem", "active", "active", "stands only in the CN"),
    (GOOD, "--server-cert e-address.pem", "failed", "active", "does not have."),
    # What is in use is as the evidence has it: E took it.
    ("name-only-in-cn", "--eku-check on", "active", "active", "stands only in the CN"),
    # Conditions 1, 3 and 4.
    ("condition-1-upgrade", "--eku-check on", "active", "active", NOTHING_LEFT),
    ("condition-1-upgrade", "--client-cert c-pub-srv.pem", "failed", "failed", "clientAuth"),
    ("condition-3-private-ca", "--server-cert e-pub-srv.pem", "active", "active", NOTHING_LEFT),
    ("condition-4-public-e", "--eku-check off", "active", "active", NOTHING_LEFT),
    # One store; no switch; and the vendor's documents differ on the zone of X15.4.
    ("x15.4-node", "--eku-check off", "active", "active", "has no EKU check before X15.5"),
    ("x15.4-node", "--client-cert c-pub-srv.pem", "unknown", "failed", "has one store (before X15.5)"),
    ("x15.4-node", "--client-cert c-both.pem", "active", "active", "tried in both roles"),
]

# file that is missing, options, zone, SSH tunnels, words of the reason
MISSING = [
    ("ca_smartslave", "--client-cert c-both.pem", "unknown", "unknown",
     "the trusted CAs of Expressway-E smartslave are not in the evidence"),
    ("ca_smartslave", "--client-cert c-both.pem --ca ca4.pem", "unknown", "unknown", "the trusted CAs of Expressway-E"),
    ("ca_smartslave", "--client-cert c-both.pem --ca ca1.pem", "active", "active", NOTHING_LEFT),
    ("client_vcs8c", "--eku-check off", "unknown", "unknown",
     "the client certificate of Expressway-C vcs8c is not in the evidence"),
    ("server_smartslave", "--client-cert c-both.pem", "unknown", "unknown", "the server certificate of Expressway-E"),
]

# case, options, what the one line must say
REFUSED = [
    (ON, "--client-cert smartslav=c-both.pem", "did you mean 'smartslave'? The case has: smartslave, vcs8c"),
    (ON, "--eku-check elsewhere=on", "no node 'elsewhere'; the case has: smartslave, vcs8c"),
    (ON, "--eku-check maybe", "choose on or off"),
    (ON, "--client-cert ca4.pem", "holds CA certificates only, such as \"Oostkamp Test CA\"; give the node's own"),
    (ON, "--ca c-both.pem", "holds no CA certificate, only \"vcs8c.nordlab.example\""),
    (ON, "--client-cert none.pem", "none.pem: cannot be opened"),
    (ON, "--client-cert empty.pem", "empty.pem: holds no certificate; give one in PEM or DER form"),
    (ON, "--client-cert key.pem", "holds a private key and no certificate"),
    (ON, "--client-cert two.pem", "holds 2 end certificates"),
    (ON, "--client-cert c-both.pem --client-cert c-ca4.pem", "is given twice"),
    (ON, "--client-cert vcs8c=", "give a value"),
    ("log-only-bundle", "", "give the bundles of an Expressway-C and of its Expressway-E together"),
    ("log-only-bundle", "--eku-check off", "the case holds no pair"),
]


def write(name, data):
    with open(name, "wb") as f:
        f.write(data)


def write_files():
    folder = os.path.join(SOURCE, "tests", "command", "certificates")
    certs = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as f:
            certs[name.removesuffix(".pem")] = f.read()
    for name, data in certs.items():
        write(f"{name}.pem", data if name.startswith("ca") else data + KEY)
    write("key.pem", KEY)
    write("empty.pem", b"")
    write("two.pem", certs["c-both"] + certs["c-ca4"])
    write("c-ca4-chain.pem", certs["ca4"] + certs["c-ca4"])
    write("neighbour-sub-chain.pem", certs["ca1"] + certs["neighbour-sub"] + certs["ca1-sub"])
    write("c-below-srv-chain.pem", certs["c-below-srv"] + certs["ca1-srv"])
    body = certs["c-both"].split(b"-----END")[0].split(b"-----\n", 1)[1]
    write("c-both.der", base64.b64decode(body))


def run(case, options, form):
    folder = os.path.join(FIXTURES, case)
    bundles = sorted(os.path.join(folder, n) for n in os.listdir(folder) if n.endswith(".tar.gz"))
    done = subprocess.run([PROGRAM, "whatif", "--reproducible", "--format", form, "--public-roots",
                           os.path.join(FIXTURES, "public-roots.pem"), *options.split(), *bundles],
                          env=ENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def check_row(row):
    case, options, zone, ssh, words = row
    status, out, err = run(case, options, "json")
    if status not in (0, 1):
        return f"exit status {status}: {err}"
    if SECRET in out or SECRET in err:
        return "a private key is shown"
    report = json.loads(out)
    tried = [w for w in report["what_if"] if w["next"] is not None]
    if len(tried) != 1 or report["command"] != "whatif":
        return f"{len(tried)} predictions of the change"
    standing = [w["change"] for w in report["what_if"] if w["next"] is None]
    if standing != ["as-is", "eku-check=on", "eku-check=off", "client-cert+clientAuth"]:
        return f"standing rows: {standing}"
    w = tried[0]
    if (w["zone_result"], w["ssh_result"]) != (zone, ssh):
        return f"{w['zone_result']} {w['ssh_result']}, not {zone} {ssh}: {w['reason']}"
    if words not in w["reason"]:
        return f"the reason does not say '{words}': {w['reason']}"
    return None


def check_missing():
    """Where a file that counts is missing, nothing is guessed, and it is named."""
    wrong = []
    for name, options, zone, ssh, words in MISSING:
        with tempfile.TemporaryDirectory() as folder:
            for n in os.listdir(os.path.join(FIXTURES, ON)):
                if n.endswith(".tar.gz"):
                    with tarfile.open(os.path.join(FIXTURES, ON, n)) as t:
                        t.extractall(folder)
            for n in os.listdir(folder):
                if n.startswith(name):
                    os.remove(os.path.join(folder, n))
            done = subprocess.run([PROGRAM, "whatif", "--format", "json", *options.split(), folder], env=ENV,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False, timeout=120)
        w = [w for w in json.loads(done.stdout)["what_if"] if w["next"] is not None][0]
        if (w["zone_result"], w["ssh_result"]) != (zone, ssh) or words not in w["reason"]:
            wrong.append(f"whatif {options} without {name}: {w}")
    return wrong


def check_text():
    _, out, _ = run(ON, "--eku-check off", "text")
    first = " ".join(out.split("\n\n")[0].split())
    want = ("With eku-check=off (vcs8c and smartslave): the UC zone comes up, the SSH tunnels stay down. "
            "Because: Zone: no certificate reason is left. SSH tunnels: ")
    if not first.startswith(want) or "Next: install a client certificate with clientAuth on vcs8c" not in first:
        return f"the text begins otherwise: {first}"
    _, out, _ = run(ON, "", "text")
    if not out.lstrip().startswith("CONDITION OF THE STORES") or "\nWith " in out:
        return "without a change the standing predictions do not come first"
    for options in ("", "--eku-check off"):
        _, out, _ = run(ON, options, "text")
        if "WHAT TO DO" in out or "\n[1] critical client-eku-missing" not in out:
            return "it names steps that are not there, or not the findings that the rows of zones refer to"
    return None


def main():
    wrong = 0
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        write_files()
        for row in ROWS:
            problem = check_row(row)
            if problem:
                print(f"whatif {row[1]} of {row[0]}: {problem}")
                wrong += 1
        for case, options, words in REFUSED:
            status, out, err = run(case, options, "text")
            if status != 2 or out or err.count("\n") != 1 or words not in err:
                print(f"whatif {options} of {case}: exit status {status}: {err}")
                wrong += 1
        for problem in check_missing():
            print(problem)
            wrong += 1
        problem = check_text()
        if problem:
            print(problem)
            wrong += 1
        os.chdir("/")
    print(f"{len(ROWS) + len(MISSING)} changes, {len(REFUSED)} refusals, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
