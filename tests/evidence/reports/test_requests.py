"""Requests for reports through whole runs and the command line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from evidence.events import ReportSought
from evidence.prisma import count
from evidence.project import Project
from evidence.reports.requests import citation, links
from evidence.state import read_state
from indexers.records import Record
from indexers.references import read_records
from tests.evidence.reports.requests_factory import fate, listed, reports, requested, screen
from tests.evidence.reports_factory import RECORDS, make_project, write_jats
from tests.evidence.trial_factory import HOSTILE


def test_where_people_decide_a_report_is_sought_until_a_person_gives_up(project: Project) -> None:
    assert screen(project) == 1
    assert fate(project, "r0") == "to_assess"
    assert requested(project) == ["r1", "r2", "r3", "r4"]
    head = project.head()
    assert screen(project) == 0
    assert project.head() == head
    told = reports("missing", project.path, "r4", "--reason", "no answer", "--by", "Ada Okoro")
    assert "r4: not retrieved (no answer)" in told
    found = listed(project)
    assert [m["record_id"] for m in found["missing"]] == ["r4"]
    assert (found["sought"], found["had"]) == (5, 1)
    assert (found["not_retrieved"], found["to_retrieve"]) == (1, 3)
    screen(project)
    assert fate(project, "r4") == "not_retrieved"
    assert count(read_state(project)).not_retrieved == 1


def test_where_the_machine_decides_the_stores_word_is_final_but_for_a_file(
    tmp_path: Path, store: Path
) -> None:
    project = make_project(tmp_path / "p", store, people=False)
    screen(project)
    state = read_state(project)
    assert {state.fate(f"r{n}") for n in range(1, 6)} == {"not_retrieved"}
    assert len(project.entries(ReportSought)) == 6
    found = listed(project)
    assert {request["asked"] for request in found["requests"]} == {"not_in_store"}
    assert found["not_retrieved"] == len(found["requests"]) == 5
    assert found["requests"][0]["wanted_by"] == ["machine (offline)"]
    reports("attach", project.path, "r3", write_jats(tmp_path / "r3.xml", RECORDS[3]))
    assert fate(project, "r3") == "to_assess"
    assert screen(project) == 1
    assert fate(project, "r3") in ("included", "awaiting", "excluded_full_text")
    assert fate(project, "r2") == "not_retrieved"


def test_formats_of_the_list(project: Project, tmp_path: Path) -> None:
    screen(project)
    reports("list", project.path, "--format", "ris", "--out", tmp_path / "out" / "list.ris")
    ris = (tmp_path / "out" / "list.ris").read_text(encoding="utf-8")
    assert "UR  - https://doi.org/10.5555/gleam.1\n" in ris
    assert "N1  - Included by Ada Okoro\n" in ris
    read = read_records(tmp_path / "out" / "list.ris")
    assert sorted(r.doi or "" for r in read) == [r.doi for r in RECORDS[1:5]]
    rows = list(csv.DictReader(io.StringIO(reports("list", project.path, "--format", "csv"))))
    assert {row["record_id"]: row["pmcid"] for row in rows} == {
        f"r{number}": f"PMC7000{number}" for number in range(1, 5)
    }
    page = reports("list", project.path, "--format", "md")
    assert "5 reports sought: 1 had, 0 not retrieved, 4 to retrieve; 4 to request." in page
    assert "   - https://pmc.ncbi.nlm.nih.gov/articles/PMC70001/" in page
    reports("list", project.path, "--format", "docx", exit_code=2)


def test_hostile_records_make_no_links_formulas_or_markup() -> None:
    from evidence.reports.request_files import written
    from evidence.reports.requests import ReportRequest, RequestList

    hostile = Record(
        record_id="=1+1",
        source="s",
        title=f"{HOSTILE} [a](http://x)\n\x1b[31m",
        doi="javascript:alert(1)",
        pmid="1/../2",
        pmcid="PMC1/..",
        authors=("=cmd()",),
    )
    assert links(hostile) == ()
    assert (
        links(RECORDS[0].model_copy(update={"doi": "10.5555/a b<c>\n"}))[0]
        == "https://doi.org/10.5555/a"
    )
    request = ReportRequest(
        record=hostile, citation=citation(hostile), links=(), wanted_by=("+A",), asked="to_retrieve"
    )
    found = RequestList(
        requests=(request,), missing=(), sought=1, had=0, not_retrieved=0, to_retrieve=1
    )
    (row,) = csv.DictReader(io.StringIO(written(found, "csv")))
    assert all(cell[:1] not in ("=", "+", "-", "@") for cell in row.values())
    page = written(found, "md")
    assert "\x1b" not in page
    assert "<script" not in page.replace("\\<", "")
    assert "[a](" not in page.replace("\\[", "").replace("\\]", "")


@pytest.mark.parametrize(
    ("record_id", "expected"),
    [
        ("r5", "title and abstract are excluded"),
        ("r9", "expected one of the project's records"),
    ],
)
def test_a_record_that_is_not_sought_is_refused(
    project: Project, tmp_path: Path, record_id: str, expected: str
) -> None:
    path = write_jats(tmp_path / "a.xml", RECORDS[5])
    assert expected in reports("attach", project.path, record_id, path, exit_code=2)
    line = ("--reason", "none", "--by", "Ada")
    assert expected in reports("missing", project.path, record_id, *line, exit_code=2)


def test_a_record_nobody_screened_waits_for_its_title_and_abstract(
    tmp_path: Path, store: Path
) -> None:
    project = make_project(tmp_path / "p", store)
    screen(project)
    path = write_jats(tmp_path / "a.xml", RECORDS[1])
    told = reports("attach", project.path, "r1", path, exit_code=2)
    assert "screen its title and abstract first" in told


def test_missing_needs_a_name_a_reason_and_a_report_that_is_not_had(
    project: Project, tmp_path: Path
) -> None:
    screen(project)
    assert "person's name" in reports(
        "missing", project.path, "r1", "--reason", "x", "--by", "Machine", exit_code=2
    )
    assert "expected a reason" in reports(
        "missing", project.path, "r1", "--reason", " ", "--by", "Ada", exit_code=2
    )
    assert "not had" in reports(
        "missing", project.path, "r0", "--reason", "x", "--by", "Ada", exit_code=2
    )
    reports("missing", project.path, "r1", "--reason", "lost", "--by", "Ada")
    reports("attach", project.path, "r1", write_jats(tmp_path / "r1.xml", RECORDS[1]))
    assert fate(project, "r1") == "to_assess"
    assert listed(project)["missing"] == []


def test_bad_arguments(project: Project, tmp_path: Path) -> None:
    reports("attach", project.path, exit_code=2)
    reports("attach", project.path, "r1", exit_code=2)
    reports("attach", project.path, "r1", "x.pdf", "--folder", tmp_path, exit_code=2)
    gone = tmp_path / "gone"
    assert "expected a folder" in reports("attach", project.path, "--folder", gone, exit_code=2)
    told = reports("attach", project.path, "--folder", tmp_path, "--by", "machine", exit_code=2)
    assert "person's name" in told
