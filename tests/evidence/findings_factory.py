"""Rows of a summary of findings, as short as a test can say them."""

from __future__ import annotations

from typing import Any

from evidence.findings import (
    Certainty,
    DichotomousData,
    DomainRating,
    Measure,
    PooledEffect,
    StudyResult,
    SummaryOfFindingsRow,
)
from indexers.records import Document, text_digest

TEXT = "In the zinc group 12 of 60 patients relapsed, and 30 of 60 with placebo."
DOCUMENT = Document(document_digest=text_digest(TEXT), record_id="r1", kind="full_text", text=TEXT)


def effect(
    estimate: float, low: float, high: float, measure: Measure = "RR", **fields: Any
) -> PooledEffect:
    given: dict[str, Any] = {
        "model": "reml",
        "pi_low": None,
        "pi_high": None,
        "analysis_estimate": 0.0,
        "analysis_se": 1.0,
        "tau2": 0.0,
        "tau2_ci": None,
        "i2": 12.4,
        "q": 1.0,
        "q_p": 0.5,
        "k_studies": 2,
        "weights": (),
    }
    return PooledEffect(
        measure=measure, estimate=estimate, ci_low=low, ci_high=high, **(given | fields)
    )


def row(
    outcome: str = "relapse",
    pooled: PooledEffect | None = None,
    certainty: Certainty | None = "moderate",
    **fields: Any,
) -> SummaryOfFindingsRow:
    given: dict[str, Any] = {
        "row_id": f"row-{outcome.split()[0]}",
        "k_studies": 2,
        "n_participants": 1234,
        "domains": (
            DomainRating(
                domain="risk_of_bias",
                levels_down=1,
                reason="Studies at high risk of bias carry 40 % of the weight.",
            ),
            DomainRating(domain="imprecision", levels_down=0, reason="Precise."),
        ),
        "studies": (study(),),
    }
    return SummaryOfFindingsRow(
        outcome=outcome, effect=pooled, certainty=certainty, **(given | fields)
    )


def study(**fields: Any) -> StudyResult:
    given: dict[str, Any] = {
        "record_id": "r1",
        "study": "Smith 2020",
        "data": DichotomousData(
            events_intervention=12,
            total_intervention=60,
            events_comparator=30,
            total_comparator=60,
        ),
        "comparator": "placebo",
        "percent": 100.0,
        "quotes": (DOCUMENT.quote(0, 44), DOCUMENT.quote(46, len(TEXT))),
    }
    return StudyResult(**(given | fields))


ABSOLUTE = {
    "comparator_risk_per_1000": 500.0,
    "intervention_risk_per_1000": 400.4,
    "difference_per_1000": -99.6,
    "difference_low_per_1000": -150.0,
    "difference_high_per_1000": -4.25,
}
