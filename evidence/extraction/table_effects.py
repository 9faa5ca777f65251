"""Effects between arms that tables print: ratios and differences with their intervals.

Which arm is compared with which has to be said by the column's heading, the caption, a note or a
reference cell, or be shown by the arms' own numbers in the row; else the result is flagged. An
effect without the wording of a comparison of arms (predictors, changes within an arm) is not read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from evidence.extraction.abbreviations import Abbreviation
from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.arm_results import Value
from evidence.extraction.effect_cells import (
    RATIOS,
    Effect,
    Head,
    adjustment_of,
    is_estimate_column,
    is_interval,
    is_reference,
    leaning,
    other_level,
    possible,
    read_effect,
    read_head,
    read_limits,
    read_number,
    says_reference,
)
from evidence.extraction.effect_order import (
    OTHERS,
    Order,
    Verdict,
    judged,
    order_in,
    own_numbers,
    without_arms,
)
from evidence.extraction.outcomes import OutcomeConcept, OutcomeMatch, residual
from evidence.extraction.results import Finding
from evidence.extraction.table_contexts import Context, Naming, read_contexts
from evidence.extraction.table_outcomes import (
    Reported,
    is_baseline,
    is_baseline_table,
    most_specific,
    population_of,
    time_of,
)
from evidence.extraction.table_ranking import RowWording, best_of, lexicon, score
from evidence.extraction.tables import Grid, ValueCell, read_grid
from evidence.extraction.time_points import TimePoint, same_time, time_points
from evidence.extraction.wording import Span, flatten
from evidence.findings import Measure
from indexers.records import Table, TableCell

_GIVEN = re.compile(
    r"\bbetween[- ](?:the )?(?:two )?(?:groups?|arms?|treatments?|conditions)|\btreatment (?:effect"
    r"|difference|group)|\bintervention effect|\bgroup (?:effect|difference)"
    r"|\beffects? of (?:the )?(?:intervention|treatment)|\bbetween-?group", re.I,
)  # fmt: skip
_PREDICTORS = re.compile(
    r"\bpredict|\brisk factors?\b|\bdeterminants?\b|\bunivari|\bmultivari|\bcorrelat|\bprognos"
    r"|\bfactors? (?:associated|related|influenc)|\bmoderat(?:or|ion)|\bmediat|\bsub-?groups?\b",
    re.I,
)  # fmt: skip
_ABOUT_EFFECT = re.compile(
    r"\bdifferen|\bratio|\breference|\beffect|\bminus\b|\bcompar|\bversus\b|\bvs\b|\brelative to",
    re.I,
)
_EFFECT_WORDS = re.compile(
    r"(?-i:(?<![A-Za-z])(?:[acuA]|adj)?(?:I?RR|OR|HR|MD|SMD|RD)s?[a-d]?(?![A-Za-z]))|\bodds?\b"
    r"|\bhazards?\b|\brelative\b|\brisks?\b|\brates?\b|\bratios?\b|\bmeans?\b|\bdifferences?[a-d]?\b"
    r"|\bdiff\b|\bbetween\b|\bgroups?\b|\barms?\b|\b9\d(?:\.\d)?\s*%|(?-i:\bC\.?I\.?s?[a-d]?\b)"
    r"|\bconfidence\b|\bintervals?\b|\blimits?\b|\b(?:un|non-?)?adj(?:usted)?[a-d]?\b|\bcrude\b"
    r"|\beffects?\b|\bsize\b|\bestimated?\b|\btreatment\b|\bintervention\b|\bcontrols?\b|\bplacebo\b"
    r"|\bvs?\b\.?|\bversus\b|\bminus\b|\bcompared\b|\brelative to\b|\bstandardi[sz]ed\b|\bcohen's\b"
    r"|\bhedges'?s?\b|\b[dg]\b|\bl\.?s\.?\b|\bleast[- ]squares?\b|\bancova\b|\babsolute\b|\bp\b"
    r"|\bchanges?\b|\bref(?:erence)?\b|\bcomparison\b|Δ", re.I,
)  # fmt: skip
_MEANS = re.compile(r"\bmeans?\b|±|\bSD\b", re.I)
_MAX_COLUMNS_APART = 3


@dataclass(frozen=True)
class PrintedEffect:
    """An effect of a table's row with the wordings over it, before an outcome is looked for."""

    grid: Grid
    context: Context
    measure: Measure
    values: dict[str, Value]
    order: Order
    head: Head
    flags: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def wording(self) -> RowWording:
        """The wordings by which the ranking compares the row with a question's outcome."""
        context = self.context
        return RowWording(
            tuple(t for t in context.labels if t),
            (*context.headings, *(c.text for c in self.grid.corner)),
            tuple(t for t in context.columns if t),
            self.grid.table.caption,
        )


def table_effects(
    tables: tuple[Table, ...],
    concepts: tuple[OutcomeConcept, ...],
    arms: tuple[TrialArm, ...],
    n_arms: int,
    definitions: tuple[Abbreviation, ...],
) -> list[Finding]:
    """The effects that tables print for the question's outcomes.

    Rows in the question's words come first; only an outcome without any is looked for among the
    other rows, and what is found so is flagged.
    """
    printed = [e for table in tables for e in read_effects(table, arms, n_arms)]
    found = [f for e in printed if (f := _strict(e, concepts)) is not None]
    for concept in concepts:
        if not any(f.concept is concept for f in found):
            found += _ranked(printed, concept, definitions)
    return _without_subgroups(found)


def read_effects(table: Table, arms: tuple[TrialArm, ...], n_arms: int) -> Iterator[PrintedEffect]:
    """The effects between two of the arms in a table, whatever their outcomes."""
    if is_baseline_table(table) or _PREDICTORS.search(table.caption):
        return
    if not any(read_head(c.text) for c in table.cells) and read_head(table.caption) is None:
        return
    grid = read_grid(table)
    at = {
        (row, column): cell
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.row_span)
        for column in range(cell.column, cell.column + cell.column_span)
    }
    contexts = read_contexts(grid, arms, n_arms)
    for value in grid.cells:
        found = _printed(grid, at, value, contexts, arms, n_arms)
        if found is not None:
            yield found


def _printed(
    grid: Grid,
    at: dict[tuple[int, int], TableCell],
    value: ValueCell,
    contexts: list[Context],
    arms: tuple[TrialArm, ...],
    n_arms: int,
) -> PrintedEffect | None:
    over = " | ".join(c.text for c in value.columns)
    head = _head(grid, value, over)
    if head is None or _PREDICTORS.search(over):
        return None
    numbers = _numbers(at, value)
    if numbers is None or (head.open and numbers[0].low is None):
        return None
    effect, spans = numbers
    order = _order(grid, value, over, contexts, arms, n_arms)
    if order is None:
        return None
    context = _context(value, order, arms)
    wordings = (*(c.text for c in (*value.labels, *value.columns)), grid.table.caption)
    row = [c for c in contexts if c.value.cell.row == value.cell.row]
    pairs = [
        (own_numbers(mine, (*mine.labels, *mine.columns)),
         own_numbers(theirs, (*theirs.labels, *theirs.columns)))
        for mine in row for theirs in row
        if mine.naming.arm is order.first and theirs.naming.arm is order.second
        and mine.strict_key == theirs.strict_key
    ]  # fmt: skip
    measures = ("MD", "RD") if head.open else head.measures
    verdict = judged(measures, effect, pairs)
    measure = _measure(head, verdict, effect, wordings)
    if measure is None or not possible(measure, effect):
        return None
    if n_arms > 2 and not order.said and not (verdict and verdict.sign and verdict.exact):
        return None
    return _settled(grid, context, measure, effect, spans, order, head, verdict)


def _head(grid: Grid, value: ValueCell, over: str) -> Head | None:
    """What the column's heading says; `Adjusted (95% CI)` takes the measure from the caption."""
    if not value.columns:
        return None
    innermost = value.columns[-1].text
    head = read_head(over)
    if head is None and (adjustment_of(over) or is_interval(over)):
        named = read_head(grid.table.caption)
        if named is not None and named.measures and set(named.measures) <= set(RATIOS):
            head = named._replace(adjustment=adjustment_of(over) or named.adjustment)
    if head is None or not is_estimate_column(innermost):
        whole = read_effect(value.cell.text)
        if head is None or whole is None or whole.low is None or not is_interval(innermost):
            return None
    if not head.adjustment:
        said = adjustment_of(grid.table.caption)
        return head._replace(adjustment=said)
    return head


def _numbers(
    at: dict[tuple[int, int], TableCell], value: ValueCell
) -> tuple[Effect, dict[str, Span]] | None:
    """Estimate and limits with their places: one cell, or up to three columns."""
    cell = value.cell
    effect = read_effect(cell.text)
    if effect is None:
        return None
    own = Span(cell.start, cell.end)
    spans = {"estimate": own, "ci_low": own, "ci_high": own}
    if effect.low is not None:
        return effect, spans
    single: list[tuple[float, TableCell]] = []
    for column in range(cell.column + 1, cell.column + 1 + _MAX_COLUMNS_APART):
        beside = at.get((cell.row, column))
        over = [at[h.row, column].text for h in value.columns if (h.row, column) in at]
        if beside is None or not over:
            break
        innermost = next((t for t in reversed(over) if t.strip()), "")
        limits = read_limits(beside.text)
        if limits is not None and is_interval(" ".join(over)):
            place = Span(beside.start, beside.end)
            return effect._replace(low=limits[0], high=limits[1]), spans | {
                "ci_low": place, "ci_high": place,
            }  # fmt: skip
        number = read_number(beside.text)
        if number is not None and _LIMIT_HEAD.search(flatten(innermost)):
            single.append((number, beside))
            if len(single) == 2:
                (low, first), (high, second) = single
                return effect._replace(low=low, high=high), {
                    "estimate": own,
                    "ci_low": Span(first.start, first.end),
                    "ci_high": Span(second.start, second.end),
                }
        elif is_estimate_column(innermost) and read_head(" | ".join(over)):
            break
    return effect, {"estimate": own}


_LIMIT_HEAD = re.compile(
    r"\b(?:low|upp|high|lcl|ucl|ll\b|ul\b|min|max)|\blimit|\b9\d(?:\.\d)?\s*%", re.I
)


def _order(
    grid: Grid,
    value: ValueCell,
    over: str,
    contexts: list[Context],
    arms: tuple[TrialArm, ...],
    n_arms: int,
) -> Order | None:
    """The two arms that an effect compares; None where it is of one arm or of others."""
    found = order_in(over, arms, n_arms)
    if found == OTHERS or isinstance(found, TrialArm):
        return None
    for cell in (*value.labels, *value.headings):
        named = order_in(cell.text, arms, n_arms)
        if isinstance(named, TrialArm):
            if not residual(_EFFECT_WORDS.sub(" ", flatten(without_arms(cell.text, arms)))):
                return _against_reference(grid, value, named, arms, n_arms)
        elif isinstance(named, Order) and (found is None or not found.said):
            found = named
        elif named == OTHERS and found is None:
            return None
    if found is not None and found.said:
        return found
    if found is None and _has_reference(grid, value):
        return None
    notes = [s for note in grid.table.footnotes for s in re.split(r"(?<=[a-z)])[.;]\s", note)]
    notes = [n for n in notes if _ABOUT_EFFECT.search(n)]
    around = [order_in(t, arms, n_arms) for t in (*notes, grid.table.caption)]
    if found is None and OTHERS in around[-1:]:
        return None
    for i, named in enumerate(around):
        if isinstance(named, Order):
            same = found is None or {id(found[0]), id(found[1])} == {id(named[0]), id(named[1])}
            if same and (named.said or found is None):
                # A caption (`Results of A versus B`) names the arms, not the way of the effect.
                found = named._replace(said=named.said and i < len(notes))
                if found.said:
                    return found
    mine = [a for a in arms if a.role == "intervention"]
    theirs = [a for a in arms if a.role == "comparator"]
    if found is None and (len(mine), len(theirs)) == (1, 1):
        compared = {id(c.naming.arm) for c in contexts} == {id(mine[0]), id(theirs[0])}
        if compared or any(_GIVEN.search(t) for t in (over, *notes, grid.table.caption)):
            found = Order(mine[0], theirs[0], said=False)
    if found is not None and found.first.role == "comparator" and not found.said:
        found = Order(found.second, found.first, said=False)
    return found


def _in_column(grid: Grid, value: ValueCell) -> list[TableCell]:
    """The other cells of a column under the same heading."""
    return [
        c for c in grid.table.cells
        if c.column == value.cell.column and c.row != value.cell.row and not c.header
        and c.row not in {h.row for h in value.columns}
    ]  # fmt: skip


def _has_reference(grid: Grid, value: ValueCell) -> bool:
    """Whether rows of a column are compared with one of them (`1.00`, `Ref.`)."""
    return any(says_reference(c.text) for c in _in_column(grid, value))


def _against_reference(
    grid: Grid, value: ValueCell, arm: TrialArm, arms: tuple[TrialArm, ...], n_arms: int
) -> Order | None:
    """The comparison of a row that is an arm's with the reference row of another arm."""
    found = []
    for cell in _in_column(grid, value):
        if not is_reference(cell.text):
            continue
        labels = grid.labels_by_row.get(cell.row, ())
        named = [order_in(c.text, arms, n_arms) for c in labels]
        between = [
            h
            for h in grid.labels_by_row
            if min(cell.row, value.cell.row) < h < max(cell.row, value.cell.row)
        ]
        found += [n for n in named if isinstance(n, TrialArm) and len(between) < len(arms) + 1]
    found = [f for f in found if f is not arm]
    return Order(arm, found[0], said=True) if len({id(f) for f in found}) == 1 else None


def _context(value: ValueCell, order: Order, arms: tuple[TrialArm, ...]) -> Context:
    """The cell with its wordings, the words of the effect and of its arms taken out."""

    def plain(cell: TableCell) -> str:
        rest = _EFFECT_WORDS.sub(" ", flatten(without_arms(cell.text, arms)))
        return rest if residual(rest) or time_points(rest) else ""

    def label(cell: TableCell) -> str:
        return plain(cell) if order_in(cell.text, arms, 2) else cell.text

    return Context(
        value=value,
        naming=Naming(order.first, ""),
        labels=tuple(label(c) for c in value.labels),
        headings=tuple(label(c) for c in value.headings),
        columns=tuple(plain(c) for c in value.columns),
        layout=None, total=None, strict_key=(), loose_key=(),
    )  # fmt: skip


def _measure(
    head: Head, verdict: Verdict | None, effect: Effect, wordings: tuple[str, ...]
) -> Measure | None:
    """The measure: the one that the heading names or, of several, that the row's numbers show."""
    if verdict is not None and verdict.sign:
        return verdict.measure
    if len(head.measures) == 1:
        return head.measures[0]
    if head.open and verdict is not None:
        return verdict.measure
    if head.open and not effect.percent and any(_MEANS.search(t) for t in wordings):
        return "MD"
    return None


def _settled(
    grid: Grid,
    context: Context,
    measure: Measure,
    effect: Effect,
    spans: dict[str, Span],
    order: Order,
    head: Head,
    verdict: Verdict | None,
) -> PrintedEffect:
    """The effect of the intervention over the comparator, with what is doubtful about it."""
    flags, notes = [], []
    inverse = order.first.role == "comparator"
    how = "is compared with"
    if verdict is not None and verdict.sign == -1 and (verdict.exact or not order.said):
        inverse, how = not inverse, "is, by the numbers of its row, compared with"
    elif verdict is not None and verdict.sign == -1:
        flags.append("the numbers of its row speak for the other direction of the effect")
    elif not order.said and not (verdict is not None and verdict.sign):
        flags.append("which arm the effect compares with which is not said: taken as printed")
    if verdict is not None and verdict.astray:
        flags.append("the numbers of its row lead to another effect")
    if leaning(measure, effect):
        scale = "logarithmic scale" if measure in RATIOS else "scale"
        flags.append(f"the estimate is far from the middle of its interval on the {scale}")
    level = other_level((*(c.text for c in context.value.columns), grid.table.caption,
                         *grid.table.footnotes))  # fmt: skip
    if level is not None:
        flags.append(f"the interval is of {level} %, not of 95 %")
    if head.adjustment:
        notes.append(f"an {head.adjustment} estimate")
    first, second = (order.second, order.first) if inverse else (order.first, order.second)
    derivation = (
        f"inverse of the printed effect, in which {second.name} {how} {first.name}"
        if inverse else None
    )  # fmt: skip
    placed = Order(first, second, order.said)
    values = _values(measure, effect, spans, derivation, inverse=inverse)
    return PrintedEffect(grid, context, measure, values, placed, head, tuple(flags), tuple(notes))


def _values(
    measure: Measure,
    effect: Effect,
    spans: dict[str, Span],
    derivation: str | None,
    *,
    inverse: bool,
) -> dict[str, Value]:
    """The numbers with their quotes; risk differences in percentage points become fractions."""
    printed = {"estimate": effect.estimate, "ci_low": effect.low, "ci_high": effect.high}
    if inverse:
        printed["ci_low"], printed["ci_high"] = printed["ci_high"], printed["ci_low"]
        spans = {
            name: spans[other]
            for name, other in (("estimate", "estimate"), ("ci_low", "ci_high"),
                                ("ci_high", "ci_low"))
            if other in spans
        }  # fmt: skip
    points = measure == "RD" and (effect.percent or max(map(abs, filter(None, printed.values())),
                                                        default=0.0) > 1)  # fmt: skip
    said = [derivation] if derivation else []
    said += ["percentage points as a fraction"] if points else []
    found = {}
    for name, number in printed.items():
        if number is None:
            continue
        value = (1 / number if measure in RATIOS else -number) if inverse else number
        value = round(value / 100 if points else value, 6) + 0.0
        found[name] = Value(value, (spans[name],), "; ".join(said) or None)
    return found


def _time(printed: PrintedEffect) -> TimePoint | None:
    """When an effect is of; a change `from baseline to week 8` is of its end."""
    time = time_of(printed.grid, printed.context)
    if time is not None and time.days is not None:
        return time
    for text in (*printed.context.columns, printed.grid.table.caption):
        period = _FROM_START.search(text)
        if period is not None and time_points(period[1]):
            return time_points(period[1])[0]
    return time


_FROM_START = re.compile(r"\bbaseline\W{1,3}(?:to|until|through)\W(.{3,30})", re.I)
_CHANGE = re.compile(r"\bchang|\bdiffer|\bfrom\b|\beffect|\boutcome", re.I)


def _at_start(printed: PrintedEffect, time: TimePoint | None) -> bool:
    """Whether an effect is of the start of the trial, for which nothing but its caption may speak."""
    if not is_baseline(printed.grid, printed.context, time):
        return False
    over = (*printed.context.labels, *printed.context.headings, *printed.context.columns)
    own = any(re.search(r"\bbaseline|\bpre\b|\bpre-|\bbefore\b|\binitial", t, re.I) for t in over)
    return own or time is not None or not _CHANGE.search(printed.grid.table.caption)


def _strict(printed: PrintedEffect, concepts: tuple[OutcomeConcept, ...]) -> Finding | None:
    grid, context = printed.grid, printed.context
    time = _time(printed)
    if _at_start(printed, time):
        return None
    choice = most_specific(grid, context, concepts, time)
    if choice is None or choice[1].match.complement:
        return None
    return _finding(printed, *choice, time)


def _ranked(
    printed: list[PrintedEffect], concept: OutcomeConcept, definitions: tuple[Abbreviation, ...]
) -> list[Finding]:
    """The effects of the row whose wording is clearly nearest to the outcome, all flagged."""
    rows = [(e, _time(e)) for e in printed]
    rows = [(e, t) for e, t in rows if not _at_start(e, t) and _at(concept, t)]
    book = lexicon([t for e in printed for t in (*e.wording.own, e.wording.caption)], definitions)
    scored = [(score(concept.text, e.wording, book), e, t) for e, t in rows]
    best = best_of([(s, _name(e)) for s, e, _ in scored])
    if best is None:
        return []
    found = []
    for s, e, time in scored:
        if s != best:
            continue
        labels = [c for c in (*e.context.value.headings, *e.context.value.labels) if c.text.strip()]
        place = Span(labels[-1].start, labels[-1].end) if labels else Span(0, 0)
        match = OutcomeMatch(concept.text, place, exact=False, complement=False, length=0)
        said = ": ".join(c.text for c in labels) or e.grid.table.caption
        reported = Reported(match, said, tuple(labels[-1:]), restricted=False)
        found.append(_finding(e, concept, reported, time))
    return found


def _name(printed: PrintedEffect) -> str:
    """The wording by which rows are told apart: the row's, without times."""
    texts = (*printed.context.labels, *printed.context.headings)
    return " | ".join((str(printed.grid.table.start), *(" ".join(residual(t)) for t in texts)))


def _at(concept: OutcomeConcept, time: TimePoint | None) -> bool:
    days = time.days if time else None
    return None in (concept.days, days) or same_time(concept.days, days)


def _finding(
    printed: PrintedEffect, concept: OutcomeConcept, reported: Reported, time: TimePoint | None
) -> Finding:
    context, order = printed.context, printed.order
    matched = {c.start for c in reported.cells}
    pairs = [*zip(context.value.columns, context.columns, strict=True),
             *zip(context.value.labels, context.labels, strict=True)]  # fmt: skip
    if _under_several(printed):
        pairs += zip(context.value.headings, context.headings, strict=True)
    aside = [t.strip() for c, t in pairs if c.start not in matched and residual(t)]
    flags = list(printed.flags)
    if order.first.generic or order.second.generic:
        flags.append("an arm is named only in general words (intervention, control)")
    if not reported.match.exact:
        flags.append(f"reported as {reported.wording!r}: check that this is the outcome")
    if reported.restricted:
        flags.append(f"subgroup or restricted table: {printed.grid.table.caption[:160]!r}")
    if aside:
        flags.append(f"reported for {' / '.join(aside)!r}")
    qualifier = " ".join((printed.head.adjustment, *(r for t in aside for r in residual(t))))
    return Finding(
        concept=concept,
        reported_as=reported.wording,
        intervention=order.first,
        comparator=order.second,
        kind="generic",
        values=printed.values,
        start=context.value.cell.start,
        exact=reported.match.exact and not reported.restricted,
        time_text=time.text if time else None,
        days=time.days if time else None,
        population=population_of(printed.grid, context),
        qualifier=qualifier.strip(),
        measure=printed.measure,
        length=reported.match.length,
        flags=tuple(dict.fromkeys(flags)),
        notes=printed.notes,
    )


def _under_several(printed: PrintedEffect) -> bool:
    """Whether rows of the same labels stand under different headings of the table."""
    own = {c.text for c in printed.context.value.labels}
    rivals = {
        tuple(h.start for h in v.headings) for v in printed.grid.cells
        if own and own <= {c.text for c in v.labels}
    }  # fmt: skip
    return len(rivals) > 1


def _without_subgroups(found: list[Finding]) -> list[Finding]:
    """Where an effect of all stands beside those of subgroups, it alone stays."""
    groups: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for f in found:
        groups[id(f.concept), id(f.comparator), f.measure, f.days, f.population].append(f)
    kept = []
    for group in groups.values():
        own = [set(f.qualifier.split()) - {"adjusted", "unadjusted"} for f in group]
        kept += [f for f, q in zip(group, own, strict=True) if not any(o < q for o in own)]
    return sorted(kept, key=lambda f: f.start)
