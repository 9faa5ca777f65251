"""Results of two engines side by side: where they agree it is noted, where they differ flagged."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from evidence.extraction.time_points import same_time
from evidence.findings import GenericData, values
from evidence.judgements import ExtractedOutcome

MODEL, RULES = "the language model", "the offline rules"


def side_by_side(
    by_model: Sequence[ExtractedOutcome],
    by_rules: Sequence[ExtractedOutcome],
    unread: Collection[str] = (),
) -> tuple[ExtractedOutcome, ...]:
    """The results of both, one where they agree, both and flagged where they differ.

    Of two that agree stays the one with fewer flags, then with more numbers, then the model's: a
    doubt about an arm that the rules do not have is settled so.

    Args:
        by_model: The model's results.
        by_rules: The other engine's.
        unread: The outcomes on which the model gave no answer.
    """
    left = list(by_rules)
    kept: list[ExtractedOutcome] = []
    for outcome in by_model:
        rivals = [other for other in left if _same_result(outcome, other)]
        rival = min(rivals, key=lambda r: len(_differences(outcome, r)), default=None)
        if rival is None:
            kept.append(_noted(outcome, f"{RULES} give no such result"))
            continue
        left.remove(rival)
        apart = _differences(outcome, rival)
        if apart:
            kept += [_flagged(outcome, apart), _flagged(rival, apart)]
        else:
            kept.append(_agreed(outcome, rival))
    for other in left:
        heard = other.outcome not in unread
        said = "gives no such result" if heard else "gave no answer on the outcome"
        kept.append(_noted(other, f"{MODEL} {said}"))
    return tuple(kept)


def _same_result(a: ExtractedOutcome, b: ExtractedOutcome) -> bool:
    """Whether two results are of one outcome, arms, kind and time, and share a number's field."""
    times = (
        a.time_point_days is None
        or b.time_point_days is None
        or same_time(a.time_point_days, b.time_point_days)
    )
    return (
        (a.outcome, a.intervention, a.comparator) == (b.outcome, b.intervention, b.comparator)
        and a.data.kind == b.data.kind
        and _measure(a) == _measure(b)
        and times
        and bool(_common(a, b))
    )


def _measure(outcome: ExtractedOutcome) -> str:
    return outcome.data.measure if isinstance(outcome.data, GenericData) else ""


def _common(a: ExtractedOutcome, b: ExtractedOutcome) -> dict[str, tuple[float, float]]:
    """The fields that both give, with both numbers."""
    theirs = values(b.data)
    pairs = {name: (number, theirs[name]) for name, number in values(a.data).items()}
    return {n: (x, y) for n, (x, y) in pairs.items() if x is not None and y is not None}


def _differences(model: ExtractedOutcome, rules: ExtractedOutcome) -> list[str]:
    return [
        f"{name}: {RULES} read {theirs:g}, {MODEL} {mine:g}"
        for name, (mine, theirs) in _common(model, rules).items()
        if mine != theirs
    ]


def _agreed(model: ExtractedOutcome, rules: ExtractedOutcome) -> ExtractedOutcome:
    def worth(outcome: ExtractedOutcome) -> tuple[int, int, bool]:
        known = sum(value is not None for value in values(outcome.data).values())
        return (len(outcome.flags), -known, outcome is rules)

    best = min((model, rules), key=worth)
    n = len(_common(model, rules))
    other = RULES if best is model else MODEL
    return _noted(best, f"{other} read{'s' if other is MODEL else ''} the same {n} numbers")


def _noted(outcome: ExtractedOutcome, note: str) -> ExtractedOutcome:
    return outcome.model_copy(update={"notes": (*outcome.notes, note)})


def _flagged(outcome: ExtractedOutcome, flags: Sequence[str]) -> ExtractedOutcome:
    return outcome.model_copy(update={"flags": (*outcome.flags, *flags)})
