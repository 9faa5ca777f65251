"""Results in tables: arms in columns, rows or row groups; outcomes likewise or in the caption."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.arm_results import (
    ArmResult,
    Count,
    Value,
    complement_of,
    count_result,
    joined,
    mean_result,
)
from evidence.extraction.numbers import Reading, read_cell, read_cells
from evidence.extraction.outcomes import (
    OutcomeConcept,
    residual,
)
from evidence.extraction.results import Finding
from evidence.extraction.table_contexts import Context, read_contexts
from evidence.extraction.table_outcomes import (
    Reported,
    is_baseline,
    is_baseline_table,
    most_specific,
    population_of,
    time_of,
)
from evidence.extraction.tables import Grid, notes_on, read_grid
from evidence.extraction.time_points import TimePoint
from evidence.extraction.wording import Span
from indexers.records import Table

# A footnote with one of these words limits the result itself.
_LIMITING = re.compile(
    r"\b(?:not complete|incomplete\w*|not reported|not all|only|except|exclud\w+|missing"
    r"|under-?report\w*|unreliable|differs?|imput\w+|estimated)\b",
    re.IGNORECASE,
)


def table_findings(
    table: Table,
    concepts: tuple[OutcomeConcept, ...],
    arms: tuple[TrialArm, ...],
    n_arms: int,
    article_spread: str | None,
) -> list[Finding]:
    """The results of a table for the outcomes of a question."""
    if is_baseline_table(table):
        return []
    grid = read_grid(table)
    contexts = read_contexts(grid, arms, n_arms)
    candidates: list[Finding] = []
    for strict in (True, False):
        candidates = [
            finding
            for pair in pairs_of(contexts, strict=strict)
            if (finding := _finding(grid, pair, concepts, article_spread)) is not None
        ]
        if candidates or not _one_label_per_role(contexts):
            break
    return _one_visit_if_untimed(_without_subgroups(candidates))


def pairs_of(contexts: list[Context], *, strict: bool) -> list[tuple[Context, Context]]:
    """Cells of the intervention and of a comparator over which the same is said."""
    by_key: dict[tuple[object, ...], list[Context]] = defaultdict(list)
    for context in contexts:
        by_key[context.strict_key if strict else context.loose_key].append(context)
    return [
        (mine, theirs)
        for group in by_key.values()
        for mine in group
        for theirs in group
        if (mine.naming.arm.role, theirs.naming.arm.role) == ("intervention", "comparator")
        and all(sum(c.naming.arm is s.naming.arm for c in group) == 1 for s in (mine, theirs))
    ]


def _one_label_per_role(contexts: list[Context]) -> bool:
    labels: dict[int, set[str]] = defaultdict(set)
    for context in contexts:
        labels[id(context.naming.arm)].add(context.naming.rest)
    return all(len(rests) == 1 for rests in labels.values())


def _finding(
    grid: Grid,
    pair: tuple[Context, Context],
    concepts: tuple[OutcomeConcept, ...],
    article_spread: str | None,
) -> Finding | None:
    mine, theirs = pair
    time = time_of(grid, mine)
    if is_baseline(grid, mine, time) or is_baseline(grid, theirs, time_of(grid, theirs)):
        return None
    choice = most_specific(grid, mine, concepts, time)
    if choice is None:
        return None
    concept, reported = choice
    return finding_of(grid, pair, concept, reported, article_spread)


def finding_of(
    grid: Grid,
    pair: tuple[Context, Context],
    concept: OutcomeConcept,
    reported: Reported,
    article_spread: str | None,
) -> Finding | None:
    """The numbers of two cells for an outcome; None where one of them is not read for certain."""
    mine, theirs = pair
    time = time_of(grid, mine)
    results = [_arm_result(c, reported, article_spread) for c in (mine, theirs)]
    if results[0] is None or results[1] is None:
        return None
    kind = "dichotomous" if "events" in results[0].values else "continuous"
    if ("events" in results[1].values) != (kind == "dichotomous"):
        return None
    aside = _beside(grid, mine, reported)
    qualifier = " ".join(r for text in aside for r in residual(text))
    return Finding(
        concept=concept,
        reported_as=reported.wording,
        intervention=mine.naming.arm,
        comparator=theirs.naming.arm,
        kind="dichotomous" if kind == "dichotomous" else "continuous",
        values=joined(results[0], results[1]),
        start=mine.value.cell.start,
        exact=reported.match.exact and not reported.restricted,
        time_text=time.text if time else None,
        days=time.days if time else None,
        population=population_of(grid, mine),
        qualifier=qualifier,
        length=reported.match.length,
        flags=_flags(
            grid, pair, concept, time, reported, aside, (*results[0].flags, *results[1].flags)
        ),
        notes=_notes(grid, (mine, theirs), reported),
    )


def _beside(grid: Grid, context: Context, reported: Reported) -> list[str]:
    """What else is said over a cell; a heading counts when it tells equal labels apart."""
    matched = {c.start for c in reported.cells}
    own = {c.text for c in context.value.labels}
    rivals = {
        tuple(h.start for h in v.headings) for v in grid.cells
        if own and own <= {c.text for c in v.labels}
    }  # fmt: skip
    pairs = list(zip(context.value.columns, context.columns, strict=True))
    pairs += zip(context.value.labels, context.labels, strict=True)
    if len(rivals) > 1:
        pairs += zip(context.value.headings, context.headings, strict=True)
    return [text for cell, text in pairs if cell.start not in matched and residual(text)]


def _arm_result(
    context: Context, reported: Reported, article_spread: str | None
) -> ArmResult | None:
    reading = read_cell(context.value.cell.text, context.layout) or _known_total(context)
    if context.beside is not None:
        reading = read_cells(context.value.cell.text, context.beside.text, context.layout)
    if reading is None:
        return None
    if context.beside is not None and reading.kind == "mean":
        return _mean_beside(reading, context)
    span = Span(context.value.cell.start, context.value.cell.end)
    if context.total is not None and context.total.span == span:
        return None  # a row of numbers analysed is a denominator
    if reading.kind == "mean":
        if reported.match.complement:
            return None
        if reading.spread is None and article_spread in ("SD", "SE"):
            reading = reading._replace(spread="SD" if article_spread == "SD" else "SE")
        return mean_result(reading, span, _analysed(reading, span, context))
    result = count_result(reading, span, context.total, context.naming.arm, context.counts)
    if result is not None and not _trusted(reading, result, context):
        return None
    if result is not None and reported.match.complement:
        return complement_of(result, reported.match.term)
    return result


def _analysed(reading: Reading, span: Span, context: Context) -> Count | None:
    """Participants behind a mean: the cell's own n, the table's, else the size of the arm."""
    if reading.total is not None:
        return Count(reading.total, span)
    size = context.naming.arm.size
    if context.total is not None or size is None or not context.silent:
        return context.total
    return Count(size.count, Span(size.start, size.end))


def _known_total(context: Context) -> Reading | None:
    """A bare `28/45` is a fraction where the heading prints the same total."""
    reading = read_cell(context.value.cell.text, "fraction") if context.layout is None else None
    if reading is None or context.total is None or reading.total != context.total.number:
        return None
    return reading


def _mean_beside(reading: Reading, context: Context) -> ArmResult | None:
    """Mean and SD from two cells, each with the quote of its own."""
    cell, beside = context.value.cell, context.beside
    span = Span(cell.start, cell.end)
    result = mean_result(reading, span, _analysed(reading, span, context))
    if beside is None or "sd" not in result.values:
        return None
    sd = Value(result.values["sd"].number, (Span(beside.start, beside.end),))
    return replace(result, values=result.values | {"sd": sd})


def _trusted(reading: Reading, result: ArmResult, context: Context) -> bool:
    """A bare `43 (58.9)` under no heading is a count only where a total confirms it."""
    if reading.total is not None:
        return True
    marked = "%" in context.value.cell.text or context.layout not in (None, "percent")
    return marked or ("total" in result.values and reading.percent is not None)


def _flags(
    grid: Grid,
    pair: tuple[Context, Context],
    concept: OutcomeConcept,
    time: TimePoint | None,
    reported: Reported,
    aside: list[str],
    found: tuple[str, ...],
) -> tuple[str, ...]:
    flags = []
    if concept.days is not None and (time is None or time.days is None):
        told = f"only {time.text!r}" if time else "no time"
        flags.append(f"the table tells {told}: check that it is {concept.text!r}")
    if any(c.naming.arm.generic for c in pair):
        flags.append("an arm is named only in general words (intervention, control)")
    if not reported.match.exact:
        flags.append(f"reported as {reported.wording!r}: check that this is the outcome")
    if reported.restricted:
        flags.append(f"subgroup or restricted table: {grid.table.caption[:160]!r}")
    if aside:
        flags.append(f"reported for {' / '.join(aside)!r}")
    flags += [note for note in _footnotes(grid, reported) if _LIMITING.search(note)]
    return tuple(dict.fromkeys((*flags, *found)))


def _notes(grid: Grid, pair: tuple[Context, Context], reported: Reported) -> tuple[str, ...]:
    """What a reader should know: how a heading was understood, and what a footnote explains."""
    understood = [doubt for c in pair if (doubt := c.naming.doubt)]
    explained = [note for note in _footnotes(grid, reported) if not _LIMITING.search(note)]
    return tuple(dict.fromkeys((*understood, *explained)))


def _footnotes(grid: Grid, reported: Reported) -> list[str]:
    return [f"note: {n}" for cell in reported.cells for n in notes_on(cell, grid.table)]


def _without_subgroups(candidates: list[Finding]) -> list[Finding]:
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


def visit_of(finding: Finding) -> float | str | None:
    """The time of a result in days, else the name of its visit."""
    return finding.days if finding.days is not None else finding.time_text


def _place_of(f: Finding) -> tuple[object, ...]:
    return id(f.concept), id(f.comparator), f.kind, visit_of(f), f.population, f.qualifier


def _one_visit_if_untimed(findings: list[Finding]) -> list[Finding]:
    """Of an outcome asked at a time: nothing where the table has several visits without days."""
    visits: dict[int, set[float | str | None]] = defaultdict(set)
    for f in findings:
        visits[id(f.concept)].add(visit_of(f))
    return [
        f for f in findings
        if f.concept.days is None or f.days is not None or len(visits[id(f.concept)]) == 1
    ]  # fmt: skip
