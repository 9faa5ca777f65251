"""`evidence extract`: a line a finding; what cannot be read is named and the rest is kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.config import data_folder
from evidence.demo import demo_question

ARTICLE = data_folder() / "corpus" / "full_text" / "PMC1876597.xml.gz"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    shutil.copy(ARTICLE, made)
    return made


def test_each_finding_is_a_line_with_its_quotes(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "findings.jsonl"
    words = ["extract", str(folder), "--question", str(demo_question()), "--out", str(out)]
    ran = CliRunner().invoke(app, [*words, "--json"])
    assert ran.exit_code == 0, ran.output
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    told = json.loads(ran.stdout)
    assert (told["n_findings"], told["n_documents"], told["not_read"]) == (len(lines), 1, [])
    kinds = {line["kind"] for line in lines}
    assert kinds == {"study_characteristics", "extracted_outcome", "stated_direction"}
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_an_article_that_cannot_be_read_is_named_and_the_others_are_kept(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "torn.xml").write_text("<article><front>", encoding="utf-8")
    out = tmp_path / "findings.jsonl"
    words = ["extract", str(folder), "--question", str(demo_question()), "--out", str(out)]
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == 1
    assert "torn.xml:1: expected well-formed XML" in ran.stdout
    assert "findings in 1 documents" in ran.stdout
    assert out.read_text(encoding="utf-8")
