"""Search: by the question's strategy, by its words to every retriever, or all that a store has.

Rankings are fused by reciprocal rank.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.config import SearchSettings
from evidence.events import RecordIdentified, SearchRun
from evidence.judgements import MACHINE, Provenance
from evidence.question import ClinicalQuestion
from evidence.strategy.lines import to_pubmed
from evidence.strategy.ranking import rank_strategy
from evidence.strategy.types import Strategy
from indexers.encoder import Encoder
from indexers.record_store import RecordStore
from indexers.records import Frozen
from indexers.store import Store
from retrievers.hybrid import HybridRetriever
from retrievers.protocol import Retriever

ALL_RECORDS = "all records, no strategy applied"
"""Stands in the log where a query would."""


class SearchResult(Frozen):
    """A search as it was run and the records that it found, best first."""

    run: SearchRun
    identified: tuple[RecordIdentified, ...]


def search_all(
    question: ClinicalQuestion,
    store: RecordStore,
    retrievers: Sequence[Retriever],
    settings: SearchSettings,
) -> SearchResult:
    """Every record of the store: the nearest to the question first, then those of no rank."""
    every = store.record_ids()
    whole = settings.model_copy(update={"limit": len(every), "candidates": len(every)})
    found = search(question, store, retrievers, whole)
    ranked = {each.record.record_id for each in found.identified}
    provenance = Provenance(
        actor=MACHINE, engine="offline", reason="all records of the store, no strategy applied"
    )
    rest = [record_id for record_id in every if record_id not in ranked]
    return SearchResult(
        run=found.run.model_copy(
            update={"query": ALL_RECORDS, "n_records": len(every), "provenance": provenance}
        ),
        identified=(
            *(each.model_copy(update={"provenance": provenance}) for each in found.identified),
            *(
                RecordIdentified(
                    record=store.record(record_id), score=0.0, ranks={}, provenance=provenance
                )
                for record_id in rest
            ),
        ),
    )


def search_by_strategy(
    question: ClinicalQuestion, strategy: Strategy, store: Store, encoder: Encoder
) -> SearchResult:
    """Everything that the strategy finds as it stands, in the order worth reading.

    Raises:
        QueryError: A term cannot be read.
        SettingsError: A filter is not known.
        StoreError: The store is damaged, or by another encoder.
    """
    found = rank_strategy(strategy, question.text, store, encoder, found_only=True)
    provenance = Provenance(
        actor=MACHINE, engine="offline", reason="all records that the search strategy finds"
    )
    return SearchResult(
        run=SearchRun(
            query=to_pubmed(strategy),
            source=f"store {store.index_digest[:12]}",
            retrievers=("boolean",),
            n_records=len(found),
            n_in_source=len(store),
            provenance=provenance,
        ),
        identified=tuple(
            RecordIdentified(
                record=store.record(ranked.record_id),
                score=ranked.score,
                ranks={"strategy": ranked.rank},
                provenance=provenance,
            )
            for ranked in found
        ),
    )


def search_query(question: ClinicalQuestion) -> str:
    """The words that are searched: population, intervention and comparator, else the question."""
    pico = question.pico
    parts = [pico.population, pico.intervention, pico.comparator]
    return " ".join(part for part in parts if part) or question.text


def search(
    question: ClinicalQuestion,
    store: RecordStore,
    retrievers: Sequence[Retriever],
    settings: SearchSettings,
) -> SearchResult:
    """Find the `settings.limit` records nearest to the question."""
    query = search_query(question)
    fused = HybridRetriever(
        retrievers, rank_constant=settings.rank_constant, candidates=settings.candidates
    )
    found = fused.retrieve_with_ranks(query, settings.limit)
    provenance = Provenance(
        actor=MACHINE,
        engine="offline",
        reason=f"reciprocal rank fusion with constant {settings.rank_constant}",
    )
    return SearchResult(
        run=SearchRun(
            query=query,
            source=f"store {store.index_digest[:12]}",
            retrievers=tuple(retriever.name for retriever in retrievers),
            n_records=len(found),
            n_in_source=len(store),
            provenance=provenance,
        ),
        identified=tuple(
            RecordIdentified(
                record=store.record(hit.record_id),
                score=round(hit.score, 9),
                ranks=ranks,
                provenance=provenance,
            )
            for hit, ranks in found
        ),
    )
