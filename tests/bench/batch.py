"""How fast expdiag batch is; run by hand, on a machine that does nothing else.

batch.py PROGRAM FIXTURES [--make FOLDER | --in FOLDER] [--what WHAT,...] [--times N]: makes an archive of 1,000
cases (bundles of the fixtures, some with larger captures, some damaged, some hostile), and
measures WHAT (all without):
  jobs    its rate with one worker on one core, and with two on two, one thread each: by turns,
          N times (3), the medians; with how much of the cores others of the host took
  loop    the same by a shell loop of analyze
  small   cases with nearly nothing in them: what isolation costs a case, at the most
  large   cases of 150 MB, and the time that 100,000 of them would take
  parent  memory of the parent that finds 100,000 cases of two bundles
The archive is the same every time: its random numbers are seeded.
"""

import argparse
import gzip
import io
import os
import pathlib
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tarfile
import tempfile
import time

CASES = 1000
MEDIUM, LARGE = 80, 20  # cases whose bundle holds a capture of so many bytes besides
MEDIUM_BYTES, LARGE_BYTES = 3 << 20, 20 << 20
DAMAGED, HOSTILE = 30, 20
LARGE_CASES, LARGE_CASE_BYTES = 8, 200 << 20


def make_capture(source, size):
    """Frames of a bulk transfer: TCP data that is no TLS, half of it compressible."""
    out = io.BytesIO()
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    sequence, at = 1, 0
    while out.tell() < size:
        data = source.randbytes(700) + b"0" * 700
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(data), at & 0xFFFF, 0, 64, 6, 0,
                         bytes([10, 0, 0, 1]), bytes([10, 0, at % 7, 2]))
        tcp = struct.pack(">HHIIBBHHH", 40000 + at % 50, 9000, sequence & 0xFFFFFFFF, 0, 0x50,
                          0x10, 4096, 0, 0)
        frame = bytes(12) + b"\x08\x00" + ip + tcp + data
        out.write(struct.pack("<IIII", 1774000000 + at // 1000, at % 1000, len(frame),
                              len(frame)))
        out.write(frame)
        sequence += len(data)
        at += 1
    return out.getvalue()


def add_capture(bundle, capture, level=6):
    """The bundle again, with one capture more."""
    packed = io.BytesIO()
    with tarfile.open(bundle) as old, tarfile.open(fileobj=packed, mode="w") as new:
        for member in old.getmembers():
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
        name = "eth9_diagnostic_logging_tcpdump00_bench_2026-03-29_07_05_00.pcap"
        member = tarfile.TarInfo(name)
        member.size = len(capture)
        new.addfile(member, io.BytesIO(capture))
    bundle.write_bytes(gzip.compress(packed.getvalue(), level, mtime=0))


def make_hostile(bundle, source, n):
    if n % 4 == 0:  # a bomb
        bundle.write_bytes(gzip.compress(bytes(64 << 20), 9, mtime=0))
    elif n % 4 == 1:
        bundle.write_bytes(b"\x1f\x8b\x08\0" + source.randbytes(100000))
    elif n % 4 == 2:  # a dump that is nothing but depth
        text = b"<a>" * 300000
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as new:
            member = tarfile.TarInfo("xconf_dump_x_2026-03-29_07_05_00.xml")
            member.size = len(text)
            new.addfile(member, io.BytesIO(text))
        bundle.write_bytes(gzip.compress(packed.getvalue(), 6, mtime=0))
    else:  # archives in archives
        packed = source.randbytes(2000)
        for _ in range(30):
            packed = gzip.compress(packed, 1, mtime=0)
        bundle.write_bytes(packed)


def make_archive(folder, fixtures):
    source = random.Random(20261122)
    known = sorted(path for path in fixtures.iterdir() if list(path.glob("*.tar.gz")))
    captures = {size: make_capture(source, size) for size in (MEDIUM_BYTES, LARGE_BYTES)}
    order = list(range(CASES))
    source.shuffle(order)
    for place, i in enumerate(order):
        case = folder / f"{2020 + i % 6}" / f"case-{i:04d}"
        case.mkdir(parents=True)
        bundles = []
        for bundle in sorted(known[i % len(known)].glob("*.tar.gz")):
            bundles.append(pathlib.Path(shutil.copy2(bundle, case)))
        if place < LARGE:
            add_capture(bundles[0], captures[LARGE_BYTES])
        elif place < LARGE + MEDIUM:
            add_capture(bundles[0], captures[MEDIUM_BYTES])
        elif place < LARGE + MEDIUM + DAMAGED:
            size = bundles[0].stat().st_size
            os.truncate(bundles[0], source.randrange(size // 2, size - 100))
        elif place < LARGE + MEDIUM + DAMAGED + HOSTILE:
            make_hostile(bundles[0], source, place)


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def peak_of(pid):
    """Of this process alone, in MiB."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0


def batch(program, *arguments, cores=None):
    """Seconds and the parent's peak of one run."""
    command = [str(program), "batch", "--no-progress", *map(str, arguments)]
    if cores:
        command = ["taskset", "-c", cores, *command]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, peak_of(process.pid))
        time.sleep(0.02)
    seconds = time.monotonic() - began
    assert process.returncode in (0, 1, 3), process.returncode
    return seconds, peak


def shell_loop(program, archive):
    """One analyze a case, as a shell would."""
    script = f'for c in "$1"/*/*; do "{program}" -q "$c"/*.tar.gz; done'
    began = time.monotonic()
    subprocess.run(["sh", "-c", script, "sh", str(archive)], stderr=subprocess.DEVNULL,
                   check=False)
    return time.monotonic() - began


def make_small(folder):
    """Cases with nearly nothing in them: what they take is isolation."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as new:
        member = tarfile.TarInfo("xstat_dump_x_2026-03-29_07_05_00.txt")
        new.addfile(member, io.BytesIO())
    for i in range(CASES):
        case = folder / f"{i:04d}"
        case.mkdir(parents=True)
        (case / "x.tar").write_bytes(packed.getvalue())


def make_large(folder, fixtures):
    """LARGE_CASES cases that share one bundle of 150 MB, by links: each is read whole."""
    bundle = next((fixtures / "condition-2-check-on").glob("*vcs8c*.tar.gz"))
    first = folder / "0"
    first.mkdir(parents=True)
    whole = pathlib.Path(shutil.copy2(bundle, first))
    capture = make_capture(random.Random(150), LARGE_CASE_BYTES * 3 // 2)
    add_capture(whole, capture, level=1)
    for i in range(1, LARGE_CASES):
        (folder / str(i)).mkdir()
        os.link(whole, folder / str(i) / whole.name)


def stolen():
    """Seconds that the host kept the cores from this machine, so far."""
    fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return int(fields[8]) / os.sysconf("SC_CLK_TCK")


def tell_rate(what, seconds, megabytes, peak=None):
    parent = "" if peak is None else f"; parent {peak:.0f} MiB"
    print(f"{what}: {seconds:.2f} s, {CASES / seconds:.0f} cases/s, "
          f"{megabytes / seconds:.0f} MB/s{parent}", flush=True)


def judge(what, value, limit, most=True):
    missed = value > limit if most else value < limit
    print(f"  {what}: {value:.2f} (wanted: at {'most' if most else 'least'} {limit}"
          f"{', MISSED' if missed else ''})", flush=True)


def measure_jobs(program, archive, times, rows, megabytes):
    """By turns, since a machine's neighbours come and go; gives the seconds of two workers."""
    runs = []
    for _ in range(times):
        before = stolen()
        one, first = batch(program, "--jobs", 1, "--ndjson", rows, archive, cores="0")
        rows.unlink()
        two, second = batch(program, "--jobs", 2, "--ndjson", rows, archive)
        rows.unlink()
        runs.append((one, two, one / two, max(first, second)))
        print(f"  {one:.2f} s and {two:.2f} s: {one / two:.2f} times; "
              f"{stolen() - before:.2f} s taken by the host", flush=True)
    one, two, ratio, peak = map(statistics.median, zip(*runs))
    tell_rate("one worker on one core", one, megabytes, peak)
    tell_rate("two workers on two cores", two, megabytes, peak)
    judge("times as fast", ratio, 1.8, most=False)
    return two


def measure_rates(program, archive, what, times, rows):
    megabytes = size_of(archive) / 1e6
    two = None
    if "jobs" in what:
        two = measure_jobs(program, archive, times, rows, megabytes)
    if "loop" in what:
        loop = shell_loop(program, archive)
        tell_rate("shell loop of analyze, two threads each", loop, megabytes)
        if two is not None:
            judge("batch against the loop, times as fast", loop / two, 1, most=False)


def measure_isolation(program, top, rows):
    make_small(top / "small")
    seconds, _ = batch(program, "--jobs", 1, "--ndjson", rows, top / "small")
    rows.unlink()
    print("a case with nearly nothing in it")
    judge("ms", seconds / CASES * 1000, 3)


def measure_large(program, fixtures, top, rows):
    make_large(top / "large", fixtures)
    bundle = next((top / "large" / "0").iterdir()).stat().st_size / 1e6
    batch(program, "--ndjson", rows, top / "large" / "0")  # into the page cache
    rows.unlink()
    seconds, peak = batch(program, "--jobs", 2, "--ndjson", rows, top / "large")
    rows.unlink()
    rate = bundle * LARGE_CASES / seconds
    whole = 100000 * 150 / rate
    print(f"{LARGE_CASES} cases of {bundle:.0f} MB, two workers: {seconds:.2f} s, "
          f"{rate:.0f} MB/s; parent {peak:.0f} MiB")
    print(f"  100,000 cases x 150 MB = 15 TB; / {rate:.0f} MB/s = {whole:.0f} s = "
          f"{whole / 3600:.1f} h on two cores, {whole / 3600 / 20:.1f} h on 40 of them, if "
          f"storage gives {rate:.0f} MB/s for each two cores", flush=True)


def measure_parent(program, top):
    for i in range(100000):
        case = top / "many" / f"{i // 1000}" / f"SR{600000000 + i}-customer"
        case.mkdir(parents=True)
        for host, second in (("expc", 0), ("expe", 4)):
            (case / f"diagnostic_log_{host}_2026-03-29_07_05_0{second}.tar.gz").touch()
    seconds, peak = batch(program, "--shard", "1/100000", top / "many")
    print(f"100,000 cases of two bundles found in {seconds:.1f} s")
    judge("MiB of the parent", peak, 64)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program", type=pathlib.Path)
    options.add_argument("fixtures", type=pathlib.Path)
    options.add_argument("--make", type=pathlib.Path)
    options.add_argument("--in", type=pathlib.Path, dest="archive")
    options.add_argument("--what", default="jobs,loop,small,large,parent")
    options.add_argument("--times", type=int, default=3)
    given = options.parse_args()
    if given.make:
        make_archive(given.make, given.fixtures)
        return
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        archive = given.archive or top / "archive"
        if not given.archive and {"jobs", "loop"} & set(given.what.split(",")):
            make_archive(archive, given.fixtures)
        program, what, rows = given.program.resolve(), given.what.split(","), top / "rows"
        measure_rates(program, archive, what, given.times, rows)
        if "small" in what:
            measure_isolation(program, top, rows)
        if "large" in what:
            measure_large(program, given.fixtures, top, rows)
        if "parent" in what:
            measure_parent(program, top)


if __name__ == "__main__":
    sys.exit(main())
