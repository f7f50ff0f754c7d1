#!/usr/bin/env python3
"""diff, xconfiguration and xstatus under pseudonyms hold nothing of what their bundles are called.

redact_dumps.py PROGRAM FIXTURES N   each N-th case

What must be gone is gathered here: from the reports, from the dumps' own lines, and words that
are planted into settings that an administrator may type anything into.
"""
import io
import json
import os
import re
import sys
import tarfile
import tempfile

from redact import COMMON, holds, originals, run

# Settings by the last word of their path; what they hold is somebody's.
NAMING = ("Name", "Hostname", "Address", "Domain", "UserName", "Username", "Target", "Peer",
          "SerialNumber", "MacAddress")
PLANTED = {
    "xconf": [
        ("SystemUnit Contact", "Zorgon Helpdesk"), ("ErrorReport Contact", "zorgonist"),
        ("Administration Banner", "Welcome at Zorgon & Sons: <b>4th floor</b>"),
        ("Authentication LDAP BaseDN", "OU=Zorgon Users,DC=zorgon,DC=lan"),
        ("Transform 1 Pattern String", "(.*)@zorgon.lan"), ("Transform 1 Description", "zorgon"),
        ("Call Fallback Alias", "31555900321"), ("Registration AllowList 1 Description", "Zorgón"),
        ("NTP Server 1 Address", "ntp.zorgon.lan"), ("DNS Server 2 Address", "10.99.98.97"),
        ("Remote Syslog 1 Address", "2001:db8:99:98::97"),
        ("Zones Zone 7 Name", "To Zorgon"), ("Zones Zone 7 DNS Note", "Zones"),
        ("Login User 1 Name", "z4"), ("Zones Zone 7 Neighbor Peer 1 Address", "zorgongw"),
    ],
    "xstat": [("Registrations Registration 1 Alias 1 Value", "sip:zorgon.z@zorgon.lan"),
              ("Registrations Registration 2 E164", "31555900322")],
}
GONE = ("zorg", "10.99.98.97", "2001:db8:99:98::97", "31555900321", "31555900322", "z4",
        "4th floor")
SHOW = (["xconfiguration"], ["xstatus"])


def bundles_of(folder):
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))
            if name.endswith((".tar.gz", ".tgz"))]


def plant(bundle, out):
    """The bundle again, with somebody's words in its text dumps; gives how many."""
    n = 0
    with tarfile.open(bundle) as old, tarfile.open(out, "w:gz") as new:
        for member in old:
            data = old.extractfile(member).read() if member.isfile() else b""
            name = os.path.basename(member.name)
            kind = name[:5]
            if kind in PLANTED and name.endswith(".txt"):
                sign = "*c xConfiguration" if kind == "xconf" else "*s"
                for path, value in PLANTED[kind]:
                    data += (f'\n{sign} {path}: "{value}"\n'.encode() if kind == "xconf" else
                             status_lines(path, value).encode())
                    n += 1
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return n


def status_lines(path, value):
    words = re.findall(r"[A-Za-z][A-Za-z0-9]*(?: \d+)?", path)
    lines = [("*s " if i == 0 else "  " * (i + 1)) + word + ":" for i, word in enumerate(words)]
    return "\n" + "\n".join(lines) + f' "{value}"\n*s/end\n'


def of_dumps(program, bundle):
    """What the dumps' own lines call somebody's, and the words of the appliance's grammar."""
    named, grammar = set(), {"admin"}
    for command in SHOW:
        text = run(program, [*command, bundle]).stdout.decode()
        grammar.update(re.findall(r"\w+", re.sub(r'"[^"]*"', "", text).lower()))
        named.update(value for key, value in re.findall(r'(\w+): "([^"]+)"', text)
                     if key in NAMING and not value.isdigit())
    return named, grammar


def is_sought(name):
    # a mask, and names that every appliance has
    return (len(name) >= 4 and name.lower() not in COMMON and name[:2] != "0." and
            not re.fullmatch(r"255\.[0-9.]+|\w+(Sub)?Zone", name))


def check(program, label, lines, names, folder):
    wrong = []
    key = os.path.join(folder, "map.json")
    for line in lines:
        plain = run(program, line)
        done = run(program, [*line, "--redact", "--redact-map", key])
        if done.returncode != plain.returncode or (plain.stdout and not done.stdout):
            wrong.append(f"{line[0]}: exit status {done.returncode}: {done.stderr.decode()[:300]}")
            continue
        text = done.stdout.decode().lower()
        wrong += [f"{line[0]} holds {name!r}" for name in sorted(names) if holds(text, name)]
        wrong += [f"{line[0]} holds a planted {word!r}" for word in GONE if holds(text, word) or
                  (word == "zorg" and word in text)]
        if done.stdout.count(b"\n") != plain.stdout.count(b"\n"):
            wrong.append(f"{line[0]}: other lines than without pseudonyms")
        if os.stat(key).st_mode & 0o077:
            wrong.append("the map can be read by others")
        known = {(row["class"], row["original"].lower()) for row in
                 json.loads(open(key, encoding="utf-8").read())["names"]}
        if not known:
            wrong.append(f"{line[0]}: an empty map")
    return [f"{label}: {w}" for w in wrong]


def same_in_both_forms(program, sides, folder):
    """One run: what the text calls a node, a zone and a value, the JSON does."""
    out = os.path.join(folder, "diff.json")
    text = run(program, ["diff", "-v", "--redact", "--text", "-", "--json", out, *sides])
    text = text.stdout.decode()
    with open(out, encoding="utf-8") as f:
        whole = json.load(f)
    wrong = []
    for pair in whole["nodes"]:
        wrong += [side for side in (pair["before"]["id"], pair["after"]["id"]) if side not in text]
        for row in pair["settings"] + pair["status"]:
            wrong += [value for value in (row["before"], row["after"])
                      if value is not None and "\n" not in value and value not in text]
    return [f"{' '.join(sides)}: {w!r} has another name in the text" for w in wrong]


def main():
    program, fixtures, step = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    wrong, cases, planted = [], 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in sorted(os.listdir(fixtures))[::step]:
            folder = os.path.join(fixtures, name)
            bundles = bundles_of(folder) if os.path.exists(os.path.join(folder, "args")) else []
            report = bundles and run(program, ["analyze", "--format", "json", *bundles])
            if not bundles or report.returncode not in (0, 1):
                continue
            cases += 1
            names, grammar = originals(json.loads(report.stdout)), set()
            for bundle in bundles:
                more = of_dumps(program, bundle)
                names |= more[0]
                grammar |= more[1]
            names = {n for n in names if is_sought(n) and n.lower() not in grammar}
            other = os.path.join(scratch, os.path.basename(bundles[0]))
            planted += plant(bundles[0], other)
            sides = [bundles[0], bundles[-1]]
            lines = [[*command, b] for command in SHOW for b in (other, bundles[-1])]
            for pair in (sides, [bundles[0], other]):
                lines += [["diff", "-v", *pair], ["diff", "-v", "--format", "json", *pair]]
            # a bundle of evidence without dumps has nothing to show
            lines = [line for line in lines if run(program, line).returncode in (0, 1)]
            wrong += check(program, name, lines, names, scratch)
            if any(line[0] == "diff" for line in lines):
                wrong += same_in_both_forms(program, [bundles[0], other], scratch)
    print("\n".join(wrong) or f"{cases} cases, {planted} planted words: none came through")
    return 1 if wrong or cases == 0 or planted == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
