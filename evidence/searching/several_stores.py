"""One search over several stores: a Boolean query in each, plain words through the router."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evidence.errors import StoreError
from evidence.searching.store import NEAREST, Found, StoreSearcher, Syntax
from evidence.stores import store_retriever
from indexers.encoders import encoder_of
from indexers.record_store import RecordStore
from indexers.records import Frozen, Record
from indexers.stores import absolute_place, place_name
from indexers.vectors import embedded_text
from retrievers.cross_encoder import CANDIDATES, PairScorer, reranked
from retrievers.router import Domain, RoutedRetriever


class StoreShare(Frozen):
    """What one of several stores gave.

    Attributes:
        n_found: How many records: of a Boolean query all that match, of plain words those given.
        nearness: How near plain words are to the store, as a cosine.
        weight: What its ranking counted for; 0 is a store that was not asked.
        line_counts: How many records each numbered line of a strategy found in it.
    """

    store: str
    n_found: int
    nearness: float | None = None
    weight: float | None = None
    line_counts: tuple[tuple[int, int], ...] = ()


class StoresOfRecord(Frozen):
    """The stores that gave a record."""

    record_id: str
    stores: tuple[str, ...]


class FoundInStores(Found):
    """What several stores gave; a record id that several gave is one record.

    Attributes:
        stores: The share of each, nearest first for plain words, else as they were named.
        n_in_several: Of the records found, how many more than one store gave.
        hits: Where each of `records` came from, in their order.
    """

    stores: tuple[StoreShare, ...]
    n_in_several: int
    hits: tuple[StoresOfRecord, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """Also how many records each store that was asked gave."""
        shares = [f"{s.store}: {s.n_found} records" for s in self.stores if s.weight != 0]
        several = (f"{self.n_in_several} of them in more than one store, each taken once",)
        return (*super().told, *shares, *(several if self.n_in_several else ()))

    @property
    def routing(self) -> str:
        """How near plain words are to each store, and what it counts for; empty for a strategy."""
        words = [
            f"{s.store} (nearness {s.nearness:.3f}, "
            + (f"weight {s.weight:.2f})" if s.weight else "not asked)")
            for s in self.stores
            if s.nearness is not None
        ]
        return f"stores: {', '.join(words)}" if words else ""


def search_several(
    places: Sequence[Path],
    query: str,
    syntax: Syntax,
    limit: int | None,
    scorer: PairScorer | None = None,
) -> FoundInStores:
    """What a query finds in any of several stores.

    A Boolean query is run in each, and all that match are counted; plain words go to the stores
    they are near to (`retrievers.router`), whose rankings are fused.

    Args:
        places: Folders or addresses; each once.
        query: Of the syntax.
        syntax: How it is written.
        limit: How many records at most; of plain words `NEAREST` unless given.
        scorer: Orders the first `CANDIDATES` records, or `limit` if that is more.

    Raises:
        QueryError: The query cannot be read or run.
        StoreError: A store cannot be opened, is damaged, is named twice or cannot run the query,
            two give different records one id, or plain words meet vectors of several encoders.
    """
    _check_named_once(places)
    searchers = [StoreSearcher(place) for place in places]
    if syntax == "natural":
        return _nearest([s.store for s in searchers], query, limit or NEAREST, scorer)
    return _each(searchers, query, syntax, limit)


def _each(
    searchers: Sequence[StoreSearcher], query: str, syntax: Syntax, limit: int | None
) -> FoundInStores:
    merged = _Merged()
    shares: list[StoreShare] = []
    notices: dict[str, list[str]] = {}
    for searcher in searchers:
        name = searcher.store.name
        found = searcher.search(query, syntax, None)
        for record in found.records:
            merged.add(record, name)
        for notice in found.notices:
            notices.setdefault(notice, []).append(name)
        shares.append(StoreShare(store=name, n_found=found.n_found, line_counts=found.line_counts))
    records = tuple(merged.records.values())
    return FoundInStores(
        records=records[:limit],
        n_found=len(records),
        notices=tuple(
            notice if len(names) == len(searchers) else f"{', '.join(names)}: {notice}"
            for notice, names in notices.items()
        ),
        stores=tuple(shares),
        n_in_several=_n_in_several(merged.hits(records)),
        hits=merged.hits(records[:limit]),
    )


def _nearest(
    stores: Sequence[RecordStore], query: str, limit: int, scorer: PairScorer | None
) -> FoundInStores:
    _check_one_encoder(stores)
    encoder = encoder_of(stores[0].manifest)
    router = RoutedRetriever(
        [Domain(store.name, store, store_retriever(store, encoder)) for store in stores], encoder
    )
    found = router.retrieve_with_ranks(query, limit if scorer is None else max(limit, CANDIDATES))
    by_name = {store.name: store for store in stores}
    merged = _Merged()
    for hit, ranks in found:
        for name in ranks:
            merged.add(by_name[name].record(hit.record_id), name)
    hits = [hit for hit, _ in found]
    if scorer is not None:
        texts = [embedded_text(merged.records[hit.record_id]) for hit in hits]
        hits = reranked(query, hits, texts, scorer, limit)
    records = tuple(merged.records[hit.record_id] for hit in hits)
    origins = merged.hits(records)
    shares = tuple(
        StoreShare(
            store=row.domain,
            n_found=sum(row.domain in hit.stores for hit in origins),
            nearness=row.nearness,
            weight=row.weight,
        )
        for row in router.explain(query)
    )
    return FoundInStores(
        records=records,
        n_found=len(records),
        stores=shares,
        n_in_several=_n_in_several(origins),
        hits=origins,
    )


def _n_in_several(hits: Sequence[StoresOfRecord]) -> int:
    return sum(len(hit.stores) > 1 for hit in hits)


class _Merged:
    """Records by id, each as the first store gave it, and the stores that gave it."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self._stores: dict[str, list[str]] = {}

    def add(self, record: Record, store: str) -> None:
        first = self.records.setdefault(record.record_id, record)
        names = self._stores.setdefault(record.record_id, [])
        if not _same(first, record):
            raise StoreError(
                f"{names[0]} and {store} give different records the id {record.record_id!r}; "
                "search them one at a time, or build one again with other ids"
            )
        names.append(store)

    def hits(self, records: Sequence[Record]) -> tuple[StoresOfRecord, ...]:
        return tuple(
            StoresOfRecord(record_id=r.record_id, stores=tuple(self._stores[r.record_id]))
            for r in records
        )


def _same(first: Record, second: Record) -> bool:
    """Whether two records of one id are the same; one of them may be of a later edition."""
    for one, other in ((first.pmid, second.pmid), (first.doi, second.doi)):
        if one and other:
            return one == other
    return first.title.casefold() == second.title.casefold()


def _check_named_once(places: Sequence[Path]) -> None:
    seen: set[Path] = set()
    for place in places:
        where = absolute_place(place)
        if where in seen:
            raise StoreError(f"{place_name(place)}: named twice; expected each store once")
        seen.add(where)


def _check_one_encoder(stores: Sequence[RecordStore]) -> None:
    made_by = {store.manifest.encoder_digest: store for store in stores}
    if len(made_by) > 1:
        named = ", ".join(f"{s.name}: {s.manifest.encoder_name}" for s in stores)
        raise StoreError(
            f"the stores' vectors are by different encoders ({named}); build them with one, or "
            "search them one at a time"
        )
