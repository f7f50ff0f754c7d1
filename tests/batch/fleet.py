"""What expdiag fleet says of rows that are known, from lines, SQLite and the page.

fleet.py PROGRAM FIXTURES [--write PAGE]: with --write only the page of hostile rows, for a browser.
"""

import datetime
import html.parser
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

from common import make_archive, run

PROGRAM, FIXTURES = sys.argv[1], sys.argv[2]


def row(case, day, findings=(), **more):
    made = {
        "case": case, "status": "ok", "reason": None, "inputs": [], "seconds": 1.5,
        "peak_mib": 20.0, "condition": None, "nodes": [], "rules": "r1", "fingerprint": "f",
        "findings": [{"id": name, "severity": severity, "confidence": "certain", "node": node}
                     for name, severity, node in findings],
        "last_seen": day and f"{day}T12:00:00Z", "certificates": [], "unexplained": [],
        "report": None, "left_out": 0,
    }
    made.update(more)
    return made


def leaf(node, subject, end, policy=None, store="client"):
    return {"node": node, "store": store, "sha256": "00", "subject": subject, "issuer": "CA",
            "issuer_kind": "public", "not_after": f"{end}T00:00:00Z", "client_auth": True,
            "policy_date": policy and f"{policy}T00:00:00Z"}


RISK = ("public-ca-renewal-risk", "warning", "c1")
ROWS = [
    row("a", "2026-09-01", [("unknown-ca", "critical", "c1"), ("unknown-ca", "critical", "e1"),
                            RISK],
        condition="2", report="a b/100%25",
        certificates=[leaf("c1", "c1.example", "2027-06-01", "2027-03-15")]),
    row("b", "2026-09-03", [("stores-identical", "info", None)], condition="1",
        unexplained=["handshake-reset: traversal, reset by the server"],
        certificates=[leaf("c2", "c2.example", "2026-12-01"),
                      leaf("e2", "old.example", "2026-01-01")]),
    # c3 has another certificate since the first of these
    row("c", "2026-09-10", [("unknown-ca", "critical", None)], condition="2",
        certificates=[leaf("c3", "c3.example", "2026-11-30")]),
    row("d", "2026-10-10", [("handshake-reset", "error", None)],
        unexplained=["handshake-reset: traversal, reset by the server"],
        certificates=[leaf("c3", "c3.example", "2028-11-30")]),
    row("e<script>", None, status="crashed", reason="ended by signal 11 </td>"),
    row("f", None),
    # before and after: the first of these is replaced, and one store is no longer as the other
    row("g", "2026-10-11",
        certificates=[leaf("c4@2026-10-11T08:00:00Z", "c4.example", "2026-12-02", store="both"),
                      leaf("c4@2026-10-11T09:00:00Z", "c4.example", "2029-12-02")]),
]


BAD = '"><img src=x onerror=alert(1)><script>alert(2)</script>${alert`3`}'
HOSTILE = [
    row(f"{BAD}{i}", f"2026-0{i}-01", [(BAD, "critical", BAD), ("unknown-ca", BAD, BAD), RISK],
        condition=BAD, report=f"javascript:alert(4)/{BAD}", unexplained=[BAD, "\u202eevil"],
        certificates=[leaf("c1", BAD, "2026-12-24", "2027-03-15"),
                      leaf(BAD, "w" * 300, "2026-12-24", "2027-03-15")])
    for i in range(1, 9)
] + [row(BAD, None, status="failed", reason=BAD), row("n\nl\ttab", "2026-09-01", condition="2")]


def write_hostile(top, page):
    lines = top / "hostile.ndjson"
    lines.write_text("".join(json.dumps(made) + "\n" for made in HOSTILE))
    (top / "reports").mkdir(exist_ok=True)
    tell(lines, "--html", page, "--reports", top / "reports", "-q")


def tell(source, *arguments):
    done = subprocess.run([PROGRAM, "fleet", "--at", "2026-11-22T00:00:00Z", *arguments, source],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout


def check_answer(answer):
    assert answer["schema"] == "expdiag-fleet/1" and answer["cases"] == 7
    assert answer["no_rows"] == 1
    assert answer["status"] == {"ok": 6, "damaged": 0, "failed": 0, "crashed": 1, "timeout": 0,
                                "memory": 0}
    assert {c["condition"]: c["cases"] for c in answer["conditions"]} == {"1": 1, "2": 2, None: 3}
    found = {f["id"]: f for f in answer["findings"]}
    assert answer["findings"][0]["id"] == "unknown-ca" and found["unknown-ca"]["cases"] == 2
    assert found["unknown-ca"]["case"] == "c" and found["unknown-ca"]["severity"] == "critical"
    assert answer["unexplained"] == [{
        "signature": "handshake-reset: traversal, reset by the server", "cases": 2,
        "first_seen": "2026-09-03T12:00:00.000000Z", "last_seen": "2026-10-10T12:00:00.000000Z",
        "case": "d", "report": None}], answer["unexplained"]
    assert answer["next_policy_date"] == "2027-03-15T00:00:00.000000Z"
    assert [c["subject"] for c in answer["breaking"]] == ["c1.example"]
    assert [(c["subject"], c["node"], c["store"]) for c in answer["expiring"]] == [
        ("c2.example", "c2", "client"), ("c4.example", "c4", "server")], answer["expiring"]
    weeks = {w["monday"][:10]: w for w in answer["weeks"]}
    assert weeks["2026-08-31"] == {"monday": "2026-08-31T00:00:00.000000Z", "cases": 2,
                                   "with_errors": 1, "new": 4}, weeks
    assert weeks["2026-09-07"]["new"] == 0 and weeks["2026-10-05"]["new"] == 1
    assert len(weeks) == 6 and answer["undated"] == 1
    assert [f["case"] for f in answer["failures"]] == ["e<script>"]


def check_columns(words):
    """A severity is a column where a row has one."""
    lines = words.splitlines()
    heads = {title: lines[at + 1] for at, title in enumerate(lines[:-1])}
    for title, has in (("Cases by finding", True), ("Failures that nothing explains", False)):
        assert ("Severity" in heads[title]) == has, (title, heads[title])


def check_page_columns(text):
    """The same on the page."""
    for title, has in (("Cases by finding", True), ("Failures that nothing explains", False)):
        section = text.split(f">{title}</h2>")[1].split("<h2")[0]
        heads = re.findall(r"<th scope=\"col\">([^<]*)", section)
        assert "For example" in heads and ("Severity" in heads) == has, (title, heads)


class Page(html.parser.HTMLParser):
    """Tags that are balanced, ids that are there once, links that lead somewhere."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.tags = [], [], [], set()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.add(tag)
        assert "style" not in attrs and not any(name.startswith("on") for name in attrs), attrs
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "a":
            self.links.append(attrs["href"])
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.getpos())


def check_page(text):
    page = Page()
    page.feed(text)
    assert page.open == [] and len(page.ids) == len(set(page.ids))
    assert "script" not in page.tags and "img" not in page.tags and "svg" in page.tags
    for link in page.links:
        assert link.startswith("./") or (link.startswith("#") and link[1:] in page.ids), link
    assert re.search(r"Content-Security-Policy\" content=\"default-src 'none'", text)
    assert "<script" not in text
    return page


def known_rows(top):
    lines = top / "rows.ndjson"
    lines.write_text("".join(json.dumps(made) + "\n" for made in ROWS) + '{"case": torn}\n')
    check_answer(json.loads(tell(lines, "--format", "json")))
    words = tell(lines)
    for part in ("7 cases", "2027-03-15", "c2.example", "handshake-reset", "e<script>"):
        assert part in words, (part, words)
    check_columns(words)
    (top / "reports").mkdir()
    (top / "pages").mkdir()
    tell(lines, "--html", top / "pages/fleet.html", "--reports", top / "reports", "-q")
    text = (top / "pages/fleet.html").read_text()
    assert "e&lt;script&gt;" in text
    check_page_columns(text)
    page = check_page(text)
    assert "./../reports/a%20b/100%2525.html" in page.links, page.links


def from_database(top):
    """The same of an archive's rows, whichever way they were kept."""
    archive = make_archive(top / "archive", FIXTURES, count=6)
    sinks = ["--ndjson", top / "two.ndjson", "--db", f"sqlite:{top / 'two.db'}", "--html",
             top / "fleet.html", "--reports", top / "kept"]
    status, _, words = run(PROGRAM, *sinks, archive)
    assert status == 1, (status, words)
    answers = [json.loads(tell(source, "--format", "json")) for source in
               (str(top / "two.ndjson"), str(top / "two.db"), f"sqlite:{top / 'two.db'}")]
    for answer in answers:
        answer.pop("source")
    assert answers[0] == answers[1] == answers[2]
    page = check_page((top / "fleet.html").read_text())
    reports = [link for link in page.links if link.startswith("./")]
    assert reports and all((top / link).is_file() for link in reports), reports
    # rows of an older rule set do not count beside those of a later one
    db = sqlite3.connect(top / "two.db")
    db.execute("INSERT INTO rule_sets SELECT 'older', 0")
    db.execute("INSERT INTO cases SELECT id + 1, name, 'older', fingerprint, 'failed', reason, "
               "seconds, peak_mib, condition, worst, last_seen, report, left_out FROM cases")
    db.commit()
    db.close()
    answer = json.loads(tell(str(top / "two.db"), "--format", "json"))
    assert answer["cases"] == 6 and answer["status"]["failed"] == 0
    run(PROGRAM, "--html", top / "alone.html", archive)
    check_page((top / "alone.html").read_text())


def redacted(top):
    """Nothing of cases, nodes and certificates is left in any form."""
    lines = top / "rows.ndjson"
    for form in ("text", "json", "html"):
        said = tell(lines, "--format", form, "--redact", "--redact-map", top / "map").lower()
        for word in ("c1.example", "c2.example", "old.example", "a b/100", "e<script>", "rows.ndjson"):
            assert word not in said, (form, word)
        assert "case-" in said and "unknown-ca" in said
    names = [json.loads(line) for line in (top / "map").read_text().splitlines()][1:]
    assert any(n["names"][0]["original"] == "c2.example" for n in names), names


def refusals(top):
    (top / "notes").write_text("a shopping list\n")
    for source in (top / "notes", top / "nowhere", "sqlite:" + str(top / "nowhere"), top):
        done = subprocess.run([PROGRAM, "fleet", source], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 3 and done.stderr, (source, done)


def hostile_rows(top):
    page = top / "hostile.html"
    write_hostile(top, page)
    assert "onerror" in page.read_text()
    check_page(page.read_text())


def main():
    if "--write" in sys.argv:
        with tempfile.TemporaryDirectory() as name:
            write_hostile(pathlib.Path(name), sys.argv[4])
        return
    assert datetime.date(2026, 8, 31).weekday() == 0
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        known_rows(top)
        hostile_rows(top)
        redacted(top)
        from_database(top)
        refusals(top)
    print("fleet answers as its rows say")


if __name__ == "__main__":
    main()
