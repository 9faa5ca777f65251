"""What every task's result gets besides its own figures, on the page and in the manifest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.annotating import annotate, score_plots
from eval.cost import Cost, Meter
from eval.report import index_html, report_html
from eval.results import EngineScores, Metric, TaskResult
from eval.trialreview import main
from tests.eval.test_trialreview import few_trials, questions_file  # noqa: F401 - autouse
from tests.indexers.fake_encoder import FakeEncoder


def result(n_units: int = 8) -> TaskResult:
    values = np.linspace(0.2, 0.6, n_units)
    scores = {
        name: EngineScores(
            {"wss_95": Metric(0.5, n_units, (0.4, 0.6))},
            {f"<u{i}>": {"wss_95": float(v) + more, "accuracy_certainty": float(v)}
             for i, v in enumerate(values)},
        )
        for name, more in (("offline", 0.3), ("peer", 0.0))
    }  # fmt: skip
    items: list[dict[str, Any]] = [
        {"engine": "offline", "unit": f"u{i % 5}", "claimed": i / 30, "came_true": i > 14}
        for i in range(30)
    ]
    return TaskResult("screening", scores, items)


def test_pairs_calibration_and_cost_are_added() -> None:
    before = result()
    meter = Meter()
    meter.total = Cost(seconds=4.0)
    meter.engines = {"peer": Cost(seconds=2.0)}
    meter.units = {("offline", "u1"): Cost(seconds=1.0)}
    found, manifest = annotate(before, {"task": "screening"}, meter, 0)
    assert manifest["task"] == "screening"
    assert manifest["cost"]["seconds_per_unit"] == 0.5
    assert manifest["cost"]["engines"]["peer"]["seconds_per_unit"] == 0.25
    (pair,) = manifest["systems_side_by_side"]
    assert (pair["metric"], pair["words"]) == ("wss_95", "offline is better")
    assert list(found.scores["offline"].metrics)[:2] == ["wss_95", "brier"]
    assert found.scores["peer"] == before.scores["peer"]
    took = meter.units["offline", "u1"].as_manifest()
    assert found.items == [before.items[0], before.items[1] | {"cost": took}, *before.items[2:]]
    assert [table.title.split(":")[0].split(",")[0] for table in found.tables] == [
        *("Reliability of claimed probabilities", "Systems side by side", "Cost and speed"),
    ]
    assert [plot.title for plot in found.plots] == [
        *("Reliability of claimed probabilities", "wss_95, first less second"),
    ]


def test_few_units_have_bars() -> None:
    from dataclasses import replace

    found, _ = annotate(replace(result(), task="certainty"), {}, Meter(), 0)
    bars = next(plot for plot in found.plots if plot.title == "accuracy_certainty")
    assert "&lt;u3&gt;" in bars.svg and "<u3>" not in bars.svg
    many, _ = annotate(replace(result(40), task="certainty"), {}, Meter(), 0)
    assert "accuracy_certainty" not in [plot.title for plot in many.plots]


def test_the_page_is_one_file_light_and_dark_with_every_token_it_uses() -> None:
    found, _ = annotate(result(), {}, Meter(), 0)
    plots = score_plots(found.scores_json())
    pages = (
        report_html(found, "{}"),
        index_html(found.scores_json(), ["screening"], [], "{}", plots),
    )
    assert [plot.title for plot in plots] == ["screening"]
    for page in pages:
        assert "prefers-color-scheme: dark" in page
        assert "default-src 'none'" in page
        assert not re.search(r"<(script|link|img|iframe)\b|url\(|@import", page)
        used = set(re.findall(r"var\((--[\w-]+)\)", page))
        light, dark = (
            {name for block in re.findall(pattern, page, re.S | re.M) for name in
             re.findall(r"(--[\w-]+):", block)}
            for pattern in (r"^:root \{(.*?)\}", r"^  :root \{(.*?)\}")
        )  # fmt: skip
        assert {"--series-1", "--line", "--paper"} <= used <= light
        assert {"--series-1", "--line", "--paper"} <= dark
        assert not re.search(r'(?:fill|stroke)="#', page)


def test_a_run_is_held_against_an_earlier_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = questions_file(tmp_path / "qa.json"), tmp_path / "out"
    asked = ["search", "--data", str(data), "--out", str(out)]
    assert main(asked, FakeEncoder()) == 0
    earlier = tmp_path / "scores.json"
    earlier.write_bytes((out / "scores.json").read_bytes())
    assert main([*asked, "--compare", str(earlier)], FakeEncoder()) == 0
    assert "0 moved beyond noise" in capsys.readouterr().out
    text = earlier.read_text()
    earlier.write_text(text.replace('"mrr": 1.0', '"mrr": 0.2'))  # of the units
    assert main([*asked, "--compare", str(earlier)], FakeEncoder()) == 0
    assert "better" in capsys.readouterr().out
    items = json.loads(data.read_text())
    data.write_text(
        json.dumps({i: v | {"QUESTION": "Is nothing known?"} for i, v in items.items()})
    )
    earlier.write_text(text)
    assert main([*asked, "--compare", str(earlier)], FakeEncoder()) == 1
    assert "metrics dropped: offline" in capsys.readouterr().err


def test_a_wrong_earlier_run_stops_before_anything_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = questions_file(tmp_path / "qa.json"), tmp_path / "out"
    asked = ["search", "--data", str(data), "--out", str(out)]
    assert main([*asked, "--compare", str(tmp_path / "none.json")], FakeEncoder()) == 2
    assert main([*asked, "--compare"], FakeEncoder()) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2
    assert "none.json" in errors[0] and "--compare" in errors[1]
    assert not out.exists()
