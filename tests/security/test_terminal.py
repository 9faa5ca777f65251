"""Nothing that a record, a file or its name says reaches a terminal as a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.__main__ import main
from evidence.console import inert_json, inert_lines, say, show

CLEAR, EIGHT_BIT, TITLE = "\x1b[2J\x1b[31m", "\x9b31m", "\x1b]0;title\x07"
RIGHT_TO_LEFT, ISOLATE, ZERO_WIDTH = "\u202e", "\u2066", "\u200b"
HOSTILE = f"a{CLEAR}b{EIGHT_BIT}c{TITLE}d{RIGHT_TO_LEFT}e{ISOLATE}f{ZERO_WIDTH}g\r\b\x7f\u2028h"


def acts(text: str) -> list[str]:
    return [c for c in text if not c.isprintable() and c != "\n"]


def test_lines_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    say(False, f"one {HOSTILE}\ntwo é 中 ع")
    show(False, {}, f"three {HOSTILE}")
    told = capsys.readouterr().out
    assert acts(told) == []
    assert told.count("\n") == 3
    assert "two é 中 ع" in told


def test_json_keeps_the_value_and_acts_on_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"title": f"{HOSTILE}\n\U000e0041 é 中 \ud800", HOSTILE: 1}
    show(True, value, "")
    told = capsys.readouterr().out
    assert acts(told) == []
    assert "é 中" in told
    assert json.loads(told) == value
    assert json.loads(inert_json(value, indent=1)) == value
    assert inert_lines("plain") == "plain"


@pytest.mark.parametrize("name", [f"{CLEAR}x.csv", f"{RIGHT_TO_LEFT}x.csv", f"{EIGHT_BIT}x\nx.csv"])
def test_an_error_is_one_line_that_acts_on_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    question = tmp_path / "question.toml"
    question.write_text('text = "x"\n[pico]\npopulation = "p"\nintervention = "i"\n')
    words = ["rank", str(tmp_path / name), "--question", str(question)]
    monkeypatch.setattr("sys.argv", ["evidence", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "x.csv" in told
    assert told.count("\n") == 1
    assert acts(told) == []
