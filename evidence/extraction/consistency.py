"""A second pass over an extracted result: what does not fit is said, nothing is changed.

It reads the quotes and the sentence or table row around them anew and shares no state with the
extraction. Every flag is one sentence that names the two numbers that disagree.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Literal

from evidence.extraction.numbers import decimals_of, percent_agrees
from evidence.extraction.printed_beside import printed_p, quotes_of, sentences_of
from evidence.extraction.wording import flatten
from evidence.findings import ContinuousData, DichotomousData, GenericData, values
from evidence.judgements import ExtractedOutcome
from indexers.records import Document

Direction = Literal["increased", "decreased", "no_difference", "unclear"]

_RATIOS = ("OR", "RR", "HR")
# A fifth of the width: bootstrap and adjusted intervals lean, transposed limits lean far more.
_LEANING = 0.2
# Adjusted and stratified ratios stray from the crude one; beyond this they tell another story.
_STRAYING = 0.25
_SE_FOR_SD = 0.25  # how near to the root of n the ratio of two SDs has to be, relatively
_SD_OVER_MEAN = 3.0
_NOT_SO_DERIVED = "what is printed may be the SD"
# How the flags are worded that tell of numbers which cannot stand together. The others doubt: a
# skewed SD, a leaning interval, the number randomised and a direction may themselves be misread.
_CONTRADICTION = re.compile(
    rf"^\d+ events in .* are more than|is printed beside it\.$|does not hold the estimate"
    rf"|^The interval .* is printed\.$|^The numbers give|{_NOT_SO_DERIVED}|they may be SEs\.$"
)
_EFFECT = re.compile(
    r"\b(?:(?P<RR>risk ratio|relative risk|rate ratio|RR)|(?P<OR>odds ratio|OR)"
    r"|(?P<MD>mean difference|MD))\b(?:\s*[\[(](?:RR|OR|MD)[\])])?\s*(?:of|was|[=:,])?\s*"
    r"(?P<estimate>-?\d+(?:\.\d+)?)(?!\d*\s*%)"
)


def consistency_flags(
    outcome: ExtractedOutcome,
    document: Document,
    *,
    n_randomised: int | None = None,
    direction: Direction | None = None,
) -> tuple[str, ...]:
    """What in a result contradicts itself, its sentence or row, or the rest of the report.

    Args:
        outcome: The result as extracted.
        document: The report that it is from.
        n_randomised: Participants randomised to all arms together.
        direction: Which way another reading says that the outcome went with the intervention.
    """
    flags: list[str] = []
    match outcome.data:
        case DichotomousData():
            flags += _percentages(outcome)
            flags += _events_within(outcome.data)
            flags += _within_randomised(outcome, n_randomised)
            flags += _effect_beside(outcome, document)
        case ContinuousData():
            flags += _spreads(outcome, document)
            flags += _within_randomised(outcome, n_randomised)
            flags += _effect_beside(outcome, document)
        case GenericData():
            flags += _interval(outcome.data)
            flags += _p_against_interval(outcome, document)
    flags += _same_for_both(outcome)
    flags += _against_direction(outcome, direction)
    return tuple(dict.fromkeys(flags))


def is_contradiction(flag: str) -> bool:
    """Whether a flag of this pass tells of numbers that cannot all be the result's."""
    return _CONTRADICTION.search(flag) is not None


def _percentages(outcome: ExtractedOutcome) -> Iterator[str]:
    data = values(outcome.data)
    for role in ("intervention", "comparator"):
        events, total = data[f"events_{role}"], data[f"total_{role}"]
        printed = [
            p
            for q in quotes_of(outcome, f"events_{role}", printed=True)
            for p in _percent_beside(q.text, events)
        ]
        if events is None or not total or not printed:
            continue
        if not any(percent_agrees(int(events), int(total), float(p), decimals_of(p))
                   for p in printed):  # fmt: skip
            yield (
                f"{events:g} of {total:g} in the {role} arm is {100 * events / total:.1f}%, but "
                f"{printed[0]}% is printed beside it."
            )


def _percent_beside(text: str, events: float | None) -> list[str]:
    """The percentages that stand next to a count; without a sign only in a cell of their own."""
    if events is None:
        return []
    flat = flatten(text).replace(",", "")
    count = rf"(?<![\d.]){events:.0f}(?:\s*/\s*\d+)?"
    percent = r"(\d{1,3}(?:\.\d+)?)"
    found = re.findall(rf"{count}\s*[(\[;]\s*{percent}\s*%", flat)
    found += re.findall(rf"(?<![\d.]){percent}\s*%\s*[(\[]\s*(?:n\s*=\s*)?{count}(?![\d.])", flat)
    cell = re.fullmatch(rf"\s*{count}\s*[(\[]\s*{percent}\s*[)\]]\s*\W?", flat)
    if cell:
        found.append(cell.group(1))
    return [p for p in found if float(p) <= 100]


def _events_within(data: DichotomousData) -> Iterator[str]:
    for role, events, total in (
        ("intervention", data.events_intervention, data.total_intervention),
        ("comparator", data.events_comparator, data.total_comparator),
    ):
        if events is not None and total is not None and events > total:
            yield f"{events} events in the {role} arm are more than its {total} participants."


def _within_randomised(outcome: ExtractedOutcome, n_randomised: int | None) -> Iterator[str]:
    data = values(outcome.data)
    name = "total" if outcome.data.kind == "dichotomous" else "n"
    sizes = [data[f"{name}_{role}"] for role in ("intervention", "comparator")]
    known = [s for s in sizes if s is not None]
    if n_randomised is not None and known and sum(known) > n_randomised:
        said = " + ".join(f"{s:g}" for s in known)
        yield f"{said} analysed are more than the {n_randomised} participants randomised."


def _interval(data: GenericData) -> Iterator[str]:
    estimate, low, high = data.estimate, data.ci_low, data.ci_high
    if estimate is None or low is None or high is None:
        return
    if not low <= estimate <= high:
        yield f"The interval {low:g} to {high:g} does not hold the estimate {estimate:g}."
        return
    if data.measure in _RATIOS and low <= 0:
        return
    scale = math.log if data.measure in _RATIOS else float
    half = 0.5 * 10.0 ** -max(decimals_of(f"{x:g}") for x in (estimate, low, high))
    width = scale(high) - scale(low)
    leaning = abs(scale(low) + scale(high) - 2 * scale(estimate))
    # Rounding of the three numbers alone can shift the middle by this much.
    slope = [1 / x if data.measure in _RATIOS else 1.0 for x in (low, high, estimate, estimate)]
    if leaning > _LEANING * width + half * sum(slope):
        side = "logarithmic scale" if data.measure in _RATIOS else "scale"
        yield (
            f"The estimate {estimate:g} is far from the middle of its interval {low:g} to "
            f"{high:g} on the {side}."
        )


def _p_against_interval(outcome: ExtractedOutcome, document: Document) -> Iterator[str]:
    data = outcome.data
    assert isinstance(data, GenericData)  # noqa: S101 - the caller has matched the kind
    p = printed_p(outcome, document)
    other = any(re.search(r"\b9[089](?:\.\d)?\s*%\s*(?:CI|confidence)", t)
                for t in sentences_of(outcome, document))  # fmt: skip
    if p is None or p.significant is None or data.ci_low is None or data.ci_high is None or other:
        return
    null = 1.0 if data.measure in _RATIOS else 0.0
    if null in (data.ci_low, data.ci_high):
        return
    excluded = not data.ci_low <= null <= data.ci_high
    if excluded != p.significant:
        verb = "excludes" if excluded else "holds"
        yield (
            f"The interval {data.ci_low:g} to {data.ci_high:g} {verb} {null:g}, but {p} is printed."
        )


def _effect_beside(outcome: ExtractedOutcome, document: Document) -> Iterator[str]:
    """The crude ratio or difference against the one that the same sentence prints."""
    for text in sentences_of(outcome, document):
        found = list(_EFFECT.finditer(flatten(text)))
        if len(found) != 1 or re.search(r"\b(?:adjust|interaction|per[ -]protocol)", text, re.I):
            continue
        measure = next(name for name in ("RR", "OR", "MD") if found[0][name])
        printed, crude = float(found[0]["estimate"]), _crude(outcome, measure)
        if crude is None:
            continue
        if measure == "MD":
            room = 0.1 * abs(crude) + 10.0 ** -decimals_of(found[0]["estimate"])
            apart = abs(abs(printed) - abs(crude)) > room
        else:
            if printed <= 0:
                continue
            apart = min(abs(math.log(printed) - s * math.log(crude)) for s in (1, -1)) > _STRAYING
        if apart:
            yield f"The numbers give {measure} {crude:.3g}, but {printed:g} is printed."


def _crude(outcome: ExtractedOutcome, measure: str) -> float | None:
    data = outcome.data
    if measure == "MD" and isinstance(data, ContinuousData):
        if data.mean_intervention is None or data.mean_comparator is None:
            return None
        return data.mean_intervention - data.mean_comparator
    if measure == "MD" or not isinstance(data, DichotomousData):
        return None
    a, n1 = data.events_intervention, data.total_intervention
    c, n2 = data.events_comparator, data.total_comparator
    if not a or not c or not n1 or not n2:
        return None
    if measure == "RR":
        return a / n1 / (c / n2)
    return a * (n2 - c) / (c * (n1 - a)) if a < n1 and c < n2 else None


def _spreads(outcome: ExtractedOutcome, document: Document) -> Iterator[str]:
    data = outcome.data
    assert isinstance(data, ContinuousData)  # noqa: S101 - the caller has matched the kind
    arms = (
        ("intervention", data.mean_intervention, data.sd_intervention, data.n_intervention),
        ("comparator", data.mean_comparator, data.sd_comparator, data.n_comparator),
    )
    change = re.search(r"chang|differ|gain|loss|reduc|increas|decreas|z-?score",
                       f"{outcome.outcome} {outcome.reported_as}", re.I)  # fmt: skip
    for role, mean, sd, _ in arms:
        if mean is None or sd is None or change:
            continue
        if 0 < mean * _SD_OVER_MEAN < sd:
            made = any(e.field == f"sd_{role}" and e.derivation for e in outcome.evidence)
            # Counts of visits are skewed like this; of what was taken for an SE it is the SD.
            more = f", and was derived: {_NOT_SO_DERIVED}" if made else ""
            yield f"SD {sd:g} in the {role} arm is more than three times its mean {mean:g}{more}."
    (_, m1, sd1, n1), (_, m2, sd2, n2) = arms
    if not sd1 or not sd2 or not n1 or not n2:
        return
    larger, root = max(sd1, sd2) / min(sd1, sd2), math.sqrt(n1 if sd1 < sd2 else n2)
    if larger > 3 and abs(larger / root - 1) < _SE_FOR_SD:
        yield (
            f"SD {sd1:g} against {sd2:g}: one is about the square root of n ({root:.1f}) times the "
            "other, so that it may be an SE."
        )
    p = printed_p(outcome, document)
    if m1 is not None and m2 is not None and p is not None and p.significant is False:
        z = abs(m1 - m2) / math.sqrt(sd1**2 / n1 + sd2**2 / n2)
        if z > 4:
            yield (
                f"With SDs {sd1:g} and {sd2:g} the difference would be {z:.1f} standard errors, "
                f"but {p} is printed: they may be SEs."
            )


def _same_for_both(outcome: ExtractedOutcome) -> Iterator[str]:
    data = values(outcome.data)
    main, spread = ("events", "total") if outcome.data.kind == "dichotomous" else ("mean", "sd")
    pair = [(data.get(f"{main}_{r}"), data.get(f"{spread}_{r}"))
            for r in ("intervention", "comparator")]  # fmt: skip
    if pair[0][0] is None or pair[0][0] != pair[1][0]:
        return
    places = [
        {(q.start, q.end) for q in quotes_of(outcome, f"{main}_{r}") if len(q.text) < 40}
        for r in ("intervention", "comparator")
    ]
    whole = main == "mean" and pair[0] == pair[1] and pair[0][1] is not None
    if places[0] & places[1] or whole:
        more = f" with {spread} {pair[0][1]:g} and {pair[1][1]:g}" if whole else ""
        yield f"Both arms have the same {main}, {pair[0][0]:g} and {pair[1][0]:g}{more}."


def _against_direction(outcome: ExtractedOutcome, direction: Direction | None) -> Iterator[str]:
    pair = _compared(outcome)
    if pair is None or direction not in ("increased", "decreased") or pair[0] == pair[1]:
        return
    if (pair[0] > pair[1]) != (direction == "increased"):
        where = "above" if pair[0] > pair[1] else "below"
        yield (
            f"{pair[0]:.4g} with the intervention is {where} {pair[1]:.4g}, but the report is read "
            f"as {direction} with it."
        )


def _compared(outcome: ExtractedOutcome) -> tuple[float, float] | None:
    """What lies higher or lower: risks, means, or an estimate beside its null value."""
    data = values(outcome.data)
    match outcome.data:
        case DichotomousData(total_intervention=n1, total_comparator=n2) if n1 and n2:
            risks = [(data["events_intervention"], n1), (data["events_comparator"], n2)]
            found = [e / n for e, n in risks if e is not None]
        case ContinuousData():
            means = (data["mean_intervention"], data["mean_comparator"])
            found = [m for m in means if m is not None]
        case GenericData(measure=measure, estimate=estimate) if estimate is not None:
            found = [estimate, 1.0 if measure in _RATIOS else 0.0]
        case _:
            return None
    return (found[0], found[1]) if len(found) == 2 else None
