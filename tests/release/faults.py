#!/usr/bin/env python3
"""Every allocation fails once: faults.py EXPDIAG_HOSTILE FAULTY_MALLOC PROJECT [--all | --few]

Ours, in the supervisor and in the worker, counted from the begin of the program: each number
up to the last in two small fixtures, and when a stored report is read back; in one with
captures each with --all, else spread.  Then 200 spread places of anybody's, and 200 of each library
(of OpenSSL, libxml2 and jansson what does not come by our door).  --few: some of each, for CI.

Never a hang, never half a report: the exit status is 4 with words, or the report is the one
that a whole machine writes, or it says that memory was short (libarchive tells it so; a
hostile archive may ask for too much).  Libraries that crash are those of CRASHING.
"""
import bz2
import gzip
import io
import lzma
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile

EXIT_USAGE, EXIT_UNREADABLE, EXIT_INTERNAL = 2, 3, 4
SPREAD = 120
LIBRARY_PLACES = 200
FEW = 20
FORMS = ("json", "html", "text")
# What SECURITY.md says of them: they end the worker, and the supervisor says so.
CRASHING = {"libarchive.so.13", "libpcap.so.0.8", "libseccomp.so.2"}
# libarchive's words where zlib had no memory, and where it itself had none for words
WANTING = (b"allocate", b"memory", b"Can't initialize ZIP decompression", b"no reason given")
problems = []
crashed = {}  # libraries that do not survive it: how often


def library_of(error):
    said = [line for line in error.splitlines() if line.startswith("faulty_malloc: ")]
    return os.path.basename(said[0].split()[-1]) if said else "unknown"


class Runs:
    """One command over the same inputs, again and again."""

    def __init__(self, program, folder, words, command="analyze"):
        self.program, self.folder, self.words = program, folder, words
        self.command = command
        self.status, self.whole, self.error = self.run({})
        if self.status not in (0, 1) or not self.whole:
            sys.exit(f"{command} {words}: no report at all: {self.error}")

    def outputs(self, place):
        forms = FORMS[::2] if self.command == "diff" else FORMS
        return {form: os.path.join(place, f"report.{form}") for form in forms}

    def read(self, place, outputs):
        """All reports as one, or None where there is none; what else is there is wrong."""
        left = sorted(os.listdir(place))
        wanted = sorted(os.path.basename(path) for path in outputs.values())
        if left != wanted:
            if left:
                problems.append(f"{self.command}: left behind: {left}")
            return None
        return b"".join(open(path, "rb").read() for path in outputs.values())

    def run(self, env):
        """Exit status, reports or None, standard error."""
        with tempfile.TemporaryDirectory() as place:
            outputs = self.outputs(place)
            options = [f"--{form}={path}" for form, path in outputs.items()]
            try:
                done = subprocess.run(
                    [self.program, self.command, "--reproducible", *options, *self.words],
                    cwd=self.folder, env=dict(os.environ, **env), capture_output=True,
                    check=False, timeout=200)
            except subprocess.TimeoutExpired:
                return None, None, "hangs"
            text = self.read(place, outputs)
        return done.returncode, text, done.stderr.decode("utf-8", "replace")

    def check(self, env):
        """True where the allocation failed and the run ended for it."""
        status, text, error = self.run(env)
        if status == EXIT_INTERNAL and text is None and "no report was written" in error:
            if "crashed" in error:
                library = library_of(error)
                crashed[library] = crashed.get(library, 0) + 1
            return True
        told = any(word in (text or b"") + error.encode() for word in WANTING)
        alone = text is None and status in (EXIT_USAGE, EXIT_UNREADABLE)  # with nothing read
        if status is None or status < 0 or (text != self.whole and not told) or \
                (text is None and not alone):
            problems.append(f"{self.command} {env}: exit status {status}, report "
                            f"{'missing' if text is None else 'changed'}: {error.strip()[:200]}")
        return False


class Batches(Runs):
    """Rows in a database in place of reports: none is half there, and --resume goes on."""

    def outputs(self, place):
        return {"db": os.path.join(place, "rows.db")}

    def read(self, place, outputs):
        if not os.path.exists(outputs["db"]):
            return None
        db = sqlite3.connect(outputs["db"])
        try:
            if db.execute("pragma integrity_check").fetchone() != ("ok",):
                problems.append("the database is damaged")
            rows = db.execute("select name from sqlite_master where type = 'table'").fetchall()
            tables = [name for (name,) in rows if name == "cases"]
            return repr(db.execute("select count(*) from cases").fetchone()).encode() if tables else b""
        finally:
            db.close()

    def run(self, env):
        with tempfile.TemporaryDirectory() as place:
            db = os.path.join(place, "rows.db")
            words = [self.program, "batch", "--db", f"sqlite:{db}", "--jobs", "1", *self.words]
            try:
                done = subprocess.run(words, cwd=self.folder, env=dict(os.environ, **env),
                                      capture_output=True, check=False, timeout=200)
                if env:  # what a whole machine makes of what is left
                    subprocess.run([*words, "--resume"], cwd=self.folder, capture_output=True,
                                   check=False, timeout=200)
            except subprocess.TimeoutExpired:
                return None, None, "hangs"
            text = self.read(place, {"db": db})
        return done.returncode, text, done.stderr.decode("utf-8", "replace")

    def check(self, env):
        status, rows, error = self.run(env)
        told = status in (EXIT_USAGE, EXIT_INTERNAL) and "rows.db" in error or "out of memory" in error
        if rows != self.whole or (status not in (0, 1) and not told):
            problems.append(f"batch {env}: exit status {status}, rows after --resume: {rows!r} in "
                            f"place of {self.whole!r}: {error.strip()[:200]}")
        return told


def last_of(runs, name, most):
    """The last allocation, by halving."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        status, _, _ = runs.run({name: str(middle)})
        low, high = (middle + 1, high) if status == EXIT_INTERNAL else (low, middle)
    return low - 1


def spread(last, places):
    return sorted({1 + i * (last - 1) // max(1, places - 1) for i in range(places)})


def count_of(runs, env):
    """The most allocations of a process."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(bytes(8))
        f.flush()
        runs.run({**env, "FAULTY_COUNT": f.name})
        return struct.unpack("<q", open(f.name, "rb").read(8))[0]


# ---- ours ----

def bundles_of(project, fixture):
    folder = os.path.join(project, "fixtures", fixture)
    return folder, sorted(n for n in os.listdir(folder) if n.endswith(".tar.gz"))


def fail_ours(program, project, thorough, few):
    """A stored report is read back, two bundles are compared, then bundles are analysed."""
    for command, fixture, every in (("show", "log-only-bundle", True),
                                    ("diff", "log-only-bundle", thorough),
                                    ("analyze", "log-only-bundle", True),
                                    ("analyze", "c-log-alone-untold-zone", True),
                                    ("analyze", "no-shared-cipher", thorough)):
        folder, words = bundles_of(project, fixture)
        if command == "diff":
            words = [words[0], words[0]]
        runs = Runs(program, folder, ["expected.json"] if command == "show" else words, command)
        last = last_of(runs, "HOSTILE_FAIL_AT", 1 << 20)
        # how many there are differs by some from run to run, with the keys of hashes
        most = last - last // 50
        ours = range(1, last + 1) if every and not few else spread(most, FEW if few else SPREAD)
        ended = [runs.check({"HOSTILE_FAIL_AT": str(n)}) for n in ours]
        if not all(ended[:most]):
            problems.append(f"{command} {fixture}: not each of {len(ours)} failures ended the run")
        print(f"{command} {fixture}: {last} allocations of ours, {len(ours)} made to fail", flush=True)


# ---- libraries ----

def packed(project, place):
    """The files of a bundle packed in all ways; those that need a tool where it is there."""
    folder, words = bundles_of(project, "unknown-ca")
    with gzip.open(os.path.join(folder, words[0])) as f:
        tar = f.read()
    made = {"a.tar.xz": lzma.compress(tar), "a.tar.bz2": bz2.compress(tar)}
    if shutil.which("zstd"):
        made["a.tar.zst"] = subprocess.run(["zstd", "-q"], input=tar, capture_output=True,
                                           check=True).stdout
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(tar)) as members, \
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            if member.isfile():
                archive.writestr(member.name, members.extractfile(member).read())
    made["a.zip"] = out.getvalue()
    for name, data in made.items():
        with open(os.path.join(place, name), "wb") as f:
            f.write(data)
    return made


def fail_libraries(program, shim, project, places):
    with tempfile.TemporaryDirectory() as place:
        made = packed(project, place)
        folder, words = bundles_of(project, "unknown-ca")
        bundles = Runs(program, folder, words)
        show = Runs(program, folder, ["expected.json"], "show")
        flows = Runs(program, folder, ["--filter", "tcp port 7001 or host 10.1.1.1", *words], "flows")
        batch = Batches(program, place, ["a.zip"], "batch")
        one = {name: Runs(program, place, [name]) for name in made}
        rows = [("libarchive", one["a.zip"]), ("libz.", one["a.zip"]), ("libisal", bundles),
                ("liblzma", one["a.tar.xz"]), ("libbz2", one["a.tar.bz2"]),
                ("libxml2", bundles), ("libcrypto", bundles), ("libjansson", show),
                ("libpcap", flows), ("libseccomp", bundles), ("libsqlite3", batch),
                ("libc.so", bundles), ("libc.so", batch)]
        if "a.tar.zst" in one:
            rows.append(("libzstd", one["a.tar.zst"]))
        for library, runs in rows:
            env = {"LD_PRELOAD": shim, "FAULTY_LIBRARY": library, "FAULTY_FIRST": "1"}
            last = count_of(runs, env)
            ended = [runs.check({**env, "FAULTY_AT": str(n)}) for n in spread(last, places)] if last else []
            print(f"{library.rstrip('.')}: {last} allocations of its own by {runs.command}, "
                  f"{len(ended)} made to fail, {sum(ended)} ended the run", flush=True)


def main():
    program, shim, project = (os.path.abspath(a) for a in sys.argv[1:4])
    few = "--few" in sys.argv
    places = FEW if few else LIBRARY_PLACES
    fail_ours(program, project, "--all" in sys.argv, few)
    folder, words = bundles_of(project, "unknown-ca")
    runs = Runs(program, folder, words)
    last = count_of(runs, {"LD_PRELOAD": shim})
    ended = sum(runs.check({"LD_PRELOAD": shim, "FAULTY_AT": str(n)}) for n in spread(last, places))
    print(f"{last} allocations of anybody's, {places} made to fail, {ended} ended the run", flush=True)
    fail_libraries(program, shim, project, FEW // 2 if few else LIBRARY_PLACES)
    print("crashed without memory, and were caught:",
          ", ".join(f"{name} ({n})" for name, n in sorted(crashed.items())) or "none")
    if set(crashed) - CRASHING:
        problems.append(f"SECURITY.md does not say that these crash: {set(crashed) - CRASHING}")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
