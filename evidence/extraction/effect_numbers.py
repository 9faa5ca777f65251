"""The arms' own numbers beside a printed effect: do they lead to it, or to its inverse?"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from evidence.extraction.effect_cells import RATIOS, Effect
from evidence.extraction.numbers import decimals_of, read_cell
from evidence.extraction.table_contexts import Context
from evidence.extraction.wording import flatten
from evidence.findings import Measure

Sign = Literal[1, 0, -1]
_SIZE = re.compile(r"^\W*(?:n|no\.?|number|missing)\W*$|\bsample size", re.I)
_MEDIAN = re.compile(r"\bmedian|\biqr\b|interquartile|geometric", re.I)


class Verdict(NamedTuple):
    """What the row's own numbers say of a printed effect.

    `sign` is 1 where they agree with first over second, -1 where with the inverse, 0 where they
    tell nothing; `exact` within rounding; `astray` where they lead to another effect. `closer` is
    the direction that they are at least twice as near to, too little to go by in one row alone.
    """

    measure: Measure
    sign: Sign
    exact: bool
    astray: bool
    closer: Sign = 0


class Own(NamedTuple):
    """An arm's own numbers as ranges that rounding allows: its mean, its risk in percent."""

    mean: tuple[float, float] | None
    risks: tuple[tuple[float, float], ...]


def own_numbers(context: Context, wordings: Iterable[str]) -> Own:
    """What an arm's cell prints, as a mean and as a risk; medians are neither."""
    flat = flatten(context.value.cell.text).strip()
    if any(_MEDIAN.search(t) or _SIZE.search(t) for t in wordings):
        return Own(None, ())
    reading = read_cell(flat, context.layout)
    if reading is not None and reading.kind == "count":
        return Own(None, tuple(_risks(context, reading.events, reading.total, flat)))
    number = re.match(r"-?\d+(?:\.\d+)?", flat.replace(",", ""))
    if number is None:
        return Own(None, ())
    half = 0.5 * 10.0 ** -decimals_of(number.group())
    value = float(number.group())
    here = (value - half, value + half)
    if "%" in flat or context.layout in ("percent", "percent_count"):
        return Own(here, (here,))
    fraction = re.match(r"(\d+)\s*/\s*(\d+)", flat)
    if fraction:
        events, total = int(fraction[1]), int(fraction[2])
        return Own(None, tuple(_risks(context, events, total, flat)))
    return Own(here, ())


def _risks(
    context: Context, events: int | None, total: int | None, flat: str
) -> Iterable[tuple[float, float]]:
    """The risk of an arm in percent: its own fraction, else as printed, else by the arm's size."""
    size = context.naming.arm.size
    totals = (total, context.total.number if context.total else None, size.count if size else None)
    known = [100 * events / t for t in totals if t and events is not None and events <= t]
    if events is not None and total:
        return [(known[0], known[0])] if known else []
    beside = "" if context.beside is None else flatten(context.beside.text)
    printed = []
    for text in (flat, beside):
        for m in re.finditer(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s*%?(?=\s*\)|%|$)", text):
            half = 0.5 * 10.0 ** -decimals_of(m[1])
            if float(m[1]) <= 100 and (m[1] != str(events) or "%" in m.group()):
                printed.append((float(m[1]) - half, float(m[1]) + half))
    return printed[:1] or [(k, k) for k in known[:1]]


def judged(
    measures: Sequence[Measure], effect: Effect, pairs: Sequence[tuple[Own, Own]]
) -> Verdict | None:
    """The measure that the row's numbers speak for; None where they are silent on all of them."""
    found = [v for m in measures if (v := _verdict(m, effect, pairs)) is not None]
    for wanted in (
        [v for v in found if v.sign and v.exact],
        [v for v in found if v.sign],
        [v for v in found if v.astray],
    ):
        if wanted:
            return wanted[0] if len({v.measure for v in wanted}) == 1 else None
    return found[0] if found else None


def in_points(effect: Effect, pairs: Sequence[tuple[Own, Own]]) -> bool | None:
    """Whether a risk difference is in percentage points by the arms' own risks; None: not shown."""
    half = 0.5001 * 10.0**-effect.decimals
    fits = {
        scale: any(
            scale * (effect.estimate - half) <= s * high + 1e-9
            and s * low - 1e-9 <= scale * (effect.estimate + half)
            for mine, theirs in pairs for a, b in _crude("RD", mine, theirs)
            for s, low, high in ((1, a, b), (1, -b, -a))
        )
        for scale in (1, 100)
    }  # fmt: skip
    return fits[1] if fits[1] != fits[100] else None


def _verdict(measure: Measure, effect: Effect, pairs: Sequence[tuple[Own, Own]]) -> Verdict | None:
    ranges = [r for mine, theirs in pairs for r in _crude(measure, mine, theirs)]
    if not ranges:
        return None
    ratio = measure in RATIOS
    half = 0.5001 * 10.0**-effect.decimals
    estimates = [effect.estimate]
    if measure == "RD" and not effect.percent:
        estimates.append(100 * effect.estimate)  # 0.05 for five percentage points
    signs: set[Sign] = set()
    for printed in estimates if measure not in ("HR", "SMD") else ():
        room = half * (100 if printed is not effect.estimate and printed != effect.estimate else 1)
        for low, high in ranges:
            if printed - room <= high and low <= printed + room:
                signs.add(1)
            a, b = (1 / high, 1 / low) if ratio else (-high, -low)
            if printed - room <= b and a <= printed + room:
                signs.add(-1)
    if len(signs) == 1:
        return Verdict(measure, signs.pop(), exact=True, astray=False)
    if signs or effect.low is None or effect.high is None:
        return Verdict(measure, 0, exact=False, astray=not signs)
    return _near(measure, effect, ranges)


def _near(measure: Measure, effect: Effect, ranges: Sequence[tuple[float, float]]) -> Verdict:
    """Adjusted effects stray from the crude one, but keep it and not its inverse within limits."""
    assert effect.low is not None and effect.high is not None  # noqa: S101 - the caller has looked
    ratio = measure in RATIOS
    scale = math.log if ratio else float
    null = 0.0
    low, high = scale(effect.low), scale(effect.high)
    signs: set[Sign] = set()
    closer: set[Sign] = set()
    inside = False
    for a, b in ranges:
        crude = scale((a + b) / 2)
        unit = 100.0 if measure == "RD" and not effect.percent and abs(crude) > 1 >= high else 1.0
        crude /= unit
        if measure == "SMD":
            inside = True
            if not low <= null <= high and crude:
                signs.add(1 if (crude > 0) == (low > 0) else -1)
            continue
        apart = [abs(scale(effect.estimate) - s * crude) for s in (1, -1)]
        closer.add(1 if 2 * apart[0] < apart[1] else -1 if 2 * apart[1] < apart[0] else 0)
        forward, inverse = low <= crude <= high, low <= -crude <= high
        inside = inside or forward or inverse
        if forward != inverse:
            signs.add(1 if forward else -1)
    sign: Sign = signs.pop() if len(signs) == 1 else 0
    nearer: Sign = closer.pop() if len(closer) == 1 else 0
    return Verdict(measure, sign, exact=False, astray=not inside, closer=nearer)


def _crude(measure: Measure, mine: Own, theirs: Own) -> list[tuple[float, float]]:
    """The effect that two arms' numbers give, as ranges that their rounding allows."""
    if measure in ("MD", "SMD"):
        if mine.mean is None or theirs.mean is None:
            return []
        return [(mine.mean[0] - theirs.mean[1], mine.mean[1] - theirs.mean[0])]
    found = []
    for a in mine.risks:
        for b in theirs.risks:
            if measure == "RD":
                found.append((a[0] - b[1], a[1] - b[0]))
            elif min(a[0], b[0]) > 0 and max(a[1], b[1]) < 100:
                odds = measure == "OR"
                low = [x / (100 - x) if odds else x for x in (a[0], b[0])]
                high = [x / (100 - x) if odds else x for x in (a[1], b[1])]
                found.append((low[0] / high[1], high[0] / low[1]))
    return found
