"""What does not hold is told; all of it, before the script fails."""

import sys

problems = []


def check(what, good, *seen):
    if not good:
        problems.append(what)
        print("FAILED:", what, *seen, sep="\n")


def finish():
    sys.exit(1 if problems else 0)
