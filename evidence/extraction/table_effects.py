"""Effects between arms that tables print, for the outcomes of a question."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from evidence.extraction.abbreviations import Abbreviation
from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.outcomes import OutcomeConcept, OutcomeMatch, residual
from evidence.extraction.printed_effects import PrintedEffect, read_effects
from evidence.extraction.results import Finding
from evidence.extraction.table_outcomes import (
    Reported,
    is_baseline,
    most_specific,
    population_of,
    time_of,
)
from evidence.extraction.table_ranking import (
    CANDIDATES,
    best_wording,
    content_words,
    fit,
    lexicon,
    score,
)
from evidence.extraction.time_points import TimePoint, same_time, time_points
from evidence.extraction.wording import Span, flatten
from indexers.records import Table


def printed_effects(
    tables: tuple[Table, ...], arms: tuple[TrialArm, ...], n_arms: int
) -> list[PrintedEffect]:
    """The effects that tables print between the arms, whatever their outcomes."""
    return [e for table in tables for e in read_effects(table, arms, n_arms)]


def table_effects(
    printed: list[PrintedEffect],
    concepts: tuple[OutcomeConcept, ...],
    definitions: tuple[Abbreviation, ...],
) -> list[Finding]:
    """The effects that tables print for the question's outcomes.

    Rows in the question's words come first; only an outcome without any is looked for among the
    other rows, and what is found so is flagged.
    """
    found = [f for e in printed if (f := _strict(e, concepts)) is not None]
    for concept in concepts:
        if not any(f.concept is concept for f in found):
            found += _ranked(printed, concept, definitions)
    return _without_subgroups(found)


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
_BEFORE = re.compile(
    r"^\W*baseline\b(?!.*chang)|(?-i:[a-z]Pre\b)"
    r"|^\W*(?:before|initial|pre)(?:-?\s?(?:test|treatment|intervention|therapy|values?))?\W*$",
    re.I,
)
_CHANGE = re.compile(r"\bchang|\bdiffer|\bfrom\b|\beffect|\boutcome", re.I)


def _at_start(printed: PrintedEffect, time: TimePoint | None) -> bool:
    """Whether an effect is of the start; a caption that speaks of changes, too, shows nothing."""
    over = (*printed.context.labels, *printed.context.headings, *printed.context.columns)
    if any(_BEFORE.search(flatten(t)) for t in over):
        return True
    if not is_baseline(printed.grid, printed.context, time):
        return False
    return time is not None or not _CHANGE.search(printed.grid.table.caption)


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
    best = best_wording([(s, _name(e)) for s, e, _ in scored])
    if best is None:
        return []
    return [_nearest(e, concept, time) for s, e, time in scored if s and _name(e) == best]


def nearest_effects(
    printed: Sequence[PrintedEffect],
    concept: OutcomeConcept,
    definitions: tuple[Abbreviation, ...],
) -> list[Finding]:
    """The effects of the rows whose wordings are nearest to the outcome, however far they are."""
    book = lexicon([t for e in printed for t in (*e.wording.own, e.wording.caption)], definitions)
    near = [(fit(concept.text, e.wording, book).f, e) for e in printed]
    near = sorted((n for n in near if n[0] > 0), key=lambda n: -n[0])[:CANDIDATES]
    return [_nearest(e, concept, _time(e)) for _, e in near]


def _nearest(printed: PrintedEffect, concept: OutcomeConcept, time: TimePoint | None) -> Finding:
    """The effect of a row that was chosen for its wording."""
    value = printed.context.value
    labels = [c for c in (*value.headings, *value.labels) if c.text.strip()]
    place = Span(labels[-1].start, labels[-1].end) if labels else Span(0, 0)
    match = OutcomeMatch(concept.text, place, exact=False, complement=False, length=0)
    said = ": ".join(c.text for c in labels) or printed.grid.table.caption
    return _finding(
        printed, concept, Reported(match, said, tuple(labels[-1:]), restricted=False), time
    )


def _name(printed: PrintedEffect) -> str:
    """The words by which rows are told apart; times and the effects' names are left out."""
    return " | ".join(
        " ".join(sorted(content_words(t))) for t in printed.wording.own if content_words(t)
    )


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
    said = set(residual(concept.text))
    aside = [
        t.strip() for c, t in pairs if c.start not in matched and set(residual(t)) - said
    ]  # fmt: skip
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


_OF_ALL = {"adjusted", "unadjusted", "whole", "cohort", "entire", "subgroup", "for"}


def _without_subgroups(found: list[Finding]) -> list[Finding]:
    """Where an effect of all stands beside those of subgroups, it alone stays."""
    groups: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for f in found:
        groups[id(f.concept), id(f.comparator), f.measure, f.days, f.population].append(f)
    kept = []
    for group in groups.values():
        own = [set(f.qualifier.split()) - _OF_ALL for f in group]
        kept += [f for f, q in zip(group, own, strict=True) if not any(o < q for o in own)]
    return sorted(kept, key=lambda f: f.start)
