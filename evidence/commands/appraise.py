"""`evidence appraise`: the risk of bias of the included studies, and a person's answers to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, show

if TYPE_CHECKING:
    from evidence.appraisal.answers import Answer
    from evidence.appraisal.rob2_questions import Domain
    from evidence.state import ReviewState

appraise_app = typer.Typer()
DomainName = Literal[  # `Domain`, which would load pydantic for --help
    "randomisation", "deviations", "missing_outcome_data", "measurement", "selective_reporting"
]


@appraise_app.command()
def appraise(
    project: ProjectPath,
    record: Annotated[
        str | None, typer.Option(metavar="ID", help="One study: its answers with their quotes.")
    ] = None,
    domain: Annotated[
        DomainName | None, typer.Option(help="The domain of RoB 2; it follows from --answer.")
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option(metavar="1.1=Y", help="Answer a question: Y, PY, PN, N or NI; repeat."),
    ] = None,
    by: Annotated[str, typer.Option(help="Who answers; goes into the log.")] = "",
    reason: Annotated[str, typer.Option(help="Why; goes into the log.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Show the risk of bias (RoB 2), or answer signalling questions of a study.

    The judgement follows from the answers, those that stand included. Exit code 1 while something
    that is shown, or the answered domain, waits for a person.
    """
    from evidence.appraisal.answers import AppraisalError

    if answer:
        if record is None:
            raise AppraisalError("--answer: expected --record too, the study that is answered for")
        _answer(project, record, domain, answer, by, reason, as_json)
    elif by or reason:
        raise AppraisalError("--by, --reason: expected --answer too, such as --answer 1.1=Y")
    elif domain is not None and record is None:
        raise AppraisalError("--domain: expected --record too, the study that is shown")
    else:
        _show(project, record, domain, as_json)


def _show(path: Path, record: str | None, domain: Domain | None, as_json: bool) -> None:
    from evidence.appraisal.listing import (
        appraised_studies,
        study_lines,
        study_value,
        table_lines,
    )
    from evidence.project import Project
    from evidence.state import read_state

    state = read_state(Project.open(path))
    if record is not None:
        _check_included(state, record)
    shown = appraised_studies(state, record)
    if record is None:
        lines = table_lines(shown)
    else:
        lines = [line for study in shown for line in study_lines(study, domain)]
    show(as_json, {"studies": [study_value(study, domain) for study in shown]}, "\n".join(lines))
    if any(study.waits(domain) for study in shown):
        raise typer.Exit(1)


def _answer(
    path: Path,
    record: str,
    domain: Domain | None,
    words: list[str],
    by: str,
    reason: str,
    as_json: bool,
) -> None:
    from evidence.appraisal.answers import AppraisalError
    from evidence.appraisal.by_person import judgement_by_person
    from evidence.appraisal.listing import overall_words
    from evidence.appraisal.overall import overall_of
    from evidence.appraisal.proposals import propose_domain
    from evidence.appraisal.rob2_questions import QUESTION
    from evidence.project import Project
    from evidence.state import read_state

    answers = _read_answers(words)
    first = next(iter(answers))
    if domain is None and first not in QUESTION:
        raise AppraisalError(f"question {first!r}: expected 1.1 to 5.3 of RoB 2")
    of = domain or QUESTION[first].domain
    opened = Project.open(path)
    head = opened.head()
    state = read_state(opened)
    _check_included(state, record)
    standing = state.risk_of_bias.get(record, {}).get(of)
    given = standing.answers if standing is not None else ()
    judged = judgement_by_person(record, of, answers, by, reason, given)
    opened.append(judged, after=head)
    overall = overall_of(read_state(opened).risk_of_bias[record].values())
    told = (
        f"{record}: {of} is {judged.judgement.replace('_', ' ')}, logged; {overall_words(overall)}"
    )
    applying = [given for given in judged.answers if given.answer != "NA"]
    missing = propose_domain(of, applying).unanswered
    if missing:
        told += f"\nstill without an answer: {', '.join(missing)}"
    value: dict[str, Any] = {
        "judgement": judged.model_dump(mode="json"),
        "unanswered": list(missing),
    }
    value["overall"] = {"level": overall.level, "may_be_high": overall.may_be_high}
    show(as_json, value, told)
    if judged.judgement == "unclear":
        raise typer.Exit(1)


def _read_answers(words: list[str]) -> dict[str, Answer]:
    from typing import get_args

    from evidence.appraisal.answers import Answer, AppraisalError

    allowed: dict[str, Answer] = {answer: answer for answer in get_args(Answer) if answer != "NA"}
    found: dict[str, Answer] = {}
    for word in words:
        question_id, _, told = (part.strip() for part in word.partition("="))
        answer = allowed.get(told.upper())
        if not question_id or answer is None:
            options = ", ".join(allowed)
            raise AppraisalError(f"--answer {word!r}: expected 1.1=Y, with one of {options}")
        if found.get(question_id, answer) != answer:
            raise AppraisalError(f"--answer {word!r}: {question_id} has another answer, too")
        found[question_id] = answer
    return found


def _check_included(state: ReviewState, record: str) -> None:
    from evidence.errors import ProjectError

    if record not in state.records:
        raise ProjectError(f"record {record!r}: expected one of the project's records")
    fate = state.fate(record)
    if fate != "included":
        raise ProjectError(
            f"record {record!r} is {fate.replace('_', ' ')}; expected an included study"
        )
