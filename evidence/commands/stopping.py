"""`evidence screening`, stopping: draw a random sample, stop on a certificate, go on again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evidence.commands.project_argument import ProjectPath
from evidence.console import JsonFlag, show

if TYPE_CHECKING:
    from evidence.judgements import Provenance
    from evidence.project import Project
    from evidence.state import ReviewState

stopping_app = typer.Typer()
By = Annotated[str, typer.Option("--by", help="Who decides; goes into the log.")]
_MOST_TOLERATED = 1000


@stopping_app.command()
def sample(
    project: ProjectPath,
    by: By,
    tolerate: Annotated[
        int,
        typer.Option(
            min=0,
            max=_MOST_TOLERATED,
            help="How many of the sample may be included; the more, the larger it is.",
        ),
    ] = 0,
    seed: Annotated[
        int | None,
        typer.Option(help="Of the draw; by default it follows from the records, so none is chosen"),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw a random sample of the unscreened records; screened, it tells whether to stop."""
    from evidence.errors import ProjectError
    from evidence.screening.stopping_acts import draw

    opened, state, head = _opened(project)
    screening = opened.manifest.settings.screening
    if screening.decided_by == "machine":
        raise ProjectError(
            f"{project}: the engine screens every record here; a sample is for a project with "
            'decided_by = "people"'
        )
    drawn = draw(state.stopping, screening, _signed(by, ""), n_tolerated=tolerate, seed=seed)
    opened.append(drawn, after=head)
    n = len(drawn.record_ids)
    all_of_them = ": all of them, so none is spared" if n == drawn.n_unscreened else ""
    few = "none is"
    if tolerate:
        few = f"at most {tolerate:,} of them {'is' if tolerate == 1 else 'are'}"
    told = [
        f"{n:,} of {drawn.n_unscreened:,} unscreened records drawn{all_of_them}; "
        f"attempt {drawn.attempt}, seed {drawn.seed}",
        f"they come first in `evidence screening next {project}`; if {few} included, "
        f"`evidence screening stop` certifies a recall of {drawn.target_recall:g}",
    ]
    value = drawn.model_dump(mode="json", exclude={"kind", "provenance"})
    show(as_json, {"n_sampled": n, "n_tolerated": tolerate, **value}, "\n".join(told))


@stopping_app.command()
def stop(
    project: ProjectPath,
    by: By,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="By the order of screening alone: not strictly guaranteed."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Stop screening with a certificate; what nobody screened then counts as not relevant.

    Exit code 1, with what is missing, when none is due.
    """
    from evidence.errors import ProjectError
    from evidence.screening.certificate_words import certificate_sentence
    from evidence.screening.stopping_acts import certify, stop_quick
    from evidence.screening.stopping_status import in_the_way

    opened, state, head = _opened(project)
    screening, signed = opened.manifest.settings.screening, _signed(by, "")
    try:
        missing = in_the_way(state, screening)
        if missing:
            raise ProjectError(missing)
        act = stop_quick if quick else certify
        entry = act(state.stopping, screening, signed)
    except ProjectError as error:
        show(as_json, {"stopped": False, "missing": str(error)}, f"not stopped: {error}")
        raise typer.Exit(1) from error
    opened.append(entry, after=head)
    certificate = entry.certificate
    left_out = certificate.n_records - certificate.n_screened
    told = f"stopped, {left_out:,} records left out: {certificate_sentence(certificate)}"
    value: dict[str, Any] = {"stopped": True, "left_out": left_out}
    show(as_json, value | {"certificate": certificate.model_dump(mode="json")}, told)


@stopping_app.command()
def reopen(
    project: ProjectPath,
    by: By,
    reason: Annotated[str, typer.Option(help="Why screening goes on; goes into the log.")],
    as_json: JsonFlag = False,
) -> None:
    """Go on screening: the certificate and the sample that is out are given up."""
    from evidence.screening.stopping_acts import reopen as reopened

    opened, state, head = _opened(project)
    entry = reopened(state.stopping, _signed(by, reason))
    opened.append(entry, after=head)
    n = len(state.stopping.unscreened)
    value = {"reopened": True, "reason": entry.provenance.reason, "unscreened": n}
    show(as_json, value, f"screening goes on: {n:,} records are unscreened")


def _opened(path: Path) -> tuple[Project, ReviewState, tuple[int, str]]:
    """The project, its state, and the end of the log that the state was read from."""
    from evidence.project import Project
    from evidence.state import read_state

    opened = Project.open(path)
    head = opened.head()
    return opened, read_state(opened), head


def _signed(by: str, reason: str) -> Provenance:
    from evidence.duplicates.answers import signed

    return signed(by, reason)
