"""`evidence appraise`: the risk of bias of the included studies, and a person's word on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, show

if TYPE_CHECKING:
    from evidence.appraisal import robins_i
    from evidence.appraisal.answers import Answer
    from evidence.appraisal.rob2_questions import Domain
    from evidence.state import ReviewState

appraise_app = typer.Typer()
# As in `evidence.appraisal`, which would load pydantic for --help.
ToolName = Literal["rob-2", "robins-i"]
LevelName = Literal["low", "moderate", "serious", "critical", "no_information"]
DomainName = Literal[
    "randomisation",
    "deviations",
    "missing_outcome_data",
    "measurement",
    "selective_reporting",
    "confounding",
    "selection",
    "classification",
    "missing_data",
]


@appraise_app.command()
def appraise(
    project: ProjectPath,
    record: Annotated[
        str | None, typer.Option(metavar="ID", help="One study: its answers with their quotes.")
    ] = None,
    tool: Annotated[
        ToolName | None,
        typer.Option(help="The study's own by default: RoB 2, or ROBINS-I if not randomised."),
    ] = None,
    domain: Annotated[
        DomainName | None, typer.Option(help="A domain of the tool; of RoB 2 --answer names it.")
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option(metavar="1.1=Y", help="RoB 2: answer Y, PY, PN, N or NI; may be repeated."),
    ] = None,
    level: Annotated[
        LevelName | None, typer.Option(help="ROBINS-I: your judgement on the domain.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who judges; goes into the log.")] = "",
    reason: Annotated[str, typer.Option(help="Why; goes into the log.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Show the risk of bias, answer questions of RoB 2, or judge a domain of ROBINS-I.

    By RoB 2 the judgement follows from the answers, those that stand included. ROBINS-I is for
    studies that are not randomised: read its questions with --record, then give --domain and
    --level. Exit code 1 while something that is shown, or the answered domain, waits for a person.
    """
    from evidence.appraisal.answers import AppraisalError

    if (answer or level) and record is None:
        raise AppraisalError("--answer, --level: expected --record too, the study that is judged")
    if answer and level:
        raise AppraisalError("--answer is for RoB 2, --level for ROBINS-I: expected one of them")
    if answer and record is not None:
        _answer(project, record, tool, domain, answer, by, reason, as_json)
    elif level and record is not None:
        _judge(project, record, tool, domain, level, by, reason, as_json)
    elif by or reason:
        raise AppraisalError(
            "--by, --reason: expected --answer too, such as --answer 1.1=Y, or --level"
        )
    elif record is not None:
        _show_one(project, record, tool, domain, as_json)
    elif domain or tool:
        raise AppraisalError("--domain, --tool: expected --record too, the study that is shown")
    else:
        _show_all(project, as_json)


def _show_all(path: Path, as_json: bool) -> None:
    from evidence.appraisal.listing import appraised_studies, study_value, table_lines
    from evidence.appraisal.robins_i_listing import (
        outline_table_lines,
        outline_value,
        outlined_studies,
    )
    from evidence.project import Project
    from evidence.state import read_state

    state = read_state(Project.open(path))
    studies, outlined = appraised_studies(state), outlined_studies(state)
    tables = filter(None, (table_lines(studies), outline_table_lines(outlined)))
    lines = "\n\n".join("\n".join(table) for table in tables) or "no study is included yet"
    values = [*map(study_value, studies), *(outline_value(study, {}) for study in outlined)]
    show(as_json, {"studies": values}, lines)
    if any(study.waits() for study in studies) or any(study.waits() for study in outlined):
        raise typer.Exit(1)


def _show_one(
    path: Path, record: str, tool: ToolName | None, domain: DomainName | None, as_json: bool
) -> None:
    from evidence.appraisal.listing import appraised_study, study_lines, study_value
    from evidence.appraisal.robins_i_listing import outline_lines, outline_value, outlined_study
    from evidence.appraisal.robins_i_sentences import sentences_to_look_at
    from evidence.appraisal.tools import tool_of
    from evidence.project import Project
    from evidence.state import read_state

    opened = Project.open(path)
    state = read_state(opened)
    _check_included(state, record)
    if (tool or tool_of(state, record)) == "rob-2":
        of = _rob_2_domain(domain)
        study = appraised_study(state, record)
        show(as_json, {"studies": [study_value(study, of)]}, "\n".join(study_lines(study, of)))
        waits = study.waits(of)
    else:
        part = _robins_i_domain(domain)
        outlined = outlined_study(state, record)
        document = opened.document(state.text_digest(record))
        look_at = sentences_to_look_at(document) if document is not None else {}
        value = {"studies": [outline_value(outlined, look_at, part)]}
        show(as_json, value, "\n".join(outline_lines(outlined, look_at, part)))
        waits = outlined.waits(part)
    if waits:
        raise typer.Exit(1)


def _answer(
    path: Path,
    record: str,
    tool: ToolName | None,
    domain: DomainName | None,
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
    of = _rob_2_domain(domain) or QUESTION[first].domain
    opened = Project.open(path)
    head = opened.head()
    state = read_state(opened)
    _check_included(state, record)
    _check_tool(state, record, tool, "rob-2")
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


def _judge(
    path: Path,
    record: str,
    tool: ToolName | None,
    domain: DomainName | None,
    level: LevelName,
    by: str,
    reason: str,
    as_json: bool,
) -> None:
    from evidence.appraisal.answers import AppraisalError
    from evidence.appraisal.by_person import robins_i_judgement
    from evidence.appraisal.robins_i import DOMAIN
    from evidence.appraisal.robins_i_listing import outline_overall_words, outlined_study
    from evidence.project import Project
    from evidence.state import read_state

    of = _robins_i_domain(domain)
    if of is None:
        raise AppraisalError(f"--level: expected --domain too, one of {', '.join(DOMAIN)}")
    opened = Project.open(path)
    head = opened.head()
    state = read_state(opened)
    _check_included(state, record)
    _check_tool(state, record, tool, "robins-i")
    judged = robins_i_judgement(record, of, level, by, reason)
    opened.append(judged, after=head)
    study = outlined_study(read_state(opened), record)
    told = f"{record}: {of} is {level.replace('_', ' ')} by ROBINS-I, logged; "
    value: dict[str, Any] = {
        "judgement": judged.model_dump(mode="json"),
        "overall": {"level": study.overall, "open": list(study.open_domains)},
    }
    show(as_json, value, told + outline_overall_words(study))


def _check_tool(state: ReviewState, record: str, given: ToolName | None, needed: ToolName) -> None:
    """Refuse a judgement by another tool than the study's own, unless it was named."""
    from evidence.appraisal.answers import AppraisalError
    from evidence.appraisal.tools import tool_of

    if given is not None and given != needed:
        raise AppraisalError(
            "--tool rob-2 is answered with --answer, --tool robins-i with --domain and --level"
        )
    if given is None and tool_of(state, record) != needed:
        how = {
            "rob-2": "is not randomised, so that ROBINS-I is its tool; expected --domain and "
            "--level, or --tool rob-2 if the report was misread",
            "robins-i": "is judged with RoB 2; expected --answer, or --tool robins-i if the study "
            "is not randomised",
        }[needed]
        raise AppraisalError(f"record {record!r} {how}")


def _rob_2_domain(name: DomainName | None) -> Domain | None:
    from evidence.appraisal.answers import AppraisalError
    from evidence.appraisal.rob2_questions import DOMAINS

    found = next((domain for domain in DOMAINS if domain == name), None)
    if name is not None and found is None:
        raise AppraisalError(f"--domain {name}: expected one of RoB 2: {', '.join(DOMAINS)}")
    return found


def _robins_i_domain(name: DomainName | None) -> robins_i.Domain | None:
    from evidence.appraisal.answers import AppraisalError
    from evidence.appraisal.robins_i import DOMAIN

    found = next((domain for domain in DOMAIN if domain == name), None)
    if name is not None and found is None:
        raise AppraisalError(f"--domain {name}: expected one of ROBINS-I: {', '.join(DOMAIN)}")
    return found


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
