"""Results in tables: arms in columns, rows or row groups; outcomes likewise or in the caption."""

from __future__ import annotations

import re
from collections import defaultdict

from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.arm_results import ArmResult, joined
from evidence.extraction.cell_results import cell_result
from evidence.extraction.outcomes import (
    OutcomeConcept,
    asks_for_change,
    residual,
)
from evidence.extraction.populations import POPULATION
from evidence.extraction.results import Finding
from evidence.extraction.table_contexts import Context, read_contexts, visits
from evidence.extraction.table_doubts import of_other_numbers, of_other_people
from evidence.extraction.table_outcomes import (
    Reported,
    is_baseline,
    is_baseline_table,
    most_specific,
    population_of,
    time_of,
)
from evidence.extraction.table_rivals import one_visit_if_untimed, without_subgroups
from evidence.extraction.tables import Grid, notes_on, read_grid
from evidence.extraction.time_points import TimePoint
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
    changes = any(c.is_change for c in contexts)
    candidates: list[Finding] = []
    for strict in (True, False):
        candidates = [
            finding
            for pair in pairs_of(contexts, strict=strict)
            if (finding := _finding(grid, pair, concepts, article_spread, changes=changes))
            is not None
        ]
        if candidates or not _one_label_per_role(contexts):
            break
    return one_visit_if_untimed(without_subgroups(candidates))


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
        # A cell over both arms' rows (a P value) is of neither.
        and mine.value.cell is not theirs.value.cell
        and all(sum(c.naming.arm is s.naming.arm for c in group) == 1 for s in (mine, theirs))
    ]


def paired(contexts: list[Context]) -> list[tuple[Context, Context]]:
    """The pairs over which the same is said, else those of arms that have one label each."""
    strictly = pairs_of(contexts, strict=True)
    if strictly or not _one_label_per_role(contexts):
        return strictly
    return pairs_of(contexts, strict=False)


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
    *,
    changes: bool,
) -> Finding | None:
    """A result of the table; where it has columns of `changes`, they are for changes alone."""
    mine, theirs = pair
    time = time_of(grid, mine)
    if is_baseline(grid, mine, time) or is_baseline(grid, theirs, time_of(grid, theirs)):
        return None
    choice = most_specific(grid, mine, concepts, time)
    if choice is None:
        return None
    concept, reported = choice
    if changes and mine.is_change != asks_for_change(concept.text):
        return None
    if asks_for_change(concept.text) and _is_value_of_visit(grid, mine):
        return None
    return finding_of(grid, pair, concept, reported, article_spread)


def _is_value_of_visit(grid: Grid, context: Context) -> bool:
    """Whether a cell is of a visit (`Post`), and no wording speaks of a change."""
    over = (*context.labels, *context.headings, *context.columns)
    at_visit = any(visits(text) for text in context.columns)
    return at_visit and not any(asks_for_change(t) for t in (*over, grid.table.caption))


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
    results = [cell_result(grid, c, reported, article_spread) for c in (mine, theirs)]
    if results[0] is None or results[1] is None:
        return None
    kind = "dichotomous" if "events" in results[0].values else "continuous"
    if ("events" in results[1].values) != (kind == "dichotomous"):
        return None
    if all(_is_denominator(c, r) for c, r in zip(pair, results, strict=True)):
        return None
    said = {w for name in (concept.text, *concept.terms) for w in residual(name)}
    aside = [t for t in _beside(grid, mine, reported) if set(residual(t)) - said]
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
        notes=(*_notes(grid, pair, reported), *results[0].notes, *results[1].notes),
    )


def _is_denominator(context: Context, result: ArmResult | None) -> bool:
    """Whether a row `Totals` prints nothing but how many there are: all had the event."""
    label = context.value.labels[-1].text if context.value.labels else ""
    events, total = ((result.values if result else {}).get(n) for n in ("events", "total"))
    everyone = events is not None and total is not None and events.number == total.number
    return everyone and re.match(r"\W*totals?\W*$", label, re.I) is not None


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
    return [
        text for cell, text in pairs
        if cell.start not in matched and residual(POPULATION.sub(" ", text))
    ]  # fmt: skip


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
    flags += [*of_other_numbers(grid, pair[0], concept), *of_other_people(pair)]
    flags += [note for note in _footnotes(grid, reported) if _LIMITING.search(note)]
    return tuple(dict.fromkeys((*flags, *found)))


def _notes(grid: Grid, pair: tuple[Context, Context], reported: Reported) -> tuple[str, ...]:
    """What a reader should know: how a heading was understood, and what a footnote explains."""
    understood = [doubt for c in pair if (doubt := c.naming.doubt)]
    explained = [note for note in _footnotes(grid, reported) if not _LIMITING.search(note)]
    return tuple(dict.fromkeys((*understood, *explained)))


def _footnotes(grid: Grid, reported: Reported) -> list[str]:
    return [f"note: {n}" for cell in reported.cells for n in notes_on(cell, grid.table)]
