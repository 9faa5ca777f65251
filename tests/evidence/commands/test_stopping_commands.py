"""Stopping from the command line: a review of some hundred records from the draw to the report."""

from pathlib import Path

import pytest

from evidence.config import ScreeningSettings
from evidence.errors import ProjectError
from evidence.events import ScreeningStopped, StoppingSampleDrawn
from evidence.export import export, report_html
from evidence.project import Project
from evidence.report import build_report
from evidence.state import read_state
from evidence.verification import verify
from tests.evidence.commands.stopping_commands_factory import (
    N_EXCLUDED,
    answer,
    ids,
    sampled,
    screened,
    stopped,
    stopping_review,
    value,
)
from tests.evidence.commands.test_screening_commands import make_project
from tests.evidence.screening.two_reviewers import ONE, TWO, found, said


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return stopping_review(tmp_path / "p")


def test_a_review_from_the_draw_to_the_report_and_on(project: Project, tmp_path: Path) -> None:
    path = project.path
    before = value("status", path)
    advised = before["stopping"]["advice"]
    assert advised["begin"]
    assert advised["n_excluded_in_row"] == N_EXCLUDED
    assert before["next_step"] == (
        f"draw a sample with `evidence screening sample` ({advised['n_needed']} of 140 unscreened)"
    )
    drawn = sampled(project)
    assert len(drawn) == advised["n_needed"] < 140
    shown = value("next", path, "--by", "Ada", "--limit", 240)["records"]
    assert [item["record"]["record_id"] for item in shown[: len(drawn)]] == drawn
    marks = [item["stopping_sample"] for item in shown]
    assert (marks.count(True), len(marks)) == (len(drawn), 140)
    project.append(*screened(drawn[:-1]))
    assert value("stop", path, "--by", "Ada", code=1) == {
        "stopped": False,
        "missing": f"the sample of attempt 1 lacks 1 of {len(drawn)} records, first {drawn[-1]}; "
        "screen them first",
    }
    answer("decide", path, drawn[-1], "exclude", "--by", "Ada")
    assert value("status", path)["next_step"] == "stop with `evidence screening stop`"
    told = answer("stop", path, "--by", "Ada")
    assert told.startswith(f"stopped, {140 - len(drawn)} records left out: at least 95 % of what")
    assert told.count("\n") == 1
    assert list(verify(project)) == []
    certificate = project.entries(ScreeningStopped)[0].certificate
    built = build_report(project)
    assert built.screening.certificate == certificate
    assert built.prisma.ineligible_by_automation == 140 - len(drawn)
    page = report_html(project, built)
    for fact in (f"{certificate.p_value:.3g}", str(certificate.seed), "96 %", "Attempt"):
        assert fact in page
    project.append(*found("new"))
    assert answer("status", path).count("the certificate is void: 1 record was identified") == 1
    assert list(verify(project)) == []
    after = export(project, "md", tmp_path / "report.md").read_text(encoding="utf-8")
    assert "certificate that is void now: 1 record was identified since." in after
    assert "Screening is not finished" in after
    assert "Stopping certificate" not in after


def test_status_tells_all_of_it_and_promises_nothing(project: Project) -> None:
    words = answer("status", project.path)
    assert "60 records since the last included one: shown, no reason to stop" in words
    assert "): an estimate, no guarantee\n" in words
    assert "when to stop: the last 60 records were excluded; a sample takes " in words
    status = value("status", project.path)["stopping"]
    estimate = status["estimate"]
    assert 0 < estimate["low"] <= estimate["recall"] <= estimate["high"] <= 1
    assert (status["attempts"], status["sample"], status["n_unscreened"]) == (0, None, 140)
    drawn = sampled(project)
    project.append(*screened(drawn[:5]))
    n = len(drawn)
    assert f"stopping sample 1: 5 of {n} judged; the rest comes first" in answer(
        "status", project.path
    )
    progress = value("status", project.path)["stopping"]["sample"]
    assert (progress["n_judged"], progress["n_sampled"], progress["fate"]) == (5, n, "open")
    project.append(said("Ada", "include", drawn[5]))
    assert "too many included (1), it does not certify" in answer("status", project.path)
    assert value("status", project.path)["stopping"]["sample"]["fate"] == "lost"


def test_a_certificate_is_told_in_a_sentence(project: Project) -> None:
    n = len(stopped(project).record_ids)
    words = answer("status", project.path)
    assert (
        "stopped: at least 95 % of what is to be included is found, with a confidence of 96 % "
        f"({100 + n} of 240 records screened; 0 of a random sample of {n} included, p = "
    ) in words
    assert "estimated recall" not in words
    assert value("status", project.path)["stopping"]["certificate"]["n_sampled"] == n


def test_the_sample_is_told_in_advance_and_can_be_chosen(project: Project) -> None:
    before = project.head()
    words = answer("sample", project.path, "--by", "Ada", "--tolerate", 1, "--seed", 7)
    (drawn,) = project.entries(StoppingSampleDrawn)
    n = len(drawn.record_ids)
    assert words.startswith(f"{n} of 140 unscreened records drawn; attempt 1, seed 7\n")
    assert "come first in `evidence screening next" in words
    assert "if at most 1 of them is included" in words
    assert project.head()[0] == before[0] + 1
    with pytest.raises(ProjectError, match=rf"lacks {n} of {n} records"):
        answer("sample", project.path, "--by", "Ada")
    assert drawn.provenance.actor == "Ada"
    answer("reopen", project.path, "--by", "Ada", "--reason", "a smaller one will do")
    assert (
        "; if none is included, `evidence screening stop` certifies a recall of 0.95\n"
        in answer("sample", project.path, "--by", "Ada")
    )
    assert list(verify(project)) == []


def test_reopening_voids_and_needs_a_reason(project: Project) -> None:
    with pytest.raises(ProjectError, match="nothing to reopen"):
        answer("reopen", project.path, "--by", "Ada", "--reason", "new search")
    stopped(project)
    with pytest.raises(ProjectError, match="expected a reason"):
        answer("reopen", project.path, "--by", "Ada", "--reason", " ")
    n_left = len(read_state(project).stopping.unscreened)
    told = answer("reopen", project.path, "--by", "Ada", "--reason", "a new search")
    assert told == f"screening goes on: {n_left} records are unscreened\n"
    status = value("status", project.path)["stopping"]
    assert (status["stopped"], status["certificate"]) == (False, None)
    assert status["void_reason"] == "screening was reopened: a new search"
    assert list(verify(project)) == []
    again = value("sample", project.path, "--by", "Ada")
    assert (again["attempt"], again["confidence"]) == (2, 0.995)


def test_quick_stops_by_the_order_and_is_never_called_certain(project: Project) -> None:
    missing = value("stop", project.path, "--by", "Ada", "--quick", code=1)["missing"]
    assert missing.startswith("too early to stop: p = ")
    project.append(*screened(ids(100, 200)))
    told = answer("stop", project.path, "--by", "Ada", "--quick")
    assert told.rstrip().endswith("which is not strictly guaranteed")
    assert list(verify(project)) == []
    page = report_html(project, build_report(project))
    assert "quick: a test on the order of screening, not strictly guaranteed" in page


@pytest.mark.parametrize("quick", [False, True])
def test_what_waits_for_the_other_reviewer_or_an_adjudicator_comes_first(
    tmp_path: Path, quick: bool
) -> None:
    project = make_project(tmp_path / "p", TWO, 200)
    for who in ("Ada", "Ben"):
        project.append(*screened(ids(0, 40), "include", who), *screened(ids(40, 180), who=who))
    project.append(said("Ada", "include", "r190"), said("Ben", "exclude", "r190"))
    project.append(*(said("Ada", "exclude", record_id) for record_id in ("r191", "r192")))
    words = ("stop", project.path, "--by", "Ada", *(["--quick"] if quick else []))
    missing = value(*words, code=1)["missing"]
    assert missing == (
        "1 in conflict (first r190) and 2 for the second reviewer (first r191): settle them first"
    )
    assert "in the way of stopping: 1 in conflict" in answer("status", project.path)
    assert project.entries(ScreeningStopped) == []


def test_where_the_engine_screens_there_is_nothing_to_stop(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", ScreeningSettings(), 30)
    project.append(*(said("machine", "include", record_id) for record_id in ids(0, 10)))
    with pytest.raises(ProjectError, match='decided_by = "people"'):
        answer("sample", project.path, "--by", "Ada")
    assert 'needs decided_by = "people"' in answer("stop", project.path, "--by", "Ada", code=1)
    assert "estimated recall" not in answer("status", project.path)


def test_a_report_says_that_every_record_was_screened(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", ONE, 5)
    assert "Nobody has judged a record yet." in report_html(project, build_report(project))
    project.append(*screened(ids(0, 4)))
    page = report_html(project, build_report(project))
    assert "4 of 5 records were screened on title and abstract" in page
    assert "1 record has no settled verdict, and no certificate in force" in page
    project.append(said("Ada", "include", "r4"))
    markdown = export(project, "md", tmp_path / "report.md").read_text(encoding="utf-8")
    assert "Every record was screened on title and abstract: 5 without duplicates" in markdown
    assert "one reviewer for each record (Ada)." in markdown


def test_the_word_document_has_the_section_and_takes_any_name(tmp_path: Path) -> None:
    import docx

    project = make_project(tmp_path / "p", ONE, 5)
    project.append(*screened(ids(0, 5), who="A\x1bda *B*"))
    written = docx.Document(str(export(project, "docx", tmp_path / "report.docx")))
    texts = [paragraph.text for paragraph in written.paragraphs]
    place = texts.index("Screening")
    assert texts[place + 1] == "People decided, one reviewer for each record (A da *B*)."
    markdown = export(project, "md", tmp_path / "report.md").read_text(encoding="utf-8")
    assert "(A da \\*B\\*)" in markdown
