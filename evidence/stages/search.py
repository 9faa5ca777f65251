"""Search: by the question's strategy, or its words to every retriever, fused by reciprocal rank."""

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
from indexers.records import Frozen
from indexers.store import Store
from retrievers.hybrid import HybridRetriever
from retrievers.protocol import Retriever


class SearchResult(Frozen):
    """A search as it was run and the records that it found, best first."""

    run: SearchRun
    identified: tuple[RecordIdentified, ...]


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
    store: Store,
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
