#!/usr/bin/env python3
"""A stored report is shown in every form as it was written.

show.py PROGRAM FIXTURES N   JSON and HTML of each N-th case by each command, shown again in
                             all forms
show.py --refuse PROGRAM FIXTURES   what is no whole report is refused with words
"""
import json
import os
import shlex
import subprocess
import sys
import tempfile

FORMS = ("text", "json", "html")


def run(program, words, folder=None):
    env = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8", NO_COLOR="1")
    return subprocess.run([program, *words], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def arguments(folder):
    with open(os.path.join(folder, "args"), encoding="utf-8") as f:
        return shlex.split(f.read(), comments=True)


def compare(program, folder, command, scratch, verbose):
    words = [command, *arguments(folder)[1:], "--no-progress", *verbose]
    paths = {form: os.path.join(scratch, "first." + form) for form in FORMS}
    outs = [w for form in FORMS for w in ("--" + form, paths[form])]
    first = run(program, words + outs, folder)
    if first.returncode not in (0, 1):
        return [f"{folder}: {command}: exit status {first.returncode}"]
    wrong = []
    for source in ("json", "html"):
        again = {form: os.path.join(scratch, "again." + form) for form in FORMS}
        outs = [w for form in FORMS for w in ("--" + form, again[form])]
        shown = run(program, ["show", paths[source], *verbose, *outs])
        if command in ("analyze", "whatif") and shown.returncode != first.returncode:
            wrong.append(f"exit status {shown.returncode}, not {first.returncode}")
        wrong += [f"{source} shown as {form} differs, {shown.stderr.decode()}" for form in FORMS
                  if not os.path.exists(again[form]) or read(again[form]) != read(paths[form])]
    return [f"{folder}: {command}: {w}" for w in wrong]


def show_all(program, fixtures, every):
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in sorted(os.listdir(fixtures))[::every]:
            folder = os.path.join(fixtures, name)
            if not os.path.exists(os.path.join(folder, "args")):
                continue
            own = arguments(folder)[0]
            wrong += compare(program, folder, own, scratch, [])
            for command in ("flows", "certs"):
                wrong += compare(program, folder, command, scratch, ["--verbose"])
    return wrong


def refused(program, scratch, label, data, words):
    path = os.path.join(scratch, "bad.json")
    out = os.path.join(scratch, "out.json")
    with open(path, "wb") as f:
        f.write(data)
    done = run(program, ["show", path, "--json", out])
    said = done.stderr.decode("utf-8", "replace")
    wrong = []
    if done.returncode != 3 or os.path.exists(out):
        wrong.append(f"{label}: exit status {done.returncode}, output {os.path.exists(out)}")
    if words not in said or "bad.json: " not in said:
        wrong.append(f"{label}: says {said!r}, not {words!r}")
    return wrong


def changed(report, change):
    copy = json.loads(json.dumps(report))
    change(copy)
    return json.dumps(copy).encode()


def refuse_all(program, fixtures):
    folder = os.path.join(fixtures, "condition-2-check-on")
    whole = run(program, [*arguments(folder), "--format", "json"], folder).stdout
    report = json.loads(whole)
    node = report["nodes"][0]["id"]
    cases = [
        ("empty", b"", "is empty"),
        ("no report", b"[1, 2]", "neither JSON nor HTML"),
        ("other JSON", b"{\"a\": 1}", "has no \"schema\""),
        ("a page", b"<html><body>no</body></html>", "holds no report"),
        ("cut", whole[:len(whole) // 2], "cut"),
        ("deep", b"{\"schema\":" + b"[" * 100000, "maximum parsing depth"),
        ("bad UTF-8", whole.replace(b"analyze", b"\xff\xfe", 1), "unable to decode"),
        ("twice", whole.replace(b"{", b"{\"command\": \"flows\",", 1), "twice"),
        ("more behind", whole + b"{}", "follows"),
    ]
    edits = [
        ("schema", lambda r: r.update(schema="expdiag-report/2"), "reads expdiag-report/1"),
        ("huge number", lambda r: r["flows"][0].update(first_frame=1 << 60), "first_frame"),
        ("huge id", lambda r: r["flows"][0].update(id=10 ** 12), "flows[0].id"),
        ("wrong type", lambda r: r["flows"][1]["client"].update(port="x"), "flows[1].client.port"),
        ("address", lambda r: r["flows"][1]["client"].update(address="x"), "is not an IP address"),
        ("order", lambda r: r["flows"].reverse(), "not above"),
        ("side", lambda r: r["ladders"][0]["messages"][0].update(by="unknown"),
         "ladders[0].messages[0].by"),
        ("finding", lambda r: r["nodes"][0]["zones"][0].update(findings=[99]), "finding 99"),
        ("node", lambda r: r["what_if"][0].update(c_node="ghost"), "what_if[0].c_node"),
        ("certificate", lambda r: r["findings"][0].update(certificates=["0" * 64]),
         "findings[0].certificates"),
        ("two nodes", lambda r: r["nodes"][1].update(id=node), "of another node"),
        ("time", lambda r: r.update(last_seen="yesterday"), "last_seen"),
        ("many", lambda r: r["findings"][0].update(evidence=[{}] * 1000), "more than"),
        ("list", lambda r: r.update(findings={}), "findings"),
    ]
    cases += [(label, changed(report, edit), words) for label, edit, words in edits]
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        for label, data, words in cases:
            wrong += refused(program, scratch, label, data, words)
        wrong += take_partial(program, scratch, report)
    return wrong


def take_partial(program, scratch, report):
    """Missing optional fields, and words of a newer version, still show."""
    path = os.path.join(scratch, "part.json")
    wrong = []

    def shown(data, *words):
        with open(path, "wb") as f:
            f.write(data)
        return run(program, ["show", path, *words])

    for key in report:
        if key in ("schema", "command", "nodes", "certificates", "findings", "flows"):
            continue
        done = shown(changed(report, lambda r, k=key: r.pop(k)), "--format", "html")
        if done.returncode != 1:
            wrong.append(f"without {key}: {done.returncode} {done.stderr.decode()}")
    least = {"schema": "expdiag-report/1", "command": "analyze",
             "findings": [{"id": "client-eku-missing", "severity": "critical"}]}
    for form in FORMS:
        if shown(json.dumps(least).encode(), "--format", form).returncode != 1:
            wrong.append(f"the least report as {form}")
    least["findings"][0]["id"] = "from-the-future"
    done = shown(json.dumps(least).encode())
    if done.returncode != 1 or b"not known to this version" not in done.stderr:
        wrong.append(f"a finding of the future: {done.returncode} {done.stderr.decode()}")
    done = shown(json.dumps(least).encode(), "--fail-on", "critical", "--quiet")
    if done.returncode != 1 or done.stdout or done.stderr:
        wrong.append("--fail-on counts a finding of the future")
    return wrong


def main():
    args = sys.argv[1:]
    refuse = args[:1] == ["--refuse"]
    if len(args) != 3:
        sys.exit(__doc__)
    program, fixtures = map(os.path.abspath, args[1:] if refuse else args[:2])
    if not os.access(program, os.X_OK):
        print(f"skipped: there is no program {program}")
        return 77
    wrong = refuse_all(program, fixtures) if refuse else show_all(program, fixtures, int(args[2]))
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
