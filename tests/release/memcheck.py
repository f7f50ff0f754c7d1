#!/usr/bin/env python3
"""The commands under valgrind: memcheck.py EXPDIAG_PLAIN PROJECT

No invalid access, nothing read that was never written, nothing lost that nobody points to any
more.  The program is one without sandbox.  Exit 77 without valgrind.
"""
import os
import shutil
import subprocess
import sys
import tempfile

FIXTURES = ("condition-2-check-on", "condition-2-check-on-tls13", "damaged-bundle", "unknown-ca",
            "log-only-bundle", "x15.4-node")
FORMS = ["--text", "a.txt", "--json", "a.json", "--html", "a.html"]
FAULT = 99
# The pool of batch and its workers end in one stroke, without giving back.
ENDS_AT_ONCE = """{
   pool
   Memcheck:Leak
   match-leak-kinds: definite
   ...
   fun:xd_pool_serve
}
"""


def commands(project):
    def case(name):
        return os.path.join(project, "fixtures", name)

    roots = ["--public-roots", case("public-roots.pem")]
    for fixture in FIXTURES:
        yield ["analyze", *FORMS, *roots, case(fixture)]
    for command in ("flows", "certs", "whatif"):
        yield [command, *FORMS, *roots, case("condition-2-check-on")]
    yield ["show", *FORMS, case("unknown-ca/expected.json")]
    yield ["show", "--redact", *FORMS, case("log-only-bundle/expected.json")]
    yield ["diff", *FORMS[:4], case("unknown-ca"), case("incomplete-chain")]
    yield ["xconfiguration", "Zones", case("unknown-ca")]
    yield ["batch", "--ndjson", "rows", "--db", "sqlite:rows.db", "--reports", "reports", *roots,
           case("unknown-ca")]


def main():
    program, project = (os.path.abspath(a) for a in sys.argv[1:3])
    if not shutil.which("valgrind"):
        print("valgrind is missing")
        sys.exit(77)
    bad = 0
    for words in commands(project):
        with tempfile.TemporaryDirectory() as place:
            os.mkdir(os.path.join(place, "reports"))
            with open(os.path.join(place, "suppressions"), "w", encoding="ascii") as f:
                f.write(ENDS_AT_ONCE)
            done = subprocess.run(
                ["valgrind", "-q", "--trace-children=yes", "--leak-check=full",
                 "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite",
                 "--suppressions=suppressions", f"--error-exitcode={FAULT}", program, *words],
                cwd=place, capture_output=True, check=False, timeout=300)
        said = done.stderr.decode("utf-8", "replace")
        if done.returncode not in (0, 1) or "==" in said:
            print(f"{' '.join(words)}: exit status {done.returncode}\n{said[:3000]}")
            bad += 1
    print(f"{bad} runs with faults" if bad else "valgrind finds nothing")
    sys.exit(1 if bad else 0)


main()
