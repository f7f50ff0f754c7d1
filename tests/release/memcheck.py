#!/usr/bin/env python3
"""The commands under valgrind: memcheck.py EXPDIAG_PLAIN PROJECT

No invalid access, nothing read that was never written.  (A worker leaves without freeing;
lost blocks are looked for by ASan, in the unit tests.)  The program is one without sandbox.
Exit 77 without valgrind.
"""
import os
import shutil
import subprocess
import sys
import tempfile

FIXTURES = ("condition-2-check-on", "condition-2-check-on-tls13", "damaged-bundle", "unknown-ca",
            "log-only-bundle", "x15.4-node")
COMMANDS = {"condition-2-check-on": ("flows", "certs", "whatif")}
FAULT = 99


def main():
    program, project = (os.path.abspath(a) for a in sys.argv[1:3])
    if not shutil.which("valgrind"):
        print("valgrind is missing")
        sys.exit(77)
    bad = 0
    for fixture in FIXTURES:
        for command in ("analyze", *COMMANDS.get(fixture, ())):
            with tempfile.TemporaryDirectory() as place:
                words = [command, "--text", "a.txt", "--json", "a.json", "--html", "a.html",
                         "--public-roots", os.path.join(project, "fixtures/public-roots.pem"),
                         os.path.join(project, "fixtures", fixture)]
                done = subprocess.run(
                    ["valgrind", "-q", "--trace-children=yes", "--leak-check=no",
                     f"--error-exitcode={FAULT}", program, *words],
                    cwd=place, capture_output=True, check=False, timeout=300)
            said = done.stderr.decode("utf-8", "replace")
            if done.returncode not in (0, 1) or "==" in said:
                print(f"{command} {fixture}: exit status {done.returncode}\n{said[:3000]}")
                bad += 1
    print(f"{bad} runs with faults" if bad else "valgrind finds nothing")
    sys.exit(1 if bad else 0)


main()
