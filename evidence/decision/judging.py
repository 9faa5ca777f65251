"""Judging the criteria that the numbers decide: the size of effects, their certainty, the balance.

An effect *counts* when its certainty is at least low and its interval excludes no effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from evidence.decision.scales import DONT_KNOW, NO_STUDIES
from evidence.decision.wording import SizesFrom, size_of
from evidence.direction import (
    AT_LEAST_LOW,
    excludes_null,
    favours,
    has_effect,
    wanted,
)
from evidence.findings import Certainty, PooledEffect, SummaryOfFindingsRow
from evidence.synthesis.thresholds import EffectSize, effect_size

Side = Literal["intervention", "comparator"]
Direction = Literal["for", "against", "none"]
_SIZES: tuple[EffectSize, ...] = ("trivial", "small", "moderate", "large")
_CERTAINTIES: tuple[Certainty, ...] = ("very_low", "low", "moderate", "high")


class JudgedEffects(NamedTuple):
    """How substantial the effects in favour of one side are.

    Attributes:
        judgement: On the scale of desirable and undesirable effects.
        decided_by: The rows that decide it; for `trivial`, all that say so.
        untold: The rows that may hold such an effect and do not tell.
    """

    judgement: str
    decided_by: tuple[SummaryOfFindingsRow, ...]
    untold: tuple[SummaryOfFindingsRow, ...]


class JudgedCertainty(NamedTuple):
    """The overall certainty, and the rows it is the lowest of; None where it is not rated."""

    judgement: str | None
    drivers: tuple[SummaryOfFindingsRow, ...]


def counts(row: SummaryOfFindingsRow) -> bool:
    """Whether an effect may decide anything."""
    return (
        row.effect is not None
        and has_effect(row)
        and row.certainty in AT_LEAST_LOW
        and excludes_null(row.effect)
    )


def judge_effects(
    rows: Sequence[SummaryOfFindingsRow], side: Side, thresholds: SizesFrom
) -> JudgedEffects:
    """The largest effect that counts and favours a side.

    Without any such effect it is `trivial` where every row tells that there is at most a trivial
    one, else `don't know`; so it is where an effect that counts has no threshold to size it by.
    """
    told = {row.row_id: _told(row, side, thresholds) for row in rows}
    counted = [row for row in rows if counts(row) and favours(row) == side]
    untold = tuple(row for row in rows if told[row.row_id] is None and row not in counted)
    sizes = [told[row.row_id] for row in counted]
    known = [size for size in sizes if size is not None]
    largest = max(known, key=_SIZES.index, default=None)
    if counted and (None not in sizes or largest == "large"):
        decisive = tuple(row for row in counted if told[row.row_id] == largest)
        return JudgedEffects(largest or DONT_KNOW, decisive, untold)
    if counted:
        unsized = tuple(row for row in counted if told[row.row_id] is None)
        return JudgedEffects(DONT_KNOW, (), (*unsized, *untold))
    if untold or not rows:
        return JudgedEffects(DONT_KNOW, (), untold)
    return JudgedEffects("trivial", tuple(rows), ())


def judge_certainty(
    critical: SummaryOfFindingsRow | None, rows: Sequence[SummaryOfFindingsRow]
) -> JudgedCertainty:
    """The lowest certainty over the outcomes that drive the decision.

    These are the critical outcome and every other whose effect counts (GRADE guidelines 11,
    Guyatt et al., J Clin Epidemiol 2013;66:151-157: the lowest of the critical outcomes).
    """
    if critical is None or (not critical.studies and critical.effect is None):
        return JudgedCertainty(NO_STUDIES, () if critical is None else (critical,))
    others = (row for row in rows if row.row_id != critical.row_id and counts(row))
    drivers = (critical, *others)
    rated = [row.certainty for row in drivers if row.certainty is not None]
    if critical.certainty is None:
        return JudgedCertainty(None, (critical,))
    lowest = min(rated, key=_CERTAINTIES.index)
    return JudgedCertainty(lowest.replace("_", " "), drivers)


def judge_balance(
    direction: Direction, certainty: str | None, desirable: str, undesirable: str
) -> str:
    """Which side the balance favours: as the direction says, `probably` unless all is known.

    Without a direction it is `does not favour either` where both sides are trivial, else
    `don't know`: effects of both kinds are for people to weigh.
    """
    if direction == "none":
        both = desirable == undesirable == "trivial"
        return "does not favour either" if both else DONT_KNOW
    other_side = undesirable if direction == "for" else desirable
    sure = certainty in ("moderate", "high") and other_side == "trivial"
    side = "intervention" if direction == "for" else "comparison"
    return f"favours the {side}" if sure else f"probably favours the {side}"


def is_large(row: SummaryOfFindingsRow, thresholds: SizesFrom) -> bool:
    """Whether the estimate of a row is large."""
    return size_of(row, thresholds) == "large"


def _told(row: SummaryOfFindingsRow, side: Side, thresholds: SizesFrom) -> EffectSize | None:
    """How large an effect in favour of a side a row tells of; None where it does not tell."""
    effect = row.effect
    if effect is None or not has_effect(row) or row.certainty not in AT_LEAST_LOW:
        return None
    better = wanted(row.outcome, effect.measure)
    if better is None:
        return None
    if excludes_null(effect):
        return size_of(row, thresholds) if favours(row) == side else "trivial"
    upper = (better == "more") == (side == "intervention")
    most = effect_size(_at_end(row, effect, upper=upper), thresholds.get(row.outcome))
    return "trivial" if most == "trivial" else None


def _at_end(
    row: SummaryOfFindingsRow, effect: PooledEffect, *, upper: bool
) -> SummaryOfFindingsRow:
    """The row as if one end of its interval were the estimate."""
    end = effect.ci_high if upper else effect.ci_low
    difference = row.difference_high_per_1000 if upper else row.difference_low_per_1000
    return row.model_copy(
        update={
            "effect": effect.model_copy(update={"estimate": end}),
            "difference_per_1000": difference,
        }
    )
