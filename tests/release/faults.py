#!/usr/bin/env python3
"""Every allocation fails once: faults.py EXPDIAG_HOSTILE FAULTY_MALLOC PROJECT [--all | --few]

Ours: each number up to the last in a small fixture, and when its stored report is read back; in a
larger one each with --all, else
spread.  Those of libraries: 200 spread places.  --few: some of each, for CI.  Never a hang, never half a report: the exit
status is 4 with words, or the report is the one that a whole machine writes, or it says
that memory was short (libarchive tells it so; a hostile archive may ask for too much).
"""
import os
import subprocess
import sys
import tempfile

EXIT_INTERNAL = 4
SPREAD = 120
LIBRARY_PLACES = 200
FEW = 20
problems = []
crashed = set()  # libraries that do not survive it


def library_of(error):
    said = [line for line in error.splitlines() if line.startswith("faulty_malloc: ")]
    return os.path.basename(said[0].split()[-1]) if said else "unknown"


class Runs:
    def __init__(self, program, folder, words, command="analyze"):
        self.program, self.folder, self.words = program, folder, words
        self.command = command
        self.whole = None

    def run(self, env):
        """Exit status, report or None, standard error."""
        with tempfile.TemporaryDirectory() as place:
            report = os.path.join(place, "report.json")
            try:
                done = subprocess.run(
                    [self.program, self.command, "--reproducible", "--json", report, *self.words],
                    cwd=self.folder, env=dict(os.environ, **env), capture_output=True,
                    check=False, timeout=60)
            except subprocess.TimeoutExpired:
                return None, None, "hangs"
            left = sorted(os.listdir(place))
            text = None
            if left == ["report.json"]:
                with open(report, "rb") as f:
                    text = f.read()
            elif left:
                problems.append(f"{env}: left behind: {left}")
        return done.returncode, text, done.stderr.decode("utf-8", "replace")

    def check(self, env):
        """True where the allocation failed and the run ended for it."""
        status, text, error = self.run(env)
        if status == EXIT_INTERNAL and text is None and "no report was written" in error:
            if "crashed" in error:
                crashed.add(library_of(error))
            return True
        told = text is not None and (b"allocate" in text or b"memory" in text)
        if status is None or status < 0 or (text != self.whole and not told):
            problems.append(f"{env}: exit status {status}, report "
                            f"{'missing' if text is None else 'changed'}: {error.strip()[:200]}")
        return False


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


def main():
    program, shim, project = (os.path.abspath(a) for a in sys.argv[1:4])
    thorough = "--all" in sys.argv
    few = "--few" in sys.argv
    places = FEW if few else LIBRARY_PLACES
    # a stored report is read back, two bundles are compared, then bundles are analysed
    for command, fixture, every in (("show", "log-only-bundle", True),
                                    ("diff", "log-only-bundle", False),
                                    ("analyze", "log-only-bundle", True),
                                    ("analyze", "unknown-ca", thorough)):
        folder = os.path.join(project, "fixtures", fixture)
        words = sorted(n for n in os.listdir(folder) if n.endswith(".tar.gz"))
        if command == "diff":
            words = [words[0], words[0]]
        runs = Runs(program, folder, ["expected.json"] if command == "show" else words, command)
        status, runs.whole, error = runs.run({})
        if status not in (0, 1) or not runs.whole:
            sys.exit(f"{fixture}: no report at all: {error}")
        last = last_of(runs, "HOSTILE_FAIL_AT", 1 << 20)
        # how many there are differs by some from run to run, with the keys of hashes
        most = last - last // 50
        ours = range(1, last + 1) if every and not few else spread(most, FEW if few else SPREAD)
        if not all([runs.check({"HOSTILE_FAIL_AT": str(n)}) for n in ours]):
            problems.append(f"{fixture}: not each of {len(ours)} failures ended the run")
        print(f"{command} {fixture}: {last} allocations of ours, {len(ours)} made to fail")
    ended = sum(runs.check({"LD_PRELOAD": shim, "FAULTY_AT": str(n)})
                for n in spread(60000, places))
    print(f"{fixture}: {places} allocations of anybody made to fail, {ended} ended the run")
    print("crashed without memory, and were caught:", ", ".join(sorted(crashed)) or "none")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
