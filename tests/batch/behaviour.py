"""What expdiag batch promises of cases, rows, groups, lists, shards, damage and full disks."""

import json
import os
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from common import FIXTURES as SOME
from common import comparable, make_archive, read_database, read_lines, run

PROGRAM, FIXTURES = os.path.abspath(sys.argv[1]), sys.argv[2]


def rows_of(text):
    return {row["case"]: row for row in map(json.loads, text.splitlines())}


def agrees_with_analyze(top):
    """A row says what the report of analyze says."""
    status, out, words = run(PROGRAM, *(pathlib.Path(FIXTURES) / name for name in SOME
                                        if (pathlib.Path(FIXTURES) / name).is_dir()))
    assert status == 1, (status, words)
    for name, row in rows_of(out).items():
        case = pathlib.Path(FIXTURES) / name
        report = json.loads(subprocess.run(
            [PROGRAM, "--format", "json", *sorted(case.glob("*.tar.gz"))],
            capture_output=True, check=False).stdout)
        assert row["condition"] == report["scenario"]["condition"], name
        assert [node["id"] for node in row["nodes"]] == [n["id"] for n in report["nodes"]], name
        keys = ("id", "severity", "confidence", "node")
        assert row["findings"] == [{k: f[k] for k in keys} for f in report["findings"]], name
        sums = {i["path"]: i["sha256"] for i in report["inputs"]}
        for given in row["inputs"]:
            assert sums[given["path"]] == given["sha256"], name
            assert given["bytes"] == os.path.getsize(given["path"]), name
        assert row["status"] == ("damaged" if name == "damaged-bundle" else "ok"), row
        assert (row["reason"] is None) == (row["status"] == "ok"), row
        assert row["seconds"] > 0 and row["peak_mib"] > 1, row


def what_is_no_bundle(top):
    archive = make_archive(top / "mixed", FIXTURES, count=2)
    (archive / "2026/case-00/notes.txt").write_text("nothing\n")
    (archive / "photos.zip").write_bytes(b"PK\5\6" + bytes(18))  # an empty zip
    (archive / "broken").mkdir()
    (archive / "broken/x.tar.gz").write_bytes(b"\x1f\x8b\x08\0" + bytes(range(60)))
    # a name as the appliance gives it: a bundle was meant, and a download broke
    name = "diagnostic_log_gone_2026-03-29_07_05_00.tar.gz"
    (archive / "gone").mkdir()
    (archive / "gone" / name).touch()
    (archive / "2026/case-01" / name).write_bytes(bytes(range(200)))
    lines = top / "mixed.ndjson"
    status, _, words = run(PROGRAM, "--ndjson", lines, archive)
    rows = read_lines(lines)
    assert status == 3, (status, words)
    assert rows["broken"]["status"] == "failed" and "x.tar.gz" in rows["broken"]["reason"]
    assert rows["gone"]["status"] == "failed" and "an empty file" in rows["gone"]["reason"]
    assert rows["2026/case-01"]["status"] == "damaged", rows["2026/case-01"]
    assert name in rows["2026/case-01"]["reason"] and rows["2026/case-01"]["findings"]
    assert sorted(rows) == ["2026/case-00", "2026/case-01", "broken", "gone"], sorted(rows)
    done = subprocess.run([PROGRAM, "batch", "--group", "none", str(archive)],
                          capture_output=True, text=True, check=False)
    n = len(rows_of(done.stdout))
    assert f"{n} of {n} cases" in done.stderr and "2 files are no bundle" in done.stderr, done
    status, out, words = run(PROGRAM, archive / "2026/case-00/notes.txt")
    assert status == 3 and "notes.txt" in json.loads(out)["reason"], (status, out, words)
    status, out, words = run(PROGRAM, "-", input=str(archive / "photos.zip"))
    assert status == 3 and out == "" and "no bundle" in words, (status, out, words)
    rows = rows_of(run(PROGRAM, ".", "../2026", archive / "2026", cwd=archive / "2026")[1])
    assert sorted(rows) == ["case-00", "case-01"], sorted(rows)
    status, _, words = run(PROGRAM, top / "nowhere")
    assert status == 3 and "nowhere" in words, (status, words)
    (top / "empty").mkdir()
    status, _, words = run(PROGRAM, top / "empty")
    assert status == 3 and "no bundle" in words, (status, words)


def lists(top):
    """@FILE and standard input, by lines and by NUL, name the same cases."""
    archive = make_archive(top / "listed", FIXTURES, count=3)
    bundles = sorted(str(path) for path in archive.rglob("*.tar.gz"))
    want = sorted({str(pathlib.Path(path).parent) for path in bundles})
    plain = top / "list"
    plain.write_text("\n".join(bundles) + "\n")
    outs = [run(PROGRAM, f"@{plain}")[1]]
    outs.append(run(PROGRAM, "-", input="\r\n".join(bundles))[1])
    outs.append(run(PROGRAM, "-", input="\0".join(bundles))[1])
    for out in outs:
        assert sorted(rows_of(out)) == want, out
    status, _, words = run(PROGRAM, "@nowhere")
    assert status == 2 and "nowhere" in words, (status, words)


def shards(top):
    """Each case is in one shard, whatever else the archive holds."""
    archive = make_archive(top / "sharded", FIXTURES, count=12)
    first = [set(rows_of(run(PROGRAM, "--shard", f"{k}/4", archive)[1])) for k in range(1, 5)]
    assert sum(map(len, first)) == 12 and len(set().union(*first)) == 12, first
    shutil.copytree(archive / "2026/case-00", archive / "2027/case-00")
    for k in range(1, 5):
        task = {**os.environ, "SLURM_ARRAY_TASK_ID": str(k + 6), "SLURM_ARRAY_TASK_MIN": "7",
                "SLURM_ARRAY_TASK_COUNT": "4"}
        now = set(rows_of(run(PROGRAM, "--shard", "auto", archive, env=task)[1]))
        assert now >= first[k - 1] and now - first[k - 1] <= {"2027/case-00"}, (k, now)
    status, _, words = run(PROGRAM, "--shard", "5/4", archive)
    assert status == 2 and "--shard" in words, (status, words)


def rerun(top):
    """Without --resume lines are kept; with it a case that changed is done again."""
    archive = make_archive(top / "again", FIXTURES, count=3)
    lines, database = top / "again.ndjson", top / "again.db"
    sinks = ["--ndjson", lines, "--db", f"sqlite:{database}"]
    run(PROGRAM, *sinks, archive)
    before, stored = lines.read_bytes(), read_database(database)
    status, _, words = run(PROGRAM, *sinks, archive)
    assert status == 2 and "--resume" in words and lines.read_bytes() == before
    run(PROGRAM, "--db", f"sqlite:{database}", archive)
    assert read_database(database) == stored
    # one half of case-00 goes, and case-01 is younger than it was
    half = sorted((archive / "2026/case-00").glob("*.tar.gz"))
    half[0].unlink()
    os.utime(next((archive / "2026/case-01").glob("*.tar.gz")), (1e9, 1e9))
    status, _, words = run(PROGRAM, *sinks, "--resume", archive)
    rows = read_lines(lines)
    assert status == 1 and len(rows) == 3, (status, words)
    assert len(rows["2026/case-00"]["inputs"]) == len(half) - 1
    kept = [line for line in before.splitlines() if b"case-02" in line]
    assert kept[0] in lines.read_bytes().splitlines(), "an unchanged case was done again"
    assert len(read_database(database)["cases"]) == 3
    # rows of other cases stay
    run(PROGRAM, *sinks, "--resume", archive / "2026/case-02")
    assert len(read_lines(lines)) == 4


def redaction(top):
    """The same pseudonym in every case, row, report and page; nothing of the archive is left."""
    archive = make_archive(top / "zorgoncorp", FIXTURES, ["zorgon-one", "zorgon-two"], 2)
    for bundle in (archive / "zorgon-one").iterdir():
        shutil.copy2(bundle, archive / "zorgon-two")
    (archive / "zorgon-three").mkdir()
    (archive / "zorgon-three/diagnostic_log_zorgon_2026-03-29_07_05_00.tar.gz").touch()
    folder = top / "hidden"
    folder.mkdir()
    sinks = ["--redact", "--redact-map", folder / "map", "--ndjson", folder / "rows", "--reports",
             folder / "reports", "--html", folder / "page.html"]
    status, _, words = run(PROGRAM, *sinks, archive)
    assert status == 3, (status, words)
    said = (folder / "map").read_text().splitlines()
    assert (folder / "map").stat().st_mode & 0o77 == 0
    key, *cases = map(json.loads, said)
    assert key["schema"] == "expdiag-batch-redaction/1" and len(cases) == 3, key
    known = {}
    for case in cases:
        for name in case["names"]:
            pair = name["class"], name["original"]
            if pair[0] == "input":  # two files of one name are two
                continue
            assert known.setdefault(pair, name["pseudonym"]) == name["pseudonym"], pair
    assert known[("host name", "vcs8c")].startswith("host-"), known
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "map":
            text = path.read_text().lower()
            for word in ("zorgon", "vcs8c", "smartslave", "nordlab"):
                assert word not in text and word not in str(path).rsplit("hidden")[1], (word, path)
    rows = read_lines(folder / "rows")
    assert sorted(rows) == sorted(case["case"] for case in cases)
    status, _, words = run(PROGRAM, *sinks, "--resume", archive)
    assert status == 3 and read_lines(folder / "rows").keys() == rows.keys(), (status, words)
    for arguments, word in ((["--resume"], "--redact-map"),
                            (["--redact-map", folder / "map"], "--resume"),
                            (["--redact-map", folder / "rows", "--resume"], "name another")):
        status, out, words = run(PROGRAM, "--redact", *arguments, archive)
        assert status == 2 and out == "" and word in words, (arguments, status, words)


def odd_names(top):
    """Names that are no UTF-8 stay apart, and --reports wanted later are made."""
    archive = top / "odd"
    archive.mkdir()
    bundle = next((pathlib.Path(FIXTURES) / "c-alone").glob("*.tar.gz"))
    for name in (b"a\xff.tar.gz", b"a\xfe.tar.gz", b"new\nline.tar.gz", b"-.tar.gz"):
        shutil.copy2(bundle, os.fsencode(archive) + b"/" + name)
    sinks = ["--group", "none", "--ndjson", top / "odd.ndjson", "--db", f"sqlite:{top}/odd.db"]
    run(PROGRAM, *sinks, archive)
    rows = read_lines(top / "odd.ndjson")
    assert len(rows) == 4 and "a\\xFF.tar.gz" in rows and "new\nline.tar.gz" in rows, list(rows)
    status, _, words = run(PROGRAM, *sinks, "--resume", "--reports", top / "odd-r", archive)
    assert status == 1 and len(list((top / "odd-r").iterdir())) == 8, (status, words)
    assert all(row["report"] for row in read_lines(top / "odd.ndjson").values())
    deep = top / "deep" / "/".join("d" * 80)
    deep.mkdir(parents=True)
    shutil.copy2(bundle, deep)
    status, _, words = run(PROGRAM, top / "deep")
    assert status == 3 and "searched" in words, (status, words)


def one_sink_behind(top):
    """A case is done when both have it."""
    archive = make_archive(top / "behind", FIXTURES, count=3)
    lines, database = top / "behind.ndjson", top / "behind.db"
    run(PROGRAM, "--ndjson", lines, archive)
    status, _, _ = run(PROGRAM, "--ndjson", lines, "--db", f"sqlite:{database}", "--resume",
                       archive)
    assert status == 1 and len(read_lines(lines)) == 3
    assert len(read_database(database)["cases"]) == 3


def full_disk(top):
    """What was written before the disk was full stands, and the rest follows."""
    archive = make_archive(top / "full", FIXTURES)
    whole, lines = top / "full-whole.ndjson", top / "full.ndjson"
    run(PROGRAM, "--ndjson", whole, archive)
    size = whole.stat().st_size

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

    status, _, words = run(PROGRAM, "--ndjson", lines, "--jobs", "1", archive, preexec_fn=limit)
    assert status == 4 and "full.ndjson" in words, (status, words)
    read_lines(lines)
    database = top / "full.db"
    status, _, words = run(PROGRAM, "--ndjson", lines, "--db", f"sqlite:{database}", "--resume",
                           archive, preexec_fn=limit)
    assert status in (2, 4), (status, words)
    status, _, words = run(PROGRAM, "--ndjson", lines, "--db", f"sqlite:{database}", "--resume",
                           archive)
    assert status == 1, (status, words)
    assert read_lines(lines) == read_lines(whole)
    assert len(read_database(database)["cases"]) == 10
    with open("/dev/full", "w", encoding="ascii") as nowhere:
        done = subprocess.run([PROGRAM, "batch", "--no-progress", str(archive)], stdout=nowhere,
                              stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4, done


def vanished_file(top):
    """A bundle that goes away between search and reading, and comes back."""
    archive = make_archive(top / "vanished", FIXTURES)
    whole, lines = top / "vanished-whole.ndjson", top / "vanished.ndjson"
    run(PROGRAM, "--ndjson", whole, archive)
    gone = archive / "2026/case-09"
    aside = top / "aside"
    process = subprocess.Popen([PROGRAM, "batch", "--no-progress", "--jobs", "1", "--ndjson",
                                str(lines), str(archive)], stderr=subprocess.DEVNULL)
    while not lines.exists():
        pass
    gone.rename(aside)
    status = process.wait()
    row = read_lines(lines).get("2026/case-09")
    assert row is None or row["status"] in ("ok", "damaged", "failed"), row
    assert status in (1, 3), status
    aside.rename(gone)
    status, _, words = run(PROGRAM, "--ndjson", lines, "--resume", archive)
    assert status == 1, (status, words)
    assert read_lines(lines) == read_lines(whole)


def reports(top):
    archive = make_archive(top / "reported", FIXTURES, count=2)
    folder = top / "reports"
    _, out, _ = run(PROGRAM, "--reports", folder, "--reproducible", archive)
    for name, row in rows_of(out).items():
        report = json.loads((folder / f"{row['report']}.json").read_text())
        assert row["report"] == name and (folder / f"{name}.html").stat().st_size > 1000
        assert [f["id"] for f in report["findings"]] == [f["id"] for f in row["findings"]]
    assert not list(folder.rglob("*.part"))


def strangers(top):
    """Files that are no rows and no databases are left alone; two runs do not mix."""
    archive = make_archive(top / "strangers", FIXTURES, count=1)
    for made in ("CREATE TABLE cases (x)", "CREATE TABLE expdiag (key, value)"):
        other = top / "other.db"
        other.unlink(missing_ok=True)
        db = sqlite3.connect(other)
        db.execute(made)
        db.commit()
        db.close()
        before = other.read_bytes()
        status, _, words = run(PROGRAM, "--db", f"sqlite:{other}", archive)
        assert status == 2 and "name another" in words, (status, words)
        assert other.read_bytes()[:18] == before[:18] and len(other.read_bytes()) == len(before)
    for sink in (["--ndjson", top / "no/x"], ["--db", f"sqlite:{top}/no/x"],
                 ["--html", top / "no/x"], ["--ndjson", top], ["--reports", top / "no/x/y"]):
        status, out, words = run(PROGRAM, *sink, archive)
        assert status == 2 and out == "" and words.startswith("expdiag: "), (sink, status, words)
    notes = top / "notes"
    notes.write_text("a shopping list\n")
    for sink in (["--ndjson", notes], ["--db", f"sqlite:{notes}"]):
        status, _, words = run(PROGRAM, *sink, "--resume", archive)
        assert status == 2 and "notes" in words, (status, words)
        assert notes.read_text() == "a shopping list\n"
    status, _, words = run(PROGRAM, "--db", "mysql:x", archive)
    assert status == 2 and "sqlite:" in words, (status, words)


def without_libpq(top):
    """PostgreSQL's library is loaded where it is wanted; without it there are words."""
    archive = make_archive(top / "no-libpq", FIXTURES, count=1)
    folder = top / "libraries"
    folder.mkdir()
    (folder / "libpq.so.5").touch()
    env = {**os.environ, "LD_LIBRARY_PATH": str(folder)}
    uri = "postgresql://someone:secret-word@localhost/rows"
    status, out, words = run(PROGRAM, "--db", uri, archive, env=env)
    assert status == 2 and out == "" and "libpq5" in words, (status, words)
    assert "secret-word" not in words, words
    done = subprocess.run([PROGRAM, "fleet", uri], capture_output=True, text=True, env=env,
                          check=False)
    assert done.returncode == 3 and "libpq5" in done.stderr and done.stdout == "", done
    status, _, words = run(PROGRAM, "--db", f"sqlite:{top}/no-libpq.db", archive, env=env)
    assert status == 1, (status, words)


def main():
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        for check in (agrees_with_analyze, what_is_no_bundle, lists, shards, rerun,
                      odd_names, redaction,
                      one_sink_behind, full_disk, vanished_file, reports, strangers,
                      without_libpq):
            check(top)
            print(check.__name__.replace("_", " "), flush=True)
    assert comparable({"peak_mib": 1}) == {}


if __name__ == "__main__":
    main()
