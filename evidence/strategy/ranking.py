"""All records in the order in which a strategy finds them worth reading.

Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009) of what a strategy tells: how many of its
concepts a record matches, BM25 over its words, BM25 over the question, and, where an encoder is
given, nearness in meaning to the question. Records outside the Boolean set follow those inside,
unless words and meaning bring them forward.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evidence.strategy.lines import concept_text, search_strategy
from evidence.strategy.types import Strategy
from indexers.encoder import Encoder
from indexers.records import Frozen
from indexers.store import Store
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.boolean.pubmed import parse_pubmed
from retrievers.dense import DenseRetriever
from retrievers.lexical import LexicalRetriever

RANK_CONSTANT = 60
_FEEDBACK_RECORDS = 20


class RankedRecord(Frozen):
    """A record's place, and how it came there.

    Attributes:
        in_boolean_set: Whether the strategy as it stands finds it.
        n_concepts: How many of the concepts it matches.
        ranks: Its rank in each part of the fusion that holds it.
    """

    record_id: str
    rank: int
    score: float
    in_boolean_set: bool
    n_concepts: int
    ranks: dict[str, int]


def rank_strategy(
    strategy: Strategy,
    text: str,
    store: Store,
    encoder: Encoder | None = None,
    limit: int | None = None,
    *,
    found_only: bool = False,
) -> list[RankedRecord]:
    """The records of a store, best first; equal ones in order of record id.

    Args:
        strategy: Is run as it stands, with its filters and limits.
        text: The question in words.
        store: What is searched.
        encoder: That of the store; None ranks by words alone.
        limit: How many records at most, from the first ranks of each part; all of them unless
            given.
        found_only: Rank only what the strategy as it stands finds, and all of that.

    Raises:
        QueryError: A term cannot be read.
        SettingsError: A filter is not known.
        StoreError: The store is damaged, or by another encoder.
    """
    boolean = BooleanRetriever(store)
    found = set(boolean.search(search_strategy(strategy)))
    wanted = len(found) if found_only else limit
    depth = len(store) if wanted is None else min(len(store), max(wanted * 2, 1000))
    matched: dict[str, int] = {}
    for concept in strategy.concepts:
        for record_id in boolean.search(parse_pubmed(concept_text(concept))):
            matched[record_id] = matched.get(record_id, 0) + 1
    measures = {i: (i in found, matched.get(i, 0)) for i in matched.keys() | found}
    parts: dict[str, dict[str, int]] = {"concepts": _shared_ranks(measures)}
    words = LexicalRetriever(store)
    for name, query in (("strategy words", strategy_words(strategy)), ("question words", text)):
        if query.strip():
            parts[name] = {hit.record_id: hit.rank for hit in words.retrieve(query, depth)}
    if encoder is not None and text.strip():
        hits = DenseRetriever(store, encoder).retrieve(text, depth)
        parts["meaning"] = {hit.record_id: hit.rank for hit in hits}
        ids = sorted(found) if found_only else _all_ids(store, limit, parts)
        first = _fused(parts, found, matched, ids, _FEEDBACK_RECORDS)
        if first:
            parts["feedback"] = _feedback([record.record_id for record in first], store, depth)
    ids = sorted(found) if found_only else _all_ids(store, limit, parts)
    return _fused(parts, found, matched, ids, limit)


def _feedback(record_ids: Sequence[str], store: Store, depth: int) -> dict[str, int]:
    """Ranks by nearness to the mean of the first records (Li et al. 2021, arXiv 2108.11044)."""
    wanted = set(record_ids)
    ids = store.catalogue.all_ids()
    rows = [n for n, i in zip(store.catalogue.numbers.tolist(), ids, strict=True) if i in wanted]
    mean = store.vectors[sorted(rows)].astype(np.float64).mean(axis=0)
    length = float(np.linalg.norm(mean))
    if length == 0:
        return {}
    near = store.search_vectors((mean / length).astype(np.float32), depth)
    return {record_id: rank for rank, (record_id, _) in enumerate(near, 1)}


def strategy_words(strategy: Strategy) -> str:
    """The words of a strategy, each once, as a bag for BM25."""
    words: dict[str, None] = {}
    for concept in strategy.concepts:
        for term in concept.terms:
            for word in term.text.replace("*", "").split():
                words.setdefault(word.lower().strip(","))
    return " ".join(words)


def _fused(
    parts: dict[str, dict[str, int]],
    found: set[str],
    matched: dict[str, int],
    ids: Sequence[str],
    limit: int | None,
) -> list[RankedRecord]:
    def score(record_id: str) -> float:
        return sum(
            1 / (RANK_CONSTANT + ranks[record_id]) for ranks in parts.values() if record_id in ranks
        )

    scored = sorted(((score(i), i) for i in ids), key=lambda s: (-s[0], s[1]))
    return [
        RankedRecord(
            record_id=record_id,
            rank=rank,
            score=round(value, 9),
            in_boolean_set=record_id in found,
            n_concepts=matched.get(record_id, 0),
            ranks={name: ranks[record_id] for name, ranks in parts.items() if record_id in ranks},
        )
        for rank, (value, record_id) in enumerate(scored[:limit], 1)
    ]


def _all_ids(store: Store, limit: int | None, parts: dict[str, dict[str, int]]) -> list[str]:
    """The ids to rank: all of the store, or with a limit those that a part brought."""
    if limit is None:
        return [str(record_id) for record_id in store.catalogue.all_ids()]
    return list(dict.fromkeys(i for ranks in parts.values() for i in ranks))


def _shared_ranks(measures: dict[str, tuple[bool, int]]) -> dict[str, int]:
    """Ranks by a measure, largest first; equal ones share the best rank of theirs."""
    ordered = sorted(measures.items(), key=lambda item: (item[1], item[0]), reverse=True)
    ranks: dict[str, int] = {}
    last: tuple[bool, int] | None = None
    shared = 0
    for place, (record_id, measure) in enumerate(ordered, 1):
        if measure != last:
            shared, last = place, measure
        ranks[record_id] = shared
    return ranks
