#!/usr/bin/env python3
"""The HTML report of every fixture, by every command: its form, its policy, its anchors,
and that it says what the JSON report says.

html_fixtures.py PROGRAM FIXTURES
html_fixtures.py --filled PROGRAM   a case in memory with something in every field
"""
import concurrent.futures
import html
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import html_page

COMMANDS = ("analyze", "flows", "certs")
MOST_BYTES = 1 << 20
EVERY = 6  # of the fixtures by the commands that show parts of what analyze does


def words_of(case, command):
    words = shlex.split((case / "args").read_text(encoding="utf-8"), comments=True)
    if command == "analyze":
        return words
    return [command, "--reproducible", str(case)]


def check_meaning(report, page):
    """The reader finds in the page what a program finds in the JSON."""
    text = " ".join(page.text.split())

    def shown(what):
        return what is None or " ".join(what.split()) in text

    for index, finding in enumerate(report["findings"]):
        if not any(anchor.startswith("f-" + finding["id"]) for anchor in page.ids):
            yield f"no anchor for finding {index}, {finding['id']}"
        if not shown(finding["title"]):
            yield f"the title of finding {index} is missing"
        for row in finding["evidence"]:
            if not shown(row["quote"]):
                yield f"evidence is missing: {row['quote']}"
        for remedy in finding["remedies"]:
            if not shown(remedy["text"].split(". ")[0]) or not shown(remedy["command"]):
                yield f"a remedy is missing: {remedy['text']}"
    for row in report["what_if"]:
        if not shown(row["reason"]):
            yield f"a prediction is missing: {row['reason']}"
    for check in report["checks"]:
        if check["outcome"] != "found" and check["id"] not in text:
            yield f"a check is missing: {check['id']}"
    for given in report["inputs"]:
        if not shown(given["sha256"]):
            yield f"no SHA-256 of {given['path']}"
        for entry in given["entries"]:
            if not shown(entry["name"]) or not shown(entry["detail"]):
                yield f"an entry is missing: {entry['name']}"
    for node in report["nodes"]:
        for zone in node["zones"]:
            if not shown(zone["name"]):
                yield f"a zone is missing: {zone['name']}"


def check_once(report, source):
    """What is said once is not said again: the answer's words, an event's detail; and
    where nothing failed, what ends first."""
    findings = source[source.index('id="findings"'):] if 'id="findings"' in source else ""
    findings = plain(findings.split("</section>")[0])
    faults = [f for f in report["findings"] if f["severity"] in ("error", "critical")]
    lead = plain(source[source.index('id="answer"'):].split("</section>")[0])
    for fault in faults:
        words = " ".join(fault["summary"].split())
        if words.split(" Next: ")[0] in lead and words in findings:
            yield "the answer's paragraph stands in its finding again"
    for finding in report["findings"]:
        if findings.count(" ".join(finding["summary"].split())) > 1:
            yield f"a finding's paragraph stands twice: {finding['id']}"
    if report["findings"] and not faults and \
            " ".join(report["findings"][0]["summary"].split()) not in findings:
        yield "what the first finding says stands nowhere"
    if "handshake succeeded: handshake succeeded" in plain(source).lower():
        yield "an event is told twice"
    stores = [n["stores"][s] for n in report["nodes"] for s in ("server", "client")]
    if "<h1>No fault found</h1>" in source and any(s and s["certificates"] for s in stores) and \
            "to end is" not in plain(source):
        yield "a healthy case does not say what ends first"


def plain(source):
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", source)).split())


def check_answer(report, source):
    """Whose case it is, and which finding a step of the answer serves."""
    line = re.search(r'<p class="case">(.*?)</p>', source, re.S)
    said = plain(line.group(1)) if line else ""
    for node in report["nodes"][:4]:
        if node["id"] not in said:
            yield f"the answer does not name {node['id']}"
    todo = re.search(r'<div class="todo">(.*?)</div>', source, re.S)
    steps = [plain(li) for li in re.findall(r"<li>(.*?)</li>", todo.group(1), re.S)] if todo else []
    tagged = [step for step in steps if re.search(r"\[\d+\]", step)]
    served = set()
    for index, finding in enumerate(report["findings"]):
        listed = []
        for remedy in finding["remedies"]:
            where = f" on {remedy['node']} " if remedy["node"] else " "
            own = [step for step in steps
                   if where in step and " ".join(remedy["text"].split()) in step]
            if any(step in tagged for step in own) and not any(f"[{index + 1}]" in step for step in own):
                yield f"no step says that it serves finding {index}: {remedy['text']}"
            listed += own
        if listed and len(listed) >= len(finding["remedies"]):
            served.add(tuple(sorted(set(listed))))
    if len(served) > 1 and not tagged:
        yield "no step says which finding it serves"


def check_one(program, case, command):
    where = f"{case.name} {command}"
    with tempfile.TemporaryDirectory() as folder:
        page, data = os.path.join(folder, "r.html"), os.path.join(folder, "r.json")
        done = subprocess.run(
            [program, *words_of(case, command), "--html", page, "--json", data, "--quiet"],
            cwd=case, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode not in (0, 1):
            return [f"{where}: exit status {done.returncode}: {done.stderr!r}"]
        source = pathlib.Path(page).read_bytes().decode("utf-8")
        report = json.loads(pathlib.Path(data).read_text(encoding="utf-8"))
    problems, read = html_page.check(source, report)
    if command == "analyze":
        problems += check_meaning(report, read)
        problems += check_answer(report, source)
        problems += check_once(report, source)
    if len(source) > MOST_BYTES:
        problems.append(f"{len(source)} bytes")
    return [f"{where}: {problem}" for problem in problems]


def check_filled(program):
    problems = []
    for command in COMMANDS:
        form = [subprocess.run([program, form, command], capture_output=True, check=True).stdout
                for form in ("html", "json")]
        found, _ = html_page.check(form[0].decode("utf-8"), json.loads(form[1]))
        problems += [f"{command}: {problem}" for problem in found]
    return problems


def main():
    if sys.argv[1] == "--filled":
        problems = check_filled(sys.argv[2])
        print("\n".join(problems))
        sys.exit(1 if problems else 0)
    program, fixtures = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    if not os.access(program, os.X_OK):
        print(f"skipped: there is no program {program}")
        sys.exit(77)
    cases = sorted(p.parent for p in fixtures.glob("*/args"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(check_one, program, case, command)
                for number, case in enumerate(cases) for command in COMMANDS
                if command == "analyze" or number % EVERY == 0]
        problems = [problem for job in jobs for problem in job.result()]
    print(f"{len(cases)} fixtures, {len(COMMANDS)} commands")
    print("\n".join(problems))
    sys.exit(1 if problems or not cases else 0)


main()
