"""Ctrl-C and the end of a task, at any moment: no half page, no half report, nothing left behind.

signals.py PROGRAM FIXTURES: PROGRAM is the one whose workers hang where a case's name says so.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from common import make_archive, read_lines, run

PROGRAM, FIXTURES = os.path.abspath(sys.argv[1]), sys.argv[2]
SIGNALS = (signal.SIGINT, signal.SIGTERM)
MOMENTS = 8  # of a run, at even distances


def start(*arguments):
    """In a group of its own, as a terminal starts it."""
    return subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, start_new_session=True)


def files_of(pid):
    found = set()
    for link in pathlib.Path(f"/proc/{pid}/fd").glob("*"):
        try:
            found.add(os.readlink(link))
        except OSError:
            pass
    return found


def wait_until(what, process):
    while not what():
        assert process.poll() is None, process.returncode
        time.sleep(0.02)


def while_a_worker_hangs(top, number, whole_group):
    """Three cases are done, one never ends: rows and reports of the three stand, no more."""
    top.mkdir()
    names = [f"{i}-fine" for i in range(3)] + ["9-hook-hang"]
    archive = make_archive(top / "archive", FIXTURES, names, 4)
    out = top / "out"
    out.mkdir()
    process = start("batch", "--no-progress", "--jobs", "2", "--ndjson", out / "rows", "--html",
                    out / "page.html", "--reports", out / "reports", archive)
    parts = ["9-hook-hang.html.part", "9-hook-hang.json.part"]
    wait_until(lambda: (out / "rows").exists() and (out / "rows").read_bytes().count(b"\n") == 3 and
               all((out / "reports" / part).exists() for part in parts), process)
    (os.killpg if whole_group else os.kill)(process.pid, number)
    assert process.wait() == -number, process.returncode
    assert sorted(read_lines(out / "rows")) == names[:3]
    left = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    wanted = [f"reports/{name}.{form}" for name in names[:3] for form in ("html", "json")]
    assert left == [*wanted, "rows"], left


def rows_of_its_own(top, number):
    """A page alone is made from rows in a temporary file: it goes, too."""
    archive = make_archive(top / "own", FIXTURES, ["a-fine", "b-hook-hang"], 2)
    process = start("batch", "--no-progress", "--html", top / "own.html", archive)
    own = set()

    def rows_are_there():
        own.update(path for path in files_of(process.pid) if "expdiag-rows." in path)
        return own

    wait_until(rows_are_there, process)
    process.send_signal(number)
    assert process.wait() == -number, process.returncode
    assert not any(os.path.exists(path) for path in own), own
    assert not list(top.glob("own.html*"))


def at_any_moment(top, number, name, command):
    """The page is the one before or the new one, whole; nothing lies beside it."""
    folder = top / f"{name}-{number}"
    folder.mkdir()
    page = folder / "page.html"
    began = time.monotonic()
    process = start(*command(folder), "--html", page)
    whole = process.wait()
    seconds = time.monotonic() - began
    assert whole in (0, 1) and page.read_text().endswith("</html>\n"), whole
    ended = 0
    for moment in range(MOMENTS):
        for path in folder.iterdir():
            path.unlink()
        page.write_text("before")
        process = start(*command(folder), "--html", page)
        time.sleep(seconds * moment / MOMENTS)
        process.send_signal(number)
        status = process.wait()
        text = page.read_text()
        assert status in (-number, whole), (name, moment, status)
        assert text == "before" or text.endswith("</html>\n"), (name, moment, text[-80:])
        left = {path.name for path in folder.iterdir()} - {"page.html", "rows", "rows.lock"}
        assert not left, (name, moment, left)
        if (folder / "rows").exists():
            read_lines(folder / "rows")
        ended += status == -number
    return ended


def main():
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        archive = make_archive(top / "archive", FIXTURES)
        run(PROGRAM, "--ndjson", top / "rows", archive)
        for number in SIGNALS:
            for whole_group in (False, True):
                while_a_worker_hangs(top / f"hanging-{number}-{whole_group}", number, whole_group)
        rows_of_its_own(top, signal.SIGTERM)
        ended = [at_any_moment(top, number, "batch", lambda folder: [
            "batch", "--no-progress", "--ndjson", folder / "rows", archive]) for number in SIGNALS]
        ended += [at_any_moment(top, number, "fleet", lambda folder: ["fleet", top / "rows"])
                  for number in SIGNALS]
    print(f"{ended} of {MOMENTS} runs each were ended early, none left anything behind")


if __name__ == "__main__":
    main()
