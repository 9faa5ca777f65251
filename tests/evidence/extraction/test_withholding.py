from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.extraction import sureness
from evidence.extraction.proposals import PROPOSAL
from evidence.extraction.sureness_features import SURENESS_FEATURES, Asked
from evidence.extraction.table_layouts import mixed_layout
from evidence.extraction.withholding import (
    LEAST_LEAD,
    main_numbers,
    out_of_turn,
    reasons_against,
    setting,
    tied,
)
from evidence.findings import ContinuousData
from evidence.judgements import MACHINE, ExtractedOutcome, Provenance, ValueEvidence
from indexers.records import Quote

PRINTED = ValueEvidence(
    field="mean_intervention", quotes=(Quote(passage_id="p:0-1", start=0, end=1, text="1"),)
)
SKEWED = "SD 9 in the intervention arm is more than three times its mean 1"
DERIVED = f"{SKEWED}, and was derived: what is printed may be the SD."


def result(mean: float, *flags: str, days: float | None = 30, told: str = "") -> ExtractedOutcome:
    return ExtractedOutcome(
        record_id="r1",
        outcome="pain",
        reported_as="Pain",
        intervention="acupuncture",
        comparator="sham",
        time_point=told or None,
        time_point_days=days,
        data=ContinuousData(mean_intervention=mean, mean_comparator=2),
        evidence=(PRINTED,),
        flags=flags,
        provenance=Provenance(actor=MACHINE, engine="offline"),
    )


def reasons(*results: ExtractedOutcome, chances: list[float], late: bool = False) -> list[bool]:
    features = np.zeros((len(results), len(SURENESS_FEATURES)))
    features[:, SURENESS_FEATURES.index("time_lacking")] = late
    return [bool(r) for r in reasons_against(results, features, np.array(chances))]


def test_other_numbers_that_are_nearly_as_likely_hold_a_result_back() -> None:
    one, two = result(1), result(5)
    assert reasons(one, two, chances=[0.9, 0.85]) == [True, True]
    assert reasons(one, two, chances=[0.9, 0.7]) == [False, True]  # the likelier one leads
    assert reasons(one, result(1), chances=[0.9, 0.9]) == [False, False]


@pytest.mark.parametrize(
    "other",
    [
        result(5, days=90),
        result(5, days=None),
        result(5).model_copy(update={"comparator": "usual care"}),
        result(5).model_copy(update={"analysis_population": "per protocol"}),
    ],
)
def test_a_result_of_another_time_arm_or_population_is_no_rival(other: ExtractedOutcome) -> None:
    assert reasons(result(1), other, chances=[0.9, 0.9]) == [False, False]


def test_visits_without_days_are_told_apart_by_their_names() -> None:
    first, second = (result(1, days=None, told=visit) for visit in ("T1", "T2"))
    assert setting(first) != setting(second) == setting(result(7, days=None, told="T2"))
    assert main_numbers(first) == (1, 2)


def test_contradicting_numbers_and_a_time_that_is_not_told_hold_a_result_back() -> None:
    assert reasons(result(1, DERIVED), chances=[0.99]) == [True]
    assert reasons(result(1, f"{SKEWED}."), chances=[0.99]) == [False]
    assert reasons(result(1), chances=[0.99], late=True) == [True]


def given_and_proposed(
    monkeypatch: pytest.MonkeyPatch, found: list[ExtractedOutcome], *chances: float
) -> list[ExtractedOutcome]:
    """What becomes of results of the rules that a model finds so likely, from .5 on sure."""

    class Said:
        threshold = 0.5

        def probabilities(self, features: np.ndarray) -> np.ndarray:
            return np.array(chances)

    monkeypatch.setattr(sureness, "load_model", Said)
    zeros = np.zeros((len(found), len(SURENESS_FEATURES)))
    monkeypatch.setattr(sureness, "candidate_features", lambda *_: zeros)
    asked = Asked("pain", "acupuncture", "sham", ())
    return sureness.given_and_proposed(sureness.Candidates(asked, found, []), None)  # type: ignore[arg-type]


def test_what_is_held_back_is_a_proposal_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [result(1, DERIVED), result(3, DERIVED, days=60)]
    sure, unsure = given_and_proposed(monkeypatch, found, 0.9, 0.3)
    assert sure.flags[0].startswith(f"{PROPOSAL}: its numbers contradict")
    assert unsure.flags[0] == f"{PROPOSAL}: about 3 in 10 found like this are right"


POST_TEST = result(5, days=None, told="post-test")
USUAL_CARE = result(5, days=90).model_copy(update={"comparator": "usual care"})


@pytest.mark.parametrize(
    ("outcome", "given", "held_back", "expected"),
    [
        ("pain", result(1, days=30), result(5, days=90), True),  # the longest goes first
        ("pain", result(1, days=90), result(5, days=30), False),
        ("pain", result(1, days=90), POST_TEST, True),  # the end of treatment goes first
        ("pain at follow-up", result(1, days=90), POST_TEST, False),
        ("pain at 1 month", result(1, days=30), result(5, days=90), False),
        ("pain", result(1, days=30), result(5, days=30), False),
        ("pain", result(1, days=30), USUAL_CARE, False),
    ],
)  # fmt: skip
def test_no_other_time_steps_into_the_place_of_a_result_held_back(
    outcome: str, given: ExtractedOutcome, held_back: ExtractedOutcome, expected: bool
) -> None:
    assert out_of_turn(outcome, given, [held_back]) is expected


def test_a_sure_result_of_a_later_turn_is_a_proposal(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [result(1, "doubt", days=30), result(3, "doubt", days=90)]
    sure, _ = given_and_proposed(monkeypatch, found, 0.9, 0.3)
    assert sure.flags[0] == f"{PROPOSAL}: the result at the time that goes first is not sure"


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.floats(0, 1)), max_size=8))
def test_two_results_of_one_setting_are_never_both_free_and_close(
    rows: list[tuple[int, int, float]],
) -> None:
    settings, numbers, chances = ([r[i] for r in rows] for i in range(3))
    held = tied(settings, numbers, np.array(chances, dtype=float))
    assert len(held) == len(rows)
    for i, a in enumerate(rows):
        for j, b in enumerate(rows):
            if not held[i] and not held[j]:
                assert a[0] != b[0] or a[1] == b[1] or abs(a[2] - b[2]) >= LEAST_LEAD


def test_a_word_that_begins_like_a_spread_names_none() -> None:
    note = "Values are mean serum levels ± SD or number (%)"
    assert mixed_layout("5.1 ± 0.3", (note,)) == "mean_sd"
    assert mixed_layout("5.1 ± 0.3", ("Values are mean ± SEM or number (%)",)) == "mean_se"
