from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.judgements import CriterionVerdict
from evidence.question import EligibilityCriterion
from evidence.screening.criterion_weights import (
    favour,
    learned_weights,
    prior_weights,
    weighted_score,
    weights_in_words,
)

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


@pytest.mark.parametrize("labels", [(), (True, True), (False,)])
def test_without_labels_of_both_kinds_the_prior_holds(labels: tuple[bool, ...]) -> None:
    given_verdicts = [verdicts("met", "not_met", "unclear")] * len(labels)
    assert learned_weights(CRITERIA, given_verdicts, labels) == prior_weights(CRITERIA)


def test_a_criterion_that_the_reviewer_ignores_loses_weight_and_the_followed_one_gains() -> None:
    rng = np.random.default_rng(7)
    records = [verdicts(*rng.choice(WORDS, 3)) for _ in range(200)]
    # The reviewer goes by the design alone.
    labels = [v[1].verdict == "met" for v in records]
    prior = prior_weights(CRITERIA)
    weights = learned_weights(CRITERIA, records, labels)
    assert weights["population"] < 0.5 * prior["population"]
    assert weights["protocol"] < 0.5 * prior["protocol"]
    assert weights["design"] > 2 * prior["design"]
    few = learned_weights(CRITERIA, records[:4], [True, False, False, True])
    for name, weight in prior.items():
        assert abs(few[name] - weight) < 1.5
    told = weights_in_words(CRITERIA, weights)
    assert told[0].startswith("design: ")
    assert told[0].endswith("more than before screening")
    assert all(line.endswith("less than before screening") for line in told[1:])


def test_a_reviewer_who_goes_against_a_criterion_takes_its_weight_to_nothing_not_below() -> None:
    records = [verdicts(word, "unclear", "unclear") for word in ("met", "not_met")] * 40
    labels = [False, True] * 40
    assert learned_weights(CRITERIA, records, labels)["population"] == 0.0


def test_the_weights_are_those_of_highest_posterior_density() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(3)
    records = [verdicts(*rng.choice(WORDS, 3)) for _ in range(60)]
    labels = [bool(label) for label in rng.random(60) < 0.3]
    inputs = np.array([favour(CRITERIA, v) for v in records])
    signs = np.where(labels, 1.0, -1.0)
    prior = np.array([2.0, 1.0, 1.0])

    def loss(point):
        margins = signs * (inputs @ point[:3] + point[3])
        penalty = 0.5 * ((point[:3] - prior) ** 2).sum() + 0.5 * (point[3] / 10.0) ** 2
        return np.logaddexp(0.0, -margins).sum() + penalty

    found = minimize(loss, [*prior, 0.0], bounds=[(0, None)] * 3 + [(None, None)])
    weights = learned_weights(CRITERIA, records, labels)
    assert list(weights.values()) == pytest.approx(found.x[:3], abs=1e-3)


def test_the_same_labels_give_the_same_weights_in_any_order() -> None:
    records = [verdicts(a, b, "unclear") for a in WORDS for b in WORDS]
    labels = [v[0].verdict == "met" for v in records]
    once = learned_weights(CRITERIA, records, labels)
    turned = learned_weights(CRITERIA, records[::-1], labels[::-1])
    assert once == pytest.approx(turned, abs=1e-5)


def test_labels_and_records_have_to_be_as_many() -> None:
    with pytest.raises(ValueError, match="1 records, 2 labels"):
        learned_weights(CRITERIA, [verdicts("met", "met", "met")], [True, False])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.sampled_from(WORDS)] * 3, st.booleans()),
        min_size=1,
        max_size=30,
    ),
    st.tuples(*[st.sampled_from(WORDS)] * 3),
)
def test_a_verdict_more_in_favour_never_lowers_a_score(
    screened: list[tuple[Word, Word, Word, bool]], words: tuple[Word, ...]
) -> None:
    records = [verdicts(*given_words) for *given_words, _ in screened]
    weights = learned_weights(CRITERIA, records, [label for *_, label in screened])
    score = weighted_score(CRITERIA, verdicts(*words), weights)
    assert min(weights.values()) >= 0.0
    for place, better in enumerate(("met", "met", "not_met")):
        improved = (*words[:place], better, *words[place + 1 :])
        assert weighted_score(CRITERIA, verdicts(*improved), weights) >= score
