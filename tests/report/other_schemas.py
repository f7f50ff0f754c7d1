#!/usr/bin/env python3
"""Hold every other JSON that the program writes to its schema, and to nothing beside it.

other_schemas.py PROGRAM SCHEMAS FIXTURES EVERY    diff, batch, fleet and the map of pseudonyms,
                                                   of each EVERY-th case
"""
import glob
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)

program, schemas, fixtures = (os.path.abspath(a) for a in sys.argv[1:4])
every = int(sys.argv[4])
cases = [d for d in sorted(glob.glob(os.path.join(fixtures, "*", ""))) if os.path.exists(d + "args")]
cases = sorted({*cases[::every], os.path.join(fixtures, "before-and-after", "")})
failed = False
seen = {}


def close(schema):
    """No property that the schema does not list: it is the documentation."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema["additionalProperties"] = False
        for value in schema.values():
            close(value)
    elif isinstance(schema, list):
        for value in schema:
            close(value)
    return schema


def validator(name):
    path = pathlib.Path(schemas, f"expdiag-{name}-1.schema.json")
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(close(schema))


VALIDATORS = {name: validator(name) for name in ("diff", "batch", "fleet", "redaction")}


def check(name, text, where):
    global failed
    value = json.loads(text)
    seen[name] = seen.get(name, 0) + 1
    for error in list(VALIDATORS[name].iter_errors(value))[:3]:
        failed = True
        place = "/".join(map(str, error.absolute_path))
        print(f"{where}, {name}: {place}: {error.message[:300]}")
    return value


def run(*arguments, status=(0, 1)):
    global failed
    done = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode not in status:
        failed = True
        print(f"{arguments}: exit status {done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode()


def bundles(case):
    return sorted(glob.glob(case + "*.tar.gz") + glob.glob(case + "*.zip") + glob.glob(case + "*.tgz"))


with tempfile.TemporaryDirectory() as work:
    rows = os.path.join(work, "rows.ndjson")
    broken = os.path.join(work, "broken", "diagnostic_log_x_2026-01-01_00_00_00.tar.gz")
    os.mkdir(os.path.dirname(broken))
    with open(broken, "wb") as out:
        out.write(b"\x1f\x8b\x08\0" + bytes(40))
    run("batch", "-q", "--ndjson", rows, "--reports", os.path.join(work, "reports"), *cases,
        os.path.dirname(broken), status=(0, 1, 3))
    with open(rows, encoding="utf-8") as lines:
        found = [check("batch", line, "batch") for line in lines]
    if len({row["case"] for row in found}) < len(cases):
        failed = True
        print(f"batch: {len(found)} rows of {len(cases)} cases")
    check("fleet", run("fleet", "--format", "json", "--at", "2026-11-01T00:00:00Z", rows), "fleet")
    compared = 0
    for number, case in enumerate(cases):
        pairs = bundles(case)
        for before, after in zip(pairs, pairs[1:]):
            words = ["-v"] if number % 2 else ["--reproducible"]
            result = check("diff", run("diff", *words, "--format", "json", before, after), case)
            compared += sum(len(node["settings"]) for node in result["nodes"])
        path = os.path.join(work, "map.json")
        run("-q", "--redact", "--json", os.devnull, "--redact-map", path, case)
        with open(path, encoding="utf-8") as text:
            check("redaction", text.read(), case)
    if compared == 0:
        failed = True
        print("diff: no pair of bundles differs in a setting")
print(", ".join(f"{count} of {name}" for name, count in seen.items()))
sys.exit(failed)
