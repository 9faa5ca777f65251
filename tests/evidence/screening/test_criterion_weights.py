from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.judgements import CriterionVerdict
from evidence.question import EligibilityCriterion
from evidence.screening.criterion_weights import favour, prior_weights, weighted_score

Word = Literal["met", "unclear", "not_met"]
WORDS: tuple[Word, ...] = ("met", "unclear", "not_met")


def criterion(name: str, kind: str = "inclusion") -> EligibilityCriterion:
    return EligibilityCriterion.model_validate({"criterion_id": name, "kind": kind, "text": name})


CRITERIA = (criterion("population"), criterion("design"), criterion("protocol", "exclusion"))


def verdicts(*words: Word) -> tuple[CriterionVerdict, ...]:
    return tuple(
        CriterionVerdict(criterion_id=c.criterion_id, verdict=word)
        for c, word in zip(CRITERIA, words, strict=True)
    )


@pytest.mark.parametrize(
    ("words", "score"),
    [
        (("met", "met", "not_met"), 1.0),
        (("not_met", "not_met", "met"), 0.0),
        (("unclear", "unclear", "unclear"), 0.5),
        (("met", "not_met", "met"), 0.5),
        (("met", "unclear", "unclear"), 0.75),
    ],
)
def test_the_score_is_the_weighted_share_in_favour(words: tuple[Word, ...], score: float) -> None:
    assert weighted_score(CRITERIA, verdicts(*words), prior_weights(CRITERIA)) == score


def test_a_missing_verdict_is_open_and_no_criteria_score_nothing() -> None:
    assert favour(CRITERIA, verdicts("met", "met", "met")[:1]) == (1.0, 0.0, 0.0)
    assert weighted_score((), (), {}) == 0.0
    assert weighted_score(CRITERIA, verdicts("met", "met", "met"), {}) == 0.0


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.sampled_from(WORDS)] * 3),
    st.lists(st.floats(0, 5), min_size=3, max_size=3),
)
def test_a_verdict_more_in_favour_never_lowers_a_score(
    words: tuple[Word, ...], weighs: list[float]
) -> None:
    weights = {c.criterion_id: weight for c, weight in zip(CRITERIA, weighs, strict=True)}
    score = weighted_score(CRITERIA, verdicts(*words), weights)
    for place, better in enumerate(("met", "met", "not_met")):
        improved = (*words[:place], better, *words[place + 1 :])
        assert weighted_score(CRITERIA, verdicts(*improved), weights) >= score
