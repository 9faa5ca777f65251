"""An Ovid strategy's lines: numbers before them, counts of hits behind them."""

from __future__ import annotations

import re

from retrievers.boolean.errors import QueryNotice
from retrievers.boolean.source import Source, Span, gaps, numbered_spans

_HITS = re.compile(
    r"(?:(?<=[\w/.)$*\"?\]])\s*\t\s*[\d,]+"  # behind a tab
    r"|(?<=[/.\])])\s+\(?[\d,]+\)?"  # behind a heading, a suffix, a note or a bracket
    r"|(?<=[\w)])\s+\([\d,]+\)"  # in brackets behind a line's number or a bracket
    r")\s*$"
)
_LINE = r"\(*\d{1,4}\)*"
# Hits behind nothing but lines and behind a limit, where no number can follow otherwise.
_HITS_BEHIND = re.compile(
    rf"(?:{_LINE}(?: (?:and|or|not) {_LINE})+"
    r"|(?:or|and)/ ?\d+(?: ?[-,] ?\d+)*"
    r"|\d+(?: ?[-,] ?\d+)+ ?/(?:or|and)"
    r"|(?:limit|\.\.l/) \d+ .*[a-z\"]"
    r") \(?\d[\d,]*\)?",
    re.I,
)
_OPEN_END = re.compile(r"(?:^|[\s)])(?:and|or|not|adj\d*)\s*$", re.I)
_OPEN_START = re.compile(r"\s*(?:and|or|not|adj\d*)(?:\s|$)", re.I)
_OPERATOR_BEFORE = re.compile(r"(?:\b(?:and|or|not|adj\d*|to)|^|\()\s*\([\d,]+\)\s*$", re.I)


def ovid_spans(source: Source, notices: list[QueryNotice]) -> list[Span]:
    """The lines, without what stands before line 1 and without counts of hits.

    Raises:
        QueryError: A line number stands twice, or there are too many lines.
    """
    spans, preamble = numbered_spans(source)
    if preamble and spans:
        notices.append(QueryNotice(source.place(preamble[0]), "skipped what stands before line 1"))
    notices += gaps(source, spans)
    return [_without_hits(source, span) for span in spans or _unnumbered(source)]


def _without_hits(source: Source, span: Span) -> Span:
    text = source.raw[span.start : span.end]
    if _HITS_BEHIND.fullmatch(" ".join(source.text[span.start : span.end].split())):
        return Span(span.number, span.start, span.start + text.rindex(text.split()[-1]))
    found = _HITS.search(text[-80:])
    if found is None or _OPERATOR_BEFORE.search(text[-80:]):
        return span
    cut = span.end - (min(len(text), 80) - found.start())
    return Span(span.number, span.start, cut) if cut > span.start else span


def _unnumbered(source: Source) -> list[Span]:
    """Each line one span; open brackets and operators at its end or start carry a line over."""
    spans: list[Span] = []
    depth = 0
    carried = False
    for start, end in source.lines():
        text = source.text[start:end]
        if spans and (depth > 0 or carried or _OPEN_START.match(text)):
            spans[-1] = Span(spans[-1].number, spans[-1].start, end)
        else:
            spans.append(Span(len(spans) + 1, start, end))
            depth = 0
        depth += text.count("(") - text.count(")")
        carried = _OPEN_END.search(text) is not None
    return spans
