"""A batch that is killed, and goes on, comes to the same rows.

kill.py PROGRAM-WITH-HOOKS FIXTURES [MOMENTS] [SEED]: SIGKILL of the parent after the n-th
step towards disk, for every n, and at MOMENTS random moments (12 without: by hand give 100).
"""

import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

from common import make_archive, read_database, read_lines, run

PROGRAM, FIXTURES = sys.argv[1], sys.argv[2]
MOMENTS = int(sys.argv[3]) if len(sys.argv) > 3 else 12
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else random.SystemRandom().randrange(1 << 32)


def sinks(folder, database=True, reports=True):
    arguments = ["--jobs", "2", "--reproducible", "--ndjson", folder / "rows.ndjson"]
    if database:
        arguments += ["--db", f"sqlite:{folder / 'rows.db'}"]
    if reports:
        arguments += ["--reports", folder / "reports"]
    return arguments


def list_reports(folder):
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def check_same(folder, wanted, what):
    rows, database, reports = wanted
    assert read_lines(folder / "rows.ndjson") == rows, f"{what}: other lines"
    assert read_database(folder / "rows.db") == database, f"{what}: another database"
    assert list_reports(folder / "reports") == reports, f"{what}: other reports"


def undisturbed(archive, folder):
    status, _, words = run(PROGRAM, *sinks(folder), archive)
    assert status == 1, (status, words)
    rows = read_lines(folder / "rows.ndjson")
    assert len(rows) == 10, sorted(rows)
    return rows, read_database(folder / "rows.db"), list_reports(folder / "reports")


def every_step(archive, top, wanted):
    n = 0
    while True:
        n += 1
        folder = top / f"step-{n}"
        folder.mkdir()
        status, _, _ = run(PROGRAM, *sinks(folder), archive,
                           env={**os.environ, "EXPDIAG_TEST_STEP": str(n)})
        if status != -signal.SIGKILL:
            assert status == 1, status
            check_same(folder, wanted, f"{n} steps, not killed")
            return n - 1
        if n % 3 == 0:  # killed again while it resumes
            run(PROGRAM, *sinks(folder), "--resume", archive,
                env={**os.environ, "EXPDIAG_TEST_STEP": str(n % 7 + 1)})
        status, _, words = run(PROGRAM, *sinks(folder), "--resume", archive)
        assert status == 1, (status, words)
        check_same(folder, wanted, f"killed after step {n}")


def torn_line(archive, top, wanted):
    """A line that was written in part, and one that is no row."""
    folder = top / "torn"
    folder.mkdir()
    run(PROGRAM, *sinks(folder), archive)
    path = folder / "rows.ndjson"
    whole = path.read_bytes()
    for tail in (b'{"case":"2026/case-99","stat', b"\0" * 100 + b"\n"):
        path.write_bytes(whole + tail)
        status, _, words = run(PROGRAM, *sinks(folder), "--resume", archive)
        assert status == 1, (status, words)
        check_same(folder, wanted, f"torn by {tail[:10]}")
    path.write_bytes(whole[:-20])
    run(PROGRAM, *sinks(folder), "--resume", archive)
    check_same(folder, wanted, "last line cut")


def random_moments(archive, top, wanted):
    began = time.monotonic()
    folder = top / "timed"
    folder.mkdir()
    run(PROGRAM, *sinks(folder), archive)
    usual = time.monotonic() - began
    source = random.Random(SEED)
    killed = 0
    for n in range(MOMENTS):
        folder = top / f"moment-{n}"
        folder.mkdir()
        for resume in ([], ["--resume"]):
            process = subprocess.Popen(
                [PROGRAM, "batch", "--no-progress", *map(str, sinks(folder)), *resume,
                 str(archive)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(source.random() * usual)
            process.kill()
            killed += process.wait() == -signal.SIGKILL
        status, _, words = run(PROGRAM, *sinks(folder), "--resume", archive)
        assert status == 1, (status, words)
        check_same(folder, wanted, f"moment {n} of seed {SEED}")
    return killed


def main():
    print(f"seed {SEED}, {MOMENTS} moments", flush=True)
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        archive = make_archive(top / "archive", FIXTURES)
        first = top / "undisturbed"
        first.mkdir()
        wanted = undisturbed(archive, first)
        steps = every_step(archive, top, wanted)
        assert steps >= 50, steps
        torn_line(archive, top, wanted)
        killed = random_moments(archive, top, wanted)
    print(f"the same ten rows after SIGKILL at each of {steps} steps, and at "
          f"{killed} random moments")


if __name__ == "__main__":
    main()
