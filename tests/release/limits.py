#!/usr/bin/env python3
"""Every limit of limits.h, at it and one beyond: limits.py EXPDIAG EXPDIAG_SMALL PROJECT

At the limit no finding speaks of it; one beyond it does (or the report says it where it
cuts a text), nothing else is lost, and the exit status is never 4.  EXPDIAG_SMALL is the same
program with the four largest limits lowered.  A limit without a test fails, and so does one
that SECURITY.md does not list with its value.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import limits_files  # noqa: F401
import limits_wire  # noqa: F401
import make
from limits_run import PROGRAMS, PROJECT, SMALL, Run, check, keeps, limit, problems, tests


def values():
    """Name and value of each limit."""
    with open(os.path.join(PROJECT, "include/expdiag/limits.h"), encoding="ascii") as f:
        text = re.sub(r"/\*.*?\*/|#else.*?#endif", "", f.read(), flags=re.S)
    found = re.findall(r"^\s*(?:#define )?(XD_[A-Z0-9_]+)(?:\s*=\s*|[ ]+)([^,\n]+?),?\s*$", text,
                       re.M)
    known = {}
    for limit_name, value in found:
        known[limit_name] = eval(value.replace("(uint64_t)", ""), {}, known)
    return known

# Tested elsewhere, on the same code: a test program and a test in it.
UNIT = {
    "XD_MAX_ARCHIVE_BYTES": ("bundle/test_limits.c", "counts_what_the_whole_run_inflates"),
    "XD_MAX_ARCHIVE_RATIO": ("bundle/test_limits.c", "ends_what_inflates_beyond_reason"),
    "XD_RATIO_GRACE": ("bundle/test_limits.c", "ends_what_inflates_beyond_reason"),
    "XD_MAX_UNPACK_MEMORY": ("bundle/test_unpack.c", "asks_no_window_beyond_reason"),
    "XD_MAX_ENTRIES": ("bundle/test_limits.c", "stops_after_twenty_thousand_files"),
    "XD_MAX_NESTING": ("bundle/test_limits.c",
                       "opens_four_archives_within_each_other_and_no_fifth"),
    "XD_MAX_NAME": ("bundle/test_limits.c", "cuts_a_long_name"),
    "XD_SNIFF_BYTES": ("bundle/test_sniff.c", ""),
    "XD_MAX_PEM_CERTS": ("load/test_load_limits.c", "a_store_holds_so_many_certificates"),
    "XD_MAX_CERT_BYTES": ("load/test_load_limits.c", "a_certificate_is_no_larger"),
    "XD_MAX_XML_DEPTH": ("load/test_load_limits.c", "xml_is_no_deeper"),
    "XD_MAX_XML_OPEN": ("load/test_load_limits.c", "no_more_elements_are_open"),
    "XD_MAX_XML_ATTRIBUTES": ("load/test_load_limits.c", "a_tag_has_no_more_attributes"),
    "XD_MAX_XML_TAG": ("load/test_load_limits.c", "a_tag_is_no_longer"),
    "XD_MAX_XML_NAMESPACES": ("load/test_load_limits.c", "no_more_namespaces_are_in_force"),
}


# ---- bounds of work: a report comes, and what is said stays ----

@limit("XD_MAX_SAME_NAME", "XD_MAX_ISSUER_TRIES")
@keeps(lambda run, n: len(run.certs()) > n)
def same_name(n):
    store = b"".join(make.pem(make.cert("ca", "ca", i, ca=True)) for i in range(n))
    return Run([(make.name_of("ca.pem"), store),
                (make.name_of("server.pem"), make.pem(make.cert("leaf", "ca", 1 << 40)))])


@limit("XD_MAX_DECODED")
@keeps(lambda run, n: run.certs())
def decoded(n):
    store = [b"".join(make.pem(make.cert(f"ca{i}", f"ca{i}", i, ca=True)) for i in span)
             for span in (range(n // 3), range(n // 3, n // 3 * 2), range(n // 3 * 2, n))]
    return Run([(make.name_of("ca.pem", f"host{i}"), part) for i, part in enumerate(store)] +
               [(make.name_of("server.pem", "host0"), make.pem(make.cert("leaf", "ca0")))])


@limit("XD_MAX_TRUST_STORES")
@keeps(lambda run, n: len(run.json["nodes"]) >= n)
def trust_stores(n):
    files = []
    for i in range(n):
        files += [(make.name_of("ca.pem", f"h{i}"), make.pem(make.cert("ca", "ca", i, ca=True))),
                  (make.name_of("server.pem", f"h{i}"), make.pem(make.cert("s", "ca", i)))]
    return Run(files)


# ---- the report ----

@limit("XD_MAX_FINDINGS", words="takes 10000 findings")
@keeps(lambda run, n: len(run.json["findings"]) >= n)
def findings(n):
    """Each empty file is one; some are there besides."""
    def empty(count):
        files = [(f"ca_h{i}_{make.STAMP}.pem", b"") for i in range(count)]
        return Run([("a.tar", make.tar(files))], alone=["a.tar"])
    few = 300
    return empty(n - (len(empty(few).json["findings"]) - few))


@limit("XD_MAX_EVIDENCE")
@keeps(lambda run, n: len([f for f in run.json["findings"] if f["id"] == "input-damaged"]
                          [0]["evidence"]) == n)
def evidence(n):
    return Run([(f"log{i}.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
                for i in range(n)])


# ---- files of options ----

def option_file(option, fill):
    command = "whatif" if option == "--ca" else "analyze"

    def run(n):
        with tempfile.NamedTemporaryFile(suffix=".txt") as f:
            f.write(fill)
            f.truncate(n)
            f.flush()
            case = [os.path.join(PROJECT, "fixtures/condition-1-upgrade")]
            return Run([], command=command, words=[option, f.name], alone=case)
    return run


def check_option(name, value, option, fill):
    """One beyond is a usage error that names the limit: the file is the user's own."""
    at, beyond = option_file(option, fill)(value), option_file(option, fill)(value + 1)
    if at.status not in (0, 1):
        problems.append(f"{name}: at the limit: exit status {at.status}: {at.error}")
    if beyond.status != 2 or str(value) not in beyond.error:
        problems.append(f"{name}: beyond: exit status {beyond.status}: {beyond.error}")


OPTIONS = {"XD_MAX_KEYLOG": ("--keylog", b"# nothing\n"),
           "XD_MAX_TRY": ("--ca", make.pem(make.cert("r", "r", ca=True))),
           "XD_MAX_ROOTS": ("--public-roots", make.pem(make.cert("r", "r", ca=True)))}


def check_diff(name, value):
    """As many changed settings of one node, and one more."""
    with tempfile.TemporaryDirectory() as place:
        for n in (value, value + 1):
            for side in ("a", "b"):
                folder = os.path.join(place, side)
                os.makedirs(folder, exist_ok=True)
                with open(os.path.join(folder, "xconf_dump_x_2026-01-01_00_00_00.txt"), "w",
                          encoding="ascii") as f:
                    f.writelines(f'*c xConfiguration T {i} V: "{side}"\n' for i in range(n))
            done = subprocess.run([PROGRAMS[False], "diff", "--format", "json", "a", "b"],
                                  cwd=place, capture_output=True, check=False, timeout=120)
            node = json.loads(done.stdout)["nodes"][0] if done.returncode == 0 else {}
            if len(node.get("settings", [])) != value or node.get("left_out") != n - value:
                problems.append(f"{name}: {n} changes: exit status {done.returncode}, "
                                f"{node.get('left_out')} left out: {done.stderr.decode()}")


def run_small(place, *words):
    done = subprocess.run([PROGRAMS[True], *words], cwd=place, capture_output=True, check=False,
                          timeout=120)
    return done.returncode, done.stderr.decode("utf-8", "replace")


def check_stored(name):
    """A stored report with blanks behind it."""
    n = SMALL[name]
    with open(os.path.join(PROJECT, "fixtures/log-only-bundle/expected.json"), "rb") as f:
        report = f.read()
    with tempfile.TemporaryDirectory() as place:
        for size in (n, n + 1):
            with open(os.path.join(place, "stored"), "wb") as f:
                f.write(report.ljust(size))
            status, error = run_small(place, "show", "stored")
            if status not in ((0, 1) if size == n else (3,)) or (size > n) != (str(n) in error):
                problems.append(f"{name}: {size} bytes: exit status {status}: {error}")


def check_held(name):
    """Settings under pseudonyms, which are printed as long as they are."""
    n = SMALL[name]
    with tempfile.TemporaryDirectory() as place:
        def size_of(length):
            with open(os.path.join(place, make.name_of("xconf_dump.txt")), "wb") as f:
                f.write(make.SYSTEM + b"".join(make.setting(f"Applications A {i} B", "9" * 8000)
                                               for i in range(12)))
                f.write(make.setting("Applications A 12 B", "9" * length))
            out = os.path.join(place, "out")
            status, error = run_small(place, "xconfiguration", "--redact", "-o", "out", ".")
            size = os.path.getsize(out) if os.path.exists(out) else None
            if size is not None:
                os.unlink(out)
            return status, size, error
        base = size_of(1)[1]
        at, beyond = size_of(n - base + 1), size_of(n - base + 2)
        if at[:2] != (0, n):
            problems.append(f"{name}: at the limit: {at}")
        if beyond[:2] != (4, None) or "too long" not in beyond[2]:
            problems.append(f"{name}: beyond: {beyond}")


ALONE = {"XD_MAX_STORED": check_stored, "XD_MAX_HELD": check_held}


def check_unit(name):
    program, test = UNIT[name]
    with open(os.path.join(PROJECT, "tests/unit", program), encoding="utf-8") as f:
        if f"static void {test}" not in f.read():
            problems.append(f"{name}: there is no test {test} in {program}")


def check_listed(known):
    with open(os.path.join(PROJECT, "SECURITY.md"), encoding="utf-8") as f:
        text = f.read()
    for name, value in known.items():
        if not re.search(rf"\| `{name}` \| {value:,} \|", text):
            problems.append(f"SECURITY.md does not list {name} with {value:,}")


def main():
    known = values()
    wanted = sys.argv[4:] or list(known)
    for name in wanted:
        start = time.monotonic()
        if name in UNIT:
            check_unit(name)
        elif name in OPTIONS:
            check_option(name, known[name], *OPTIONS[name])
        elif name in ALONE:
            ALONE[name](name)
        elif name == "XD_MAX_DIFF_ROWS":
            check_diff(name, known[name])
        elif name in tests:
            check(name, known[name])
        else:
            problems.append(f"{name} has no test")
        print(f"{name} {time.monotonic() - start:.1f} s", flush=True)
    if not sys.argv[4:]:
        check_listed(known)
    print("\n".join(problems) or f"{len(wanted)} limits hold")
    sys.exit(1 if problems else 0)


main()
