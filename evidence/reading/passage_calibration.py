"""How many passages of a report a query needs: certified where people marked the evidence.

Learn then Test over the ranking of `report_passages`, as `evidence calibrate` does it over the
records of a store (retrievers.calibration). The unit is the report: its queries are averaged, for
they are not independent. The guarantee is for reports and queries like those of the calibration.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from evidence.reading.report_passages import (
    RANKING_DIGEST,
    beyond,
    front,
    rank_passages,
    report_passages,
)
from indexers.encoder import Encoder, Progress
from indexers.records import Document, Passage
from retrievers.calibration import Losses, check_counts
from retrievers.certificate import ContextCount, context_count

COUNTS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20)


@dataclass(frozen=True)
class MarkedReport:
    """A report with the evidence on each query, as stretches of its text."""

    document: Document
    evidence: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]


def calibrate_passages(
    reports: Sequence[MarkedReport],
    encoder: Encoder,
    *,
    asked: str,
    alpha: float,
    delta: float,
    counts: tuple[int, ...] = COUNTS,
    progress: Progress | None = None,
) -> ContextCount:
    """The smallest number of passages certified to miss at most `alpha` of the evidence.

    Args:
        reports: One unit each; a random sample of those that the count is used on.
        encoder: The encoder that will be used.
        asked: How the certificate names the queries (passage_counts.FOR_CRITERIA).
        alpha: The highest mean share of the evidence missed that is allowed.
        delta: The highest probability that it is higher all the same.
        counts: The numbers of passages to try.
        progress: Called with the reports done and the reports in all.

    Raises:
        ValueError: There are no reports, or a level or count is not as described.
    """
    losses = passage_losses(reports, encoder, counts, progress)
    return passage_certificate(
        losses, encoder, asked=asked, alpha=alpha, delta=delta, counts=counts
    )


def passage_certificate(
    losses: Losses,
    encoder: Encoder,
    *,
    asked: str,
    alpha: float,
    delta: float,
    counts: tuple[int, ...] = COUNTS,
) -> ContextCount:
    """The certificate of losses that `passage_losses` gave; arguments as `calibrate_passages`.

    Raises:
        ValueError: Losses, counts or levels are not as `certify` wants them.
    """
    return context_count(
        losses,
        counts,
        alpha=alpha,
        delta=delta,
        loss="share_of_gold_missed",
        retriever=asked,
        corpus_digest=RANKING_DIGEST,
        encoder_digest=encoder.digest,
    )


def passage_losses(
    reports: Sequence[MarkedReport],
    encoder: Encoder,
    counts: Sequence[int] = COUNTS,
    progress: Progress | None = None,
) -> Losses:
    """The share of the evidence's characters that k passages and the front miss.

    Returns:
        [n_reports, n_counts]; a report's loss is the mean over its queries.
    """
    check_counts(counts)
    rows = []
    for done, report in enumerate(reports, 1):
        shown = front(report.document)
        passages = beyond(report_passages(report.document), shown)
        queries = [query for query, _ in report.evidence]
        rankings = rank_passages(passages, queries, encoder)
        rows.append(
            np.mean(
                [
                    [_missed(gold, shown, ranking[:count]) for count in counts]
                    for (_, gold), ranking in zip(report.evidence, rankings, strict=True)
                ],
                axis=0,
            )
        )
        if progress is not None:
            progress(done, len(reports))
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(counts))


def _missed(
    gold: Iterable[tuple[int, int]], shown: tuple[int, int], passages: Iterable[Passage]
) -> float:
    """The share of the gold stretches' characters that is neither in the front nor in a passage."""
    stretches = sorted([shown, *((p.start, p.end) for p in passages)])
    total = covered = 0
    for start, end in gold:
        total += end - start
        for low, high in stretches:  # they may overlap
            covered += max(0, min(end, high) - max(start, low))
            start = max(start, min(end, high))
    return 1 - covered / total
