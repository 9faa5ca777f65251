"""Boolean search over a store: all records that match, in the store's order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from indexers.errors import StoreError
from indexers.exact_fields import NAME_FIELDS, add_exact_fields, fill_exact_fields
from indexers.mesh import Mesh, shipped_mesh
from indexers.records import Record
from indexers.store import Store
from indexers.swap import current_folder
from retrievers.boolean.compile import Compiler
from retrievers.boolean.errors import Place, QueryError, QueryNotice
from retrievers.boolean.tree import Line, Query, SearchStrategy, check_strategy

if TYPE_CHECKING:
    import tantivy

LARGEST_IN_MEMORY = 50_000  # records indexed on the fly, for stores without exact fields
_WRITER_BYTES = 64_000_000


class BooleanRetriever:
    """Answers parsed queries (`parse_pubmed`, `parse_ovid`) from a store.

    A store whose lexical index has no exact fields is indexed in memory on the first search, if
    it is small.

    Args:
        store: The store to search.
        mesh: Explodes headings; the shipped table unless given.
    """

    def __init__(self, store: Store, mesh: Mesh | None = None) -> None:
        self._store = store
        self._mesh = mesh
        self._index: tantivy.Index | None = None
        self._searcher: tantivy.Searcher | None = None

    @property
    def name(self) -> str:
        """`boolean`."""
        return "boolean"

    def search(self, query: Query | SearchStrategy) -> list[str]:
        """The ids of all matching records, in the order the store was given them.

        Raises:
            QueryError: The query is too large, or the store cannot answer it.
            StoreError: The store is too large to be searched without exact fields.
        """
        import tantivy

        strategy = _strategy(query)
        searcher, compiler = self._prepared(strategy)
        compiled = compiler.line(strategy.lines[-1].number)
        number = self._counted(searcher, compiled, strategy.lines[-1])
        if not number:
            return []
        found = searcher.search(
            compiled, limit=number, count=False, order_by_field="number", order=tantivy.Order.Asc
        )
        return [str(searcher.doc(address).get_first("record_id")) for _, address in found.hits]

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
        searcher, compiler = self._prepared(strategy)
        return [
            (line.number, self._counted(searcher, compiler.line(line.number), line))
            for line in (strategy.lines[-1:] if last_only else strategy.lines)
        ]

    def notices(self, query: Query | SearchStrategy) -> tuple[QueryNotice, ...]:
        """What the store cannot tell apart in this query, such as major topics.

        Raises:
            QueryError: As `search`.
            StoreError: As `search`.
        """
        strategy = _strategy(query)
        _, compiler = self._prepared(strategy)
        for line in strategy.lines:
            compiler.line(line.number)
        return tuple(dict.fromkeys(compiler.notices))

    def _counted(self, searcher: tantivy.Searcher, compiled: tantivy.Query, line: Line) -> int:
        try:
            found = searcher.search(compiled, limit=1, count=True)
            return int(found.count)  # type: ignore[attr-defined] # its stub leaves it out
        except ValueError as error:
            raise QueryError(
                line.place, f"the index cannot answer this line ({error}); truncate later in words"
            ) from error

    def _prepared(self, strategy: SearchStrategy) -> tuple[tantivy.Searcher, Compiler]:
        check_strategy(strategy.lines)
        if self._index is None or self._searcher is None:
            self._index = _exact_index(self._store)
            self._searcher = self._index.searcher()
        mesh = self._mesh or shipped_mesh()
        return self._searcher, Compiler(self._index.schema, mesh, strategy.lines)


def _strategy(query: Query | SearchStrategy) -> SearchStrategy:
    if isinstance(query, SearchStrategy):
        return query
    return SearchStrategy((Line(1, query, Place()),))


def _exact_index(store: Store) -> tantivy.Index:
    """The store's lexical index, or one in memory if that has no exact fields."""
    import tantivy

    folder = current_folder(store.path)
    if folder is None:
        raise StoreError(f"{store.path}: the store is gone; build it again")
    try:
        index = tantivy.Index.open(str(folder / "lexical"))
    except (ValueError, OSError) as error:
        raise StoreError(
            f"{store.path}: expected a readable lexical index; build the store again"
        ) from error
    if _has_exact_fields(index):
        return index
    if len(store) > LARGEST_IN_MEMORY:
        raise StoreError(
            f"{store.path}: its {len(store):,} records were indexed without the exact words that "
            "Boolean search needs; build the store again"
        )
    return _in_memory(store.records())


def _has_exact_fields(index: tantivy.Index) -> bool:
    import tantivy

    try:
        tantivy.Query.term_query(index.schema, NAME_FIELDS[0], "", index_option="basic")
    except ValueError:  # the field is not defined in the schema
        return False
    return True


def _in_memory(records: Iterable[Record]) -> tantivy.Index:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("record_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("number", indexed=True, fast=True)
    add_exact_fields(builder)
    index = tantivy.Index(builder.build())
    writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)
    for number, record in enumerate(records):
        document = tantivy.Document()
        document.add_text("record_id", record.record_id)
        document.add_unsigned("number", number)
        fill_exact_fields(document, record)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index
