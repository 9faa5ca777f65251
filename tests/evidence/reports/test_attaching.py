"""Requests and attached files through whole runs and the command line."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evidence.commands.reports import reports_app
from evidence.engines import build_engines
from evidence.events import ReportSought
from evidence.export import export
from evidence.grounding import quotes_in
from evidence.judgements import ScreeningDecision
from evidence.prisma import count
from evidence.project import Project
from evidence.reports.requests import citation, links
from evidence.review import run
from evidence.state import read_state
from evidence.verification import verify
from indexers.records import Record
from indexers.references import read_records
from tests.evidence.reports_factory import (
    RECORDS,
    decided,
    make_project,
    make_store,
    write_article_pdf,
    write_jats,
)
from tests.evidence.trial_factory import HOSTILE
from tests.indexers.guideline_files import page_content, write_pdf


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    return make_store(folder / "store", {"r0": write_jats(folder / "r0.xml", RECORDS[0])})


@pytest.fixture
def project(tmp_path: Path, store: Path) -> Project:
    """Five records went on, one is excluded; the store has the full text of the first."""
    made = make_project(tmp_path / "p", store)
    screen(made)
    made.append(*(decided(f"r{number}", "include") for number in range(5)))
    made.append(decided("r5", "exclude"))
    return made


def screen(project: Project) -> int:
    engines = build_engines(project.manifest.settings.engine, project.path / "calls")
    return run(project, engines, until="screen")[-1].judged


def reports(*arguments: object, exit_code: int = 0) -> str:
    result = CliRunner().invoke(reports_app, [*map(str, arguments)])
    if exit_code in (0, 1) and (
        result.exception is None or isinstance(result.exception, SystemExit)
    ):
        assert result.exit_code == exit_code, result.output
        return result.output
    assert exit_code == 2, result.exception
    return f"{result.output}{result.exception}"


def listed(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(reports("list", project.path, "--json"))
    return found


def requested(project: Project) -> list[str]:
    return sorted(request["record_id"] for request in listed(project)["requests"])


def fate(project: Project, record_id: str) -> str:
    return read_state(project).fate(record_id)


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


def test_attached_files_are_screened_and_everything_verifies(
    project: Project, tmp_path: Path
) -> None:
    screen(project)
    one = write_jats(tmp_path / "one.xml", RECORDS[1])
    two = write_article_pdf(tmp_path / "two.pdf", RECORDS[2])
    told = reports("attach", project.path, "r1", one, "--by", "Ada Okoro")
    assert "r1: attached, one.xml" in told
    reports("attach", project.path, "r2", two)
    first, second = project.entries(ReportSought)[-2:]
    assert (first.provenance.actor, second.provenance.actor) == ("Ada Okoro", "machine")
    assert first.provenance.reason.startswith("attached one.xml (JATS XML, sha256 ")
    assert str(tmp_path) not in first.provenance.reason
    assert screen(project) == 2
    machine = read_state(project).machine_decisions
    quotes = [q for r in ("r1", "r2") for c in machine[r, "full_text"].criteria for q in c.quotes]
    assert {q.document_digest for q in quotes} == {first.document_digest, second.document_digest}
    assert requested(project) == ["r3", "r4"]
    project.append(decided("r1", "include", phase="full_text"))
    project.append(decided("r2", "exclude", phase="full_text"))
    engines = build_engines(project.manifest.settings.engine, project.path / "calls")
    run(project, engines)
    assert count(read_state(project)).reasons_full_text == {"Another population": 1}
    assert list(verify(project)) == []
    for export_format in ("html", "json", "md"):
        assert export(project, export_format, tmp_path / f"report.{export_format}").is_file()


def test_the_same_file_twice_is_attached_once_and_another_replaces_it(
    project: Project, tmp_path: Path
) -> None:
    screen(project)
    first = write_article_pdf(tmp_path / "first.pdf", RECORDS[1])
    reports("attach", project.path, "r1", first)
    screen(project)
    head = project.head()
    assert "already attached" in reports("attach", project.path, "r1", first)
    assert project.head() == head
    told = reports("attach", project.path, "r1", write_jats(tmp_path / "r1.xml", RECORDS[1]))
    assert "r1: replaced, r1.xml" in told
    earlier, later = [r.document_digest for r in project.entries(ReportSought)][-2:]
    assert earlier is not None and project.document(earlier) is not None
    before = len(project.entries(ScreeningDecision))
    assert screen(project) == 1
    assert len(project.entries(ScreeningDecision)) == before + 1
    decision = read_state(project).machine_decisions["r1", "full_text"]
    assert {q.document_digest for c in decision.criteria for q in c.quotes} == {later}
    assert screen(project) == 0
    assert list(verify(project)) == []


def test_a_persons_verdict_on_an_earlier_text_stands_and_is_said(
    project: Project, tmp_path: Path
) -> None:
    screen(project)
    reports("attach", project.path, "r1", write_article_pdf(tmp_path / "a.pdf", RECORDS[1]))
    project.append(decided("r1", "exclude", phase="full_text"))
    told = reports("attach", project.path, "r1", write_jats(tmp_path / "r1.xml", RECORDS[1]))
    assert "Ada Okoro judged the full text before" in told
    assert fate(project, "r1") == "excluded_full_text"


def test_a_file_of_another_report_needs_yes(project: Project, tmp_path: Path) -> None:
    screen(project)
    wrong = write_jats(tmp_path / "wrong.xml", RECORDS[3])
    head = project.head()
    told = reports("attach", project.path, "r2", wrong, exit_code=2)
    assert "the article is PMCID PMC70003, the record PMCID PMC70002; --yes overrules" in told
    assert project.head() == head
    reports("attach", project.path, "r2", wrong, "--yes")
    told = reports("attach", project.path, "r3", wrong, exit_code=2)
    assert "it is the full text of r2 already" in told
    pdf = write_article_pdf(tmp_path / "a.pdf", RECORDS[4])
    assert "title is not at its beginning" in reports("attach", project.path, "r1", pdf)


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


def test_plain_text_of_a_folder_is_taken_where_name_and_title_agree_and_named_where_not(
    project: Project, tmp_path: Path
) -> None:
    screen(project)
    folder = tmp_path / "files"
    folder.mkdir()
    body = "\n\nMethods\n\n" + "We randomly assigned adults to solvane or placebo. " * 20
    (folder / "r1.txt").write_text(RECORDS[1].title + body)
    (folder / "PMC70002 notes.txt").write_text("What I thought of it" + body)
    (folder / "some report.txt").write_text(RECORDS[3].title + body + "3")
    (folder / "list.txt").write_text("Nobody's report at all" + body)
    (folder / "short.txt").write_text("to do")
    arguments = ("attach", project.path, "--folder", folder, "--by", "Ada Okoro")
    found = json.loads(reports(*arguments, "--json", exit_code=1))
    assert [(item["file"], item["form"]) for item in found["attached"]] == [("r1.txt", "text")]
    assert [(s["file"], s["record_id"], s["by"]) for s in found["suggested"]] == [
        ("PMC70002 notes.txt", "r2", "PMCID"),
        ("some report.txt", "r3", "title"),
    ]
    left = {item["file"]: item["reason"] for item in found["left"]}
    assert set(left) == {"list.txt", "short.txt"}
    assert "no record fits" in left["list.txt"]
    assert "4 letters" in left["short.txt"]
    told = reports(*arguments, exit_code=1)
    assert "PMC70002 notes.txt: r2? (PMCID alone, no title)" in told
    # A PDF of the same report is taken before its text.
    write_article_pdf(folder / "r2.pdf", RECORDS[2])
    (folder / "r2.txt").write_text(RECORDS[2].title + body + "2")
    found = json.loads(reports(*arguments, "--json", exit_code=1))
    assert [item["file"] for item in found["attached"]] == ["r2.pdf"]
    assert [item["file"] for item in found["spare"]] == ["PMC70002 notes.txt", "r1.txt", "r2.txt"]


def test_a_folder_attaches_what_is_sure_and_says_what_is_not(
    project: Project, tmp_path: Path
) -> None:
    screen(project)
    folder = tmp_path / "files"
    folder.mkdir()
    write_jats(folder / "PMC70001.xml", RECORDS[1])
    write_article_pdf(folder / "90001.pdf", RECORDS[1])
    write_article_pdf(folder / "scan of page.pdf", RECORDS[2])
    write_jats(folder / "article.xml", RECORDS[3])
    write_jats(folder / "r4.xml", RECORDS[2])
    write_pdf(folder / "empty.pdf", [page_content("")])
    write_jats(folder / "PMC70005.xml", RECORDS[5])
    shutil.copy(folder / "article.xml", folder / "notes.doc")
    (folder / "more").mkdir()
    arguments = ("attach", project.path, "--folder", folder, "--by", "Ada Okoro")
    found = json.loads(reports(*arguments, "--json", exit_code=1))
    attached = {(item["file"], item["record_id"]) for item in found["attached"]}
    assert attached == {("PMC70001.xml", "r1"), ("article.xml", "r3")}
    assert [(s["file"], s["record_id"]) for s in found["suggested"]] == [("scan of page.pdf", "r2")]
    assert [item["file"] for item in found["spare"]] == ["90001.pdf"]
    left = {item["file"]: item["reason"] for item in found["left"]}
    assert set(left) == {"r4.xml", "empty.pdf", "PMC70005.xml"}
    assert left["r4.xml"] == (
        "its name is that of r4, but the article is PMCID PMC70002, the record PMCID PMC70004"
    )
    assert "OCR" in left["empty.pdf"]
    assert "excluded" in left["PMC70005.xml"]
    other = {item["file"]: item["reason"] for item in found["other"]}
    assert set(other) == {"more", "notes.doc"}
    assert "a folder" in other["more"]
    assert ".pdf, .xml" in other["notes.doc"]
    head = project.head()
    assert "0 attached" in reports(*arguments, exit_code=1)
    assert project.head() == head
    for name in left:
        (folder / name).unlink()
    told = reports(*arguments, "--yes")
    assert "r2: attached, scan of page.pdf" in told
    assert requested(project) == ["r4"]
    assert screen(project) == 3


def test_files_that_contest_a_record_or_a_text_are_left(project: Project, tmp_path: Path) -> None:
    screen(project)
    folder = tmp_path / "files"
    folder.mkdir()
    write_article_pdf(folder / "90001.pdf", RECORDS[1])
    write_article_pdf(folder / "r1.pdf", RECORDS[1], extra="Later version.")
    write_article_pdf(folder / "90002.pdf", RECORDS[2])
    write_article_pdf(folder / "90003.pdf", RECORDS[2])
    found = json.loads(reports("attach", project.path, "--folder", folder, "--json", exit_code=1))
    left = {item["file"]: item["reason"] for item in found["left"]}
    assert left["90001.pdf"] == left["r1.pdf"]
    assert "several files for one record: 90001.pdf, r1.pdf" in left["r1.pdf"]
    assert left["90003.pdf"] == "its text is that of 90002.pdf"
    assert [item["file"] for item in found["attached"]] == ["90002.pdf"]


def test_bad_arguments(project: Project, tmp_path: Path) -> None:
    reports("attach", project.path, exit_code=2)
    reports("attach", project.path, "r1", exit_code=2)
    reports("attach", project.path, "r1", "x.pdf", "--folder", tmp_path, exit_code=2)
    gone = tmp_path / "gone"
    assert "expected a folder" in reports("attach", project.path, "--folder", gone, exit_code=2)
    told = reports("attach", project.path, "--folder", tmp_path, "--by", "machine", exit_code=2)
    assert "person's name" in told


def test_what_was_extracted_from_a_replaced_text_is_extracted_again(
    project: Project, tmp_path: Path
) -> None:
    screen(project)
    reports("attach", project.path, "r1", write_article_pdf(tmp_path / "a.pdf", RECORDS[1]))
    project.append(decided("r1", "include", phase="full_text"))
    engines = build_engines(project.manifest.settings.engine, project.path / "calls")
    run(project, engines)
    reports("attach", project.path, "r1", write_jats(tmp_path / "r1.xml", RECORDS[1]))
    outcomes = {o.stage: o.judged for o in run(project, engines)}
    assert (outcomes["extract"], outcomes["appraise"]) == (1, 1)
    state = read_state(project)
    later = state.reports["r1"].document_digest
    found = (
        *state.extracted.get("r1", ()),
        state.characteristics["r1"],
        *state.risk_of_bias["r1"].values(),
    )
    assert {q.document_digest for item in found for q in quotes_in(item)} == {later}
    assert {o.stage: o.judged for o in run(project, engines)}["extract"] == 0
    assert list(verify(project)) == []
