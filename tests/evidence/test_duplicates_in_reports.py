"""What a reader of the report learns of duplicates, in every format."""

from pathlib import Path

import docx
import pytest

from evidence.export import export
from evidence.project import Project
from evidence.rendering.prisma_svg import prisma_svg
from evidence.report import build_report
from tests.evidence.duplicates_factory import make_duplicates_project

SENTENCE = "1 duplicate was removed. 3 pairs of records that may be of one report wait for a person"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_duplicates_project(tmp_path / "p")


def test_the_report_holds_each_merge_and_each_open_pair(project: Project) -> None:
    report = build_report(project)
    (merged,) = report.duplicates
    assert (merged.record_id, merged.kept) == ("copy", "whole")
    assert (merged.reason, merged.decided_by) == ("title, same authors and year", "offline engine")
    assert [pair.record_id for pair in report.suspected_duplicates] == [
        *("later", "abstract", "hostile two"),
    ]


@pytest.mark.parametrize("export_format", ["html", "md", "docx"])
def test_each_document_tells_how_many(project: Project, tmp_path: Path, export_format: str) -> None:
    target = export(project, export_format, tmp_path / f"out.{export_format}")
    if export_format == "docx":
        text = "\n".join(p.text for p in docx.Document(str(target)).paragraphs)
    else:
        text = target.read_text(encoding="utf-8")
    assert SENTENCE in text


def test_the_page_lists_them_with_reasons_and_escaped(project: Project, tmp_path: Path) -> None:
    page = export(project, "html", tmp_path / "out.html").read_text(encoding="utf-8")
    assert "Duplicates that were removed, with their reasons (1)" in page
    assert "Pairs that wait for a person (3)" in page
    assert "title, same authors and year (offline engine)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_diagram_tells_of_pairs_only_while_there_are_some(project: Project) -> None:
    counts = build_report(project).prisma
    text = prisma_svg(counts).replace("\u00a0", " ")
    assert "Pairs a person has yet to" in text
    assert "3 pairs of likely duplicates await a person" in text
    none = prisma_svg(counts.model_copy(update={"suspected_duplicates": 0}))
    assert "Pairs a person" not in none
    assert "likely duplicates" not in none
