"""Queries read, checked and run over a store."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evidence.errors import SourceError
from indexers.records import Frozen, Record

if TYPE_CHECKING:
    from indexers.record_store import RecordStore
    from retrievers.boolean.evaluate import BooleanRetriever
    from retrievers.boolean.tree import SearchStrategy
    from retrievers.cross_encoder import PairScorer
    from retrievers.hybrid import HybridRetriever

Syntax = Literal["pubmed", "ovid", "natural"]
NEAREST = 100
"""How many records a query in plain words gives, unless it says."""


class Found(Frozen):
    """What a search gave, and what a report must say of it.

    Attributes:
        n_found: Records that matched; more than were taken when there is a limit.
        translation: The query as the source says it ran it.
        notices: On how the query was read, and on what the source cannot tell.
        line_counts: How many records each numbered line of a strategy found.
    """

    records: tuple[Record, ...]
    n_found: int
    translation: str = ""
    notices: tuple[str, ...] = ()
    line_counts: tuple[tuple[int, int], ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """What a person reads before the number of records."""
        read_as = (f"read as: {self.translation}",) if self.translation else ()
        return (*read_as, *self.notices)


class StoreSearcher:
    """Runs queries over one store, which is opened once.

    Raises:
        StoreError: The store cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        from indexers.stores import open_store

        self.store: RecordStore = open_store(path)

    def search(self, query: str, syntax: Syntax, limit: int | None) -> Found:
        """The records that a query finds.

        A Boolean query finds all that match, in the store's order; plain words the nearest, best
        first.

        Raises:
            QueryError: The query cannot be read or run.
            StoreError: The store is damaged, or a Boolean query is asked of one in Milvus.
        """
        store = self.store
        if syntax == "natural":
            return self.nearest(query, limit)
        strategy = parsed(query, syntax)
        retriever = self._boolean
        notices = dict.fromkeys(map(str, (*strategy.notices, *retriever.notices(strategy))))
        ids = retriever.search(strategy)
        counts = retriever.line_counts(strategy) if len(strategy.lines) > 1 else ()
        return Found(
            records=tuple(store.record(record_id) for record_id in ids[:limit]),
            n_found=len(ids),
            notices=tuple(notices),
            line_counts=tuple(counts),
        )

    def nearest(self, query: str, limit: int | None, scorer: PairScorer | None = None) -> Found:
        """The records nearest to plain words, best first; a scorer orders the first of them.

        Raises:
            StoreError: The store is damaged.
        """
        from retrievers.cross_encoder import RerankedRetriever

        store, retriever = self.store, self._nearest
        ordered = retriever if scorer is None else RerankedRetriever(retriever, store, scorer)
        hits = ordered.retrieve(query, limit or NEAREST)
        records = tuple(store.record(hit.record_id) for hit in hits)
        return Found(records=records, n_found=len(records))

    @cached_property
    def _boolean(self) -> BooleanRetriever:
        from indexers.stores import folder_store
        from retrievers.boolean.evaluate import BooleanRetriever

        return BooleanRetriever(folder_store(self.store))

    @cached_property
    def _nearest(self) -> HybridRetriever:
        from evidence.stores import store_retriever

        return store_retriever(self.store)


def parsed(text: str, syntax: Syntax) -> SearchStrategy:
    """The strategy of a Boolean query.

    Raises:
        QueryError: The query cannot be read; it says where, and if the other syntax is likelier.
    """
    from retrievers.boolean.errors import Place, QueryError
    from retrievers.boolean.foreign import has_signs_of
    from retrievers.boolean.ovid import parse_ovid
    from retrievers.boolean.pubmed import parse_pubmed

    own: Literal["pubmed", "ovid"] = "ovid" if syntax == "ovid" else "pubmed"
    other: Literal["pubmed", "ovid"] = "pubmed" if own == "ovid" else "ovid"
    try:
        return parse_ovid(text) if own == "ovid" else parse_pubmed(text)
    except QueryError as error:
        if has_signs_of(own, text) or not has_signs_of(other, text):
            raise
        message = f"{error.message}; it looks like the syntax {other} but was read as {own}"
        raise QueryError(Place(error.line, error.character), message) from error


def read_query(path: Path) -> str:
    """The query in a file, in UTF-8, UTF-16 with a mark, or Windows-1252.

    Raises:
        SourceError: The file cannot be read, or is no plain text.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        wanted = f"expected a readable text file with a query ({error.strerror})"
        raise SourceError(path, wanted) from error
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not raw.startswith((b"PK\x03\x04", b"%PDF")):
            return text
        break
    raise SourceError(path, "expected a query as plain text; save it from Word or a PDF as .txt")


def check_query(path: Path, syntax: Syntax) -> dict[str, Any]:
    """The tree of the query in a file, as JSON.

    Raises:
        SourceError: The file cannot be read, or the query in it cannot; the line is named.
    """
    from retrievers.boolean.errors import QueryError

    try:
        return checked(read_query(path), syntax)
    except QueryError as error:
        where = f"character {error.character}: {error.message}"
        raise SourceError(path, where, error.line) from error


def checked(text: str, syntax: Syntax) -> dict[str, Any]:
    """The tree of a query, as JSON.

    Raises:
        QueryError: The query cannot be read.
    """
    from retrievers.boolean.tree_json import to_json

    return to_json(parsed(text, syntax))


def read_known(path: Path) -> list[str]:
    """Ids of records that a search ought to find: one a line, or those of a file of records.

    Raises:
        SourceError: The file cannot be read, or names no record.
    """
    from evidence.sources import RECORD_ENDINGS
    from indexers.references import read_records

    if path.name.lower().endswith(RECORD_ENDINGS):
        found = [record.pmid or record.record_id for record in read_records(path)]
    else:
        lines = (line.split("#")[0].strip() for line in read_query(path).splitlines())
        found = [line for line in lines if line]
    if not found:
        raise SourceError(path, "expected ids of known records, one a line, or a file of records")
    return found
