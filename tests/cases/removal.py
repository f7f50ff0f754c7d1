#!/usr/bin/env python3
"""Takes one file after the other out of every case and judges what is still said.

  removal.py PROGRAM FIXTURES

Less evidence must never make a verdict surer, or another one.  For every case of
FIXTURES and every file of its bundles: each cause that is found without the file is
found with it too, at no lower confidence, or only says that something is missing or
unexplained (ALLOWED); and what was concluded about a presented certificate stays, or
becomes unknown.  There are no exceptions.
"""
import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor

RANK = {"possible": 0, "probable": 1, "certain": 2}

# Findings that name a cause.  The rest are facts about one file, which stand or fall
# with that file.
CAUSES = {
    "tls-intercepted", "client-eku-missing", "server-eku-missing", "ssh-client-eku-missing",
    "sip-service-eku-missing", "unknown-ca", "incomplete-chain", "key-usage-unsuitable",
    "certificate-expired", "certificate-not-yet-valid", "clock-skew", "certificate-revoked",
    "revocation-unavailable", "name-mismatch", "no-client-certificate",
    "protocol-version-mismatch", "no-shared-cipher", "weak-signature", "ssh-unreachable",
    "ssh-blocked", "ssh-auth-failed", "ssh-kex-mismatch", "ssh-key-algorithm",
    "ssh-host-key-unexpected", "wrong-store-presented", "stale-certificate-presented",
    "traversal-auth-failed", "name-resolution-failed", "handshake-reset",
    "handshake-closed", "handshake-unanswered", "connection-refused",
    "connection-unanswered", "zone-down-unexplained", "certificates-encrypted",
    "input-missing",
}
ALLOWED = {
    "input-missing", "handshake-reset", "handshake-closed", "handshake-unanswered",
    "connection-refused", "connection-unanswered", "zone-down-unexplained",
    "certificates-encrypted",
}

def unpack(source, target):
    """As far as it goes: one case is damaged on purpose."""
    if os.path.isdir(source):
        shutil.copytree(source, target)
        return
    os.makedirs(target)
    try:
        with tarfile.open(source, "r:*") as archive:
            for member in archive:
                if not member.isfile():
                    continue
                path = os.path.join(target, member.name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with archive.extractfile(member) as data, open(path, "wb") as out:
                    shutil.copyfileobj(data, out)
    except (tarfile.TarError, EOFError, OSError, zlib.error):
        pass


def run(program, words, cwd):
    env = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8", NO_COLOR="1")
    done = subprocess.run([program, *words, "--format", "json", "--no-progress"], cwd=cwd,
                          env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{program} {words}: exit {done.returncode}: "
                 f"{done.stderr.decode('utf-8', 'replace')}")
    return json.loads(done.stdout)


def causes(report):
    best = {}
    # An id has a domain or a time only while another bundle has the same host.
    hosts = {node["id"]: node["host"] for node in report["nodes"]}
    for finding in report["findings"]:
        if finding["id"] in CAUSES:
            key = (finding["id"], hosts.get(finding["node"], finding["node"]))
            best[key] = max(best.get(key, 0), RANK[finding["confidence"]])
    return best


def conclusions(report):
    rows = {}
    for flow in report["flows"]:
        for row in flow["presented"]:
            rows[(flow["capture"], flow["first_frame"], row["by"])] = row["conclusion"]
    return rows


def compare(whole, less):
    """What the smaller case says that the whole one does not bear out."""
    before, after = causes(whole), causes(less)
    for (finding, node), rank in after.items():
        if finding in ALLOWED:
            continue
        # A bundle that lost its dumps may name no node any more.
        known = [r for (f, n), r in before.items()
                 if f == finding and (n == node or node is None)]
        if not known:
            yield f"{finding} of {node} is new"
        elif rank > max(known):
            yield f"{finding} of {node} is surer than before"
    was = conclusions(whole)
    for key, conclusion in conclusions(less).items():
        if key in was and conclusion not in (was[key], "unknown", None):
            yield f"{key} is {conclusion}, was {was[key]}"


def files_below(folder):
    for base, _, names in os.walk(folder):
        for name in sorted(names):
            yield os.path.join(base, name)


def without(program, case, words, copies, path, whole, scratch):
    """Judges the case once more, in a copy of the bundle that lacks the file."""
    bundle = next(c for c in copies if path.startswith(c + os.sep))
    copy = tempfile.mkdtemp(dir=scratch)
    less = os.path.join(copy, os.path.basename(bundle))
    # Hard links: nothing is written, only left out.
    shutil.copytree(bundle, less, copy_function=os.link)
    os.unlink(os.path.join(less, os.path.relpath(path, bundle)))
    report = run(program, [less if w == bundle else w for w in words], scratch)
    shutil.rmtree(copy)
    name = os.path.basename(path)
    return [f"{case} without {name}: {text}"
            for text in compare(whole, report)]


def judge_case(program, folder, scratch, pool):
    case = os.path.basename(folder)
    with open(os.path.join(folder, "args"), encoding="utf-8") as f:
        words = shlex.split(f.read(), comments=True)
    copies = []
    for at, word in enumerate(words):
        source = os.path.join(folder, word)
        if at > 0 and words[at - 1].startswith("--") and words[at - 1] != "--reproducible":
            words[at] = source if os.path.exists(source) else word
        elif at > 0 and os.path.exists(source):
            words[at] = os.path.join(scratch, case, word.split(".")[0])
            unpack(source, words[at])
            copies.append(words[at])
    if not copies or words[0] != "analyze":
        return []
    whole = run(program, words, scratch)
    jobs = []
    for copy in copies:
        paths = list(files_below(copy))
        # A bundle without its only file is no bundle.
        for path in paths if len(paths) > 1 else []:
            jobs.append(pool.submit(without, program, case, words, copies, path, whole,
                                    scratch))
    return jobs


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, fixtures = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as scratch, \
            ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = []
        for case in sorted(os.listdir(fixtures)):
            folder = os.path.join(fixtures, case)
            if os.path.exists(os.path.join(folder, "args")):
                jobs += judge_case(program, folder, scratch, pool)
        wrong = [text for job in jobs for text in job.result()]
    print("\n".join(wrong + [f"{len(jobs)} files removed, {len(wrong)} verdicts changed"]))
    sys.exit(1 if wrong or not jobs else 0)


if __name__ == "__main__":
    main()
