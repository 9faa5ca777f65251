"""The parts of a sentence that print numbers of the arms side by side, and whose they are."""

from __future__ import annotations

import itertools
import re

from evidence.extraction.sentence_arms import Named
from evidence.extraction.sentence_clauses import Clause
from evidence.extraction.sentence_numbers import Group
from evidence.extraction.sentence_order import (
    COMPARED_FIRST,
    Pairs,
    against,
    by_order,
    compares,
    text_between,
)
from evidence.extraction.sentences import ResultSentence
from evidence.extraction.wording import Span, flatten

_CLAUSE = re.compile(
    r";\s+|,\s+(?:and|while|whereas|but)\s+(?=[^,;]{25})|\bwhereas\b|\bwhile\b|\bbut\b", re.I
)
_VERSUS = re.compile(r"\b(?:versus|vs\.?|v\.?|compared (?:with|to)|against)(?!\w)", re.I)
_KINDS = ("count", "mean", "median", "percent")


def clauses_with_pairs(sentence: ResultSentence) -> list[tuple[Clause, Pairs]]:
    """The parts of a sentence that print numbers of the arms side by side, with those numbers."""
    for kind in _KINDS:
        groups = tuple(g for g in sentence.groups if g.kind == kind)
        if not groups:
            continue
        # A percentage beside counts or means explains them; beside percentages nothing is left out.
        others = [g for g in sentence.groups if g.kind not in (kind, "percent")]
        if others:
            return []
        found = _read(sentence, groups)
        if found or kind != "percent":
            return found
    return []


def _read(sentence: ResultSentence, groups: tuple[Group, ...]) -> list[tuple[Clause, Pairs]]:
    whole = Clause(sentence, sentence.span, sentence.named, groups)
    parts = _parts(whole)
    if len(groups) == 2:
        pairs = assigned(whole)
        return [(_holder(whole, parts), pairs)] if pairs else []
    found = [(p, pairs) for p in parts if len(p.groups) >= 2 and (pairs := assigned(p))]
    if found:
        return found
    pairs = assigned(whole)
    return [(whole, pairs)] if pairs else _in_brackets(whole) or _versus_pairs(whole)


def _parts(clause: Clause) -> list[Clause]:
    flat = flatten(clause.text)
    inside = _brackets(flat)
    ends = [m.end() for m in _CLAUSE.finditer(flat)]
    cuts = [0, *(e for e in ends if not any(b.start < e < b.end for b in inside)), len(flat)]
    parts = []
    for low, high in itertools.pairwise(cuts):
        span = Span(clause.span.start + low, clause.span.start + high)
        parts.append(within(clause, span))
    return parts


def _brackets(flat: str) -> list[Span]:
    """The outermost brackets of a text."""
    found, depth, low = [], 0, 0
    for m in re.finditer(r"[()\[\]]", flat):
        if m.group() in "([":
            low = low if depth else m.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                found.append(Span(low, m.end()))
    return found


def _in_brackets(clause: Clause) -> list[tuple[Clause, Pairs]]:
    """`x (A: 5; B: 6) and y (A: 7; B: 8)`: each bracket with the words before it."""
    found, low = [], clause.span.start
    for bracket in _brackets(flatten(clause.text)):
        span = Span(clause.span.start + bracket.start, clause.span.start + bracket.end)
        inner = within(clause, span)
        pairs = assigned(inner) if len(inner.groups) >= 2 else None
        if pairs:
            found.append((inner._replace(span=Span(_past_and(clause, low), span.end)), pairs))
        low = span.end
    return found


def _past_and(clause: Clause, low: int) -> int:
    """A place without the conjunction that stands there."""
    lead = re.match(
        r"[\s,;)\]]*(?:(?:and|or|but)\b\s*)?", text_between(clause, low, clause.span.end)
    )
    return low + (lead.end() if lead else 0)


def _holder(clause: Clause, parts: list[Clause]) -> Clause:
    """The parts of a sentence from the first to the last that holds a number."""
    held = [p for p in parts if p.groups]
    return within(clause, Span(held[0].span.start, held[-1].span.end))


def within(clause: Clause, span: Span) -> Clause:
    """The part of a clause that stands in a span."""
    return Clause(
        clause.sentence,
        span,
        tuple(n for n in clause.named if span.start <= n.start < span.end),
        tuple(g for g in clause.groups if span.start <= g.span.start < span.end),
    )


def _versus_pairs(clause: Clause) -> list[tuple[Clause, Pairs]]:
    """`With A versus B, x was rarer (5% vs 9%) and y commoner (7% vs 3%)`: pair by pair."""
    named, groups = _merged(list(clause.named)), clause.groups
    if len(groups) % 2 or len(named) != 2 or named[-1].end > groups[0].span.start:
        return []
    found = []
    low = clause.span.start
    for first, second in zip(groups[::2], groups[1::2], strict=True):
        if not _VERSUS.search(text_between(clause, first.span.end, second.span.start)):
            return []
        span = Span(_past_and(clause, low), second.span.end)
        part = Clause(clause.sentence, span, tuple(named), (first, second))
        pairs = assigned(part._replace(span=Span(clause.span.start, second.span.end)))
        # Pairs that follow each other without words are of several times or groups.
        if (
            not pairs
            or len(re.findall(r"[a-z]{3,}", text_between(clause, low, first.span.start))) < 1
        ):
            return []
        if not against(text_between(clause, low, first.span.start), first, second):
            found.append((part, pairs))
        low = second.span.end
    return found


def _merged(named: list[Named]) -> list[Named]:
    """Names in order, one where the same arm is named twice running."""
    kept: list[Named] = []
    for name in named:
        if kept and name.arm is not None and kept[-1].arm is name.arm:
            kept[-1] = name
        else:
            kept.append(name)
    return kept


def assigned(clause: Clause) -> Pairs | None:
    """The numbers of each arm that was asked for; None where the order does not settle it."""
    found = by_order(clause)
    if found is not None or len(clause.groups) != 2 or len(clause.sentence.only_arms) != 2:
        return found
    return _by_the_other(clause) or _by_one_name(clause) or _by_size(clause)


def _by_the_other(clause: Clause) -> Pairs | None:
    """A group under a name that is no arm's, beside one arm of two, is the other arm."""
    known = {id(n.arm): n.arm for n in clause.named if n.arm is not None}
    unknown = {text_between(clause, n.start, n.end) for n in clause.named if n.arm is None}
    if len(known) != 1 or len(unknown) != 1 or re.search(r"\bage\b|protocol|\bITT|\bPP\b",
                                                         next(iter(unknown))):  # fmt: skip
        return None
    held = next(iter(known.values()))
    other = next(a for a in clause.sentence.only_arms if a is not held)
    named = tuple(n if n.arm is not None else n._replace(arm=other) for n in clause.named)
    found = by_order(clause._replace(named=named))
    said = next(iter(unknown))
    return found and found._replace(doubt=f"{said!r} is taken for the arm {other.name}")


def _by_one_name(clause: Clause) -> Pairs | None:
    """`higher in the A group (75% versus 55%)`: the first number is that of the arm named."""
    arms = {id(n.arm): n.arm for n in clause.named}
    held = next(iter(arms.values()), None)
    first, second = clause.groups
    if len(arms) != 1 or held is None or clause.named[-1].end > first.span.start:
        return None
    gap = text_between(clause, clause.named[-1].end, first.span.start)
    between = text_between(clause, first.span.end, second.span.start)
    before = text_between(clause, clause.span.start, clause.named[-1].start)
    if not re.fullmatch(r"(?:\s*(?:groups?|arm|patients))?\s*[(\[,]\s*", gap) or not compares(
        before
    ):
        return None
    if not _VERSUS.fullmatch(between.strip(" ,;)(")) or COMPARED_FIRST.search(before):
        return None
    if re.search(r"\bfrom\b|\bbaseline\b|\bwithin\b|\bbefore\b|\bafter\b", before, re.I):
        return None
    if against(before, first, second):
        return None
    other = next(a for a in clause.sentence.only_arms if a is not held)
    doubt = f"only {held.name} is named: the second number is taken for {other.name}"
    return Pairs(((held, first), (other, second)), doubt)


def _by_size(clause: Clause) -> Pairs | None:
    """Counts whose totals are the sizes of the two arms, where the arms differ in size."""
    if clause.named:
        return None
    totals = [g.reading.total if g.reading else None for g in clause.groups]
    found = []
    for group, total in zip(clause.groups, totals, strict=True):
        fitting = [a for a in clause.sentence.only_arms if total in {s.count for s in a.sizes}]
        if total is None or len(fitting) != 1:
            return None
        found.append((fitting[0], group))
    if found[0][0] is found[1][0]:
        return None
    return Pairs(tuple(found), "the arms are not named: their numbers of participants tell them")
