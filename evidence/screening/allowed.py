"""What a person may write on a record now: decisions that count, and those that are taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.config import ScreeningSettings
from evidence.errors import ProjectError
from evidence.judgements import MACHINE, Phase, Role, ScreeningDecision
from evidence.screening.verdicts import PhaseVerdicts, may_adjudicate, person_key, phase_name

if TYPE_CHECKING:
    from evidence.state import ReviewState

_NOTHING = PhaseVerdicts()


def check_decision(
    state: ReviewState, screening: ScreeningSettings, decision: ScreeningDecision
) -> None:
    """Refuse a person's decision that would not count, or that nobody signed.

    Raises:
        ProjectError: The record is unknown or a duplicate, the name is missing or a machine's, an
            exclusion on full text has no reason, two others have reviewed the record, an
            adjudicator has settled it, or there is nothing for this person to adjudicate.
    """
    record_id, name = decision.record_id, decision.provenance.actor
    if not name.strip() or person_key(name) == MACHINE:
        raise ProjectError(f"name {name!r}: expected a person's name; each decision is signed")
    if record_id not in state.records:
        raise ProjectError(f"record {record_id!r}: expected one of the project's records")
    if record_id in state.duplicates:
        kept = state.duplicates[record_id]
        raise ProjectError(f"{record_id}: is left out as a duplicate of {kept}; screen that one")
    reason = (decision.exclusion_reason or "").strip()
    if (decision.phase, decision.verdict, reason) == ("full_text", "exclude", ""):
        raise ProjectError(f"{record_id}: expected a reason to exclude a full text (PRISMA 2020)")
    if decision.role == "adjudicator" and screening.reviewers == 1:
        raise ProjectError(f"{record_id}: expected a plain decision; the project has one reviewer")
    said = state.verdicts.get((record_id, decision.phase), _NOTHING)
    why = said.objection(decision, screening)
    if why is not None:
        hint = _hint(said, screening, decision)
        raise ProjectError(f"{record_id}, {phase_name(decision.phase)}: {why}{hint}")


def check_taken_back(
    state: ReviewState, record_id: str, phase: Phase, name: str, role: Role = "reviewer"
) -> ScreeningDecision:
    """The decision that a person would take back.

    Raises:
        ProjectError: The person decided nothing on the record, or both reviewers have judged it
            and know each other's verdict.
    """
    said = state.verdicts.get((record_id, phase), _NOTHING)
    own = [w for w in said.words if w.provenance.by_person and w.role == role]
    own = [w for w in own if person_key(w.provenance.actor) == person_key(name)]
    if not own:
        raise ProjectError(f"{record_id}, {phase_name(phase)}: no decision of {name} to take back")
    if said.independent is not None:
        raise ProjectError(
            f"{record_id}, {phase_name(phase)}: both reviewers have judged it, so nothing is taken "
            "back; decide again instead"
        )
    return own[-1]


def _hint(said: PhaseVerdicts, screening: ScreeningSettings, decision: ScreeningDecision) -> str:
    """What the person can do instead."""
    if decision.role == "adjudicator":
        waits = screening.reviewers == 2 and len(said.reviewers) < 2
        return "; wait until both reviewers have judged" if waits else ""
    if not said.open_to_adjudication:
        return "; there is nothing left to decide"
    if may_adjudicate(screening, decision.provenance.actor):
        return "; decide as an adjudicator (--adjudicate)"
    return f"; {' or '.join(screening.adjudicators)} may adjudicate"
