"""What holds for every HTML report, whatever is in it; for the tests beside this file."""
import base64
import datetime
import hashlib
import html.parser
import json
import re

VOID = {"meta", "br", "wbr", "input", "hr"}
# Drawings are inline SVG; its elements are closed by "/>".
TAGS = VOID | set(
    "html head title style script body a header p span div nav ol ul li main section article "
    "footer h1 h2 h3 h4 b code q cite dl dt dd time details summary table caption thead tbody "
    "tr th td svg g path rect circle text".split())
ATTRIBUTES = set(
    "lang charset http-equiv content name type id class href aria-label aria-labelledby "
    "aria-hidden role tabindex scope data-label data-time datetime open start width height viewBox d x y "
    "rx cx cy r".lower().split()) | {"viewbox"}


class Page(html.parser.HTMLParser):
    """Reads a page and notes what is wrong with its form."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.problems = []
        self.open = []
        self.ids = set()
        self.links = []
        self.named = []
        self.texts = []
        self.raw = {"style": [], "script": []}
        self.scripts = []
        self.policy = None
        self.times = []
        self.tags = {}
        self.feed(source)
        self.close()
        if self.open:
            self.problems.append(f"never closed: {self.open}")

    def wrong(self, what):
        line, column = self.getpos()
        self.problems.append(f"{line}:{column}: {what}")

    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        if tag not in TAGS:
            self.wrong(f"no element of ours: <{tag}>")
        if tag in ("style", "script"):
            self.raw[tag].append("")
            if tag == "script":
                self.scripts.append(dict(attrs))
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.wrong(f"an attribute stands twice in <{tag}>")
        for name, value in attrs:
            self.take_attribute(tag, name, value)
        if tag == "meta" and dict(attrs).get("http-equiv", "").lower() == "content-security-policy":
            self.policy = dict(attrs)["content"]
        if tag not in VOID:
            self.open.append(tag)

    def take_attribute(self, tag, name, value):
        if name not in ATTRIBUTES:
            self.wrong(f"no attribute of ours: {name} in <{tag}>")
        if name == "id":
            if value in self.ids:
                self.wrong(f"id twice: {value}")
            self.ids.add(value)
        elif name == "href":
            if not value.startswith("#"):
                self.wrong(f"leads out of the page: {value}")
            self.links.append(value[1:])
        elif name == "aria-labelledby":
            self.named += value.split()
        elif name in ("datetime", "data-time"):
            self.times.append(value)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.wrong(f"</{tag}> where {self.open[-1:]} is open")
        else:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]][-1] += data
        else:
            self.texts.append(data)

    def handle_comment(self, data):
        self.wrong(f"a comment: {data[:40]!r}")

    def unknown_decl(self, data):
        self.wrong(f"a declaration: {data[:40]!r}")

    def handle_pi(self, data):
        self.wrong(f"a processing instruction: {data[:40]!r}")

    @property
    def text(self):
        return "".join(self.texts)


def sum_of(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def check_policy(page):
    if page.policy is None:
        yield "no Content-Security-Policy"
        return
    policy = {}
    for rule in page.policy.split(";"):
        words = rule.split()
        policy[words[0]] = words[1:]
    if policy.get("default-src") != ["'none'"]:
        yield "default-src is not 'none'"
    if set(policy) != {"default-src", "style-src", "script-src", "base-uri", "form-action"}:
        yield f"other directives than ours: {sorted(policy)}"
    if policy["style-src"] != [sum_of(text) for text in page.raw["style"]]:
        yield "the style sheet's hash is not the policy's"
    run = [text for text, attrs in zip(page.raw["script"], page.scripts) if "type" not in attrs]
    if policy["script-src"] != [sum_of(text) for text in run]:
        yield "the script's hash is not the policy's"


def check(source, report):
    """Problems of one page; report is the JSON report of the same run."""
    page = Page(source)
    problems = list(page.problems)
    problems += check_policy(page)
    for target in page.links + page.named:
        if target not in page.ids:
            problems.append(f"#{target} is nowhere in the page")
    if len(page.scripts) != 2 or page.scripts[0] != {"type": "application/json", "id": "report"}:
        problems.append(f"other scripts than ours: {page.scripts}")
    else:
        try:
            if json.loads(page.raw["script"][0]) != report:
                problems.append("the JSON inside is not the JSON report")
        except ValueError as why:
            problems.append(f"the JSON inside cannot be read: {why}")
    if re.search(r"(?i)url\(|@import|expression\(", page.raw["style"][0]):
        problems.append("the style sheet loads something")
    for time in page.times:
        datetime.datetime.fromisoformat(time.replace("Z", "+00:00"))
    if page.tags.get("h1") != 1:
        problems.append("not one heading of the first level")
    return problems, page
