"""Which arm a printed effect compares with which: by words, by a reference, by the row's numbers.

`A vs B` is A over B, `reference: B` too. Where the arms' own numbers stand in the row, a ratio or
difference of them that agrees with the printed one shows the measure and the direction.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from evidence.extraction.arm_concepts import control_like
from evidence.extraction.arm_labels import bare_role
from evidence.extraction.arm_mentions import Mention, TrialArm, mentions
from evidence.extraction.effect_cells import RATIOS, Effect
from evidence.extraction.numbers import decimals_of, read_cell
from evidence.extraction.outcomes import residual
from evidence.extraction.table_contexts import Context
from evidence.extraction.wording import flatten
from evidence.findings import Measure

_VERSUS = (
    r"(?:\bvs?\b\.?|\bversus\b|\bcompared (?:with|to)|\brelative to|\bover\b|\bminus\b|\bagainst\b"
    r"|\bin comparison (?:with|to)|\bthan\b)"
)
_BEFORE_REFERENCE = re.compile(
    rf"(?:{_VERSUS}|\breference(?: (?:group|category|arm))?(?: is| was)?|\bref\.?)"
    r"[\s:=(\[]*(?:the\s+)?$", re.I,
)  # fmt: skip
_AFTER_REFERENCE = re.compile(
    r"\W*(?:groups?|arms?|patients|participants)?\W*(?:is|was|served|used|=|:)?\s*(?:as\s+)?"
    r"(?:the\s+)?\(?(?:ref\b|reference\b|referent\b)", re.I,
)  # fmt: skip
_EFFECT_OF = re.compile(r"\beffects? of (?:the )?$", re.I)
# `A/B`, `A - B` and `Intervention-Control` compare; read so only where plain reading names one.
_SIGNS = re.compile(r"\s*[/÷]\s*|\s+[-–−‑]\s+|(?<=[a-z])[-–−](?=[A-Z(])|(?<=[A-Z)])[-–−](?=[A-Z])")
_GENERAL = re.compile(
    r"\b(?:intervention|experimental|active|treatment|treated|controls?|placebo|usual care"
    r"|standard care|comparison|comparator)\b(?! (?:effects?|differences?|outcomes?|period|week"
    r"|phase|interaction))", re.I,
)  # fmt: skip
_CONTROL_NAMES = ("control group", "control arm", "control condition", "placebo group")
_MEDIAN = re.compile(r"\bmedian|\biqr\b|interquartile|geometric", re.I)

OTHERS: Literal["others"] = "others"
# What stands beside `vs` without naming an arm.
_SAYS_NOTHING = re.compile(
    r"\b(?:difference|ratio|odd|hazard|risk|relative|rate|mean|adjusted|unadjusted|crude|effect"
    r"|size|estimate|standardi[sz]ed|cohen|hedge|least|square|change|absolute|group|arm)'?s?\b"
    r"|(?-i:\b(?:I?RR|[a-c]?OR|[a-c]?HR|MD|SMD|RD|LS|CI|ANCOVA|OLS|ITT|PP)[a-d]?\b)", re.I,
)  # fmt: skip
_COMPARED = re.compile(r"(?:\bvs?\b\.?|\bversus\b|\bminus\b)", re.I)

Sign = Literal[1, 0, -1]


class Order(NamedTuple):
    """The arm that is compared and the one that it is compared with; `said` where words say so."""

    first: TrialArm
    second: TrialArm
    said: bool


class Verdict(NamedTuple):
    """What the row's own numbers say of a printed effect.

    `sign` is 1 where they agree with first over second, -1 where with the inverse, 0 where they
    tell nothing; `exact` within rounding; `astray` where they lead to another effect.
    """

    measure: Measure
    sign: Sign
    exact: bool
    astray: bool


class Own(NamedTuple):
    """An arm's own numbers as ranges that rounding allows: its mean, its risk in percent."""

    mean: tuple[float, float] | None
    risks: tuple[tuple[float, float], ...]


def order_in(
    text: str, arms: tuple[TrialArm, ...], n_arms: int
) -> Order | TrialArm | Literal["others"] | None:
    """The comparison that a wording names; an arm alone where it names only that one.

    `others` where a side of it is none of the arms. None also where three arms are named: which
    two are compared is open then.
    """
    named = _named(text, arms)
    if len(named) < 2:
        named = _named(text := _SIGNS.sub(" versus ", text), arms)
    flat = flatten(text)
    if _versus_another(text, arms, named):
        return OTHERS
    distinct = list({id(m.arm): m.arm for m in named}.values())
    if not named or len(distinct) > 2:
        return None
    second = next((m.arm for m in named if _is_reference(flat, m)), None)
    if len(distinct) == 2:
        if second is None:
            return Order(distinct[0], distinct[1], said=False)
        first = next(a for a in distinct if a is not second)
        return Order(first, second, said=True)
    if n_arms == 2 and len(arms) == 2:
        other = next(a for a in arms if a is not distinct[0])
        if second is not None:
            return Order(other, second, said=True)
        if any(_EFFECT_OF.search(flat[: m.start]) for m in named):
            return Order(distinct[0], other, said=True)
    return distinct[0]


def _versus_another(text: str, arms: tuple[TrialArm, ...], named: list[Mention]) -> bool:
    """Whether `X vs A` has a side in words that are none of the arms."""
    found = _COMPARED.search(flatten(text))
    if found is None or len({id(m.arm) for m in named}) > 1:
        return False
    sides = ((0, found.start()), (found.end(), len(text)))
    return any(
        not any(low <= m.start < high for m in named)
        and residual(_SAYS_NOTHING.sub(" ", flatten(text[low:high]).split("|")[0 if low else -1]))
        for low, high in sides
    )


def _is_reference(flat: str, mention: Mention) -> bool:
    before, after = flat[: mention.start], flat[mention.end :]
    return bool(_BEFORE_REFERENCE.search(before) or _AFTER_REFERENCE.match(after))


def _named(text: str, arms: tuple[TrialArm, ...]) -> list[Mention]:
    """The arms in order of their place, general words included where they name one arm each."""
    found = mentions(text, arms)
    control = _control(arms)
    if control is not None:
        for m in _GENERAL.finditer(flatten(text)):
            if not any(k.start < m.end() and m.start() < k.end for k in found):
                word = m.group().lower()
                role = bare_role(word) or ("intervention" if word[:5] == "treat" else "comparator")
                other = next(a for a in arms if a is not control)
                found.append(Mention(control if role == "comparator" else other, *m.span()))
    if len({id(m.arm) for m in found}) < 2:  # `treatment` alone names no arm
        found = [m for m in found if not text[m.start : m.end].lower().startswith("treat")]
    return sorted(found, key=lambda m: m.start)


def without_arms(text: str, arms: tuple[TrialArm, ...]) -> str:
    """A wording without the names of arms."""
    for mention in reversed(_named(text, arms)):
        text = f"{text[: mention.start]} {text[mention.end :]}"
    return text


def _control(arms: tuple[TrialArm, ...]) -> TrialArm | None:
    """Of two arms the one that the article calls its control; a question may swap them."""
    if len(arms) != 2:
        return None
    named = [a for a in arms if set(a.names) & set(_CONTROL_NAMES)]
    like = [a for a in arms if any(control_like(n) for n in (a.name, *a.headings))]
    for found in (named, like):
        if len(found) == 1:
            return found[0]
    return None


def own_numbers(context: Context, wordings: Iterable[str]) -> Own:
    """What an arm's cell prints, as a mean and as a risk; medians are neither."""
    flat = flatten(context.value.cell.text).strip()
    if any(_MEDIAN.search(t) for t in wordings):
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
    sizes = [total, context.total.number if context.total else None]
    sizes += [s.count for s in context.naming.arm.sizes]
    for size in dict.fromkeys(s for s in sizes if s):
        if events is not None and events <= size:
            yield 100 * events / size, 100 * events / size
    beside = "" if context.beside is None else flatten(context.beside.text)
    for text in (flat, beside):
        for m in re.finditer(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s*%?(?=\s*\)|%|$)", text):
            half = 0.5 * 10.0 ** -decimals_of(m[1])
            if float(m[1]) <= 100 and (m[1] != str(events) or "%" in m.group()):
                yield float(m[1]) - half, float(m[1]) + half


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
        forward, inverse = low <= crude <= high, low <= -crude <= high
        inside = inside or forward or inverse
        if forward != inverse:
            signs.add(1 if forward else -1)
    sign: Sign = signs.pop() if len(signs) == 1 else 0
    return Verdict(measure, sign, exact=False, astray=not inside)


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
