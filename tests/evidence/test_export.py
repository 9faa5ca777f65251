import csv
import io
import time
from pathlib import Path

import docx
import pytest

from evidence.errors import SourceError
from evidence.export import _csv, _markdown
from evidence.rendering.report_docx import render_docx
from evidence.report import Report
from evidence.writing import write_whole
from indexers.spreadsheet_cells import inert_cell
from tests.evidence.report_factory import make_report

BELL = "rung\x07 by\x0b a machine\ufffe"


def report_with(title: str, study: str) -> Report:
    """The invented report with one study's names as given."""
    made = make_report()
    first, *others = made.included
    named = first.model_copy(
        update={"study": study, "record": first.record.model_copy(update={"title": title})}
    )
    question = made.question.model_copy(update={"text": title})
    return made.model_copy(update={"included": (named, *others), "question": question})


def test_word_takes_text_that_xml_has_no_place_for() -> None:
    document = docx.Document(io.BytesIO(render_docx(report_with(BELL, BELL))))
    told = [paragraph.text for paragraph in document.paragraphs]
    assert told[0] == "rung\ufffd by\ufffd a machine\ufffd"
    assert sum("rung\ufffd by" in line for line in told) == 2


def test_word_is_the_same_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    one = render_docx(make_report())
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert render_docx(make_report()) == one


def test_markdown_shows_names_and_sentences_as_they_are() -> None:
    hostile = "<img src=x> [a](b)\n# head"
    report = report_with(hostile, "<b>Smith</b>")
    assert report.recommendation is not None
    sentence = report.recommendation.sentences[0].model_copy(update={"text": hostile})
    draft = report.recommendation.model_copy(update={"sentences": (sentence,)})
    text = _markdown(report.model_copy(update={"recommendation": draft}))
    assert text.count("\\<img src=x\\> \\[a\\](b) \\# head") == 3
    assert "\\<b\\>Smith" in text
    assert "<img" not in text.replace("\\<", "")


def test_no_cell_of_the_numbers_is_run_as_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(_csv(report_with("t", "=1+1")))))
    assert rows[0]["study"] == "'=1+1"
    cells = [cell for row in rows for name, cell in row.items() if name != "value"]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\tx", "\rx", "'=1"])
def test_a_formula_is_quoted(cell: str) -> None:
    assert inert_cell(cell) == f"'{cell}"
    assert inert_cell(f"a{cell}") == f"a{cell}"


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(SourceError, match="can be written"):
        write_whole(tmp_path / "taken", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
    write_whole(tmp_path / "new" / "file", b"x")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]
