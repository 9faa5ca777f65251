"""`evidence what-if`: what a study, a judgement or the way of pooling does to the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, show

if TYPE_CHECKING:
    from evidence.config import SynthesisSettings
    from evidence.stages.synthesise import StudyEvidence

what_if_app = typer.Typer()


@what_if_app.command(name="what-if")
def what_if_command(
    project: ProjectPath,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="STUDY", help="Leave a study out; may be repeated.")
    ] = None,
    risk_of_bias: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STUDY[:DOMAIN]=JUDGEMENT",
            help="Suppose low, some_concerns, high or unclear; or a level of ROBINS-I where the "
            "study is not randomised; may be repeated.",
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="fixed, mh, peto, dl, pm or reml instead of the project's.")
    ] = None,
    measure: Annotated[
        str | None, typer.Option(help="OR, RR or RD for counts; MD or SMD for means.")
    ] = None,
    hksj: Annotated[
        bool | None, typer.Option("--hksj/--no-hksj", help="Hartung-Knapp interval or not.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Pool, rate and recommend again as if something were otherwise; nothing is written.

    A STUDY is a record id or a study's name as the report prints it.
    """
    from evidence.project import Project
    from evidence.state import read_state
    from evidence.summary import study_evidence
    from evidence.what_if import Change, lines, what_if

    opened = Project.open(project)
    manifest = opened.manifest
    evidence = study_evidence(read_state(opened))
    change = Change(
        excluded=frozenset(_study(name, evidence) for name in exclude or ()),
        risk_of_bias=tuple(_judgement(text, evidence) for text in risk_of_bias or ()),
        settings=_settings(manifest.settings.synthesis, model, measure, hksj),
    )
    found = what_if(manifest.question, evidence, manifest.settings.synthesis, change)
    value = {
        "outcomes": [
            {
                "outcome": outcome.before.outcome,
                "changed": outcome.changed,
                "before": outcome.before.model_dump(mode="json", exclude={"studies"}),
                "after": outcome.after.model_dump(mode="json", exclude={"studies"}),
            }
            for outcome in found.outcomes
        ],
        "recommendation": {
            side: {"direction": r.direction, "strength": r.strength, "abstained": r.abstained}
            for side, r in (("before", found.before), ("after", found.after))
        },
        "judgements": {
            criterion: {"before": before, "after": after}
            for criterion, before, after in found.judgements
        },
    }
    show(as_json, value, "\n".join(lines(found)))


def _study(name: str, evidence: list[StudyEvidence]) -> str:
    """The record id of a study that is named by it or by its short name."""
    from evidence.errors import SettingsError

    wanted = name.strip().casefold()
    by_id = [s.record_id for s in evidence if s.record_id.casefold() == wanted]
    found = by_id or [s.record_id for s in evidence if s.study.casefold() == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise SettingsError(f"{name}: names {len(found)} studies; use one of {', '.join(found)}")
    listed = ", ".join(f"{s.record_id} ({s.study})" for s in evidence)
    raise SettingsError(f"{name}: expected an included study: {listed or 'there is none yet'}")


def _judgement(text: str, evidence: list[StudyEvidence]) -> tuple[str, str | None, str]:
    from evidence.errors import SettingsError

    left, equals, risk = text.rpartition("=")
    if not equals:
        raise SettingsError(f"--risk-of-bias {text}: expected STUDY=JUDGEMENT or STUDY:DOMAIN=...")
    names = {word.casefold() for study in evidence for word in (study.record_id, study.study)}
    if left.strip().casefold() in names:  # a name may hold a colon of its own
        return _study(left, evidence), None, risk.strip()
    name, _, domain = left.rpartition(":")
    return _study(name or left, evidence), domain.strip(), risk.strip()


def _settings(
    before: SynthesisSettings, model: str | None, measure: str | None, hksj: bool | None
) -> SynthesisSettings | None:
    from pydantic import ValidationError

    from evidence.config import SynthesisSettings
    from evidence.errors import SettingsError

    if model is None and measure is None and hksj is None:
        return None
    asked = before.model_dump()
    if model is not None:
        asked["model"] = model
    if measure is not None:
        means = measure in ("MD", "SMD")
        asked["continuous_measure" if means else "dichotomous_measure"] = measure
    if hksj is not None:
        asked["hartung_knapp"] = hksj
    try:
        return SynthesisSettings.model_validate(asked)
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]).rpartition("_")[2]
        told = first["msg"][:1].lower() + first["msg"][1:]
        raise SettingsError(f"--{option} {first['input']}: {told}") from error
