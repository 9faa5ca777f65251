import json
from pathlib import Path

import numpy as np
import pytest

from evidence.events import DuplicateMarked
from evidence.judgements import Phase
from evidence.screening.agreement import agreement, agreements, kappa
from evidence.screening.reviewing import calibration_round
from evidence.state import fold
from tests.evidence.screening.two_reviewers import BY_MACHINE, ONE, TWO, found, said

REFERENCE = Path(__file__).parents[2] / "reference" / "agreement.json"
CASES = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
NAMES = {2: ("include", "exclude"), 3: ("include", "unclear", "exclude")}
FULL: Phase = "full_text"


def pairs_of(table):
    names = NAMES[len(table)]
    return [
        (names[i], names[j])
        for i, row in enumerate(table)
        for j, count in enumerate(row)
        for _ in range(count)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_kappa_and_its_interval_agree_with_r(case) -> None:
    found = kappa(case["table"])
    assert found.value == pytest.approx(case["kappa"], abs=1e-9)
    if case["se"] == 0:
        assert (found.ci_low, found.ci_high) == (None, None)
        assert "standard error is 0" in found.note
        return
    half = 1.959963984540054 * case["se"]
    assert found.ci_low == pytest.approx(max(case["kappa"] - half, -1), abs=1e-9)
    assert found.ci_high == pytest.approx(min(case["kappa"] + half, 1), abs=1e-9)


# With a standard error of 0 statsmodels takes the root of a negative rounding error.
@pytest.mark.parametrize("case", [c for c in CASES if c["se"]], ids=lambda case: case["name"])
def test_kappa_agrees_with_a_second_reference(case) -> None:
    from statsmodels.stats.inter_rater import cohens_kappa

    theirs = cohens_kappa(np.array(case["table"]))
    ours = kappa(case["table"])
    assert ours.value == pytest.approx(theirs.kappa, abs=1e-9)
    assert ours.ci_high == pytest.approx(min(theirs.kappa_upp, 1), abs=1e-9)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_shares_and_pabak_agree_with_r(case) -> None:
    k = len(case["table"])
    found = agreement(pairs_of(case["table"]), k)
    assert [list(row) for row in found.table] == case["table"]
    assert found.n_records == case["n"]
    for ours, theirs in (("value", ""), ("ci_low", "_low"), ("ci_high", "_high")):
        share = case[f"observed{theirs}"]
        assert getattr(found.observed, ours) == pytest.approx(share, abs=1e-9)
        assert getattr(found.pabak, ours) == pytest.approx((k * share - 1) / (k - 1), abs=1e-9)


def test_of_two_categories_pabak_is_twice_the_agreement_less_one() -> None:
    found = agreement([("include", "include")] * 9 + [("include", "exclude")])
    assert found.pabak.value == pytest.approx(2 * 0.9 - 1)


def test_unclear_is_not_excluded_or_a_category_of_its_own() -> None:
    pairs = [("include", "unclear"), ("exclude", "exclude"), ("unclear", "exclude")]
    assert agreement(pairs, 2).table == ((1, 1), (0, 1))
    assert agreement(pairs, 3).table == ((0, 1, 0), (0, 0, 1), (0, 0, 1))


def test_who_uses_one_category_only_has_no_kappa_but_a_pabak() -> None:
    found = agreement([("exclude", "exclude")] * 40)
    assert found.kappa.value is None
    assert "one category only" in found.kappa.note
    assert found.pabak.value == 1
    assert found.pabak.ci_low == pytest.approx(2 * 40 / (40 + 1.959963984540054**2) - 1)


def test_who_agree_on_everything_have_a_kappa_of_one_without_an_interval() -> None:
    found = agreement([("exclude", "exclude")] * 40 + [("include", "include")] * 2)
    assert found.kappa.value == pytest.approx(1)
    assert found.kappa.ci_low is None


def test_without_shared_records_there_is_nothing() -> None:
    found = agreement([])
    for estimate in (found.observed, found.kappa, found.pabak):
        assert estimate.value is None
        assert estimate.note == "no record was judged by both"
    assert agreements(fold([*found_records(2), said("Ada", "include", "r0")], TWO), TWO) == []


def found_records(number: int):
    return found(*(f"r{n}" for n in range(number)))


def test_it_counts_what_each_said_alone_by_phase_and_whoever_came_first() -> None:
    log = [
        *found_records(4),
        *(said("Ada", "include", "r0"), said("Ben", "exclude", "r0"), said("Ben", "include", "r0")),
        *(said("Ben", "exclude", "r1"), said("Ada", "include", "r1")),
        *(said("Ada", "exclude", "r2"), said("Ben", "exclude", "r2")),
        *(said("Ada", "include", "r0", FULL), said("Ben", "include", "r0", FULL)),
        *(said("Ada", "exclude", "r3"), said("Ben", "exclude", "r3")),
        DuplicateMarked(record_id="r3", duplicate_of="r2", provenance=BY_MACHINE),
        said("Cy", "include", "r0", adjudicates=True),
    ]
    on_title, on_text = agreements(fold(log, TWO), TWO)
    assert (on_title.reviewers, on_title.phase) == (("Ada", "Ben"), "title_abstract")
    assert on_title.two_way.table == ((0, 2), (0, 1))
    assert (on_text.phase, on_text.two_way.n_records) == (FULL, 1)


def test_each_two_who_share_records_are_a_pair() -> None:
    log = [
        *found_records(2),
        *(said("Ada", "include", "r0"), said("Ben", "include", "r0")),
        *(said("Cy", "include", "r1"), said("Ada", "include", "r1")),
    ]
    found = agreements(fold(log, TWO), TWO)
    assert [item.reviewers for item in found] == [("Ada", "Ben"), ("Ada", "Cy")]


def test_the_calibration_round_stands_alone_too() -> None:
    settings = TWO.model_copy(update={"calibration_records": 3})
    log = found_records(10)
    drawn = calibration_round(fold(log, settings), settings, seed=5)
    for n in range(10):
        r = f"r{n}"
        log += [said("Ada", "exclude", r), said("Ben", "include" if r in drawn else "exclude", r)]
    calibration, overall = agreements(fold(log, settings), settings, seed=5)
    assert (calibration.calibration, calibration.two_way.table) == (True, ((0, 0), (3, 0)))
    assert (overall.calibration, overall.two_way.n_records) == (False, 10)


def test_with_one_reviewer_there_is_no_agreement_to_tell() -> None:
    log = [*found_records(1), said("Ada", "include", "r0"), said("Ben", "include", "r0")]
    assert agreements(fold(log, ONE), ONE) == []
