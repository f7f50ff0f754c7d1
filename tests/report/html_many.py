#!/usr/bin/env python3
"""A page of thousands of conversations that are all different stays small and says what it
leaves out.

html_many.py PROGRAM FIXTURES                  checks
html_many.py --write FILE PROGRAM FIXTURES     the page, for the tests in a browser
"""
import copy
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

MANY = 5000
MOST_BYTES = 2 << 20
MOST_ROWS = 1200


def write(program, fixtures, page):
    """One conversation of a case, again and again from other clients to other ports."""
    case = os.path.join(fixtures, "condition-2.1-success")
    with tempfile.TemporaryDirectory() as work:
        stored = os.path.join(work, "report.json")
        subprocess.run([program, "-q", "--reproducible", "--json", stored,
                        *sorted(glob.glob(os.path.join(case, "*.tar.gz")))], check=False)
        with open(stored, encoding="utf-8") as f:
            report = json.load(f)
        pattern = next(flow for flow in report["flows"] if flow["tls"] and flow["related"])
        last = max(flow["id"] for flow in report["flows"])
        start = max(flow["start"] for flow in report["flows"])
        for n in range(1, MANY + 1):
            flow = copy.deepcopy(pattern)
            flow.update(id=last + n, start=start, same_as=[])
            flow["client"].update(address=f"198.18.{n >> 8}.{n & 255}", node=None)
            flow["server"]["port"] = 1024 + n
            report["flows"].append(flow)
        with open(stored, "w", encoding="utf-8") as f:
            json.dump(report, f)
        done = subprocess.run([program, "show", "-q", "--html", page, stored],
                              capture_output=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"show: exit status {done.returncode}: {done.stderr.decode()}")
    return len(report["flows"])


def main():
    if sys.argv[1] == "--write":
        write(sys.argv[3], sys.argv[4], sys.argv[2])
        return 0
    with tempfile.TemporaryDirectory() as work:
        page = os.path.join(work, "many.html")
        flows = write(*sys.argv[1:3], page)
        with open(page, encoding="utf-8") as f:
            text = f.read()
    wrong = []
    if len(text.encode()) > MOST_BYTES:
        wrong.append(f"{len(text.encode())} bytes")
    if text.count("<tr") > MOST_ROWS:
        wrong.append(f"{text.count('<tr')} rows")
    kept = re.search(r"without ([0-9]+) of the ([0-9]+) conversations", text)
    if not kept or int(kept.group(2)) != flows:
        wrong.append("it does not say how many conversations its JSON leaves out")
    if not re.search(r"[0-9]+&nbsp;conversations that are not shown here|And [0-9,]+.{0,9}conversations", text):
        wrong.append("it does not say how many conversations the table leaves out")
    embedded = json.loads(re.search(r'id="report">(.*?)</script>', text, re.S).group(1))
    if not wrong and len(embedded["flows"]) != flows - int(kept.group(1)):
        wrong.append(f"its JSON holds {len(embedded['flows'])} conversations")
    print("\n".join(wrong) or f"{flows} conversations in {len(text.encode())} bytes, {text.count('<tr')} rows")
    return 1 if wrong else 0


sys.exit(main())
