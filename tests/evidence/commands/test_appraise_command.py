from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from evidence.appraisal import robins_i
from evidence.appraisal.answers import AppraisalError, Tool
from evidence.appraisal.rob2_questions import Domain
from evidence.cli import app
from evidence.commands.appraise import DomainName, LevelName, ToolName
from evidence.config import ScreeningSettings
from evidence.errors import ProjectError
from evidence.events import ReportSought
from evidence.judgements import MACHINE, Provenance, RiskOfBiasJudgement
from evidence.project import Project
from evidence.stages.appraise import OfflineAppraiser
from evidence.verification import verify
from indexers.records import Document, Section, text_digest
from tests.evidence.commands.test_screening_commands import make_project
from tests.evidence.screening.two_reviewers import said

BY_MACHINE = Provenance(actor=MACHINE, engine="program")
TITLE = "A trial\n\n"
TEXT = (
    f"{TITLE}Methods\nA computer-generated list assigned patients. Randomisation was done by "
    "telephone. We followed the statistical analysis plan.\n"
)
REPORT = Document(
    document_digest=text_digest(TEXT),
    record_id="r0",
    kind="full_text",
    text=TEXT,
    sections=(
        Section(path=("Title",), start=0, end=len(TITLE)),
        Section(path=("Methods",), start=len(TITLE), end=len(TEXT)),
    ),
)
PERSON = ("--by", "Ada", "--reason", "read the protocol")
SELECTION = ("--answer", "5.2=N", "--answer", "5.3=pn")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One included study that the offline engine appraised; a second record is unscreened."""
    made = make_project(tmp_path / "p", ScreeningSettings(decided_by="people"), 2)
    made.append(said("Ada", "include", "r0"))
    made.append(
        ReportSought(record_id="r0", document_digest=REPORT.document_digest, provenance=BY_MACHINE),
        documents=[REPORT],
    )
    made.append(said("Ada", "include", "r0", "full_text"))
    made.append(*OfflineAppraiser().appraise(REPORT))
    return made


def answer(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["appraise", *(str(word) for word in words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def value(*words: object, code: int = 0) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answer(*words, "--json", code=code))
    return told


def test_the_table_shows_what_waits_for_a_person(project: Project) -> None:
    table = answer(project.path, code=1)
    assert "+  ?  ?  ?  ?   overall unclear" in table
    assert "1 of 1 wait for a person" in table
    (study,) = value(project.path, code=1)["studies"]
    assert study["domains"]["randomisation"]["judgement"] == "low"
    assert study["overall"]["open"] == [
        "deviations",
        "missing_outcome_data",
        "measurement",
        "selective_reporting",
    ]


def test_one_study_is_shown_with_answers_and_quotes(project: Project) -> None:
    told = answer(project.path, "--record", "r0", code=1)
    assert "1.2 Was the allocation sequence concealed" in told
    assert "“Randomisation was done by telephone.”" in told
    settled = answer(project.path, "--record", "r0", "--domain", "randomisation")
    assert "2.1" not in settled


def test_a_person_s_answers_are_logged_and_judged(project: Project) -> None:
    told = value(project.path, "--record", "r0", *SELECTION, *PERSON)
    assert told["judgement"]["judgement"] == "low"
    assert told["unanswered"] == []
    logged = project.entries(RiskOfBiasJudgement)[-1]
    assert logged.provenance.actor == "Ada"
    assert [(a.question_id, a.answer, a.by_person) for a in logged.answers] == [
        ("5.1", "PY", False),
        ("5.2", "N", True),
        ("5.3", "PN", True),
    ]
    assert list(verify(project)) == []
    (study,) = value(project.path, code=1)["studies"]
    assert study["domains"]["selective_reporting"]["judgement"] == "low"


def test_answers_that_do_not_decide_are_logged_with_exit_code_1(project: Project) -> None:
    told = value(project.path, "--record", "r0", "--answer", "5.2=N", *PERSON, code=1)
    assert (told["judgement"]["judgement"], told["unanswered"]) == ("unclear", ["5.3"])
    words = answer(project.path, "--record", "r0", "--answer", "5.3=N", *PERSON)
    assert words.startswith("r0: selective_reporting is low, logged; overall unclear")


def test_a_study_that_is_settled_waits_for_nobody(project: Project) -> None:
    settled = (
        ("1.3=N",),
        ("2.1=N", "2.2=N", "2.6=Y"),
        ("3.1=Y",),
        ("4.1=N", "4.2=N", "4.3=N"),
        ("5.2=N", "5.3=N"),
    )
    for told in settled:
        answers = [word for one in told for word in ("--answer", one)]
        answer(project.path, "--record", "r0", *answers, *PERSON)
    assert "overall low" in answer(project.path)
    concerns = ("--answer", "5.2=NI", *PERSON)
    assert "overall some concerns" in answer(project.path, "--record", "r0", *concerns)
    answer(project.path, "--record", "r0", "--answer", "1.3=Y", *PERSON)
    assert "a person judges whether together high" in answer(project.path, code=1)


@pytest.mark.parametrize(
    ("words", "error", "problem"),
    [
        (("--answer", "5.2=N", *PERSON), AppraisalError, "expected --record too"),
        (("--by", "Ada"), AppraisalError, "expected --answer too"),
        (("--domain", "deviations"), AppraisalError, "expected --record too"),
        (("--record", "r1"), ProjectError, "expected an included study"),
        (("--record", "r9"), ProjectError, "one of the project's records"),
        (("--record", "r0", "--answer", "5.2", *PERSON), AppraisalError, "expected 1.1=Y"),
        (("--record", "r0", "--answer", "5.2=NA", *PERSON), AppraisalError, "expected 1.1=Y"),
        (("--record", "r0", "--answer", "9.9=Y", *PERSON), AppraisalError, "'9.9'"),
        (
            ("--record", "r0", "--answer", "5.2=Y", "--answer", "5.2=N", *PERSON),
            AppraisalError,
            "another answer",
        ),
        (
            ("--record", "r0", "--answer", "5.2=Y", "--answer", "4.1=N", *PERSON),
            AppraisalError,
            "'4.1': expected one of selective_reporting",
        ),
        (("--record", "r0", "--answer", "5.2=Y", "--by", "Ada"), AppraisalError, "why you answer"),
        (("--record", "r0", "--answer", "5.2=Y", "--reason", "x"), ProjectError, "person's name"),
    ],
)
def test_bad_input_writes_nothing(
    project: Project, words: tuple[str, ...], error: type[Exception], problem: str
) -> None:
    before = project.head()
    with pytest.raises(error, match=problem):
        answer(project.path, *words)
    assert project.head() == before


def test_the_command_offers_the_domains_and_levels_of_both_tools() -> None:
    assert set(get_args(DomainName)) == {*get_args(Domain), *get_args(robins_i.Domain)}
    assert get_args(LevelName) == robins_i.LEVELS
    assert ToolName == Tool
