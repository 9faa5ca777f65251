"""Numbers of one arm on their way from the page: what is printed, and what is derived from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.derivations import (
    Derived,
    Quantiles,
    events_from_percent,
    mean_from_quantiles,
    sd_from_interval,
    sd_from_quantiles,
    sd_from_se,
    skewness,
)
from evidence.extraction.numbers import Reading, percent_agrees
from evidence.extraction.wording import Span


class Value(NamedTuple):
    """A number with the places it was read from; `derivation` when it was computed."""

    number: float
    spans: tuple[Span, ...]
    derivation: str | None = None


class Count(NamedTuple):
    """A number of participants and where it stands."""

    number: int
    span: Span


@dataclass(frozen=True)
class ArmResult:
    """What a report prints for one arm: `values` by field without the arm's role."""

    values: dict[str, Value]
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Printed(NamedTuple):
    """What a report prints of a measured outcome for one arm, before anything is derived.

    `unnamed` is a number behind the mean of which the report does not say what it is.
    """

    mean: float | None = None
    sd: float | None = None
    se: float | None = None
    ci: tuple[float, float] | None = None
    ci_level: float = 95
    quantiles: Quantiles | None = None
    unnamed: float | None = None


def count_result(
    reading: Reading,
    span: Span,
    printed_total: Count | None,
    arm: TrialArm,
    beside: tuple[Reading, ...] = (),
) -> ArmResult | None:
    """Events and total of one arm, or None when the numbers contradict each other.

    The total is the cell's own, else that of the heading, else the arm's size, which needs the
    printed percentage to agree with it. `beside` are the arm's other counts in the table: the
    size with which most of them agree is the table's.
    """
    assert reading.events is not None  # noqa: S101 - a reading of a count has events
    values = {"events": Value(reading.events, (span,))}
    if reading.total is not None:
        return ArmResult(values | {"total": Value(reading.total, (span,))})
    if printed_total is not None:
        if reading.events > printed_total.number:
            return None
        if _agrees(reading, printed_total.number):
            total = Value(printed_total.number, (printed_total.span,))
            return ArmResult(values | {"total": total})
        flag = (
            f"{reading.events} of {printed_total.number} is not the printed {reading.percent:g}%: "
            "the total is left out"
        )
        return ArmResult(values, (flag,))
    size = _size_that_agrees(reading, arm, beside)
    if size is None:
        if reading.percent is None:
            return ArmResult(values)
        flag = f"no printed total agrees with {reading.events} ({reading.percent:g}%)"
        return ArmResult(values, (flag,))
    words = (
        f"size of the arm {arm.name}; {reading.events}/{size.number} = "
        f"{100 * reading.events / size.number:.{max(reading.decimals, 1)}f}% agrees with the "
        f"printed {reading.percent:.{reading.decimals}f}%"
    )
    return ArmResult(values | {"total": Value(size.number, (span, size.span), words)})


def _agrees(reading: Reading, total: int) -> bool:
    if reading.percent is None or reading.events is None:
        return True
    return percent_agrees(reading.events, total, reading.percent, reading.decimals)


def _size_that_agrees(reading: Reading, arm: TrialArm, beside: tuple[Reading, ...]) -> Count | None:
    """The arm's size if the percentage agrees, else the only other printed size that does."""
    if reading.percent is None or not reading.events or arm.size is None:
        return None
    sizes = {s.count: s for s in (*arm.sizes, arm.size)}
    counted = [r for r in beside if r.events and r.percent is not None]
    agreeing = {n: sum(_agrees(r, n) for r in counted) for n in sizes}
    fitting = {
        n: s for n, s in sizes.items()
        if reading.events <= n and _agrees(reading, n) and agreeing[n] == max(agreeing.values())
    }  # fmt: skip
    size = fitting.get(arm.size.count)
    if size is None and len(fitting) == 1:
        size = next(iter(fitting.values()))
    return Count(size.count, Span(size.start, size.end)) if size else None


def complement_of(result: ArmResult, name: str) -> ArmResult | None:
    """Events of those without `name`: total minus events; None without a total."""
    if "total" not in result.values:
        return None
    events, total = result.values["events"], result.values["total"]
    words = f"{total.number:g} - {events.number:g}: participants without {name!r}"
    if total.derivation:
        words += f"; {total.derivation}"
    derived = Value(total.number - events.number, (*events.spans, *total.spans), words)
    return replace(result, values={"events": derived, "total": total})


def percent_result(
    percent: float, decimals: int, span: Span, total: Count | None
) -> ArmResult | None:
    """Events of an arm of which only the percentage is printed, where one count alone fits it."""
    if total is None:
        return None
    events = events_from_percent(percent, decimals, total.number)
    if events is None:
        return None
    counted = Value(events.value, (span, total.span), events.words)
    return ArmResult({"events": counted, "total": Value(total.number, (total.span,))})


def printed_mean(reading: Reading) -> Printed:
    """A reading of a mean as what is printed: what follows it is an SD, an SE or unnamed."""
    return Printed(
        mean=reading.mean,
        sd=reading.sd if reading.spread == "SD" else None,
        se=reading.sd if reading.spread == "SE" else None,
        unnamed=reading.sd if reading.spread is None else None,
    )


def summary_result(
    printed: Printed, spans: tuple[Span, ...], n: Count | None, *, medians: bool = True
) -> ArmResult:
    """Mean, SD and n of one arm from whatever is printed; what is computed says how.

    What is printed always goes before what is derived. A median becomes a mean only where no mean
    is printed, `medians` allows it and the quantiles are not skewed (Handbook 6.5.2.5); where the
    mean is under two of the SDs derived so, a person has to look (Handbook 10.5.3).

    Args:
        printed: The numbers as printed.
        spans: Where they stand.
        n: Participants analysed, if they are known.
        medians: Whether medians may be turned into means.
    """
    values: dict[str, Value] = {}
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    if printed.mean is not None:
        values["mean"] = Value(printed.mean, spans)
        sd, flags = _sd(printed, spans, n)
        if sd is not None:
            values["sd"] = sd
    elif printed.quantiles is not None:
        derived, flags, notes = _from_median(printed.quantiles, spans, n, medians=medians)
        values |= derived
    if n is not None:
        values["n"] = Value(n.number, (n.span,))
    return ArmResult(values, flags, notes)


def _sd(
    printed: Printed, spans: tuple[Span, ...], n: Count | None
) -> tuple[Value | None, tuple[str, ...]]:
    """The SD beside a printed mean: printed, from an SE, or from a symmetric interval."""
    if printed.sd is not None:
        return Value(printed.sd, spans), ()
    derived: Derived | None = None
    if printed.se is not None and n is not None:
        derived = sd_from_se(printed.se, n.number)
    elif printed.ci is not None and printed.mean is not None:
        if not is_symmetric(printed.mean, *printed.ci):
            low, high = printed.ci
            flag = f"the interval {low:g} to {high:g} is not symmetric about {printed.mean:g}"
            return None, (f"{flag}: no SD is derived from it",)
        if n is not None:
            derived = sd_from_interval(*printed.ci, n.number, printed.ci_level)
    if derived is not None and n is not None:
        return _value(derived, (*spans, n.span)), ()
    if printed.unnamed is not None:
        return None, (f"the report does not say whether {printed.unnamed:g} is an SD or an SE",)
    return None, ()


def _from_median(
    quantiles: Quantiles, spans: tuple[Span, ...], n: Count | None, *, medians: bool
) -> tuple[dict[str, Value], tuple[str, ...], tuple[str, ...]]:
    """Mean and SD from a median, with flags and notes; nothing where the data look skewed."""
    if n is None:
        return {}, (f"{quantiles}: no mean is derived without the number analysed",), ()
    skewed = skewness(quantiles, n.number)
    if skewed is not None or not medians:
        return {}, (skewed or f"{quantiles}: medians are not turned into means here",), ()
    mean, sd = (f(quantiles, n.number) for f in (mean_from_quantiles, sd_from_quantiles))
    if mean is None or sd is None:
        return {}, (f"{quantiles} among {n.number}: no mean can be derived",), ()
    places = (*spans, n.span)
    flags: tuple[str, ...] = ()
    lowest = min(x for x in (quantiles.minimum, quantiles.q1, quantiles.median) if x is not None)
    if lowest >= 0 and mean.value < 2 * sd.value:
        flags = (
            f"the mean {mean.value:.4g} derived from {quantiles} is under two SDs "
            f"({sd.value:.4g}): the data may be skewed",
        )
    values = {"mean": _value(mean, places), "sd": _value(sd, places)}
    return values, flags, ("mean and SD are derived from a median",)


def is_symmetric(estimate: float, low: float, high: float) -> bool:
    """Whether an interval holds its estimate near the middle: within a tenth of its width."""
    return low <= estimate <= high and abs(low + high - 2 * estimate) <= 0.1 * (high - low)


def _value(derived: Derived, spans: tuple[Span, ...]) -> Value:
    """A derived number at six digits: what is behind them no report supports."""
    return Value(float(f"{derived.value:.6g}"), spans, derived.words)


def joined(intervention: ArmResult, comparator: ArmResult) -> dict[str, Value]:
    """Both arms' values under the names of the data's fields."""
    return {
        f"{name}_{role}": value
        for role, result in (("intervention", intervention), ("comparator", comparator))
        for name, value in result.values.items()
    }
