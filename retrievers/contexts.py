"""From questions with gold passages to a certified number of contexts, and its use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from indexers.encoder import Progress
from indexers.errors import StoreError
from indexers.record_store import RecordStore
from retrievers.calibration import Losses, Procedure, check_counts, share_of_gold_missed
from retrievers.certificate import (
    CertificateError,
    ContextCount,
    context_count,
    truncated_context_count,
)
from retrievers.protocol import Hit, Retriever
from retrievers.questions import GoldQuestion, with_ids_of
from retrievers.truncation import Truncation

COUNTS = (1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 50, 75, 100)


def calibrate(
    questions: Sequence[GoldQuestion],
    store: RecordStore,
    retriever: Retriever,
    *,
    alpha: float,
    delta: float,
    counts: tuple[int, ...] = COUNTS,
    truncations: tuple[Truncation, ...] = (),
    procedure: Procedure | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> ContextCount:
    """The smallest number of contexts certified to miss at most `alpha` of the gold evidence.

    Args:
        questions: Gold ids are record ids or PMIDs of the store.
        store: What the retriever searches; its digests go into the certificate.
        retriever: The retriever that will be used; its ranking is what is calibrated.
        alpha: The highest mean share of gold evidence missed that is allowed.
        delta: The highest probability that it is higher all the same.
        counts: The numbers of contexts to try.
        truncations: Truncations of one rule to try with each count; none leaves them out.
        procedure: `fixed_sequence` unless truncations are tried, then `bonferroni`.
        seed: Of the draw of the questions, if they were drawn; kept in the certificate.
        progress: Called with the questions done and the questions in all.

    Raises:
        StoreError: A question's gold evidence is not in the store.
        ValueError: A level, a count or a truncation is not as described.
    """
    inside, outside = with_ids_of(questions, store.records())
    if outside or not inside:
        first = outside[0].question_id if outside else "none"
        raise StoreError(
            f"{store.name}: {len(outside)} of {len(questions)} questions have gold evidence that "
            f"is not in the store (first: {first}); leave them out or add the records"
        )
    check_counts(counts)
    rankings = []
    for done, question in enumerate(inside, 1):
        rankings.append(retriever.retrieve(question.text, max(counts)))
        if progress is not None:
            progress(done, len(inside))
    gold = [question.gold_ids for question in inside]
    if not truncations:
        return context_count(
            losses_of(rankings, gold, counts),
            counts,
            alpha=alpha,
            delta=delta,
            loss="share_of_gold_missed",
            retriever=retriever.name,
            corpus_digest=store.index_digest,
            encoder_digest=store.manifest.encoder_digest,
            store=store.name,
            procedure=procedure or "fixed_sequence",
            seed=seed,
        )
    losses, kept = truncated_losses_of(rankings, gold, counts, truncations)
    return truncated_context_count(
        losses,
        kept,
        counts,
        truncations,
        alpha=alpha,
        delta=delta,
        loss="share_of_gold_missed",
        retriever=retriever.name,
        corpus_digest=store.index_digest,
        encoder_digest=store.manifest.encoder_digest,
        store=store.name,
        procedure=procedure or "bonferroni",
        seed=seed,
    )


def losses_of(
    rankings: Sequence[Sequence[Hit]], gold: Sequence[Sequence[str]], counts: Sequence[int]
) -> Losses:
    """Share of gold missed, [n_questions, n_counts]."""
    return np.array(
        [
            share_of_gold_missed([hit.record_id for hit in hits], ids, counts)
            for hits, ids in zip(rankings, gold, strict=True)
        ]
    )


def truncated_losses_of(
    rankings: Sequence[Sequence[Hit]],
    gold: Sequence[Sequence[str]],
    counts: Sequence[int],
    truncations: Sequence[Truncation],
) -> tuple[Losses, Losses]:
    """Share of gold missed and contexts kept, each [n_questions, n_counts, n_truncations]."""
    shape = (len(rankings), len(counts), len(truncations))
    losses, kept = np.ones(shape), np.zeros(shape)
    for row, (hits, ids) in enumerate(zip(rankings, gold, strict=True)):
        ranked_ids = [hit.record_id for hit in hits]
        scores = [hit.score for hit in hits]
        for column, truncation in enumerate(truncations):
            left = truncation.kept(scores)
            remaining = ranked_ids[:left]
            losses[row, :, column] = share_of_gold_missed(remaining, ids, counts)
            kept[row, :, column] = np.minimum(counts, left)
    return losses, kept


class CertifiedRetriever:
    """Gives as many contexts as the certificate says.

    Raises:
        CertificateError: The certificate abstains, or is for another corpus, encoder or
            retriever.
    """

    def __init__(self, retriever: Retriever, certificate: ContextCount, store: RecordStore) -> None:
        if certificate.k is None:
            raise CertificateError(
                f"no number of contexts is certified at alpha {certificate.alpha:g} and delta "
                f"{certificate.delta:g}: abstain, or calibrate with more questions or a higher "
                "alpha"
            )
        if certificate.retriever != retriever.name:
            raise CertificateError(
                f"the certificate is for the {certificate.retriever} retriever, not "
                f"{retriever.name}: it is void; calibrate again"
            )
        certificate.require_valid(store.index_digest, store.manifest.encoder_digest)
        self._retriever = retriever
        self._k = certificate.k
        self._truncation = certificate.truncation
        self._deepest = max(certificate.counts)

    @property
    def name(self) -> str:
        """The name of the retriever that is calibrated."""
        return self._retriever.name

    def contexts(self, query: str) -> list[Hit]:
        """The certified number of contexts, best first; fewer after truncation."""
        # As deep as in the calibration: a hybrid's ranking may depend on its depth.
        hits = self._retriever.retrieve(query, self._deepest)
        left = len(hits)
        if self._truncation is not None:
            left = self._truncation.kept([hit.score for hit in hits])
        return hits[: min(self._k, left)]

    def retrieve(self, query: str, limit: int) -> list[Hit]:
        """`contexts`, at most `limit` of them; a limit below the certified count voids it."""
        return self.contexts(query)[:limit]
