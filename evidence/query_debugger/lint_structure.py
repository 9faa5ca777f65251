"""Operators, lines, limits, and what the text holds before it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from evidence.query_debugger.concept_groups import resolved
from evidence.query_debugger.finding import Finding, Rule, finding
from evidence.query_debugger.membership import references
from evidence.query_debugger.written import Syntax, written
from retrievers.boolean.errors import QueryNotice
from retrievers.boolean.foreign import foreign_tags
from retrievers.boolean.source import Source
from retrievers.boolean.tree import (
    DateRange,
    MeshHeading,
    Not,
    Or,
    Query,
    SearchStrategy,
    nodes,
    place_of,
)

_TYPOGRAPHIC = re.compile(r"[“”‟„«»″＂]|(?<!\w)[‘’‚‛′](?=\w)")  # not the apostrophe in a word
_OPPOSITES = {"animals", "animal", "humans", "human", "male", "female", "adult", "child"}
_SKIPPED = "skipped what stands before line 1"
# What the readers of both syntaxes notice, by what they say.
_NOTICED: tuple[tuple[re.Pattern[str], Rule, str], ...] = (
    (
        re.compile(r"without brackets"),
        "mixed-operators",
        "put brackets around what belongs together",
    ),
    (re.compile(r"joined by AND$"), "missing-operator", "write OR or AND between the terms"),
    (re.compile(r"wants capitals$"), "lower-case-operator", "write the operator in capitals"),
    (re.compile(r"is no MeSH heading"), "unknown-heading", "look the heading up in MeSH"),
    (re.compile(r"is no MeSH subheading"), "unknown-heading", "look the subheading up in MeSH"),
    (re.compile(r"is no publication type"), "unknown-heading", "look the type up in MeSH"),
    (
        re.compile(r"missing before line"),
        "read-differently",
        "put the line back, or number the lines anew",
    ),
    (re.compile(r"no field behind"), "untagged-term", "say where to search, as in .ti,ab,kf."),
)
_SAID_ELSEWHERE = re.compile(
    rf"PubMed wants \d characters before|{_SKIPPED}|holds no duplicates|"
    r"'s syntax; \w+ does not know|^\d+ is searched as a word"
)


def text_findings(source: Source, syntax: Syntax) -> Iterator[Finding]:
    """Typographic quotation marks, told once a line, and tags of the other syntax."""
    for start, end in source.lines():
        found = list(_TYPOGRAPHIC.finditer(source.raw, start, end))
        if found:
            yield finding(
                "typographic-quotes",
                source.place(found[0].start()),
                f"{len(found)} typographic quotation marks in this line",
                'write straight ones ("): databases differ in how they read others',
            )
    ours, theirs = ("Ovid", "PubMed") if syntax == "ovid" else ("PubMed", "Ovid")
    for notice in foreign_tags(source, syntax):  # told even where the text cannot be read
        yield finding(
            "unknown-tag",
            notice.place,
            notice.message,
            f"write the field as {ours} does, or read the strategy as {theirs}'s",
        )


def notice_findings(notices: tuple[QueryNotice, ...]) -> Iterator[Finding]:
    """What the reader of the syntax noticed."""
    for notice in notices:
        if _SAID_ELSEWHERE.search(notice.message):
            continue
        for pattern, rule, suggestion in _NOTICED:
            if pattern.search(notice.message):
                yield finding(rule, notice.place, notice.message, suggestion)
                break
        else:
            yield finding("read-differently", notice.place, notice.message, "write what is meant")


def structure_findings(strategy: SearchStrategy, syntax: Syntax) -> Iterator[Finding]:
    """NOT, dates, and lines that lead nowhere."""
    lines = {line.number: line.query for line in strategy.lines}
    used = {number for query in lines.values() for number in references(query)}
    for line in strategy.lines[:-1]:
        if line.number not in used:
            yield finding(
                "unused-line",
                line.place,
                f"no other line uses line {line.number}, and it is not the last",
                "join it with the others, or take it out",
            )
    safe = {
        id(below)
        for query in lines.values()
        for node, _ in nodes(query)
        if isinstance(node, Not) and _keeps_the_other(node.excluded, lines)
        for below in (node, *(inner for inner, _ in nodes(resolved(node.excluded, lines))))
    }
    for query in lines.values():
        for node, _ in nodes(query):
            if isinstance(node, Not) and id(node) not in safe:
                yield _not_operator(node, syntax)
            elif isinstance(node, DateRange):
                yield _date_limit(node, syntax)


def _not_operator(query: Not, syntax: Syntax) -> Finding:
    text = written(query.excluded, syntax)
    return finding(
        "not-operator",
        place_of(query.excluded),
        f"NOT {text[:80]}: records that are meant and mention this, too, are lost",
        "leave it out, or check what it takes out among the known records",
    )


def _date_limit(dates: DateRange, syntax: Syntax) -> Finding:
    return finding(
        "date-limit",
        dates.place,
        f"a limit of dates inside the strategy: {written(dates, syntax)}",
        "give its reason in the report, or take it out",
    )


def _keeps_the_other(excluded: Query, lines: Mapping[int, Query]) -> bool:
    """Whether it is `animals NOT humans` or its like: records on both stay."""
    excluded = resolved(excluded, lines)
    if not isinstance(excluded, Not):
        return False
    first = resolved(excluded.included, lines)
    first = first.operands[0] if isinstance(first, Or) else first
    return isinstance(first, MeshHeading) and first.heading.lower() in _OPPOSITES
