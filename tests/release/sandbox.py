#!/usr/bin/env python3
"""A parser that a bundle has taken over can do nothing: sandbox.py EXPDIAG_HOSTILE

Each deed of hostile.c is tried in both threads of a worker, with both walls and with each
one alone.  Exit 77 where the kernel has neither.
"""
import gzip
import io
import os
import subprocess
import sys
import tarfile
import tempfile

REFUSED = ("read openat2 write memory-file list unlink rename mkdir symlink chmod truncate stat "
           "empty-path chdir fork namespace kill tgkill run-memory make-runnable type dup fcntl fchmod "
           "memfd prctl prlimit io-uring pidfd send userfaultfd perf key shared-memory "
           "setuid").split()
OTHERWISE = {"clone3": "ENOSYS", "memory": "ENOMEM", "inherited": "EBADF"}
DEADLY = ("socket unix-socket socketpair connect execve execveat ptrace read-memory bpf "
          "unshare").split()
if os.uname().machine == "x86_64":
    DEADLY += ["x32", "i386"]
# What Landlock refuses alone, from its first version on.
PATHS = "read openat2 write memory-file list unlink mkdir symlink".split()
NAME = "server_vcs8c_2026-03-29_07_05_00.pem"
EXIT_INTERNAL = 4
problems = []


def tar_of(content):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        member = tarfile.TarInfo(NAME)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return gzip.compress(out.getvalue(), mtime=0)


def run(program, word, deeds, without=None):
    """Exit status and what standard error tells of each deed."""
    with tempfile.TemporaryDirectory() as folder:
        def at(name):
            return os.path.join(folder, name)

        with open(at("in.tar.gz"), "wb") as f:
            f.write(tar_of(f"{word} {' '.join(deeds)}\n".encode()))
        with open(at("victim"), "w", encoding="ascii") as f:
            f.write("whole")
        with open(at("inherited"), "wb") as f:
            os.dup2(f.fileno(), 9)
            done = subprocess.run([program, "certs", "--verbose", "--text", "report", "in.tar.gz"],
                                  cwd=folder, pass_fds=(9,), capture_output=True, check=False,
                                  env=dict(os.environ, HOSTILE_WITHOUT=without or ""), timeout=60)
            os.close(9)
        left = sorted(set(os.listdir(folder)) - {"report"})
        if left != ["in.tar.gz", "inherited", "victim"]:
            problems.append(f"{word} {deeds} without {without}: left in the folder: {left}")
        with open(at("victim"), encoding="ascii") as f:
            if f.read() != "whole":
                problems.append(f"{word} {deeds} without {without}: changed a file")
        if os.path.getsize(at("inherited")):
            problems.append(f"{word} {deeds}: wrote to a descriptor that was not given")
        if done.returncode == EXIT_INTERNAL and os.path.exists(at("report")):
            problems.append(f"{word} {deeds}: a report where the worker was ended")
    error = done.stderr.decode("utf-8", "replace")
    seen = dict(line[9:].split(": ") for line in error.splitlines() if line.startswith("hostile: "))
    return done.returncode, seen, error


def expect_refusals(program, word, wanted, without):
    status, seen, error = run(program, word, list(wanted), without)
    if status == EXIT_INTERNAL:
        problems.append(f"{word} without {without}: ended: {error}")
    for deed, errno in wanted.items():
        if seen.get(deed) not in errno.split("|"):
            problems.append(f"{word} {deed} without {without}: {seen.get(deed)}, not {errno}")


def expect_deaths(program, word, without):
    for deed in DEADLY:
        status, seen, error = run(program, word, [deed], without)
        if status != EXIT_INTERNAL or deed in seen:
            problems.append(f"{word} {deed} without {without}: exit {status}, {seen}")
        elif "no report was written" not in error:
            problems.append(f"{word} {deed}: ended without words: {error}")


def main():
    program = os.path.abspath(sys.argv[1])
    _, seen, error = run(program, "HOSTILE", ["read"])
    if "without a sandbox" in error:
        print("this kernel filters no system calls")
        sys.exit(77)
    if seen != {"read": "EPERM"}:
        sys.exit(f"the hook is not reached: {seen}\n{error}")
    wanted = dict.fromkeys(REFUSED, "EPERM") | OTHERWISE
    for word in ("HOSTILE", "THREAD"):
        for without in (None, "landlock"):
            expect_refusals(program, word, wanted, without)
            expect_deaths(program, word, without)
        if "no Landlock" not in error:
            expect_refusals(program, word, dict.fromkeys(PATHS, "EACCES|EPERM"), "seccomp")
    print("\n".join(problems) or "every deed was refused or ended the worker")
    sys.exit(1 if problems else 0)


main()
