"""A result on its way from the page to the log: values with their places, then one judgement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.arm_results import Value
from evidence.extraction.outcomes import OutcomeConcept
from evidence.extraction.time_points import same_time
from evidence.findings import (
    ContinuousData,
    DichotomousData,
    GenericData,
    Measure,
    is_complete,
)
from evidence.judgements import ExtractedOutcome, Provenance, ValueEvidence
from indexers.records import Document


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
    """Whether two findings are of one outcome, pair of arms and kind, at no differing time.

    Adjusted and unadjusted effects of one row are two findings.
    """
    people = a.population is None or b.population is None or a.population == b.population
    return (
        a.concept is b.concept
        and a.intervention is b.intervention
        and a.comparator is b.comparator
        and (a.kind, a.measure) == (b.kind, b.measure)
        and (a.kind != "generic" or a.qualifier == b.qualifier)
        and _at_one_time(a, b)
        and people
    )


def _at_one_time(a: Finding, b: Finding) -> bool:
    """Whether the times of two findings do not differ; one that is not told differs from none."""
    if a.days is not None and b.days is not None:
        return same_time(a.days, b.days)
    if a.days is None and b.days is None and a.time_text and b.time_text:
        return a.time_text == b.time_text
    return True


def visit_of(finding: Finding) -> float | str | None:
    """The time of a result in days, else the name of its visit."""
    return finding.days if finding.days is not None else finding.time_text


def _tells_no_more(finding: Finding, other: Finding) -> bool:
    """Whether all that a finding prints stands in the other; what was derived adds nothing."""
    return all(
        name in other.values
        and (
            other.values[name].number == value.number
            # The inverse of a printed ratio is as good as the ratio.
            or (value.derivation is not None and finding.kind != "generic")
        )
        for name, value in finding.values.items()
    )


def is_full(finding: Finding) -> bool:
    """Whether a finding holds all numbers of its kind."""
    return len(finding.values) == {"dichotomous": 4, "continuous": 6, "generic": 3}[finding.kind]


def _with_conflicts(finding: Finding, kept: list[Finding]) -> Finding:
    rivals = [
        k for k in kept
        if k is not finding and _same_question(k, finding) and visit_of(k) == visit_of(finding)
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
