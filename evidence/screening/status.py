"""Where screening stands: counts, who did what, what waits for whom, and what to do next."""

from __future__ import annotations

from collections import Counter
from typing import Literal, get_args

from evidence.config import ScreeningSettings
from evidence.judgements import Phase
from evidence.prisma import PrismaCounts, count
from evidence.screening.reviewing import conflicts, half_judged
from evidence.screening.stopping_status import StoppingStatus, stopping_status
from evidence.screening.verdicts import person_key
from evidence.state import ReviewState
from indexers.records import Frozen


class PersonsWork(Frozen):
    """What one person did in a phase: records reviewed and adjudicated, words that do not count."""

    name: str
    phase: Phase
    reviewed: int
    adjudicated: int
    uncounted: int


class UncountedWord(Frozen):
    """A person's decision that does not count, and why."""

    record_id: str
    phase: Phase
    name: str
    why: str


class ScreeningStatus(Frozen):
    """Where screening stands; of reviewers it tells how much they did, never which verdicts.

    Attributes:
        conflicts: Open conflicts by phase.
        reasons_differ: Full texts that two reviewers exclude for different reasons.
        half_judged: Records that wait for the second reviewer, by phase.
        proposals: The engine's verdicts by phase.
        next_step: What to do next, in words.
    """

    decided_by: Literal["machine", "people"]
    counts: PrismaCounts
    work: tuple[PersonsWork, ...]
    conflicts: dict[Phase, int]
    reasons_differ: int
    half_judged: dict[Phase, int]
    proposals: dict[Phase, int]
    uncounted: tuple[UncountedWord, ...]
    stopping: StoppingStatus
    next_step: str


def screening_status(state: ReviewState, screening: ScreeningSettings) -> ScreeningStatus:
    """Where screening stands after the log that `state` was folded from."""
    counts = count(state)
    proposals = Counter(phase for _, phase in state.machine_decisions)
    differing = [c for c in conflicts(state, "full_text") if c.about == "reason"]
    waiting = (
        {phase: len(half_judged(state, phase)) for phase in get_args(Phase)}
        if screening.reviewers == 2
        else {}
    )
    stopping = stopping_status(state, screening)
    return ScreeningStatus(
        decided_by=screening.decided_by,
        counts=counts,
        work=_work(state),
        conflicts={
            "title_abstract": counts.conflicts_title_abstract,
            "full_text": counts.conflicts_full_text,
        },
        reasons_differ=len(differing),
        half_judged=waiting,
        proposals={phase: proposals[phase] for phase in get_args(Phase)},
        uncounted=_uncounted(state),
        stopping=stopping,
        next_step=_next_step(state, screening, counts, stopping),
    )


def _work(state: ReviewState) -> tuple[PersonsWork, ...]:
    """Each person's work by phase, in the order of their first word in the phase."""
    work = []
    for phase in get_args(Phase):
        names: dict[str, str] = {}
        done: Counter[tuple[str, str]] = Counter()
        for (_, of), said in state.verdicts.items():
            if of != phase:
                continue
            for word in said.words:
                if word.provenance.by_person:
                    names.setdefault(person_key(word.provenance.actor), word.provenance.actor)
            done.update((name, "reviewed") for name in said.reviewers)
            if said.adjudication is not None:
                done[person_key(said.adjudication.provenance.actor), "adjudicated"] += 1
            for lost in said.uncounted:
                done[person_key(lost.decision.provenance.actor), "uncounted"] += 1
        work += [
            PersonsWork(
                name=name,
                phase=phase,
                reviewed=done[key, "reviewed"],
                adjudicated=done[key, "adjudicated"],
                uncounted=done[key, "uncounted"],
            )
            for key, name in names.items()
        ]
    return tuple(work)


def _uncounted(state: ReviewState) -> tuple[UncountedWord, ...]:
    return tuple(
        UncountedWord(
            record_id=record_id, phase=phase, name=lost.decision.provenance.actor, why=lost.why
        )
        for (record_id, phase), said in state.verdicts.items()
        for lost in said.uncounted
    )


def _stopping_step(stopping: StoppingStatus) -> str:
    """What there is to do towards a certificate; empty when it is to screen on by priority."""
    sample = stopping.sample
    if sample is not None and sample.fate == "open":
        left = sample.n_sampled - sample.n_judged
        return f"screen the {left:,} records that the stopping sample lacks; `next` has them first"
    certifies = sample is not None and sample.fate == "certifies"
    needs_none = stopping.advice.begin and not stopping.advice.n_needed
    if certifies or needs_none:
        first = f"{stopping.in_the_way}; then " if stopping.in_the_way else ""
        return f"{first}stop with `evidence screening stop`"
    if stopping.advice.begin:
        n, rest = stopping.advice.n_needed, stopping.n_unscreened
        return f"draw a sample with `evidence screening sample` ({n:,} of {rest:,} unscreened)"
    return ""


def _next_step(
    state: ReviewState,
    screening: ScreeningSettings,
    counts: PrismaCounts,
    stopping: StoppingStatus,
) -> str:
    """The first thing that holds the review up."""
    if not counts.identified:
        return "search: no record is identified yet"
    if counts.to_screen:
        by_people = screening.decided_by == "people"
        return (_stopping_step(stopping) if by_people else "") or (
            f"screen titles and abstracts ({counts.to_screen:,} left)"
        )
    if counts.conflicts_title_abstract:
        return f"settle conflicts on title and abstract ({counts.conflicts_title_abstract:,} left)"
    if state.with_fate("to_retrieve"):
        return "fetch the full texts of what was not excluded"
    to_assess = len(state.with_fate("to_assess"))
    if to_assess:
        return f"assess full texts ({to_assess:,} left)"
    if counts.conflicts_full_text:
        return f"settle conflicts on full text ({counts.conflicts_full_text:,} left)"
    if counts.awaiting:
        return f"decide on reports that were left unclear ({counts.awaiting:,} left)"
    return "screening is done"
