#!/usr/bin/env python3
"""No input makes time or memory grow faster than its size: complexity.py EXPDIAG [NAME...]

Each input is made with n, 2n and 4n of something.  What a run costs more than one over the
same with next to nothing of it, counted in instructions (callgrind) and in peak memory, may
grow at most 2.2 times a step.  The program is one without sandbox.  Exit 77 without valgrind.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import growing_files  # noqa: F401
import growing_joins  # noqa: F401
import growing_wire  # noqa: F401
from growing import INPUTS

MOST = 2.2
LITTLE = 50  # n by this is next to nothing
SMALLEST = 3000000  # instructions: less is no cost worth a ratio
PAGES = 6000  # KiB: the same; arrays that double make less than that jump
BUCKET = (16383, 32767, 65535)
problems = []


# ---- measuring ----

def peak(program, words):
    """KiB used at most; time(1) is small, so that what it was forked from does not count."""
    done = subprocess.run(["time", "-f", "%M", program, *words], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1, 3):
        problems.append(f"exit status {done.returncode} of {words}")
    return int(done.stderr.split()[-1])


def instructions(program, words):
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-children=yes",
         program, *words], capture_output=True, check=False, timeout=3600)
    counts = re.findall(r"Collected : (\d+)", done.stderr.decode("utf-8", "replace"))
    if not counts:
        sys.exit(f"callgrind counted nothing: {done.stderr[-500:]!r}")
    return sum(map(int, counts))


def words_of(program, place, files, command):
    """The case in the folder, and the command line that reads it."""
    case = os.path.join(place, "case")
    for name, data in files.items():
        path = os.path.join(case, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)
    forms = [f"--{form}={place}/r.{form}" for form in ("json", "html", "text")]
    if command == "xconfiguration":
        return [command, "Applications", case]
    if command == "fleet":
        return [command, "--reproducible", *forms, os.path.join(case, "rows.ndjson")]
    if command == "batch":
        return [command, "--jobs", "1", "--ndjson", f"{place}/rows", "--db", f"sqlite:{place}/db",
                forms[1], case]
    if command == "diff":
        return [command, forms[0], forms[2], os.path.join(case, "before"), os.path.join(case, "after")]
    if command == "redact":
        return ["analyze", "--redact", *forms, case]
    if command == "show":
        stored = os.path.join(place, "stored.json")
        subprocess.run([program, "--reproducible", "--json", stored, case], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return [command, *forms, stored]
    return [command, "--reproducible", *forms, case]


def cost(program, files, command):
    def once(measure):  # in a folder of its own: batch goes not on with rows that are there
        with tempfile.TemporaryDirectory() as place:
            return measure(program, words_of(program, place, files, command))
    # the least of some: pages of threads come and go
    return once(instructions), min(once(peak) for _ in range(3))


def measure(program, name):
    build, n, command = INPUTS[name]
    base = cost(program, build(max(1, n // LITTLE)), command)
    costs = [cost(program, build(n * step), command) for step in (1, 2, 4)]
    ratios = []
    for kind, floor in ((0, SMALLEST), (1, PAGES)):
        more = [c[kind] - base[kind] for c in costs]
        found = [b / a if a > floor else 0 for a, b in zip(more, more[1:])]
        ratios.append(found)
        if max(found) > MOST:
            problems.append(f"{name}: {'memory' if kind else 'time'} grows {found}")
    print(f"{name:34} n={n:<7} {costs[2][0] / 1e6:8.0f} M instructions at 4n  "
          f"x {ratios[0][0]:.2f} {ratios[0][1]:.2f}  {costs[2][1]:7} KiB  "
          f"x {ratios[1][0]:.2f} {ratios[1][1]:.2f}", flush=True)


def measure_bucket(program):
    """Conversations chosen for one place of the flow table, by one who knows its key.

    Blocks come from the kernel, which clears them: libc would, as it likes, itself."""
    counts = []
    env = dict(os.environ, GLIBC_TUNABLES="glibc.malloc.mmap_threshold=4096")
    for n in BUCKET:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
             "--toggle-collect=xd_conn_find", program, str(n)], capture_output=True, check=False,
            env=env, timeout=3600)
        counts.append(int(re.search(rb"Collected : (\d+)", done.stderr)[1]))
    found = [b / a for a, b in zip(counts, counts[1:])]
    if max(found) > MOST:
        problems.append(f"one place of the flow table: time grows {found}")
    print(f"{'one place of the flow table':34} n={BUCKET[0]:<7} {counts[2] / 1e6:8.0f} M instructions "
          f"at 4n  x {found[0]:.2f} {found[1]:.2f}", flush=True)


def main():
    program = os.path.abspath(sys.argv[1])
    if not shutil.which("valgrind") or not shutil.which("time"):
        print("valgrind or time is missing")
        sys.exit(77)
    names = sys.argv[2:] or list(INPUTS)
    for name in names:
        measure(program, name)
    if not sys.argv[2:]:
        measure_bucket(os.path.join(os.path.dirname(program), "flow-bucket"))
    print("\n".join(problems) or "nothing grows faster than its size")
    sys.exit(1 if problems else 0)


main()
