"""Which numbers of a clause belong to which arm, by the order of names and numbers."""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

from evidence.extraction.arm_mentions import TrialArm
from evidence.extraction.sentence_arms import Named
from evidence.extraction.sentence_clauses import Clause
from evidence.extraction.sentence_numbers import Group
from evidence.extraction.wording import flatten

_BETWEEN = re.compile(r"\b(?:versus|vs\.?|compared|and|against|than|as opposed|or)\b", re.I)
COMPARED_FIRST = re.compile(
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


def text_between(clause: Clause, low: int, high: int) -> str:
    """The text between two places of the document that stand in the clause's sentence."""
    base = clause.sentence.span.start
    return flatten(clause.sentence.text[low - base : high - base])


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


def by_order(clause: Clause) -> Pairs | None:
    """Names and numbers in turn, or all names and all numbers in the same order."""
    order = items_of(clause)
    if len(clause.groups) < 2:
        return None
    turns = _in_turn(order, len(clause.groups))
    if turns is not None:
        return _checked(clause, _zipped(turns), in_order=True) if turns else None
    if _in_lists(clause, order):
        return _checked(clause, _zipped(order), in_order=False)
    return None


def _in_turn(order: list[Named | Group], k: int) -> list[Named | Group] | None:
    """The names and numbers that alternate; empty where two readings are open, None elsewhere."""
    shape = shape_of(order)
    if re.fullmatch(rf"A(?:GA){{{k}}}", shape):
        return _nearer(order)
    # An opening comparison in words (lower with A than with B: ...) comes before the numbers' own.
    opened = re.fullmatch(rf"A{{0,3}}?((?:GA){{{k}}}|(?:AG){{{k}}})", shape)
    if opened:
        return [] if shape.endswith("AAGAG") else order[opened.start(1) :]
    if re.fullmatch(rf"(?:GA){{{k}}}A", shape):
        return order[: 2 * k]
    return None


def _in_lists(clause: Clause, order: list[Named | Group]) -> bool:
    """Whether names and numbers stand as `A than B (5 vs 6)` or `5 and 6 in A and B`."""
    shape, k = shape_of(order), len(clause.groups)
    named = [i for i in order if isinstance(i, Named)]
    gaps = [text_between(clause, a.span.end, b.span.start)
            for a, b in itertools.pairwise(clause.groups)]  # fmt: skip
    if shape == "AGGA":
        return _BETWEEN.search(gaps[0]) is not None and len(gaps[0]) < 60
    if shape not in ("A" * k + "G" * k, "G" * k + "A" * k):
        return False
    text = text_between(clause, clause.span.start, clause.span.end)
    respectively = re.search(r"respectively|\bresp\b", text, re.I)
    if not respectively and (k > 2 or not re.search(r"versus|\bvs?\b|compared", text, re.I)):
        return False
    joined = all((_BETWEEN.search(g) or "," in g) and len(g) < 40 for g in gaps)
    together = all(_COMPARED.search(text_between(clause, a.end, b.start))
                   for a, b in itertools.pairwise(named))  # fmt: skip
    before = text_between(clause, clause.span.start, named[0].start)
    return joined and together and not COMPARED_FIRST.search(before)


def _nearer(order: list[Named | Group]) -> list[Named | Group]:
    """Of names before, between and behind numbers those that are nearer to every number."""
    before, after = [], []
    for left, group, right in zip(order[:-2:2], order[1::2], order[2::2], strict=True):
        if isinstance(left, Named) and isinstance(group, Group) and isinstance(right, Named):
            before.append(group.span.start - left.end)
            after.append(right.start - group.span.end)
    if all(b < a for b, a in zip(before, after, strict=True)):
        return order[:-1]
    return order[1:] if all(a < b for b, a in zip(before, after, strict=True)) else []


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
    between = text_between(clause, a.end, b.start)
    if not re.search(r"\bthan\b", between):
        return False
    return against(text_between(clause, clause.span.start, b.start), first, second)


def compares(words: str) -> bool:
    """Whether words say which of two numbers is the larger one."""
    return (_MORE.search(words) is None) != (_LESS.search(words) is None)


def against(words: str, first: Group, second: Group) -> bool:
    """Whether words say that the first number is the larger one, or the smaller, and it is not."""
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
