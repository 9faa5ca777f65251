"""Lines that refer to other lines: none may lead nowhere, in a circle, or too deep."""

from __future__ import annotations

from collections.abc import Sequence

from retrievers.boolean.errors import Place, QueryError
from retrievers.boolean.tree import Line, LineReference, Query, nodes

DEEPEST = 100  # nested further, recursion of the search engine would overflow its stack
LARGEST = 50_000  # nodes of a strategy with its line references written out


def too_deep(place: Place) -> QueryError:
    """The error for what is nested further than `DEEPEST`."""
    return QueryError(
        place,
        f"expected at most {DEEPEST} levels of brackets, alternating operators and line "
        "references; write it flatter, or on several lines",
    )


def check_strategy(lines: Sequence[Line]) -> None:
    """Refuse references that lead nowhere or in a circle, and what is too deep or too large.

    Raises:
        QueryError: At the reference or the line that is at fault.
    """
    by_number = {line.number: line for line in lines}
    measures: dict[int, tuple[int, int]] = {}  # size and depth, references written out
    for line in lines:
        _measure(line, by_number, measures)


def _measure(root: Line, by_number: dict[int, Line], measures: dict[int, tuple[int, int]]) -> None:
    path: list[int] = []
    stack: list[tuple[Line, list[tuple[Query, int]]]] = [(root, [])]  # its nodes, once entered
    while stack:
        line, found = stack.pop()
        entered = bool(found)
        if not entered and line.number in measures:
            continue
        found = found or list(nodes(line.query))
        references = [(n, d) for n, d in found if isinstance(n, LineReference)]
        if not entered:
            path.append(line.number)
            stack.append((line, found))
            for reference, _ in references:
                target = by_number.get(reference.number)
                if target is None:
                    raise QueryError(reference.place, _no_line(reference.number, line, by_number))
            for reference, _ in references:
                if reference.number == line.number:
                    raise QueryError(reference.place, _itself(line, by_number))
                if reference.number in path:
                    raise QueryError(
                        reference.place,
                        f"line {reference.number} leads back to itself; refer to earlier lines",
                    )
            stack += [(by_number[r.number], []) for r, _ in references]
            continue
        path.pop()
        size = len(found) + sum(measures[r.number][0] for r, _ in references)
        depths = [d for _, d in found] + [d + measures[r.number][1] for r, d in references]
        if max(depths) > DEEPEST:
            raise too_deep(line.place)
        if size > LARGEST:
            raise QueryError(
                line.place,
                f"expected at most {LARGEST:,} terms and operators with the lines referred to",
            )
        measures[line.number] = (size, max(depths))


def _no_line(number: int, line: Line, by_number: dict[int, Line]) -> str:
    return f"there is no line {number}; {_expected(line, by_number)}"


def _itself(line: Line, by_number: dict[int, Line]) -> str:
    return f"line {line.number} refers to itself; {_expected(line, by_number)}"


def _expected(line: Line, by_number: dict[int, Line]) -> str:
    """Which lines a line may refer to: those that stand before it."""
    before = list(by_number)[: list(by_number).index(line.number)]
    if not before:
        return f"no line stands before line {line.number}"
    return f"expected lines {before[0]} to {before[-1]}" if before[1:] else f"expected {before[0]}"
