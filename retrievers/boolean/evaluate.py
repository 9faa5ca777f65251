"""Boolean search over a store: all records that match, in the store's order."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from indexers.exact_fields import TOLD, TOLD_FIELD
from indexers.mesh import Mesh, shipped_mesh
from indexers.store import Store
from retrievers.boolean.compile import Compiler
from retrievers.boolean.errors import Place, QueryError, QueryNotice
from retrievers.boolean.index_fields import NAMES
from retrievers.boolean.line_references import check_strategy
from retrievers.boolean.tree import Field, Line, Query, SearchStrategy

if TYPE_CHECKING:
    import tantivy


class BooleanRetriever:
    """Answers parsed queries (`parse_pubmed`, `parse_ovid`) from a store.

    Args:
        store: The store to search.
        mesh: Explodes headings; the shipped table unless given.
    """

    def __init__(self, store: Store, mesh: Mesh | None = None) -> None:
        self._store = store
        self._mesh = mesh
        self._telling: dict[Field, int] = {}

    @property
    def name(self) -> str:
        """`boolean`."""
        return "boolean"

    def search(self, query: Query | SearchStrategy) -> list[str]:
        """The ids of all matching records, in the order the store was given them.

        Raises:
            QueryError: The query is too large, or the store cannot answer it.
            StoreError: The store is damaged.
        """
        strategy = _strategy(query)
        last = strategy.lines[-1]
        compiled = self._compiler(strategy).line(last.number)
        try:
            return self._store.matching(compiled)
        except ValueError as error:
            raise _unanswered(last, error) from error

    def count(self, query: Query | SearchStrategy) -> int:
        """How many records match.

        Raises:
            QueryError: As `search`.
            StoreError: As `search`.
        """
        return self.line_counts(_strategy(query), last_only=True)[-1][1]

    def line_counts(
        self, strategy: SearchStrategy, *, last_only: bool = False
    ) -> list[tuple[int, int]]:
        """Each line's number with how many records it finds.

        Raises:
            QueryError: As `search`.
            StoreError: As `search`.
        """
        compiler = self._compiler(strategy)
        return [
            (line.number, self._counted(compiler.line(line.number), line))
            for line in (strategy.lines[-1:] if last_only else strategy.lines)
        ]

    def notices(self, query: Query | SearchStrategy) -> tuple[QueryNotice, ...]:
        """What the store does not tell for this query, such as major topics.

        Raises:
            QueryError: As `search`.
            StoreError: As `search`.
        """
        strategy = _strategy(query)
        compiler = self._compiler(strategy)
        for line in strategy.lines:
            compiler.line(line.number)
        return tuple(dict.fromkeys(compiler.notices))

    def _counted(self, compiled: tantivy.Query, line: Line) -> int:
        try:
            return self._store.lexical.count(compiled)
        except ValueError as error:
            raise _unanswered(line, error) from error

    def _compiler(self, strategy: SearchStrategy) -> Compiler:
        check_strategy(strategy.lines)
        schema = self._store.lexical.index.schema
        mesh = self._mesh or shipped_mesh()
        n_records = len(self._store)
        return Compiler(schema, mesh, strategy.lines, self._told, self._n_telling, n_records)

    def _n_telling(self, field: Field) -> int:
        """How many records tell anything in a field of names; counted once."""
        from tantivy import Query as Compiled

        if field not in self._telling:
            lexical = self._store.lexical
            anything = Compiled.regex_query(lexical.index.schema, NAMES[field], ".+")
            self._telling[field] = lexical.count(anything)
        return self._telling[field]

    @cached_property
    def _told(self) -> dict[str, int]:
        """How many records tell major topics and subheadings, or substances."""
        from tantivy import Query as Compiled

        lexical = self._store.lexical
        return {
            what: lexical.count(
                Compiled.term_query(lexical.index.schema, TOLD_FIELD, what, index_option="basic")
            )
            for what in TOLD
        }


def _unanswered(line: Line, error: ValueError) -> QueryError:
    return QueryError(
        line.place, f"the index cannot answer this line ({error}); truncate later in words"
    )


def _strategy(query: Query | SearchStrategy) -> SearchStrategy:
    if isinstance(query, SearchStrategy):
        return query
    return SearchStrategy((Line(1, query, Place()),))
