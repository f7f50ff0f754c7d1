#!/usr/bin/env python3
"""same_bytes.py MAKE_FIXTURES FIXTURES CASE: two runs of the generator make equal archives.

That the archives kept in fixtures/ are these is said, not demanded: another release of
OpenSSL or zlib may make other bytes.
"""
import os
import shutil
import subprocess
import sys
import tempfile


def make(tool, fixtures, case):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, case))
        shutil.copytree(os.path.join(fixtures, "transcripts"), os.path.join(folder, "transcripts"))
        subprocess.run([tool, folder, case], check=True)
        return read(os.path.join(folder, case))


def read(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.startswith("diagnostic_log_"):
            with open(os.path.join(folder, name), "rb") as f:
                found[name] = f.read()
    return found


def main():
    tool, fixtures, case = sys.argv[1:]
    first, second = make(tool, fixtures, case), make(tool, fixtures, case)
    if not first or first != second:
        print(f"{case}: two runs differ")
        return 1
    if first != read(os.path.join(fixtures, case)):
        print(f"{case}: not the bytes kept in the tree (other libraries?)")
    return 0


sys.exit(main())
