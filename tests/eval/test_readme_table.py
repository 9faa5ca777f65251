"""The table of results is written from scores, and the one in README.md is that of its scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.gate import read_scores
from eval.readme_table import END, START, main, shown_part, table_markdown

ROOT = Path(__file__).resolve().parents[2]


def metric(value: float) -> dict[str, Any]:
    return {"value": value, "n": 10, "ci95": [value - 0.1, value + 0.1]}


SCORES = {
    "offline": {
        "grounding": {
            "metrics": {"false_alarm_rate": metric(0.2), "detection_number": metric(0.9)},
            "by_unit": {"u": {"detection_number": 1.0}},
        }
    },
    **{
        name: {"grounding": {"metrics": {"false_alarm_rate": metric(value)}, "by_unit": {}}}
        for name, value in (("offline_other", 0.0), ("word_overlap", 0.4), ("exact_quote", 0.3))
    },
}
TABLE = """| task | metric | offline (95 % interval) | best other system | n |
|---|---|---|---|---|
| grounding | detection_number | 0.900 (0.800 to 1.000) | – | 10 |
| grounding | false_alarm_rate | 0.200 (0.100 to 0.300) | 0.300, exact_quote | 10 |"""


def test_the_best_other_system_stands_beside_ours() -> None:
    assert table_markdown(SCORES) == TABLE
    assert table_markdown(shown_part(SCORES)) == TABLE
    assert shown_part(SCORES)["offline"]["grounding"]["by_unit"] == {}


def test_only_what_is_between_the_markers_changes(tmp_path: Path) -> None:
    readme, scores, kept = (tmp_path / n for n in ("README.md", "scores.json", "kept.json"))
    scores.write_text(json.dumps(SCORES))
    readme.write_text(f"# Head\n\n{START}\nold\n{END}\n\nTail\n", encoding="utf-8")
    for _ in range(2):
        assert main([str(scores), "--readme", str(readme), "--keep", str(kept)]) == 0
        text = readme.read_text(encoding="utf-8")
        assert text == f"# Head\n\n{START}\n\n{TABLE}\n\n{END}\n\nTail\n"
    assert table_markdown(read_scores(kept)) == TABLE


@pytest.mark.parametrize("text", ["", START, f"{END}\n{START}", f"{START}{START}{END}"])
def test_without_its_markers_nothing_is_written(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    readme, scores = tmp_path / "README.md", tmp_path / "scores.json"
    scores.write_text(json.dumps(SCORES))
    readme.write_text(text)
    assert main([str(scores), "--readme", str(readme)]) == 2
    error = capsys.readouterr().err
    assert "README.md: expected one line <!-- benchmark table" in error
    assert error.count("\n") == 1
    assert readme.read_text() == text


def test_the_table_of_the_readme_is_that_of_the_kept_scores() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    if START not in readme:
        pytest.skip("README.md has no table of results yet")
    table = readme.partition(START)[2].partition(END)[0].strip()
    assert table == table_markdown(read_scores(ROOT / "docs" / "benchmark_scores.json"))
