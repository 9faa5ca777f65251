"""What moved since an earlier run: noise passes, a real drop fails."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.gate import compare, main, read_scores
from eval.results import Scores
from indexers.errors import SourceError

NAMES = ("recall", "ndcg_at_10", "false_alarm_rate")


def scores(values: np.ndarray, names: tuple[str, ...] = NAMES) -> Scores:
    """Scores [n_units, n_metrics] of a task, with rough intervals."""
    by_unit = {
        f"q{i}": {name: float(v) for name, v in zip(names, row, strict=True)}
        for i, row in enumerate(values)
    }
    metrics = {
        name: {"value": float(mean), "n": len(values), "ci95": [float(mean - h), float(mean + h)]}
        for name, mean, h in zip(names, values.mean(axis=0), values.std(axis=0), strict=True)
    }
    return {"offline": {"search": {"metrics": metrics, "by_unit": by_unit}}}


def figures(n: int = 40, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).beta(5, 3, (n, len(NAMES)))


def test_the_same_scores_have_not_moved() -> None:
    found = compare(scores(figures()), scores(figures()), 0)
    assert found.finding is None
    assert found.table().rows == ()
    assert "3 metrics compared, 3 of them unit by unit" in found.notes[0]


def test_noise_passes() -> None:
    """A run whose units go up and down by chance; Holm holds false drops of a task near 2.5 %."""
    random, failed = np.random.default_rng(1), 0
    for _ in range(60):
        old = figures()
        failed += compare(scores(old), scores(old + random.normal(0, 0.1, old.shape)), 0).finding \
            is not None  # fmt: skip
    assert failed <= 6  # of 60; the 99.9 % quantile of Bin(60, 0.03)


@pytest.mark.parametrize(("place", "change"), [(0, -0.05), (1, -0.05), (2, 0.05)])
def test_a_real_drop_fails(place: int, change: float) -> None:
    random = np.random.default_rng(2)
    old = figures()
    new = old + random.normal(0, 0.01, old.shape)
    new[:, place] += change
    found = compare(scores(old), scores(new), 0)
    assert found.finding == f"1 metrics dropped: offline search {NAMES[place]}"
    assert found.table().rows[0][-1] == "dropped"


def test_a_gain_is_told_and_does_not_fail() -> None:
    old = figures()
    found = compare(scores(old), scores(old + np.array([0.1, 0.0, -0.1])), 0)
    assert found.finding is None
    assert [(row[2], row[-1]) for row in found.table().rows] == [
        ("recall", "better"), ("false_alarm_rate", "better"),
    ]  # fmt: skip


def test_without_units_the_intervals_decide() -> None:
    old = scores(figures())
    old["offline"]["search"]["by_unit"] = {}
    for change, dropped in ((-0.02, False), (-0.9, True)):
        new = copy.deepcopy(old)
        metric = new["offline"]["search"]["metrics"]["recall"]
        metric["value"] += change
        metric["ci95"] = [end + change for end in metric["ci95"]]
        found = compare(old, new, 0)
        assert (found.finding is not None) == dropped
        assert "0 of them unit by unit" in found.notes[0]


def test_few_units_are_judged_by_their_intervals() -> None:
    old, new = figures(3), figures(3)
    new[:, 0] -= 2
    assert compare(scores(old), scores(new), 0).finding is not None


def test_a_metric_that_is_gone_counts_as_a_drop_and_a_task_not_run_does_not() -> None:
    old, new = scores(figures()), scores(figures())
    old["offline"]["pico"] = {"metrics": {}, "by_unit": {}}
    del new["offline"]["search"]["metrics"]["recall"]
    found = compare(old, new, 0)
    assert found.finding == "1 metrics dropped: offline search recall"
    assert found.not_run == ("offline pico",)
    assert found.table().rows[0][-1] == "gone"
    # A peer's readings differ by what is installed.
    old["peer"], new["peer"] = old.pop("offline"), new.pop("offline")
    assert compare(old, new, 0).finding is None


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, worse = tmp_path / "old.json", tmp_path / "worse.json"
    old.write_text(json.dumps(scores(figures())))
    worse.write_text(json.dumps(scores(figures() * 0.5)))
    assert main([str(old), str(old)]) == 0
    assert "0 moved beyond noise" in capsys.readouterr().out
    assert main([str(old), str(worse)]) == 1
    told = capsys.readouterr()
    assert "finding: 2 metrics dropped: offline search recall" in told.err
    assert "better" in told.out  # fewer false alarms
    assert main([str(old), str(tmp_path / "nowhere.json")]) == 2
    error = capsys.readouterr().err
    assert "nowhere.json" in error and error.count("\n") == 1


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "null", '{"offline": []}', '{"offline": {"t": 1}}', '{"o": {"t": {}}}'),
        '{"o": {"t": {"metrics": {"m": {"value": 1}}, "by_unit": {}}}}',
        '{"o": {"t": {"metrics": {"m": {"value": 1, "ci95": [1]}}, "by_unit": {}}}}',
        '{"o": {"t": {"metrics": {}, "by_unit": {"u": {"m": "high"}}}}}',
        '{"o": {"t": {"metrics": {}, "by_unit": {"u": 3}}}}',
    ],
)
def test_what_is_no_scores_json_is_one_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scores.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=r"scores\.json") as error:
        read_scores(path)
    assert "\n" not in str(error.value)


def test_scores_are_read_as_they_were_written(tmp_path: Path) -> None:
    written: dict[str, Any] = scores(figures())
    path = tmp_path / "scores.json"
    path.write_text(json.dumps(written))
    assert read_scores(path) == written
