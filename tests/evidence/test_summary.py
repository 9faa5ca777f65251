"""A person's rating of certainty in the summary of findings."""

from __future__ import annotations

from evidence.config import SynthesisSettings
from evidence.findings import DichotomousData, StudyResult
from evidence.judgements import CertaintyRating, Provenance
from evidence.summary import _with_rating
from evidence.synthesis.summary_of_findings import summarise_outcome

BY_ADA = CertaintyRating(
    outcome="relapse",
    start="high",
    domains=(),
    certainty="high",
    provenance=Provenance(actor="Ada", engine="person"),
)


def test_a_persons_rating_counts_while_the_outcome_is_pooled() -> None:
    data = DichotomousData(
        events_intervention=3, total_intervention=40, events_comparator=9, total_comparator=40
    )
    study = StudyResult(record_id="r1", study="Low 2001", data=data, comparator="placebo")
    pooled = summarise_outcome("relapse", [study], SynthesisSettings())
    assert _with_rating(pooled, BY_ADA).certainty == "high" != pooled.certainty
    nothing = summarise_outcome("relapse", [], SynthesisSettings())
    assert nothing.effect is None
    assert _with_rating(nothing, BY_ADA) == nothing
