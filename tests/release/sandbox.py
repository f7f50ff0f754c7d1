#!/usr/bin/env python3
"""A parser that a bundle has taken over can do nothing: sandbox.py EXPDIAG_HOSTILE

Each deed of hostile_deeds.c is tried in both threads of a worker, with both walls and with
each one alone; "all-numbers" is every system call that the filter's list does not name.  Then
one that is refused and one that ends the worker in the worker of each command.  Exit 77 where
the kernel has neither.
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
           "setuid queue-signal tkill seccomp prctl-seccomp dumpable name pkey personality "
           "run-input steal-terminal paste async raise-limit all-numbers").split()
OTHERWISE = {"clone3": "ENOSYS", "memory": "ENOMEM", "inherited": "EBADF"}
DEADLY = ("socket unix-socket socketpair connect execve execveat ptrace read-memory bpf "
          "unshare").split()
if os.uname().machine == "x86_64":
    DEADLY += ["x32", "i386"]
DEADLY_TOO = ("bind listen accept4 write-memory module finit-module kexec mount setns "
              "run-memfd").split()  # tried once each
# What Landlock refuses alone, from its first version on.
PATHS = "read openat2 write memory-file list unlink mkdir symlink".split()
STAMP = "vcs8c_2026-03-29_07_05_00"
NAMES = (f"server_{STAMP}.pem", f"xconf_dump_{STAMP}.txt", f"xstat_dump_{STAMP}.txt")
IN = "in.tar.gz"
CERTS = ("certs", "--verbose", "--text", "report", IN)
# Each reads the files, or a stored report, in a worker of its own.
COMMANDS = (("analyze", "--text", "report", IN), ("flows", "--text", "report", IN), CERTS,
            ("xconfiguration", "-o", "report", IN), ("xstatus", "-o", "report", IN),
            ("whatif", "--eku-check", "off", "--text", "report", IN),
            ("diff", "--text", "report", IN, "victim"), ("show", "--text", "report", "stored"))
BATCH = ("batch", "--ndjson", "report", IN)
EXIT_INTERNAL = 4
problems = []


def tar_of(content, names):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(out.getvalue(), mtime=0)


def run(program, word, deeds, without=None, command=CERTS):
    """Exit status and what standard error tells of each deed."""
    said = f"{word} {' '.join(deeds)}\n".encode()
    with tempfile.TemporaryDirectory() as folder:
        def at(name):
            return os.path.join(folder, name)

        with open(at(IN), "wb") as f:
            f.write(tar_of(said, NAMES if command != CERTS else NAMES[:1]))
        with open(at("stored"), "wb") as f:
            f.write(said)
        with open(at("victim"), "w", encoding="ascii") as f:
            f.write("whole")
        with open(at("inherited"), "wb") as f:
            os.dup2(f.fileno(), 9)
            done = subprocess.run([program, *command], cwd=folder, pass_fds=(9,), capture_output=True, check=False,
                                  env=dict(os.environ, HOSTILE_WITHOUT=without or ""), timeout=60)
            os.close(9)
        left = sorted(set(os.listdir(folder)) - {"report"})
        if left != [IN, "inherited", "stored", "victim"]:
            problems.append(f"{word} {deeds} without {without}: left in the folder: {left}")
        with open(at("victim"), encoding="ascii") as f:
            if f.read() != "whole":
                problems.append(f"{word} {deeds} without {without}: changed a file")
        if os.path.getsize(at("inherited")):
            problems.append(f"{word} {deeds}: wrote to a descriptor that was not given")
        if done.returncode == EXIT_INTERNAL and os.path.exists(at("report")) and command != BATCH:
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
    done = [deed for deed in seen if deed not in wanted]
    if done:
        problems.append(f"{word} without {without}: these numbers too: {done}")


def expect_deaths(program, word, without, deeds):
    for deed in deeds:
        status, seen, error = run(program, word, [deed], without)
        if status != EXIT_INTERNAL or deed in seen:
            problems.append(f"{word} {deed} without {without}: exit {status}, {seen}")
        elif "no report was written" not in error:
            problems.append(f"{word} {deed}: ended without words: {error}")


def expect_in_each_command(program):
    for command in COMMANDS:
        _, seen, error = run(program, "HOSTILE", ["read"], command=command)
        if seen != {"read": "EPERM"}:
            problems.append(f"{command[0]}: read: {seen}: {error}")
        status, seen, error = run(program, "HOSTILE", ["socket"], command=command)
        if status != EXIT_INTERNAL or seen or "no report was written" not in error:
            problems.append(f"{command[0]}: socket: exit {status}, {seen}: {error}")
    _, seen, error = run(program, "HOSTILE", ["read"], command=BATCH)
    if seen != {"read": "EPERM"}:
        problems.append(f"batch: read: {seen}: {error}")
    status, seen, error = run(program, "HOSTILE", ["socket"], command=BATCH)
    if seen:  # the worker ended; its case has a row that says so
        problems.append(f"batch: socket: exit {status}, {seen}: {error}")


def expect_words_without(program):
    """A kernel that filters nothing: told once, in batch of three cases too; not with --quiet."""
    for command in (CERTS, (*BATCH, "--group", "none", "./in.tar.gz", "stored")):
        for more, times in (((), 1), (("--quiet",), 0)):
            status, seen, error = run(program, "HOSTILE", ["read"], "kernel", (*command, *more))
            if seen.get("read") not in ("done", "EACCES") or status == EXIT_INTERNAL or \
                    error.count("without a sandbox") != times:
                problems.append(f"{command[0]} {more} on such a kernel: {status}, {seen}: {error}")


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
            expect_deaths(program, word, without, DEADLY)
        if "no Landlock" not in error:
            expect_refusals(program, word, dict.fromkeys(PATHS, "EACCES|EPERM"), "seccomp")
    expect_deaths(program, "HOSTILE", None, DEADLY_TOO)
    expect_in_each_command(program)
    expect_words_without(program)
    print("\n".join(problems) or "every deed was refused or ended the worker")
    sys.exit(1 if problems else 0)


main()
