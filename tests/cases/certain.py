#!/usr/bin/env python3
"""Holds every `certain` cause of every case against what the contract asks for it.

  certain.py FIXTURES

Reads expected.json of each case, which the case's own test holds to what the program says,
and believes nothing but its facts: flows[], presented[], certificates{}, the nodes' stores
and settings, and the quotes of evidence[].  A cause may be certain only if the verifier's
refusal names its reason (an alert that can be read, or words of a log), and the chain that
was *seen* has just that defect and no other, looked at anew here: paths by names, purposes,
key usage and dates.  SSH clients' certificates and outside verifiers have rules of their
own; they stand at their functions.

At the end reports are falsified on purpose: each falsehood must be noticed.
"""
import copy
import datetime
import json
import os
import re
import sys

# What an alert or a log line may be about.  40, 42, 46 and 80 give no reason.
ALERTS = {43: {"purpose", "key usage"}, 44: {"revoked"}, 45: {"expired", "crl"},
          48: {"trust", "crl"}, 51: {"twins"}, 70: {"version"}, 71: {"cipher"},
          116: {"none sent"}}
WORDS = [  # the first that occurs decides
    ("crl", {"crl"}), ("ocsp", {"crl"}), ("certificate purpose", {"purpose", "key usage"}),
    ("local issuer", {"trust"}), ("self-signed certificate", {"trust"}),
    ("self signed certificate", {"trust"}), ("has expired", {"expired"}),
    ("not yet valid", {"not yet"}), ("certificate revoked", {"revoked"}),
    ("too weak", {"weak"}), ("too small", {"weak"}), ("signature failure", {"twins"}),
    ("identity was unacceptable", {"name"}), ("hostname mismatch", {"name"}),
    ("not in certificate", {"name"}), ("invalid hostname", {"name"}),
    ("did not return a certificate", {"none sent"}),
    ("no certificate returned", {"none sent"}), ("no shared cipher", {"cipher"}),
    ("unsupported protocol", {"version"}), ("alert unsupported certificate",
                                            {"purpose", "key usage"}),
    ("alert certificate expired", {"expired", "crl"}), ("alert unknown ca", {"trust", "crl"}),
    ("alert certificate revoked", {"revoked"}), ("alert decrypt error", {"twins"}),
    ("alert protocol version", {"version"}),
]
# The reason that each cause needs to hear, and the defects that the chain must have.
CHAIN = {
    "client-eku-missing": ("purpose", {"purpose"}),
    "server-eku-missing": ("purpose", {"purpose"}),
    "key-usage-unsuitable": ("key usage", {"key usage"}),
    "unknown-ca": ("trust", {"trust"}),
    "incomplete-chain": ("trust", {"trust"}),
    "certificate-expired": ("expired", {"expired"}),
    "certificate-not-yet-valid": ("not yet", {"not yet"}),
    "certificate-revoked": ("revoked", set()),
    "revocation-unavailable": ("crl", set()),
    "weak-signature": ("weak", set()),
    "ca-name-duplicate": ("twins", None),
    "name-mismatch": ("name", None),
}
PLAIN = {"no-client-certificate": "none sent", "protocol-version-mismatch": "version",
         "no-shared-cipher": "cipher"}
NEVER = {"sip-service-eku-missing"}  # no file of a bundle shows its refusal
NTP = {"25002", "25020", "25021", "25022"}
LONGEST = 16


class Case:
    """A report, and the look-ups that judging it takes."""

    def __init__(self, report):
        self.certs = report["certificates"]
        self.nodes = {n["id"]: n for n in report["nodes"]}
        self.flows = {f["id"]: f for f in report["flows"]}
        self.findings = report["findings"]

    def store(self, node, name):
        found = self.nodes[node]["stores"].get(name) if node in self.nodes else None
        return found["certificates"] if found else []

    def views(self, flow):
        return [flow] + [self.flows[i] for i in flow["same_as"] if i in self.flows]

    def clock(self, flow, node):
        """When the conversation began by the clock of that node, or None."""
        for view in self.views(flow):
            if node and f"_{node.split('@')[0]}_" in view["capture"]:
                return view["start"]
        return None

    def issuer(self, cert, among):
        for candidate in among:
            if candidate != cert and self.certs[candidate]["subject"] == self.certs[cert]["issuer"]:
                return candidate
        return None

    def path(self, chain, among):
        """Upwards from the leaf, by names."""
        found = [chain[0]]
        while len(found) < LONGEST and not self.certs[found[-1]]["self_signed"]:
            above = self.issuer(found[-1], among)
            if above is None or above in found:
                break
            found.append(above)
        return found


def version_of(node):
    numbers = re.findall(r"\d+", (node or {}).get("version") or "")
    return tuple(int(n) for n in numbers[:2])


def check_at(node, when):
    """The EKU check of the node at that time, switches while logging included."""
    state = node["eku_check"]
    changes = [c for c in node["settings_changed"] if "ExtendedKeyUsage" in c["setting"]]
    if changes and changes[0]["from"]:
        state = changes[0]["from"].lower()
    for change in changes:
        if change["time"] <= when:
            state = change["to"].lower()
    return state


def purpose_asked(case, flow, by, verifier, when):
    if by == "server":
        return "serverAuth"
    node = case.nodes.get(verifier)
    sip = flow["service"] in ("sip-tls", "traversal", "traversal-test")
    if node and sip and version_of(node) >= (15, 5) and check_at(node, when) == "off":
        return None
    return "clientAuth"


def usage_fits(cert, by):
    usage = cert["key_usage"]
    fitting = {"digitalSignature", "keyAgreement"} | ({"keyEncipherment"} if by == "server"
                                                      else set())
    return not usage or bool(fitting & set(usage))


def defects(case, flow, by, chain, verifier):
    """All that the verifier could object to, each looked at by itself."""
    when = case.clock(flow, verifier) or flow["start"]
    found = set()
    trusted = case.store(verifier, "ca")
    if verifier:
        reached = case.path(chain, chain[1:] + trusted)
        if not case.certs[reached[-1]]["self_signed"] or reached[-1] not in trusted:
            found.add("trust")
    whole = case.path(chain, chain[1:] + trusted + list(case.certs))
    purpose = purpose_asked(case, flow, by, verifier, when)
    for cert in (case.certs[c] for c in whole):
        if purpose and cert["eku"] is not None and purpose not in cert["eku"] \
                and not cert["self_signed"]:
            found.add("purpose")
        if when > cert["not_after"]:
            found.add("expired")
        if when < cert["not_before"]:
            found.add("not yet")
    if purpose and not usage_fits(case.certs[chain[0]], by):
        found.add("key usage")
    return found


def seconds(stamp):
    return datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def is_of_traffic_server(row, flow):
    """Its lines have no ports: the address of the server, and the moment."""
    return "traffic_server[" in row["quote"] and f"({flow['server']['address']})" in row["quote"] \
        and row["time"] is not None and 0 <= seconds(row["time"]) - seconds(flow["start"]) <= 2


def heard(case, finding, flow, verifier_side):
    """The reasons that the refusal of this conversation names."""
    reasons = set()
    for view in case.views(flow):
        failure = view["failure"]
        if failure and failure["alert_code"] is not None and failure["by"] == verifier_side:
            reasons |= ALERTS.get(failure["alert_code"], set())
    ends = [f"{flow[side]['address']}" for side in ("client", "server")]
    port = str(flow["client"]["port"])
    for row in finding["evidence"]:
        text = row["quote"].lower()
        if row["line"] is None or not row["supports"]:
            continue
        if not (port in text and all(end in text for end in ends)) and \
                not is_of_traffic_server(row, flow):
            continue
        for words, about in WORDS:
            if words in text:
                reasons |= about
                break
    return reasons


def seen(flow, by):
    for row in flow["presented"]:
        if row["by"] == by:
            return row["certificates"]
    return None


def side_of(case, finding, flow):
    """Which end presented what the finding is about."""
    if finding["id"] in ("client-eku-missing", "no-client-certificate"):
        return "client"
    if finding["id"] == "server-eku-missing":
        return "server"
    presenter = finding["presenter"]
    for side in ("client", "server"):
        if (presenter["node"] and flow[side]["node"] == presenter["node"]) or \
                flow[side]["address"] == presenter["address"]:
            return side
    return None


def expected_names(case, finding, flow, verifier, by):
    names = set()
    for row in finding["evidence"]:
        names |= set(re.findall(r'Common-name="([^"]+)"', row["quote"]))
    for zone in case.nodes[verifier]["zones"] if verifier in case.nodes else []:
        if by == "client" and zone["subject_name"]:
            names.add(zone["subject_name"])
        elif by == "server":
            names |= {p["address"] for p in zone["peers"]}
    return names


def is_weak(cert):
    size = int((re.findall(r"\d+", cert["key"]) or ["0"])[0])
    return (cert["key"].startswith("RSA") and size < 2048) or \
        bool(re.match(r"(sha1|md5)|.*with-SHA1", cert["signature"]))


def judge_special(case, finding, flow, chain, by, verifier):
    """What some causes ask besides: None, or what is missing."""
    kind = finding["id"]
    trusted = case.store(verifier, "ca")
    everything = list(case.certs)
    reached = case.path(chain, chain[1:] + trusted)
    above = case.issuer(reached[-1], everything)
    if kind == "unknown-ca" and not case.certs[reached[-1]]["self_signed"] and above is None:
        return "its issuer is found nowhere"
    if kind == "incomplete-chain":
        healed = case.path(chain, chain[1:] + trusted + everything)
        if above is None or above in trusted or healed[-1] not in trusted:
            return "no intermediate of the case completes the path"
    if kind == "ca-name-duplicate":
        named = [c for c in trusted
                 if case.certs[c]["subject"] in {case.certs[x]["issuer"] for x in chain}]
        if len(named) < 2:
            return "the verifier's CA file holds no two CAs of that name"
    if kind == "name-mismatch":
        names = expected_names(case, finding, flow, verifier, by)
        have = {s.lower() for s in case.certs[chain[0]]["san"]}
        if not any(n.lower() not in {h.split(":")[-1] for h in have} for n in names):
            return "no expected name is missing in the certificate"
    if kind == "weak-signature" and not any(is_weak(case.certs[c]) for c in chain):
        return "no digest or key of the chain is weak"
    return None


def judge_flow(case, finding, flow):
    """None, or why this conversation does not bear the cause."""
    kind = finding["id"]
    by = side_of(case, finding, flow)
    if by is None:
        return "the presenter is no end of it"
    other = "server" if by == "client" else "client"
    verifier = flow[other]["node"]
    reason = PLAIN.get(kind) or CHAIN[kind][0]
    refuser = other if kind in CHAIN or kind == "no-client-certificate" else None
    reasons = heard(case, finding, flow, refuser) if refuser else \
        heard(case, finding, flow, "client") | heard(case, finding, flow, "server")
    if reason not in reasons:
        return f"no refusal names the reason ({reason}); heard: {sorted(reasons)}"
    if kind == "no-client-certificate":
        return None if seen(flow, "client") == [] else "no empty Certificate message was seen"
    if kind in PLAIN:
        return None
    chain = next((c for c in (seen(v, by) for v in case.views(flow)) if c), None)
    if not chain:
        return "no chain was seen"
    found = defects(case, flow, by, chain, verifier)
    if verifier is None and kind not in ("client-eku-missing", "server-eku-missing",
                                         "certificate-expired"):
        return "an outside verifier is certain for alerts 43 and 45 alone"
    wanted = CHAIN[kind][1]
    if wanted is not None and found != wanted:
        return f"the chain has {sorted(found)}, and not {sorted(wanted)} alone"
    if wanted is None and found - {"trust"}:
        return f"the chain has {sorted(found)} besides"
    return judge_special(case, finding, flow, chain, by, verifier)


def judge_skew(case, finding, flow):
    by = side_of(case, finding, flow)
    verifier = flow["server" if by == "client" else "client"]["node"]
    theirs, ours = case.clock(flow, flow[by]["node"]), case.clock(flow, verifier)
    chain = next((c for c in (seen(v, by) for v in case.views(flow)) if c), None)
    if not chain or not theirs or not ours:
        return "it was not seen by both clocks"
    found = defects(case, flow, by, chain, verifier)
    if len(found) != 1 or not found <= {"expired", "not yet"}:
        return f"the chain has {sorted(found)}"
    if not found & heard(case, finding, flow, "server" if by == "client" else "client"):
        return "no refusal names the time"
    if any(not case.certs[c]["not_before"] <= theirs <= case.certs[c]["not_after"]
           for c in chain):
        return "by the presenter's clock it is not in time either"
    node = case.nodes[verifier]
    leaves = [case.store(verifier, s)[:1] for s in ("server", "client")]
    shown = any(a["id"] in NTP for a in node["alarms"]) or \
        any(case.certs[c]["not_before"] > ours for leaf in leaves for c in leaf)
    return None if shown else "nothing shows which of the two clocks is wrong"


def judge_ssh(case, finding):
    """SSH clients' certificates are never seen: other things have to stand for them."""
    node = case.nodes.get(finding["node"])
    if node is None:
        return "no node"
    leaf = (case.store(node["id"], "client") or case.store(node["id"], "server"))[:1]
    if not leaf or case.certs[leaf[0]]["eku"] is None or \
            "clientAuth" in case.certs[leaf[0]]["eku"]:
        return "the leaf of the client store has the purpose"
    if not any("public key refused" in e["quote"] or "permission denied" in e["quote"].lower()
               for e in finding["evidence"] if e["supports"]):
        return "no refusal"
    if any(a["id"] == "15028" and not a["lowered"] for a in node["alarms"]):
        return "a restart is due"
    for number in finding["flows"]:
        for row in case.flows[number]["inferred"]:
            if row["by"] == "client" and row["store"] in ("none", "server"):
                return "a packet's length speaks against the client store"
    return None


def judge_finding(case, finding):
    kind = finding["id"]
    if kind in NEVER:
        return "configuration alone"
    if kind == "ssh-client-eku-missing":
        return judge_ssh(case, finding)
    if kind not in CHAIN and kind not in PLAIN and kind != "clock-skew":
        return None  # a fact of one file, or of the wire
    if kind == "ca-name-duplicate" and finding["severity"] != "critical":
        return None
    if finding["masked"]:
        return f"it hides {finding['masked']}: no single cause"
    judge = judge_skew if kind == "clock-skew" else judge_flow
    flows = [case.flows[n] for n in finding["flows"]]
    reasons = [judge(case, finding, f) for f in flows if f["outcome"] == "failed"]
    if not reasons:
        return "no failed conversation"
    return None if None in reasons else reasons[0]


def judge(report):
    case = Case(report)
    wrong = []
    for finding in case.findings:
        why = judge_finding(case, finding) if finding["confidence"] == "certain" else None
        if why:
            wrong.append(f"{finding['id']} of {finding['node']} is certain: {why}")
    return wrong


def finding_of(report, kind):
    return next(f for f in report["findings"] if f["id"] == kind)


def every_chain(report, by, change):
    for flow in report["flows"]:
        for row in flow["presented"]:
            if row["by"] == by:
                change(row, report["certificates"])


def silence(report, kind):
    """The refusal loses its reason: alert 46, and no line of a log."""
    for flow in report["flows"]:
        if flow["failure"]:
            flow["failure"]["alert_code"] = 46
    finding = finding_of(report, kind)
    finding["evidence"] = [e for e in finding["evidence"] if e["line"] is None]


def hide(report, by):
    every_chain(report, by, lambda row, certs: row["certificates"].clear())


def set_leaf(report, by, field, value):
    every_chain(report, by,
                lambda row, certs: certs[row["certificates"][0]].update({field: value}))


def trust_all(report, node):
    for n in report["nodes"]:
        if n["id"] == node:
            n["stores"]["ca"]["certificates"] = list(report["certificates"])


def raise_alarm(report, node):
    for n in report["nodes"]:
        if n["id"] == node:
            n["alarms"].append({"id": "15028", "lowered": False})


def surer(report, kind):
    finding_of(report, kind)["confidence"] = "certain"


def alone(report, kind):
    surer(report, kind)
    finding_of(report, kind)["masked"] = []


# (case, what is falsified, how): each must be noticed.
FALSEHOODS = [
    ("unknown-ca", "the refusal gives no reason", lambda r: silence(r, "unknown-ca")),
    ("unknown-ca", "nothing was seen", lambda r: hide(r, "server")),
    ("unknown-ca", "the verifier trusts all", lambda r: trust_all(r, "vcs8c")),
    ("incomplete-chain", "the verifier has the intermediate",
     lambda r: trust_all(r, "vcs8c")),
    ("condition-2-check-on", "the purpose is there",
     lambda r: set_leaf(r, "client", "eku", ["serverAuth", "clientAuth"])),
    ("condition-2-check-on", "a second defect",
     lambda r: set_leaf(r, "client", "not_after", "2026-01-01T00:00:00.000000Z")),
    ("condition-2-check-on", "a restart is due", lambda r: raise_alarm(r, "vcs8c")),
    ("condition-2-check-on-tls13", "certain without a seen chain",
     lambda r: surer(r, "client-eku-missing")),
    ("certificate-expired", "it is in time",
     lambda r: set_leaf(r, "client", "not_after", "2030-01-01T00:00:00.000000Z")),
    ("untrusted-ca-hides-purpose", "one of two defects is certain",
     lambda r: alone(r, "unknown-ca")),
    ("issuer-found-nowhere", "an issuer that nobody knows", lambda r: surer(r, "unknown-ca")),
    ("crl-missing-silent-log", "an alert with two meanings",
     lambda r: silence(r, "revocation-unavailable") or surer(r, "revocation-unavailable")),
    ("private-ca-at-far-end", "an outside verifier's trust", lambda r: surer(r, "unknown-ca")),
    ("name-of-client-refused", "the name is there",
     lambda r: set_leaf(r, "client", "san", ["DNS:cluster-c.nordlab.example"])),
    ("clock-behind", "nothing shows whose clock is wrong",
     lambda r: [c.update(not_before="2020-01-01T00:00:00.000000Z")
                for s, c in r["certificates"].items()
                if s not in finding_of(r, "clock-skew")["certificates"]]),
    ("x14.3-public-renewal", "a setting alone", lambda r: surer(r, "sip-service-eku-missing")),
]


def read(folder, case):
    with open(os.path.join(folder, case, "expected.json"), encoding="utf-8") as f:
        return json.load(f)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    wrong, count = [], 0
    for case in sorted(os.listdir(folder)):
        if os.path.exists(os.path.join(folder, case, "expected.json")):
            report = read(folder, case)
            count += sum(f["confidence"] == "certain" for f in report["findings"])
            wrong += [f"{case}: {text}" for text in judge(report)]
    for case, what, falsify in FALSEHOODS:
        report = copy.deepcopy(read(folder, case))
        falsify(report)
        if not judge(report):
            wrong.append(f"{case}: not noticed: {what}")
    print("\n".join(wrong + [f"{count} findings are certain, {len(FALSEHOODS)} falsehoods tried, "
                             f"{len(wrong)} complaints"]))
    sys.exit(1 if wrong or count == 0 else 0)


if __name__ == "__main__":
    main()
