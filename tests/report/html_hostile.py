#!/usr/bin/env python3
"""Text of a bundle that would act on a page, in every place that reports tell: it must
stand there as text and do nothing.

html_hostile.py PROGRAM FIXTURES
html_hostile.py --write FILE PROGRAM FIXTURES   one such page, for a browser
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

import html_page

CASE = "condition-2-check-on"
# Each for another context: element, script, comment, attribute in either quote, title,
# style, address, entity, CDATA; and what turns the direction of text.
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "<!--<script>",
    "\" onmouseover=\"alert(3)",
    "' onfocus='alert(4)' autofocus='",
    "</title></style></svg><h1>x",
    "javascript:alert(5)",
    "&lt;b&gt;&#60;i&#62;&quot;",
    "]]><![CDATA[<u>",
    "a\u202egpj.exe",
)
FILE_NAME = "<img src=x onerror=alert(6)>' \"&lt;.txt"


def unpack(case, target):
    for archive in sorted(case.glob("*.tar.gz")):
        with tarfile.open(archive) as tar:
            for member in tar.getmembers():
                if member.isfile():
                    data = tar.extractfile(member).read()
                    (target / os.path.basename(member.name)).write_bytes(data)


def rewrite(path, change):
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    path.write_text(change(text), encoding="utf-8", errors="surrogateescape")


def poison_dumps(target, number):
    """Zone names and alarm texts; the XML forms go, so that the text ones count."""
    bad = HOSTILE[number]
    for path in target.glob("x*_dump_*.xml"):
        path.unlink()
    for path in target.glob("x*_dump_*.txt"):
        rewrite(path, lambda text: text.replace("uczone.MRA", bad).replace("cucm.trunk", bad)
                .replace("Permission denied", f"Permission denied {bad}")
                .replace("Unified Communications SSH tunnel failure", bad))


def poison_log(target, number):
    bad = HOSTILE[number]
    for path in target.glob("loggingsnapshot_*.txt"):
        rewrite(path, lambda text: text.replace("unsuitable certificate purpose",
                                                f"unsuitable certificate purpose {bad}")
                .replace("Permission denied", f"Permission denied {bad}")
                .replace("ppcmains/ssl", bad))


def poison_certificate(target, number):
    """A client store whose subject, names and issuer are hostile.  False: no openssl."""
    if shutil.which("openssl") is None:
        return False
    name = HOSTILE[number]
    config = target / "openssl.cnf"
    escaped = name.replace("\\", "\\\\").replace("\"", "\\\"").replace("$", "\\$").replace("#", "\\#")
    config.write_text(
        "[req]\ndistinguished_name=dn\nprompt=no\nutf8=yes\nstring_mask=utf8only\n[dn]\n"
        f"CN=\"{escaped}\"\nO=\"{escaped}\"\n", encoding="utf-8")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "400", "-utf8", "-config", str(config), "-keyout", "/dev/null",
         "-out", str(target / "new.pem")], capture_output=True, check=False)
    config.unlink()
    if made.returncode != 0:
        raise SystemExit(f"openssl: {made.stderr.decode()}")
    for path in target.glob("client_*.pem"):
        shutil.copy(target / "new.pem", path)
    (target / "new.pem").unlink()
    return True


def visible(text):
    """As reports write what would turn or hide text."""
    return text.replace("\u202e", "\\u202e")


def poison(case, target, number):
    target.mkdir()
    unpack(case, target)
    poison_dumps(target, number)
    poison_log(target, number)
    poison_certificate(target, number)
    (target / FILE_NAME).write_text("nothing", encoding="utf-8")


def write(program, case, page):
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "<b onclick=alert(7)>"
        poison(case, target, 1)
        subprocess.run([program, "analyze", str(target), "--html", page, "--quiet"],
                       stdin=subprocess.DEVNULL, check=False)


def run(program, target, folder):
    page, data = os.path.join(folder, "r.html"), os.path.join(folder, "r.json")
    done = subprocess.run([program, "analyze", str(target), "--html", page, "--json", data,
                           "--quiet"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"exit status {done.returncode}: {done.stderr!r}")
    source = pathlib.Path(page).read_bytes().decode("utf-8")
    return html_page.check(source, json.loads(pathlib.Path(data).read_bytes()))


def check_one(program, case, number):
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / ("<b onclick=alert(7)>\"'&amp;" + str(number))
        poison(case, target, number)
        problems, page = run(program, target, folder)
    text = " ".join(page.text.split())
    bad = visible(" ".join(HOSTILE[number].split()))
    if text.count(bad) < 4:
        problems.append(f"told {text.count(bad)} times only")
    if FILE_NAME not in text:
        problems.append("the hostile file name is not told")
    return [f"{HOSTILE[number]}: {problem}" for problem in problems]


def main():
    if sys.argv[1] == "--write":
        write(os.path.abspath(sys.argv[3]), pathlib.Path(sys.argv[4]).resolve() / CASE, sys.argv[2])
        return
    program, fixtures = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    if not os.access(program, os.X_OK):
        print(f"skipped: there is no program {program}")
        sys.exit(77)
    problems = []
    for number in range(len(HOSTILE)):
        problems += check_one(program, fixtures / CASE, number)
    print(f"{len(HOSTILE)} texts")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
