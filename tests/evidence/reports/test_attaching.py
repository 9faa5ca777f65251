"""Attached files through whole runs and the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from evidence.engines import build_engines
from evidence.events import ReportSought
from evidence.export import export
from evidence.grounding import quotes_in
from evidence.judgements import ScreeningDecision
from evidence.prisma import count
from evidence.project import Project
from evidence.review import run
from evidence.state import read_state
from evidence.verification import verify
from tests.evidence.reports.requests_factory import fate, reports, requested, screen
from tests.evidence.reports_factory import RECORDS, decided, write_article_pdf, write_jats
from tests.indexers.guideline_files import page_content, write_pdf


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
