"""Records ranked by a question before anyone has screened."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from evidence.question import ClinicalQuestion
from indexers.records import Frozen, Record


class RankedRecord(Frozen):
    """A record's place before anyone has screened; rank 1 is nearest to the question."""

    rank: int
    record_id: str
    score: float
    title: str


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
