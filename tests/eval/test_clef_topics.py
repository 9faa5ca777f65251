"""Topics of CLEF TAR: small invented ones in the form of the release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.formats.clef_topics import is_clef_topics, load_topics
from eval.tasks.query_parsing import run_query_parsing
from eval.trialreview import main
from evidence.errors import SourceError

OVID = """Topic: CD000001

Title: Zinc for colds

Query:
exp Common Cold/
cold*.ti,ab
(1 OR 2)
zinc.ti,ab
3 AND 4

Pids:
    27720881
    4209914
"""
PUBMED = """Topic: CD000002

Title: Zinc for coughs

Query:
"Cough"[Mesh] AND (zinc[tiab] OR "zinc acetate"[tiab])

Pids:
    1
"""
BROKEN = OVID.replace("CD000001", "CD000003").replace("(1 OR 2)", "(1 OR 2")
OBJECTIVE = "Topic: CD000004\n\nTitle: Zinc\n\nObjective: \nTo know.\n\n"


def test_white_space_behind_lines_is_no_part_of_them(tmp_path: Path) -> None:
    spaced = OVID.replace("\n", " \n")  # as the release has it
    (topic,) = load_topics(release(tmp_path, CD000001=spaced))[1]
    assert (topic.topic_id, topic.title, topic.line) == ("CD000001", "Zinc for colds", 6)


def release(folder: Path, **topics: str) -> Path:
    for name, text in topics.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_topics_are_read(tmp_path: Path) -> None:
    data = release(tmp_path, CD000001=OVID, CD000002=PUBMED, CD000004=OBJECTIVE)
    (data / "README.md").write_text("no topic")
    assert is_clef_topics(data) and is_clef_topics(data / "CD000001")
    files, topics = load_topics(data)
    assert [path.name for path in files] == ["CD000001", "CD000002", "CD000004"]
    assert [topic.syntax for topic in topics[:2]] == ["ovid", "pubmed"]
    assert (topics[0].title, topics[0].line) == ("Zinc for colds", 6)
    assert topics[0].query.splitlines()[0] == "exp Common Cold/"
    assert "27720881" not in topics[0].query
    assert topics[2].query == ""


def test_a_release_keeps_topics_in_folders(tmp_path: Path) -> None:
    folder = tmp_path / "Task2" / "topics"
    folder.mkdir(parents=True)
    release(folder, CD000001=OVID)
    assert [topic.topic_id for topic in load_topics(tmp_path)[1]] == ["CD000001"]


def test_the_share_that_is_parsed_and_the_place_of_a_fault(tmp_path: Path) -> None:
    data = release(tmp_path, CD000001=OVID, CD000002=PUBMED, CD000003=BROKEN, CD000004=OBJECTIVE)
    found = run_query_parsing(load_topics(data)[1])
    metrics = found.scores["offline"].metrics
    assert (metrics["parsed_share"].value, metrics["parsed_share"].n) == (pytest.approx(2 / 3), 3)
    assert metrics["parsed_share_ovid"].value == 0.5
    assert metrics["parsed_share_pubmed"].value == 1.0
    fault = next(item for item in found.items if item["topic"] == "CD000003")
    line, _ = fault["place"]
    assert BROKEN.splitlines()[line - 1].startswith(("(1 OR 2", "zinc", "3 AND 4"))
    assert fault["why"]
    assert found.scores["offline"].by_unit["CD000003"] == {"parsed_share": 0.0}


def test_a_broken_topic_counts_as_not_parsed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = release(tmp_path, CD000001=OVID, CD000005=OVID[: OVID.index("exp")], CD000006="{}")
    (data / "CD000007").write_bytes(b"\xff\xfe")
    out = tmp_path / "out"
    assert main(["search", "--data", str(data), "--out", str(out)]) == 1
    told = capsys.readouterr().err
    assert f"{data / 'CD000005'}:6: expected the lines of a strategy" in told
    assert f"{data / 'CD000006'}:1: expected a line that begins with Topic:" in told
    assert f"{data / 'CD000007'}:1: expected a topic as text in UTF-8" in told
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert scores["offline"]["search"]["metrics"]["parsed_share"]["value"] == 0.25


def test_no_topic_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected a topic of CLEF TAR"):
        load_topics(release(tmp_path, CD000006="{}"))
