"""Which known records a query finds, as bits: the i-th bit stands for the i-th known record."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.query_debugger.explanation import KnownRecord
from indexers.exact_fields import words
from indexers.records import Record
from indexers.store import Store
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.boolean.line_references import check_strategy
from retrievers.boolean.tree import (
    AllRecords,
    Field,
    Line,
    Query,
    SearchStrategy,
    Term,
    all_of,
    any_of,
)

_TITLE_WORDS = 20  # enough to tell titles apart


class KnownRecords:
    """Known records of a store, and which of them the parts of a strategy find.

    Args:
        store: The store that is searched.
        strategy: Its lines can be referred to.
        asked: Record ids or PMIDs, in any order; repeats count once.

    Attributes:
        records: Those that the store holds, in the order asked.
        not_in_store: The others.
    """

    def __init__(self, store: Store, strategy: SearchStrategy, asked: Sequence[str]) -> None:
        check_strategy(strategy.lines)
        self._retriever = BooleanRetriever(store)
        self._strategy = strategy
        self._store = store
        found: dict[str, Record] = {}
        missing: list[str] = []
        for name in dict.fromkeys(name.strip() for name in asked):
            record = self._record(name)
            if record is None:
                missing.append(name)
            else:
                found.setdefault(record.record_id, record)
        self.records = tuple(found.values())
        self.not_in_store = tuple(missing)
        self._bits = {record_id: 1 << at for at, record_id in enumerate(found)}
        self._place = any_of([_located(r) for r in found.values()]) if found else None
        self._found: dict[Query, int] = {}

    @property
    def all(self) -> int:
        """The bits of all known records."""
        return (1 << len(self.records)) - 1

    def found_by(self, query: Query) -> int:
        """The known records that a query finds."""
        if self._place is None:
            return 0
        if query not in self._found:
            asked = extended(self._strategy, all_of([query, self._place]))
            ids = self._retriever.search(asked)
            self._found[query] = sum(self._bits.get(record_id, 0) for record_id in ids)
        return self._found[query]

    def ids(self, bits: int) -> tuple[str, ...]:
        """The record ids that bits stand for."""
        return tuple(r.record_id for at, r in enumerate(self.records) if bits >> at & 1)

    def _record(self, name: str) -> Record | None:
        record = self._store.lexical.record(name) if name else None
        if record is not None or not name.isdigit():
            return record
        found = self._retriever.search(Term((name,), (Field.PMID,)))
        return self._store.record(found[0]) if found else None


def known_record(record: Record) -> KnownRecord:
    """A record as reports name it."""
    return KnownRecord(record_id=record.record_id, pmid=record.pmid, title=record.title)


def extended(strategy: SearchStrategy, query: Query) -> SearchStrategy:
    """The strategy with one more line, which is then what it finds."""
    number = max((line.number for line in strategy.lines), default=0) + 1
    return SearchStrategy((*strategy.lines, Line(number, query)))


def _located(record: Record) -> Query:
    """A query that finds the record, and perhaps others; record ids are no field of queries."""
    if record.pmid:
        return Term((record.pmid,), (Field.PMID,))
    title = words(record.title)[:_TITLE_WORDS]
    return Term(tuple(title), (Field.TITLE,)) if title else AllRecords()
