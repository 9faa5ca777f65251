"""A tree as a query of Tantivy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from indexers.mesh import Mesh
from retrievers.boolean.compile_leaves import Leaves
from retrievers.boolean.errors import QueryNotice
from retrievers.boolean.tree import (
    AllRecords,
    And,
    AutomaticTerm,
    DateRange,
    Field,
    Line,
    LineReference,
    MeshHeading,
    Near,
    Not,
    Or,
    Query,
    Term,
)

if TYPE_CHECKING:
    import tantivy

_MOST_ALTERNATIVES = 4_000  # of a line that is taken into another's OR


class Compiler:
    """Compiles the lines of one strategy.

    ORs within ORs are made one: Tantivy goes through a flat union several times faster than
    through a union of unions.

    Args:
        schema: The index's schema; it has the exact fields.
        mesh: Explodes headings.
        lines: The strategy's lines.
        told: How many records tell what (`name_told`).
        telling: How many records tell anything in a field of names.
        n_records: How many there are.
    """

    def __init__(
        self,
        schema: tantivy.Schema,
        mesh: Mesh,
        lines: tuple[Line, ...],
        told: Mapping[str, int],
        telling: Callable[[Field], int],
        n_records: int,
    ) -> None:
        self._leaves = Leaves(schema, mesh, told, telling, n_records)
        self._lines = {line.number: line.query for line in lines}
        self._compiled: dict[int, list[tantivy.Query]] = {}

    @property
    def notices(self) -> list[QueryNotice]:
        """What the store does not tell of the lines that were compiled."""
        return self._leaves.notices

    def line(self, number: int) -> tantivy.Query:
        """The query of a line; each line is compiled once.

        Raises:
            QueryError: The index cannot answer it.
        """
        return _any(self._line(number))

    def query(self, query: Query) -> tantivy.Query:
        """The query of a tree.

        Raises:
            QueryError: The index cannot answer it.
        """
        return _any(self._alternatives(query))

    def _line(self, number: int) -> list[tantivy.Query]:
        if number not in self._compiled:
            found = self._alternatives(self._lines[number])
            self._compiled[number] = found if len(found) <= _MOST_ALTERNATIVES else [_any(found)]
        return self._compiled[number]

    def _alternatives(self, query: Query) -> list[tantivy.Query]:
        """Queries of which a record matches any, if it matches the tree."""
        from tantivy import Occur
        from tantivy import Query as Compiled

        match query:
            case And(operands):
                return [Compiled.boolean_query([(Occur.Must, self.query(q)) for q in operands])]
            case Or(operands):
                return [found for operand in operands for found in self._alternatives(operand)]
            case Not(included, excluded):
                parts = [(Occur.Must, self.query(included)), (Occur.MustNot, self.query(excluded))]
                return [Compiled.boolean_query(parts)]
            case AutomaticTerm():
                return self._alternatives(query.query)
            case LineReference(number):
                return self._line(number)
            case AllRecords():
                return [
                    self._leaves.any_abstract() if query.with_abstract else Compiled.all_query()
                ]
            case DateRange():
                return [self._leaves.dates(query)]
            case MeshHeading():
                return self._leaves.heading(query)
            case Near():
                return self._leaves.near(query)
            case Term():
                return self._leaves.term(query)


def _any(queries: list[tantivy.Query]) -> tantivy.Query:
    from tantivy import Occur
    from tantivy import Query as Compiled

    if not queries:
        return Compiled.empty_query()
    if len(queries) == 1:
        return queries[0]
    return Compiled.boolean_query([(Occur.Should, query) for query in queries])
