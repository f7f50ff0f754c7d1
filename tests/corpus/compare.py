#!/usr/bin/env python3
"""Compares `expdiag flows --format json` with the corpus oracle, capture by capture.

Usage: compare.py EXPDIAG PROJECT [NAME...]     (NAME: a part of a capture's name)

The corpus lies beside the project (../shared/corpus).  Every difference must stand in
explained.tsv with the reason why the oracle is wrong; an explanation that explains
nothing any more is an error too.  Exit: 0 all alike or explained, 1 not, 77 no corpus.

What is compared, per conversation (both ends) and direction: the SHA-256 of every
certificate; versions that servers chose; server names; alerts; certificate requests;
who the client is, where the oracle knows it from a message or a SYN; SSH
identifications.  Streams in which the oracle saw neither a handshake message nor an
alert are TLS to it by their port alone and are left out.
"""
import collections
import csv
import fnmatch
import json
import os
import re
import subprocess
import sys

VERSIONS = {"SSLv3": "0x0300", "TLSv1.0": "0x0301", "TLSv1.1": "0x0302",
            "TLSv1.2": "0x0303", "TLSv1.3": "0x0304"}


def read_table(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def plain(end):
    return end.replace("[", "").replace("]", "")


def end_of(side):
    return "%s:%d" % (side["address"], side["port"])


def new_stream():
    return {"certificates": collections.Counter(), "version": set(), "sni": set(),
            "alerts": set(), "requests": False, "client": set(), "ssh": set(), "shown": False}


def read_oracle(base):
    streams = collections.defaultdict(new_stream)
    for row in read_table(base + ".flows"):
        ends = tuple(sorted((plain(row["client"]), plain(row["server"]))))
        s = streams[ends]
        s["version"] |= {v for v in row["sh_versions"].split(",") if v}
        s["sni"] |= {v for v in row["sni"].split(",") if v}
        s["alerts"] |= {"%s%s" % (a[0], a.split("/")[1]) for a in row["alerts"].split()}
        s["requests"] |= int(row["cert_requests"] or 0) > 0
        s["shown"] |= bool(row["handshake_types"] or row["alerts"] or row["ssh_proto"])
        if row["client_by"] not in ("none", ""):
            s["client"].add(plain(row["client"]))
        for side, banner in re.findall(r"([<>])(SSH-.*?)(?= [<>]SSH-|$)", row["ssh_proto"]):
            s["ssh"].add(side + banner.strip())
    if os.path.exists(base + ".tsv"):
        for row in read_table(base + ".tsv"):
            ends = tuple(sorted((plain(row["client"]), plain(row["server"]))))
            sender = row["client"] if row["direction"] == "C>S" else row["server"]
            for digest in row["sha256"].split(","):
                if digest:
                    streams[ends]["certificates"][plain(sender) + " " + digest] += 1
                    streams[ends]["shown"] = True
    return streams


def read_ours(report):
    streams = collections.defaultdict(new_stream)
    for flow in report["flows"]:
        if flow["protocol"] == "tcp":
            continue
        client, server = end_of(flow["client"]), end_of(flow["server"])
        s = streams[tuple(sorted((client, server)))]
        s["client"].add(client)
        for row in flow["presented"]:
            sender = client if row["by"] == "client" else server
            for digest in row["certificates"]:
                s["certificates"][sender + " " + digest] += 1
        tls, ssh, failure = flow["tls"], flow["ssh"], flow["failure"]
        if tls is not None:
            s["shown"] |= tls["version"] is not None or tls["sni"] is not None
            if tls["version"] is not None:
                s["version"].add(VERSIONS.get(tls["version"], tls["version"]))
            if tls["sni"] is not None:
                s["sni"].add(tls["sni"])
            s["requests"] |= tls["client_auth_requested"] is True
        if ssh is not None:
            s["shown"] = True
            for mark, key in ((">", "client_banner"), ("<", "server_banner")):
                if ssh[key] is not None:
                    s["ssh"].add(mark + ssh[key])
        for alert in flow.get("alerts", []):
            if alert["code"] is not None and not alert.get("encrypted", False):
                s["alerts"].add((">" if alert["by"] == "client" else "<") + str(alert["code"]))
        if failure is not None and failure["alert_code"] is not None:
            mark = ">" if failure["by"] == "client" else "<"
            s["alerts"].add(mark + str(failure["alert_code"]))
    return streams


def compare_stream(theirs, ours, has_alerts):
    if theirs is None:
        if ours["shown"]:
            yield "more", "not in the oracle"
        return
    if not theirs["shown"]:
        return
    if ours is None:
        yield "absent", "not in the report"
        return
    for digest in (theirs["certificates"] - ours["certificates"]):
        yield "certificates", "missing " + digest
    for digest in (ours["certificates"] - theirs["certificates"]):
        yield "certificates", "more " + digest
    for what in ("version", "sni"):
        if theirs[what] != ours[what]:
            yield what, "%s, ours %s" % (sorted(theirs[what]), sorted(ours[what]))
    if has_alerts and theirs["alerts"] != ours["alerts"]:
        yield "alerts", "%s, ours %s" % (sorted(theirs["alerts"]), sorted(ours["alerts"]))
    if theirs["requests"] != ours["requests"]:
        yield "requests", "%s, ours %s" % (theirs["requests"], ours["requests"])
    if theirs["client"] and theirs["client"] != ours["client"]:
        yield "client", "%s, ours %s" % (sorted(theirs["client"]), sorted(ours["client"]))
    if not theirs["ssh"] <= ours["ssh"]:
        yield "ssh", "%s, ours %s" % (sorted(theirs["ssh"]), sorted(ours["ssh"]))


def run(expdiag, capture):
    done = subprocess.run([expdiag, "flows", "--format", "json", "--reproducible",
                           "--no-progress", capture], capture_output=True, check=False)
    if done.returncode not in (0, 1):
        return None, "exit status %d: %s" % (done.returncode, done.stderr.decode()[:200])
    return json.loads(done.stdout), None


def main():
    expdiag, project = sys.argv[1], sys.argv[2]
    corpus = os.path.join(project, "..", "shared", "corpus")
    if not os.path.isdir(corpus):
        print("skipped: there is no ../shared/corpus beside the project")
        return 77
    here = os.path.dirname(os.path.abspath(__file__))
    table = read_table(os.path.join(here, "explained.tsv"))
    used, left, explained = set(), 0, 0
    certificates, found, captures = 0, 0, 0
    for name in sorted(os.listdir(os.path.join(corpus, "captures"))):
        if sys.argv[3:] and not any(part in name for part in sys.argv[3:]):
            continue
        captures += 1
        report, problem = run(expdiag, os.path.join(corpus, "captures", name))
        if report is None:
            print("%s: %s" % (name, problem))
            left += 1
            continue
        theirs, ours = read_oracle(os.path.join(corpus, "oracle", name)), read_ours(report)
        has_alerts = any("alerts" in f for f in report["flows"])
        for ends in sorted(set(theirs) | set(ours)):
            t, o = theirs.get(ends), ours.get(ends)
            if t is not None:
                certificates += sum(t["certificates"].values())
                found += sum((t["certificates"] & (o or new_stream())["certificates"]).values())
            for what, words in compare_stream(t, o, has_alerts):
                row = next((i for i, r in enumerate(table)
                            if fnmatch.fnmatch(name, r["capture"]) and r["what"] == what
                            and fnmatch.fnmatch(" ".join(ends), r["ends"])), None)
                if row is None:
                    left += 1
                    print("%s: %s: %s: %s" % (name, " ".join(ends), what, words))
                else:
                    explained += 1
                    used.add(row)
    for name in sorted(os.listdir(os.path.join(corpus, "refused"))):
        done = subprocess.run([expdiag, "flows", "--no-progress",
                               os.path.join(corpus, "refused", name)],
                              capture_output=True, check=False)
        if done.returncode not in (0, 1, 3):
            left += 1
            print("refused/%s: exit status %d" % (name, done.returncode))
    if not sys.argv[3:]:
        for i, row in enumerate(table):
            if i not in used:
                left += 1
                print("explained.tsv: explains nothing: %s %s" % (row["capture"], row["what"]))
    print("%d captures: %d of %d certificates; %d differences explained, %d not"
          % (captures, found, certificates, explained, left))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
