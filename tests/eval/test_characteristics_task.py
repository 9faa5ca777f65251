from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.tasks.characteristics import count, is_right, run_characteristics
from eval.tasks.characteristics_data import (
    LABELLED_FIELDS,
    holds_characteristics,
    load_labelled_studies,
)
from evidence.config import data_folder
from indexers.errors import SourceError

ARTICLE = (
    "<article><front><article-meta><title-group><article-title>Tea: a double-blind trial"
    "</article-title></title-group></article-meta></front><body><sec><title>Methods</title>"
    "<p>Patients were recruited in England.</p></sec></body></article>"
)


def _folder(tmp_path: Path, **labels: list[str]) -> Path:
    row = {"pmcid": "PMC1", **{name: [] for name in LABELLED_FIELDS}, **labels}
    lines = [json.dumps(row), json.dumps(row | {"pmcid": "PMC2"})]
    (tmp_path / "labels.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "PMC1.xml").write_text(ARTICLE, encoding="utf-8")
    return tmp_path


def test_the_matching_rules() -> None:
    assert is_right("country", "England", "United Kingdom")
    assert is_right("blinding", "assessor-blinded", "single")
    assert is_right("number_randomised", "Sixty-three", "63")
    assert is_right("registration", "NCT 01234567", "NCT01234567")
    assert not is_right("registration", "NCT01234568", "NCT01234567")
    assert is_right("funding", "grants from the Tea Fund", "Tea Fund")
    assert count("funding", ["the Tea Fund"], ["Tea Fund", "Tea Trust"]) == (1, 1, 1, 1)
    assert count("country", ["UK", "Spain"], ["United Kingdom", "France"]) == (1, 2, 1, 2)


def test_a_run_counts_what_is_wrong_and_what_is_missing(tmp_path: Path) -> None:
    folder = _folder(tmp_path, country=["United Kingdom", "France"], number_randomised=["12"])
    files, studies = load_labelled_studies(folder)
    assert [path.name for path in files] == ["labels.jsonl", "PMC1.xml"]
    assert [study.problem for study in studies] == ["", "PMC2: no article is there"]
    result = run_characteristics(studies, 0, lambda *_: None)
    metrics = result.scores["offline"].metrics
    assert metrics["characteristic_precision_country"].value == 1.0
    assert metrics["characteristic_recall_country"].value == 0.25  # half of one, none of the other
    assert metrics["characteristic_precision_blinding"].value == 0.0  # the labeller found none
    assert metrics["characteristic_recall_number_randomised"].value == 0.0
    assert "characteristic_recall_blinding" not in metrics
    assert result.items[0]["country"]["values"] == ["England"]
    failures = [item["failure"] for item in result.items if item["engine"] == "offline"]
    assert failures == [None, "PMC2: no article is there"]
    ours = result.scores["offline"]
    # Of all fields: England is right, the title's blinding is not; 1 of 6 labels is found.
    assert ours.metrics["characteristic_precision"].value == 0.5
    assert ours.metrics["characteristic_recall"].value == pytest.approx(1 / 6)
    assert ours.by_unit["PMC1"] == {
        "characteristics_right": 1.0, "characteristics_given": 2.0,
        "characteristics_found": 1.0, "characteristics_labelled": 3.0,
    }  # fmt: skip


def test_bad_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="labels"):
        load_labelled_studies(tmp_path)
    folder = _folder(tmp_path)
    (folder / "PMC1.xml").unlink()
    with pytest.raises(SourceError, match="no article is there"):
        load_labelled_studies(folder)
    (folder / "labels.jsonl").write_text('{"pmcid": "PMC1"}', encoding="utf-8")
    with pytest.raises(SourceError, match="list for each field"):
        load_labelled_studies(folder)


def test_a_label_opens_no_file_of_another_folder(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    folder = _folder(tmp_path / "inner")
    (tmp_path / "PMC1.xml").write_bytes((folder / "PMC1.xml").read_bytes())
    labels = folder / "labels.jsonl"
    labels.write_text(labels.read_text().replace('"PMC1"', '"../PMC1"'), encoding="utf-8")
    with pytest.raises(SourceError, match="expected pmcid"):
        load_labelled_studies(folder)


def test_the_shipped_labels_are_of_open_articles() -> None:
    path = data_folder() / "characteristics_labels" / "labels.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len({row["pmcid"] for row in rows}) == len(rows) == 19
    _, studies = load_labelled_studies(path.parent)
    assert all(study.document is not None for study in studies)
    assert {row["licence"] for row in rows} <= {"by", "cc0"}


def test_a_folder_of_characteristics_is_told_from_one_of_results(tmp_path: Path) -> None:
    assert holds_characteristics(data_folder() / "characteristics_labels")
    assert not holds_characteristics(data_folder() / "result_tables" / "development")
    (tmp_path / "labels.jsonl").write_text("[1, 2]\n", encoding="utf-8")
    assert not holds_characteristics(tmp_path)
