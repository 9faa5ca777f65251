"""The passages of guidelines that are nearest to a question, criterion by criterion."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.decision.scales import FRAMEWORK, GUIDELINE_CRITERIA
from evidence.findings_text import short_name
from evidence.question import ClinicalQuestion
from evidence.reading.report_passages import rank_passages
from indexers.encoder import Encoder
from indexers.guidelines import guideline_passages
from indexers.records import Document, Passage

MOST_PASSAGES = 24
"""Three a criterion; together some 12,000 words at most."""


def ranked_guideline_passages(
    question: ClinicalQuestion,
    guidelines: Sequence[Document],
    encoder: Encoder,
    limit: int = MOST_PASSAGES,
) -> tuple[Passage, ...]:
    """The nearest passages: the first of each criterion, then the second of each, and so on.

    Args:
        question: Whose intervention and population are asked for.
        guidelines: As `indexers.guidelines.read_guideline` reads them.
        encoder: Turns passages and queries into vectors.
        limit: How many passages at most.
    """
    passages = [passage for document in guidelines for passage in guideline_passages(document)]
    subject = f"{short_name(question.pico.intervention)} {short_name(question.pico.population)}"
    queries = [
        f"{subject} {FRAMEWORK[c].title}. {FRAMEWORK[c].question}" for c in GUIDELINE_CRITERIA
    ]
    rankings = rank_passages(passages, queries, encoder)
    turns = (
        ranking[place]
        for place in range(len(passages))
        for ranking in rankings
        if place < len(ranking)
    )
    return tuple(dict.fromkeys(turns))[:limit]
