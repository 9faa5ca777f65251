"""Which of a study's results enters a synthesis: one rule, fixed before anyone looks at numbers.

A report gives an outcome at several times, for several populations and in several ways; a
synthesis takes one result a study (Cochrane Handbook 6.4, chapter 6.2.4 and 9.3). In order:

1. A person's result goes before an engine's.
2. A result that an engine flagged waits for a person; it is listed, not pooled. What is only
   proposed (`evidence.extraction.proposals`) comes last.
3. Complete numbers go before partial ones.
4. If the outcome names a time, only results at that time (within a tenth) count. Where no result
   says its time, the result is shown with a flag: a person has to see when it was.
5. Counts or means go before effects that the report had already computed.
6. If the outcome names no time, the end of treatment goes first where a result is worded so
   (post-test, end of treatment, at discharge), else the longest follow-up: what review authors
   fix in advance most often. An outcome `at follow-up` asks for the longest. A note on the
   result names the other times that the report gives.
7. All who were randomised (ITT) go before those whose population is not said, these before
   those treated per protocol.
8. Printed numbers go before derived ones, and adjusted effects before those called unadjusted.
9. The comparator that the question names first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from evidence.extraction.effect_cells import ADJUSTMENT_NOTES
from evidence.extraction.proposals import is_proposal
from evidence.extraction.time_points import asked_days, precedence
from evidence.findings import StudyResult, is_complete
from evidence.grounding import normalised
from evidence.judgements import ExtractedOutcome
from evidence.question import concept_terms
from indexers.records import Quote

TIME_TOLERANCE = 0.1
NOT_AT_ITS_TIME = "not at the time that the outcome names"
_WHY_NOT = (
    "a person's result goes first",
    "a result without a doubt goes first",
    "complete numbers go first",
    "counts or means go before computed effects",
    "the end of treatment goes first",
    "the longest follow-up goes first",
    "all who were randomised go first",
    "printed numbers go before derived ones",
    "adjusted effects go before unadjusted ones",
    "the comparator that the question names first goes first",
    "the result that the report gives first goes first",
    "the result that the report gives first goes first",
)
"""Why a result is passed over, a line a part of `_preference`."""
_ITT = re.compile(r"\b(m?itt|intent(ion)?[- ]to[- ]treat|all randomi[sz]ed)\b", re.IGNORECASE)
_PER_PROTOCOL = re.compile(r"\b(pp|per[- ]protocol|evaluable|completers?)\b", re.IGNORECASE)


def select_result(
    outcome: str, comparator: str, candidates: Sequence[ExtractedOutcome], study: str
) -> StudyResult | None:
    """The one result of a study for an outcome of the question; None when it reports none.

    Args:
        outcome: The outcome as the question words it, its time point included.
        comparator: The question's comparator; its order settles which of several arms counts.
        candidates: Results of this study for this outcome.
        study: The study's short name.
    """
    best = preferred_result(outcome, comparator, candidates)
    if best is None:
        return None
    waiting = "; ".join(best.flags) if best.flags and not best.provenance.by_person else ""
    return StudyResult(
        record_id=best.record_id,
        study=study,
        data=best.data,
        comparator=best.comparator,
        time_point=best.time_point,
        derived=_is_derived(best),
        quotes=_distinct(quote for item in best.evidence for quote in item.quotes),
        note=f"not pooled until a person has looked: {waiting}" if waiting else "",
        notes=best.notes,
    )


def preferred_result(
    outcome: str, comparator: str, candidates: Sequence[ExtractedOutcome]
) -> ExtractedOutcome | None:
    """The candidate that the rule puts first; None when none is at the outcome's time."""
    at_time = [c for c in _at_its_time(outcome, candidates) if c is not None]
    best = min(at_time, key=lambda c: _preference(outcome, comparator, c), default=None)
    if best is None or asked_days(outcome) is not None:
        return best
    return _with_other_times(best, at_time)


def passed_over(outcome: str, comparator: str, candidates: Sequence[ExtractedOutcome]) -> list[str]:
    """Why `preferred_result` does not take a candidate, by candidate; empty for the one it takes.

    Arguments are those of `preferred_result`.
    """
    at_time = _at_its_time(outcome, candidates)
    sorts_as = [None if c is None else _preference(outcome, comparator, c) for c in at_time]
    first = min((key for key in sorts_as if key is not None), default=())
    taken = sorts_as.index(first) if first else -1
    return [
        "" if place == taken
        else NOT_AT_ITS_TIME if key is None
        else next(
            (why for why, a, b in zip(_WHY_NOT, first, key, strict=True) if a != b),
            "the same result again",
        )
        for place, key in enumerate(sorts_as)
    ]  # fmt: skip


def _at_its_time(
    outcome: str, candidates: Sequence[ExtractedOutcome]
) -> list[ExtractedOutcome | None]:
    """The candidates at the outcome's time, flagged where no result says its time; else None."""
    wanted = asked_days(outcome)
    found = [c if wanted is None or _is_at(c, wanted) else None for c in candidates]
    if any(found) or any(c.time_point_days is not None for c in candidates):
        return found
    flag = f"the report does not say that this is the result of {outcome!r} at its time"
    return [_with_flag(c, flag) for c in candidates]


def _is_at(candidate: ExtractedOutcome, wanted: float) -> bool:
    """Whether a result is at a time in days."""
    found = candidate.time_point_days
    return found is not None and abs(found - wanted) <= TIME_TOLERANCE * wanted


def _with_flag(candidate: ExtractedOutcome, flag: str) -> ExtractedOutcome:
    if candidate.provenance.by_person:
        return candidate
    flags = tuple(dict.fromkeys((*candidate.flags, flag)))
    return candidate.model_copy(update={"flags": flags})


def _with_other_times(
    best: ExtractedOutcome, candidates: Sequence[ExtractedOutcome]
) -> ExtractedOutcome:
    """The result with a note on the other times at which the report gives the outcome."""
    others = sorted(
        {
            (c.time_point_days or 0.0, c.time_point) for c in candidates
            if c.time_point and c.data.kind == best.data.kind
            and (c.time_point_days, c.time_point) != (best.time_point_days, best.time_point)
            and (c.time_point_days is None or c.time_point_days != best.time_point_days)
        }
    )  # fmt: skip
    if not others:
        return best
    note = f"the report gives this outcome at other times, too: {', '.join(t for _, t in others)}"
    return best.model_copy(update={"notes": (*best.notes, note)})


def _preference(outcome: str, comparator: str, candidate: ExtractedOutcome) -> tuple[object, ...]:
    """Sorts the result to take first; the last parts only make the order total."""
    population = candidate.analysis_population or ""
    return (
        not candidate.provenance.by_person,
        (bool(candidate.flags) + is_proposal(candidate)) * (not candidate.provenance.by_person),
        not is_complete(candidate.data),
        candidate.data.kind == "generic",
        *precedence(outcome, candidate.time_point, candidate.time_point_days),
        1 + bool(_PER_PROTOCOL.search(population)) - bool(_ITT.search(population)),
        _is_derived(candidate),
        not set(ADJUSTMENT_NOTES["unadjusted"]).isdisjoint(candidate.notes),
        _place_in_question(comparator, candidate.comparator),
        min(quote.start for item in candidate.evidence for quote in item.quotes),
        candidate.reported_as,
    )


def _is_derived(candidate: ExtractedOutcome) -> bool:
    """Whether a result itself was computed; an arm's size taken as its total is not."""
    return any(
        e.derivation and not e.field.startswith(("total_", "n_")) for e in candidate.evidence
    )


def _place_in_question(comparator: str, arm: str) -> int:
    """Where the question names an arm; arms that it does not name come last."""
    terms = [normalised(term).casefold() for term in concept_terms(comparator)]
    name = normalised(arm).casefold()
    return next((i for i, t in enumerate(terms) if t in name or name in t), len(terms))


def _distinct(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    return tuple(dict.fromkeys(quotes))
