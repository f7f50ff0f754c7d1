"""What limits.py and its parts share: a run of the program, and a test of a limit."""
import json
import os
import re
import subprocess
import sys
import tempfile

PROJECT = os.path.abspath(sys.argv[3])
PROGRAMS = {False: os.path.abspath(sys.argv[1]), True: os.path.abspath(sys.argv[2])}
SMALL = {"XD_MAX_FLOWS": 300, "XD_MAX_CERTS": 500, "XD_MAX_SECRETS": 1000, "XD_MAX_STORED": 100000,
         "XD_MAX_HELD": 100000}
INTERNAL = 4
problems = []
tests = {}  # by limit


class Run:
    """The report of the files; names and bytes, or a function that makes them."""

    def __init__(self, files, *, words=(), small=False, command="analyze", alone=None):
        with tempfile.TemporaryDirectory() as place:
            folder = os.path.join(place, "case")
            os.mkdir(folder)
            for path, data in files:
                path = os.path.join(folder, path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as f:
                    f.write(data)
            given = [os.path.join(folder, n) for n in alone] if alone else [folder]
            report = os.path.join(place, "report.json")
            done = subprocess.run(
                [PROGRAMS[small], command, "--reproducible", "--json", report, *words, *given],
                capture_output=True, check=False, timeout=120)
            self.status = done.returncode
            self.error = done.stderr.decode("utf-8", "replace")
            self.text = ""
            if os.path.exists(report):
                with open(report, encoding="utf-8") as f:
                    self.text = f.read()
        self.json = json.loads(self.text) if self.text else {}

    def told(self):
        """What findings about inputs, and inputs themselves, say."""
        said = [i["problem"] or "" for i in self.json.get("inputs", [])]
        said += [e["detail"] or "" for i in self.json.get("inputs", []) for e in i["entries"]
                 if e["status"] in ("truncated", "damaged")]
        for finding in self.json.get("findings", []):
            if finding["id"].startswith(("input-", "capture-gap")):
                said += [finding["summary"]] + [e["quote"] for e in finding["evidence"]]
        return "\n".join(said)

    def certs(self):
        return self.json.get("certificates", {})


def limit(name, *others, words=None):
    """A test of a limit: make(n) runs with n units; words are what is told one beyond."""
    def keep(make_run):
        for one in (name, *others):
            tests[one] = (make_run, words)
        return make_run
    return keep


def check(name, value):
    make_run, words = tests[name]
    value = SMALL.get(name, value)
    at, beyond = make_run(value), make_run(value + 1)
    for run, where in ((at, "at the limit"), (beyond, "beyond the limit")):
        if run.status == INTERNAL or run.status < 0 or not run.text:
            problems.append(f"{name} {where}: exit status {run.status}: {run.error[:200]}")
            return
    if words and re.search(words, at.told()):
        problems.append(f"{name}: at the limit it says: {at.told()[:300]}")
    if words and not re.search(words, beyond.told()):
        problems.append(f"{name}: one beyond it says: {beyond.told()[:300]!r}")
    kept = getattr(make_run, "kept", None)
    for run, where in ((at, "at"), (beyond, "beyond")):
        if kept and not kept(run, value):
            problems.append(f"{name}, {where}: something readable is lost")


def keeps(judge):
    """What must be in the report, at the limit and beyond."""
    def add(make_run):
        make_run.kept = judge
        return make_run
    return add
