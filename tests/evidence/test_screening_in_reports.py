"""What a report says of screening by two people, and of what nobody screened."""

from pathlib import Path
from typing import Literal

from evidence.eligibility import exclusion_reason
from evidence.export import report_html
from evidence.judgements import CriterionVerdict
from evidence.prisma import count
from evidence.report import build_report
from evidence.stage_outcome import stage_outcome
from evidence.state import read_state
from evidence.ui.screening.worklist import worklist_of
from tests.evidence.commands.test_screening_commands import QUESTION, make_project
from tests.evidence.screening.two_reviewers import TWO, found, report, said
from tests.evidence.test_state_of_two_reviewers import stopping_log

ADULTS, TRIALS = map(exclusion_reason, QUESTION.criteria)


def test_conflicts_await_a_person_and_agreed_exclusions_name_both(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", n_records=4)
    project.append(
        *(said("Ada", "include", "r0"), said("Ben", "exclude", "r0")),
        *(said(who, "exclude", "r1", reason="no trial") for who in ("Ada", "Ben")),
        *(said(who, "include", "r2") for who in ("Ada", "Ben")),
        report("r2"),
        said("Ada", "exclude", "r2", "full_text", reason="x"),
        said("Ben", "unclear", "r2", "full_text"),
    )
    built = build_report(project)
    told = [(item.record.record_id, item.phase, item.reason) for item in built.awaiting]
    assert told == [
        ("r2", "full_text", "the reviewers disagree: Ada exclude, Ben unclear"),
        ("r0", "title_abstract", "the reviewers disagree: Ada include, Ben exclude"),
    ]
    (excluded,) = built.excluded
    assert (excluded.reason, excluded.decided_by) == ("no trial", "Ada and Ben")
    page = report_html(project, built)
    assert "the reviewers disagree: Ada include, Ben exclude" in page
    assert "Reviewers disagree, not settled yet" in page


def test_only_the_reason_that_counts_is_reported(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", n_records=1)
    project.append(*(said(who, "include", "r0") for who in ("Ada", "Ben")), report("r0"))
    project.append(said("Ada", "exclude", "r0", "full_text", reason=TRIALS))
    project.append(said("Ben", "exclude", "r0", "full_text", reason=ADULTS))
    built = build_report(project)
    assert built.awaiting == ()
    assert built.excluded[0].reason == ADULTS
    assert built.prisma.reasons_full_text == {ADULTS: 1}


def test_what_a_person_answered_by_criterion_comes_before_the_engine(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", n_records=2)
    for record_id in ("r0", "r1"):
        engine = said("machine", "exclude", record_id)
        project.append(engine.model_copy(update={"criteria": answered("unclear")}))
    one, other = said("Ada", "exclude", "r0"), said("Ben", "exclude", "r0")
    project.append(one, other.model_copy(update={"criteria": answered("not_met")}))
    project.append(*(said(who, "exclude", "r1") for who in ("Ada", "Ben")))
    assert {item.record.record_id: item.criteria for item in build_report(project).excluded} == {
        "r0": answered("not_met"),
        "r1": answered("unclear"),
    }


def answered(verdict: Literal["unclear", "not_met"]) -> tuple[CriterionVerdict, ...]:
    first = QUESTION.criteria[0].criterion_id
    return (CriterionVerdict(criterion_id=first, verdict=verdict, reason="as told"),)


def test_what_nobody_screened_is_a_box_of_the_flow(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", n_records=0)
    project.append(*stopping_log())
    assert build_report(project).prisma.ineligible_by_automation == 4
    assert (
        "1 titles and abstracts for people to screen, 1 full texts to retrieve, 1 in conflict, "
        "4 left out as the certificate allows;"
    ) in stage_outcome(project, "screen", 0).summary


def test_the_app_and_the_log_go_by_the_projects_settings(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", TWO, n_records=0)
    project.append(*found("r"), said("Ada", "include"))
    worklist = worklist_of(read_state(project), project.manifest, "", None)
    assert worklist.counts == count(read_state(project))
    assert worklist.counts.to_screen == 1
    assert worklist.rows[0].verdict is None
