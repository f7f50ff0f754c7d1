"""Workers that crash, hang, eat memory or are killed cost one row each, never the run."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from common import comparable, make_archive, read_lines, run

PROGRAM, FIXTURES = sys.argv[1], sys.argv[2]


def rows_of(text):
    return {row["case"]: row for row in map(json.loads, text.splitlines())}


def failing_cases(top):
    names = ["a-fine", "b-hook-crash", "c-hook-hang", "d-hook-memory", "e-fine"]
    archive = make_archive(top / "failing", FIXTURES, names, len(names))
    status, out, words = run(PROGRAM, "--timeout", "8", "--memory", "300", "--jobs", "2",
                             "--reports", top / "reports", archive)
    rows = rows_of(out)
    assert status == 3, (status, words)
    assert {name: row["status"] for name, row in rows.items()} == {
        "a-fine": "ok", "b-hook-crash": "crashed", "c-hook-hang": "timeout",
        "d-hook-memory": "memory", "e-fine": "ok"}, rows
    assert "signal 6" in rows["b-hook-crash"]["reason"], rows["b-hook-crash"]
    assert "longer than 8 s" in rows["c-hook-hang"]["reason"], rows["c-hook-hang"]
    assert "more than 300 MiB" in rows["d-hook-memory"]["reason"], rows["d-hook-memory"]
    for name in names[1:4]:
        assert rows[name]["findings"] == [] and rows[name]["inputs"][0]["bytes"] > 0
        assert rows[name]["report"] is None
    left = sorted(path.name for path in (top / "reports").iterdir())
    assert left == ["a-fine.html", "a-fine.json", "e-fine.html", "e-fine.json"], left


def hostile_workers(top):
    """What a taken-over worker says is a stranger's word: garbage, much too much, forged."""
    names = ["a-fine", "b-hook-garbage", "c-hook-flood", "d-hook-forged", "e-fine"]
    archive = make_archive(top / "hostile", FIXTURES, names, len(names))
    status, out, words = run(PROGRAM, "--timeout", "20", "--jobs", "2", "--reports",
                             top / "reports-hostile", archive)
    rows = rows_of(out)
    assert sorted(rows) == names, (status, words, rows)
    assert [rows[name]["status"] for name in names] == ["ok", "failed", "crashed", "ok", "ok"], rows
    assert rows["b-hook-garbage"]["findings"] == []
    assert "signal 13" in rows["c-hook-flood"]["reason"], rows["c-hook-flood"]
    forged = rows["d-hook-forged"]
    assert forged["seconds"] < 20 and forged["rules"] == rows["a-fine"]["rules"], forged
    assert forged["report"] == "d-hook-forged", forged
    assert all(0x20 <= ord(c) < 0x7f or c == "\n" for c in out + words), out


def children_of(pid):
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(path.parent.name))
        except (OSError, IndexError):
            pass
    return found


def state_of(pid):
    """One letter; X where it is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "X"


def wait_for(pid, states):
    """Does it come to one of them?  A machine under load takes its time."""
    for _ in range(2000):
        if state_of(pid) in states:
            return True
        time.sleep(0.01)
    return False


def kill_surely(pid):
    """Stopped first: what still lives then did not end by itself before it is killed."""
    try:
        os.kill(pid, signal.SIGSTOP)
        alive = wait_for(pid, "TZX") and state_of(pid) == "T"
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return alive


def killed_workers(top):
    """Workers that somebody kills are tried again by --resume."""
    archive = make_archive(top / "killed", FIXTURES)
    lines = top / "killed.ndjson"
    whole = top / "whole.ndjson"
    run(PROGRAM, "--ndjson", whole, archive)
    killed = 0
    while killed == 0:  # a run may be over before a worker of it is caught
        lines.unlink(missing_ok=True)
        process = subprocess.Popen([PROGRAM, "batch", "--no-progress", "--jobs", "2", "--ndjson",
                                    str(lines), str(archive)], stderr=subprocess.DEVNULL)
        while process.poll() is None and killed < 4:
            for server in children_of(process.pid):
                killed += sum(map(kill_surely, children_of(server)))
            time.sleep(0.001)
        process.wait()
    rows = read_lines(lines)
    assert len(rows) == 10, sorted(rows)
    crashed = [name for name, row in rows.items() if row["status"] == "crashed"]
    assert len(crashed) == killed, (killed, rows)
    status, _, words = run(PROGRAM, "--ndjson", lines, "--resume", archive)
    assert status == 1, (status, words)
    assert read_lines(lines) == read_lines(whole)


def killed_server(top):
    """The forking process is killed: the run ends with words, and goes on."""
    archive = make_archive(top / "server", FIXTURES, [f"{i}-hook-hang" for i in range(4)], 4)
    process = subprocess.Popen([PROGRAM, "batch", "--no-progress", "--jobs", "2", str(archive)],
                               stderr=subprocess.PIPE, text=True)
    workers = []
    while not workers:
        server = children_of(process.pid)
        workers = children_of(server[0]) if server else []
        time.sleep(0.01)
    os.kill(server[0], signal.SIGKILL)
    words = process.communicate(timeout=120)[1]
    assert process.returncode == 4 and "--resume" in words, (process.returncode, words)
    for worker in workers:
        assert wait_for(worker, "ZX"), "a worker outlived the run"


def interrupted(top):
    """Ctrl-C: rows that are done stand, workers end, the status is the signal's."""
    names = [f"{i}-fine" for i in range(3)] + ["9-hook-hang"]
    archive = make_archive(top / "interrupted", FIXTURES, names, 4)
    lines = top / "interrupted.ndjson"
    process = subprocess.Popen([PROGRAM, "batch", "--no-progress", "--jobs", "1", "--ndjson",
                                str(lines), str(archive)], stderr=subprocess.DEVNULL)
    while not lines.exists() or lines.read_bytes().count(b"\n") < 3:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == -signal.SIGINT
    assert sorted(read_lines(lines)) == names[:3]


def main():
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        failing_cases(top)
        hostile_workers(top)
        killed_workers(top)
        killed_server(top)
        interrupted(top)
    assert comparable({"seconds": 1, "case": "a"}) == {"case": "a"}
    print("a worker's end is one row")


if __name__ == "__main__":
    main()
