"""Results of an outcome that no table names in the question's words, where one row is ahead.

The second tier of the tables: it is asked only where the strict comparison of wordings found
nothing, and every result that it gives is flagged, so that a person looks before it is pooled.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

from evidence.extraction.abbreviations import Abbreviation
from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.outcomes import OutcomeConcept, OutcomeMatch, asks_for_change, residual
from evidence.extraction.results import Finding, visit_of
from evidence.extraction.table_contexts import Context, read_contexts
from evidence.extraction.table_outcomes import (
    Reported,
    is_baseline,
    is_baseline_table,
    time_of,
)
from evidence.extraction.table_ranking import (
    CANDIDATES,
    Lexicon,
    RowWording,
    best_wording,
    content_words,
    fit,
    lexicon,
    same_words,
    score,
)
from evidence.extraction.table_results import finding_of, paired
from evidence.extraction.tables import Grid, read_grid
from evidence.extraction.time_points import TimePoint, same_time
from evidence.extraction.wording import Span, flatten
from indexers.records import Table

_VISIT_CODE = re.compile(r"\W*[TV]\s?\d{1,2}\W*$")
_UNIT_HEAD = re.compile(
    r"\b(?:hours?|days?|weeks?|months?|years?)\b|^\W*(?:(?-i:[TV])\s?)?\d+\W*$", re.I
)
_CHANGE_COLUMN = re.compile(r"\bchang|Δ|\bdifference", re.I)


class TableRow(NamedTuple):
    """Two cells that may report the outcome, with what is said over them."""

    grid: Grid
    pair: tuple[Context, Context]
    wording: RowWording
    time: TimePoint | None

    @property
    def name(self) -> str:
        """The words by which rows are told apart; times and the arms' names are left out."""
        return _name(self.wording)


def _name(wording: RowWording) -> str:
    return " | ".join(" ".join(sorted(content_words(t))) for t in wording.own if content_words(t))


def ranked_findings(
    tables: tuple[Table, ...],
    concept: OutcomeConcept,
    arms: tuple[TrialArm, ...],
    n_arms: int,
    article_spread: str | None,
    definitions: tuple[Abbreviation, ...],
) -> list[Finding]:
    """The results of the row whose wording is clearly nearest to the outcome, all flagged.

    A row whose cells could not be read competes, too: where it is nearest, nothing is given.
    """
    rows: list[TableRow] = []
    unread: list[RowWording] = []
    for table in tables:
        if is_baseline_table(table):
            continue
        grid = read_grid(table)
        contexts = read_contexts(grid, arms, n_arms)
        rows += _rows(grid, contexts)
        unread += _unread(grid, contexts)
    if not rows:
        return []
    wordings = [t for w in (*(r.wording for r in rows), *unread) for t in (*w.own, w.caption)]
    book = lexicon(wordings, definitions)
    fitting = [row for row in rows if _fits(concept, row)]
    scores = {id(row): score(concept.text, row.wording, book) for row in fitting}
    if concept.days is not None:
        # Where a row is of the time asked for, rows that tell no time are not.
        timed = [r for r in fitting if scores[id(r)] and r.time and r.time.days is not None]
        fitting = timed or fitting
    named = [(scores[id(row)], row.name) for row in fitting]
    names = {name for _, name in named}
    rivals = [(score(concept.text, w, book), _name(w)) for w in unread if _name(w) not in names]
    best = best_wording([*named, *rivals])
    if best is None or best not in names:
        return []
    found = [
        finding
        for row in fitting
        if row.name == best
        and scores[id(row)]
        and (finding := _finding(row, concept, article_spread, book)) is not None
    ]
    return _unambiguous(found)


def table_rows(
    tables: tuple[Table, ...], arms: tuple[TrialArm, ...], n_arms: int
) -> tuple[TableRow, ...]:
    """The pairs of cells of both arms in all tables, whatever their outcomes."""
    grids = [read_grid(table) for table in tables]
    return tuple(row for g in grids for row in _rows(g, read_contexts(g, arms, n_arms)))


def nearest_findings(
    rows: tuple[TableRow, ...],
    concept: OutcomeConcept,
    article_spread: str | None,
    definitions: tuple[Abbreviation, ...],
) -> list[Finding]:
    """The results of the rows whose wordings are nearest to the outcome, however far they are.

    They are candidates, of which something else has to tell the right one; nearest first.
    """
    book = lexicon([t for r in rows for t in (*r.wording.own, r.wording.caption)], definitions)
    near = [(fit(concept.text, row.wording, book).f, row) for row in rows]
    near = sorted((n for n in near if n[0] > 0), key=lambda n: -n[0])[:CANDIDATES]
    found = (_finding(row, concept, article_spread, book) for _, row in near)
    return [replace(f, exact=False) for f in found if f is not None]


def _rows(grid: Grid, contexts: list[Context]) -> list[TableRow]:
    rows = []
    for pair in paired(contexts):
        times = [time_of(grid, context) for context in pair]
        if any(is_baseline(grid, c, t) for c, t in zip(pair, times, strict=True)):
            continue
        mine = pair[0]
        # What stands over one arm alone (`Repeated doses`) is said of the arm.
        shared = {word for text in pair[1].columns for word in residual(text)}
        wording = RowWording(
            tuple(t for t in mine.labels if t and not (times[0] and _VISIT_CODE.match(flatten(t)))),
            mine.headings,
            tuple(
                t
                for t in mine.columns
                if t
                and not (times[0] and _UNIT_HEAD.search(flatten(t)))
                and shared >= set(residual(t))
            ),
            grid.table.caption,
            tuple(c.text for c in grid.corner),
        )
        rows.append(TableRow(grid, pair, wording, times[0]))
    return rows


def _unread(grid: Grid, contexts: list[Context]) -> list[RowWording]:
    """The wordings of rows that hold numbers, none of which could be given to an arm."""
    read = {c.value.cell.row for c in contexts}
    if not read:
        return []
    numbers = {c.row for c in grid.table.cells if c.column > 0 and re.search(r"\d", c.text)}
    return [
        RowWording(tuple(c.text for c in labels), (), (), grid.table.caption)
        for row, labels in grid.labels_by_row.items()
        if labels and row not in read and row in numbers
    ]


def _fits(concept: OutcomeConcept, row: TableRow) -> bool:
    """Whether a row is at the outcome's time, and a change where a change is asked for."""
    days = row.time.days if row.time else None
    if None not in (concept.days, days) and not same_time(concept.days, days):
        return False
    own = flatten(" ".join(row.wording.own))
    if asks_for_change(concept.text):
        return asks_for_change(own) or asks_for_change(row.wording.caption)
    return not _CHANGE_COLUMN.search(own)


def _finding(
    row: TableRow, concept: OutcomeConcept, article_spread: str | None, book: Lexicon
) -> Finding | None:
    """The numbers of a row, flagged with its wording unless its words are the question's."""
    labels = [c for c in row.pair[0].value.labels if c.text.strip()]
    headings = [c for c in row.pair[0].value.headings if c.text.strip()]
    named = labels or headings
    said = [c.text for c in (*headings, *labels)] or [row.grid.table.caption]
    place = Span(named[-1].start, named[-1].end) if named else Span(0, 0)
    same = same_words(concept.text, row.wording, book)
    match = OutcomeMatch(concept.text, place, exact=same, complement=False, length=0)
    reported = Reported(match, ": ".join(said), tuple(named), restricted=False)
    return finding_of(row.grid, row.pair, concept, reported, article_spread)


def _unambiguous(findings: list[Finding]) -> list[Finding]:
    """Nothing where one time and pair of arms has two results; the same numbers are one result."""
    by_key: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for f in findings:
        by_key[id(f.intervention), id(f.comparator), visit_of(f), f.population].append(f)
    for group in by_key.values():
        if len({tuple(sorted(_numbers(f).items())) for f in group}) > 1:
            return []
    return [replace(group[0], exact=False) for group in by_key.values()]


def _numbers(finding: Finding) -> dict[str, float]:
    return {name: value.number for name, value in finding.values.items()}
