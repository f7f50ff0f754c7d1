#!/usr/bin/env python3
"""Runs the program on one case folder of fixtures/ and judges what it says.

  run_case.py PROGRAM FOLDER            compare; exit 0 when everything fits
  run_case.py --accept PROGRAM FOLDER   show what changed in expected.*, and write them

The folder's `verdict` was written by hand and is only ever read: its findings,
presented certificates, predictions, zones, tunnels, condition and exit status must be
exactly what the JSON report says.  `expected.txt` and `expected.json` are compared byte
for byte.  `args` is the command line behind the program's name, as shell words; the
program runs inside the folder.
"""
import difflib
import json
import os
import shlex
import subprocess
import sys

EXIT_SKIP = 77


def run(program, folder, form):
    with open(os.path.join(folder, "args"), encoding="utf-8") as f:
        words = shlex.split(f.read(), comments=True)
    env = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8", NO_COLOR="1")
    done = subprocess.run([program, *words, "--format", form, "--no-progress"], cwd=folder, env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def read_verdict(folder):
    rows = {}
    with open(os.path.join(folder, "verdict"), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            words = shlex.split(line, comments=True)
            if not words:
                continue
            if words[0] not in ("condition", "also", "finding", "masked", "presented", "what-if",
                                "exit", "zone", "tunnel", "failure"):
                sys.exit(f"verdict:{number}: no such row: {words[0]}")
            rows.setdefault(words[0], set()).add(tuple(words[1:]))
    return rows


def text(value):
    return "-" if value is None else str(value)


def end_name(end):
    return end["node"] if end["node"] is not None else end["address"]


def presented_rows(report):
    rows = set()
    for flow in report["flows"]:
        if not flow["related"]:
            continue
        server = f"{end_name(flow['server'])}:{flow['server']['port']}"
        for p in flow["presented"]:
            rows.add((end_name(flow["client"]), server, p["by"], text(p["store"]),
                      text(p["expected_store"]), text(p["conclusion"])))
    return rows


def failure_rows(report):
    """How related conversations failed; judged only where the verdict speaks of it."""
    rows = set()
    for flow in report["flows"]:
        f = flow["failure"]
        if flow["related"] and f is not None:
            server = f"{end_name(flow['server'])}:{flow['server']['port']}"
            rows.add((end_name(flow["client"]), server, f["kind"], f["phase"], text(f["by"])))
    return rows


def located_rows(report, field, name):
    """Zones or tunnels with findings: (node, name, id, id ...), ids in order."""
    rows = set()
    for node in report["nodes"]:
        for item in node[field]:
            ids = sorted({report["findings"][i]["id"] for i in item["findings"]})
            if ids:
                rows.add((node["id"], item[name], *ids))
    return rows


def findings_rows(report):
    rows = set()
    for f in report["findings"]:
        row = (f["severity"], f["id"], f["confidence"], text(f["node"]))
        if row in rows:
            row = (*row, "again")
        rows.add(row)
    return rows


def masked_rows(report):
    """Findings that hide others: (id, node, id id ...), ids in order."""
    return {(f["id"], text(f["node"]), *sorted(f["masked"]))
            for f in report["findings"] if f["masked"]}


def rows_of(report, status):
    worst = report["scenario"]["condition"]
    also = {text(a) for s in report["scenarios"] if s["condition"] == worst for a in s["also"]}
    return {
        "condition": {("none" if worst is None else worst,)},
        "also": {tuple(sorted(also))} if also else set(),
        "finding": findings_rows(report),
        "masked": masked_rows(report),
        "presented": presented_rows(report),
        "what-if": {(w["change"], w["zone_result"], w["ssh_result"]) for w in report["what_if"]},
        "exit": {(str(status),)},
        "zone": located_rows(report, "zones", "name"),
        "tunnel": located_rows(report, "ssh_tunnels", "target"),
    }


def compare_verdict(folder, report, status):
    want = read_verdict(folder)
    for field in ("zone", "tunnel", "masked"):
        want[field] = {(*row[:2], *sorted(row[2:])) for row in want.get(field, ())}
    want["also"] = {tuple(sorted(row)) for row in want.get("also", ())}
    found = rows_of(report, status)
    if "failure" in want:
        found["failure"] = failure_rows(report)
    wrong = 0
    for kind in found:
        for row in sorted(want.get(kind, set()) - found[kind]):
            print(f"verdict: missing in the report: {kind} {' '.join(row)}")
            wrong += 1
        for row in sorted(found[kind] - want.get(kind, set())):
            print(f"verdict: only in the report:    {kind} {' '.join(row)}")
            wrong += 1
    return wrong


def compare_file(folder, name, data, accept):
    path = os.path.join(folder, name)
    try:
        with open(path, "rb") as f:
            old = f.read()
    except FileNotFoundError:
        old = b""
    if old == data:
        return 0
    diff = difflib.unified_diff(old.decode("utf-8", "replace").splitlines(),
                                data.decode("utf-8", "replace").splitlines(),
                                f"{name} (kept)", f"{name} (now)", lineterm="")
    for number, line in enumerate(diff):
        if number == 120 and not accept:
            print("...")
            break
        print(line)
    if accept:
        with open(path, "wb") as f:
            f.write(data)
        return 0
    print(f"{name} differs; if that is right: run_case.py --accept PROGRAM {folder}")
    return 1


def main():
    args = sys.argv[1:]
    accept = "--accept" in args
    if accept:
        args.remove("--accept")
    if len(args) != 2:
        sys.exit(__doc__)
    program, folder = os.path.abspath(args[0]), args[1]
    if not os.access(program, os.X_OK):
        print(f"skipped: there is no program {program}")
        return EXIT_SKIP
    status, plain, complaint = run(program, folder, "text")
    status2, data, complaint2 = run(program, folder, "json")
    if status != status2:
        print(f"exit status {status} with --format text, {status2} with json")
        return 1
    try:
        report = json.loads(data)
    except ValueError as why:
        print(f"no JSON report ({why}), exit status {status}\n{complaint}{complaint2}")
        return 1
    wrong = compare_verdict(folder, report, status)
    wrong += compare_file(folder, "expected.txt", plain, accept)
    wrong += compare_file(folder, "expected.json", data, accept)
    if wrong:
        print(complaint, end="")
    return 1 if wrong else 0


sys.exit(main())
