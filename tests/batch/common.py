"""What the tests of batch share: small archives, runs, rows that can be compared."""

import json
import pathlib
import shutil
import sqlite3
import subprocess

# Small ones, with faults of several kinds; the last is damaged.
FIXTURES = [
    "condition-2-check-on", "certificate-expired", "unknown-ca", "ssh-auth-failed",
    "name-only-in-cn", "c-alone", "condition-4-public-e", "wrong-store", "no-shared-cipher",
    "damaged-bundle",
]


def make_archive(folder, fixtures, names=None, count=10):
    """A folder with `count` cases, each a folder with the bundles of a fixture."""
    folder = pathlib.Path(folder)
    known = [name for name in FIXTURES if (pathlib.Path(fixtures) / name).is_dir()]
    for i in range(count):
        case = folder / (names[i] if names else f"2026/case-{i:02d}")
        case.mkdir(parents=True)
        source = pathlib.Path(fixtures) / known[i % len(known)]
        for bundle in sorted(source.glob("*.tar.gz")):
            shutil.copy2(bundle, case)
    return folder


def run(program, *arguments, **options):
    """One batch; gives its status and what it said."""
    done = subprocess.run([program, "batch", "--no-progress", *map(str, arguments)],
                          capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout, done.stderr


def comparable(row):
    """Two runs differ in seconds and peak_mib alone."""
    return {key: value for key, value in row.items() if key not in ("seconds", "peak_mib")}


def read_lines(path):
    """The rows of a file by case; every line must be whole, and no case there twice."""
    text = pathlib.Path(path).read_bytes()
    assert text == b"" or text.endswith(b"\n"), f"{path}: torn last line"
    rows = {}
    for line in text.splitlines():
        row = json.loads(line)
        assert row["case"] not in rows, f"{path}: {row['case']} is there twice"
        rows[row["case"]] = comparable(row)
    return rows


TABLES = ["inputs", "nodes", "findings", "certificates", "unexplained"]


def read_database(path):
    """All rows of all tables, without what differs between runs."""
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    all_rows = {"cases": sorted(
        json.dumps(comparable(dict(row)), sort_keys=True)
        for row in db.execute("SELECT * FROM cases"))}
    for table in TABLES:
        all_rows[table] = sorted(
            json.dumps(dict(row), sort_keys=True) for row in db.execute(f"SELECT * FROM {table}"))
    db.close()
    return all_rows
