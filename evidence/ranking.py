"""Work on files without a project: search a store, check a query, rank records."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evidence.errors import SourceError
from evidence.question import ClinicalQuestion
from evidence.stores import store_retriever
from indexers.records import Frozen, Record

if TYPE_CHECKING:
    from retrievers.boolean.tree import SearchStrategy

Syntax = Literal["pubmed", "ovid", "natural"]


class RankedRecord(Frozen):
    """A record's place before anyone has screened; rank 1 is nearest to the question."""

    rank: int
    record_id: str
    score: float
    title: str


def search_store(
    query: str, store_path: Path, syntax: Syntax, limit: int | None
) -> tuple[list[Record], list[str]]:
    """The records of a store that a query finds, and notices on how it was read.

    A Boolean query finds all that match, in the store's order; plain words the `limit` nearest
    (100 when not said), best first.

    Raises:
        StoreError: The store cannot be opened.
        QueryError: The query cannot be read or run.
    """
    from indexers.store import Store
    from retrievers.boolean.evaluate import BooleanRetriever

    store = Store.open(store_path)
    if syntax == "natural":
        found = [hit.record_id for hit in store_retriever(store).retrieve(query, limit or 100)]
        return [store.record(record_id) for record_id in found], []
    strategy = _parsed(query, syntax)
    retriever = BooleanRetriever(store)
    notices = list(dict.fromkeys(map(str, (*strategy.notices, *retriever.notices(strategy)))))
    return [store.record(r) for r in retriever.search(strategy)[:limit]], notices


def check_query(path: Path, syntax: Syntax) -> dict[str, Any]:
    """The tree of the query in a file, as JSON.

    Raises:
        SourceError: The file cannot be read, or the query in it cannot; the line is named.
    """
    from retrievers.boolean.errors import QueryError
    from retrievers.boolean.tree_json import to_json

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, f"expected a readable text file with a query ({error})") from error
    try:
        return to_json(_parsed(text, syntax))
    except QueryError as error:
        where = f"character {error.character}: {error.message}"
        raise SourceError(path, where, error.line) from error


def _parsed(text: str, syntax: Syntax) -> SearchStrategy:
    if syntax == "ovid":
        from retrievers.boolean.ovid import parse_ovid

        return parse_ovid(text)
    from retrievers.boolean.pubmed import parse_pubmed

    return parse_pubmed(text)


def rank_records(records: Sequence[Record], question: ClinicalQuestion) -> list[RankedRecord]:
    """Rank records by cosine similarity of their title and abstract to the question."""
    from indexers.encoder import minilm_encoder

    if not records:
        return []
    encoder = minilm_encoder()
    pico = question.pico
    asked = " ".join(filter(None, (question.text, pico.population, pico.intervention)))
    texts = [f"{record.title}\n\n{record.abstract}" for record in records]
    scores = encoder.encode(texts) @ encoder.encode([asked])[0]
    order = sorted(range(len(records)), key=lambda i: (-float(scores[i]), records[i].record_id))
    return [
        RankedRecord(
            rank=rank,
            record_id=records[i].record_id,
            score=round(float(scores[i]), 6),
            title=records[i].title,
        )
        for rank, i in enumerate(order, 1)
    ]


def write_ranking(ranking: Sequence[RankedRecord], path: Path) -> None:
    """Write a ranking as CSV with the columns of `RankedRecord`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(RankedRecord.model_fields), lineterminator="\n")
        writer.writeheader()
        writer.writerows(ranked.model_dump() for ranked in ranking)
