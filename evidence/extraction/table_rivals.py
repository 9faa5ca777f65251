"""Which results of a table stand where several report one outcome: totals, subgroups, visits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from evidence.extraction.results import Finding, visit_of


def without_subgroups(candidates: list[Finding]) -> list[Finding]:
    """Where a total stands beside subgroups of the same outcome and time, the total alone stays."""
    kept = []
    for finding in candidates:
        rivals = [
            c for c in candidates
            if c.concept is finding.concept and c.comparator is finding.comparator
            and c.kind == finding.kind and same_visit(c, finding)
            and c.population == finding.population and c is not finding
        ]  # fmt: skip
        own = set(finding.qualifier.split())
        if any(set(r.qualifier.split()) < own for r in rivals):
            continue
        if any(r.qualifier == finding.qualifier and r.length > finding.length for r in rivals):
            continue
        if not finding.exact and any(r.exact for r in rivals):
            continue  # a row that says no more than the outcome stands before its parts
        kept.append(finding)
    doubled: dict[tuple[object, ...], int] = defaultdict(int)
    for f in kept:
        doubled[_place_of(f)] += 1
    return [
        replace(f, flags=(*f.flags, "the table has more than one row for this outcome"))
        if doubled[_place_of(f)] > 1
        else f
        for f in kept
    ]


def same_visit(a: Finding, b: Finding) -> bool:
    """Whether two results are of one time; visits without days are told apart by their names."""
    return visit_of(a) == visit_of(b)


def _place_of(f: Finding) -> tuple[object, ...]:
    return id(f.concept), id(f.comparator), f.kind, visit_of(f), f.population, f.qualifier


def one_visit_if_untimed(findings: list[Finding]) -> list[Finding]:
    """Of an outcome asked at a time: nothing where the table has several visits without days."""
    visits: dict[int, set[float | str | None]] = defaultdict(set)
    for f in findings:
        visits[id(f.concept)].add(visit_of(f))
    return [
        f for f in findings
        if f.concept.days is None or f.days is not None or len(visits[id(f.concept)]) == 1
    ]  # fmt: skip
