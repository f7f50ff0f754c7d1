#!/usr/bin/env python3
"""Plants private keys, passwords and cipher strings everywhere, and looks for them in every
output: secrets.py PROGRAM PROJECT

Each plant is a word of its own, so that a leak names its way out.  The bundles are those of a
failing zone, so that log lines and settings around the plants are quoted.
"""
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile

CASE = "condition-2-check-on"
# What is looked for; nothing else in the bundles holds it.
MARK = "q7Canary"
REPORTS = (
    ["--verbose"], ["--verbose", "--color", "always"], ["--format", "json"], ["--format", "html"],
    ["flows", "--verbose"], ["flows", "--format", "json"], ["certs", "--verbose"],
    ["certs", "--format", "json"], ["whatif"], ["--redact", "--format", "json"],
    ["xconfiguration"], ["xstatus"], ["xconfiguration", "Zones"], ["batch", "--group", "none"],
    ["--redact", "--format", "html"], ["--redact", "--verbose"],
)
# Reports that go to files, made in this order: the later ones read the earlier.
TO_FILES = (
    ["analyze", "--verbose", "--json", "o/a.json", "--html", "o/a.html", "--text", "o/a.txt", "BUNDLES"],
    ["analyze", "--redact", "--json", "o/r.json", "--redact-map", "o/map.json", "BUNDLES"],
    ["show", "--verbose", "--text", "o/s.txt", "--html", "o/s.html", "o/a.json"],
    ["show", "--redact", "--json", "o/t.json", "o/a.html"],
    ["batch", "--no-progress", "--group", "none", "--ndjson", "o/rows", "--db", "sqlite:o/rows.db",
     "--reports", "o", "--html", "o/batch.html", "BUNDLES"],
    ["fleet", "--json", "o/f.json", "--html", "o/f.html", "--text", "o/f.txt", "o/rows"],
    ["fleet", "--json", "o/g.json", "sqlite:o/rows.db"],
)
# Words about files that are none of what they are given as.
ERRORS = (
    ["whatif", "--client-cert", "key.pem", "BUNDLES"], ["whatif", "--ca", "key.pem", "BUNDLES"],
    ["--public-roots", "key.pem", "BUNDLES"], ["--keylog", "key.pem", "BUNDLES"], ["key.pem"],
    ["certs", "key.pem"], ["show", "key.pem"], ["fleet", "key.pem"], ["broken"],
    ["--format", "json", "broken"], ["xconfiguration", "broken"], ["xstatus", "broken"],
    ["diff", "broken", "broken"], ["batch", "--no-progress", "broken"],
)


class Plants:
    def __init__(self):
        self.places = {}

    def new(self, place):
        word = f"{MARK}{len(self.places):03d}Z"
        self.places[word] = place
        return word


def private_keys(plants, where):
    """Every form of a private key, one without its end last."""
    def body(kind):
        return "\n".join("MIIEvQIBADANBgkqhkiG9w0BAQ" + plants.new(f"{where}: {kind}")
                         for _ in range(3))

    out = ""
    for kind in ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY",
                 "OPENSSH PRIVATE KEY", "DSA PRIVATE KEY"):
        out += f"-----BEGIN {kind}-----\n{body(kind)}\n-----END {kind}-----\n"
    out += ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
            f"DEK-Info: AES-256-CBC,{plants.new(where + ': DEK-Info')}\n\n{body('encrypted')}\n"
            "-----END RSA PRIVATE KEY-----\n")
    out += f"-----BEGIN PRIVATE KEY-----\r\n{body('CRLF')}\r\n-----END PRIVATE KEY-----\r\n"
    return out, f"-----BEGIN PRIVATE KEY-----\n{body('unfinished')}\n"


def plant_pem(plants, name, text):
    keys, unfinished = private_keys(plants, name)
    return keys + text + keys.replace("\n", "\r\n", 4) + unfinished


SETTINGS = (
    "Zones Zone 1 TraversalClient Authentication Password", "Authentication Account Admin Account 1 Password",
    "SNMP V3 AuthenticationPassword", "SNMP CommunityName", "Login Remote LDAP VCS BindPassword",
    "ExternalManager Token", "SIP Authentication Digest Secret", "NTP Server 1 Passphrase",
    "Zones Zone 1 Neighbor Authentication PresharedKey", "ResourceUsage Pwd",
    "xcp cluster sharedSecret", "Conferencing Turn ClientCredential",
)


def plant_text_dump(plants, name, text):
    out = []
    for path in SETTINGS:
        start = "*c xConfiguration " if name.startswith("xconf") else ""
        for value in ('"{cipher}%s=="', '"%s"', "%s", '"a \\"%s\\" b"'):
            out.append(f"{start}{path}: " + value % plants.new(f"{name}: {path}"))
    keys, _ = private_keys(plants, name)
    lines = text.split("\n")
    return "\n".join(lines[:-3] + out + [keys] + lines[-3:])


def plant_xml_dump(plants, name, text):
    out = ""
    for path in SETTINGS:
        words = [w for w in path.split() if not w.isdigit()]
        for value in ("{cipher}%s==", "%s", "<![CDATA[%s]]>"):
            out += "".join(f'<{w} item="1">' for w in words)
            out += value % plants.new(f"{name}: {path}")
            out += "".join(f"</{w}>" for w in reversed(words))
        out += f'<{words[-1]} item="1" value="{plants.new(name + ": attribute " + path)}"/>'
    at = text.index(">", text.index("<", text.index("?>"))) + 1
    return text[:at] + out + text[at:]


LOG_LINES = (
    'Event="Inbound TLS Negotiation Error" Service="SIP" Src-ip="10.106.80.16" Src-port="25001" '
    'Dst-ip="10.106.80.31" Dst-port="7001" Detail="unsuitable certificate purpose password=%s" '
    'Protocol="TLS" Level="1"',
    'Event="Authentication Failed" Service="SIP" Src-ip="10.106.80.16" User="u" Password="%s" '
    'Level="1"',
    'Event="System Configuration Changed" Node="x" PID="y" Detail="xconfiguration Zones Zone 1 '
    'TraversalClient Authentication Password - changed from: {cipher}%s to: {cipher}%s"',
    'Module="developer.ssl" Level="ERROR" Method="::TTSSLErrorOutput" TTSSL_continueHandshake: '
    'Failed to establish SSL connection passphrase: %s',
    'sshd[123]: debug1: password is %s for tunnel, Permission denied (publickey)',
    'Authorization: Digest username="u", response="%s", nonce="%s"',
    'Cookie: JSESSIONID=%s',
    'portforwarding: Detail="ssh failed with token %s"',
    '-----BEGIN PRIVATE KEY-----%s-----END PRIVATE KEY-----',
    'traffic_server[1]: ERROR: SSL connection failed, Authorization: Basic %s',
    'Detail="Alarm raised" Secret={cipher}%s',
)


def plant_log(plants, name, text):
    lines = text.split("\n")
    host = "smartslave" if "smartslave" in name else "vcs8c"
    out = []
    for number, line in enumerate(LOG_LINES):
        words = tuple(plants.new(f"{name}: {line[:40]}") for _ in range(line.count("%s")))
        process = "" if re.match(r"\w+(\[\d+\])?: ", line) else "tvcs: "
        out.append(f"2026-03-29T06:55:{30 + number}.013+00:00 {host} {process}" + line % words)
    keys, _ = private_keys(plants, name)
    return "\n".join(lines[:140] + out + keys.split("\n") + lines[140:])


def plant(plants, name, data):
    if name.endswith(".pcap"):
        return data
    text = data.decode("utf-8")
    if name.endswith(".pem"):
        text = plant_pem(plants, name, text)
    elif name.endswith(".xml"):
        text = plant_xml_dump(plants, name, text)
    elif name.startswith("loggingsnapshot"):
        text = plant_log(plants, name, text)
    else:
        text = plant_text_dump(plants, name, text)
    return text.encode()


def plant_bundle(plants, source, target):
    with tarfile.open(source) as old, tarfile.open(target, "w:gz", compresslevel=1) as new:
        host = "smartslave" if "smartslave" in source else "vcs8c"
        extra = {f"server-ssh_{host}.pem": private_keys(plants, "a lone key")[0].encode()}
        files = {m.name: old.extractfile(m).read() for m in old if m.isfile()}
        for name, data in list(files.items()) + list(extra.items()):
            data = data if name in extra else plant(plants, os.path.basename(name), data)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))


def find_leaks(plants, command, out):
    """Also words that a line's end parted."""
    flat = re.sub(rb"\x1b\[[0-9;]*m|\s+", b"", out)
    seen = set(re.findall(MARK.encode() + rb"\d{3}Z", out + b" " + flat))
    for word in sorted(seen):
        yield f"{' '.join(command)}: {plants.places.get(word.decode(), word)}"
    if MARK.encode() in flat and not seen:
        yield f"{' '.join(command)}: part of a planted word"


def break_bundle(plants, folder):
    """Files that end or break inside of a secret."""
    os.mkdir(folder)
    stamp = "vcs8c_2026-03-29_07_05_00"
    one = [plants.new(f"a broken file, {i}") for i in range(12)]
    files = {
        f"xconf_dump_{stamp}.xml": f"<?xml version='1.0'?><Configuration><Zones><Zone item='1'><Password>{one[0]}"
                                   f"<{one[1]} Password='{one[2]}'></Password>&{one[3]};",
        f"xstat_dump_{stamp}.xml": f"<Status><a Password=\"{one[4]}\" Password=\"{one[5]}\"></b>",
        f"xconf_dump_{stamp}.txt": f'*c xConfiguration SystemUnit Name: "vcs8c"\n*c xConfiguration A Password: "{one[6]}',
        f"xstat_dump_{stamp}.txt": f'*s Zones:\n  Zone 1:\n    Password: "{one[7]}\n    Secret {one[8]}\n',
        f"server_{stamp}.pem": f"-----BEGIN PRIVATE KEY-----\n{one[9]}\n-----BEGIN CERTIFICATE-----\n!{one[10]}\n",
        f"loggingsnapshot_{stamp}.txt": "2026-03-29T06:55:30.013+00:00 vcs8c tvcs: Event=\"Authentication "
                                        f'Failed" Password="{one[11]}',
    }
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text)


class Search:
    def __init__(self, program, plants, folder, bundles):
        self.program, self.plants, self.folder, self.bundles = program, plants, folder, bundles
        self.leaks, self.tried = [], 0

    def run(self, command, fine=(0, 1, 3), silent=False):
        words = [w for c in command for w in (self.bundles if c == "BUNDLES" else [c])]
        done = subprocess.run([self.program, *words], cwd=self.folder, capture_output=True,
                              check=False, timeout=120)
        self.tried += 1
        if done.returncode not in fine or not (silent or done.stdout):
            self.leaks.append(f"{' '.join(command)}: {done.returncode} {done.stderr.decode()}")
        self.leaks += find_leaks(self.plants, command, done.stdout + done.stderr)

    def look_through_files(self):
        for name in sorted(os.listdir(os.path.join(self.folder, "o"))):
            with open(os.path.join(self.folder, "o", name), "rb") as f:
                self.leaks += find_leaks(self.plants, ["the file", name], f.read())


def main():
    program, project = (os.path.abspath(a) for a in sys.argv[1:3])
    place = os.path.join(project, "fixtures", CASE)
    plants = Plants()
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(os.listdir(place)):
            if name.endswith(".tar.gz"):
                plant_bundle(plants, os.path.join(place, name), os.path.join(folder, name))
        bundles = sorted(os.listdir(folder))
        keys = plants.new("the key log")
        with open(os.path.join(folder, "keys"), "w", encoding="ascii") as f:
            f.write(f"CLIENT_RANDOM {'ab' * 32} {'cd' * 48}\n{keys}\nPASSWORD {keys}\n")
        with open(os.path.join(folder, "key.pem"), "w", encoding="ascii") as f:
            f.write("".join(private_keys(plants, "a key in place of a certificate")))
        os.mkdir(os.path.join(folder, "o"))
        search = Search(program, plants, folder, bundles)
        for report in REPORTS:
            more = ["--keylog", "keys"] if report[0].startswith("--") else []
            search.run([*more, *report, "--no-progress", "BUNDLES"])
        for command in TO_FILES:
            search.run(command, silent=True)
        search.look_through_files()
        break_bundle(plants, os.path.join(folder, "broken"))
        for command in ERRORS:
            search.run(command, fine=(0, 1, 2, 3), silent=True)
        # added, gone, and other ones on both sides
        plant_bundle(plants, os.path.join(place, bundles[1]), os.path.join(folder, "other.tar.gz"))
        clean = os.path.join(place, bundles[1])
        for sides in ([clean, bundles[1]], [bundles[1], clean], [bundles[1], "other.tar.gz"]):
            for form in (["-v"], ["-v", "--format", "json"]):
                search.run(["diff", *form, *sides], fine=(0,))
    print("\n".join(search.leaks) or
          f"{len(plants.places)} plants, {search.tried} commands, none came through")
    sys.exit(1 if search.leaks else 0)


main()
