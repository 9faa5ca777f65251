"""Limits that stand in a strategy: dates, languages, publication types, subsets; lines of `limit`.

PRISMA-S, item 9, wants them told with a reason. The tree tells what a line restricts; the reason
is nobody's but the searcher's. A check tag (`humans[mh]`) is a heading like any other here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.searching.facts import SearchLimit
from evidence.searching.store import Syntax, parsed
from retrievers.boolean.errors import QueryError
from retrievers.boolean.tree import (
    DateRange,
    Field,
    Not,
    Query,
    SearchStrategy,
    Term,
    children,
)

_LIMIT_LINE = re.compile(r"\s*(?:#?\d{1,5}\s*[.):]?\s+)?((?:limit\s|\.\.l/)\s*#?\d.*)", re.I)
_NAMES = {
    (Field.LANGUAGE,): "language",
    (Field.PUBLICATION_TYPE,): "publication type",
    (Field.SUBSET,): "subset",
}
_DATES = {
    "publication": "published",
    "electronic": "published electronically",
    "entry": "entered",
    "create": "created",
    "mesh": "indexed with MeSH",
    "completion": "completed",
}


def strategy_limits(text: str, syntax: Syntax) -> tuple[SearchLimit, ...] | None:
    """The limits of a query; None if it cannot be read. Words of plain language limit nothing."""
    if syntax == "natural":
        return ()
    try:
        return limits_of(parsed(text, syntax), text)
    except QueryError:
        return None


def limits_of(strategy: SearchStrategy, text: str) -> tuple[SearchLimit, ...]:
    """The limits of a strategy, each once, in the order of its lines.

    Args:
        strategy: The strategy.
        text: What it was read from; lines of Ovid's `limit` are told as they stand there.
    """
    written = {
        number: " ".join(found[1].split())
        for number, line in enumerate(text.splitlines(), 1)
        if (found := _LIMIT_LINE.fullmatch(line))
    }
    told: dict[str, None] = {}
    for line in strategy.lines:
        where = f"line {line.number}: " if len(strategy.lines) > 1 else ""
        for number, limit in _limits(line.query):
            told[where + written.get(number, limit)] = None
    return tuple(SearchLimit(limit=limit) for limit in told)


def _limits(query: Query) -> Iterator[tuple[int, str]]:
    """The line of the text and the words of each limit."""
    waiting = [(query, False)]
    while waiting:
        node, left_out = waiting.pop()
        match node:
            case Not(included, excluded):
                waiting += [(excluded, not left_out), (included, left_out)]
            case DateRange() | Term():
                if words := _words(node):
                    yield node.place.line, f"without {words}" if left_out else words
            case _:
                waiting += [(child, left_out) for child in reversed(children(node))]


def _words(node: DateRange | Term) -> str:
    match node:
        case DateRange(None, None):
            return ""
        case DateRange(start, end, kind) if start == end:
            return f"{_DATES[kind]} {start}"
        case DateRange(start, end, kind):
            since = f" from {start}" if start else ""
            until = f" to {end}" if end else ""
            return f"{_DATES[kind]}{since}{until}"
        case Term(fields=fields) if fields in _NAMES:
            return f"{_NAMES[fields]} {node.text}"
        case _:
            return ""
