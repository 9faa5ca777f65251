"""Synthesise: one result a study and outcome, pooled and rated; every number is computed here."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.config import SynthesisSettings
from evidence.findings import SummaryOfFindingsRow
from evidence.judgements import (
    MACHINE,
    CertaintyRating,
    ExtractedOutcome,
    Provenance,
    RiskOfBiasJudgement,
    RobinsIJudgement,
)
from evidence.question import ClinicalQuestion
from evidence.synthesis.selection import select_result
from evidence.synthesis.summary_of_findings import indirectness_concerns, summarise_outcome
from indexers.records import Frozen


class StudyEvidence(Frozen):
    """What one included study brings to the synthesis.

    `robins_i` is None where the study is randomised, or is judged with RoB 2 (`risk_of_bias`).
    """

    record_id: str
    study: str
    outcomes: tuple[ExtractedOutcome, ...]
    risk_of_bias: tuple[RiskOfBiasJudgement, ...]
    robins_i: tuple[RobinsIJudgement, ...] | None = None


def summarise(
    question: ClinicalQuestion, evidence: Sequence[StudyEvidence], settings: SynthesisSettings
) -> list[SummaryOfFindingsRow]:
    """The summary of findings: one row an outcome, in the question's order."""
    risk_of_bias = [judgement for study in evidence for judgement in study.risk_of_bias]
    non_randomised = {s.record_id: s.robins_i for s in evidence if s.robins_i is not None}
    rows = []
    for outcome in question.pico.outcomes:
        selected = [
            select_result(
                outcome,
                question.pico.comparator,
                [result for result in study.outcomes if result.outcome == outcome],
                study.study,
            )
            for study in evidence
        ]
        results = [result for result in selected if result is not None]
        rows.append(
            summarise_outcome(
                outcome,
                results,
                settings,
                risk_of_bias,
                non_randomised=non_randomised,
                indirectness=indirectness_concerns(results),
            )
        )
    return rows


def rate(row: SummaryOfFindingsRow) -> CertaintyRating | None:
    """The computed certainty of a row as a judgement; None when nothing was pooled."""
    if row.certainty is None:
        return None
    return CertaintyRating(
        outcome=row.outcome,
        start=row.certainty_start,
        domains=row.domains,
        certainty=row.certainty,
        provenance=Provenance(
            actor=MACHINE,
            engine="offline",
            reason="; ".join(
                f"{domain.domain.replace('_', ' ')} −{domain.levels_down}"
                for domain in row.domains
                if domain.levels_down
            ),
        ),
    )
