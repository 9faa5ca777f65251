"""Strategies with one part changed."""

from __future__ import annotations

from evidence.query_debugger.membership import Path
from retrievers.boolean.tree import (
    AllRecords,
    And,
    Line,
    Not,
    Or,
    Query,
    SearchStrategy,
    all_of,
    any_of,
    children,
)


def part(query: Query, path: Path) -> Query:
    """The part of a query that a path leads to."""
    for at in path:
        query = children(query)[at]
    return query


def joined_with(
    strategy: SearchStrategy, number: int, path: Path, term: Query | None
) -> SearchStrategy:
    """The strategy with a term joined to a part of a line with OR; None is every record."""
    lines = tuple(
        Line(line.number, _joined(line.query, path, term), line.place)
        if line.number == number
        else line
        for line in strategy.lines
    )
    return SearchStrategy(lines)


def _joined(query: Query, path: Path, term: Query | None) -> Query:
    if not path:
        return AllRecords() if term is None else any_of([query, term])
    operands = list(children(query))
    operands[path[0]] = _joined(operands[path[0]], path[1:], term)
    match query:
        case And():
            return all_of(operands)
        case Or():
            return any_of(operands)
        case _:
            return Not(operands[0], operands[1])
