"""From the numbers that stand for one arm to its result: totals taken, the rest derived by code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from evidence.extraction.arm_labels import header_n
from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.arm_results import (
    ArmResult,
    Count,
    Printed,
    Value,
    count_result,
    percent_result,
    summary_result,
)
from evidence.extraction.by_model.claims import Claim
from evidence.extraction.derivations import Quantiles
from evidence.extraction.numbers import Reading
from evidence.extraction.wording import Span

COUNTED = frozenset(("events", "percent"))
MEASURED = frozenset(
    ("mean", "sd", "se", "ci_low", "ci_high", "median", "q1", "q3", "minimum", "maximum")
)


def counted(claims: Mapping[str, Claim], arm: TrialArm) -> ArmResult:
    """Events and total of one arm; the total is the one claimed, else that of the cell's heads."""
    events, percent = claims.get("events"), claims.get("percent")
    total = _count(claims.get("total") or claims.get("n")) or _head_count(events or percent)
    doubts = _doubts(claims.values())
    if events is not None:
        reading = Reading(
            "count",
            events=int(events.number),
            percent=percent.number if percent is not None else None,
            decimals=percent.decimals if percent is not None else 0,
        )
        result = count_result(reading, events.span, total, arm)
        if result is None and total is not None:
            said = f"{events.number:g} events among {total.number}: both are left out"
            return ArmResult({}, (*doubts, said))
        return _doubted(result or ArmResult({}), doubts)
    if percent is not None:
        result = percent_result(percent.number, percent.decimals, percent.span, total)
        if result is None:
            said = f"only {percent.number:g}% is printed: no count of events follows from it"
            return ArmResult({}, (*doubts, said))
        return _doubted(result, doubts)
    values = {"total": Value(total.number, (total.span,))} if total is not None else {}
    return ArmResult(values, doubts)


def measured(claims: Mapping[str, Claim]) -> ArmResult:
    """Mean, SD and n of one arm, from whatever of them is printed."""
    n = _count(claims.get("n") or claims.get("total"))
    first = next((claims[what] for what in ("mean", "median") if what in claims), None)
    n = n or _head_count(first)
    printed = Printed(
        mean=_number(claims, "mean"),
        sd=_number(claims, "sd"),
        se=_number(claims, "se"),
        ci=_pair(claims, "ci_low", "ci_high"),
        quantiles=_quantiles(claims),
    )
    spans = tuple(dict.fromkeys(c.span for w, c in claims.items() if w in MEASURED))
    result = summary_result(printed, spans, n)
    # What is printed is quoted from its own place, not from those of the arm's other numbers.
    values = {name: replace_spans(value, claims.get(name)) for name, value in result.values.items()}
    return _doubted(replace(result, values=values), _doubts(claims.values()))


def replace_spans(value: Value, claim: Claim | None) -> Value:
    """A printed value with the place of its own claim."""
    if value.derivation is not None or claim is None:
        return value
    return value._replace(spans=(claim.span,))


def _count(claim: Claim | None) -> Count | None:
    if claim is None or claim.number < 1:
        return None
    return Count(int(claim.number), claim.span)


def _head_count(claim: Claim | None) -> Count | None:
    """The `(n = 73)` in a number's cell, else above it in its column, else beside it.

    The nearest counts: a table may have a second head, or a row of numbers, further down.
    """
    if claim is None or claim.value is None or claim.table is None:
        return None
    cell = claim.value.cell
    above = [
        c for c in claim.table.cells
        if c.row <= cell.row and c.column <= cell.column < c.column + c.column_span
    ]  # fmt: skip
    above.sort(key=lambda c: -c.row)
    beside = (*reversed(claim.value.labels), *reversed(claim.value.headings))
    for found in (*above, *beside):
        count = header_n(found.text)
        if count:
            return Count(count, Span(found.start, found.end))
    return None


def _number(claims: Mapping[str, Claim], what: str) -> float | None:
    return claims[what].number if what in claims else None


def _pair(claims: Mapping[str, Claim], low: str, high: str) -> tuple[float, float] | None:
    if low not in claims or high not in claims:
        return None
    return claims[low].number, claims[high].number


def _quantiles(claims: Mapping[str, Claim]) -> Quantiles | None:
    median = _number(claims, "median")
    if median is None:
        return None
    q1, q3, minimum, maximum = (
        _number(claims, what) for what in ("q1", "q3", "minimum", "maximum")
    )
    return Quantiles(median, q1=q1, q3=q3, minimum=minimum, maximum=maximum)


def _doubts(claims: Iterable[Claim]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(doubt for claim in claims for doubt in claim.doubts))


def _doubted(result: ArmResult, doubts: tuple[str, ...]) -> ArmResult:
    return replace(result, flags=(*doubts, *result.flags))
