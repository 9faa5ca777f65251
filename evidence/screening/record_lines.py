"""The history of one record: every line of the log about it that a person may read.

Decisions, also those taken back, what was undone, notes, and requests for the full text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from evidence.config import ScreeningSettings
from evidence.events import ReportSought
from evidence.judgements import DecisionTakenBack, Phase, Provenance, RecordNote, ScreeningDecision
from evidence.screening.notes import notes_are_open, says_something
from evidence.screening.verdicts import person_key, phase_name

if TYPE_CHECKING:
    from evidence.project import Project
    from evidence.state import ReviewState

About = Literal["decision", "taken back", "note", "full text"]
_Told = ScreeningDecision | DecisionTakenBack | RecordNote | ReportSought


@dataclass(frozen=True)
class RecordLine:
    """One line of a record's history, in words.

    Attributes:
        who: A person's name, or the engine's.
        what: What was done.
        why: The reason that was given; empty for none.
    """

    about: About
    at: datetime | None
    who: str
    what: str
    why: str = ""


def record_lines(
    project: Project, state: ReviewState, record_id: str, viewer: str
) -> list[RecordLine]:
    """What happened to a record, in the order of the log, as far as this person may see it.

    Reads all decisions and notes of the log.

    Raises:
        ProjectError: The log cannot be read.
    """
    screening = project.manifest.settings.screening
    kinds = (ScreeningDecision, DecisionTakenBack, RecordNote, ReportSought)
    about = (
        line.entry
        for line in project.lines(*kinds)
        if isinstance(line.entry, _Told) and line.entry.record_id == record_id
    )
    return [
        _line(entry)
        for entry in about
        if _may_be_seen(entry, state, screening, record_id, person_key(viewer))
    ]


def _may_be_seen(
    entry: _Told, state: ReviewState, screening: ScreeningSettings, record_id: str, name: str
) -> bool:
    """Whether a line tells nothing that is hidden from this person (see `visible_decisions`)."""
    made = entry.provenance
    if isinstance(entry, ReportSought):
        return True
    if not made.by_person:
        return not screening.hide_machine
    if person_key(made.actor) == name:
        return True
    if isinstance(entry, RecordNote):
        return notes_are_open(state, screening, record_id)
    return _is_open(state, screening, record_id, entry.phase)


def _is_open(
    state: ReviewState, screening: ScreeningSettings, record_id: str, phase: Phase
) -> bool:
    if screening.reviewers == 1 or not screening.blind:
        return True
    said = state.verdicts.get((record_id, phase))
    return said is not None and said.independent is not None


def _line(entry: _Told) -> RecordLine:
    made = entry.provenance
    match entry:
        case ScreeningDecision():
            role = ", as adjudicator" if entry.role == "adjudicator" else ""
            what = f"{entry.verdict} on {phase_name(entry.phase)}{role}"
            why = _joined(entry.exclusion_reason, made.reason)
            return RecordLine("decision", made.at, _who(made), what, why)
        case DecisionTakenBack():
            what = f"took the last decision on {phase_name(entry.phase)} back"
            return RecordLine("taken back", made.at, _who(made), what, made.reason)
        case RecordNote():
            return RecordLine("note", made.at, _who(made), _note(entry), made.reason)
        case ReportSought():
            got = "found" if entry.document_digest else "could not be had"
            return RecordLine(
                "full text", made.at, _who(made), f"full text asked for: {got}", made.reason
            )


def _note(note: RecordNote) -> str:
    if not says_something(note):
        return "took the note away"
    return "noted " + "; ".join(_parts(note))


def _parts(note: RecordNote) -> Iterator[str]:
    if note.labels:
        yield f"labels {', '.join(note.labels)}"
    if note.text:
        yield f"“{note.text}”"


def _who(made: Provenance) -> str:
    return made.actor if made.by_person else f"{made.engine} engine"


def _joined(*reasons: str | None) -> str:
    return "; ".join(dict.fromkeys(filter(None, reasons)))
