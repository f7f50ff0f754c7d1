#!/usr/bin/env python3
"""Links of a terminal to evidence: where they are wanted alone, and nothing else in them."""
import glob
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.parse

from checks import check, finish

program, source = (os.path.abspath(a) for a in sys.argv[1:])
fixture = os.path.join(source, "fixtures", "condition-2-check-on")
LINK = re.compile(rb"\x1b\]8;;([^\x07\x1b]*)\x1b\\")
KNOWS = ("VTE_VERSION", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM", "TERM_PROGRAM", "NO_COLOR")


def environment(**more):
    return {**{k: v for k, v in os.environ.items() if k not in KNOWS}, "TERM": "xterm", **more}


def piped(*arguments, **env):
    done = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          env=environment(**env), check=False)
    check(f"exit status of {arguments}", done.returncode in (0, 1), done.stderr)
    return done.stdout


def on_terminal(*arguments, **env):
    """What reaches a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([program, *arguments], stdin=subprocess.DEVNULL, stdout=theirs,
                               stderr=subprocess.DEVNULL, env=environment(**env))
    os.close(theirs)
    data = b""
    while True:
        try:
            got = os.read(ours, 65536)
        except OSError:
            break
        if not got:
            break
        data += got
    process.wait()
    os.close(ours)
    return data


def links(text):
    return [uri.decode() for uri in LINK.findall(text) if uri]


def target(uri):
    """The file that it leads to, or None if it is not well-formed."""
    host = urllib.parse.quote(socket.gethostname())
    whole = re.fullmatch(rf"file://{re.escape(host)}((?:/(?:[A-Za-z0-9._~-]|%[0-9A-F]{{2}})*)+)", uri)
    return urllib.parse.unquote_to_bytes(whole.group(1)) if whole else None


plain = piped("--reproducible", fixture)
check("none in a pipe", b"\x1b" not in plain)
check("none in a pipe of such a terminal",
      b"\x1b" not in piped("--reproducible", fixture, TERM="xterm-kitty", VTE_VERSION="7200"))
asked = piped("--reproducible", "--hyperlink", "always", fixture)
check("asked for", len(links(asked)) > 10, asked)
check("and nothing else is changed", LINK.sub(b"", asked) == plain)
check("each ends where it began", asked.count(b"\x1b]8;;") == 2 * len(links(asked)))
check("each within its line", all(line.count(b"\x1b]8;;") % 2 == 0 for line in asked.split(b"\n")))
check("to the bundles", {target(u) for u in links(asked)} ==
      {os.fsencode(p) for p in glob.glob(os.path.join(fixture, "*.tar.gz"))}, links(asked))

for has, env in ((True, {"TERM": "xterm-kitty"}), (True, {"VTE_VERSION": "7200"}),
                 (True, {"TERM_PROGRAM": "WezTerm"}), (False, {}),
                 (False, {"VTE_VERSION": "4205"}), (False, {"TERM": "dumb", "VTE_VERSION": "7200"}),
                 (False, {"TERM": "tmux-256color", "VTE_VERSION": "7200"})):
    check(f"on a terminal with {env}", bool(links(on_terminal(fixture, **env))) == has)
check("never", not links(on_terminal("--hyperlink", "never", fixture, TERM="xterm-kitty")))
check("none beside pseudonyms",
      b"\x1b" not in piped("--redact", "--hyperlink", "always", "--color", "never", fixture))

with tempfile.TemporaryDirectory() as work:
    # an unpacked bundle, an archive and names that would act on a terminal or end a link
    bad = b"a \x1b]8;;http:x\x07\x1b\\\n;%41\xff\xe2\x80\xae!"
    folder = os.path.join(os.fsencode(work), bad)
    os.mkdir(folder)
    for bundle in glob.glob(os.path.join(fixture, "*.tar.gz")):
        if "vcs8c" in bundle:
            os.mkdir(os.path.join(folder, b"u n"))
            subprocess.run(["tar", "xzf", bundle, "-C", os.path.join(folder, b"u n")], check=True)
        else:
            shutil.copy(bundle, os.path.join(folder, b"e\x1b\\ #?.tar.gz"))
    text = piped("--hyperlink", "always", "--verbose", folder)
    check("of hostile names", len(links(text)) > 10, text)
    check("nothing else acts", b"\x1b" not in LINK.sub(b"", text))
    for uri in set(links(text)):
        check("to a file", target(uri) and os.path.isfile(target(uri)), uri)
    check("of a folder to its files", any(target(u).endswith(b".pem") for u in links(text)))
    report = os.path.join(work, "r.json")
    piped("--json", report, fixture)
    check("a stored report has none", b"\x1b" not in piped("show", "--hyperlink", "always", report))
    with open(glob.glob(os.path.join(fixture, "*vcs8c*.tar.gz"))[0], "rb") as bundle:
        done = subprocess.run([program, "--hyperlink", "always", "-"], stdin=bundle,
                              capture_output=True, env=environment(), check=False)
    check("nor has standard input", b"\x1b" not in done.stdout)
finish()
