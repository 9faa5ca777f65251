"""Which numbers of a sentence belong to which arm, by the order of names and numbers."""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.sentence_arms import Named
from evidence.extraction.sentence_clauses import Clause
from evidence.extraction.sentence_numbers import Group
from evidence.extraction.sentences import ResultSentence
from evidence.extraction.wording import Span, flatten

_CLAUSE = re.compile(
    r";\s+|,\s+(?:and|while|whereas|but)\s+(?=[^,;]{25})|\bwhereas\b|\bwhile\b|\bbut\b", re.I
)
_BETWEEN = re.compile(r"\b(?:versus|vs\.?|compared|and|against|than|as opposed|or)\b", re.I)
_VERSUS = re.compile(r"\b(?:versus|vs\.?|v\.?|compared (?:with|to)|against)(?!\w)", re.I)
_COMPARED_FIRST = re.compile(
    r"\b(?:compared|relative|comparison|contrast|opposed|versus|than)\s+(?:with|to)?\s*(?:the\s+|"
    r"those (?:in|on|receiving) (?:the )?)?$", re.I,
)  # fmt: skip
_COMPARED = re.compile(
    r"(?:\b(?:than|versus|vs?\.?|compared|comparison|and|or|to|against|relative|respect)|[,/&])"
    r"(?:\W+\w+){0,5}\W*$|^\W*$", re.I,
)  # fmt: skip
_MORE = re.compile(
    r"\b(?:higher|greater|more|longer|larger|increased|higher|increases|older|heavier|commoner|worse)\b",
    re.I,
)
_LESS = re.compile(
    r"\b(?:lower|less|fewer|shorter|smaller|rarer|reduced|decreased|reduces|reduction)\b", re.I
)


class Pairs(NamedTuple):
    """Numbers with their arms, and what is doubtful about who they belong to."""

    arms: tuple[tuple[TrialArm, Group], ...]
    doubt: str = ""


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
    return [(whole, pairs)] if pairs else _versus_pairs(whole)


def _parts(clause: Clause) -> list[Clause]:
    flat = flatten(clause.text)
    cuts = [0, *(m.end() for m in _CLAUSE.finditer(flat)), len(flat)]
    parts = []
    for low, high in itertools.pairwise(cuts):
        span = Span(clause.span.start + low, clause.span.start + high)
        parts.append(within(clause, span))
    return parts


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
        if not _VERSUS.search(_text(clause, first.span.end, second.span.start)):
            return []
        span = Span(low, second.span.end)
        part = Clause(clause.sentence, span, tuple(named), (first, second))
        pairs = assigned(part._replace(span=Span(clause.span.start, second.span.end)))
        if not pairs:
            return []
        found.append((part, pairs))
        low = second.span.end
    return found


def _text(clause: Clause, low: int, high: int) -> str:
    base = clause.sentence.span.start
    return flatten(clause.sentence.text[low - base : high - base])


def _merged(named: list[Named]) -> list[Named]:
    """Names in order, one where the same arm is named twice running."""
    kept: list[Named] = []
    for name in named:
        if kept and name.arm is not None and kept[-1].arm is name.arm:
            kept[-1] = name
        else:
            kept.append(name)
    return kept


def items_of(clause: Clause) -> list[Named | Group]:
    """Names and numbers of a clause in order; names of one arm that follow each other are one."""
    items: list[Named | Group] = sorted((*clause.named, *clause.groups), key=_start)
    order: list[Named | Group] = []
    for item in items:
        last = order[-1] if order else None
        if (isinstance(item, Named) and isinstance(last, Named) and item.arm is not None
                and last.arm is item.arm):  # fmt: skip
            order[-1] = item
        else:
            order.append(item)
    return order


def _start(item: Named | Group) -> int:
    return item.start if isinstance(item, Named) else item.span.start


def shape_of(order: list[Named | Group]) -> str:
    """Names (A) and numbers (G) in order."""
    return "".join("A" if isinstance(i, Named) else "G" for i in order)


def assigned(clause: Clause) -> Pairs | None:
    """The numbers of each arm that was asked for; None where the order does not settle it."""
    found = _by_order(clause)
    if found is not None or len(clause.groups) != 2 or len(clause.sentence.only_arms) != 2:
        return found
    return _by_the_other(clause) or _by_one_name(clause) or _by_size(clause)


def _by_the_other(clause: Clause) -> Pairs | None:
    """A group under a name that is no arm's, beside one arm of two, is the other arm."""
    known = {id(n.arm): n.arm for n in clause.named if n.arm is not None}
    unknown = {_text(clause, n.start, n.end) for n in clause.named if n.arm is None}
    if len(known) != 1 or len(unknown) != 1 or re.search(r"\bage\b|protocol|\bITT|\bPP\b",
                                                         next(iter(unknown))):  # fmt: skip
        return None
    held = next(iter(known.values()))
    other = next(a for a in clause.sentence.only_arms if a is not held)
    named = tuple(n if n.arm is not None else n._replace(arm=other) for n in clause.named)
    found = _by_order(clause._replace(named=named))
    said = next(iter(unknown))
    return found and found._replace(doubt=f"{said!r} is taken for the arm {other.name}")


def _by_one_name(clause: Clause) -> Pairs | None:
    """`higher in the A group (75% versus 55%)`: the first number is that of the arm named."""
    arms = {id(n.arm): n.arm for n in clause.named}
    held = next(iter(arms.values()), None)
    first, second = clause.groups
    if len(arms) != 1 or held is None or clause.named[-1].end > first.span.start:
        return None
    gap = _text(clause, clause.named[-1].end, first.span.start)
    between = _text(clause, first.span.end, second.span.start)
    before = _text(clause, clause.span.start, clause.named[-1].start)
    compared = _MORE.search(before) or _LESS.search(before)
    if not re.fullmatch(r"(?:\s*(?:groups?|arm|patients))?\s*[(\[,]\s*", gap) or not compared:
        return None
    if not _VERSUS.fullmatch(between.strip(" ,;)(")) or _COMPARED_FIRST.search(before):
        return None
    if re.search(r"\bfrom\b|\bbaseline\b|\bwithin\b|\bbefore\b|\bafter\b", before, re.I):
        return None
    more, less = bool(_MORE.search(before)), bool(_LESS.search(before))
    mine, theirs = abs(_size(first)), abs(_size(second))
    if more == less or (mine < theirs if more else mine > theirs):
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


def _by_order(clause: Clause) -> Pairs | None:
    order = items_of(clause)
    shape, k = shape_of(order), len(clause.groups)
    if k < 2:
        return None
    # An opening comparison in words (lower with A than with B: ...) comes before the numbers' own.
    opened = re.fullmatch(r"A{0,3}?((?:GA){%d}|(?:AG){%d})" % (k, k), shape)
    closed = re.fullmatch(r"((?:GA){%d})A{1,2}" % k, shape)
    if opened and not shape.endswith("AAGAG"):
        order = order[opened.start(1) :]
        return _checked(clause, _zipped(order), in_order=True)
    if closed:
        return _checked(clause, _zipped(order[: 2 * k]), in_order=True)
    named = [i for i in order if isinstance(i, Named)]
    if len(named) != k:
        return None
    gaps = [_text(clause, a.span.end, b.span.start)
            for a, b in itertools.pairwise(clause.groups)]  # fmt: skip
    text = _text(clause, clause.span.start, clause.span.end)
    if shape == "AGGA" and _BETWEEN.search(gaps[0]) and len(gaps[0]) < 60:
        return _checked(clause, _zipped(order), in_order=True)
    joined = all((_BETWEEN.search(g) or "," in g) and len(g) < 40 for g in gaps)
    said = re.search(r"respectively|\bresp\b|versus|\bvs?\b|compared", text, re.I)
    if shape not in ("A" * k + "G" * k, "G" * k + "A" * k) or not joined or not said:
        return None
    if k > 2 and not re.search(r"respectively|\bresp\b", text, re.I):
        return None
    before = _text(clause, clause.span.start, named[0].start)
    together = all(_COMPARED.search(_text(clause, a.end, b.start))
                   for a, b in itertools.pairwise(named[-2:]))  # fmt: skip
    if _COMPARED_FIRST.search(before) or not together:
        return None
    return _checked(clause, _zipped(order), in_order=False)


def _zipped(order: list[Named | Group]) -> list[tuple[Named, Group]]:
    named = [i for i in order if isinstance(i, Named)]
    groups = [i for i in order if isinstance(i, Group)]
    return list(zip(named, groups, strict=True))


def _checked(clause: Clause, pairs: list[tuple[Named, Group]], *, in_order: bool) -> Pairs | None:
    """Pairs without the groups that were not asked for; None where words contradict the numbers."""
    arms = [n.arm for n, _ in pairs if n.arm is not None]
    if len({id(a) for a in arms}) != len(arms):
        return None
    if not {"intervention", "comparator"} <= {a.role for a in arms}:
        return None
    if len(pairs) == 2 and _contradicted(clause, pairs):
        return None
    if not in_order and any(n.arm is None for n, _ in pairs):
        return None
    return Pairs(tuple((n.arm, g) for n, g in pairs if n.arm is not None))


def _contradicted(clause: Clause, pairs: list[tuple[Named, Group]]) -> bool:
    """Whether `higher with A than with B` is said of numbers that are lower with A."""
    (a, first), (b, second) = sorted(pairs, key=lambda p: p[0].start)
    between = _text(clause, a.end, b.start)
    if not re.search(r"\bthan\b", between):
        return False
    words = _text(clause, clause.span.start, b.start)
    more, less = bool(_MORE.search(words)), bool(_LESS.search(words))
    if more == less:
        return False
    mine, theirs = abs(_size(first)), abs(_size(second))
    return mine < theirs if more else mine > theirs


def _size(group: Group) -> float:
    """What is compared: a percentage or share, a mean, a median."""
    if group.reading is not None:
        reading = group.reading
        if reading.percent is not None:
            return reading.percent
        return 100 * (reading.events or 0) / reading.total if reading.total else reading.events or 0
    if group.printed is None:
        return 0.0
    if group.printed.quantiles is not None:
        return group.printed.quantiles.median
    return group.printed.mean or 0.0
