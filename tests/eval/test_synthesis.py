from __future__ import annotations

import json
import math
import re
import zipfile

import pytest

from eval.tasks.synthesis import FAILED, run_synthesis
from eval.tasks.synthesis_data import load_outcomes, published_estimate, read_sheets
from evidence.errors import EvidenceError, SourceError

ABSTRACT = (
    "Both an OS benefit and a PFS benefit were seen (OS: hazard ratio (HR), 0.80, 95% confidence "
    "interval (CI), 0.70-0.91; PFS: HR, 0.60, 95% CI, 0.50-0.72). NRM was higher (OR = 2.00, 95% "
    "CI [1.10-3.60])."
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(path, sheets):
    """A workbook with text cells for words and numeric cells for numbers."""
    with zipfile.ZipFile(path, "w") as book:
        names = "".join(
            f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, 1)
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{names}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="r{i}" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        book.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{links}</Relationships>")
        words = []
        for i, rows in enumerate(sheets.values(), 1):
            lines = []
            for r, row in enumerate(rows, 1):
                cells = []
                for c, value in zip("ABCDEFGHIJ", row, strict=False):
                    if isinstance(value, str):
                        words.append(value)
                        cells.append(f'<c r="{c}{r}" t="s"><v>{len(words) - 1}</v></c>')
                    elif value is not None:
                        cells.append(f'<c r="{c}{r}"><v>{value}</v></c>')
                lines.append(f'<row r="{r}">{"".join(cells)}</row>')
            book.writestr(
                f"xl/worksheets/sheet{i}.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
            )
        shared = "".join(f"<si><t>{word}</t></si>" for word in words)
        book.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{shared}</sst>')


@pytest.fixture
def release(tmp_path):
    (tmp_path / "study_results").mkdir()
    (tmp_path / "search_screen").mkdir()
    sheets = {
        "overall_survival": [
            ["Name", "sample", "HR", "pred_sample", "pred_HR"],
            ["A", 100, 0.5, 100, 0.5],
            ["B", 300, 0.9, None, None],
        ],
        "progression_free_survival": [["Name", "Events", "Total"], ["A", 10, 100]],
        "non_relapse_mortality": [
            ["Study", "n_treatment", "n_total", "n_control", "n_total_control"],
            ["A", 20, 100, 10, 90],
        ],
        "adverse_events": [["Name", "Events"], ["A", 3]],
    }
    workbook(tmp_path / "study_results" / "1.xlsx", sheets)
    review = {"text": {"results": ABSTRACT}}
    (tmp_path / "search_screen" / "1.json").write_text(json.dumps(review), encoding="utf-8")
    return tmp_path


def test_published_estimates_are_those_of_the_outcome():
    names = ["overall_survival", "progression_free_survival", "non_relapse_mortality"]
    found = [published_estimate(ABSTRACT, name, names) for name in names]
    assert [(f.measure, f.estimate, f.ci_low, f.ci_high) for f in found] == [
        ("HR", 0.8, 0.7, 0.91),
        ("HR", 0.6, 0.5, 0.72),
        ("OR", 2.0, 1.1, 3.6),
    ]
    assert published_estimate(ABSTRACT, "adverse_events", names) is None


def test_outcomes_are_pooled_and_compared(release):
    files, outcomes = load_outcomes(release)
    assert [path.name for path in files] == ["1.xlsx", "1.json"]
    result = run_synthesis(outcomes)
    rows = {item["unit"]: item for item in result.items if item["engine"] == "offline"}
    hazard = math.exp((100 * math.log(0.5) + 300 * math.log(0.9)) / 400)
    assert rows["1/overall_survival"]["pooled"] == pytest.approx(hazard)
    assert rows["1/overall_survival"]["abs_log_error"] == pytest.approx(abs(math.log(hazard / 0.8)))
    assert rows["1/non_relapse_mortality"]["pooled"] == pytest.approx(20 * 80 / (10 * 80))
    assert rows["1/progression_free_survival"]["abs_log_error"] is None
    assert "no study has a hazard ratio" in rows["1/progression_free_survival"]["reason"]
    assert "prints no pooled ratio" in rows["1/adverse_events"]["reason"]
    metrics = result.scores["offline"].metrics
    worst = max(item["abs_log_error"] or 0 for item in rows.values())
    assert (metrics["max_abs_log_error"].value, metrics["max_abs_log_error"].n) == (worst, 2)
    assert metrics["share_pooled"].value == pytest.approx(2 / 3)


def test_an_extractor_without_numbers_gets_the_worst_error(release):
    result = run_synthesis(load_outcomes(release)[1])
    by_unit = result.scores["release_gpt4"].by_unit
    assert by_unit["1/overall_survival"] == {"abs_log_error": FAILED}
    partly = result.scores["release_trialmind"].by_unit["1/overall_survival"]
    assert partly["abs_log_error"] == pytest.approx(abs(math.log(0.5 / 0.8)))


def test_cells_without_a_reference_follow_one_another(release):
    book = release / "study_results" / "1.xlsx"
    read = read_sheets(book)
    with zipfile.ZipFile(book) as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist()}
    with zipfile.ZipFile(book, "w") as packed:
        for name, text in parts.items():
            packed.writestr(name, re.sub(r'<c r="\w+"', "<c", text))
    assert read_sheets(book) == read


def test_bad_input_is_named(tmp_path, release):
    with pytest.raises(SourceError, match=r"study_results"):
        load_outcomes(tmp_path / "nothing")
    (release / "study_results" / "1.xlsx").write_bytes(b"no workbook")
    with pytest.raises(SourceError, match=r"expected an \.xlsx workbook"):
        read_sheets(release / "study_results" / "1.xlsx")
    with pytest.raises(EvidenceError, match="nothing to do"):
        run_synthesis([])
