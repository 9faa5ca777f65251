"""A result on its way from the page to the log: values with their places, then one judgement."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from evidence.extraction.arms import TrialArm
from evidence.extraction.numbers import Reading, percent_agrees
from evidence.extraction.outcomes import OutcomeConcept
from evidence.extraction.time_points import same_time
from evidence.extraction.wording import Span
from evidence.findings import (
    ContinuousData,
    DichotomousData,
    GenericData,
    Measure,
    is_complete,
)
from evidence.judgements import ExtractedOutcome, Provenance, ValueEvidence
from indexers.records import Document


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


@dataclass(frozen=True)
class Finding:
    """A result of the report for one outcome and one pair of arms.

    `exact` when the report's wording is the question's; `length` counts the words of the name that
    was matched; `qualifier` says what tells the result from others of the outcome (a method).
    """

    concept: OutcomeConcept
    reported_as: str
    intervention: TrialArm
    comparator: TrialArm
    kind: Literal["dichotomous", "continuous", "generic"]
    values: dict[str, Value]
    start: int
    exact: bool
    time_text: str | None = None
    days: float | None = None
    population: str | None = None
    qualifier: str = ""
    measure: Measure = "RD"
    length: int = 0
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


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


def mean_result(reading: Reading, span: Span, n: Count | None) -> ArmResult:
    """Mean, SD and n of one arm; a standard error becomes an SD by SE times the root of n."""
    assert reading.mean is not None  # noqa: S101 - a reading of a mean has a mean
    values = {"mean": Value(reading.mean, (span,))}
    flags: tuple[str, ...] = ()
    if n is not None:
        values["n"] = Value(n.number, (n.span,))
    if reading.sd is not None and reading.spread == "SD":
        values["sd"] = Value(reading.sd, (span,))
    elif reading.sd is not None and reading.spread == "SE" and n is not None:
        words = f"SE {reading.sd:g} times the square root of n = {n.number}"
        sd = float(f"{reading.sd * math.sqrt(n.number):.6g}")
        values["sd"] = Value(sd, (span, n.span), words)
    elif reading.sd is not None and reading.spread is None:
        flags = (f"the report does not say whether {reading.sd:g} is an SD or an SE",)
    return ArmResult(values, flags)


def joined(intervention: ArmResult, comparator: ArmResult) -> dict[str, Value]:
    """Both arms' values under the names of the data's fields."""
    return {
        f"{name}_{role}": value
        for role, result in (("intervention", intervention), ("comparator", comparator))
        for name, value in result.values.items()
    }


def settle(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per result: repeats go, contradictions stay and are flagged.

    A finding in other words than the question's gives way to one in the question's words for the
    same outcome, arms and kind of data.
    """
    ordered = sorted(findings, key=lambda f: (not f.exact, -len(f.values), bool(f.flags), f.start))
    kept: list[Finding] = []
    for finding in ordered:
        rivals = [k for k in kept if _same_question(k, finding)]
        if any(_tells_no_more(finding, k) for k in rivals):
            continue
        if not finding.exact and any(k.exact and is_full(k) for k in rivals):
            continue
        kept.append(finding)
    return sorted((_with_conflicts(f, kept) for f in kept), key=lambda f: f.start)


def _same_question(a: Finding, b: Finding) -> bool:
    """Whether two findings are of one outcome, pair of arms and kind, at no differing time."""
    times = a.days is None or b.days is None or same_time(a.days, b.days)
    people = a.population is None or b.population is None or a.population == b.population
    return (
        a.concept is b.concept
        and a.intervention is b.intervention
        and a.comparator is b.comparator
        and (a.kind, a.measure) == (b.kind, b.measure)
        and times
        and people
    )


def _tells_no_more(finding: Finding, other: Finding) -> bool:
    return all(
        name in other.values and other.values[name].number == value.number
        for name, value in finding.values.items()
    )


def is_full(finding: Finding) -> bool:
    """Whether a finding holds all numbers of its kind."""
    return len(finding.values) == {"dichotomous": 4, "continuous": 6, "generic": 3}[finding.kind]


def _with_conflicts(finding: Finding, kept: list[Finding]) -> Finding:
    rivals = [
        k for k in kept
        if k is not finding and _same_question(k, finding) and k.days == finding.days
    ]  # fmt: skip
    if not rivals:
        return finding
    others = "; ".join(f"{k.reported_as!r} ({_numbers(k)})" for k in rivals[:3])
    return replace(finding, flags=(*finding.flags, f"the report gives another result: {others}"))


def _numbers(finding: Finding) -> str:
    return ", ".join(f"{v.number:g}" for v in finding.values.values())


def as_outcome(document: Document, finding: Finding, provenance: Provenance) -> ExtractedOutcome:
    """The finding as the log holds it, every number with its quotes."""
    numbers = {name: value.number for name, value in finding.values.items()}
    data: DichotomousData | ContinuousData | GenericData
    match finding.kind:
        case "dichotomous":
            data = DichotomousData(**{name: int(n) for name, n in numbers.items()})
        case "continuous":
            whole = {name: int(n) for name, n in numbers.items() if name.startswith("n_")}
            data = ContinuousData.model_validate(numbers | whole)
        case "generic":
            data = GenericData.model_validate({"measure": finding.measure} | numbers)
    flags = dict.fromkeys(finding.flags)
    if not is_complete(data):
        flags["some numbers that pooling needs are not in the report as read"] = None
    return ExtractedOutcome(
        record_id=document.record_id,
        outcome=finding.concept.text,
        reported_as=finding.reported_as,
        intervention=finding.intervention.name,
        comparator=finding.comparator.name,
        time_point=finding.time_text,
        time_point_days=finding.days,
        analysis_population=finding.population,
        data=data,
        evidence=tuple(
            ValueEvidence(
                field=name,
                quotes=tuple(document.quote(*s) for s in dict.fromkeys(value.spans)),
                derivation=value.derivation,
            )
            for name, value in finding.values.items()
        ),
        flags=tuple(flags),
        notes=tuple(dict.fromkeys(finding.notes)),
        provenance=provenance,
    )
