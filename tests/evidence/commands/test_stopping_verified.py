"""What verify says of a review that was stopped, its sample or its certificate forged."""

from pathlib import Path
from typing import Any

import pytest

from evidence.errors import ProjectError
from evidence.events import ScreeningStopped, StoppingSampleDrawn
from evidence.export import export, report_html
from evidence.project import Project
from evidence.report import Report, build_report
from evidence.screening.stopping_acts import certify, draw
from evidence.state import read_state
from evidence.verification import verify
from tests.evidence.commands.stopping_commands_factory import (
    answer,
    ids,
    sampled,
    screened,
    stopped,
    stopping_review,
    value,
)
from tests.evidence.commands.test_screening_commands import make_project
from tests.evidence.screening.two_reviewers import BY_MACHINE, ONE, TWO, said


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return stopping_review(tmp_path / "p")


def test_nothing_is_stopped_on_a_log_that_grew_meanwhile(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.append(*screened(sampled(project)))

    def somebody_else_writes(*words: Any) -> ScreeningStopped:
        project.append(said("Ben", "include", "r239"))
        return certify(*words)

    monkeypatch.setattr("evidence.screening.stopping_acts.certify", somebody_else_writes)
    with pytest.raises(ProjectError, match="wrote to the log meanwhile"):
        answer("stop", project.path, "--by", "Ada")
    assert project.entries(ScreeningStopped) == []


def drawn_by(project: Project, **change: Any) -> StoppingSampleDrawn:
    """A sample that is not the one drawn."""
    honest = draw(read_state(project).stopping, ONE, BY_MACHINE)
    return honest.model_copy(update=change)


def test_a_forged_sample_is_named_with_its_line(project: Project) -> None:
    chosen = tuple(ids(100, 100 + len(drawn_by(project).record_ids)))
    forged = drawn_by(project, record_ids=chosen)
    project.append(forged)
    line = project.head()[0]
    problem = f"log line {line}: the sample of attempt 1: seed {forged.seed} draws other records"
    (found_,) = verify(project)
    assert found_.startswith(problem)
    project.append(*screened(chosen))
    value("stop", project.path, "--by", "Ada")  # the act itself takes the log at its word
    first, second = verify(project)
    assert first.startswith(problem)
    assert second == (
        f"log line {project.head()[0]}: the certificate: it rests on the sample of attempt 1, "
        "which is wrong"
    )
    with pytest.raises(Exception, match="not exported"):
        export(project, "html", project.path / "report.html")


@pytest.mark.parametrize(
    ("change", "said_of_it"),
    [
        ({"p_value": 0.0001}, "the certificate: p_value is"),
        ({"n_records": 300}, "the certificate: n_records is 240, not 300"),
        ({"n_sampled": 100}, "the certificate: n_sampled is"),
    ],
)
def test_a_forged_certificate_is_named_with_its_line(
    project: Project, change: dict[str, Any], said_of_it: str
) -> None:
    project.append(*screened(sampled(project)))
    stop = certify(read_state(project).stopping, ONE, BY_MACHINE)
    told = stop.certificate.model_copy(update=change)
    project.append(stop.model_copy(update={"certificate": told}))
    (problem,) = verify(project)
    assert problem.startswith(f"log line {project.head()[0]}: {said_of_it}")


def test_a_certificate_before_its_sample_is_judged_is_named(project: Project) -> None:
    drawn = sampled(project)
    clean = [*project.lines()]
    project.append(*screened(drawn))
    stop = certify(read_state(project).stopping, ONE, BY_MACHINE)
    early = make_project(project.path.with_name("early"), ONE, 0)
    early.append(*(line.entry for line in clean), stop)
    (problem,) = verify(early)
    assert f"line {early.head()[0]}: the certificate: it was not due: the sample of" in problem


def test_a_sample_of_records_screened_before_breaks_nothing(project: Project) -> None:
    project.append(drawn_by(project, record_ids=tuple(ids(0, 60)), n_unscreened=60))
    status = value("status", project.path)["stopping"]
    assert status["sample"] is None
    assert "not unscreened when it was drawn" in status["sample_void_reason"]
    missing = value("stop", project.path, "--by", "Ada", code=1)["missing"]
    assert "no sample has been drawn that covers the rest" in missing
    (problem,) = verify(project)
    assert "140 records were unscreened, not 60" in problem


def test_verify_counts_duplicates_as_they_stood_at_the_line(project: Project) -> None:
    from tests.evidence.screening.stopping_factory import duplicate

    project.append(duplicate("r239", "r0"))
    stopped(project)
    left_out = read_state(project).stopping.unscreened[0]
    project.append(duplicate(left_out, "r1"))
    assert list(verify(project)) == []


def test_verify_agrees_with_the_state_where_two_review(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", TWO, 200)
    for who in ("Ada", "Ben"):
        project.append(*screened(ids(0, 40), "include", who), *screened(ids(40, 100), who=who))
    project.append(said("Ada", "include", "r150"))  # waits for the second when the sample is drawn
    drawn = sampled(project)
    project.append(said("Ben", "exclude", "r150"), said("Cy", "exclude", "r150", adjudicates=True))
    for who in ("Ada", "Ben"):
        project.append(*screened([r for r in drawn if r != "r150"], who=who))
    assert value("stop", project.path, "--by", "Cy")["stopped"]
    assert list(verify(project)) == []
    built = build_report(project)
    page = report_html(project, built)
    assert "two reviewers for each record (Ada and Ben), blind" in page
    assert "1 judgement on which they differed was settled by Cy." in page
    (agreement,) = built.screening.agreement
    assert agreement.two_way.n_records == built.screening.n_screened
    assert "PABAK 0.98" in page
    body = Report.model_validate_json(built.model_dump_json())
    assert body == built
