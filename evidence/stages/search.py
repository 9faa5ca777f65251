"""Search: the question's words to every retriever, fused by reciprocal rank."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.config import SearchSettings
from evidence.judgements import MACHINE, Provenance, RecordIdentified, SearchRun
from evidence.question import ClinicalQuestion
from indexers.records import Frozen
from indexers.store import Store
from retrievers.hybrid import HybridRetriever
from retrievers.protocol import Retriever


class SearchResult(Frozen):
    """A search as it was run and the records that it found, best first."""

    run: SearchRun
    identified: tuple[RecordIdentified, ...]


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
