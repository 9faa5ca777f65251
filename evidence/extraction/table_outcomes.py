"""Which outcome a cell of a table reports, when, and of whom."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from evidence.extraction.outcomes import (
    OutcomeConcept,
    OutcomeMatch,
    match_label,
    narrows,
    residual,
)
from evidence.extraction.populations import POPULATION, population, population_kind
from evidence.extraction.table_contexts import Context, visits
from evidence.extraction.tables import Grid
from evidence.extraction.time_points import (
    TimePoint,
    asked_days,
    is_end_of_treatment,
    same_time,
    time_points,
    visit_wording,
)
from evidence.extraction.wording import flatten
from indexers.records import Table, TableCell


class Reported(NamedTuple):
    """How a table reports an outcome."""

    match: OutcomeMatch
    wording: str
    cells: tuple[TableCell, ...]
    restricted: bool


_BASELINE = re.compile(
    r"\bbaseline|demographic|\bhomogeneity|\bgeneral characteristics|\bat (?:enrol|inclusion"
    r"|entry|admission|recruitment|randomi|presentation"
    r"|screening|the start)|\bcharacteristics of|pre-?treatment|prior to treatment", re.I,
)  # fmt: skip
_FOLLOWED = re.compile(
    r"\bfollow|\bchange|\bafter\b|\bpost|\bend of|\boutcome|\bresult|\bversus baseline|\bfrom"
    r" baseline"
    r"|\b(?:week|month|day|year)s? ?[1-9]|\d[ -](?:week|month|day|year)|\beffect|\badverse"
    r"|\bcompletion|\bdischarge", re.I,
)  # fmt: skip
# `Change from baseline`, and groups that are made `by baseline severity`.
_NOT_BASELINE = re.compile(r"change|differ|from|\b(?:by|for|to) baseline", re.I)
_PRE = re.compile(
    r"^\W*(?:pre|before|initial|start|(?:first|1st) visit)\b|\bpre-?(?:test|operative)"
    r"|(?-i:(?<![\w-])(?:[TVM]\s?0|T-1)(?![\w.]))|\b(?:time|visit) 0\b|^-\d+ (?:week|day|month)",
    re.I,
)  # fmt: skip
_START_HEAD = re.compile(r"^\W*(?:baseline|pre\b|before\b)", re.I)
_LATER = re.compile(r"\b(?:post|after[a-h]?|end|completion|final|follow-?\s?up|discharge)\b", re.I)
_RESTRICTED_CAPTION = re.compile(
    r"(?<!and )\b(?:(?:drug|treatment|possibly|probably)[- ]related|severe|serious|grade)\b", re.I
)
_SUBGROUP_CAPTION = re.compile(
    r"\bsub-?groups?\b|\bdeficient\b|\bstratified\b|\bsensitivity anal|\bamong\b|\bby (?:age"
    r"|sex|gender"
    r"|site|cent(?:re|er))\b|\b(?:patients|children|women|men|participants|those) (?:with"
    r"|without|who)\b"
    r"|\bhistorical|\bpredict|\bcorrelat|\bregression|\bassociat", re.I,
)  # fmt: skip


def most_specific(
    grid: Grid, context: Context, concepts: tuple[OutcomeConcept, ...], time: TimePoint | None
) -> tuple[OutcomeConcept, Reported] | None:
    """The outcome that a cell reports: exact wording first, then the longer name."""
    found = []
    days = time.days if time else None
    for place, concept in enumerate(concepts):
        if None not in (concept.days, days) and not same_time(concept.days, days):
            continue
        reported = _reported(grid, context, concept)
        if reported is not None and is_of(concept, population_of(grid, context)):
            timed = 1 if concept.days is None else 0 if days is None else 2
            rank = (reported.match.exact, reported.match.length, timed, -place)
            found.append((rank, concept, reported))
    if not found:
        return None
    rank, concept, reported = max(found, key=lambda f: f[0])
    if rank[2] == 0 and sum(r[:3] == rank[:3] for r, _, _ in found) > 1:
        return None  # asked for at several times, and the table does not say which
    return concept, reported


def _reported(grid: Grid, context: Context, concept: OutcomeConcept) -> Reported | None:
    """Where a cell's wordings name the outcome: its label, a heading, its column, the caption.

    Away from the label, everything nearer the cell has to be general words, times or statistics.
    """
    if _RESTRICTED_CAPTION.search(grid.table.caption) and not _RESTRICTED_CAPTION.search(
        concept.text
    ):
        return None
    restricted = bool(_SUBGROUP_CAPTION.search(grid.table.caption))
    if any(narrows(t) for t in (*context.columns, *context.headings)):
        return None
    labels = list(zip(context.value.labels, context.labels, strict=True))
    for cell, text in reversed(labels):
        match = match_label(concept, text)
        if match is not None and not _says(t for c, t in labels if c is not cell):
            outer = [t for t in context.headings if residual(t)]
            wording = f"{outer[-1]}: {cell.text}" if outer else cell.text
            return Reported(match, wording, (cell,), restricted)
    subgroup = _says(context.labels)
    own = " ".join(c.text for c in context.value.labels)
    if subgroup and any(narrows(t) for t in context.labels):
        return None
    headings = list(zip(context.value.headings, context.headings, strict=True))
    for i, (cell, text) in reversed(list(enumerate(headings))):
        match = match_label(concept, text)
        if match is not None and not _says(t for _, t in headings[i + 1 :]):
            if subgroup and not _SUBGROUP_CAPTION.search(grid.table.caption):
                return None
            return Reported(
                match, f"{cell.text}: {own}" if own else cell.text, (cell,), subgroup or restricted
            )
    if subgroup and not _SUBGROUP_CAPTION.search(grid.table.caption):
        return None
    for cell, text in zip(context.value.columns, context.columns, strict=True):
        match = match_label(concept, text)
        if match is not None and not _says(context.headings):
            return Reported(match, cell.text, (cell,), subgroup or restricted)
    return _in_caption(grid, context, concept, own, subgroup or restricted)


def _in_caption(
    grid: Grid, context: Context, concept: OutcomeConcept, own: str, restricted: bool
) -> Reported | None:
    if _says(context.headings) and not context.naming.rest:
        return None
    for cell in grid.corner:
        match = match_label(concept, cell.text)
        if match is not None:
            return Reported(match, f"{cell.text}: {own}" if own else cell.text, (cell,), restricted)
    caption = re.split(r"(?<=[a-z)])\.\s", grid.table.caption)[0]
    head = re.split(r"\b(?:in|by|between|among|at|from|after|for|according|as detected)\b", caption)
    for text in dict.fromkeys((caption, head[0], " ".join(head[:2]))):
        match = match_label(concept, text)
        if match is not None and not match.complement and _is_aside(concept, match.term):
            continue  # the scale alone does not say which of its rows is the outcome
        if match is not None and not re.search(r"\band\b|,", head[0]):
            return Reported(
                match._replace(exact=match.exact), f"{caption}: {own}".strip(": "), (), restricted
            )
    return None


def _is_aside(concept: OutcomeConcept, term: str) -> bool:
    """Whether a name stands in brackets in the question (`vomiting score (Rhodes Index)`)."""
    return re.search(rf"\([^()]*{re.escape(term)}", concept.text) is not None


def _says(texts: Iterable[str]) -> bool:
    """Whether a wording says more than a time, a statistic or an analysis population."""
    return any(residual(POPULATION.sub(" ", t)) for t in texts)


def time_of(grid: Grid, context: Context) -> TimePoint | None:
    """The time point nearest to the cell; a number under `Day` is that day."""
    over = (*reversed(context.labels), *reversed(context.columns), *reversed(context.headings))
    for text in over:
        code = _CODE.fullmatch(flatten(text))
        points = time_points(_explained(grid, code.group(1)) if code else text)
        if _NOT_BASELINE.search(text):
            points = tuple(p for p in points if p.days != 0)
        if code and not points:
            return TimePoint(text, 0.0 if code.group(1).endswith("0") else None, 0, len(text))
        if len({p.days for p in points}) == 1:
            return _with_end(points[0], text)
        if points:
            # `7-day prevalence at week 52` is of week 52; `day 0 to day 7` is of no one day.
            told = None if any(p.days in (None, 0) for p in points) else asked_days(text)
            return TimePoint(text, told, 0, len(text))
        numbered = _numbered(text, context.columns)
        if numbered is not None:
            return numbered
    unit = re.search(r"\b(day|week|month)s?\b", " ".join(c.text for c in grid.corner), re.I)
    label = context.labels[0].strip() if context.labels else ""
    if unit and re.fullmatch(r"\d{1,3}", label):
        return time_points(f"{unit.group(1)} {label}")[0]
    for text in over:
        visit = visit_wording(text)
        if visit is not None:
            return visit
    if any(visits(text) for text in over):
        return None  # a named visit is not of the caption's time
    points = time_points(grid.table.caption)
    if any(p.days == 0 for p in points) and _FOLLOWED.search(grid.table.caption):
        return None  # `at baseline and at the end of the study` is of neither
    return points[0] if len({p.days for p in points}) == 1 else None


def _numbered(text: str, columns: tuple[str, ...]) -> TimePoint | None:
    """The time of a bare number under a heading that gives the unit (`2` under `Hours after`)."""
    number = re.fullmatch(r"\W*(\d{1,3})(?:\s*\(baseline\))?\W*", flatten(text))
    if number is None or text not in columns:
        return None
    for over in columns[: columns.index(text)]:
        unit = re.search(r"\b(hour|day|week|month|year)s?\b", flatten(over), re.I)
        if unit and not time_points(over):
            count = number.group(1)
            (point,) = time_points(f"{count} {unit.group(1)}s")
            return point
    return None


def _with_end(point: TimePoint, text: str) -> TimePoint:
    """A time with the words that make it the end of treatment: `week 8 (post-treatment)`."""
    return point._replace(text=text.strip()) if is_end_of_treatment(text) else point


_CODE = re.compile(r"\W*([TV]\s?\d{1,2})\W*")


def _explained(grid: Grid, code: str) -> str:
    """What the notes say that a visit's code means: `T2, 2 weeks after intervention`."""
    letter, number = code[0], code[1:].strip()
    meaning = re.compile(
        rf"\b{letter}\s?{number}\b\W{{0,4}}(.{{2,80}}?)(?=\W+{letter}\s?\d|[;.,]|$)", re.DOTALL
    )
    for text in (*grid.table.footnotes, grid.table.caption):
        found = meaning.search(flatten(text))
        if found:
            return found.group(1)
    return ""


def is_baseline_table(table: Table) -> bool:
    """Whether a caption speaks of the start of the trial, and no heading of anything later."""
    told = (table.caption, *(c.text for c in table.cells if c.header and _LATER.search(c.text)))
    return bool(_BASELINE.search(table.caption)) and not any(_FOLLOWED.search(t) for t in told)


def is_baseline(grid: Grid, context: Context, time: TimePoint | None) -> bool:
    """Whether a cell is of the start of the trial: its time, its column or its table says so."""
    if time is not None and time.days == 0:
        return True
    over = (*context.labels, *context.columns, *context.headings)
    if any(_PRE.search(flatten(t)) for t in over):
        return True
    if any(p.days == 0 for t in over for p in time_points(t)) and not any(
        _NOT_BASELINE.search(t) or time_points(t)[0].days is None
        for t in over if time_points(t)
    ):  # fmt: skip
        return True
    if context.is_change or any(_LATER.search(flatten(t)) for t in over):
        return False
    # Where some columns are headed as of the start, the others are not of it.
    heads = {c.start: c.text for v in grid.cells for c in v.columns}
    if any(_START_HEAD.search(flatten(t)) for t in heads.values()):
        return False
    return bool(_BASELINE.search(grid.table.caption)) and time is None


def population_of(grid: Grid, context: Context) -> str | None:
    """The analysis population that is named nearest to the cell."""
    over = (*reversed(context.labels), *reversed(context.headings), *reversed(context.columns))
    for text in (*over, grid.table.caption):
        found = population(text)
        if found:
            return found
    return None


def is_of(concept: OutcomeConcept, people: str | None) -> bool:
    """Whether a population is the one that the outcome asks for, as far as both are told."""
    kind = population_kind(people or "")
    return concept.people is None or kind in (None, concept.people)
