#!/usr/bin/env python3
"""Every output of every command on a full disk: full_disks.py EXPDIAG PROJECT

/dev/full stands for each report, each map of pseudonyms, each file of rows and each page,
and for standard output: exit status 4 with the reason, no other report beside it, and nothing
half-written.  The same where files may not grow (ulimit -f), which spares what is made before.
"""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile

INTERNAL = 4
FULL = "/dev/full"
FORMS = ("text", "json", "html")
WORDS = ("No space left", "disk is full", "standard output could not be written")
LIMITS = ("File too large", "cannot write", "could not be written", "disk I/O error",
          "disk is full")
problems = []


class Place:
    """A folder with a case of two bundles, a stored report, and rows of two kinds."""

    def __init__(self, program, project, folder):
        self.program, self.folder = program, folder
        fixture = os.path.join(project, "fixtures", "condition-2-check-on")
        self.bundles = [os.path.join(fixture, n) for n in sorted(os.listdir(fixture))
                        if n.endswith(".tar.gz")]
        self.run("analyze", "--json", "stored.json", *self.bundles)
        self.run("batch", "--ndjson", "rows", "--db", "sqlite:rows.db", *self.bundles)
        self.before = sorted(os.listdir(folder))

    def run(self, *words, stdout=subprocess.DEVNULL, limit=None):
        def enter():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        done = subprocess.run([self.program, *words], cwd=self.folder, stdout=stdout,
                              stderr=subprocess.PIPE, check=False, timeout=60,
                              preexec_fn=enter if limit is not None else None)
        return done.returncode, done.stderr.decode("utf-8", "replace")

    def clean(self):
        """Files that are there beside those of the begin, which go."""
        found = []
        for folder, _, names in os.walk(self.folder, topdown=False):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.folder)
                if path not in self.before:
                    found.append(path)
                    os.unlink(os.path.join(self.folder, path))
        return found


def cases_of(place):
    """Each command with its inputs, and the forms that it has."""
    return [("analyze", (), place.bundles, FORMS), ("flows", (), place.bundles, FORMS),
            ("certs", (), place.bundles, FORMS),
            ("whatif", ("--eku-check", "off"), place.bundles, FORMS),
            ("show", (), ["stored.json"], FORMS), ("diff", (), place.bundles, FORMS[:2]),
            ("fleet", (), ["rows"], FORMS), ("fleet", (), ["sqlite:rows.db"], FORMS),
            ("xconfiguration", (), place.bundles, ()), ("xstatus", (), place.bundles, ())]


def expect(place, words, *, stdout=None, may_leave=()):
    """Status 4 with words, and nothing left."""
    if stdout:
        with open(stdout, "wb") as full:
            status, error = place.run(*words, stdout=full)
    else:
        status, error = place.run(*words)
    left = [name for name in place.clean() if name not in may_leave]
    said = any(word in error for word in WORDS)
    if status != INTERNAL or not said or left:
        problems.append(f"{' '.join(words[:4])} > {stdout}: exit status {status}, left {left}: "
                        f"{error[:200]}")


def check_reports(place):
    for command, more, inputs, forms in cases_of(place):
        expect(place, [command, *more, "-o", FULL, *inputs])
        expect(place, [command, *more, *inputs], stdout=FULL)
        map_of = ["--redact", "--redact-map", FULL]
        expect(place, [command, *more, *map_of, "-q", *inputs])
        for form in forms:
            expect(place, [command, *more, f"--{form}", FULL, *inputs])
            # the forms of fleet are written one after the other, each of them whole
            other = "json" if form != "json" else "text"
            expect(place, [command, *more, f"--{form}", FULL, f"--{other}", "other", *inputs],
                   may_leave=("other",) if command == "fleet" else ())


def check_batch(place):
    rows = ("rows2", "map")
    batch = ["batch", *place.bundles]
    expect(place, [*batch, "--ndjson", FULL])
    expect(place, batch, stdout=FULL)
    expect(place, [*batch, "--ndjson", "rows2", "--html", FULL], may_leave=rows)
    expect(place, [*batch, "--ndjson", "rows2", "--redact", "--redact-map", FULL], may_leave=rows)
    for words in (["explain"], ["explain", "unknown-ca"], ["--help"], ["--version"],
                  ["batch", "--help"]):
        expect(place, words, stdout=FULL)


def whole_rows(path):
    with open(path, encoding="utf-8") as f:
        return all(json.loads(line)["case"] for line in f if line.endswith("\n"))


def check_limits(place):
    """Files end in their middle: no report, and rows that were counted are whole."""
    for size in (0, 200):
        for command, more, inputs, forms in cases_of(place):
            for form in forms if inputs != ["sqlite:rows.db"] else ():  # SQLite writes to read
                status, error = place.run(command, *more, "-q", f"--{form}", "new", *inputs, limit=size)
                if status == 0 or status == 1:
                    problems.append(f"{command} --{form}, files of {size} bytes: {status}: {error}")
                left = place.clean()
                if left or not any(word in error for word in LIMITS):
                    problems.append(f"{command} --{form}, files of {size} bytes: left {left}: {error}")
        for words in (["--ndjson", "rows2"], ["--db", "sqlite:rows2.db"],
                      ["--ndjson", "rows2", "--reports", "reports"]):
            status, error = place.run("batch", *words, *place.bundles, limit=size)
            path = os.path.join(place.folder, "rows2")
            if status not in (INTERNAL, 2) or not any(word in error for word in LIMITS):
                problems.append(f"batch {words}, files of {size} bytes: {status}: {error}")
            if os.path.exists(path) and not whole_rows(path):
                problems.append(f"batch {words}, files of {size} bytes: half a row counts")
            left = [name for name in place.clean() if name.startswith("reports")]
            if left:
                problems.append(f"batch {words}, files of {size} bytes: left {left}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = Place(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), folder)
        if place.before != ["rows", "rows.db", "stored.json"]:
            sys.exit(f"the first runs left {place.before}")
        check_reports(place)
        check_batch(place)
        check_limits(place)
    print("\n".join(problems) or "no full disk is taken for a report")
    sys.exit(1 if problems else 0)


main()
