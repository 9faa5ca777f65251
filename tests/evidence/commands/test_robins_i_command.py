"""ROBINS-I from the command line: judge, report, certainty, what if, and the log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import docx
import pytest
from typer.testing import CliRunner

from evidence.appraisal.answers import AppraisalError
from evidence.appraisal.robins_i import DOMAIN
from evidence.cli import app
from evidence.errors import ProjectError
from evidence.judgements import RobinsIJudgement
from evidence.project import Project
from evidence.report import build_report
from evidence.state import read_state
from evidence.summary import summary_rows
from evidence.verification import verify
from tests.evidence.cohort_factory import make_cohort_project

PERSON = ("--by", "Ada", "--reason", "adjusted for age alone")
SERIOUS = ("--domain", "confounding", "--level", "serious", *PERSON)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A cohort study and a trial; nobody has judged the cohort study."""
    return make_cohort_project(tmp_path / "p", "cohort", "trial")


def told(command: str, *words: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [command, *(str(word) for word in words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def value(command: str, *words: object, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told(command, *words, "--json", code=code))
    return found


def judge_the_rest(project: Project, level: str = "low") -> None:
    for domain in list(DOMAIN)[1:]:
        words = ("--record", "cohort", "--domain", domain, "--level", level, *PERSON)
        told("appraise", project.path, *words)


def test_the_whole_way_from_a_judgement_to_certainty_and_report(project: Project) -> None:
    (before,) = summary_rows(project)
    assert (before.certainty_start, before.k_studies) == ("low", 2)
    first = told("appraise", project.path, "--record", "cohort", *SERIOUS)
    assert "confounding is serious by ROBINS-I, logged; overall unclear, 6 domains" in first
    judge_the_rest(project)
    (after,) = summary_rows(project)
    assert (after.certainty_start, after.domains[0].levels_down) == ("high", 2)
    assert "at serious risk by ROBINS-I" in after.domains[0].reason
    assert list(verify(project)) == []

    told("export", project.path, "--format", "html", "--out", project.path / "r.html")
    page = (project.path / "r.html").read_text(encoding="utf-8")
    assert 'id="rob-studies-title"' in page
    assert 'id="robins-studies-title"' in page
    outlined, trial = build_report(project).included
    assert (outlined.tool, trial.tool) == ("robins-i", "rob-2")
    assert (outlined.risk_of_bias, trial.robins_i) == ((), ())
    assert {judged.judgement for judged in outlined.robins_i} == {"serious", "low"}
    assert "adjusted for age alone" in page
    told("export", project.path, "--format", "docx", "--out", project.path / "r.docx")
    words = "\n".join(p.text for p in docx.Document(str(project.path / "r.docx")).paragraphs)
    assert "Risk of bias by ROBINS-I, each study" in words
    assert "Bias due to confounding: serious (Ada). adjusted for age alone" in words


def test_each_tool_has_a_table_of_its_own(project: Project) -> None:
    table = told("appraise", project.path, code=1)
    assert "D7 Bias in selection of the reported result" in table
    assert "-  -  -  -  -  -  -   overall unclear, 7 domains to judge" in table
    assert "ROBINS-I: 1 of 1 wait for a person" in table
    by_tool = {
        s["record_id"]: s["tool"] for s in value("appraise", project.path, code=1)["studies"]
    }
    assert by_tool == {"trial": "rob-2", "cohort": "robins-i"}


def test_the_questions_of_a_domain_are_listed_with_sentences_to_look_at(project: Project) -> None:
    shown = ("--record", "cohort", "--domain", "confounding")
    listing = told("appraise", project.path, *shown, code=1)
    assert "The report calls the study not randomised" in listing
    assert "1.4 Did an appropriate analysis control for all" in listing
    assert "Hazard ratios were adjusted for age" in listing
    assert "lost to follow-up" not in listing
    (study,) = value("appraise", project.path, *shown, code=1)["studies"]
    (quote,) = study["to_look_at"]["confounding"]
    assert quote["text"].startswith("Hazard ratios were adjusted")
    told("appraise", project.path, "--record", "cohort", *SERIOUS)
    assert "serious, by Ada" in told("appraise", project.path, *shown)


def test_a_study_of_unknown_design_is_judged_with_robins_i_when_a_person_says_so(
    tmp_path: Path,
) -> None:
    made = make_cohort_project(tmp_path / "p", "unknown")
    with pytest.raises(AppraisalError, match="--tool robins-i if the study is not randomised"):
        told("appraise", made.path, "--record", "unknown", *SERIOUS)
    words = ("--record", "unknown", "--tool", "robins-i", *SERIOUS)
    found = value("appraise", made.path, *words)
    assert found["judgement"]["judgement"] == "serious"
    assert found["overall"]["level"] == "unclear"
    assert len(found["overall"]["open"]) == 6
    assert read_state(made).chosen_tools == {"unknown": "robins-i"}


def test_what_if_supposes_a_level_of_the_study_s_tool(project: Project) -> None:
    found = told("what-if", project.path, "--risk-of-bias", "cohort=critical")
    assert "risk of bias: levels down" in found
    assert "at critical risk by ROBINS-I" in found
    assert project.entries(RobinsIJudgement) == []
    told("what-if", project.path, "--risk-of-bias", "cohort:confounding=moderate")


@pytest.mark.parametrize(
    ("words", "error", "problem"),
    [
        (SERIOUS, AppraisalError, "expected --record too"),
        (("--record", "cohort", "--level", "low", *PERSON), AppraisalError, "expected --domain"),
        (("--record", "trial", *SERIOUS), AppraisalError, "is judged with RoB 2"),
        (
            ("--record", "cohort", "--answer", "1.1=Y", *PERSON),
            AppraisalError,
            "ROBINS-I is its tool",
        ),
        (
            ("--record", "cohort", "--answer", "1.1=Y", *SERIOUS),
            AppraisalError,
            "expected one of them",
        ),
        (
            ("--record", "cohort", "--domain", "randomisation", "--level", "low", *PERSON),
            AppraisalError,
            "expected one of ROBINS-I: confounding",
        ),
        (
            ("--record", "trial", "--domain", "confounding"),
            AppraisalError,
            "expected one of RoB 2: randomisation",
        ),
        (
            ("--record", "cohort", "--tool", "rob-2", *SERIOUS),
            AppraisalError,
            "--tool robins-i with --domain and --level",
        ),
        (("--record", "cohort", *SERIOUS[:4], "--by", "Ada"), AppraisalError, "why you judge so"),
        (("--record", "cohort", *SERIOUS[:4], "--reason", "x"), ProjectError, "person's name"),
        (
            ("--record", "cohort", *SERIOUS[:4], "--by", "machine", "--reason", "x"),
            ProjectError,
            "person's name",
        ),
        (("--tool", "robins-i"), AppraisalError, "expected --record too"),
    ],
)
def test_bad_input_writes_nothing(
    project: Project, words: tuple[str, ...], error: type[Exception], problem: str
) -> None:
    before = project.head()
    with pytest.raises(error, match=problem):
        told("appraise", project.path, *words)
    assert project.head() == before
