"""Screening: how a record stands to each eligibility criterion, with the sentence that decides.

The offline engine reads by rules; what they cannot decide is `unclear` and stays with a person.
"""

from __future__ import annotations

from typing import Protocol

from evidence.eligibility import aggregate
from evidence.judgements import MACHINE, Phase, Provenance, ScreeningDecision
from evidence.question import ClinicalQuestion
from evidence.reading.criterion_verdicts import offline_verdicts
from evidence.reading.reader import Reader
from evidence.screening.criterion_weights import prior_weights, weighted_score
from indexers.records import Document


class Screener(Protocol):
    """Judges a record against every criterion of a question."""

    def screen(
        self, question: ClinicalQuestion, document: Document, phase: Phase
    ) -> ScreeningDecision:
        """The decision on one document in one phase."""
        ...


class OfflineScreener:
    """Screens by explicit rules on terms, participants, arms and design."""

    def screen(
        self, question: ClinicalQuestion, document: Document, phase: Phase
    ) -> ScreeningDecision:
        """The decision on one document; `score` is in [0, 1], higher fits the question better."""
        criteria = question.criteria
        verdicts = offline_verdicts(question, Reader(document, phase))
        fate, reason = aggregate(criteria, verdicts)
        return ScreeningDecision(
            record_id=document.record_id,
            phase=phase,
            verdict=fate,
            criteria=verdicts,
            exclusion_reason=reason,
            score=weighted_score(criteria, verdicts, prior_weights(criteria)),
            provenance=Provenance(
                actor=MACHINE, engine="offline", reason="rules on terms, arms and design"
            ),
        )
