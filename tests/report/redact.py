#!/usr/bin/env python3
"""No redacted report holds a name, address, serial or sum of what it was made from.

redact.py PROGRAM FIXTURES N   each N-th case

What must be gone is gathered here from the reports that are not redacted and from the
certificates in them, not by the program's own dictionary.  Verdicts stay as they are, and
one pseudonym stands for one thing in all forms.
"""
import html
import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile

FORMS = ("text", "json", "html")
# Words that are names in some fixture and words of every report.
COMMON = {"example", "edge", "webex", "client", "server", "partner",
          "cisco.com", "expressway", "webex.com", "unknown"}
KEPT_ZONES = {"DefaultZone"}


def run(program, words, folder=None):
    env = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8", NO_COLOR="1")
    return subprocess.run([program, *words], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False)


def arguments(folder):
    with open(os.path.join(folder, "args"), encoding="utf-8") as f:
        return shlex.split(f.read(), comments=True)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def public_names(report):
    names = set()
    for c in report["certificates"].values():
        if c["issuer_kind"] == "public":
            names.add(c["issuer"])
            names.add(c["issuer_cn"])
            if c["is_ca"]:
                names.add(c["subject"])
                names.add(c["subject_cn"])
    return names


def of_nodes(report):
    for node in report["nodes"]:
        yield node["id"].split("@")[0]
        yield from node["addresses"]
        for zone in node["zones"]:
            if zone["name"] not in KEPT_ZONES:
                yield zone["name"]
            yield zone["subject_name"]
            for peer in zone["peers"]:
                yield peer["address"]
                yield peer["ip"]
        for tunnel in node["ssh_tunnels"]:
            yield tunnel["target"]
            yield tunnel["domain"]


def of_certificates(report):
    public = public_names(report)
    for sha256, c in report["certificates"].items():
        yield sha256
        yield c["serial"]
        for key in ("subject", "subject_cn", "issuer", "issuer_cn"):
            if c[key] not in public:
                yield c[key]
        yield from c["san"]


def of_flows(report):
    for flow in report["flows"]:
        yield flow["client"]["address"]
        yield flow["server"]["address"]
        if flow["tls"]:
            yield flow["tls"]["sni"]
        if flow["ssh"]:
            yield flow["ssh"]["host_key_sha256"]


def parts(name):
    """A host's name, its domain and their longer labels."""
    yield name
    if re.fullmatch(r"[A-Za-z0-9_.-]+\.[A-Za-z]{2,}", name):
        yield name.split(".", 1)[1]
        yield from (label for label in name.split(".")[:-1] if len(label) >= 5)


def originals(report):
    found = set()
    for source in (of_nodes, of_certificates, of_flows):
        for name in source(report):
            for part in parts(name) if name else ():
                if len(part) >= 4 and part.lower() not in COMMON and part[:2] != "0.":
                    found.add(part)
    for entry in report["inputs"]:
        found.add(entry["path"])
        if entry["sha256"]:
            found.add(entry["sha256"])
    return found


def holds(text, name):
    """Of a text in lower case."""
    name = name.lower()
    pattern = r"(?<![0-9a-z])" + re.escape(name) + r"(?![0-9a-z])"
    return name in text and re.search(pattern, text) is not None


def named(report):
    """A name of any length, and one that is a word too, where only a name can stand."""
    for node in report["nodes"]:
        name = node["id"].split("@")[0].lower()
        yield from (f"expressway-{role} {name}" for role in "ce")
        yield from [name] if len(name) == 2 else []
        yield from (f"zone {zone['name'].lower()}:" for zone in node["zones"]
                    if zone["name"] not in KEPT_ZONES)


def readings(text):
    plain = html.unescape(re.sub(r"<wbr>", "", text))
    yield text.lower()
    yield re.sub(r"\s+", " ", plain).lower()


def verdict(report):
    return ([(f["id"], f["severity"], f["confidence"], f["flows"], f["masked"])
             for f in report["findings"]],
            [(c["id"], c["outcome"]) for c in report["checks"]],
            [(w["zone_result"], w["ssh_result"]) for w in report["what_if"]],
            report["scenario"]["condition"],
            [(f["outcome"], f["service"], f["failure"] and f["failure"]["kind"])
             for f in report["flows"]],
            len(report["certificates"]), len({json.dumps(n["id"]) for n in report["nodes"]}))


def check(program, folder, command, scratch):
    words = [command, *arguments(folder)[1:], "--no-progress", "--verbose"]
    plain = run(program, [*words, "--format", "json"], folder)
    if plain.returncode not in (0, 1):
        return [f"exit status {plain.returncode}"]
    whole = json.loads(plain.stdout)
    stored = os.path.join(scratch, "stored.json")
    with open(stored, "wb") as f:
        f.write(plain.stdout)
    names = originals(whole)
    wrong = []
    for how, line, where in (("redacted", words, folder),
                             ("shown redacted", ["show", stored, "--verbose"], None)):
        outs = {form: os.path.join(scratch, "redacted." + form) for form in FORMS}
        key = os.path.join(scratch, "map.json")
        done = run(program, [*line, "--redact", "--redact-map", key,
                             *(w for form in FORMS for w in ("--" + form, outs[form]))], where)
        if done.returncode != plain.returncode and command == "analyze":
            wrong.append(f"{how}: exit status {done.returncode}: {done.stderr.decode()}")
            continue
        if os.stat(key).st_mode & 0o077:
            wrong.append("the map can be read by others")
        texts = {form: read(outs[form]) for form in FORMS}
        for form in FORMS:
            for reading in readings(texts[form]):
                wrong += [f"{how} {form} holds {name!r}" for name in sorted(names)
                          if holds(reading, name)]
                wrong += [f"{how} {form} says {phrase!r}" for phrase in sorted(set(named(whole)))
                          if re.search(r"(?<![0-9a-z])" + re.escape(phrase) + r"(?![0-9a-z_.-])", reading)]
        again = json.loads(texts["json"])
        if verdict(again) != verdict(whole):
            wrong.append(f"{how}: another verdict")
        for node in again["nodes"]:
            if command == "analyze" and not all(node["id"] in texts[form] for form in FORMS):
                wrong.append(f"{how}: {node['id']} has another name elsewhere")
        embedded = re.search(r'id="report">(.*?)</script>', texts["html"], re.S).group(1)
        if json.loads(embedded) != again and "flows_left_out" not in embedded:
            wrong.append(f"{how}: the page holds another report")
        for row in json.loads(read(key))["names"]:
            if not row["original"] or not row["pseudonym"]:
                wrong.append(f"{how}: the map lacks {row}")
    return [f"{folder}: {command}: {w}" for w in wrong]


def renamed(fixtures, scratch, c, e):
    """The bundles of an outage whose hosts and zones are called otherwise."""
    source = os.path.join(fixtures, "condition-2-check-on")
    folder = os.path.join(scratch, f"{c}-{e}")
    words = {b"vcs8c": c.encode(), b"smartslave": e.encode(), b"uczone.MRA": b"partner"}
    for bundle in os.listdir(source):
        if not bundle.endswith(".tar.gz"):
            continue
        place = os.path.join(folder, "first-input" if "vcs8c" in bundle else "other-input")
        os.makedirs(place)
        with tarfile.open(os.path.join(source, bundle)) as tar:
            for member in tar:
                data = tar.extractfile(member).read()
                name = os.path.basename(member.name).encode()
                for old, new in words.items():
                    name = name.replace(old, new)
                    data = data if name.endswith((b".pem", b".pcap")) else data.replace(old, new)
                with open(os.path.join(place.encode(), name), "wb") as f:
                    f.write(data)
    with open(os.path.join(folder, "args"), "w", encoding="utf-8") as f:
        f.write("analyze --reproducible first-input other-input\n")
    return folder


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    program, fixtures = os.path.abspath(sys.argv[1]), sys.argv[2]
    if not os.access(program, os.X_OK):
        print(f"skipped: there is no program {program}")
        return 77
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in sorted(os.listdir(fixtures))[::int(sys.argv[3])]:
            folder = os.path.join(fixtures, name)
            if not os.path.exists(os.path.join(folder, "args")):
                continue
            found = check(program, folder, arguments(folder)[0], scratch)
            print("\n".join(found), end="\n" if found else "", flush=True)
            wrong += found
        for pair in (("client", "server"), ("e1", "c1")):
            found = check(program, renamed(fixtures, scratch, *pair), "analyze", scratch)
            print("\n".join(found), end="\n" if found else "", flush=True)
            wrong += found
    refused = run(program, ["certs", "--redact-map", "m", "x"])
    if refused.returncode != 2:
        print("--redact-map without --redact is taken")
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
