"""What each person has to screen and may see: functions of the state, no more.

With two blind reviewers nobody learns the other's verdict before giving one. The app and the
command line show decisions through `visible_decisions` and write them after
`allowed.check_decision`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING, Literal

from evidence.config import ScreeningSettings
from evidence.judgements import Phase, ScreeningDecision
from evidence.screening.verdicts import Pair, PhaseVerdicts, may_adjudicate, person_key
from indexers.records import Record

if TYPE_CHECKING:
    from evidence.project import Project
    from evidence.screening.features import ScreeningFeatures, StepProgress
    from evidence.state import ReviewState

__all__ = [
    "Conflict",
    "calibration_round",
    "conflicts",
    "due_for",
    "half_judged",
    "is_due",
    "may_adjudicate",
    "ordered",
    "phase_reached",
    "reading_list",
    "visible_decisions",
]
_NOTHING = PhaseVerdicts()


@dataclass(frozen=True)
class Conflict:
    """A record that two reviewers judged differently.

    Attributes:
        about: `reason` when both exclude a full text for different reasons: the record is settled,
            and `counted` is the decision whose reason is reported.
        verdicts: The reviewers' last verdicts, the first reviewer's first.
        counted: None while the record is not settled.
    """

    record: Record
    phase: Phase
    about: Literal["verdict", "reason"]
    verdicts: Pair
    counted: ScreeningDecision | None


def conflicts(state: ReviewState, phase: Phase) -> tuple[Conflict, ...]:
    """The open conflicts of a phase, in the order of the search; both reviewers have judged."""
    found = []
    open_ones = (
        (record_id, said)
        for (record_id, of), said in state.verdicts.items()
        if of == phase and (said.in_conflict or said.reasons_differ)
    )
    for record_id, said in _in_search_order(state, dict(open_ones)).items():
        one, other = said.reviewers.values()
        about: Literal["verdict", "reason"] = "verdict" if said.in_conflict else "reason"
        record = state.records[record_id].record
        found.append(Conflict(record, phase, about, (one, other), said.decision))
    return tuple(found)


def half_judged(state: ReviewState, phase: Phase) -> list[str]:
    """Records that one of two reviewers has judged, in the order of the search.

    Only these and the conflicts hold back a verdict that is in the log already: settle them before
    screening is stopped.
    """
    waiting = {
        record_id: said
        for (record_id, of), said in state.verdicts.items()
        if of == phase and said.decision is None and len(said.reviewers) == 1
    }
    return list(_in_search_order(state, waiting))


def _in_search_order(
    state: ReviewState, found: Mapping[str, PhaseVerdicts]
) -> dict[str, PhaseVerdicts]:
    """Those of the project's records, duplicates aside; what was judged is often but a few."""
    places = {r: place for place, r in enumerate(state.records)} if found else {}
    kept = [r for r in found if r in places and r not in state.duplicates]
    return {record_id: found[record_id] for record_id in sorted(kept, key=places.__getitem__)}


def calibration_round(
    state: ReviewState, screening: ScreeningSettings, seed: int = 0
) -> tuple[str, ...]:
    """The records on which two reviewers compare notes before they go on; the same for both.

    A random sample of all titles and abstracts: those with the smallest keyed digest of their id,
    so that a duplicate found later moves no other record in or out but one.
    """
    if screening.reviewers == 1 or not screening.calibration_records:
        return ()
    candidates = (record_id for record_id in state.records if record_id not in state.duplicates)
    return tuple(
        nsmallest(
            screening.calibration_records,
            candidates,
            key=lambda record_id: (_drawn(seed, record_id), record_id),
        )
    )


def due_for(
    state: ReviewState,
    screening: ScreeningSettings,
    reviewer: str,
    phase: Phase,
    seed: int = 0,
) -> list[str]:
    """What a reviewer has still to judge: calibration records first, then the search's order.

    With one reviewer it is what nobody has judged, or what the engine left unclear. With two it is
    what this person has not judged and fewer than two others have. What a certificate leaves out is
    nobody's.
    """
    first = set(calibration_round(state, screening, seed)) if phase == "title_abstract" else set()
    due = [
        record_id
        for record_id in state.records
        if is_due(state, screening, reviewer, record_id, phase)
    ]
    drawn = [record_id for record_id in due if record_id in first]
    drawn.sort(key=lambda record_id: (_drawn(seed, record_id), record_id))
    return [*drawn, *(record_id for record_id in due if record_id not in first)]


def reading_list(
    project: Project,
    state: ReviewState,
    reviewer: str,
    phase: Phase,
    *,
    features: ScreeningFeatures | None = None,
    progress: StepProgress | None = None,
) -> list[str]:
    """What is due for a reviewer, in the order in which it is to be read.

    An open stopping sample comes first, then calibration records, then what is most likely to be
    included. For `features` and `progress` see `ordered`.
    """
    from evidence.screening.reading_order import sample_first

    screening, seed = project.manifest.settings.screening, project.manifest.seed
    due = due_for(state, screening, reviewer, phase, seed)
    sampled = sample_first(state, phase, due)
    first = set(calibration_round(state, screening, seed)) if phase == "title_abstract" else set()
    drawn = [record_id for record_id in due if record_id in first.difference(sampled)]
    before = {*sampled, *drawn}
    rest = [record_id for record_id in due if record_id not in before]
    return [
        *sampled,
        *drawn,
        *ordered(project, state, phase, rest, reviewer, features=features, progress=progress),
    ]


def phase_reached(state: ReviewState, record_id: str) -> Phase:
    """`full_text` once there is a full text or a person or engine has judged it."""
    report = state.reports.get(record_id)
    has_text = report is not None and report.document_digest is not None
    judged = (record_id, "full_text") in state.verdicts
    return "full_text" if has_text or judged else "title_abstract"


def ordered(
    project: Project,
    state: ReviewState,
    phase: Phase,
    due: Sequence[str],
    reviewer: str = "",
    *,
    features: ScreeningFeatures | None = None,
    progress: StepProgress | None = None,
) -> list[str]:
    """The records that are due, best first, as the learner ranks them.

    Reports are read in the order of their titles and abstracts. The order tells nothing of a
    verdict that a blind reviewer must not know: it is learned from settled verdicts, and from
    `reviewer`'s own on records that wait for the second one (evidence.screening.reading_order).

    Args:
        project: Keeps the features of its records, which are read at the first call.
        state: Its state.
        phase: Of the records.
        due: Records of the state.
        reviewer: Whose list it is; without a name only settled verdicts count.
        features: `kept_features.project_features` of this state, where the caller holds them.
        progress: Told of the reading of features.
    """
    if len(due) < 2:
        return list(due)
    from evidence.screening.kept_features import project_features
    from evidence.screening.reading_order import best_first

    if features is None:
        features = project_features(project, state, progress)
    return best_first(features, state, due, reviewer)


def visible_decisions(
    state: ReviewState,
    screening: ScreeningSettings,
    record_id: str,
    phase: Phase,
    viewer: str,
) -> tuple[ScreeningDecision, ...]:
    """The decisions on a record that this person may see, in the order of the log.

    Where two reviewers are blind, one's own always, and all others once both have judged the
    record: so an adjudicator sees both, and whoever might still be the second reviewer neither.
    The engine's only where the settings do not hide it.
    """
    said = state.verdicts.get((record_id, phase), _NOTHING)
    name = person_key(viewer)
    blind = screening.reviewers == 2 and screening.blind
    opened = not blind or said.independent is not None
    return tuple(
        word
        for word in said.words
        if (
            (opened or person_key(word.provenance.actor) == name)
            if word.provenance.by_person
            else not screening.hide_machine
        )
    )


def is_due(
    state: ReviewState,
    screening: ScreeningSettings,
    reviewer: str,
    record_id: str,
    phase: Phase,
) -> bool:
    """Whether a reviewer has still to judge a record (see `due_for`)."""
    fate = state.fate(record_id)
    said = state.verdicts.get((record_id, phase), _NOTHING)
    waiting = fate == ("to_screen" if phase == "title_abstract" else "to_assess")
    if screening.reviewers == 2:
        # A report that one has assessed is the other's to assess, whatever else is known of it.
        begun = phase == "full_text" and len(said.reviewers) == 1 and fate != "duplicate"
        return (waiting or begun) and person_key(reviewer) not in said.reviewers
    by_engine = said.decision is not None and not said.decision.provenance.by_person
    return waiting or (phase == "full_text" and fate == "awaiting" and by_engine)


def _drawn(seed: int, record_id: str) -> str:
    return hashlib.sha256(f"calibration {seed} {record_id}".encode()).hexdigest()
