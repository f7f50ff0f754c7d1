#!/usr/bin/env python3
"""The manual pages name each field of the JSON, and no field that there is not.

man_fields.py SOURCE                        pages against the schemas
man_fields.py --printed SOURCE JSON...      fields of the schemas that no such report has

That the program prints what the schemas list, and no more, is what the tests of the schemas
hold; so pages and schemas are all that is compared here.
"""
import json
import pathlib
import re
import sys

KEY = re.compile(r"^[a-z][a-z0-9_]*(\[\])?$")
# A section of expdiag-report(5) and the members of the report that it tells of.
HEAD = ["schema", "tool", "command", "generated_at", "judged_at", "keylog", "last_seen", "filters",
        "verdict"]
SECTIONS = {
    "Head": HEAD,
    "inputs[]": ["inputs"],
    "nodes[]": ["nodes"],
    "certificates": ["certificates"],
    "other_certificates[]": ["other_certificates"],
    "flows[]": ["flows", "flows_left_out"],
    "ladders[]": ["ladders"],
    "findings[]": ["findings"],
    "checks[]": ["checks"],
    "scenarios[] and scenario": ["scenarios", "scenario"],
    "what_if[]": ["what_if"],
    "tried[]": ["tried"],
    "log_events": ["log_events"],
}
# Words in the type of fields that are none of their section's.
OTHER = {
    "Head": {"flows", "findings", "null"},
    "nodes[]": {"findings"},
    "inputs[]": set(),
    "flows[]": set(),
    "ladders[]": {"capture"},
    "findings[]": set(),
}


def properties(schema, root, seen=()):
    """Every property's name at any depth, of what may also be in other places by $ref."""
    if isinstance(schema, list):
        return set().union(*(properties(s, root, seen) for s in schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    found = set()
    if "$ref" in schema and schema["$ref"] not in seen:
        target = root
        for step in schema["$ref"].lstrip("#/").split("/"):
            target = target[step]
        found |= properties(target, root, (*seen, schema["$ref"]))
    for name, value in schema.get("properties", {}).items():
        found |= {name} | properties(value, root, seen)
    for part in ("items", "prefixItems", "additionalProperties", "patternProperties", "oneOf", "anyOf",
                 "allOf"):
        value = schema.get(part)
        if part == "patternProperties" and value:
            value = list(value.values())
        found |= properties(value, root, seen)
    return found


def sections(page, macros):
    """The words of a page in the type of fields, by section."""
    found, where = {}, None
    for line in page.splitlines():
        words = line.replace(",", " ").split()
        if line.startswith((".Ss ", ".Sh ")):
            where = " ".join(words[1:])
        elif words and any("." + m == words[0] or m in words[1:] for m in macros):
            start = 1 if words[0][1:] in macros else min(words.index(m) for m in macros if m in words)
            fields = found.setdefault(where, set())
            for word in words[start:]:
                if KEY.match(word) and word not in ("of", "and", "or"):
                    fields.add(word.removesuffix("[]"))
    return found


def literal(page, begin):
    """All words of the first block of literal text behind that line that may be fields."""
    block = page[page.index(begin):].split(".Bd -literal")[1].split(".Ed")[0]
    return set(re.findall(r"\b[a-z][a-z0-9_]*\b", block))


def compare(name, described, there, other=frozenset()):
    for field in sorted(there - described):
        yield f"{name}: {field} is a field that the page does not name"
    for field in sorted(described - there - set(other)):
        yield f"{name}: {field} is no field of the schema"


def members(schema, names):
    return set(names) | set().union(
        *(properties(schema["properties"][n], schema) for n in names if n in schema["properties"]))


def check(source):
    source = pathlib.Path(source)

    def schema(name):
        text = (source / "src/report/schema" / f"expdiag-{name}-1.schema.json").read_text("utf-8")
        return json.loads(text)

    def page(name):
        return (source / "man" / name).read_text("utf-8")

    report, text = schema("report"), sections(page("expdiag-report.5"), ("Li",))
    known = set().union(*(set(names) for names in SECTIONS.values()))
    for name in sorted(set(report["properties"]) - known):
        yield f"expdiag-report(5): {name} has no section"
    for name, names in SECTIONS.items():
        own = {n.removesuffix("[]") for n in name.split() if n != "and"} | set(names)
        yield from compare(f"expdiag-report(5), {name}", text.get(name, set()) | own,
                           members(report, names) | own, OTHER.get(name, ()))
    batch = sections(page("expdiag-batch.5"), ("Va",))
    yield from compare("expdiag-batch(5), Lines", batch["Lines"], properties(schema("batch"), schema("batch")))
    # What is described in a block of text has other words too.
    for title, name, begin in (("expdiag-batch(5), fleet", "fleet", ".Ss The answer over all"),
                               ("expdiag-diff(1)", "diff", "expdiag-diff/1")):
        words = literal(page("expdiag-batch.5" if name == "fleet" else "expdiag-diff.1"), begin)
        there = properties(schema(name), schema(name))
        yield from compare(title, words & there, there)
    options = sections(page("expdiag.1"), ("Li",))
    there = properties(schema("redaction"), schema("redaction"))
    yield from compare("expdiag(1), --redact-map", options["DESCRIPTION"] & there, there)


def printed(source, reports):
    """Fields of the report's schema that no report has: nobody saw them."""
    text = pathlib.Path(source, "src/report/schema/expdiag-report-1.schema.json").read_text("utf-8")
    schema, seen = json.loads(text), set()

    def walk(value):
        if isinstance(value, dict):
            seen.update(value)
            for member in value.values():
                walk(member)
        elif isinstance(value, list):
            for member in value:
                walk(member)

    for report in reports:
        walk(json.loads(pathlib.Path(report).read_text("utf-8")))
    return [f"{name} is in no report" for name in sorted(properties(schema, schema) - seen)]


if __name__ == "__main__":
    if sys.argv[1] == "--printed":
        problems = printed(sys.argv[2], sys.argv[3:])
    else:
        problems = list(check(sys.argv[1]))
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
