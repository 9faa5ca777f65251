"""Which known records a strategy would find with one of its parts dropped.

Matching is Boolean record by record, so that the leaves need one search each and everything
else is arithmetic on bits (`KnownRecords`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from evidence.query_debugger.known import KnownRecords
from retrievers.boolean.tree import (
    And,
    LineReference,
    Not,
    Or,
    Query,
    SearchStrategy,
    children,
)

Path = tuple[int, ...]  # from a line's query downwards, by the places of operands


@dataclass(frozen=True, slots=True)
class Failure:
    """A part that does not match a record; `path` leads to it from its line's query."""

    line_number: int
    path: Path
    query: Query


class Membership:
    """Evaluates a strategy on its known records.

    Args:
        known: The records.
        strategy: What is evaluated.
    """

    def __init__(self, known: KnownRecords, strategy: SearchStrategy) -> None:
        self._known = known
        self._queries = {line.number: line.query for line in strategy.lines}
        self._last = strategy.lines[-1].number
        self._lines: dict[int, int] = {}

    def line(self, number: int) -> int:
        """The known records that a line finds."""
        return self._line(number, self._lines)

    @property
    def found(self) -> int:
        """The known records that the strategy finds."""
        return self.line(self._last)

    def part(self, query: Query) -> int:
        """The known records that a part finds."""
        return self._value(query, self._lines)

    def without(self, number: int, path: Path) -> int:
        """The known records that the strategy would find without a part of a line.

        The line itself cannot be dropped: with an empty path, nothing changes.
        """
        if not path:
            return self.found
        changed = self._value(self._queries[number], self._lines, path)
        if changed == self.line(number):
            return self.found
        return self._line(self._last, {number: changed})

    def instead(self, number: int, path: Path, bits: int) -> int:
        """The known records that the strategy would find if a part of a line also found `bits`."""
        query = self._queries[number]
        changed = self._value(query, self._lines, path or None, bits)
        if not path:
            changed |= bits
        return self._line(self._last, {number: changed})

    def failures(self, bit: int) -> list[Failure]:
        """The parts of AND that keep a record out, each in the line where it is written."""
        return self._failures(self._last, (), self._queries[self._last], bit)

    def _failures(self, number: int, path: Path, query: Query, bit: int) -> list[Failure]:
        if self.part(query) & bit:
            return []
        match query:
            case And(operands):
                return [
                    failure
                    for at, operand in enumerate(operands)
                    for failure in self._failures(number, (*path, at), operand, bit)
                ]
            case Not(included, excluded):
                found = self._failures(number, (*path, 0), included, bit)
                if self.part(excluded) & bit:
                    found.append(Failure(number, (*path, 1), query))
                return found
            case LineReference(target) if isinstance(
                self._queries[target], And | Not | LineReference
            ):
                return self._failures(target, (), self._queries[target], bit)
            case _:
                return [Failure(number, path, query)]

    def _line(self, number: int, lines: dict[int, int]) -> int:
        """A line's records; `lines` holds those that are known, and is added to."""
        if number not in lines:
            lines[number] = self._value(self._queries[number], lines)
        return lines[number]

    def _value(
        self, query: Query, lines: dict[int, int], path: Path | None = None, bits: int | None = None
    ) -> int:
        """A part's records; what `path` leads to is dropped, or finds `bits` as well."""
        if isinstance(query, LineReference):
            return self._line(query.number, lines)
        if not isinstance(query, And | Or | Not):
            return self._known.found_by(query)
        if path is None and isinstance(query, Or) and _flat(query):
            return self._known.found_by(query)
        values: dict[int, int] = {}
        for at, operand in enumerate(children(query)):
            if path is None or at != path[0]:
                values[at] = self._value(operand, lines)
            elif len(path) > 1:
                values[at] = self._value(operand, lines, path[1:], bits)
            elif bits is not None:
                values[at] = self._value(operand, lines) | bits
        match query:
            case Not():
                return values.get(0, self._known.all) & ~values.get(1, 0)
            case Or():
                return reduce(or_, values.values(), 0)
            case And():
                return reduce(and_, values.values(), self._known.all)


def references(query: Query) -> dict[int, None]:
    """The numbers of the lines that a query refers to, in reading order."""
    found: dict[int, None] = {}
    waiting = [query]
    while waiting:
        node = waiting.pop()
        if isinstance(node, LineReference):
            found[node.number] = None
        waiting += reversed(children(node))
    return found


def _flat(query: Or) -> bool:
    return not any(isinstance(o, And | Or | Not | LineReference) for o in query.operands)
