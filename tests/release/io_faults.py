#!/usr/bin/env python3
"""Reads that are short, interrupted or fail, full disks, and signals at any moment:
io_faults.py EXPDIAG READ_FAULTS PROJECT

Pipes, devices and links in place of files, and files that change while they are read.
Short and interrupted reads change no byte of a report.  A read that fails is a finding, or
the exit status 3 where nothing could be read.  A report that cannot be written, or a run that is
ended, leaves nothing behind: no half-written report, no temporary file, no worker.
"""
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

import make

FIXTURES = ("log-only-bundle", "condition-2-check-on")
MOMENTS = (0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
UNREADABLE, INTERNAL = 3, 4
problems = []


def bundles(project, fixture):
    folder = os.path.join(project, "fixtures", fixture)
    return [os.path.join(folder, n) for n in sorted(os.listdir(folder)) if n.endswith(".tar.gz")]


def run(program, inputs, env=None, *, limit=None):
    """Exit status, report or None, standard error, and what was left beside the report."""
    with tempfile.TemporaryDirectory() as place:
        report = os.path.join(place, "report.json")
        done = subprocess.run([program, "--reproducible", "--json", report, *inputs],
                              env=dict(os.environ, **(env or {})), capture_output=True,
                              check=False, timeout=120, preexec_fn=limit)
        left = set(os.listdir(place)) - {"report.json"}
        text = None
        if os.path.exists(report):
            with open(report, "rb") as f:
                text = f.read()
    if left:
        problems.append(f"{env}: left behind: {left}")
    return done.returncode, text, done.stderr.decode("utf-8", "replace")


def check_reads(program, shim, inputs, whole):
    same = [{"READ_EINTR": "1"}] + [{"READ_SHORT": str(n)} for n in (1, 3, 511, 65536)]
    for env in same:
        status, text, error = run(program, inputs, dict(env, LD_PRELOAD=shim))
        if text != whole[1] or status != whole[0]:
            problems.append(f"{env}: exit status {status}, another report: {error[:200]}")
    told = 0
    for n in (1, 2, 3, 4, 5, 7, 10):
        env = {"READ_FAILS": str(n), "LD_PRELOAD": shim}
        status, text, error = run(program, inputs, env)
        said = text is not None and b"Input/output error" in text
        told += said
        if status not in (0, 1, UNREADABLE) or (text != whole[1] and not said and not error):
            problems.append(f"{env}: exit status {status}, and nobody says why: {error[:200]}")
    return told


def check_writes(program, shim, inputs):
    for n in (1, 2, 3):
        status, text, error = run(program, inputs, {"WRITE_FAILS": str(n), "LD_PRELOAD": shim})
        if status != INTERNAL and n == 1 or (status == INTERNAL and text is not None):
            problems.append(f"write {n} fails: exit status {status}: {error[:200]}")
    for size in (0, 1, 4096, 20000):
        def limit(size=size):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        status, text, error = run(program, inputs, limit=limit)
        if status != INTERNAL or text is not None or "cannot write" not in error:
            problems.append(f"files of {size} bytes: exit status {status}: {error[:200]}")
    full = subprocess.run([program, "--text", "/dev/full", *inputs], capture_output=True,
                          check=False)
    if full.returncode != INTERNAL or b"No space" not in full.stderr:
        problems.append(f"/dev/full: exit status {full.returncode}: {full.stderr[:200]}")


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(p) for p in f.read().split()]
    except OSError:
        return []


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def end_at(program, inputs, number, moment, whole):
    with tempfile.TemporaryDirectory() as place:
        report = os.path.join(place, "report.json")
        with open(report, "w", encoding="ascii") as f:
            f.write("before")
        with subprocess.Popen([program, "--reproducible", "--json", report, *inputs],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            time.sleep(moment)
            workers = children(child.pid)
            child.send_signal(number)
            status = child.wait(60)
        for _ in range(200):
            if not any(map(is_alive, workers)):
                break
            time.sleep(0.01)
        else:
            problems.append(f"signal {number} after {moment} s: a worker lives on")
        with open(report, "rb") as f:
            text = f.read()
        left = [n for n in os.listdir(place) if n != "report.json"]
    finished = status == whole[0] and text == whole[1]
    if not finished and text not in (b"before", whole[1]):
        problems.append(f"signal {number} after {moment} s: half a report")
    # nobody can clean up behind SIGKILL: what is left then has a name of its own
    if left and number != signal.SIGKILL:
        problems.append(f"signal {number} after {moment} s: left behind: {left}")
    return not finished


# ---- inputs that are no files, or change ----

def feed(path, data):
    with open(path, "wb") as f:
        f.write(data)


def check_odd(program, inputs, whole):
    """Devices are refused, a pipe is read, and neither is opened in a folder."""
    for device in ("/dev/zero", "/dev/null"):
        status, text, error = run(program, [device])
        if status != UNREADABLE or text is not None or "device" not in error:
            problems.append(f"{device}: exit status {status}: {error[:200]}")
    rows = subprocess.run([program, "fleet", "/dev/zero"], capture_output=True, check=False, timeout=60)
    if rows.returncode != UNREADABLE or b"no file" not in rows.stderr:
        problems.append(f"fleet /dev/zero: exit status {rows.returncode}: {rows.stderr[:200]}")
    with open(inputs[0], "rb") as f:
        data = f.read()
    with tempfile.TemporaryDirectory() as place:
        pipe = os.path.join(place, os.path.basename(inputs[0]))
        os.mkfifo(pipe)
        writer = threading.Thread(target=feed, args=(pipe, data))
        writer.start()
        status, text, error = run(program, [pipe, *inputs[1:]])
        writer.join()
        if status != whole[0] or text.replace(place.encode(), os.path.dirname(inputs[0]).encode()) != whole[1]:
            problems.append(f"a pipe: exit status {status}, another report: {error[:200]}")
        folder = os.path.join(place, "case")
        os.mkdir(folder)
        os.mkfifo(os.path.join(folder, "ca_a_2026-01-01_00_00_00.pem"))
        os.symlink(".", os.path.join(folder, "loop"))
        os.symlink("/dev/zero", os.path.join(folder, "a.pcap"))
        os.symlink("b", os.path.join(folder, "b"))
        feed(os.path.join(folder, os.path.basename(inputs[0])), data)
        status, text, error = run(program, [folder])
        if status not in (0, 1) or b"out of the folder" not in text:
            problems.append(f"a folder of pipes and loops: exit status {status}: {error[:200]}")


def check_changing(program):
    """A file that is cut, grows or is replaced while it is read: a report, whatever it says."""
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "a.tar")
        for change in ("cut", "grow", "replace"):
            feed(path, make.tar([(f"ca_h{i}_{make.STAMP}.pem", bytes(1 << 20)) for i in range(60)]))
            child = subprocess.Popen([program, "--reproducible", "--json", path + ".json", path],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.01)
            if change == "cut":
                os.truncate(path, 30 << 20)
            elif change == "grow":
                with open(path, "ab") as f:
                    f.write(bytes(1 << 20))
            else:
                feed(path + ".new", b"x")
                os.rename(path + ".new", path)
            if child.wait(60) not in (0, 1, UNREADABLE):  # it may have been before the begin
                problems.append(f"{change} while it is read: exit status {child.returncode}")


def main():
    program, shim, project = (os.path.abspath(a) for a in sys.argv[1:4])
    for fixture in FIXTURES:
        inputs = bundles(project, fixture)
        status, text, error = run(program, inputs)
        if status not in (0, 1) or not text:
            sys.exit(f"{fixture}: no report at all: {error}")
        told = check_reads(program, shim, inputs, (status, text))
        check_writes(program, shim, inputs)
        check_odd(program, inputs, (status, text))
        ended = sum(end_at(program, inputs, number, moment, (status, text))
                    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
                    for moment in MOMENTS)
        print(f"{fixture}: {told} failing reads told in the report, {ended} runs ended early")
    check_changing(program)
    print("\n".join(problems) or "nothing is left behind")
    sys.exit(1 if problems else 0)


main()
