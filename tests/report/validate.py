#!/usr/bin/env python3
"""Hold JSON reports to the JSON Schema, and to what a schema cannot say.

validate.py PROGRAM SCHEMA FIXTURES   every command on every folder of FIXTURES
validate.py --filled PROGRAM SCHEMA   reports of the filled case
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)

COMMANDS = ("analyze", "flows", "certs")
SEVERITIES = ("critical", "error", "warning", "info")
CONFIDENCES = ("certain", "probable", "possible")


def hashes(report):
    """Every certificate that something in the report names."""
    for node in report["nodes"]:
        for store in node["stores"].values():
            yield from store["certificates"] if store else ()
        yield from (chain["certificate"] for chain in node["chains"])
    for other in report["other_certificates"]:
        yield from other["certificates"]
    for flow in report["flows"]:
        for row in flow["presented"] + flow["inferred"]:
            yield from row["certificates"]
    for finding in report["findings"]:
        yield from finding["certificates"]


def indices(report):
    for node in report["nodes"]:
        for part in ("zones", "ssh_tunnels", "alarms"):
            for row in node[part]:
                yield from row["findings"]


def node_names(report):
    for flow in report["flows"]:
        yield flow["client"]["node"]
        yield flow["server"]["node"]
        yield from (row["store_node"] for row in flow["presented"])
    for finding in report["findings"]:
        yield finding["node"]
        for party in ("presenter", "verifier"):
            yield finding[party] and finding[party]["node"]
        yield from (remedy["node"] for remedy in finding["remedies"])
    for row in report["scenarios"] + report["what_if"]:
        yield row["c_node"]
        yield row["e_node"]


def entry_names(report):
    for flow in report["flows"]:
        yield flow["capture"]
        yield flow["last_capture"]
        yield from (row["entry"] for row in flow["presented"] + flow["inferred"])
    for finding in report["findings"]:
        yield from (row["entry"] for row in finding["evidence"])


def check_order(report):
    ids = [flow["id"] for flow in report["flows"]]
    assert ids == sorted(set(ids)), "flow ids do not rise"
    starts = [flow["start"] for flow in report["flows"] if flow["start"]]
    assert starts == sorted(starts), "flows are not in order of their first packet"
    keys = list(report["certificates"])
    assert keys == sorted(keys), "certificates are not sorted"
    order = [
        (SEVERITIES.index(f["severity"]), CONFIDENCES.index(f["confidence"]))
        for f in report["findings"]
    ]
    assert order == sorted(order), "findings are not ordered by severity and confidence"
    checks = [check["id"] for check in report["checks"]]
    assert len(checks) == len(set(checks)), "a check stands twice"


def check_verdict(report):
    verdict, findings = report["verdict"], report["findings"]
    worst = findings[0]["severity"] if findings else None
    assert verdict["severity"] == worst, "the verdict has another severity"
    fault = worst in ("critical", "error")
    assert (verdict["kind"] == "fault") == fault, "the verdict belies the findings"
    if fault:
        title = findings[verdict["finding"]]["title"]
        assert title in verdict["text"], "the verdict speaks of another finding"
    else:
        assert verdict["finding"] is None


def check_meaning(report, command):
    """What JSON Schema has no words for."""
    check_order(report)
    certificates = report["certificates"]
    for name in hashes(report):
        assert name in certificates, f"certificate {name} is named but not described"
    for index in indices(report):
        assert index < len(report["findings"]), f"there is no finding {index}"
    known = {node["id"] for node in report["nodes"]} | {None}
    for name in node_names(report):
        assert name in known, f"there is no node {name!r}"
    entries = {e["name"] for i in report["inputs"] for e in i["entries"]} | {None}
    for name in entry_names(report):
        assert name in entries, f"there is no entry {name!r}"
    assert report["command"] == command
    if command == "analyze":
        check_verdict(report)
    else:
        assert "verdict" not in report, f"{command} cannot know a verdict"
    if command != "analyze":
        for part in ("findings", "checks", "scenarios", "what_if"):
            assert report[part] == [], f"{command} cannot know {part}"
        assert all(i["sha256"] is None for i in report["inputs"])
    if command == "certs":
        assert report["flows"] == []


def check(text, validator, command, where):
    report = json.loads(text)
    problems = [
        f"{where}: {'/'.join(map(str, e.absolute_path))}: {e.message[:300]}"
        for e in validator.iter_errors(report)
    ]
    if not problems:
        try:
            check_meaning(report, command)
        except AssertionError as e:
            problems.append(f"{where}: {e}")
    return problems


def run(arguments, folder=None):
    return subprocess.run(
        arguments, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )


def command_line(program, command, case):
    """A case may say how analyze is to be run on it; the others take the folder."""
    words = [command, str(case)]
    if command == "analyze" and (case / "args").exists():
        words = shlex.split((case / "args").read_text(encoding="utf-8"), comments=True)
    return [program, *words, "--format", "json", "--reproducible"]


def check_filled(program, validator):
    problems = []
    for command in COMMANDS:
        done = run([program, "json", command])
        if command == "analyze":
            problems += check(done.stdout, validator, command, command)
        else:  # the filled case holds findings whatever the command
            problems += [str(e) for e in validator.iter_errors(json.loads(done.stdout))]
    return problems


def check_one(program, validator, case, command):
    done = run(command_line(program, command, case), case)
    where = f"{case.name} {command}"
    if done.returncode not in (0, 1):
        return [f"{where}: exit status {done.returncode}: {done.stderr!r}"]
    return check(done.stdout, validator, command, where)


def check_fixtures(program, validator, fixtures):
    cases = sorted(p for p in fixtures.iterdir() if p.is_dir() and p.name != "transcripts")
    if not cases:
        print("no fixture to try")
        sys.exit(77)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(check_one, program, validator, case, command)
            for case in cases
            for command in COMMANDS
        ]
        problems = [problem for job in jobs for problem in job.result()]
    print(f"{len(cases)} fixtures, {len(COMMANDS)} commands")
    return problems


def main():
    filled = sys.argv[1] == "--filled"
    program, schema_path = sys.argv[2:4] if filled else sys.argv[1:3]
    program = str(pathlib.Path(program).resolve())
    schema = json.loads(pathlib.Path(schema_path).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    if filled:
        problems = check_filled(program, validator)
    else:
        problems = check_fixtures(program, validator, pathlib.Path(sys.argv[3]).resolve())
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
