#!/usr/bin/env python3
"""Progress on a terminal alone, and Ctrl-C on one: nothing half-written stays."""
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time

from checks import check, finish

program, source = (os.path.abspath(a) for a in sys.argv[1:])
case = os.path.join(source, "fixtures", "condition-2-check-on")


def read_all(fd, seconds, until=None):
    """What comes, until the other end closes or the time is up."""
    data = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                got = os.read(fd, 65536)
            except OSError:
                break
            if not got:
                break
            data += got
        if until is not None and until in data:
            break
    return data


class Run:
    """The program with a pipe that stays open as its input, standard error on a terminal."""

    def __init__(self, *arguments, term="xterm", cwd=None):
        self.terminal, slave = pty.openpty()
        self.process = subprocess.Popen(
            [program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=slave,
            env={**os.environ, "TERM": term}, cwd=cwd, start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(slave, __import__("termios").TIOCSCTTY, 0))
        os.close(slave)


with tempfile.TemporaryDirectory() as work:
    # A log without an end keeps the worker busy.
    line = b"2026-04-09T09:00:00.000+00:00 vcs8c tvcs: UTCTime=\"2026-04-09 09:00:00,000\"\n"

    def feed(run, name):
        head = name.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2
        head += b"77777777777\0" + b"00000000000\0" + b" " * 8 + b"0" + b"\0" * 100
        head += b"ustar\00000" + b"\0" * 247
        total = sum(head)
        head = head[:148] + b"%06o\0 " % total + head[156:]
        run.process.stdin.write(head + line * 2000)
        run.process.stdin.flush()

    name = "loggingsnapshot_vcs8c_2026-04-09_09_05_00.txt"
    run = Run("--json", "report.json", "-", cwd=work)
    feed(run, name)
    drawn = read_all(run.terminal, 20, b"loggingsnapshot")
    check("a line on a terminal", b"\r\x1b[K" in drawn and b"MB/s" in drawn and
          b"file 1: loggingsnapshot" in drawn, drawn)
    check("one line", b"\n" not in drawn, drawn)
    # Ctrl-C, as the terminal's key sends it.
    os.write(run.terminal, b"\x03")
    check("ended by SIGINT", run.process.wait(20) == -signal.SIGINT, run.process.returncode)
    rest = read_all(run.terminal, 1)
    check("the line is taken away", (drawn + rest).rstrip().endswith(b"\r\x1b[K"), rest)
    check("nothing half-written", os.listdir(work) == [], os.listdir(work))

    # Of a file the size is known, and with it how much is left.
    big = os.path.join(work, name)
    with open(big, "wb") as hole:
        hole.truncate(16 << 30)
    run = Run(big, cwd=work)
    drawn = read_all(run.terminal, 20, b" left, ")
    check("time left", b" % of 17179.9 MB, " in drawn and b" left, file 1: " in drawn, drawn)
    run.process.send_signal(signal.SIGTERM)
    run.process.wait(20)
    os.remove(big)

    for arguments, term in ((["--no-progress", "-"], "xterm"), (["-q", "-"], "xterm"),
                            (["-"], "dumb")):
        run = Run(*arguments, term=term, cwd=work)
        feed(run, name)
        check((arguments, term), read_all(run.terminal, 1.5) == b"")
        run.process.send_signal(signal.SIGTERM)
        check("ended by SIGTERM", run.process.wait(20) == -signal.SIGTERM)

    # Off a terminal, and when all is quick: nothing.
    done = subprocess.run([program, "--text", "/dev/null", case], capture_output=True, check=False)
    check("off a terminal", done.stderr == b"", done.stderr)
finish()
