"""Orders, measures and stopping rules of a simulated screening."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.metrics import paired_difference, recall_ceiling, recall_curve
from eval.screening_simulation import (
    bm25_order,
    random_orders,
    screen,
    screened_labels,
    shuffled,
)
from eval.screening_stopping import broken_guarantee, stop_orders, stopping_tables
from eval.stopping_simulation import run_of_excluded
from eval.tasks.screening import measured_row
from evidence.config import ScreeningSettings
from tests.eval.screening_factory import QUESTION, review, run


def test_labels_are_revealed_one_record_at_a_time() -> None:
    included = [False, True, False, True, False, False]
    seen: list[list[int]] = []

    def last_first(labels: NDArray[np.int8]) -> list[int]:
        seen.append(labels.tolist())
        labels[:] = 1  # what a learner does to its copy changes nothing
        return [place for place in range(5, -1, -1) if seen[-1][place] == -1]

    assert screen(included, last_first) == [5, 4, 3, 2, 1, 0]
    assert seen == [
        [-1, -1, -1, -1, -1, -1],
        [-1, -1, -1, -1, -1, 0],
        [-1, -1, -1, -1, 0, 0],
        [-1, -1, -1, 1, 0, 0],
        [-1, -1, 0, 1, 0, 0],
        [-1, 1, 0, 1, 0, 0],  # the rest gets one last ranking
    ]
    seen.clear()
    assert screen(included, last_first, retrain_every=3) == [5, 4, 3, 2, 1, 0]
    assert len(seen) == 2


@pytest.mark.parametrize("wrong", [[0, 1, 2, 0], [0, 1], [0, 1, 1], [3, 1, 2]])
def test_a_ranking_of_other_records_is_refused(wrong: list[int]) -> None:
    with pytest.raises(ValueError, match="not screened yet"):
        screen([True, False, True], lambda _: wrong)


def test_what_an_order_leaves_out_comes_last_and_included_last_of_all() -> None:
    included = [True, False, True, False, True]
    assert screened_labels([2, 1], included) == [True, False, False, True, True]
    assert screened_labels([], included) == [False, False, True, True, True]


def test_the_files_own_order_does_not_break_ties() -> None:
    order = shuffled(review(), 0)
    assert sorted(order) == list(range(40))
    assert order != sorted(order)
    assert order == shuffled(review(), 0) != shuffled(review(), 1)


def test_measures_and_ceilings_by_hand() -> None:
    labels = [True, False, True] + [False] * 57
    row = measured_row(labels)
    assert row["wss_95"] == pytest.approx(57 / 60 - 0.05)
    assert row["wss_100"] == pytest.approx(57 / 60)
    assert row["recall_at_10_percent"] == row["recall_at_20"] == 1.0
    assert row["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert row["average_time_to_discovery"] == pytest.approx(2 / 60)
    assert row["ceiling_recall_at_20"] == 1.0
    assert recall_ceiling(80, 20) == 0.25
    assert measured_row([True] * 40)["ceiling_recall_at_20"] == 0.5
    assert measured_row([True] * 40)["ceiling_recall_at_50"] == 1.0


def test_a_recall_curve_is_the_mean_of_its_orders() -> None:
    assert recall_curve([[True, False, True, False]], 4) == [0, 0.5, 0.5, 1, 1]
    both = [[True, True, False, False], [False, False, True, True]]
    assert recall_curve(both, 2) == [0, 0.5, 1]


def test_a_paired_difference_is_over_the_units_both_have() -> None:
    ours = {"a": 0.5, "b": 0.9, "c": 0.1}
    found = paired_difference(ours, {"a": 0.4, "b": 0.6, "d": 1.0}, 0)
    assert found is not None
    assert found.value == pytest.approx(0.2)
    assert found.n == 2
    assert found.ci95 == pytest.approx((0.1, 0.3))
    assert paired_difference(ours, {"d": 1.0}, 0) is None


def test_bm25_reads_the_questions_words() -> None:
    labelled = review()
    among = shuffled(labelled, 0)
    order = bm25_order(labelled.records, QUESTION, among)
    assert sorted(order) == list(range(40))
    assert "bladder" in labelled.records[order[0]].title
    silent = bm25_order(labelled.records, "zygote", among)
    assert silent == among


def test_an_index_that_still_writes_while_it_is_taken_away_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    labelled = review()

    def not_empty(*_: object, **__: object) -> None:
        raise OSError(errno.ENOTEMPTY, "Directory not empty", "lexical")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "rmdir", not_empty)
    among = range(len(labelled.records))
    assert sorted(bm25_order(labelled.records, QUESTION, among)) == list(among)


def test_random_orders_are_the_same_for_the_same_seed_and_review() -> None:
    first, again = random_orders(review(), 3), random_orders(review(), 3)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (random_orders(review("other"), 3)[0] != first[0]).any()
    assert (random_orders(review(), 4)[0] != first[0]).any()


def test_every_stopping_rule_says_what_it_read_and_reached() -> None:
    labels = [True, True, False, True] + [False] * 60 + [True] + [False] * 235
    stops = stop_orders({"a": [labels]}, 0, ScreeningSettings(), 20)
    assert list(stops) == [
        *("certified", "quick"),
        *("50 excluded in a row", "100 excluded in a row", "200 excluded in a row"),
    ]
    assert len(stops["certified"]["a"]) == 20
    (naive,) = stops["50 excluded in a row"]["a"]
    assert (naive.n_screened, naive.recall, naive.violated) == (54, 0.75, True)
    (patient,) = stops["200 excluded in a row"]["a"]
    assert (patient.n_screened, patient.recall, patient.violated) == (265, 1.0, False)
    together, each = stopping_tables(stops, "offline", ScreeningSettings())
    assert [row[0] for row in together.rows] == list(stops)
    assert each.rows[0][:2] == ("a", "300")
    assert each.rows[0][4] == "54 (0.750)"
    assert broken_guarantee(stops, ScreeningSettings()) is None


def test_the_rules_run_over_our_order_and_a_broken_guarantee_is_a_finding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fine = run([review()])
    assert fine.finding is None
    stopped = [i for i in fine.items if i["unit"] == "stopping"]
    assert len(stopped) == 20 + 4
    assert {i["engine"] for i in stopped} == {"offline"}
    assert fine.measured["stopping"]["certified"]["n_runs"] == 20
    monkeypatch.setattr(
        "eval.screening_stopping.run_certified",
        lambda labels, target, confidence, seed: run_of_excluded(labels, target, 0),
    )
    assert "certified stopping was below recall 0.95 in 20 of 20 runs" in run([review()]).finding
